"""Bindings as a graph: workload → service account → binding → role → what its rules grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.selectors import label_selector
from tollgate.model.hints import Any
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.rbac import (
    BUILT_IN_ROLES,
    EVERY,
    RESERVED_PREFIXES,
    ROLE_GROUPS,
    Grant,
    Rights,
    gives,
    grant,
    is_reserved,
)
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context

_RBAC = ("rbac.authorization.k8s.io",)
_CHANGE = ("create", "update", "patch")

_SHELLS = (
    grant(("",), ("pods/exec", "pods/attach"), ("get", "create")),
    grant(("",), ("pods/ephemeralcontainers",), ("update", "patch")),
)
_NODES = (grant(("",), ("nodes/proxy",), ("get", "create")),)
_ESCALATION = (
    grant(
        _RBAC,
        ("roles", "clusterroles", "rolebindings", "clusterrolebindings"),
        ("bind", "escalate"),
        ("cluster-admin",),
    ),
)
_IMPERSONATION = (grant(("",), ("users", "groups", "serviceaccounts"), ("impersonate",)),)
_SERVICE_STATUS = (grant(("",), ("services/status",), ("update", "patch")),)
_SECRETS = (grant(("",), ("secrets",), ("get", "list", "watch")),)
_WORKLOADS = (
    grant(("",), ("pods", "replicationcontrollers"), _CHANGE),
    grant(("apps", "extensions"), ("deployments", "daemonsets", "statefulsets", "replicasets"), _CHANGE),
    grant(("batch",), ("jobs", "cronjobs"), _CHANGE),
)

_ALL_VERBS = frozenset({"get", "list", "watch", "create", "update", "patch", "delete"})
"""Written out they are as good as `*`."""

_SHOWN_WORKLOADS = 3


class Item(NamedTuple):
    """One item of a role's `rules`, with the role that it stands in (another one, where roles aggregate)."""

    role: IndexedObject
    at: int
    rights: Rights

    @property
    def everything(self) -> bool:
        rights = self.rights
        all_verbs = EVERY in rights.verbs or _ALL_VERBS.issubset(rights.verbs)
        return EVERY in rights.groups and EVERY in rights.resources and all_verbs


