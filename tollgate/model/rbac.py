"""Roles and bindings: what an item of a role's `rules` grants, read as the authorizer reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tollgate.model.kubernetes import Manifest, Part, items_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence
from tollgate.model.record import NamedTuple

ROLE_GROUPS = frozenset({"rbac.authorization.k8s.io", "authorization.openshift.io"})

BUILT_IN_ROLES = frozenset({"cluster-admin", "admin", "edit", "view"})
"""ClusterRoles for people, which every cluster has; the API server puts back what it misses in them."""

RESERVED_PREFIXES = ("system:", "gce:")
"""Names that belong to the control plane, and to the one that Google's clusters come with."""

EVERY = "*"


class Grant(NamedTuple):
    """What to look for in a role's rules: one of the verbs on one of the resources (`pods/exec` for a
    subresource) of one of the groups.

    `names` says when a rule that `resourceNames` limits counts: never if empty, always if it holds `*`,
    else if it covers one of these names.
    """

    groups: frozenset[str]
    resources: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str] = frozenset()


def grant(
    groups: Iterable[str], resources: Iterable[str], verbs: Iterable[str], names: Iterable[str] = ()
) -> Grant:
    """A Grant whose sets hold the wildcards that also stand for their members."""
    wanted = set(resources)
    wanted |= {f"*/{one.partition('/')[2]}" for one in wanted if "/" in one}
    return Grant(
        frozenset((*groups, EVERY)), frozenset((*wanted, EVERY)), frozenset((*verbs, EVERY)), frozenset(names)
    )


class Rights(NamedTuple):
    """One item of a role's `rules`. `names` empty: of any name."""

    groups: tuple[object, ...]
    resources: tuple[object, ...]
    verbs: tuple[object, ...]
    names: tuple[object, ...] = ()


def gives(rights: Rights, wanted: Grant) -> bool:
    """Source: k8s.io/kubernetes/pkg/apis/rbac/v1 VerbMatches, APIGroupMatches, ResourceMatches.

    `pods` is not `pods/exec`, `*` is both, `*/exec` is every `exec`, `pods/*` is nothing.
    """
    return (
        not wanted.verbs.isdisjoint(rights.verbs)
        and not wanted.resources.isdisjoint(rights.resources)
        and not wanted.groups.isdisjoint(rights.groups)
        and _names_count(rights.names, wanted.names)
    )


def _names_count(limits: tuple[object, ...], wanted: frozenset[str]) -> bool:
    # To the authorizer `*` is a name that no object has. Whoever writes it means every object.
    return not limits or EVERY in limits or EVERY in wanted or not wanted.isdisjoint(limits)


def rights_of(node: Node | None) -> Rights:
    """An item of a role's `rules` as it is written."""
    if not isinstance(node, Mapping):
        return Rights((), (), ())
    groups, resources, verbs, names = (
        _scalars(node.get(key)) for key in ("apiGroups", "resources", "verbs", "resourceNames")
    )
    return Rights(groups, resources, verbs, names)


def node_gives(node: Mapping, wanted: Grant) -> bool:
    """`gives(rights_of(node), wanted)`, without a list made for what fails at its first look: rules ask
    this of every item."""
    if not _has_one(node.get("verbs"), wanted.verbs) or not _has_one(node.get("resources"), wanted.resources):
        return False
    limits = node.get("resourceNames")
    return _has_one(node.get("apiGroups"), wanted.groups) and (
        limits is None or _names_count(_scalars(limits), wanted.names)
    )


def _has_one(node: Node | None, wanted: frozenset[str]) -> bool:
    if type(node) is Sequence:
        for item in node.items:
            if type(item) is Scalar and item.value in wanted:
                return True
    return False


def _scalars(node: Node | None) -> tuple[object, ...]:
    if not isinstance(node, Sequence):
        return ()
    return tuple([item.value if type(item) is Scalar else None for item in node.items])


def is_reserved(kind: str, name: str | None) -> bool:
    """Whether the control plane owns the role or binding of that name, whoever writes it."""
    return name is not None and (
        name.startswith(RESERVED_PREFIXES) or (kind == "ClusterRole" and name in BUILT_IN_ROLES)
    )


def role_rules(manifests: Iterable[Manifest]) -> Iterator[Part]:
    """Each item of `rules` of Roles and ClusterRoles. `rule` is the item itself, for the word `grants`."""
    for manifest in manifests:
        if manifest.kind in ("Role", "ClusterRole") and manifest.group in ROLE_GROUPS:
            reserved = is_reserved(manifest.kind, manifest.name)
            for index, item in items_at(manifest.node, "rules"):
                extra: dict[str, object] = {"rule": item, "reserved": Scalar(reserved, item.start, item.end)}
                yield Part("role-rule", manifest, item, (*manifest.trail, "rules", index), extra)  # type: ignore[arg-type]


def binding_subjects(manifests: Iterable[Manifest]) -> Iterator[Part]:
    """Each item of `subjects` of RoleBindings and ClusterRoleBindings, in whatever case the kind is."""
    for manifest in manifests:
        if manifest.group in ROLE_GROUPS and manifest.kind.lower() in ("rolebinding", "clusterrolebinding"):
            for index, item in items_at(manifest.node, "subjects"):
                yield Part("binding-subject", manifest, item, (*manifest.trail, "subjects", index))
