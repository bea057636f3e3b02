"""Which pods NetworkPolicies hold for: over the index."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.mesh import SYSTEM_NAMESPACES
from tollgate.checks.selectors import (
    NAMESPACE_NAME,
    IndexedPod,
    Selector,
    label_selector,
    may_be_added,
    pods_of,
)
from tollgate.checks.traffic import described, mappings, nearest_pod, only_elsewhere, selects_nothing
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.rule import Context

_GROUPS = ("networking.k8s.io", "extensions")
_OTHER_POLICIES = (
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "GlobalNetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
)
"""Policies of network plugins, whose selectors are their own."""


def policy_selects_nothing(policy: IndexedObject, context: Context) -> Iterator[Relation]:
    """NetworkPolicies whose selector matches no pod of their namespace."""
    selector = label_selector(policy.at("spec", "podSelector"))
    if _selects_nothing(context.project, selector, policy, policy.namespace):
        near = nearest_pod(context.project, selector, policy, policy.namespace)
        related = () if near is None else (near,)
        yield Relation(("spec", "podSelector"), fields={"selector": described(selector)}, related=related)


def _selects_nothing(
    project: Project, selector: Selector, policy: IndexedObject, namespace: str | None
) -> bool:
    return selects_nothing(project, selector, policy, namespace) or only_elsewhere(
        project, selector, namespace
    )


def peer_selects_nothing(policy: IndexedObject, context: Context) -> Iterator[Relation]:
    """Peers in rules of NetworkPolicies whose pod selector matches no pod of namespaces that are known."""
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in mappings(policy.at("spec", direction)):
            for at, peer in mappings(rule.get(peers)):
                selector = label_selector(peer.get("podSelector"))
                namespaces = _peer_namespaces(policy, label_selector(peer.get("namespaceSelector")))
                if not namespaces or not selector.requirements:
                    continue
                if all(selects_nothing(context.project, selector, policy, name) for name in namespaces):
                    trail: Trail = ("spec", direction, index, peers, at, "podSelector")
                    near = nearest_pod(context.project, selector, policy, namespaces[0])
                    yield Relation(
                        trail,
                        fields={"selector": described(selector), "peers": f"{direction}.{peers}"},
                        related=() if near is None else (near,),
                        key=f"{direction} {index} {at}",
                    )


def _peer_namespaces(policy: IndexedObject, selector: Selector) -> list[str | None]:
    """The namespaces of a peer, where its selector names them; else none."""
    if selector.kind == "nothing":
        return [policy.namespace]
    named = [one for one in selector.requirements if one.key == NAMESPACE_NAME and one.operator == "In"]
    return [str(value) for value in named[0].values] if named else []


_Policy = tuple[IndexedObject, Selector, frozenset[str]]


def _by_label(project: Project) -> tuple[dict[tuple[str, object], list[_Policy]], list[_Policy]]:
    """NetworkPolicies by a label that they want, and those that want none that pods surely have."""
    labelled: dict[tuple[str, object], list[_Policy]] = {}
    others: list[_Policy] = []
    added = project.kustomize().label_keys
    for policy in project.derived(_policies):
        wanted = [one for one in policy[1].requirements if one.operator == "In" and one.key not in added]
        wanted = [one for one in wanted if None not in one.values and not may_be_added(one.key)]
        if not wanted:
            others.append(policy)
        for value in dict.fromkeys(wanted[0].values) if wanted else ():
            labelled.setdefault((wanted[0].key, value), []).append(policy)
    return labelled, others


def _candidates(pod: IndexedPod, project: Project) -> Iterator[_Policy]:
    labelled, others = project.derived(_by_label)
    if any(value is None and not may_be_added(key) for key, value in pod.labels.items()):
        yield from project.derived(_policies)
        return
    yield from others
    for key, value in pod.labels.items():
        if isinstance(value, str):
            yield from labelled.get((key, value), ())


def _policies(project: Project) -> list[tuple[IndexedObject, Selector, frozenset[str]]]:
    """All NetworkPolicies with their selectors and the directions that they cover."""
    return [
        (one, label_selector(one.at("spec", "podSelector")), _directions(one))
        for one in project.of_kind("NetworkPolicy")
        if one.group in _GROUPS and not one.partial
    ]


def _directions(policy: IndexedObject) -> frozenset[str]:
    types = policy.at("spec", "policyTypes")
    if isinstance(types, list) and types:
        return frozenset(str(one) for one in types)
    return frozenset({"Ingress", "Egress"}) if policy.at("spec", "egress") else frozenset({"Ingress"})


def _others(project: Project) -> list[IndexedObject]:
    found = [one for kind in _OTHER_POLICIES for one in project.of_kind(kind)]
    return found + [one for one in project.of_kind("NetworkPolicy") if one.group not in _GROUPS]


def _covered(pod: IndexedPod, project: Project) -> tuple[set[str], list[IndexedObject]] | None:
    """The directions in which policies hold for a pod, and those policies; None if it cannot be known."""
    workload = pod.workload
    others = project.derived(_others)
    if workload.at(*pod.trail, "hostNetwork") is True or project.is_open(workload.path):
        return None
    if any("Cluster" in one.kind or may_share(one.namespace, workload.namespace) for one in others):
        return None
    keys = project.kustomize().label_keys
    directions: set[str] = set()
    holding = []
    for policy, selector, types in _candidates(pod, project):
        if not may_share(policy.namespace, workload.namespace):
            continue
        # Without a selector a policy is for all, where the API server takes it.
        matches = True if selector.kind == "nothing" else selector.matches(pod.labels)
        if matches is not False or any(one.key in keys for one in selector.requirements):
            directions |= types
            holding.append(policy)
    return directions, holding


def pod_without_policy(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Pods for which no NetworkPolicy holds."""
    for pod in pods_of(workload):
        covered = _covered(pod, context.project)
        if covered is not None and not covered[1]:
            policies = (one for one, _, _ in context.project.derived(_policies))
            near = next((one for one in policies if may_share(one.namespace, workload.namespace)), None)
            related = (
                () if near is None else (RelatedObject(near, ("spec", "podSelector"), "a policy for others"),)
            )
            yield Relation(pod.labels_trail, at_key=True, related=related, key="/".join(map(str, pod.trail)))


