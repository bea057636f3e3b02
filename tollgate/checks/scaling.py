"""How many pods a workload has, and what scales it: autoscalers over the index of the project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, Problem
from tollgate.model.kubernetes import POD_PATHS, Manifest
from tollgate.model.node import Scalar, Trail, descend
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context

REPLICATED = frozenset(
    {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "DeploymentConfig", "Rollout"}
)
"""Kinds whose `spec.replicas` counts pods, 1 if it is not written."""

_STATELESS = REPLICATED - {"StatefulSet"}

_SAME_GROUP = {"extensions": "apps"}


class Target(NamedTuple):
    """What an autoscaler scales. `group` None: any."""

    kind: str
    name: str
    group: str | None
    trail: Trail
    """Where the autoscaler names it."""


class Autoscaler(NamedTuple):
    """`minimum`: the fewest pods it leaves; None if that is not known."""

    source: IndexedObject
    target: Target
    minimum: int | None


def whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def target_of(autoscaler: IndexedObject) -> Target | None:
    """What a HorizontalPodAutoscaler, ScaledObject or VerticalPodAutoscaler names."""
    below = ("spec", "targetRef" if autoscaler.kind == "VerticalPodAutoscaler" else "scaleTargetRef")
    keda = autoscaler.kind == "ScaledObject"
    name = autoscaler.at(*below, "name")
    kind = autoscaler.at(*below, "kind") or ("Deployment" if keda else None)
    version = autoscaler.at(*below, "apiVersion") or ("apps/v1" if keda else "")
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(version, str)):
        return None
    if not (name and kind) or "$" in name:
        return None
    group = version.rpartition("/")[0]
    return Target(kind, name, _SAME_GROUP.get(group, group), below)


def _minimum(autoscaler: IndexedObject) -> int | None:
    if autoscaler.kind == "ScaledObject":
        return whole_number(autoscaler.at("spec", "minReplicaCount") or 0)
    written = autoscaler.at("spec", "minReplicas")
    return 1 if written is None else whole_number(written)


def _by_target(project: Project) -> dict[tuple[str, str], list[Autoscaler]]:
    found: dict[tuple[str, str], list[Autoscaler]] = {}
    for kind, group in (("HorizontalPodAutoscaler", None), ("ScaledObject", "keda.sh")):
        for one in project.of_kind(kind, group=group):
            target = target_of(one)
            if target is not None:
                entry = Autoscaler(one, target, _minimum(one))
                found.setdefault((target.kind, target.name), []).append(entry)
    return found


def autoscalers_of(workload: IndexedObject, project: Project) -> list[Autoscaler]:
    """The autoscalers of pods' number that name the workload."""
    named = project.derived(_by_target).get((workload.kind, workload.name or ""), ())
    return [one for one in named if may_share(one.source.namespace, workload.namespace)]


class Count(NamedTuple):
    """How many pods a workload has at least. `written`: its manifest or an autoscaler says so."""

    pods: int | None
    written: bool
    source: tuple[IndexedObject, Trail]
    autoscaled: bool = False


def fewest_pods(workload: IndexedObject, project: Project) -> Count:
    """The autoscaler's minimum, else `spec.replicas`, else 1; unknown for what is not replicated."""
    for one in autoscalers_of(workload, project):
        field = "minReplicaCount" if one.source.kind == "ScaledObject" else "minReplicas"
        return Count(one.minimum, True, (one.source, ("spec", field)), autoscaled=True)
    if workload.kind == "Pod" and not workload.group:
        return Count(1, True, (workload, ("kind",)))
    written = workload.at("spec", "replicas")
    place = (workload, ("spec", "replicas"))
    if workload.kind not in REPLICATED or _is_overruled(workload, project):
        return Count(None, False, place)
    return Count(1, False, place) if written is None else Count(whole_number(written), True, place)


def _is_overruled(workload: IndexedObject, project: Project) -> bool:
    """Whether a kustomization, or a patch that it uses, may say another number."""
    named = project.named(workload.kind, workload.name or "")
    patched = any(one.partial and one.at("spec", "replicas") is not None for one in named)
    return patched or project.kustomize().sets_replicas(workload.path)


