"""What pods rely on outside their own object: priority classes, and Services that wait for them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.selectors import IndexedPod, label_map, pods_of, selected
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation
from tollgate.model.rule import Context

SYSTEM_CLASSES = frozenset({"system-cluster-critical", "system-node-critical"})
"""The priority classes that every cluster has."""


def unknown(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A priority class that neither the system, nor the linted files, nor policy knows."""
    known = SYSTEM_CLASSES | context.project.derived(_classes) | set(context.options["known"])
    for pod in workload.pods:
        name = workload.at(*pod, "priorityClassName")
        if isinstance(name, str) and name and "$" not in name and name not in known:
            yield Relation((*pod, "priorityClassName"), fields={"class": name})


def _classes(project: Project) -> frozenset[str | None]:
    return frozenset(one.name for one in project.of_kind("PriorityClass"))


def _services_of_pods(project: Project) -> dict[tuple[str, int, str], list[IndexedObject]]:
    """The Services that send traffic to ready pods of a workload only."""
    found: dict[tuple[str, int, str], list[IndexedObject]] = {}
    for service in project.of_kind("Service", group=""):
        waits = service.at("spec", "publishNotReadyAddresses") is not True
        for pod in selected_by(service, project) if waits and not service.partial else ():
            found.setdefault(_identity(pod.workload), []).append(service)
    return found


def selected_by(service: IndexedObject, project: Project) -> list[IndexedPod]:
    """The pods that a Service surely sends traffic to."""
    selector = label_map(service.at("spec", "selector") or None)
    return selected(selector, project, service.namespace)[0]


def _identity(one: IndexedObject) -> tuple[str, int, str]:
    return one.path, one.document, str(one.trail)


def not_asked(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Pods behind a Service none of whose containers has a readiness probe."""
    services = context.project.derived(_services_of_pods).get(_identity(workload))
    for pod in pods_of(workload) if services and workload.kind not in ("Job", "CronJob") else ():
        if services and not _is_asked(pod):
            related = RelatedObject(services[0], ("spec", "selector"), "this Service selects its pods")
            at = (*pod.trail, "containers", 0, "name")
            yield Relation(at, fields={"service": services[0].name}, related=(related,))


def _is_asked(pod: IndexedPod) -> bool:
    spec = pod.workload.at(*pod.trail)
    lists = [spec.get(key) for key in ("containers", "initContainers")] if isinstance(spec, dict) else []
    containers = [one for listed in lists if isinstance(listed, list) for one in listed]
    return any(isinstance(one, dict) and one.get("readinessProbe") is not None for one in containers)
