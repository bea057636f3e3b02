"""Which pods a Service leads to, and which Services an Ingress or route names: over the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tollgate.checks.selectors import (
    IndexedPod,
    Selector,
    label_map,
    pods_in,
    pods_of,
    surely_selects_nothing,
)
from tollgate.model.kubernetes import is_builtin_group
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject, Project, RelatedObject, may_share


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


def _pods_by_label(project: Project) -> dict[tuple[str, object], list[IndexedPod]]:
    found: dict[tuple[str, object], list[IndexedPod]] = {}
    for workload in project.workloads:
        if not workload.partial:
            for pod in pods_of(workload):
                labels = workload.at(*pod.labels_trail)
                for key, value in labels.items() if isinstance(labels, Mapping) else ():
                    if isinstance(value, str):
                        found.setdefault((key, value), []).append(pod)
    return found


def selected_pods(project: Project, selector: Selector, namespace: str | None) -> list[IndexedPod]:
    """The pods that a selector with at least one wanted value surely selects."""
    by_label = project.derived(_pods_by_label)
    wanted = next((one for one in selector.requirements if one.operator == "In"), None)
    if wanted is None:
        return []
    candidates = [
        pod for value in dict.fromkeys(wanted.values) for pod in by_label.get((wanted.key, value), ())
    ]
    return [
        pod
        for pod in candidates
        if may_share(pod.workload.namespace, namespace) and selector.matches(pod.labels) is True
    ]


def selects_nothing(
    project: Project, selector: Selector, subject: IndexedObject, namespace: str | None
) -> bool:
    """Whether the linted set can know that no pod of the namespace is selected: kustomizations and what they
    take in from outside are counted, and some pod must come near, or the selector may be for pods that
    another repository brings."""
    if not selector.requirements or selected_pods(project, selector, namespace):
        return False
    if not surely_selects_nothing(selector, project, namespace):
        return False
    kustomize = project.kustomize()
    if any(one.key in kustomize.label_keys for one in selector.requirements):
        return False
    return not kustomize.is_open(subject.path) and nearest_pod(project, selector, namespace) is not None


def nearest_pod(project: Project, selector: Selector, namespace: str | None) -> RelatedObject | None:
    """The pod that comes closest to a selector that selects nothing, for people to compare with: one with
    all its labels in another namespace, else one of this namespace that shares keys or values."""
    elsewhere = selected_pods(project, selector, None)
    if elsewhere:
        workload = elsewhere[0].workload
        message = f"{workload.kind} `{workload.name}` is in namespace `{workload.namespace}`"
        return RelatedObject(workload, elsewhere[0].labels_trail, message)
    keys = {one.key for one in selector.requirements}
    values = {value for one in selector.requirements for value in one.values}
    best, most = None, 0
    for pod in pods_in(project, namespace):
        shared = sum((key in keys) + 2 * (value in values) for key, value in _written(pod).items())
        if shared > most:
            best, most = pod, shared
    if best is None:
        return None
    message = f"{best.workload.kind} `{best.workload.name}` has other labels"
    return RelatedObject(best.workload, best.labels_trail, message)


def _written(pod: IndexedPod) -> Mapping[str, Any]:
    labels = pod.workload.at(*pod.labels_trail)
    return labels if isinstance(labels, Mapping) else {}


def is_patched(project: Project, subject: IndexedObject) -> bool:
    """Whether some patch changes an object of that kind and name."""
    return any(one.partial and one.name == subject.name for one in project.of_kind(subject.kind))


def operator_may_make(project: Project, name: str, namespace: str | None) -> bool:
    """Whether a custom resource is there whose operator may make an object of that name."""
    return any(
        one.name and one.name in name and may_share(one.namespace, namespace)
        for one in project.derived(_custom)
    )


def _custom(project: Project) -> list[IndexedObject]:
    return [one for one in project.objects if not one.pods and not is_builtin_group(one.group)]


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
    others = any(
        may_share(one.namespace, namespace) and not one.partial
        for one in project.of_kind("Service", group="")
    )
    return (
        others
        and not operator_may_make(project, name, namespace)
        and not project.kustomize().is_open(subject.path)
    )


def service_pods(project: Project, service: IndexedObject) -> list[IndexedPod]:
    """The pods that a Service surely leads to."""
    if service.at("spec", "type") == "ExternalName":
        return []
    return selected_pods(project, label_map(service.at("spec", "selector")), service.namespace)


class Backend(NamedTuple):
    """A Service that an Ingress or route names. `port` None: any; `namespace`: the Service's."""

    name: str
    trail: Trail
    port: int | str | None
    port_trail: Trail
    namespace: str | None


