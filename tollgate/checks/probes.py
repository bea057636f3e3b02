"""Probes: which port they ask, and whether two of them are one."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at, related_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Part, Pod, is_null, items_at, text_at
from tollgate.model.manifests import PROBES
from tollgate.model.node import Mapping, Node, Scalar, Sequence, child, descend, to_plain
from tollgate.model.rule import Context

_HANDLERS = ("httpGet", "tcpSocket", "grpc")


def _asked(probe: Part) -> tuple[Container, str, Scalar] | None:
    """The container whose probe it is, the handler, and the port that it asks of its own pod."""
    container = probe.parent
    if not isinstance(container, Container):
        return None
    for handler in _HANDLERS:
        node = child(probe.node, handler)
        if isinstance(node, Mapping):
            port = node.get("port")
            elsewhere = text_at(node, "host")
            return (container, handler, port) if isinstance(port, Scalar) and not elsewhere else None
    return None


def _ports(container: Container) -> list[Mapping]:
    return [port for _, port in items_at(container.node, "ports")]


def unknown_port_name(probe: Part, _context: Context) -> Iterator[Problem]:
    """A port by a name that its container does not have, so that the probe always fails."""
    asked = _asked(probe)
    if asked is None:
        return
    container, handler, port = asked
    name = port.value
    if not isinstance(name, str) or not name or name.isdigit() or "$" in name:
        return
    if all(text_at(one, "name") != name for one in _ports(container)):
        yield _at_port(probe, handler, {"port": name})


def undeclared_port(probe: Part, _context: Context) -> Iterator[Problem]:
    """A port that no container of the pod declares, or declares for another protocol."""
    asked = _asked(probe)
    if asked is None:
        return
    container, handler, port = asked
    name = port.value
    if isinstance(name, str) and not name.isdigit():
        declared = [one for one in _ports(container) if text_at(one, "name") == name]
        if declared and all(not _is_tcp(one) for one in declared):
            yield _at_port(probe, handler, {"port": name, "reason": "is no TCP port"})
        return
    number = str(name)
    declared = [
        one
        for other in container.pod.containers
        for one in _ports(other)
        if isinstance(found := one.get("containerPort"), Scalar) and str(found.value) == number
    ]
    if not declared:
        yield _at_port(probe, handler, {"port": number, "reason": "is declared by no container of the pod"})
    elif all(not _is_tcp(one) for one in declared):
        yield _at_port(probe, handler, {"port": number, "reason": "is no TCP port"})


def _is_tcp(port: Mapping) -> bool:
    return (text_at(port, "protocol") or "TCP") == "TCP"


def _at_port(probe: Part, handler: str, fields: dict[str, object]) -> Problem:
    return problem_at(probe, handler, "port", fields=fields)


def identical(container: Container, _context: Context) -> Iterator[Problem]:
    """Liveness asks what readiness asks, and is no more patient."""
    live, ready = container.node.get("livenessProbe"), container.node.get("readinessProbe")
    if is_null(live) or is_null(ready) or _handler(live) is None or _handler(live) != _handler(ready):
        return
    if _patience(live) > _patience(ready):
        return
    related = related_at(container, "readinessProbe", message="the readiness probe asks the same")
    yield problem_at(container, "livenessProbe", key_only=True, related=(related,))


_DEFAULTS: dict[str, dict[str, object]] = {
    "httpGet": {"path": "/", "scheme": "HTTP"},
    "grpc": {"service": ""},
    "tcpSocket": {},
    "exec": {},
}


def _handler(probe: Node | None) -> tuple[str, object] | None:
    """What the probe does, defaults filled in."""
    for name, defaults in _DEFAULTS.items():
        written = to_plain(child(probe, name))
        if isinstance(written, dict):
            return name, {**defaults, **{key: one for key, one in written.items() if one is not None}}
    return None


def _patience(probe: Node | None) -> int:
    """Seconds of failing until the probe's verdict, about."""
    return _number(probe, "failureThreshold", 3) * _number(probe, "periodSeconds", 10)


def _number(probe: Node | None, key: str, default: int) -> int:
    node = child(probe, key)
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def never_probed(container: Container, _context: Context) -> Iterator[Problem]:
    """A container that runs on and has no probe of any kind."""
    if container.is_long_running and all(is_null(container.node.get(key)) for key in PROBES):
        yield problem_at(container)


def too_many_dots(pod: Pod, context: Context) -> Iterator[Problem]:
    """Names with fewer dots than `ndots` go through the cluster's search list first: five by default."""
    policy = text_at(pod.node, "dnsPolicy")
    limit = int(context.options["ndots"])
    if policy in ("Default", "None"):
        return
    for index, option in items_at(pod.node.get("dnsConfig"), "options"):
        if text_at(option, "name") == "ndots":
            value = descend(option, ("value",))
            text = str(value.value) if isinstance(value, Scalar) else ""
            if not text.isdigit() or int(text) > limit:
                fields = {"ndots": text or "no number"}
                yield problem_at(pod, "dnsConfig", "options", index, "value", fields=fields)
            return
    yield problem_at(pod, "dnsConfig", "options", fields={"ndots": "5, the default"})


_BREAK = re.compile(r"[;&|(\n]+")


def denied_command(probe: Part, context: Context) -> Iterator[Problem]:
    """An exec probe that runs one of the programs of the option `commands`."""
    denied = frozenset(context.options["commands"])
    listed = descend(probe.node, ("exec", "command"))
    items = listed.items if isinstance(listed, Sequence) else ()
    for index, item in enumerate(items):
        text = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        for word in _programs(text, first=index == 0):
            if word.rpartition("/")[2] in denied:
                yield problem_at(probe, "exec", "command", index, fields={"command": word})
                return


def _programs(text: str, *, first: bool) -> list[str]:
    """The programs that an element of a command runs: the first element is one; a text with blanks is a
    shell's, whose commands begin anew after each separator."""
    if " " in text:
        return [words[0] for part in _BREAK.split(text) if (words := part.split())]
    return [text] if first else []
