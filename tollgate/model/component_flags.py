"""What flags of Kubernetes' components mean: their kinds, their defaults, and words read as flags."""

from __future__ import annotations

from collections.abc import Mapping as Map, Sequence as Seq

from tollgate.model import lazy_re as re
from tollgate.model.component_script import HOLE
from tollgate.model.component_words import Word
from tollgate.model.hints import TypeAlias, Union
from tollgate.model.node import UNKNOWN, Entry, Mapping, Node, Scalar, Sequence, Trail, Value
from tollgate.model.record import NamedTuple

Plain: TypeAlias = Union[str, int, bool, tuple[str, ...]]  # noqa: UP007

BOOLEANS = frozenset(
    {
        "aggregator-reject-forwarding-redirect", "allocate-node-cidrs", "allow-privileged",
        "alsologtostderr", "anonymous-auth", "audit-log-compress", "audit-log-truncate-enabled",
        "audit-webhook-truncate-enabled", "authentication-skip-lookup", "authentication-token-webhook",
        "authentication-tolerate-lookup-failure", "auto-tls", "bind-address-hard-fail", "cgroups-per-qos",
        "cleanup", "client-cert-auth", "configure-cloud-routes", "conntrack-tcp-be-liberal",
        "containerized", "contention-profiling", "cpu-cfs-quota", "disable-attach-detach-reconcile-sync",
        "disable-force-detach-on-timeout", "disable-http2-serving", "enable-aggregator-routing",
        "enable-bootstrap-token-auth", "enable-contention-profiling", "enable-controller-attach-detach",
        "enable-debugging-handlers", "enable-dsr", "enable-dynamic-provisioning",
        "enable-garbage-collector", "enable-hostpath-provisioner", "enable-logs-handler", "enable-pprof",
        "enable-priority-and-fairness", "enable-server", "enable-swagger-ui", "enable-taint-manager",
        "enable-v2", "exit-on-lock-contention", "experimental-allocatable-ignore-eviction", "fail-cgroupv1",
        "fail-swap-on", "force-new-cluster", "forward-healthcheck-vip", "help", "init-only",
        "iptables-localhost-nodeports", "ipvs-strict-arp", "kernel-memcg-notification", "kubelet-https",
        "leader-elect", "local-storage-capacity-isolation", "logtostderr", "make-iptables-util-chains",
        "masquerade-all", "peer-auto-tls", "peer-client-cert-auth", "permit-address-sharing",
        "permit-port-sharing", "pre-vote", "profiling", "protect-kernel-defaults", "register-node",
        "register-schedulable", "rotate-certificates", "rotate-server-certificates", "runonce",
        "seccomp-default", "serialize-image-pulls", "service-account-extend-token-expiration",
        "service-account-lookup", "strict-reconfig-check", "use-service-account-credentials", "version",
        "watch-cache",
    }
)  # fmt: skip
"""Flags that need no value and take one only after `=` (pflag and Go's flag package)."""

LISTS = frozenset(
    {
        "admission-control", "authorization-mode", "cipher-suites", "disable-admission-plugins",
        "enable-admission-plugins", "tls-cipher-suites",
    }
)  # fmt: skip
"""Flags with comma-separated values; where they are repeated, all values count."""

GATES = "feature-gates"
"""A list of `Name=bool`; repeated, all count."""

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})

_PLACEHOLDER = re.compile(r"<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}")


class Spot(NamedTuple):
    """One use of a flag: the list item of its name, and that of its value where they are two."""

    name: Trail | None
    value: Trail | None = None


class Flag(NamedTuple):
    """A flag's value with its place. `trail`: where it stands in a configuration document."""

    node: Node
    trail: Trail | None = None
    spots: tuple[Spot, ...] = ()


class Stray(NamedTuple):
    """A word behind a flag that takes none: `--profiling false`."""

    flag: str
    word: Word
    spot: Spot


class Flags(NamedTuple):
    """The flags of a command line. `hidden`: there may be more that only the run time knows."""

    flags: dict[str, Flag]
    hidden: bool
    strays: tuple[Stray, ...] = ()


class _Use(NamedTuple):
    """One use: `text` None means without a value; the span is the value's, `quoted` says that quotes
    stand around just that."""

    text: str | None
    start: int
    end: int
    exact: bool
    spot: Spot
    quoted: bool = False

    @property
    def span(self) -> tuple[int, int]:
        return (self.start - 1, self.end + 1) if self.quoted else (self.start, self.end)


def read_flags(words: Seq[Word], *, etcd: bool = False) -> Flags:
    """Both forms, `--flag=value` and `--flag value`. The last use counts, of lists all do."""
    uses: dict[str, list[_Use]] = {}
    strays: list[Stray] = []
    hidden = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.text == "--":
            break
        name, equals, value = word.text.partition("=")
        dashes = len(name) - len(name.lstrip("-"))
        if dashes == 0 or HOLE in name:
            hidden = hidden or HOLE in name or _PLACEHOLDER.search(word.text) is not None
            continue
        if dashes == 1 and not etcd:
            continue
        name = name[dashes:] if etcd else name[dashes:].replace("_", "-")
        if equals:
            use = _joined(word, value)
        elif at < len(words) and not words[at].text.startswith("-"):
            following = words[at]
            at += 1
            if name in BOOLEANS:
                strays.append(Stray(name, following, Spot(word.item, following.item)))
                use = _Use(HOLE, following.start, following.end, exact=False, spot=Spot(word.item))
            else:
                spot = Spot(word.item, following.item)
                _, start, end, _, exact, quoted = following
                use = _Use(following.text, start, end, exact, spot, quoted)
        else:
            use = _Use(None, word.start, word.end, exact=False, spot=Spot(word.item))
        uses.setdefault(name, []).append(use)
    found = {name: _flag(name, given) for name, given in uses.items()}
    return Flags(found, hidden, tuple(strays))


