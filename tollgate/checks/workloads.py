"""Workloads as such: selectors, how they are rolled out and restarted, the environment's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.places import problem_at, related_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Container, Manifest, Pod, is_null, items_at, text_at
from tollgate.model.node import Mapping as Map, Node, Scalar, Trail, child, descend, to_plain
from tollgate.model.project import IndexedObject, RelatedObject, Relation, may_share
from tollgate.model.rule import Context

_BY_SELECTOR = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
_BY_LABELS = frozenset({"ReplicationController", "DeploymentConfig"})
_SELECTOR = ("spec", "selector")


def selector_mismatch(workload: Manifest, _context: Context) -> Iterator[Problem]:
    """The selector does not select the workload's own pods, so the API server refuses it."""
    node = descend(workload.node, _SELECTOR)
    if node is None or workload.kind not in _BY_SELECTOR | _BY_LABELS:
        return
    plain = workload.kind in _BY_LABELS
    if all(_plainly_selects(node, pod, plain=plain) for pod in workload.pods):
        return
    from tollgate.checks.selectors import label_map, label_selector

    written = to_plain(node)
    if written is None:
        return
    selector = label_map(written or None) if plain else label_selector(written)
    for pod in workload.pods:
        labels = _labels(pod)
        if selector.everything:
            yield problem_at(workload, *_SELECTOR, fields={"reason": "is empty"})
        elif selector.kind == "some" and selector.matches(labels) is False:
            reason = _first_difference(labels, written if plain else _match_labels(written))
            at = (*pod.metadata_trail, "labels")
            related = related_at(workload, *at[len(workload.trail) :], message="the pod's labels")
            fields = {"reason": reason}
            fix = None if plain else _labels_fix(pod, written)
            yield problem_at(workload, *_SELECTOR, key_only=True, fields=fields, related=(related,), fix=fix)


def _plainly_selects(selector: Node, pod: Pod, *, plain: bool) -> bool:
    """Nothing but labels that the pod has, as nearly every selector is: then nothing has to be worked out."""
    wanted = selector if plain else child(selector, "matchLabels")
    labels = child(pod.metadata, "labels")
    if not isinstance(wanted, Map) or not isinstance(labels, Map) or not wanted.entries:
        return False
    if not plain and isinstance(selector, Map) and len(selector.entries) > 1:
        return False
    return all(_same_text(entry.value, labels.get(key)) for key, entry in wanted.entries.items())


def _same_text(one: Node | None, other: Node | None) -> bool:
    return (
        isinstance(one, Scalar)
        and isinstance(other, Scalar)
        and isinstance(one.value, str)
        and one.value == other.value
    )


def _labels(pod: Pod) -> Mapping[str, object]:
    found = to_plain(child(pod.metadata, "labels"))
    return found if isinstance(found, dict) else {}


def _match_labels(selector: object) -> object:
    return selector.get("matchLabels") if isinstance(selector, dict) else None


def _first_difference(labels: Mapping[str, object], wanted: object) -> str:
    for key, value in wanted.items() if isinstance(wanted, dict) else ():
        if key not in labels:
            return f"wants a label `{key}` that its pods do not have"
        if labels[key] != value:
            return f"wants another value of `{key}` than its pods have"
    return "does not match its pods' labels"


def _labels_fix(pod: Pod, selector: object) -> FixPlan | None:
    """Give the pods the labels; only where `matchLabels` is the whole selector."""
    labels = _labels(pod)
    wanted = _match_labels(selector)
    if not isinstance(selector, dict) or not isinstance(wanted, dict) or selector.get("matchExpressions"):
        return None
    trail = (*pod.metadata_trail, "labels")
    changes = [
        Change("set", pod.document, (*trail, key), value)
        for key, value in wanted.items()
        if labels.get(key) != value
    ]
    return FixPlan(False, tuple(changes), title="give the pods the labels that the selector wants")


_ROLLING = {"Deployment": "RollingUpdate", "DeploymentConfig": "Rolling"}


def not_rolling(workload: Manifest, _context: Context) -> Iterator[Problem]:
    """All pods stop before the first new one starts; right for volumes that one node can hold only."""
    rolling = _ROLLING.get(workload.kind)
    below = ("spec", "strategy", "type")
    written = text_at(descend(workload.node, below[:-1]), "type")
    if rolling is None or written is None or written in _ROLLING.values():
        return
    if written == "Recreate" and any(_claims_volume(pod) for pod in workload.pods):
        return
    change = Change("set", workload.document, (*workload.trail, *below), rolling)
    fix = FixPlan(False, (change,), title=f"set `spec.strategy.type` to `{rolling}`")
    yield problem_at(workload, *below, fields={"strategy": written}, fix=fix)


def _claims_volume(pod: Pod) -> bool:
    return any(
        child(volume, "persistentVolumeClaim") is not None for _, volume in items_at(pod.node, "volumes")
    )


_ALWAYS = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "DeploymentConfig",
    }
)
_JOBS = frozenset({"Job", "CronJob"})
_POLICY = "restartPolicy"


