"""Which Dockerfile of the project an image is built from, where Compose, Skaffold or policy say so.

A name that two Dockerfiles are given for is nobody's: nothing is said of what is not certain.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tollgate.model.hints import Any
from tollgate.model.image import parse_image
from tollgate.model.project import DOCKERFILE, SERVICE, IndexedObject
from tollgate.model.record import NamedTuple


class BuiltImage(NamedTuple):
    """`stage`: what the index says of the stage that becomes the image."""

    dockerfile: IndexedObject
    stage: Mapping[str, Any]


class _Recipe(NamedTuple):
    """An image's name and what it is built from, as some file says."""

    image: object
    path: str | None
    target: object


def built_images(
    builds: Sequence[IndexedObject], configs: Iterable[IndexedObject], declared: Mapping[str, str]
) -> dict[str, BuiltImage]:
    """Images by name, without tag. `builds`: Dockerfiles and services; `configs`: Skaffold's; `declared`:
    what policy says."""
    dockerfiles = {one.path: one for one in builds if one.kind == DOCKERFILE}
    recipes = [recipe for one in builds if one.kind == SERVICE for recipe in _of_service(one)]
    recipes += [recipe for one in configs for recipe in _of_skaffold(one)]
    found: dict[str, set[tuple[str, str]]] = {}
    for image, path, target in recipes:
        name = name_of(image)
        if name is not None and path in dockerfiles:
            found.setdefault(name, set()).add((str(path), str(target or "").lower()))
    for image, path in declared.items():
        name = name_of(image)
        if name is not None:
            found[name] = {(posixpath.normpath(path), "")}
    images = {}
    for name, places in found.items():
        ((path, target), *others) = places
        stage = None if others or path not in dockerfiles else _stage(dockerfiles[path], target)
        if stage is not None:
            images[name] = BuiltImage(dockerfiles[path], stage)
    return images


def name_of(image: object) -> str | None:
    """Host and repository of a reference, whose tag may be a variable."""
    if not isinstance(image, str):
        return None
    head, sign, _ = image.partition("$")
    if sign and not head.endswith((":", "-", "_", ".")):
        return None
    reference = parse_image(head.rstrip(":-_.") if sign else image)
    if reference is None or (sign and ":" not in head.rpartition("/")[2]):
        return None
    return reference.name


def _of_service(service: IndexedObject) -> Iterator[_Recipe]:
    data = service.data
    if isinstance(data.get("dockerfile"), str):
        path = _below(service.path, str(data.get("context") or "."), data["dockerfile"])
        yield _Recipe(data.get("image"), path, data.get("target"))


def _of_skaffold(config: IndexedObject) -> Iterator[_Recipe]:
    artifacts = config.at("build", "artifacts")
    for artifact in artifacts if isinstance(artifacts, list) else ():
        if not isinstance(artifact, Mapping):
            continue
        how = artifact.get("docker") or artifact.get("kaniko") or {}
        others = {"buildpacks", "jib", "bazel", "ko", "custom"} & artifact.keys()
        if isinstance(how, Mapping) and not others:
            context, dockerfile = artifact.get("context") or ".", how.get("dockerfile") or "Dockerfile"
            path = _below(config.path, str(context), str(dockerfile))
            yield _Recipe(artifact.get("image"), path, how.get("target"))


def _below(path: str, *parts: str) -> str | None:
    """A path that a file names, relative to the root; None outside it."""
    if any("://" in part or part.startswith(("/", "~")) for part in parts):
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), *parts))
    return None if joined.startswith("..") else joined


def _stage(dockerfile: IndexedObject, target: str) -> Mapping[str, Any] | None:
    """The stage of that name, or the last one."""
    stages = dockerfile.data.get("stages") or []
    if not target:
        return stages[-1] if stages else None
    return next((one for one in reversed(stages) if one.get("name") == target), None)
