"""Whether the pods of a workload are kept apart: anti-affinity and topology spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.places import problem_at
from tollgate.checks.scaling import REPLICATED
from tollgate.checks.selectors import label_selector
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.hints import Any
from tollgate.model.kubernetes import Manifest, Pod, is_null
from tollgate.model.node import Scalar, descend, to_plain
from tollgate.model.rule import Context

TOPOLOGY_KEYS = frozenset(
    {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
    }
)
"""Labels of nodes that fail together."""

ANTI_AFFINITY = ("affinity", "podAntiAffinity")
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
SPREAD = "topologySpreadConstraints"


def not_spread(workload: Manifest, _context: Context) -> Iterator[Problem]:
    """Several pods (or as many as something else decides), and nothing that keeps them apart."""
    replicas = descend(workload.node, ("spec", "replicas"))
    count = replicas.value if isinstance(replicas, Scalar) else None
    if workload.kind not in REPLICATED or (isinstance(count, int) and count < 2):
        return
    for pod in workload.pods:
        if not (_keeps_apart(pod) or _spreads(pod)):
            fields = {"count": "" if count is None else f"{count} "}
            yield problem_at(pod, fields=fields, fix=_fix(workload, pod))._replace(missing=True)


def pod_labels(pod: Pod) -> Mapping[str, object]:
    found = to_plain(descend(pod.metadata, ("labels",)))
    return found if isinstance(found, dict) else {}


def _listed(value: object) -> list[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _keeps_apart(pod: Pod) -> bool:
    rules = to_plain(descend(pod.node, ANTI_AFFINITY))
    if not isinstance(rules, dict):
        return False
    terms = _listed(rules.get(REQUIRED))
    for weighted in _listed(rules.get(PREFERRED)):
        terms += _listed([weighted.get("podAffinityTerm")])
    labels = pod_labels(pod)
    return any(_meets_own_pods(term, labels, pod.manifest.namespace) for term in terms)


def _meets_own_pods(term: Mapping[str, Any], labels: Mapping[str, object], namespace: str | None) -> bool:
    """Whether the term is about the pod's own kind, on nodes that fail together. In doubt it is."""
    if str(term.get("topologyKey")) not in TOPOLOGY_KEYS or term.get("mismatchLabelKeys"):
        return False
    if label_selector(term.get("labelSelector")).matches(labels) is False:
        return False
    namespaces = term.get("namespaces") or []
    if not namespaces or namespace is None or term.get("namespaceSelector") is not None:
        return True
    return not isinstance(namespaces, list) or namespace in namespaces


def _spreads(pod: Pod) -> bool:
    """Any constraint over a known topology; one that counts other pods has a rule of its own."""
    constraints = _listed(to_plain(pod.node.get(SPREAD)))
    return any(str(one.get("topologyKey")) in TOPOLOGY_KEYS for one in constraints)


def _fix(workload: Manifest, pod: Pod) -> FixPlan | None:
    """Prefer nodes without pods that the workload's selector takes as its own."""
    selector = to_plain(descend(workload.node, ("spec", "selector")))
    wanted = selector.get("matchLabels", {}) if isinstance(selector, dict) else None
    if (
        not isinstance(wanted, dict)
        or not wanted
        or not is_null(descend(pod.node, (*ANTI_AFFINITY, PREFERRED)))
    ):
        return None
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": wanted}}
    value = [{"weight": 100, "podAffinityTerm": term}]
    change = Change("set", pod.document, (*pod.trail, *ANTI_AFFINITY, PREFERRED), value)
    return FixPlan(False, (change,), title="prefer nodes without a pod of this workload")


def counts_other_pods(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Spread constraints whose selector does not select the pod itself."""
    labels = pod_labels(pod)
    for index, constraint in enumerate(_constraints(pod)):
        selector = label_selector(constraint.get("labelSelector"))
        if selector.kind == "some" and selector.matches(labels) is False:
            yield problem_at(pod, SPREAD, index, "labelSelector", key_only=True, key=str(index))


def _constraints(pod: Pod) -> list[dict[str, Any]]:
    listed = to_plain(pod.node.get(SPREAD))
    items = listed if isinstance(listed, list) else []
    return [one if isinstance(one, dict) else {} for one in items]