def pod_half_covered(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Pods for which NetworkPolicies hold in one direction only."""
    for pod in pods_of(workload):
        covered = _covered(pod, context.project)
        if covered is None or not covered[1]:
            continue
        missing = [one for one in ("Ingress", "Egress") if one not in covered[0]]
        if missing:
            first = covered[1][0]
            related = (RelatedObject(first, ("metadata", "name"), "the policy that holds for it"),)
            fields = {"direction": " and ".join(missing)}
            yield Relation(
                pod.labels_trail,
                at_key=True,
                fields=fields,
                related=related,
                key="/".join(map(str, pod.trail)),
            )


def _here(namespace: IndexedObject, project: Project) -> list[tuple[IndexedObject, Selector, frozenset[str]]]:
    policies = project.derived(_policies)
    return [one for one in policies if may_share(one[0].namespace, namespace.name)]


def _is_exempt(namespace: IndexedObject, project: Project) -> bool:
    """Namespaces of the cluster itself, and those with policies of another kind."""
    others = project.derived(_others)
    return (
        namespace.name is None
        or namespace.name in SYSTEM_NAMESPACES
        or project.is_open(namespace.path)
        or any("Cluster" in one.kind or may_share(one.namespace, namespace.name) for one in others)
    )


def namespace_without_policy(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """Namespaces in which no NetworkPolicy is."""
    if not _is_exempt(namespace, context.project) and not _here(namespace, context.project):
        yield Relation(("metadata", "name"))


def namespace_without_default_deny(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """Namespaces with NetworkPolicies, none of which denies by default."""
    here = [] if _is_exempt(namespace, context.project) else _here(namespace, context.project)
    if not here or any(_denies(*one) for one in here):
        return
    related = (RelatedObject(here[0][0], ("spec", "podSelector"), "a policy for some pods"),)
    yield Relation(("metadata", "name"), related=related)


def _denies(policy: IndexedObject, selector: Selector, directions: frozenset[str]) -> bool:
    everybody = selector.everything or selector.kind == "nothing"
    return everybody and "Ingress" in directions and not policy.at("spec", "ingress")
