"""Service meshes on one object: Istio's and Linkerd's injection, mutual TLS and gateways."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Manifest, items_at, text_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, child, descend
from tollgate.model.policy import NOTHING, scope_matcher
from tollgate.model.rule import Context

ISTIO_INJECT = "sidecar.istio.io/inject"
LINKERD_INJECT = "linkerd.io/inject"
INBOUND_POLICY = "config.linkerd.io/default-inbound-policy"

TURNED_ON = frozenset({"true", "yes", "y", "on", "enabled"})
LINKERD_ON = frozenset({"enabled", "ingress"})

SYSTEM_NAMESPACES = frozenset(
    "kube-system kube-public kube-node-lease istio-system linkerd linkerd-viz linkerd-cni".split()
)


def _shown(node: Node | None) -> str | None:
    """A label's or annotation's value as text, also where it was written as a boolean."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _is_demanded(manifest: Manifest, context: Context, kind: str) -> bool:
    """Whether policy demands that mesh of the manifest: then `mesh-sidecar-missing` speaks."""
    mesh = context.policy.mesh
    if mesh.required == NOTHING or mesh.kind != kind:
        return False
    return scope_matcher(mesh.required)(manifest.source.path, manifest.namespace)


def istio_injection_disabled(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """Pods and namespaces that keep Istio's sidecar out. A pod's label counts before its annotation."""
    if manifest.kind == "Namespace":
        yield from _switched_off(manifest, ("metadata", "labels", "istio-injection"), {"disabled"})
        return
    if not manifest.pods or _is_demanded(manifest, context, "istio"):
        return
    for pod in manifest.pods:
        start = pod.metadata_trail[len(manifest.trail) :]
        for holder in ("labels", "annotations"):
            trail = (*start, holder, ISTIO_INJECT)
            value = _shown(descend(manifest.node, trail))
            if value:
                if value.lower() not in TURNED_ON:
                    yield from _switched_off(manifest, trail, {value})
                break


def linkerd_injection_disabled(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """Pods and namespaces that keep Linkerd's proxy out."""
    if manifest.kind == "Namespace":
        yield from _switched_off(manifest, ("metadata", "annotations", LINKERD_INJECT), {"disabled"})
        return
    if not manifest.pods or _is_demanded(manifest, context, "linkerd"):
        return
    for pod in manifest.pods:
        start = pod.metadata_trail[len(manifest.trail) :]
        yield from _switched_off(manifest, (*start, "annotations", LINKERD_INJECT), {"disabled"})


_ON = {ISTIO_INJECT: "true", LINKERD_INJECT: "enabled", "istio-injection": "enabled"}


def _switched_off(manifest: Manifest, trail: Trail, values: set[str]) -> Iterator[Problem]:
    value = _shown(descend(manifest.node, trail))
    if value in values:
        key = str(trail[-1])
        fix = _set(manifest, trail, _ON[key], title="let the sidecar in")
        fields = {"key": key, "written": value}
        yield problem_at(manifest, *trail, fields=fields, key="/".join(map(str, trail)), fix=fix)


def _set(manifest: Manifest, trail: Trail, value: object, *, title: str) -> FixPlan:
    """A fix that may change how traffic flows, and so is not safe."""
    change = Change("set", manifest.document, (*manifest.trail, *trail), value)
    return FixPlan(False, (change,), title=title)


def peer_authentication(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Modes of PeerAuthentications, general and for single ports, that take plain text."""
    trails: list[tuple[Trail, str]] = [(("spec", "mtls", "mode"), "the mode")]
    ports = descend(manifest.node, ("spec", "portLevelMtls"))
    if isinstance(ports, Mapping):
        trails += [(("spec", "portLevelMtls", port, "mode"), f"port {port}") for port in ports.entries]
    for trail, where in trails:
        mode = descend(manifest.node, trail)
        if isinstance(mode, Scalar) and mode.value in ("PERMISSIVE", "DISABLE"):
            fields = {"where": where, "mode": mode.value}
            fix = _set(manifest, trail, "STRICT", title="set it to `STRICT`")
            yield problem_at(manifest, *trail, fields=fields, key=where, fix=fix)


def _tls_settings(manifest: Manifest) -> Iterator[tuple[Trail, Node]]:
    """The `tls` of every traffic policy of a DestinationRule: its own, its ports', its subsets'."""
    spec = manifest.node.get("spec")
    holders: list[Trail] = [("spec", "trafficPolicy")]
    holders += [("spec", "subsets", index, "trafficPolicy") for index, _ in items_at(spec, "subsets")]
    for holder in holders:
        ports = items_at(descend(manifest.node, holder), "portLevelSettings")
        for trail in (holder, *((*holder, "portLevelSettings", index) for index, _ in ports)):
            node = descend(manifest.node, (*trail, "tls"))
            if node is not None:
                yield (*trail, "tls"), node


def destination_rule(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Traffic policies that switch TLS off."""
    for trail, tls in _tls_settings(manifest):
        if text_at(tls, "mode") == "DISABLE":
            at = (*trail, "mode")
            yield _about_host(manifest, at, _set(manifest, at, "ISTIO_MUTUAL", title="use mutual TLS"))


def destination_rule_unverified(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Traffic policies that use TLS without checking the certificate."""
    for trail, tls in _tls_settings(manifest):
        skip = child(tls, "insecureSkipVerify")
        if isinstance(skip, Scalar) and skip.value is True and text_at(tls, "mode") != "DISABLE":
            at = (*trail, "insecureSkipVerify")
            yield _about_host(manifest, at, _set(manifest, at, False, title="check the certificate"))


def _about_host(manifest: Manifest, trail: Trail, fix: FixPlan) -> Problem:
    host = text_at(manifest.node.get("spec"), "host") or "its host"
    return problem_at(manifest, *trail, fields={"host": host}, key="/".join(map(str, trail)), fix=fix)


_PLAIN = frozenset({"HTTP", "HTTP2", "GRPC"})


def gateway_plain_http(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Servers of Istio Gateways that take requests in the clear."""
    for index, server in items_at(manifest.node.get("spec"), "servers"):
        protocol = text_at(server.get("port"), "protocol")
        redirect = descend(server, ("tls", "httpsRedirect"))
        if protocol is None or protocol.upper() not in _PLAIN:
            continue
        if not (isinstance(redirect, Scalar) and redirect.value is True):
            at = ("spec", "servers", index, "port", "protocol")
            fix = None
            if protocol.upper() == "HTTP":
                redirected = ("spec", "servers", index, "tls", "httpsRedirect")
                fix = _set(manifest, redirected, True, title="redirect to HTTPS")
            yield problem_at(manifest, *at, fields={"protocol": protocol}, key=str(index), fix=fix)


def wildcard_hosts(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Hosts of VirtualServices that stand for more than one name."""
    hosts = descend(manifest.node, ("spec", "hosts"))
    for index, host in enumerate(hosts.items if isinstance(hosts, Sequence) else ()):
        if isinstance(host, Scalar) and isinstance(host.value, str) and "*" in host.value:
            yield problem_at(manifest, "spec", "hosts", index, fields={"host": host.value}, key=host.value)


def namespace_outside(namespace: Manifest, _context: Context) -> Iterator[Problem]:
    """Namespaces that take part in no mesh."""
    labels, annotations = child(namespace.metadata, "labels"), child(namespace.metadata, "annotations")
    inside = (
        namespace.name in SYSTEM_NAMESPACES
        or text_at(labels, "istio-injection") == "enabled"
        or bool(text_at(labels, "istio.io/rev"))
        or text_at(labels, "istio.io/dataplane-mode") == "ambient"
        or text_at(annotations, LINKERD_INJECT) in LINKERD_ON
    )
    if not inside:
        yield problem_at(namespace)._replace(missing=True)


_OPEN_POLICIES = frozenset({"all-unauthenticated", "cluster-unauthenticated"})


def linkerd_inbound_policy(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Default inbound policies of namespaces and pods that let callers in without identity."""
    trails = [pod.metadata_trail[len(manifest.trail) :] for pod in manifest.pods]
    if manifest.kind == "Namespace":
        trails.append(("metadata",))
    for trail in trails:
        at = (*trail, "annotations", INBOUND_POLICY)
        value = _shown(descend(manifest.node, at))
        if value in _OPEN_POLICIES:
            fields = {"reason": f"lets callers in without identity (`{value}`)"}
            yield problem_at(manifest, *at, fields=fields, key="/".join(map(str, trail)))
    annotations = child(manifest.metadata, "annotations")
    meshed = manifest.kind == "Namespace" and text_at(annotations, LINKERD_INJECT) in LINKERD_ON
    if meshed and text_at(annotations, INBOUND_POLICY) is None:
        fields = {"reason": "does not say who may call; the default is everybody"}
        problem = problem_at(manifest, "metadata", "annotations", INBOUND_POLICY, fields=fields)
        yield problem._replace(missing=True)
