"""What stands in services in short or in long form: volumes, published ports, added capabilities.

The short forms are cut as Compose cuts them (compose-go: format.ParseVolume; docker/go-connections: nat).
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.compose import Service, known_text, text_of
from tollgate.model.compose_text import interpolated
from tollgate.model.kubernetes import Part
from tollgate.model.kubernetes_security import short_capability
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, Sequence, Trail, child
from tollgate.model.record import NamedTuple
from tollgate.model.source import Source
from tollgate.model.target import Field, Target

_DRIVE = re.compile(r"[A-Za-z]:")
_PROPAGATIONS = frozenset({"shared", "rshared", "slave", "rslave", "private", "rprivate"})
_PORT = re.compile(r"(?:(\[[^\]]*\]|[^:]*):)?(?:([^:]*):)?([^:/]+)(?:/(\w+))?")


class Piece(NamedTuple):
    """A part of a short form: its text and where in the whole it begins."""

    text: str
    at: int


def volumes_of(service: Service) -> Iterator[Part]:
    """Volumes in either form. Fields: `type`, `source`, `target`, `read-only`, `propagation`.

    A named volume that the file declares as a bind of a host's folder is one, with its source there.
    """
    for index, item in _items(service, "volumes"):
        fields = _short_volume(service.source, item) if isinstance(item, Scalar) else _long_volume(item)
        trail: Trail = (*service.trail, "volumes", index)
        yield Part("service-volume", service, item, trail, {**fields, **_bound_elsewhere(service, fields)})


def _items(service: Service, key: str) -> Iterator[tuple[int, Node]]:
    items = service.node.get(key)
    if isinstance(items, Sequence):
        yield from enumerate(items.items)


def _long_volume(item: Node) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, key in (
        ("type", "type"),
        ("source", "source"),
        ("target", "target"),
        ("read-only", "read_only"),
    ):
        node = child(item, key)
        fields[name] = known_text(node) if isinstance(node, Scalar) else None
    propagation = child(child(item, "bind"), "propagation")
    fields["propagation"] = known_text(propagation) if isinstance(propagation, Scalar) else None
    return fields


def _short_volume(source: Source, item: Scalar) -> dict[str, Field]:
    written = str(item.value) if isinstance(item.value, str) else ""
    text = interpolated(written)
    if text is None:
        return {"source": Scalar(UNKNOWN, item.start, item.end)}
    pieces = list(_cut_volume(text))
    place = _Placer(source, item, text)
    if len(pieces) == 1:
        return {"type": place(Piece("volume", -1)), "target": place(pieces[0])}
    if len(pieces) != 2 and len(pieces) != 3:
        return {}
    kind = "bind" if pieces[0].text[:1] in (".", "/", "~", "\\") or _DRIVE.match(pieces[0].text) else "volume"
    fields: dict[str, Field] = {
        "type": place(Piece(kind, -1)),
        "source": place(pieces[0]),
        "target": place(pieces[1]),
    }
    for option in _options(pieces[2]) if len(pieces) > 2 else ():
        if option.text in _PROPAGATIONS:
            fields["propagation"] = place(option)
        elif option.text == "ro":
            fields["read-only"] = Scalar(True, *_span(place(option)))
    return fields


def _cut_volume(text: str) -> Iterator[Piece]:
    """The parts between colons; the one of a Windows drive cuts nothing."""
    at = 0
    while True:
        skip = 2 if _DRIVE.match(text, at) else 0
        colon = text.find(":", at + skip)
        yield Piece(text[at : colon if colon >= 0 else len(text)], at)
        if colon < 0:
            return
        at = colon + 1


def _options(piece: Piece) -> Iterator[Piece]:
    at = piece.at
    for option in piece.text.split(","):
        yield Piece(option, at)
        at += len(option) + 1


class _Placer:
    """Makes scalars of parts of a short form, at their own places where the text shows them as they are."""

    __slots__ = ("_item", "_lead")

    def __init__(self, source: Source, item: Scalar, text: str) -> None:
        written = source.text[item.start : item.end]
        self._item = item
        self._lead = 0 if written == text else 1 if written[1:-1] == text else -1

    def __call__(self, piece: Piece) -> Scalar:
        if self._lead < 0 or piece.at < 0:
            return Scalar(piece.text, self._item.start, self._item.end)
        start = self._item.start + self._lead + piece.at
        return Scalar(piece.text, start, start + len(piece.text))


def _span(node: Scalar) -> tuple[int, int]:
    return node.start, node.end


def _bound_elsewhere(service: Service, fields: dict[str, Field]) -> dict[str, Field]:
    """Source and type of a named volume whose driver binds a folder of the host."""
    name, kind = fields.get("source"), fields.get("type")
    if not isinstance(name, Scalar) or not isinstance(kind, Scalar) or kind.value != "volume":
        return {}
    declared = child(service.manifest.root, "volumes")
    options = child(child(declared, str(name.value)), "driver_opts")
    device, mode = child(options, "device"), text_of(child(options, "o")) or ""
    if not isinstance(device, Scalar) or not {"bind", "rbind"} & set(mode.split(",")):
        return {}
    return {"source": known_text(device), "type": Scalar("bind", *_span(kind)), "declared": name}


def ports_of(service: Service) -> Iterator[Part]:
    """Published ports in either form. Fields: `host-ip`, `published`, `target`, `protocol`.

    A service on the host's network, or on another's, publishes none.
    """
    if text_of(service.inherited("network_mode")) not in (None, "bridge"):
        return
    for index, item in _items(service, "ports"):
        fields = _short_port(service.source, item) if isinstance(item, Scalar) else _long_port(item)
        if fields:
            yield Part("service-port", service, item, (*service.trail, "ports", index), fields)


def _long_port(item: Node) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    names = (
        ("host-ip", "host_ip"),
        ("published", "published"),
        ("target", "target"),
        ("protocol", "protocol"),
    )
    for name, key in names:
        node = child(item, key)
        fields[name] = known_text(node) if isinstance(node, Scalar) else None
    return fields if isinstance(item, Mapping) else {}


def _short_port(source: Source, item: Scalar) -> dict[str, Field]:
    """`[[ip:][published]:]target[/protocol]`; ports are texts, for they may be ranges."""
    value = item.value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return {}
    written = str(value) if isinstance(value, str) else source.text[item.start : item.end]
    text = interpolated(written)
    if text is None:
        return dict.fromkeys(("host-ip", "published", "target"), Scalar(UNKNOWN, item.start, item.end))
    found = _PORT.fullmatch(text)
    if found is None:
        return {}
    place = _Placer(source, item, text)
    groups = [None if found[n] is None else place(Piece(found[n], found.start(n))) for n in range(1, 5)]
    if groups[1] is None and groups[0] is not None:  # one colon: what stands before it is the port
        groups = [None, groups[0], *groups[2:]]
    return dict(zip(("host-ip", "published", "target", "protocol"), groups, strict=True))


def added_by_services(services: list[Service]) -> Iterator[Target]:
    """Every element of a service's `cap_add`, with the fields that the noun has in pods."""
    for service in services:
        for index, item in _items(service, "cap_add"):
            text = text_of(item)
            if isinstance(item, Scalar) and text is not None:
                short = Scalar(short_capability(text), item.start, item.end)
                extra: dict[str, Field] = {"name": item, "short": short}
                yield Part("added-capability", service, item, (*service.trail, "cap_add", index), extra)