def single_replica(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A stateless workload of one pod that nothing scales."""
    yield from _too_few(workload, context, range(1, 2))


def two_replicas(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A stateless workload of two pods that nothing scales."""
    yield from _too_few(workload, context, range(2, 3))


def _too_few(workload: IndexedObject, context: Context, few: Sequence[int]) -> Iterator[Relation]:
    if workload.kind in _STATELESS and _has_spec(workload):
        count = fewest_pods(workload, context.project)
        if count.pods in few and not count.autoscaled:
            fields = {"count": count.pods if count.written else "no number of"}
            yield Relation(("spec", "replicas"), fields=fields)


def _has_spec(workload: IndexedObject) -> bool:
    return isinstance(workload.at("spec"), dict)


def static_replicas(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """`replicas` is written although an autoscaler decides."""
    trail = ("spec", "replicas")
    if workload.at(*trail) is None or workload.kind not in REPLICATED:
        return
    for one in autoscalers_of(workload, context.project)[:1]:
        related = RelatedObject(one.source, (*one.target.trail, "name"), "it is scaled from here")
        change = Change("remove", workload.document, (*workload.trail, *trail))
        yield Relation(
            trail,
            fields={"scaler": one.source.name or one.source.kind},
            related=(related,),
            changes=(change,),
            fix_title="remove `spec.replicas`",
        )


def autoscaler_target(autoscaler: IndexedObject, context: Context) -> Iterator[Relation]:
    """`target_missing` for whatever scales the number of pods."""
    if autoscaler.kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        yield from target_missing(autoscaler, context)


def target_missing(autoscaler: IndexedObject, context: Context) -> Iterator[Relation]:
    """What the autoscaler names is not there, though other workloads of the namespace are."""
    target = target_of(autoscaler)
    if target is None:
        return
    project, namespace = context.project, autoscaler.namespace
    named = project.named(target.kind, target.name)
    here = [one for one in named if may_share(one.namespace, namespace)]
    fields: dict[str, object] = {"kind": target.kind, "target": target.name}
    if here:
        wrong = not any(_SAME_GROUP.get(one.group, one.group) == target.group for one in here)
        if wrong and here[0].group and target.kind in POD_PATHS:
            reason = f"; its `apiVersion` is `{here[0].api_version}`"
            related = (RelatedObject(here[0], ("apiVersion",), f"the {target.kind} of that name"),)
            yield Relation(
                (*target.trail, "apiVersion"), fields={**fields, "reason": reason}, related=related
            )
        return
    nearest = _nearest(target, named, project, namespace)
    if nearest is not None or _knows(target, project, namespace):
        near = () if nearest is None else (nearest,)
        reason = "" if nearest is None else f"; {nearest.message}"
        yield Relation((*target.trail, "name"), fields={**fields, "reason": reason}, related=near)


def _nearest(
    target: Target, named: Iterable[IndexedObject], project: Project, namespace: str | None
) -> RelatedObject | None:
    """The object that may be meant: the same in another namespace, or of that name in another kind."""
    for one in named:
        return RelatedObject(one, ("metadata", "namespace"), f"that is in namespace `{one.namespace}`")
    for kind in sorted(REPLICATED - {target.kind}):
        found = project.find(kind, target.name, namespace)
        if found is not None:
            return RelatedObject(found, ("kind",), f"there is a {kind} of that name")
    return None


def _knows(target: Target, project: Project, namespace: str | None) -> bool:
    """Whether the linted set tells what is in the namespace: objects of that kind or, for kinds of
    Kubernetes itself, any workload."""
    kinds = POD_PATHS if target.kind in POD_PATHS else (target.kind,)
    return any(
        may_share(one.namespace, namespace) and not one.partial
        for kind in kinds
        for one in project.of_kind(kind)
    )


def _targets_taken(project: Project) -> dict[tuple[str, str, str], list[IndexedObject]]:
    found: dict[tuple[str, str, str], list[IndexedObject]] = {}
    for kind in _AUTOSCALERS:
        for one in project.of_kind(kind):
            target = target_of(one)
            if target is not None and not one.partial:
                sort = "vertical" if kind == "VerticalPodAutoscaler" else "horizontal"
                found.setdefault((sort, target.kind, target.name), []).append(one)
    return found


_AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")


def scaled_twice(autoscaler: IndexedObject, context: Context) -> Iterator[Relation]:
    """Another autoscaler of the same sort names the same workload; said of all but the first."""
    target = target_of(autoscaler) if autoscaler.kind in _AUTOSCALERS else None
    if target is None:
        return
    sort = "vertical" if autoscaler.kind == "VerticalPodAutoscaler" else "horizontal"
    taken = context.project.derived(_targets_taken).get((sort, target.kind, target.name), ())
    for one in taken:
        if one is autoscaler:
            return
        # One that is written twice under one name is the same object, in an overlay or a copy.
        same_object = one.kind == autoscaler.kind and one.name == autoscaler.name
        if not same_object and one.namespace == autoscaler.namespace:
            first = target_of(one)
            at = () if first is None else (*first.trail, "name")
            related = RelatedObject(one, at, "already scaled here")
            fields = {"target-kind": target.kind, "target": target.name, "other": one.name or one.kind}
            yield Relation((*target.trail, "name"), fields=fields, related=(related,))
            return


def not_scaled(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A workload whose number of pods nothing adapts."""
    scalable = workload.kind in REPLICATED and _has_spec(workload)
    if scalable and not autoscalers_of(workload, context.project):
        yield Relation(("metadata", "name"))


def not_sized(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A workload whose requests no VerticalPodAutoscaler watches."""
    if workload.kind not in REPLICATED | {"DaemonSet"}:
        return
    taken = context.project.derived(_targets_taken)
    named = taken.get(("vertical", workload.kind, workload.name or ""), ())
    if not any(may_share(one.namespace, workload.namespace) for one in named):
        yield Relation(("metadata", "name"))


def _bounds(autoscaler: Manifest) -> tuple[int | None, int | None]:
    """minReplicas (1 if absent) and maxReplicas."""
    values = []
    for field in ("minReplicas", "maxReplicas"):
        node = descend(autoscaler.node, ("spec", field))
        values.append(node.value if isinstance(node, Scalar) else None)
    low = 1 if values[0] is None else whole_number(values[0])
    return low, whole_number(values[1])


def maximum_below_minimum(autoscaler: Manifest, _context: Context) -> Iterator[Problem]:
    """The API server refuses fewer pods at most than at least."""
    low, high = _bounds(autoscaler)
    if low is not None and high is not None and high < low:
        yield problem_at(autoscaler, "spec", "maxReplicas", fields={"low": low, "high": high})


def cannot_scale(autoscaler: Manifest, _context: Context) -> Iterator[Problem]:
    """As many pods at most as at least."""
    low, high = _bounds(autoscaler)
    if low is not None and high == low:
        yield problem_at(autoscaler, "spec", "maxReplicas", fields={"count": high})


def minimum_of_one(autoscaler: Manifest, _context: Context) -> Iterator[Problem]:
    """The autoscaler may leave a single pod, or none."""
    low, _ = _bounds(autoscaler)
    if low is not None and low < 2:
        yield problem_at(autoscaler, "spec", "minReplicas", fields={"count": low})
