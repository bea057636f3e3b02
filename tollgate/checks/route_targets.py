"""What Gateway API routes and Istio's VirtualServices rely on beside Services: over the index."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from tollgate.checks.backends import Backend, backends_of, cluster_host
from tollgate.checks.traffic import mappings, services_named
from tollgate.model.hints import Any
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.rule import Context

_GROUP = "gateway.networking.k8s.io"


def parent_missing(route: IndexedObject, context: Context) -> Iterator[Relation]:
    """Parents of routes: Gateways that are not there, or have no listener of that name."""
    if route.group != _GROUP:
        return
    for index, parent in mappings(route.at("spec", "parentRefs")):
        name, section = parent.get("name"), parent.get("sectionName")
        if parent.get("kind", "Gateway") != "Gateway" or not isinstance(name, str) or "$" in name:
            continue
        trail: Trail = ("spec", "parentRefs", index)
        written = parent.get("namespace")
        namespace = written if isinstance(written, str) else route.namespace
        found = [
            one
            for one in context.project.named("Gateway", name)
            if one.group == _GROUP and may_share(one.namespace, namespace)
        ]
        if not found:
            if _knows_gateways(context.project, route, namespace):
                fields = {"gateway": name, "what": "is not there"}
                yield Relation((*trail, "name"), fields=fields, key=name)
        elif isinstance(section, str) and not any(section in _listeners(one) for one in found):
            fields = {"gateway": name, "what": f"has no listener `{section}`"}
            related = (RelatedObject(found[0], ("spec", "listeners"), f"the listeners of Gateway `{name}`"),)
            key = f"{name} {section}"
            yield Relation((*trail, "sectionName"), fields=fields, related=related, key=key)


def _listeners(gateway: IndexedObject) -> set[str]:
    return {str(listener.get("name")) for _, listener in mappings(gateway.at("spec", "listeners"))}


def _knows_gateways(project: Project, route: IndexedObject, namespace: str | None) -> bool:
    """Whether the linted set surely has the Gateways of a namespace: it has others there."""
    if project.is_open(route.path):
        return False
    gateways = project.of_kind("Gateway", group=_GROUP)
    if namespace is not None:
        return any(one.namespace == namespace for one in gateways)
    folder = posixpath.dirname(route.path)
    return any(one.namespace is None and posixpath.dirname(one.path) == folder for one in gateways)


def backend_not_granted(route: IndexedObject, context: Context) -> Iterator[Relation]:
    """Backends in other namespaces that no ReferenceGrant there allows."""
    if route.group != _GROUP or route.namespace is None:
        return
    for backend in backends_of(route):
        if backend.namespace in (None, route.namespace):
            continue
        services = services_named(context.project, backend.name, backend.namespace).found
        there = [one for one in services if one.namespace == backend.namespace]
        grants = [
            one
            for one in context.project.of_kind("ReferenceGrant", group=_GROUP)
            if may_share(one.namespace, backend.namespace)
        ]
        if there and not any(_grants(one, route, backend) for one in grants):
            fields = {"service": backend.name, "namespace": backend.namespace}
            shown = [*grants, *there][0]
            message = "a grant for others" if grants else f"Service `{backend.name}`"
            related = (RelatedObject(shown, ("metadata", "name"), message),)
            key = f"{backend.namespace}/{backend.name}"
            yield Relation(backend.trail, fields=fields, related=related, key=key)


def _grants(grant: IndexedObject, route: IndexedObject, backend: Backend) -> bool:
    allowed = any(
        (one.get("group"), one.get("kind"), one.get("namespace")) == (_GROUP, route.kind, route.namespace)
        for _, one in mappings(grant.at("spec", "from"))
    )
    return allowed and any(
        one.get("kind") == "Service" and not one.get("group") and one.get("name") in (None, "", backend.name)
        for _, one in mappings(grant.at("spec", "to"))
    )


def _rules_by_host(project: Project) -> dict[str, list[IndexedObject]]:
    """DestinationRules by the name of the Service that they are for."""
    found: dict[str, list[IndexedObject]] = {}
    for one in project.of_kind("DestinationRule", group="networking.istio.io"):
        host = cluster_host(one.at("spec", "host"), one.namespace)
        if host is not None:
            found.setdefault(host[0], []).append(one)
    return found


def subset_missing(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """Subsets in VirtualServices that no DestinationRule of their host defines, where it has some."""
    for backend in backends_of(service):
        trail: Trail = (*backend.trail[:-1], "subset")
        subset = service.at(*trail)
        rules = [
            one
            for one in context.project.derived(_rules_by_host).get(backend.name, ())
            if may_share(
                (cluster_host(one.at("spec", "host"), one.namespace) or ("", None))[1], backend.namespace
            )
        ]
        if not isinstance(subset, str) or not rules or any(one.partial for one in rules):
            continue
        if not any(
            subset == item.get("name") for one in rules for _, item in mappings(one.at("spec", "subsets"))
        ):
            fields = {"subset": subset, "host": backend.name, "other": rules[0].name}
            message = f"DestinationRule `{rules[0].name}`"
            related = (RelatedObject(rules[0], ("spec", "subsets"), message),)
            yield Relation(trail, fields=fields, related=related, key=f"{backend.name} {subset}")


def plain_listener(gateway: IndexedObject, context: Context) -> Iterator[Relation]:
    """Listeners without TLS through which routes serve more than a redirect to HTTPS."""
    attached = context.project.derived(_routes_by_gateway).get(gateway.name, ())
    for index, listener in mappings(gateway.at("spec", "listeners")):
        if listener.get("protocol") != "HTTP":
            continue
        for route, parent in attached:
            if _hangs_on(route, parent, gateway, listener) and not _redirects(route):
                trail: Trail = ("spec", "listeners", index, "protocol")
                fields = {"listener": listener.get("name"), "route": f"{route.kind} `{route.name}`"}
                related = (RelatedObject(route, ("metadata", "name"), "the route"),)
                yield Relation(trail, fields=fields, related=related, key=str(listener.get("name")))
                break


_Attached = tuple[IndexedObject, Mapping[str, Any]]
"""A route and one of its parents."""


def _routes_by_gateway(project: Project) -> dict[str | None, list[_Attached]]:
    found: dict[str | None, list[_Attached]] = {}
    for route in (one for kind in ("HTTPRoute", "GRPCRoute") for one in project.of_kind(kind, group=_GROUP)):
        for _, parent in mappings(route.at("spec", "parentRefs")):
            name = parent.get("name")
            if parent.get("kind", "Gateway") == "Gateway" and isinstance(name, str) and not route.partial:
                found.setdefault(name, []).append((route, parent))
    return found


def _hangs_on(
    route: IndexedObject, parent: Mapping[str, Any], gateway: IndexedObject, listener: Mapping[str, Any]
) -> bool:
    namespace = parent.get("namespace") or route.namespace
    return (
        may_share(namespace if isinstance(namespace, str) else None, gateway.namespace)
        and parent.get("sectionName") in (None, listener.get("name"))
        and parent.get("port") in (None, listener.get("port"))
    )


def _redirects(route: IndexedObject) -> bool:
    """Whether every rule of a route only sends to HTTPS."""
    for _, rule in mappings(route.at("spec", "rules")):
        redirects = [one.get("requestRedirect") for _, one in mappings(rule.get("filters"))]
        if not any(isinstance(one, Mapping) and one.get("scheme") == "https" for one in redirects):
            return False
    return True
