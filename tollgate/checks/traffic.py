"""Which pods a Service leads to, and which Services an Ingress or route names: over the index."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

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
from tollgate.model.node import Trail
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
    return not kustomize.is_open(subject.path) and nearest_pod(project, selector, namespace) is not None


def nearest_pod(project: Project, selector: Selector, namespace: str | None) -> RelatedObject | None:
    """The pod that comes closest to a selector that selects nothing, for people to compare with: one with
    all its labels in another namespace, else one of this namespace that shares keys or values."""
    elsewhere = first_selected(selector, project, None)
    if elsewhere is not None:
        workload = elsewhere.workload
        message = f"{workload.kind} `{workload.name}` is in namespace `{workload.namespace}`"
        return RelatedObject(workload, elsewhere.labels_trail, message)
    best = _most_alike(project, selector, namespace)
    if best is None:
        return None
    message = f"{best.workload.kind} `{best.workload.name}` has other labels"
    return RelatedObject(best.workload, best.labels_trail, message)


def _most_alike(project: Project, selector: Selector, namespace: str | None) -> IndexedPod | None:
    """A pod with a value that the selector wants, the more the better, else one with its key."""
    by_part = project.derived(_pods_by_part)
    wanted = [("value", value) for one in selector.requirements for value in one.values]
    shared: dict[int, int] = {}
    pods: dict[int, IndexedPod] = {}
    for part in wanted:
        for pod in by_part.get(part, ()):
            if may_share(pod.workload.namespace, namespace):
                shared[id(pod)] = shared.get(id(pod), 0) + 1
                pods[id(pod)] = pod
    if pods:
        return pods[max(shared, key=lambda one: shared[one])]
    keyed = (pod for one in selector.requirements for pod in by_part.get(("key", one.key), ()))
    return next((pod for pod in keyed if may_share(pod.workload.namespace, namespace)), None)


def _pods_by_part(project: Project) -> dict[tuple[str, object], list[IndexedPod]]:
    """Pods by each key and by each value of their written labels."""
    found: dict[tuple[str, object], list[IndexedPod]] = {}
    for pod in pods_in(project, None):
        for key, value in _written(pod).items():
            found.setdefault(("key", key), []).append(pod)
            if isinstance(value, str):
                found.setdefault(("value", value), []).append(pod)
    return found


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
        _has_services(project, subject, namespace)
        and not operator_may_make(name, project, namespace)
        and not project.kustomize().is_open(subject.path)
    )


def _has_services(project: Project, subject: IndexedObject, namespace: str | None) -> bool:
    """Whether some Service surely is in a namespace with an object: both name it, or, where one of them
    does not, they stand in one folder or are built together."""
    places = project.derived(_service_places)
    if namespace is not None and ("namespace", namespace) in places:
        return True
    folders = [posixpath.dirname(subject.path)]
    folders += [build.folder for build in project.kustomize().builds_of(subject.path)]
    # With a namespace of its own, only those count that name none.
    key = "any" if namespace is None else "unnamed"
    return any((key, folder) in places for folder in folders)


def _service_places(project: Project) -> set[tuple[str, str]]:
    """Namespaces, and folders (those of kustomizations too) that Services stand in."""
    found: set[tuple[str, str]] = set()
    for one in project.of_kind("Service", group=""):
        if one.partial:
            continue
        folders = [posixpath.dirname(one.path)]
        folders += [build.folder for build in project.kustomize().builds_of(one.path)]
        found.update(("any", folder) for folder in folders)
        if one.namespace is None:
            found.update(("unnamed", folder) for folder in folders)
        else:
            found.add(("namespace", one.namespace))
    return found


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
    elif subject.kind == "VirtualService" and subject.group == "networking.istio.io":
        yield from _mesh_backends(subject)
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


def _mesh_backends(service: IndexedObject) -> Iterator[Backend]:
    for protocol in ("http", "tls", "tcp"):
        for index, rule in mappings(service.at("spec", protocol)):
            trail: Trail = ("spec", protocol, index)
            yield from _destination(service, rule.get("mirror"), (*trail, "mirror"))
            for key in ("route", "mirrors"):
                for at, route in mappings(rule.get(key)):
                    where: Trail = (*trail, key, at, "destination")
                    yield from _destination(service, route.get("destination"), where)


def _destination(service: IndexedObject, destination: Any, trail: Trail) -> Iterator[Backend]:
    host = destination.get("host") if isinstance(destination, Mapping) else None
    found = cluster_host(host, service.namespace)
    if found is not None:
        port = service.at(*trail, "port", "number")
        yield Backend(found[0], (*trail, "host"), _port(port), (*trail, "port", "number"), found[1])


def cluster_host(host: Any, namespace: str | None) -> tuple[str, str | None] | None:
    """The name and namespace of the Service that a host means to a mesh; None for names of other kinds."""
    if not isinstance(host, str) or not host or "*" in host or "$" in host or "{{" in host:
        return None
    name, dot, rest = host.partition(".")
    if not dot:
        return name, namespace
    place, _, domain = rest.partition(".")
    return (name, place) if domain == "svc" or domain.startswith("svc.") else None


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
