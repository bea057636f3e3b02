"""Services by themselves: load balancers and ports."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Manifest, items_at, text_at
from tollgate.model.node import Scalar, child, descend
from tollgate.model.rule import Context

_INTERNAL = {
    # Annotations of the clouds' controllers that keep a load balancer inside, with their values.
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/openstack-internal-load-balancer": ("true",),
    "service.beta.kubernetes.io/cce-load-balancer-internal-vpc": ("true",),
    "networking.gke.io/load-balancer-type": ("Internal", "internal"),
    "cloud.google.com/load-balancer-type": ("Internal", "internal"),
    "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid": None,
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": ("private",),
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": ("intranet",),
    "service.beta.kubernetes.io/oci-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/linode-loadbalancer-nb-type": ("private",),
}
_CERTIFICATES = (
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "service.beta.kubernetes.io/do-loadbalancer-certificate-id",
    "service.beta.kubernetes.io/do-loadbalancer-certificate-name",
    "service.beta.kubernetes.io/do-loadbalancer-tls-passthrough",
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-cert-id",
    "service.beta.kubernetes.io/oci-load-balancer-ssl-ports",
    "load-balancer.hetzner.cloud/http-certificates",
    "cloud.google.com/app-protocols",
)
_WEB_PORTS = (80, 443)


def _is_public_load_balancer(service: Manifest) -> bool:
    if text_at(service.node.get("spec"), "type") != "LoadBalancer":
        return False
    annotations = child(service.metadata, "annotations")
    for key, values in _INTERNAL.items():
        value = text_at(annotations, key)
        if value is not None and (values is None or value in values):
            return False
    return True


_OF_OPEN_SERVICES = ("externalTrafficPolicy", "healthCheckNodePort", "loadBalancerSourceRanges")


def node_port(service: Manifest, _context: Context) -> Iterator[Problem]:
    """Services of type NodePort. The API server takes what belongs to that type from no other."""
    spec = service.node.get("spec")
    if text_at(spec, "type") != "NodePort":
        return
    where = (*service.trail, "spec")
    changes = [Change("set", service.document, (*where, "type"), "ClusterIP")]
    changes += [
        Change("remove", service.document, (*where, "ports", index, "nodePort"))
        for index, port in items_at(spec, "ports")
        if port.get("nodePort") is not None
    ]
    changes += [
        Change("remove", service.document, (*where, key))
        for key in _OF_OPEN_SERVICES
        if child(spec, key) is not None
    ]
    fix = FixPlan(False, tuple(changes), title="keep it inside the cluster")
    yield problem_at(service, "spec", "type", fix=fix)


def public_load_balancer(service: Manifest, _context: Context) -> Iterator[Problem]:
    """Load balancers that no annotation keeps inside."""
    if _is_public_load_balancer(service):
        yield problem_at(service, "spec", "type")


def load_balancer_without_tls(service: Manifest, _context: Context) -> Iterator[Problem]:
    """Public load balancers for the web that have no certificate."""
    annotations = child(service.metadata, "annotations")
    if not _is_public_load_balancer(service) or any(text_at(annotations, key) for key in _CERTIFICATES):
        return
    for index, item in items_at(service.node.get("spec"), "ports"):
        port = item.get("port")
        if isinstance(port, Scalar) and port.value in _WEB_PORTS:
            at = ("spec", "ports", index, "port")
            yield problem_at(service, *at, fields={"port": port.value}, key=str(port.value))


def port_out_of_range(service: Manifest, context: Context) -> Iterator[Problem]:
    """Ports outside the range of the API, or of the policy's options."""
    lowest, highest = context.options["lowest"], context.options["highest"]
    for index, item in items_at(service.node.get("spec"), "ports"):
        node = descend(item, ("port",))
        port = node.value if isinstance(node, Scalar) else None
        if isinstance(port, int) and not isinstance(port, bool) and not lowest <= port <= highest:
            fields = {"port": port, "lowest": lowest, "highest": highest}
            yield problem_at(service, "spec", "ports", index, "port", fields=fields, key=str(port))