def restart_policy_refused(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Controllers that run for ever take Always only. (Never has a rule of its own.)"""
    policy = text_at(pod.node, _POLICY)
    if pod.manifest.kind in _ALWAYS and policy not in (None, "Always", "Never"):
        yield problem_at(pod, _POLICY)


def controller_never_restarts(pod: Pod, _context: Context) -> Iterator[Problem]:
    if pod.manifest.kind in _ALWAYS and text_at(pod.node, _POLICY) == "Never":
        yield problem_at(pod, _POLICY)


def never_restarted(pod: Pod, _context: Context) -> Iterator[Problem]:
    if pod.manifest.kind not in _ALWAYS and text_at(pod.node, _POLICY) == "Never":
        yield problem_at(pod, _POLICY)


def job_restart_policy(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Jobs take Never and OnFailure; the default, Always, is refused."""
    if pod.manifest.kind in _JOBS and text_at(pod.node, _POLICY) not in ("Never", "OnFailure"):
        yield problem_at(pod, _POLICY)


def duplicate_env(container: Container, _context: Context) -> Iterator[Problem]:
    """Variables that are set again further down. The last one counts; it may refer to the one before."""
    entries = [(index, item, text_at(item, "name")) for index, item in items_at(container.node, "env")]
    last: dict[str, tuple[int, Map]] = {}
    dead: list[tuple[int, Map, str]] = []
    for index, item, name in reversed(entries):
        if not name:
            continue
        later = last.get(name)
        last[name] = (index, item)
        if later is not None and f"$({name})" not in (text_at(later[1], "value") or ""):
            dead.append((index, item, name))
    for index, item, name in reversed(dead):
        winner = max(at for at, _, other in entries if other == name)
        related = related_at(container, "env", winner, "name", message="this one counts")
        same = to_plain(item) == to_plain(child(container.node.get("env"), winner))
        change = Change("remove", container.document, (*container.trail, "env", index))
        fix = FixPlan(same, (change,), title="remove the one that does not count")
        fields = {"variable": name}
        at = ("env", index, "name")
        yield problem_at(container, *at, fields=fields, related=(related,), fix=fix, key=f"{name} {index}")


_HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")


def is_hook(manifest: Manifest) -> bool:
    """Whether a deployment tool runs the object at some moment and cleans it up."""
    annotations = descend(manifest.metadata, ("annotations",))
    return any(child(annotations, key) is not None for key in _HOOKS)


def job_kept(job: Manifest, _context: Context) -> Iterator[Problem]:
    """A Job that stays for ever once it is done, unless somebody else removes it."""
    below = ("spec", "ttlSecondsAfterFinished")
    if text_at(job.node, "kind") == "Job" and descend(job.node, below) is None and not is_hook(job):
        yield problem_at(job, *below)


def bare_pod(pod: Manifest, _context: Context) -> Iterator[Problem]:
    """A pod that no controller replaces; static pods and hooks aside."""
    owners = child(pod.metadata, "ownerReferences")
    critical = text_at(pod.node.get("spec"), "priorityClassName") == "system-node-critical"
    if is_null(owners) and not critical and not is_hook(pod):
        yield problem_at(pod)


def headless_service(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """The Service that gives a StatefulSet's pods their names is missing, not headless or another's."""
    name = workload.at("spec", "serviceName")
    if not isinstance(name, str) or not name or "$" in name:
        return
    named = [one for one in context.project.of_kind("Service", group="") if one.name == name]
    here = [one for one in named if may_share(one.namespace, workload.namespace)]
    trail = ("spec", "serviceName")
    fields = {"service": name}
    if here:
        reasons = [_unfit(service, workload) for service in here]
        if all(reason is not None for reason in reasons):
            related = (RelatedObject(here[0], ("metadata", "name"), "this Service"),)
            yield Relation(trail, fields={**fields, "reason": reasons[0]}, related=related)
    elif named:
        related = (RelatedObject(named[0], ("metadata", "namespace"), "the Service of that name"),)
        yield Relation(trail, fields={**fields, "reason": "is in another namespace"}, related=related)
    elif any(may_share(one.namespace, workload.namespace) for one in context.project.of_kind("Service")):
        yield Relation(trail, fields={**fields, "reason": "is not among the linted files"})


def _unfit(service: IndexedObject, workload: IndexedObject) -> str | None:
    from tollgate.checks.selectors import label_map, pods_of

    if service.at("spec", "clusterIP") != "None":
        return "is not headless (`clusterIP: None`)"
    selector = label_map(service.at("spec", "selector") or None)
    if selector.kind != "some" or any(selector.matches(pod.labels) is not False for pod in pods_of(workload)):
        return None
    return "selects other pods"


def rollout_stuck(workload: Manifest, _context: Context) -> Iterator[Problem]:
    """maxSurge and maxUnavailable are both 0. A DaemonSet's maxSurge is, unless it is written."""
    strategy = "updateStrategy" if workload.kind == "DaemonSet" else "strategy"
    rolling = "canary" if workload.kind == "Rollout" else "rollingUpdate"
    below = ("spec", strategy, rolling)
    surge, missing = (_is_zero(workload, (*below, field)) for field in ("maxSurge", "maxUnavailable"))
    if missing and (surge or (surge is None and workload.kind == "DaemonSet")):
        yield problem_at(workload, *below, "maxUnavailable")


def _is_zero(workload: Manifest, trail: Trail) -> bool | None:
    """None if nothing is written."""
    node = descend(workload.node, trail)
    if is_null(node):
        return None
    return isinstance(node, Scalar) and not isinstance(node.value, bool) and node.value in (0, "0%")
