"""Index entries of Compose services that name what they build."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.compose import Service, text_of
from tollgate.model.node import Node, Scalar, child
from tollgate.model.project import SERVICE, IndexedObject


def index_services(services: list[Service]) -> Iterator[IndexedObject]:
    """The services that build an image from a Dockerfile and name it."""
    for service in services:
        build, image = service.node.get("build"), service.node.get("image")
        recipe = _recipe(build)
        if recipe and isinstance(image, Scalar):
            data = {**recipe, "image": text_of(image) or str(image.value)}
            yield IndexedObject(
                service.source.path, service.document, service.trail, "", SERVICE, None, service.name, data
            )


def _recipe(build: Node | None) -> dict[str, str | None]:
    if isinstance(build, Scalar):
        context = text_of(build)
        return {} if context is None else {"context": context, "dockerfile": "Dockerfile"}
    if build is None or child(build, "dockerfile_inline") is not None:
        return {}
    parts = {key: child(build, key) for key in ("context", "dockerfile", "target")}
    if any(part is not None and text_of(part) is None for part in parts.values()):
        return {}
    found = {key: text_of(part) for key, part in parts.items()}
    return {**found, "dockerfile": found["dockerfile"] or "Dockerfile"}
