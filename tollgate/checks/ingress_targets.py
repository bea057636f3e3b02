"""What Ingresses and routes lead to, and what several of them claim together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.backends import Backend, backends_of, has_port
from tollgate.checks.places import problem_at
from tollgate.checks.traffic import is_patched, knows_services, mappings, services_named
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.hints import Any
from tollgate.model.kubernetes import Manifest, is_null, items_at
from tollgate.model.node import Mapping as Map, Scalar, Trail, child, descend, to_plain
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.rule import Context

_BY_ANNOTATION = "use-annotation"
"""A port of this name means an action of the AWS controller, and no Service."""


def backend_missing(subject: IndexedObject, context: Context) -> Iterator[Relation]:
    """Backends whose Service is not there."""
    project = context.project
    seen: set[str] = set()
    for backend in backends_of(subject):
        if backend.port == _BY_ANNOTATION or backend.name in seen or _may_be_there(backend, subject, project):
            continue
        if subject.kind == "VirtualService" and subject.at(*backend.trail) in project.derived(_entry_hosts):
            continue
        elsewhere = [
            one
            for one in services_named(project, backend.name, None).found
            if not project.kustomize().moves(one.path)
        ]
        if elsewhere or knows_services(project, subject, backend.name, backend.namespace):
            seen.add(backend.name)
            related = tuple(
                RelatedObject(
                    one, ("metadata", "namespace"), f"the Service is in namespace `{one.namespace}`"
                )
                for one in elsewhere[:1]
            )
            hint = "" if elsewhere else _hint(backend, project)
            fields = {"service": backend.name, "hint": hint}
            yield Relation(backend.trail, fields=fields, related=related, key=backend.name)


_LONGEST_HINT = 200
_LONGEST_NAME = 63


def _hint(backend: Backend, project: Project) -> str:
    """A question that names a Service whose name is nearly the same."""
    from difflib import get_close_matches
    from itertools import islice

    services = (
        one for one in project.of_kind("Service", group="") if may_share(one.namespace, backend.namespace)
    )
    known = [
        one.name for one in islice(services, _LONGEST_HINT) if one.name and len(one.name) <= _LONGEST_NAME
    ]
    near = get_close_matches(backend.name, known, n=1) if len(backend.name) <= _LONGEST_NAME else []
    return f"; did you mean `{near[0]}`?" if near else ""


def _may_be_there(backend: Backend, subject: IndexedObject, project: Project) -> bool:
    for name in project.kustomize().plain_names(subject.path, backend.name):
        found = services_named(project, name, backend.namespace)
        if found.found or not found.sure:
            return True
    return False


def _entry_hosts(project: Project) -> set[Any]:
    """Hosts that Istio knows from ServiceEntries."""
    entries = project.of_kind("ServiceEntry", group="networking.istio.io")
    hosts = [entry.at("spec", "hosts") for entry in entries]
    return {str(host) for listed in hosts for host in (listed if isinstance(listed, list) else ())}


def backend_port_missing(subject: IndexedObject, context: Context) -> Iterator[Relation]:
    """Backends whose Service is there, without that port."""
    for backend in backends_of(subject):
        services = _known_services(backend, context.project)
        if backend.port in (None, _BY_ANNOTATION) or not services:
            continue
        if not any(has_port(one, backend.port) for one in services):
            fields = {"service": backend.name, "port": backend.port}
            related = (
                RelatedObject(services[0], ("spec", "ports"), f"the ports of Service `{backend.name}`"),
            )
            yield Relation(
                backend.port_trail, fields=fields, related=related, key=f"{backend.name}:{backend.port}"
            )


def _known_services(backend: Backend, project: Project) -> tuple[IndexedObject, ...]:
    """The Services of a backend, if it is known which ports they have."""
    found = services_named(project, backend.name, backend.namespace)
    if not found.sure or any(is_patched(project, one) for one in found.found):
        return ()
    if any(not isinstance(one.at("spec", "ports"), list) for one in found.found):
        return ()
    return found.found


def backend_without_service(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Backends that `networking.k8s.io/v1` refuses: fields of the versions before, or nothing at all."""
    if ingress.api_version != "networking.k8s.io/v1":
        return
    for trail in _backend_trails(ingress):
        backend = descend(ingress.node, trail)
        if not isinstance(backend, Map) or any(
            not is_null(backend.get(key)) for key in ("service", "resource")
        ):
            continue
        if is_null(backend.get("serviceName")):
            fields = {"reason": "names neither a Service nor a resource"}
            problem = problem_at(ingress, *trail, key_only=True, fields=fields, key="/".join(map(str, trail)))
            yield problem
        else:
            fields = {"reason": "says `serviceName`, a field of versions before v1"}
            yield problem_at(
                ingress,
                *trail,
                "serviceName",
                key_only=True,
                fields=fields,
                key="/".join(map(str, trail)),
                fix=_new_form(ingress, backend, trail),
            )