def _joined(word: Word, value: str) -> _Use:
    start = word.end - len(value) if word.exact else word.start
    alone = word.quoted and word.end - word.start == len(value)
    return _Use(value, start, word.end, word.exact, Spot(word.item), alone)


def _flag(name: str, uses: Seq[_Use]) -> Flag:
    spots = tuple(use.spot for use in uses)
    last = uses[-1]
    if name in LISTS or name == GATES:
        items = [item for use in uses for item in _elements(use)]
        node = _gates(items, last) if name == GATES else _sequence(items, last)
        return Flag(node, spots=spots)
    return Flag(Scalar(flag_value(name, last.text), *last.span), spots=spots)


def flag_value(name: str, text: str | None) -> Value:
    """What a flag's text means: a boolean where it is one, else the text."""
    if text is None:
        return True
    if HOLE in text or _PLACEHOLDER.search(text):
        return UNKNOWN
    if name in BOOLEANS:
        return True if text in _TRUE else False if text in _FALSE else text
    return text


def _elements(use: _Use) -> list[Scalar]:
    """The comma-separated parts, each with its own span where that is known."""
    found = []
    at = 0
    for part in (use.text or "").split(","):
        clean = part.strip()
        if clean:
            start = at + part.index(clean)
            span = (use.start + start, use.start + start + len(clean)) if use.exact else (use.start, use.end)
            found.append(Scalar(flag_value("", clean), *span))
        at += len(part) + 1
    return found


def _sequence(items: list[Scalar], last: _Use) -> Sequence:
    node = Sequence(*last.span)
    node.items = list(items)
    return node


def _gates(items: list[Scalar], last: _Use) -> Mapping:
    node = Mapping(*last.span)
    for item in items:
        name, equals, text = str(item.value).partition("=")
        if equals and item.value is not UNKNOWN:
            value = Scalar(flag_value("profiling", text), item.start, item.end)
            node.entries[name] = Entry(item.start, item.end, value)
    return node


def default_node(value: Plain, start: int, end: int) -> Node:
    """A default as a node that stands at the component's grip."""
    if isinstance(value, tuple):
        node = Sequence(start, end)
        node.items = [Scalar(item, start, end) for item in value]
        return node
    return Scalar(value, start, end)


ON_ALL_ADDRESSES: Map[str, Plain] = {"bind-address": "0.0.0.0", "profiling": True}  # noqa: S104 (it is what they do)

DEFAULTS: Map[str, Map[str, Plain]] = {
    "kube-apiserver": {
        "anonymous-auth": True,
        "authorization-mode": ("AlwaysAllow",),
        "kubelet-https": True,
        "profiling": True,
        "request-timeout": "1m0s",
        "secure-port": "6443",
        "service-account-extend-token-expiration": True,
    },
    "kube-controller-manager": {
        **ON_ALL_ADDRESSES,
        "use-service-account-credentials": False,
    },
    "kube-scheduler": ON_ALL_ADDRESSES,
    "etcd": {
        "auto-tls": False,
        "client-cert-auth": False,
        "peer-auto-tls": False,
        "peer-client-cert-auth": False,
    },
    "kubelet": {
        "anonymous-auth": True,
        "authorization-mode": ("AlwaysAllow",),
        "make-iptables-util-chains": True,
        "protect-kernel-defaults": False,
        "read-only-port": "10255",
        "rotate-certificates": False,
        "rotate-server-certificates": False,
        "streaming-connection-idle-timeout": "4h0m0s",
    },
    "kube-proxy": {"metrics-bind-address": "127.0.0.1:10249", "profiling": False},
}
"""Where a flag is not written, for every version that the rules that ask for it are about.

Source: the reference pages of the components' flags.
"""

_FILE = "(written by kubeadm)"

KUBEADM: Map[str, Map[str, Plain]] = {
    "kube-apiserver": {
        "authorization-mode": ("Node", "RBAC"),
        "client-ca-file": "/etc/kubernetes/pki/ca.crt",
        "enable-admission-plugins": ("NodeRestriction",),
        "etcd-cafile": _FILE,
        "etcd-certfile": _FILE,
        "etcd-keyfile": _FILE,
        "kubelet-client-certificate": _FILE,
        "kubelet-client-key": _FILE,
        "service-account-key-file": "/etc/kubernetes/pki/sa.pub",
        "tls-cert-file": _FILE,
        "tls-private-key-file": _FILE,
    },
    "kube-controller-manager": {
        "bind-address": "127.0.0.1",
        "root-ca-file": "/etc/kubernetes/pki/ca.crt",
        "service-account-private-key-file": "/etc/kubernetes/pki/sa.key",
        "use-service-account-credentials": True,
    },
    "kube-scheduler": {"bind-address": "127.0.0.1"},
    "etcd": {
        "cert-file": _FILE,
        "client-cert-auth": True,
        "key-file": _FILE,
        "peer-cert-file": _FILE,
        "peer-client-cert-auth": True,
        "peer-key-file": _FILE,
        "trusted-ca-file": "/etc/kubernetes/pki/etcd/ca.crt",
    },
}
"""What kubeadm writes into its static pods where extraArgs say nothing."""
