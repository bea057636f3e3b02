"""Flags of Kubernetes' components where a version, a duration or a second flag decides."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.component import Component
from tollgate.model.component_changes import set_flag, without_element
from tollgate.model.component_script import HOLE
from tollgate.model.finding import Change, FixPlan, Problem, RelatedSpan
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, Sequence
from tollgate.model.rule import Context

Version = tuple[int, int]

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LONGEST_REQUEST = 300.0

_ROTATION = "RotateKubeletServerCertificate"

_SHARED_AUTHORITIES = frozenset({"/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/ssl/ca.crt"})
"""Where installers keep the cluster's own certificate authority."""


def _version(component: Component, context: Context) -> Version:
    return component.version or context.kubernetes_version


def _known(component: Component, name: str) -> object:
    """A flag's plain value as written; None if it is not written or only known at run time."""
    node = component.flag(name)
    value = node.value if isinstance(node, Scalar) else None
    return None if value is UNKNOWN else value


def _at(component: Component, node: Node | None, changes: tuple[Change, ...] | None, title: str) -> Problem:
    """A problem at a node, at the component's grip if there is none."""
    span = component.grip() if node is None else node
    plan = FixPlan(safe=False, changes=changes, title=title) if changes else None
    fields = {"value": node} if isinstance(node, Scalar) else {}
    return Problem(span.start, span.end, fields=fields, missing=node is None, fix=plan)


def insecure_port(component: Component, context: Context) -> Iterator[Problem]:
    """The port without TLS and without any authorization; open by default before 1.20."""
    node = component.flag("insecure-port")
    if node is None:
        is_open = _version(component, context) < (1, 20) and not component.may_be_elsewhere("insecure-port")
        is_open = is_open and component.form == "command-line"
    else:
        value = _known(component, "insecure-port")
        is_open = value is not None and str(value) != "0"
    if is_open:
        changes = set_flag(component, "insecure-port", "0")
        problem = _at(component, node, changes, "set `--insecure-port=0`")
        yield problem if node is not None else problem._replace(fields={"value": "8080"})


def service_account_lookup(component: Component, context: Context) -> Iterator[Problem]:
    """Tokens of deleted service accounts stay good; so by default before 1.7."""
    node = component.flag("service-account-lookup")
    missing = node is None and _version(component, context) < (1, 7)
    missing = missing and not component.may_be_elsewhere("service-account-lookup")
    if missing or (node is not None and _known(component, "service-account-lookup") is False):
        changes = set_flag(component, "service-account-lookup", True)
        yield _at(component, node, changes, "set `--service-account-lookup=true`")


def server_certificate_rotation(component: Component, context: Context) -> Iterator[Problem]:
    """The feature gate is off: written so, or by default from 1.7 to 1.11."""
    gates = component.flag("feature-gates")
    entry = gates.entries.get(_ROTATION) if isinstance(gates, Mapping) else None
    if entry is not None:
        if isinstance(entry.value, Scalar) and entry.value.value is False:
            yield _at(component, entry.value, None, "")
    elif (1, 7) <= _version(component, context) < (1, 12) and not component.may_be_elsewhere("feature-gates"):
        yield _at(component, gates, None, "")


def event_rate(component: Component, context: Context) -> Iterator[Problem]:
    """No limit at all, or one above what the kubelet itself takes for right."""
    node = component.flag("event-qps")
    value = _known(component, "event-qps")
    usual = 50 if _version(component, context) >= (1, 27) else 5
    if node is None or not re.fullmatch(r"\d{1,9}", str(value)):
        return
    if not 0 < int(str(value)) <= usual:
        yield _at(component, node, None, "")._replace(fields={"value": node, "usual": str(usual)})


def request_timeout(component: Component, _context: Context) -> Iterator[Problem]:
    """A duration of none, or of more than five minutes."""
    node = component.flag("request-timeout")
    value = _known(component, "request-timeout")
    seconds = None if value is None else _seconds(str(value))
    if seconds is not None and not 0 < seconds <= _LONGEST_REQUEST:
        yield _at(
            component, node, set_flag(component, "request-timeout", "60s"), "set `--request-timeout=60s`"
        )


def _seconds(text: str) -> float | None:
    """A Go duration such as `2m30s`; None for anything else."""
    if text == "0":
        return 0.0
    if len(text) > 64 or _DURATION.sub("", text) != "":
        return None
    parts = _DURATION.findall(text)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts) if parts else None