def backends_of(subject: IndexedObject) -> Iterator[Backend]:
    """The Services that an Ingress, a Gateway API route or an OpenShift Route leads to."""
    if subject.kind == "Ingress" and subject.group in ("networking.k8s.io", "extensions"):
        yield from _ingress_backends(subject)
    elif subject.kind == "Route" and subject.group == "route.openshift.io":
        name = subject.at("spec", "to", "name")
        if isinstance(name, str) and subject.at("spec", "to", "kind") in (None, "Service"):
            port_trail: Trail = ("spec", "port", "targetPort")
            yield Backend(name, ("spec", "to", "name"), None, port_trail, subject.namespace)
    elif subject.group == "gateway.networking.k8s.io":
        for index, rule in mappings(subject.at("spec", "rules")):
            yield from _route_backends(subject, rule, ("spec", "rules", index))


def _ingress_backends(ingress: IndexedObject) -> Iterator[Backend]:
    for key in ("defaultBackend", "backend"):
        yield from _ingress_backend(ingress, ("spec", key))
    for index, rule in mappings(ingress.at("spec", "rules")):
        http = rule.get("http")
        for at, _ in mappings(http.get("paths") if isinstance(http, Mapping) else None):
            yield from _ingress_backend(ingress, ("spec", "rules", index, "http", "paths", at, "backend"))


def _ingress_backend(ingress: IndexedObject, trail: Trail) -> Iterator[Backend]:
    backend = ingress.at(*trail)
    if not isinstance(backend, Mapping):
        return
    service = backend.get("service")
    if isinstance(service, Mapping):
        name, name_trail = service.get("name"), (*trail, "service", "name")
        port = service.get("port")
        kind = "name" if isinstance(port, Mapping) and port.get("name") else "number"
        value = port.get(kind) if isinstance(port, Mapping) else None
        port_trail: Trail = (*trail, "service", "port", kind)
    else:
        name, name_trail = backend.get("serviceName"), (*trail, "serviceName")
        value, port_trail = backend.get("servicePort"), (*trail, "servicePort")
    if isinstance(name, str) and name and "$" not in name and "{{" not in name:
        yield Backend(name, name_trail, _port(value), port_trail, ingress.namespace)


def _port(value: Any) -> int | str | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
        return int(value)
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _route_backends(route: IndexedObject, rule: Mapping[str, Any], trail: Trail) -> Iterator[Backend]:
    for index, reference in mappings(rule.get("backendRefs")):
        at = (*trail, "backendRefs", index)
        yield from _reference(route, reference, at)
    for index, entry in mappings(rule.get("filters")):
        mirror = entry.get("requestMirror")
        mirrored = mirror.get("backendRef") if isinstance(mirror, Mapping) else None
        if isinstance(mirrored, Mapping):
            at = (*trail, "filters", index, "requestMirror", "backendRef")
            yield from _reference(route, mirrored, at)


def _reference(route: IndexedObject, reference: Mapping[str, Any], trail: Trail) -> Iterator[Backend]:
    name, namespace = reference.get("name"), reference.get("namespace")
    is_service = reference.get("kind") in (None, "Service") and not reference.get("group")
    if is_service and isinstance(name, str) and "$" not in name and "{{" not in name:
        where = namespace if isinstance(namespace, str) else route.namespace
        yield Backend(name, (*trail, "name"), _port(reference.get("port")), (*trail, "port"), where)


def has_port(service: IndexedObject, port: int | str) -> bool:
    """Whether a Service has a port of that number or name."""
    key = "name" if isinstance(port, str) else "port"
    return any(_port(item.get(key)) == port for _, item in mappings(service.at("spec", "ports")))
