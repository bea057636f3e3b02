"""Workloads that can be reached from outside, and through what: over the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.backends import backends_of
from tollgate.checks.traffic import mappings, service_pods, services_named
from tollgate.model.finding import Change
from tollgate.model.hints import Any
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context

_OPEN_TYPES = ("NodePort", "LoadBalancer")
_FRONT_KINDS = (
    "Ingress",
    "Route",
    "HTTPRoute",
    "GRPCRoute",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "VirtualService",
)


class Way(NamedTuple):
    """How a workload can be reached: through a Service, and what leads to it from outside, if anything
    does beside its own type."""

    service: IndexedObject
    front: IndexedObject | None

    def __str__(self) -> str:
        if self.front is None:
            return f"{self.service.at('spec', 'type')} Service `{self.service.name}`"
        return f"{self.front.kind} `{self.front.name}` and Service `{self.service.name}`"


def _fronts(project: Project) -> dict[int, IndexedObject]:
    """By Service, the first Ingress, route or VirtualService that leads to it."""
    found: dict[int, IndexedObject] = {}
    for kind in _FRONT_KINDS:
        for front in project.of_kind(kind):
            for name, namespace in _led_to(front):
                for service in services_named(project, name, namespace).found:
                    found.setdefault(id(service), front)
    return found


def _led_to(front: IndexedObject) -> Iterator[tuple[str, str | None]]:
    if front.partial:
        return
    gateways = front.at("spec", "gateways")
    inside = not isinstance(gateways, list) or not any(gateway != "mesh" for gateway in gateways)
    if front.kind == "VirtualService" and inside:
        return
    for backend in backends_of(front):
        yield backend.name, backend.namespace


def _ways(project: Project) -> dict[int, list[Way]]:
    """By workload, the ways in which it can be reached from outside."""
    fronts = _fronts(project)
    found: dict[int, list[Way]] = {}
    for service in project.of_kind("Service", group=""):
        front = fronts.get(id(service))
        if not service.partial and (front is not None or service.at("spec", "type") in _OPEN_TYPES):
            for workload in {
                id(pod.workload): pod.workload for pod in service_pods(project, service)
            }.values():
                found.setdefault(id(workload), []).append(Way(service, front))
    return found


def _related(way: Way) -> tuple[RelatedObject, ...]:
    service = RelatedObject(way.service, ("spec", "selector"), f"Service `{way.service.name}` leads to it")
    if way.front is None:
        return (service,)
    front = RelatedObject(
        way.front, ("metadata", "name"), f"{way.front.kind} `{way.front.name}` leads to the Service"
    )
    return (service, front)


def workload_exposed(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Workloads that can be reached from outside the cluster."""
    ways = context.project.derived(_ways).get(id(workload), ())
    for way in ways[:1]:
        yield Relation(("metadata", "name"), fields={"way": str(way)}, related=_related(way))


_INTERFACES = {
    # The end of an image's repository: the interface, through which a cluster or its data is ruled or shown.
    "kubernetesui/dashboard": "the Kubernetes Dashboard",
    "kubernetesui/dashboard-web": "the Kubernetes Dashboard",
    "kubernetes-dashboard-amd64": "the Kubernetes Dashboard",
    "dashboard-kong": "the Kubernetes Dashboard",
    "headlamp-k8s/headlamp": "Headlamp",
    "weaveworks/scope": "Weave Scope",
    "argoproj/argocli": "Argo Workflows",
    "argoproj/argocd": "Argo CD",
    "centraldashboard": "Kubeflow",
    "jupyterhub/k8s-hub": "JupyterHub",
    "jupyter/base-notebook": "Jupyter",
    "jupyter/minimal-notebook": "Jupyter",
    "jupyter/scipy-notebook": "Jupyter",
    "prom/prometheus": "Prometheus",
    "prometheus/prometheus": "Prometheus",
    "prom/alertmanager": "Alertmanager",
    "prometheus/alertmanager": "Alertmanager",
    "rediscommander/redis-commander": "Redis Commander",
    "library/mongo-express": "mongo-express",
    "library/adminer": "Adminer",
    "library/phpmyadmin": "phpMyAdmin",
    "phpmyadmin/phpmyadmin": "phpMyAdmin",
    "dpage/pgadmin4": "pgAdmin",
    "mher/flower": "Celery Flower",
    "longhornio/longhorn-ui": "Longhorn",
    "portainer/portainer-ce": "Portainer",
    "rancher/rancher": "Rancher",
    "apache/airflow": "Airflow",
    "jenkins/jenkins": "Jenkins",
    "kiali/kiali": "Kiali",
    "octant/octant": "Octant",
    "hubble-ui": "Hubble",
    "kubecost1/frontend": "Kubecost",
    "openfaas/gateway": "the OpenFaaS gateway",
    "kubeshark/hub": "Kubeshark",
    "apache/nifi": "NiFi",
}
_NAMES = {
    # The names that their own installations use, for images from other registries.
    "kubernetes-dashboard": "the Kubernetes Dashboard",
    "weave-scope-app": "Weave Scope",
    "argo-server": "Argo Workflows",
    "argocd-server": "Argo CD",
    "jenkins": "Jenkins",
    "nifi": "NiFi",
}


def interface_exposed(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Interfaces for administrators behind a Service that is open by itself."""
    for pod in workload.pods:
        for index, container in mappings(workload.at(*pod, "containers")):
            interface = _interface(container.get("image")) or _NAMES.get(workload.name or "")
            if interface is not None:
                for way in _open_ways(workload, context):
                    yield Relation(
                        (*pod, "containers", index, "image"),
                        fields={"interface": interface, "way": str(way)},
                        related=_related(way),
                        key=interface,
                    )


_DASHBOARD = "kubernetes-dashboard"
_DASHBOARD_LABELS = ("k8s-app", "app", "app.kubernetes.io/name", "app.kubernetes.io/part-of")


def dashboard_service(service: IndexedObject, context: Context) -> Iterator[Relation]:
    """A Service that by its name or selector is the dashboard's and is open by itself. Where the project
    has its pods, `interface_exposed` speaks."""
    kind, selector = service.at("spec", "type"), service.at("spec", "selector")
    named = isinstance(selector, Mapping) and any(
        selector.get(key) == _DASHBOARD for key in _DASHBOARD_LABELS
    )
    if kind not in _OPEN_TYPES or not (named or service.name == _DASHBOARD):
        return
    if service_pods(context.project, service):
        return
    change = Change("set", service.document, (*service.trail, "spec", "type"), "ClusterIP")
    yield Relation(
        ("spec", "type"), fields={"type": kind}, changes=(change,), fix_title="make it a ClusterIP"
    )


def _open_ways(workload: IndexedObject, context: Context) -> list[Way]:
    ways = context.project.derived(_ways).get(id(workload), ())
    return [way._replace(front=None) for way in ways if way.service.at("spec", "type") in _OPEN_TYPES][:1]


def _interface(image: Any) -> str | None:
    if not isinstance(image, str):
        return None
    head, _, last = image.partition("@")[0].rpartition("/")
    repository = f"{head or 'library'}/{last.partition(':')[0]}"
    return next((name for end, name in _INTERFACES.items() if f"/{repository}".endswith(f"/{end}")), None)