def namespace_lifecycle(component: Component, context: Context) -> Iterator[Problem]:
    yield from _plugin_off(component, "NamespaceLifecycle", context)


def service_account_plugin(component: Component, context: Context) -> Iterator[Problem]:
    yield from _plugin_off(component, "ServiceAccount", context)


def _plugin_off(component: Component, plugin: str, context: Context) -> Iterator[Problem]:
    """A plugin that is on by default since 1.10 is turned off; before, that it is not turned on."""
    element = _element(component, "disable-admission-plugins", plugin)
    if element is not None:
        changes = without_element(component, "disable-admission-plugins", plugin)
        yield _at(component, element, changes, f"keep `{plugin}` on")
    elif _version(component, context) < (1, 10):
        enabled = component.field("admission-plugins")
        if isinstance(enabled, Sequence) and not _has(enabled, plugin):
            yield _at(component, enabled, None, "")


def no_pod_security(component: Component, context: Context) -> Iterator[Problem]:
    """Pods of namespaces without a label are admitted whatever they ask for."""
    element = _element(component, "disable-admission-plugins", "PodSecurity")
    enabled = component.field("admission-plugins")
    if not isinstance(enabled, Sequence):
        return
    if any(_has(enabled, plugin) for plugin in ("PodSecurityPolicy", "SecurityContextDeny")):
        return
    modern = _version(component, context) >= (1, 23)
    if element is not None:
        yield _at(component, element, None, "")
    elif not modern or component.flag("admission-control-config-file") is None:
        yield _at(component, enabled, None, "")


def _element(component: Component, flag: str, wanted: str) -> Scalar | None:
    node = component.flag(flag)
    items = node.items if isinstance(node, Sequence) else []
    return next((item for item in items if isinstance(item, Scalar) and item.value == wanted), None)


def _has(node: Sequence, wanted: str) -> bool:
    return any(isinstance(item, Scalar) and item.value == wanted for item in node.items)


def shared_authority(component: Component, _context: Context) -> Iterator[Problem]:
    """etcd takes certificates of the authority that signs for every user of the cluster."""
    node = component.flag("trusted-ca-file")
    path = _known(component, "trusted-ca-file")
    if node is None or not isinstance(path, str) or not path:
        return
    for other in component.siblings:
        if other.name == "kube-apiserver" and _known(other, "client-ca-file") == path:
            span = other.flag("client-ca-file")
            assert span is not None
            related = (RelatedSpan("kube-apiserver's clients have it too", span.start, span.end),)
            yield _at(component, node, None, "")._replace(related=related)
            return
    if path in _SHARED_AUTHORITIES:
        yield _at(component, node, None, "")


_PLAIN_URL = re.compile(r"http://(?!127\.|localhost\b|\[::1\])[^,\s]*")

_URLS = (
    # the flag with the addresses, and the one that says that there is TLS
    ("etcd", "listen-client-urls", "cert-file"),
    ("etcd", "listen-peer-urls", "peer-cert-file"),
    ("kube-apiserver", "etcd-servers", "etcd-cafile"),
)


def plain_url(component: Component, _context: Context) -> Iterator[Problem]:
    """An address without TLS beside certificates that it does not use."""
    for name, flag, certificate in _URLS:
        addresses = component.flag(flag)
        if (
            component.name != name
            or not isinstance(addresses, Scalar)
            or component.value(certificate) is None
        ):
            continue
        found = _PLAIN_URL.search(addresses.value) if isinstance(addresses.value, str) else None
        if found is not None:
            start = component.source.text.find(found[0], addresses.start, addresses.end)
            span = (addresses.start, addresses.end) if start < 0 else (start, start + len(found[0]))
            yield Problem(*span, fields={"url": Scalar(found[0], *span)}, key=flag)


def stray_value(component: Component, _context: Context) -> Iterator[Problem]:
    """A boolean flag with its value as a word of its own."""
    for stray in component.strays:
        word, spot = stray.word, stray.spot
        plan = None
        if spot.name is not None and spot.value is not None and word.text in ("true", "false"):
            changes = (
                Change("set", component.document, spot.name, f"--{stray.flag}={word.text}"),
                Change("remove", component.document, spot.value),
            )
            plan = FixPlan(safe=False, changes=changes, title=f"write `--{stray.flag}={word.text}`")
        text = "" if HOLE in word.text else word.text
        fields = {"flag": stray.flag, "value": Scalar(text, *word.span)}
        yield Problem(*word.span, fields=fields, key=stray.flag, fix=plan)
