"""The Services that Ingresses, routes and VirtualServices lead to: over the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.traffic import mappings
from tollgate.model.hints import Any
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject
from tollgate.model.record import NamedTuple


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