def _backend_trails(ingress: Manifest) -> Iterator[Trail]:
    spec = ingress.node.get("spec")
    if child(spec, "defaultBackend") is not None:
        yield ("spec", "defaultBackend")
    for index, rule in items_at(spec, "rules"):
        for at, path in items_at(rule.get("http"), "paths"):
            if path.get("backend") is not None:
                yield ("spec", "rules", index, "http", "paths", at, "backend")


def _new_form(ingress: Manifest, backend: Map, trail: Trail) -> FixPlan | None:
    port = child(backend, "servicePort")
    value = port.value if isinstance(port, Scalar) else None
    if not isinstance(value, int | str) or isinstance(value, bool):
        return None
    where: Trail = (*ingress.trail, *trail)
    key = "number" if isinstance(value, int) else "name"
    service = {"name": to_plain(backend.get("serviceName")), "port": {key: value}}
    changes = (
        Change("remove", ingress.document, (*where, "serviceName")),
        Change("remove", ingress.document, (*where, "servicePort")),
        Change("set", ingress.document, (*where, "service"), service),
    )
    return FixPlan(True, changes, title="write it as `service`")


Claim = tuple[str, str]
"""A host and a path."""


def _claims(subject: IndexedObject) -> Iterator[tuple[Claim, Trail]]:
    """What an Ingress or OpenShift Route answers for."""
    if subject.kind == "Route" and subject.group == "route.openshift.io":
        host = subject.at("spec", "host")
        if isinstance(host, str) and host and "{{" not in host and "$" not in host:
            path = subject.at("spec", "path")
            yield (host.lower(), path if isinstance(path, str) else "/"), ("spec", "host")
        return
    if subject.kind != "Ingress":
        return
    for index, rule in mappings(subject.at("spec", "rules")):
        host, http = rule.get("host"), rule.get("http")
        if not isinstance(host, str) or not host or "{{" in host or "$" in host:
            continue
        for at, path in mappings(http.get("paths") if isinstance(http, Mapping) else None):
            written = path.get("path")
            trail: Trail = ("spec", "rules", index, "http", "paths", at, "path")
            yield (host.lower(), written if isinstance(written, str) else "/"), trail


def _by_claim(project: Project) -> dict[Claim, IndexedObject]:
    """The first Ingress or Route that claims a host and path."""
    found: dict[Claim, IndexedObject] = {}
    for kind in ("Ingress", "Route"):
        for subject in project.of_kind(kind):
            if not subject.partial and not _is_canary(subject):
                for claim, _ in _claims(subject):
                    found.setdefault(claim, subject)
    return found


def _is_canary(subject: IndexedObject) -> bool:
    return subject.at("metadata", "annotations", "nginx.ingress.kubernetes.io/canary") in ("true", True)


def _same_object(one: IndexedObject, other: IndexedObject) -> bool:
    """The same object in two files stands for two clusters."""
    return (one.kind, one.namespace, one.name) == (other.kind, other.namespace, other.name)


def _ingress_class(subject: IndexedObject) -> Any:
    annotation = subject.at("metadata", "annotations", "kubernetes.io/ingress.class")
    return subject.at("spec", "ingressClassName") or annotation


def claimed_twice(subject: IndexedObject, context: Context) -> Iterator[Relation]:
    """Hosts with paths that an earlier Ingress or Route of the same class claims."""
    if _is_canary(subject):
        return
    taken = context.project.derived(_by_claim)
    for (host, path), trail in _claims(subject):
        first = taken[host, path]
        if not _same_object(first, subject) and _ingress_class(first) == _ingress_class(subject):
            related = (RelatedObject(first, ("metadata", "name"), f"{first.kind} `{first.name}` has it"),)
            fields = {"host": host, "path": path, "other": first.name}
            yield Relation(trail, fields=fields, related=related, key=f"{host}{path}")


def _by_host(project: Project) -> dict[str, IndexedObject]:
    found: dict[str, IndexedObject] = {}
    for ingress in project.of_kind("Ingress"):
        if not ingress.partial:
            for _, rule in mappings(ingress.at("spec", "rules")):
                host = rule.get("host")
                if isinstance(host, str) and host:
                    found.setdefault(host.lower(), ingress)
    return found


def host_shared(ingress: IndexedObject, context: Context) -> Iterator[Relation]:
    """Hosts that an earlier Ingress has as well."""
    taken = context.project.derived(_by_host)
    for index, rule in mappings(ingress.at("spec", "rules")):
        host = rule.get("host")
        if not isinstance(host, str) or not host:
            continue
        first = taken[host.lower()]
        if not _same_object(first, ingress):
            related = (RelatedObject(first, ("metadata", "name"), f"Ingress `{first.name}` has it"),)
            fields = {"host": host, "other": first.name}
            yield Relation(("spec", "rules", index, "host"), fields=fields, related=related, key=host)
