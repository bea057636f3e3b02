"""Volumes and published ports of Compose services."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.host_paths import is_sensitive, is_socket
from tollgate.checks.places import anchored
from tollgate.model.compose import Service, services_of
from tollgate.model.compose_parts import volumes_of
from tollgate.model.finding import Problem, RelatedSpan
from tollgate.model.kubernetes import Manifest, Part
from tollgate.model.node import Scalar, place_of
from tollgate.model.rule import Context

_ALL_INTERFACES = frozenset(
    {"", "0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0", "[0:0:0:0:0:0:0:0]"}  # noqa: S104 (what is looked for)
)
_LOWEST_FREE_PORT = 1024


def host_folder(volume: Part, _context: Context) -> Iterator[Problem]:
    """A bind of a folder that holds the host's programs, devices, credentials or state."""
    path = _host_path(volume)
    if path is not None and is_sensitive(path):
        yield at_field(volume, "source", path=path)


def runtime_socket(volume: Part, _context: Context) -> Iterator[Problem]:
    """A bind of a container runtime's socket."""
    path = _host_path(volume)
    if path is not None and is_socket(path):
        yield at_field(volume, "source", path=path)


def _host_path(volume: Part) -> str | None:
    """What of the host is mounted, by its absolute path."""
    kind, source = (volume.field(name) for name in ("type", "source"))
    if not isinstance(kind, Scalar) or kind.value not in ("bind", "npipe") or not isinstance(source, Scalar):
        return None
    return source.value if isinstance(source.value, str) and source.value[:1] not in (".", "~") else None


def shared_propagation(volume: Part, _context: Context) -> Iterator[Problem]:
    """Mounts that the service makes there appear on the host, or the host's in it."""
    mode = volume.field("propagation")
    if isinstance(mode, Scalar) and mode.value in ("shared", "rshared", "slave", "rslave"):
        yield at_field(volume, "propagation", mode=str(mode.value))


def at_field(part: Part, name: str, **fields: object) -> Problem:
    """A problem at a field of a part in short or in long form, through the alias if there is one."""
    node = part.field(name)
    assert isinstance(node, Scalar)
    place = place_of(part.manifest.root, part.trail)
    if place is not None and place.anchor is not None:
        return Problem(place.start, place.end, fields=fields, related=anchored(place.anchor))
    return Problem(node.start, node.end, fields=fields)


def on_all_interfaces(port: Part, _context: Context) -> Iterator[Problem]:
    """A published port that is not bound to an address of the host."""
    address = port.field("host-ip")
    if isinstance(address, Scalar):
        if not isinstance(address.value, str) or address.value not in _ALL_INTERFACES:
            return
        at = "host-ip" if address.value else "target"
    else:
        at = "published" if isinstance(port.field("published"), Scalar) else "target"
    if isinstance(port.field(at), Scalar):
        yield at_field(port, at, port=_port_text(port))


def _port_text(port: Part) -> str:
    parts = [port.field("published"), port.field("target")]
    return ":".join(str(part.value) for part in parts if isinstance(part, Scalar) and part.value != "")


def privileged_port(port: Part, _context: Context) -> Iterator[Problem]:
    """A port below 1024, on the host or in the container."""
    for name, side in (("published", "of the host"), ("target", "in the container")):
        node = port.field(name)
        number = _first_port(node)
        if number is not None and 0 < number < _LOWEST_FREE_PORT:
            yield at_field(port, name, port=number, side=side)
            return


def _first_port(node: object) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    text = str(value).partition("-")[0] if isinstance(value, str | int) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def shared_volumes(project: Manifest, _context: Context) -> Iterator[Problem]:
    """Volumes and folders that a service before the one in question mounts, too."""
    first: dict[str, tuple[Service, Part]] = {}
    for service in services_of(project.source, project.document, project.root):
        for volume in volumes_of(service):
            name = volume.field("source")
            if isinstance(name, Scalar) and isinstance(name.value, str):
                owner, other = first.setdefault(name.value, (service, volume))
                if owner.name != service.name:
                    yield _shared(volume, name.value, owner.name, other)


def _shared(volume: Part, name: str, owner: str, other: Part) -> Problem:
    node = other.field("source")
    assert isinstance(node, Scalar)
    related = RelatedSpan(f"`{owner}` mounts it here", node.start, node.end)
    problem = at_field(volume, "source", volume=name, other=owner, service=_service_of(volume))
    return problem._replace(related=(*problem.related, related), key=f"{name} {_service_of(volume)}")


def _service_of(part: Part) -> str:
    return str(part.trail[1])
