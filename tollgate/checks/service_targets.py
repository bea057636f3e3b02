"""What Services and monitors lead to: pods, their ports, and each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tollgate.checks.selectors import IndexedPod, Selector, label_map, label_selector, selected
from tollgate.checks.traffic import (
    described,
    is_patched,
    mappings,
    nearest_pod,
    only_elsewhere,
    selects_nothing,
)
from tollgate.model.hints import Any
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.rule import Context


def service_selects_nothing(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """Services whose selector matches no pod of their namespace."""
    selector = label_map(service.at("spec", "selector"))
    if not selector.requirements or service.at("spec", "type") == "ExternalName":
        return
    project = context.project
    if selects_nothing(project, selector, service, service.namespace) or only_elsewhere(
        project, selector, service.namespace
    ):
        near = nearest_pod(project, selector, service, service.namespace)
        related = () if near is None else (near,)
        yield Relation(("spec", "selector"), fields={"selector": described(selector)}, related=related)


class _Ports:
    """The ports that pods declare."""

    __slots__ = ("names", "numbers", "undeclared")

    def __init__(self, pods: list[IndexedPod]) -> None:
        self.names: set[tuple[str, str]] = set()
        self.numbers: set[int] = set()
        self.undeclared = False
        for pod in pods:
            declared = list(_declared(pod))
            self.undeclared = self.undeclared or not declared
            for port in declared:
                protocol = str(port.get("protocol") or "TCP")
                if isinstance(port.get("name"), str):
                    self.names.add((port["name"], protocol))
                if isinstance(port.get("containerPort"), int):
                    self.numbers.add(port["containerPort"])


def _declared(pod: IndexedPod) -> Iterator[Mapping[str, Any]]:
    for key in ("containers", "initContainers"):
        for _, container in mappings(pod.workload.at(*pod.trail, key)):
            for _, port in mappings(container.get("ports")):
                yield port


_INJECTED = frozenset({"linkerd-admin", "linkerd-proxy", "http-envoy-prom", "istio-proxy"})
"""Ports of containers that meshes put into pods."""


def _targets(service: IndexedObject, context: Context) -> tuple[list[IndexedPod], _Ports] | None:
    """The pods of a Service, if all of them and their ports are known."""
    selector = label_map(service.at("spec", "selector"))
    if not selector.requirements or service.at("spec", "type") == "ExternalName":
        return None
    pods, unsure = selected(selector, context.project, service.namespace)
    if not pods or unsure or any(is_patched(context.project, pod.workload) for pod in pods):
        return None
    return pods, _Ports(pods)


def _related(pods: list[IndexedPod]) -> tuple[RelatedObject, ...]:
    first = pods[0]
    message = f"{first.workload.kind} `{first.workload.name}`, which it leads to"
    return (RelatedObject(first.workload, (*first.trail, "containers"), message),)


def named_port_missing(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """Ports of Services that lead to a name that no container port of the pods has."""
    found = None
    for index, port in mappings(service.at("spec", "ports")):
        name = port.get("targetPort")
        if not isinstance(name, str) or "$" in name or "{{" in name or name.isdigit() or name in _INJECTED:
            continue
        found = found or _targets(service, context)
        if found is None:
            return
        pods, ports = found
        if (name, str(port.get("protocol") or "TCP")) not in ports.names:
            trail: Trail = ("spec", "ports", index, "targetPort")
            yield Relation(trail, fields={"port": name}, related=_related(pods), key=name)


def port_not_declared(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """Ports of Services that lead to a number that no container of the pods declares, though they declare
    others."""
    found = None
    for index, port in mappings(service.at("spec", "ports")):
        target = port.get("targetPort", port.get("port"))
        if not isinstance(target, int) or isinstance(target, bool) or not target:
            continue
        found = found or _targets(service, context)
        if found is None or found[1].undeclared:
            return
        if target not in found[1].numbers:
            key = "targetPort" if port.get("targetPort") is not None else "port"
            fields = {"port": target}
            related = _related(found[0])
            yield Relation(("spec", "ports", index, key), fields=fields, related=related, key=str(target))


def same_selector(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """Services that select just what an earlier one of their namespace selects."""
    key = _selector_key(service)
    if key is None:
        return
    twins = context.project.derived(_by_selector)[key]
    first = twins[0]
    if first is not service and (first.path, first.name) != (service.path, service.name):
        related = (RelatedObject(first, ("spec", "selector"), f"Service `{first.name}`"),)
        yield Relation(("spec", "selector"), fields={"other": first.name}, related=related)


def _by_selector(project: Project) -> dict[tuple[Any, ...], list[IndexedObject]]:
    found: dict[tuple[Any, ...], list[IndexedObject]] = {}
    for service in project.of_kind("Service", group=""):
        key = _selector_key(service)
        if key is not None:
            found.setdefault(key, []).append(service)
    return found


def _selector_key(service: IndexedObject) -> tuple[Any, ...] | None:
    selector = service.at("spec", "selector")
    # A headless Service beside a normal one is how a StatefulSet is meant to be.
    headless = service.at("spec", "clusterIP") == "None"
    if service.partial or not isinstance(selector, Mapping) or not selector:
        return None
    return (service.namespace, headless, *sorted((key, str(value)) for key, value in selector.items()))


def monitor_selects_nothing(monitor: IndexedObject, context: Context) -> Iterator[Relation]:
    """ServiceMonitors that select no Service, PodMonitors that select no pod."""
    if monitor.group != "monitoring.coreos.com" or monitor.kind not in ("ServiceMonitor", "PodMonitor"):
        return
    selector = label_selector(monitor.at("spec", "selector"))
    if not selector.requirements or monitor.at("spec", "namespaceSelector", "any") is True:
        return
    named = monitor.at("spec", "namespaceSelector", "matchNames")
    names: list[str | None] = [monitor.namespace]
    if isinstance(named, list) and named:
        names = [str(name) for name in named]
    find = _no_service if monitor.kind == "ServiceMonitor" else _no_pod
    if all(find(selector, monitor, name, context.project) for name in names):
        yield Relation(("spec", "selector"), fields={"selector": described(selector)})


def _no_pod(selector: Selector, monitor: IndexedObject, namespace: str | None, project: Project) -> bool:
    return selects_nothing(project, selector, monitor, namespace)


def _no_service(selector: Selector, monitor: IndexedObject, namespace: str | None, project: Project) -> bool:
    if any(_selected_services(selector, namespace, project)):
        return False
    here = [one for one in project.of_kind("Service", group="") if may_share(one.namespace, namespace)]
    if any(one.partial for one in here):
        return False
    if not here:
        return bool(_selected_services(selector, None, project)[0])  # they stand in another namespace
    keys = {one.key for one in selector.requirements}
    values = {value for one in selector.requirements for value in one.values}
    near = any(
        key in keys or (isinstance(value, str) and value in values)
        for one in here
        for key, value in one.labels.items()
    )
    if not near and any(one.labels for one in here):
        return False  # it may be for Services that another repository brings
    kustomize = project.kustomize()
    return not keys & kustomize.label_keys and not project.is_open(monitor.path)


def _services_by_label(project: Project) -> dict[tuple[str, object], list[IndexedObject]]:
    found: dict[tuple[str, object], list[IndexedObject]] = {}
    for service in project.of_kind("Service", group=""):
        for key, value in service.labels.items():
            if value is None or isinstance(value, str):
                found.setdefault((key, value), []).append(service)
    return found


def _selected_services(
    selector: Selector, namespace: str | None, project: Project
) -> tuple[list[IndexedObject], list[IndexedObject]]:
    """The Services that a selector selects, and those of which it is not known."""
    wanted = next(
        (one for one in selector.requirements if one.operator == "In" and None not in one.values), None
    )
    candidates: Iterable[IndexedObject] = project.of_kind("Service", group="")
    if wanted is not None:
        by_label = project.derived(_services_by_label)
        known = (*dict.fromkeys(wanted.values), None)
        candidates = [one for value in known for one in by_label.get((wanted.key, value), ())]
    sure: list[IndexedObject] = []
    unsure: list[IndexedObject] = []
    for service in candidates:
        truth = selector.matches(service.labels)
        if truth is not False and may_share(service.namespace, namespace):
            (sure if truth else unsure).append(service)
    return sure, unsure


def monitor_port_missing(monitor: IndexedObject, context: Context) -> Iterator[Relation]:
    """Endpoints of ServiceMonitors whose port no selected Service has."""
    selector = label_selector(monitor.at("spec", "selector"))
    if not selector.requirements or monitor.at("spec", "namespaceSelector") is not None:
        return
    services, unsure = _selected_services(selector, monitor.namespace, context.project)
    if not services or unsure or any(is_patched(context.project, one) for one in services):
        return
    names = {str(port.get("name")) for one in services for _, port in mappings(one.at("spec", "ports"))}
    for index, endpoint in mappings(monitor.at("spec", "endpoints")):
        port = endpoint.get("port")
        if isinstance(port, str) and port not in names:
            message = f"the ports of Service `{services[0].name}`"
            related = (RelatedObject(services[0], ("spec", "ports"), message),)
            trail: Trail = ("spec", "endpoints", index, "port")
            yield Relation(trail, fields={"port": port}, related=related, key=port)


def external_name_twice(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """Names for external-dns that an earlier Service asks for as well."""
    taken = context.project.derived(_external_names)
    for name in _external(service):
        first = taken[name]
        if first is not service and (first.namespace, first.name) != (service.namespace, service.name):
            related = (RelatedObject(first, _DNS_TRAIL, f"Service `{first.name}`"),)
            yield Relation(_DNS_TRAIL, fields={"host": name, "other": first.name}, related=related, key=name)


_DNS_TRAIL: Trail = ("metadata", "annotations", "external-dns.alpha.kubernetes.io/hostname")


def _external(service: IndexedObject) -> list[str]:
    value = None if service.partial else service.at(*_DNS_TRAIL)
    names = value.split(",") if isinstance(value, str) else []
    return [name.strip().lower() for name in names if name.strip() and "{{" not in name]


def _external_names(project: Project) -> dict[str, IndexedObject]:
    taken: dict[str, IndexedObject] = {}
    for service in project.of_kind("Service", group=""):
        for name in _external(service):
            taken.setdefault(name, service)
    return taken
