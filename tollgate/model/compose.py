"""Compose files: the services that one file describes, as Docker Compose reads them.

What another file, an `.env` or the environment would add is not known. `extends` within the file is
followed for what a service would otherwise lack; what it gets from there is found where it is written.
Source: compose-spec/compose-go, loader.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.compose_text import interpolated
from tollgate.model.file_kind import is_compose_name
from tollgate.model.kubernetes import Manifest, is_null
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, Sequence, Trail, child, descend, key_place
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target

KIND = "service"

_TRUE = frozenset({"true", "1", "t", "y", "yes", "on"})
_FALSE = frozenset({"false", "0", "f", "n", "no", "off"})
_BOOLEANS = frozenset({"privileged", "read_only", "init", "tty", "stdin_open", "oom_kill_disable"})
MOST_BASES = 32
"""How far `extends` is followed."""

_TOP_LEVEL = frozenset(
    {"version", "name", "include", "services", "networks", "volumes", "configs", "secrets", "models"}
)
_TELLING = (
    "extends", "command", "environment", "env_file", "ports", "volumes", "networks", "network_mode",
    "depends_on", "restart", "privileged", "cap_add", "cap_drop", "security_opt", "healthcheck", "deploy",
)  # fmt: skip
_SOURCES = ("image", "build", "provider")
"""A service without any of these is only a part of one that another file completes."""


class Service:
    """A service of a Compose file. It is what `container` is in a manifest, and that climb leads to it.

    `manifest` stands for the whole document. `complete`: nothing about it stands in another file.
    """

    __slots__ = ("_lineage", "complete", "document", "manifest", "name", "node", "source", "trail")
    noun = "service"

    def __init__(self, manifest: Manifest, name: str, node: Mapping, services: Mapping) -> None:
        self.manifest = manifest
        self.name = name
        self.node = node
        self.trail: Trail = ("services", name)
        self.source: Source = manifest.source
        self.document = manifest.document
        self._lineage, found_all = _lineage(name, node, services)
        self.complete = found_all and any(not is_null(self.inherited(key)) for key in _SOURCES)

    @property
    def object_name(self) -> str | None:
        return self.name

    @property
    def object_kind(self) -> str | None:
        return KIND

    @property
    def partial(self) -> bool:
        """Nobody can say what it lacks."""
        return not self.complete

    def inherited(self, *trail: str) -> Node | None:
        """The value at a trail, its own or that of the services it extends; None if there is none."""
        found = (descend(node, trail) for node in self._lineage)
        return next((node for node in found if not is_null(node)), None)

    def listed(self, key: str) -> Iterator[Scalar]:
        """The texts of a list, with those of the services it extends, which Compose joins."""
        for node in self._lineage:
            items = node.get(key)
            if isinstance(items, Sequence):
                yield from (item for item in items.items if isinstance(item, Scalar))

    def field(self, name: str) -> Field:
        """Compose's own keys; booleans are what Compose makes of their text."""
        if name == "name":
            return Scalar(self.name, *self.grip())
        node = self.node.get(name)
        if name in _BOOLEANS and isinstance(node, Scalar):
            value = truth_of(node)
            return Scalar(UNKNOWN if value is None else value, node.start, node.end)
        return known_text(node) if isinstance(node, Scalar) else node

    def owner(self, noun: str) -> Target | None:
        return self if noun in ("service", "container") else None

    def grip(self) -> Span:
        """The service's key."""
        place = key_place(self.manifest.root, self.trail)
        return Span(0, 0) if place is None else Span(place.start, place.end)

    def identity(self) -> tuple[str, ...]:
        return (KIND, self.name)


def _lineage(name: str, node: Mapping, services: Mapping) -> tuple[list[Mapping], bool]:
    """A service with those that it extends, nearest first, and whether all are in this file."""
    found = [node]
    seen = {name}
    while not is_null(extends := found[-1].get("extends")):
        base = extends if isinstance(extends, Scalar) else child(extends, "service")
        value = base.value if isinstance(base, Scalar) else None
        parent = services.get(value) if isinstance(value, str) else None
        elsewhere = isinstance(extends, Mapping) and not is_null(extends.get("file"))
        if elsewhere or not isinstance(value, str) or value in seen or not isinstance(parent, Mapping):
            return found, False
        if len(found) == MOST_BASES:  # a file of very many that extend each other would take for ever
            return found, False
        seen.add(value)
        found.append(parent)
    return found, True


def truth_of(node: Node | None) -> bool | None:
    """A boolean as Compose casts it (`yes` and "1" are true); None if it is none or cannot be known."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return value
    text = interpolated(str(value)) if isinstance(value, str | int) else None
    word = "" if text is None else text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def text_of(node: Node | None) -> str | None:
    """A scalar's text with its variables' defaults filled in; None if there is none or nobody knows it."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return interpolated(str(value))


def known_text(node: Scalar) -> Scalar:
    """A scalar with its variables' defaults filled in, UNKNOWN where a variable has none."""
    if not isinstance(node.value, str) or "$" not in node.value:
        return node
    text = interpolated(node.value)
    return Scalar(UNKNOWN if text is None else text, node.start, node.end)


def services_of(source: Source, document: int, root: Node | None) -> Iterator[Service]:
    """The services of a document that is a Compose file, by the file's name or by what it holds."""
    if not isinstance(root, Mapping) or "apiVersion" in root.entries:
        return
    services = root.get("services")
    if not isinstance(services, Mapping):
        return
    if not (is_compose_name(source.path) or _looks_like_compose(root, services)):
        return
    whole = Manifest(source, document, root, root, (), api_version="", kind="Compose")
    for name, entry in services.entries.items():
        if isinstance(entry.value, Mapping):
            yield Service(whole, name, entry.value, services)


def _looks_like_compose(root: Mapping, services: Mapping) -> bool:
    """Services are mappings, and one says what it runs; or how, where a version and the rest say the same."""
    nodes = [entry.value for entry in services.entries.values()]
    if not all(isinstance(node, Mapping) for node in nodes):
        return False
    if any(isinstance(child(node, key), Scalar | Mapping) for node in nodes for key in ("image", "build")):
        return True
    alone = "version" in root.entries and all(
        key in _TOP_LEVEL or key.startswith("x-") for key in root.entries
    )
    return alone and any(child(node, key) is not None for node in nodes for key in _TELLING)