def cluster_admin(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    """Bindings of `cluster-admin`, but for the API server's own."""
    if _role_name(binding) == "cluster-admin" and not _is_own_admin_binding(binding):
        yield _relation(binding, context.project, None, "everything")


def all_powerful(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    """Bindings of a role, not `cluster-admin` itself, with `*` for groups, resources and verbs."""
    if _is_binding(binding) and _role_name(binding) != "cluster-admin" and not _is_reserved(binding):
        items = _items(binding, context.project)
        item = next((one for one in items if one.everything), None)
        if item is not None:
            yield _relation(binding, context.project, item, "everything")


def account_opens_shells(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    yield from _account_holds(binding, context.project, (*_SHELLS, *_NODES))


def others_open_shells(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    """The same for bindings without any service account."""
    if _is_binding(binding) and not any(map(_is_account, _subjects(binding))):
        yield from _holds(binding, context.project, _SHELLS)


def account_escalates(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    yield from _account_holds(binding, context.project, _ESCALATION)


def account_impersonates(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    yield from _account_holds(binding, context.project, _IMPERSONATION)


def account_changes_service_status(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    yield from _account_holds(binding, context.project, _SERVICE_STATUS)


def account_reads_secrets(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    yield from _account_holds(binding, context.project, _SECRETS)


def account_creates_workloads(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    yield from _account_holds(binding, context.project, _WORKLOADS)


def role_missing(binding: IndexedObject, context: Context) -> Iterator[Relation]:
    """Bindings of a role that the project does not have and that no cluster comes with."""
    name = _role_name(binding)
    if not name or (name in BUILT_IN_ROLES or name.startswith(RESERVED_PREFIXES) or "$" in name):
        return
    if _role(binding, context.project) is None:
        yield Relation(
            ("roleRef", "name"), fields={"role": f"{binding.at('roleRef', 'kind') or 'role'} `{name}`"}
        )


def _account_holds(binding: IndexedObject, project: Project, grants: tuple[Grant, ...]) -> Iterator[Relation]:
    if _is_binding(binding) and any(map(_is_account, _subjects(binding))):
        yield from _holds(binding, project, grants)


def _holds(binding: IndexedObject, project: Project, grants: tuple[Grant, ...]) -> Iterator[Relation]:
    """One relation if the binding's role gives one of the grants. Of a role that gives everything
    another rule speaks."""
    if _is_reserved(binding):
        return
    items = list(_items(binding, project))
    if any(item.everything for item in items):
        return
    for item in items:
        for wanted in grants:
            if gives(item.rights, wanted):
                yield _relation(binding, project, item, _said(item.rights, wanted))
                return


def _said(rights: Rights, wanted: Grant) -> str:
    verbs = ", ".join(str(verb) for verb in rights.verbs if verb in wanted.verbs)
    resources = ", ".join(str(one) for one in rights.resources if one in wanted.resources)
    return f"`{verbs}` on `{resources}`"


def _relation(binding: IndexedObject, project: Project, item: Item | None, right: str) -> Relation:
    workloads = _workloads(binding, project)
    related = [
        RelatedObject(one, (*pod, "serviceAccountName"), f"{one.kind} `{one.name}` runs as the account")
        for one, pod in workloads[:_SHOWN_WORKLOADS]
    ]
    role = f"{binding.at('roleRef', 'kind')} `{_role_name(binding)}`"
    if item is not None:
        related.append(RelatedObject(item.role, ("rules", item.at, "resources"), "granted here"))
        if item.role.name != _role_name(binding):
            role += f" → {item.role.kind} `{item.role.name}`"
    fields = {"who": _who(binding, workloads), "role": role, "right": right}
    return Relation(("roleRef", "name"), fields=fields, related=tuple(related))


def _who(binding: IndexedObject, workloads: list[tuple[IndexedObject, Any]]) -> str:
    """`Deployment `web` → ServiceAccount `web``, the first of several, with how many more there are."""
    subjects = _subjects(binding)
    if not subjects:
        return "nobody yet"
    first = next((one for one in subjects if _account(one, None) is not None), subjects[0])
    told = f"{first.get('kind')} `{first.get('name')}`"
    if workloads:
        workload = workloads[0][0]
        more = f" and {len(workloads) - 1} more" if len(workloads) > 1 else ""
        return f"{workload.kind} `{workload.name}`{more} → {told}"
    return f"{told} and {len(subjects) - 1} more" if len(subjects) > 1 else told


def _workloads(binding: IndexedObject, project: Project) -> list[tuple[IndexedObject, Any]]:
    """What runs as the binding's first service account that anything runs as."""
    for subject in _subjects(binding):
        account = _account(subject, binding.namespace)
        found = [] if account is None else project.running_as(*account)
        if found:
            return found
    return []


def _account(subject: Mapping[str, Any], namespace: str | None) -> tuple[str, str | None] | None:
    """Name and namespace of a service account, which may be named as the user that it is."""
    name, own = subject.get("name"), subject.get("namespace")
    if not isinstance(name, str):
        return None
    if subject.get("kind") == "ServiceAccount":
        return name, own if isinstance(own, str) else namespace
    user = name.split(":")
    return (user[3], user[2]) if len(user) == 4 and name.startswith("system:serviceaccount:") else None


def _items(binding: IndexedObject, project: Project) -> Iterator[Item]:
    """What the binding's role grants. An aggregated role holds what the roles it selects hold; the
    control plane overwrites its own `rules`."""
    role = _role(binding, project)
    todo = [] if role is None else [role]
    seen: set[int] = set()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        selectors = one.at("aggregationRule", "clusterRoleSelectors")
        if not isinstance(selectors, list):
            yield from _written(one)
            continue
        chosen = [label_selector(selector) for selector in selectors]
        todo += [
            other
            for other in project.of_kind("ClusterRole")
            if other.group in ROLE_GROUPS and any(each.matches(other.labels) is True for each in chosen)
        ]


def _written(role: IndexedObject) -> Iterator[Item]:
    rules = role.at("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, Mapping):
            groups, resources, verbs, names = (
                _texts(rule.get(key)) for key in ("apiGroups", "resources", "verbs", "resourceNames")
            )
            yield Item(role, index, Rights(groups, resources, verbs, names))


def _texts(value: object) -> tuple[object, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _role(binding: IndexedObject, project: Project) -> IndexedObject | None:
    """The role that the binding names: the one in the same file, if several have the name."""
    kind, name = binding.at("roleRef", "kind"), _role_name(binding)
    if kind not in ("Role", "ClusterRole") or not name:
        return None
    found = [
        one
        for one in project.named(kind, name)
        if one.group in ROLE_GROUPS
        and not one.partial
        and (kind == "ClusterRole" or may_share(one.namespace, binding.namespace))
    ]
    return min(found, key=lambda one: one.path != binding.path, default=None)


def _is_binding(one: IndexedObject) -> bool:
    return one.kind in ("RoleBinding", "ClusterRoleBinding") and one.group in ROLE_GROUPS


def _role_name(binding: IndexedObject) -> str:
    name = binding.at("roleRef", "name") if _is_binding(binding) else None
    return name if isinstance(name, str) else ""


def _is_reserved(binding: IndexedObject) -> bool:
    return is_reserved(binding.kind, binding.name) or binding.name == "cluster-admin"


def _is_own_admin_binding(binding: IndexedObject) -> bool:
    subjects = _subjects(binding)
    return binding.name == "cluster-admin" and [one.get("name") for one in subjects] == ["system:masters"]


def _subjects(binding: IndexedObject) -> list[Mapping[str, Any]]:
    subjects = binding.at("subjects")
    return [one for one in subjects if isinstance(one, Mapping)] if isinstance(subjects, list) else []


def _is_account(subject: Mapping[str, Any]) -> bool:
    """A service account or a node, by its kind or its name."""
    name = str(subject.get("name"))
    return subject.get("kind") in ("ServiceAccount", "Node") or name.startswith(
        ("system:serviceaccount:", "system:serviceaccounts", "system:node:", "system:nodes")
    )
