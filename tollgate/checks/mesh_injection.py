"""Whether pods get a mesh's sidecar, and who may call them: over the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.mesh import ISTIO_INJECT, LINKERD_INJECT, LINKERD_ON, SYSTEM_NAMESPACES, TURNED_ON
from tollgate.checks.selectors import IndexedPod, label_selector, pods_of
from tollgate.checks.traffic import mappings
from tollgate.model.hints import Any
from tollgate.model.node import Trail
from tollgate.model.policy import NOTHING, MeshPolicy, scope_matcher
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.rule import Context


class _Marks:
    """Labels and annotations of a pod's template or of a namespace, as text."""

    __slots__ = ("annotations", "labels", "subject", "trail")

    def __init__(self, subject: IndexedObject, trail: Trail) -> None:
        self.subject = subject
        self.trail = trail
        self.labels = _texts(subject.at(*trail, "labels"))
        self.annotations = _texts(subject.at(*trail, "annotations"))

    def place(self, key: str) -> Trail:
        holder = "labels" if key in self.labels else "annotations"
        return (*self.trail, holder, key)


def _texts(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        return {}
    shown = {key: str(one).lower() if isinstance(one, bool) else str(one) for key, one in value.items()}
    return {key: shown[key] for key, one in value.items() if one is not None}


def sidecar_missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Pods without the sidecar that policy demands; a warning where the namespace's own word is not known."""
    mesh = context.policy.mesh
    if mesh.required == NOTHING or workload.namespace in SYSTEM_NAMESPACES:
        return
    if scope_matcher(mesh.required)(workload.path, workload.namespace):
        namespaces = _namespaces(workload, context.project)
        for pod in pods_of(workload):
            yield from _without_sidecar(pod, mesh, namespaces)


def _without_sidecar(pod: IndexedPod, mesh: MeshPolicy, namespaces: list[_Marks]) -> Iterator[Relation]:
    holder: Trail = (*pod.trail[:-1], "metadata")
    own = _Marks(pod.workload, holder)
    if pod.workload.at(*pod.trail, "hostNetwork") is True and mesh.kind != "nebula":
        reason = "uses the host's network, where no sidecar is injected"
        yield Relation((*pod.trail, "hostNetwork"), fields=_fields(mesh, reason), key=str(holder))
        return
    wanted, key = _says(mesh, own, is_pod=True)
    if wanted is False:
        reason = f"keeps it out with `{key}`"
        yield Relation(own.place(key), fields=_fields(mesh, reason), key=str(holder))
    elif wanted is None and not any(_says(mesh, one, is_pod=False)[0] for one in namespaces):
        related = tuple(
            RelatedObject(one.subject, ("metadata", "name"), "its namespace does not ask for it either")
            for one in namespaces[:1]
        )
        where = "nor does its namespace" if namespaces else "and its namespace is not among the linted files"
        yield Relation(
            holder,
            at_key=True,
            fields=_fields(mesh, f"does not ask for it, {where}"),
            related=related,
            severity=None if namespaces else "warning",
            key=str(holder),
        )


def _fields(mesh: MeshPolicy, reason: str) -> dict[str, object]:
    names = {"istio": "Istio", "linkerd": "Linkerd", "nebula": "Nebula"}
    return {"mesh": names[mesh.kind], "reason": reason}


def _namespaces(workload: IndexedObject, project: Project) -> list[_Marks]:
    """What the namespace that a workload is, or may be, in says."""
    return [
        _Marks(one, ("metadata",))
        for one in project.of_kind("Namespace", group="")
        if may_share(one.name, workload.namespace)
    ]


def _says(mesh: MeshPolicy, marks: _Marks, *, is_pod: bool) -> tuple[bool | None, str]:
    """Whether labels and annotations ask for the sidecar (None: they do not say), and the deciding key."""
    for key, value in mesh.injection.items():
        written = marks.labels.get(key, marks.annotations.get(key))
        if written is not None:
            return written == value, key
    if mesh.kind == "linkerd":
        written = marks.annotations.get(LINKERD_INJECT)
        return (None if written is None else written in LINKERD_ON), LINKERD_INJECT
    if mesh.kind == "istio":
        return _istio_pod(marks) if is_pod else _istio_namespace(marks)
    return None, ""


def _istio_pod(marks: _Marks) -> tuple[bool | None, str]:
    if marks.labels.get("istio.io/dataplane-mode"):
        return marks.labels["istio.io/dataplane-mode"] == "ambient", "istio.io/dataplane-mode"
    written = marks.labels.get(ISTIO_INJECT) or marks.annotations.get(ISTIO_INJECT)
    if written:
        return written.lower() in TURNED_ON, ISTIO_INJECT
    return (True if marks.labels.get("istio.io/rev") else None), ISTIO_INJECT


def _istio_namespace(marks: _Marks) -> tuple[bool | None, str]:
    if marks.labels.get("istio.io/dataplane-mode") == "ambient":
        return True, "istio.io/dataplane-mode"
    written = marks.labels.get("istio-injection")
    if written:
        return written == "enabled", "istio-injection"
    return (True if marks.labels.get("istio.io/rev") else None), "istio-injection"


_AUTHORIZATION_GROUPS = ("security.istio.io", "policy.linkerd.io")


def _is_meshed(namespace: IndexedObject) -> bool:
    marks = _Marks(namespace, ("metadata",))
    return _istio_namespace(marks)[0] is True or marks.annotations.get(LINKERD_INJECT) in LINKERD_ON


def namespace_without_authorization(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """Namespaces of a mesh without any policy that says who may call."""
    if not _is_meshed(namespace) or context.project.is_open(namespace.path):
        return
    policies = [
        one for one in context.project.of_kind("AuthorizationPolicy") if one.group in _AUTHORIZATION_GROUPS
    ]
    policies += context.project.of_kind("ServerAuthorization", group="policy.linkerd.io")
    if not any(one.namespace in (namespace.name, None, "istio-system") for one in policies):
        yield Relation(("metadata", "name"))


def authorization_target_missing(policy: IndexedObject, context: Context) -> Iterator[Relation]:
    """Linkerd AuthorizationPolicies for a Server or HTTPRoute that is not there."""
    kind, name = policy.at("spec", "targetRef", "kind"), policy.at("spec", "targetRef", "name")
    if kind not in ("Server", "HTTPRoute", "GRPCRoute") or not isinstance(name, str):
        return
    here = [one for one in context.project.of_kind(kind) if may_share(one.namespace, policy.namespace)]
    is_open = context.project.is_open(policy.path)
    if here and not is_open and not any(one.name == name for one in here):
        fields = {"target": kind, "name": name}
        yield Relation(("spec", "targetRef", "name"), fields=fields, key=name)


def without_server(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Workloads that no Linkerd Server selects, in namespaces that have some."""
    servers = [
        one
        for one in context.project.of_kind("Server", group="policy.linkerd.io")
        if may_share(one.namespace, workload.namespace)
    ]
    if not servers:
        return
    for pod in pods_of(workload):
        ports = any(
            container.get("ports") for _, container in mappings(workload.at(*pod.trail, "containers"))
        )
        matches = [label_selector(one.at("spec", "podSelector")).matches(pod.labels) for one in servers]
        if ports and all(one is False for one in matches):
            related = (RelatedObject(servers[0], ("spec", "podSelector"), "a Server for other pods"),)
            yield Relation(pod.labels_trail, at_key=True, related=related, key=str(pod.trail))


def takes_plain_text(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """Namespaces where policy demands Istio and no PeerAuthentication makes mutual TLS strict."""
    mesh = context.policy.mesh
    if mesh.kind != "istio" or namespace.name in (None, *SYSTEM_NAMESPACES):
        return
    if not scope_matcher(mesh.required)(namespace.path, namespace.name):
        return
    general = [
        one
        for one in context.project.of_kind("PeerAuthentication", group="security.istio.io")
        if not one.at("spec", "selector") and one.namespace in (namespace.name, ROOT_NAMESPACE, None)
    ]
    own = [one for one in general if one.namespace != ROOT_NAMESPACE]
    modes = {str(one.at("spec", "mtls", "mode")) for one in own} - {"None", "UNSET"}
    modes = modes or {str(one.at("spec", "mtls", "mode")) for one in general}
    # What a PeerAuthentication says wrongly is a finding of its own, at its place.
    if not modes & {"STRICT", "PERMISSIVE", "DISABLE"} and not context.project.is_open(namespace.path):
        yield Relation(("metadata", "name"))


ROOT_NAMESPACE = "istio-system"
"""Where PeerAuthentications hold for the whole mesh."""
