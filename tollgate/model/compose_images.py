"""Images that services pull: to run, to build upon, to mount."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.compose import Service, known_text, text_of
from tollgate.model.compose_text import interpolated
from tollgate.model.kubernetes import Part, is_null
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, Sequence, Trail, child, descend
from tollgate.model.target import Field, Target

_CONTEXT = "docker-image://"


def images(services: list[Service]) -> Iterator[Target]:
    """In the order of the services; the field `use` says what for."""
    for service in services:
        if _is_pulled(service):
            yield from _image(service, service.node.get("image"), (*service.trail, "image"), "service")
        yield from _contexts(service)
        volumes = service.node.get("volumes")
        for index, volume in enumerate(volumes.items if isinstance(volumes, Sequence) else ()):
            if text_of(child(volume, "type")) == "image":
                trail = (*service.trail, "volumes", index, "source")
                yield from _image(service, child(volume, "source"), trail, "volume")


def _is_pulled(service: Service) -> bool:
    """The image of a service with `build` only names what is built, unless the service says otherwise."""
    policy = text_of(service.inherited("pull_policy"))
    return is_null(service.inherited("build")) or policy not in (None, "build", "never")


def _image(service: Service, node: Node | None, trail: Trail, use: str) -> Iterator[Target]:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        extra: dict[str, Field] = {"reference": known_text(node), "use": Scalar(use, node.start, node.end)}
        if "$" in node.value:
            extra["written"] = node
        yield Part("image", service, node, trail, extra)


def _contexts(service: Service) -> Iterator[Target]:
    """Images that stand in for a stage or another image while building."""
    below = ("build", "additional_contexts")
    contexts = descend(service.node, below)
    named: list[tuple[Node, str | int]] = []
    if isinstance(contexts, Mapping):
        named = [(entry.value, name) for name, entry in contexts.entries.items()]
    elif isinstance(contexts, Sequence):
        named = [(item, index) for index, item in enumerate(contexts.items)]
    for node, key in named:
        value = node.value if isinstance(node, Scalar) else None
        _, prefix, written = (value if isinstance(value, str) else "").partition(_CONTEXT)
        if prefix:
            text = interpolated(written)
            reference = Scalar(UNKNOWN if text is None else text, node.start, node.end)
            extra: dict[str, Field] = {"reference": reference, "use": Scalar("build", node.start, node.end)}
            extra["written"] = Scalar(written, node.start, node.end)
            yield Part("image", service, node, (*service.trail, *below, key), extra)
