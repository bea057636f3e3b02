"""Pods and Services for a selector or name, and whether others can be missing: over the index."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from tollgate.checks.selectors import (
    IndexedPod,
    Selector,
    first_selected,
    label_map,
    operator_may_make,
    pods_in,
    selected,
    surely_selects_nothing,
)
from tollgate.model.hints import Any
from tollgate.model.project import IndexedObject, Project, RelatedObject, may_share
from tollgate.model.record import NamedTuple


def mappings(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The items of a list that are mappings, with their indices."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield index, item


def described(selector: Selector) -> str:
    """A selector as kubectl writes it."""
    parts = []
    for key, operator, values in selector.requirements:
        texts = [str(value) for value in values]
        if operator == "In" and len(texts) == 1:
            parts.append(f"{key}={texts[0]}")
        elif operator in ("In", "NotIn"):
            parts.append(f"{key} {'in' if operator == 'In' else 'notin'} ({', '.join(texts)})")
        else:
            parts.append(key if operator == "Exists" else f"!{key}")
    return ",".join(parts)


def selected_pods(project: Project, selector: Selector, namespace: str | None) -> list[IndexedPod]:
    """The pods that a selector with any requirement surely selects."""
    return selected(selector, project, namespace)[0] if selector.requirements else []


def selects_nothing(
    project: Project, selector: Selector, subject: IndexedObject, namespace: str | None
) -> bool:
    """Whether the linted set can know that no pod of the namespace is selected: kustomizations and what they
    take in from outside are counted, and some pod must come near, or the selector may be for pods that
    another repository brings."""
    if not selector.requirements or first_selected(selector, project, namespace) is not None:
        return False
    if not surely_selects_nothing(selector, project, namespace):
        return False
    kustomize = project.kustomize()
    if any(one.key in kustomize.label_keys for one in selector.requirements):
        return False
    return (
        not project.is_open(subject.path) and nearest_pod(project, selector, subject, namespace) is not None
    )


def only_elsewhere(project: Project, selector: Selector, namespace: str | None) -> bool:
    """Whether pods with these labels stand in other namespaces only, and no other workload in this one."""
    if namespace is None or not selector.requirements or pods_in(project, namespace):
        return False
    pod = first_selected(selector, project, None)
    return pod is not None and not project.kustomize().moves(pod.workload.path)


def nearest_pod(
    project: Project, selector: Selector, subject: IndexedObject, namespace: str | None
) -> RelatedObject | None:
    """The pod that comes closest to a selector that selects nothing, for people to compare with: one with
    all its labels in another namespace, else one of this namespace that shares keys or values."""
    elsewhere = first_selected(selector, project, None)
    if elsewhere is not None:
        workload = elsewhere.workload
        message = f"{workload.kind} `{workload.name}` is in namespace `{workload.namespace}`"
        return RelatedObject(workload, elsewhere.labels_trail, message)
    best = _most_alike(project, selector, subject, namespace)
    if best is None:
        return None
    message = f"{best.workload.kind} `{best.workload.name}` has other labels"
    return RelatedObject(best.workload, best.labels_trail, message)


def _most_alike(
    project: Project, selector: Selector, subject: IndexedObject, namespace: str | None
) -> IndexedPod | None:
    """A pod with a value that the selector wants, the more the better; else one with a key of it, if pods
    with that key surely are deployed together with the subject."""
    by_part = project.derived(_pods_by_part)
    shared: dict[int, int] = {}
    pods: dict[int, IndexedPod] = {}
    for value in (value for one in selector.requirements for value in one.values):
        for pod in by_part.get(("value", value), ()):
            if may_share(pod.workload.namespace, namespace):
                shared[id(pod)] = shared.get(id(pod), 0) + 1
                pods[id(pod)] = pod
    if pods:
        return pods[max(shared, key=lambda one: shared[one])]
    for key in (one.key for one in selector.requirements):
        keyed = by_part.get(("key", key), ())
        if stand_together(project, subject, namespace, project.derived(_key_places).get(key, set())):
            return next((pod for pod in keyed if may_share(pod.workload.namespace, namespace)), None)
    return None


def _pods_by_part(project: Project) -> dict[tuple[str, object], list[IndexedPod]]:
    """Pods by each key and by each value of their written labels."""
    found: dict[tuple[str, object], list[IndexedPod]] = {}
    for pod in pods_in(project, None):
        for key, value in _written(pod).items():
            found.setdefault(("key", key), []).append(pod)
            if isinstance(value, str):
                found.setdefault(("value", value), []).append(pod)
    return found


def _key_places(project: Project) -> dict[str, set[Place]]:
    """Where pods with each label key are."""
    found: dict[str, set[Place]] = {}
    for pod in pods_in(project, None):
        for key in _written(pod):
            found.setdefault(key, set()).update(places_of(project, pod.workload))
    return found


Place = tuple[str, str]
"""What an object is deployed with: a namespace, or a folder (with or without a namespace of its own)."""


def places_of(project: Project, one: IndexedObject) -> Iterator[Place]:
    folders = [posixpath.dirname(one.path)]
    folders += [build.folder for build in project.kustomize().builds_of(one.path)]
    for folder in folders:
        yield "any", folder
        if one.namespace is None:
            yield "unnamed", folder
    if one.namespace is not None:
        yield "namespace", one.namespace


def stand_together(
    project: Project, subject: IndexedObject, namespace: str | None, places: set[Place]
) -> bool:
    """Whether something at these places surely is in a namespace with an object: both name it, or, where one
    of them does not, they stand in one folder or are built together."""
    if namespace is not None and ("namespace", namespace) in places:
        return True
    folders = [posixpath.dirname(subject.path)]
    folders += [build.folder for build in project.kustomize().builds_of(subject.path)]
    key = "any" if namespace is None else "unnamed"
    return any((key, folder) in places for folder in folders)


def _written(pod: IndexedPod) -> Mapping[str, Any]:
    labels = pod.workload.at(*pod.labels_trail)
    return labels if isinstance(labels, Mapping) else {}


def is_patched(project: Project, subject: IndexedObject) -> bool:
    """Whether some patch changes an object of that kind and name."""
    return (subject.kind, subject.name) in project.derived(_patched)


def _patched(project: Project) -> set[tuple[str, str | None]]:
    return {(one.kind, one.name) for one in project.objects if one.partial}


class Services(NamedTuple):
    """The Services of a name that may be in a namespace. `sure`: nothing else can say more of them."""

    found: tuple[IndexedObject, ...]
    sure: bool


def services_named(project: Project, name: str, namespace: str | None) -> Services:
    by_name = project.derived(_services_by_name)
    found = [one for one in by_name.get(name, ()) if may_share(one.namespace, namespace)]
    core = tuple(one for one in found if one.group == "" and not one.partial)
    return Services(core, len(core) == len(found))


def _services_by_name(project: Project) -> dict[str | None, list[IndexedObject]]:
    found: dict[str | None, list[IndexedObject]] = {}
    for one in project.of_kind("Service"):
        found.setdefault(one.name, []).append(one)
    return found


def knows_services(project: Project, subject: IndexedObject, name: str, namespace: str | None) -> bool:
    """Whether the linted set can know that a Service of the namespace does not exist: it has others there,
    and neither an operator nor a build from outside may make it."""
    return (
        stand_together(project, subject, namespace, project.derived(_service_places))
        and not operator_may_make(name, project, namespace)
        and not project.is_open(subject.path)
    )


def _service_places(project: Project) -> set[Place]:
    services = (one for one in project.of_kind("Service", group="") if not one.partial)
    return {place for one in services for place in places_of(project, one)}


def service_pods(project: Project, service: IndexedObject) -> list[IndexedPod]:
    """The pods that a Service surely leads to."""
    if service.at("spec", "type") == "ExternalName":
        return []
    return selected_pods(project, label_map(service.at("spec", "selector")), service.namespace)
