"""Configuration documents of components: which fields are which flags, and where kubeadm has its own.

KubeletConfiguration, KubeSchedulerConfiguration and KubeProxyConfiguration are one component each; a
kubeadm configuration (also inside Cluster API's objects) is several, told by their `extraArgs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Map

from tollgate.model.component_flags import KUBEADM, LISTS, Flag, Plain, flag_value, read_flags
from tollgate.model.component_names import CLUSTER_API
from tollgate.model.component_words import Word, item_word
from tollgate.model.kubernetes import Manifest, is_null, text_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, child, descend
from tollgate.model.record import NamedTuple


class Form(NamedTuple):
    """A kind that configures one component: its flags' trails, and the defaults of what is not written."""

    component: str
    fields: Map[str, Trail]
    defaults: Map[str, Plain]


FORMS: Map[tuple[str, str], Form] = {
    ("kubelet.config.k8s.io", "KubeletConfiguration"): Form(
        "kubelet",
        {
            "anonymous-auth": ("authentication", "anonymous", "enabled"),
            "authentication-token-webhook": ("authentication", "webhook", "enabled"),
            "authorization-mode": ("authorization", "mode"),
            "client-ca-file": ("authentication", "x509", "clientCAFile"),
            "event-qps": ("eventRecordQPS",),
            "feature-gates": ("featureGates",),
            "make-iptables-util-chains": ("makeIPTablesUtilChains",),
            "protect-kernel-defaults": ("protectKernelDefaults",),
            "read-only-port": ("readOnlyPort",),
            "rotate-certificates": ("rotateCertificates",),
            "rotate-server-certificates": ("serverTLSBootstrap",),
            "streaming-connection-idle-timeout": ("streamingConnectionIdleTimeout",),
            "tls-cert-file": ("tlsCertFile",),
            "tls-cipher-suites": ("tlsCipherSuites",),
            "tls-min-version": ("tlsMinVersion",),
            "tls-private-key-file": ("tlsPrivateKeyFile",),
        },
        {
            "anonymous-auth": False,
            "authorization-mode": "Webhook",
            "make-iptables-util-chains": True,
            "protect-kernel-defaults": False,
            "read-only-port": 0,
            "rotate-certificates": False,
            "rotate-server-certificates": False,
            "streaming-connection-idle-timeout": "4h0m0s",
        },
    ),
    ("apiserver.config.k8s.io", "AuthorizationConfiguration"): Form(
        "kube-apiserver", {"authorization-mode": ("authorizers",)}, {}
    ),
    ("apiserver.config.k8s.io", "AuthenticationConfiguration"): Form(
        "kube-apiserver", {"anonymous-auth": ("anonymous", "enabled")}, {}
    ),
    ("kubescheduler.config.k8s.io", "KubeSchedulerConfiguration"): Form(
        "kube-scheduler", {"profiling": ("enableProfiling",)}, {"profiling": True}
    ),
    ("kubeproxy.config.k8s.io", "KubeProxyConfiguration"): Form(
        "kube-proxy",
        {"metrics-bind-address": ("metricsBindAddress",), "profiling": ("enableProfiling",)},
        {"metrics-bind-address": "127.0.0.1:10249", "profiling": False},
    ),
}
"""The fields' defaults differ from the flags': a kubelet with a configuration file is closed by default."""

KUBEADM_GROUP = "kubeadm.k8s.io"

_CLUSTER_PARTS: tuple[tuple[str, tuple[Trail, ...]], ...] = (
    # the older forms (v1alpha1 to v1alpha3) have `apiServerExtraArgs` and `etcd.extraArgs`
    ("kube-apiserver", (("apiServer", "extraArgs"), ("apiServerExtraArgs",))),
    ("kube-controller-manager", (("controllerManager", "extraArgs"), ("controllerManagerExtraArgs",))),
    ("kube-scheduler", (("scheduler", "extraArgs"), ("schedulerExtraArgs",))),
    ("etcd", (("etcd", "local", "extraArgs"), ("etcd", "extraArgs"))),
)
_EXTERNAL_ETCD = {"etcd-cafile": "caFile", "etcd-certfile": "certFile", "etcd-keyfile": "keyFile"}
_KUBELET = ("nodeRegistration", "kubeletExtraArgs")

_SPEC_TRAILS = {
    # kind: where its kubeadm configurations are
    "KubeadmControlPlane": ("spec", "kubeadmConfigSpec"),
    "KubeadmControlPlaneTemplate": ("spec", "template", "spec", "kubeadmConfigSpec"),
    "KubeadmConfig": ("spec",),
    "KubeadmConfigTemplate": ("spec", "template", "spec"),
}


class Part(NamedTuple):
    """A component of a kubeadm configuration: where its extraArgs are or would be.

    `version`: the document's Kubernetes version. `as_list`: extraArgs is a list of `{name, value}` (since
    v1beta4), which also holds where it is not written. `defaults`: what kubeadm writes otherwise.
    """

    component: str
    trail: Trail
    version: str | None
    as_list: bool
    defaults: Map[str, Plain]


