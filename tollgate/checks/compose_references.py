"""What services refer to by name and the file does not declare: Compose refuses such a project."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tollgate.checks.compose_parts import at_field
from tollgate.checks.places import problem_at
from tollgate.model import lazy_re as re
from tollgate.model.compose import Service, text_of, truth_of
from tollgate.model.compose_parts import volumes_of
from tollgate.model.finding import Problem
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, child
from tollgate.model.rule import Context

_BASE_FILE = re.compile(r"(?:docker-)?compose\.ya?ml")
"""What Compose reads without being told; a file by another name may be laid over one."""

_LISTS = (
    # the service's key, the key of what is declared, what to call it
    ("networks", "networks", "network"),
    ("secrets", "secrets", "secret"),
    ("configs", "configs", "config"),
    ("depends_on", "services", "service"),
)


def undeclared(service: Service, _context: Context) -> Iterator[Problem]:
    """A network, volume, secret, config or service that the file does not have."""
    root = service.manifest.root
    if (
        not _BASE_FILE.fullmatch(posixpath.basename(service.source.path))
        or child(root, "include") is not None
    ):
        return
    for key, declared, what in _LISTS:
        for trail, name in _names(service.node.get(key), key):
            if not _has(root, declared, name) and (what, name) != ("network", "default"):
                yield _problem(service, trail, what, name)
    for trail, name in _other_services(service):
        if not _has(root, "services", name):
            yield _problem(service, trail, "service", name)
    yield from _undeclared_volumes(service, root)


def _other_services(service: Service) -> Iterator[tuple[Trail, str]]:
    """Services whose namespaces, volumes or addresses are shared."""
    for key in ("network_mode", "ipc", "pid"):
        kind, _, name = (text_of(service.node.get(key)) or "").partition(":")
        if kind == "service" and name:
            yield (key,), name
    for key in ("links", "volumes_from"):
        for trail, text in _names(service.node.get(key), key):
            name = text.partition(":")[0]
            if name != "container":
                yield trail, name


def _undeclared_volumes(service: Service, root: Node) -> Iterator[Problem]:
    for volume in volumes_of(service):
        kind, source = volume.field("type"), volume.field("source")
        if not isinstance(kind, Scalar) or kind.value != "volume" or not isinstance(source, Scalar):
            continue
        name = source.value
        if isinstance(name, str) and name and not _has(root, "volumes", name):
            problem = at_field(volume, "source", what="volume", value=name)
            yield problem._replace(key=f"volume {name}")


def _problem(service: Service, trail: Trail, what: str, name: str) -> Problem:
    is_key = isinstance(trail[-1], str) and trail[-1] == name
    fields = {"what": what, "value": name}
    return problem_at(service, *trail, key_only=is_key, fields=fields, key=f"{what} {name}")


def _has(root: Node, key: str, name: str) -> bool:
    declared = child(root, key)
    return isinstance(declared, Mapping) and name in declared.entries


def _names(node: Node | None, key: str) -> Iterator[tuple[Trail, str]]:
    """The names in a list, of short or long items, or the keys of a mapping."""
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            if truth_of(child(entry.value, "required")) is not False:
                yield (key, name), name
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        below: Trail = (key, index) if isinstance(item, Scalar) else (key, index, "source")
        text = text_of(item if isinstance(item, Scalar) else child(item, "source"))
        if text:
            yield below, text