def kubeadm_parts(manifest: Manifest) -> Iterator[Part]:
    if manifest.group == KUBEADM_GROUP:
        as_list = manifest.api_version.endswith("/v1beta4")
        if manifest.kind in ("ClusterConfiguration", "MasterConfiguration"):
            yield from _cluster(manifest, manifest.trail, as_list=as_list)
        yield from _kubelet(manifest, manifest.trail, as_list=as_list)
    elif manifest.kind in _SPEC_TRAILS and manifest.group.endswith(CLUSTER_API):
        below = (*manifest.trail, *_SPEC_TRAILS[manifest.kind])
        as_list = manifest.api_version.endswith("/v1beta2")
        cluster = (*below, "clusterConfiguration")
        if isinstance(descend(manifest.root, cluster), Mapping):
            yield from _cluster(manifest, cluster, as_list=as_list)
        for key in ("initConfiguration", "joinConfiguration"):
            yield from _kubelet(manifest, (*below, key), as_list=as_list)


def _cluster(manifest: Manifest, trail: Trail, *, as_list: bool) -> Iterator[Part]:
    node = descend(manifest.root, trail)
    version = text_at(node, "kubernetesVersion")
    external = child(descend(node, ("etcd",)), "external")
    for component, places in _CLUSTER_PARTS:
        if component == "etcd" and not is_null(external):
            continue
        written = next((place for place in places if not is_null(descend(node, place))), places[0])
        shape = descend(node, written)
        is_list = isinstance(shape, Sequence) or (as_list and not isinstance(shape, Mapping))
        defaults = KUBEADM[component]
        if component == "kube-apiserver" and not is_null(external):
            defaults = {name: value for name, value in defaults.items() if not _is_left_out(name, external)}
        yield Part(component, (*trail, *written), version, is_list, defaults)


def _is_left_out(flag: str, external: Node | None) -> bool:
    """Whether kubeadm has no file for a flag, as an etcd of one's own is configured without it."""
    field = _EXTERNAL_ETCD.get(flag)
    return field is not None and not text_at(external, field)


def _kubelet(manifest: Manifest, trail: Trail, *, as_list: bool) -> Iterator[Part]:
    """Only where something is written: the rest is in a KubeletConfiguration."""
    node = descend(manifest.root, (*trail, *_KUBELET))
    if not is_null(node):
        yield Part("kubelet", (*trail, *_KUBELET), None, isinstance(node, Sequence), {})


def kubeadm_flags(manifest: Manifest, part: Part) -> dict[str, Flag]:
    """The flags that extraArgs set, in both their forms."""
    node = descend(manifest.root, part.trail)
    words: list[Word] = []
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            words += _argument(manifest, name, entry.value, (*part.trail, name))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            name_text, value = text_at(item, "name"), child(item, "value")
            if name_text is not None and value is not None:
                argument = _argument(manifest, name_text, value, (*part.trail, index, "value"))
                merged = not is_null(child(item, "mergeMethod")) and name_text in LISTS
                words += [
                    _with_default(word, part.defaults.get(name_text)) if merged else word for word in argument
                ]
    return read_flags(words, etcd=part.component == "etcd").flags


def _argument(manifest: Manifest, name: str, value: Node, trail: Trail) -> Iterator[Word]:
    """`--name=value` as one word that stands where the value does."""
    if isinstance(value, Scalar):
        word = item_word(manifest, value, trail)
        yield word._replace(text=f"--{name}={word.text}", item=trail)


def _with_default(word: Word, default: Plain | None) -> Word:
    """kubeadm joins the value with its own (`mergeMethod`) instead of replacing it."""
    own = ",".join(default) if isinstance(default, tuple) else ""
    return word._replace(text=f"{word.text},{own}", exact=False) if own else word


def config_flags(manifest: Manifest, form: Form) -> dict[str, Flag]:
    """The flags that a configuration document sets."""
    found: dict[str, Flag] = {}
    for name, fields in form.fields.items():
        node = descend(manifest.node, fields)
        if fields == ("authorizers",) and isinstance(node, Sequence):
            found[name] = Flag(_types(node))
        elif fields == ("anonymous", "enabled") and not is_null(
            child(manifest.node.get("anonymous"), "conditions")
        ):
            continue  # only some paths, which is what the field is for
        elif node is not None and not is_null(node):
            found[name] = Flag(_settled(name, node), trail=(*manifest.trail, *fields))
    return found


def _types(authorizers: Sequence) -> Sequence:
    """The authorizers by their types, as the flag has them."""
    modes = Sequence(authorizers.start, authorizers.end)
    types = [child(item, "type") for item in authorizers.items]
    modes.items = [node for node in types if isinstance(node, Scalar)]
    return modes


def _settled(name: str, node: Node) -> Node:
    """Placeholders of templates are unknown, as on command lines."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        value = flag_value(name, node.value)
        return node if value == node.value else Scalar(value, node.start, node.end)
    return node
