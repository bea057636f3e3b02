"""Which Dockerfile makes which image."""

from __future__ import annotations

import pytest

from tollgate.engine.index_dockerfile import MOST_STAGES, index_dockerfile
from tollgate.engine.relations import index_file
from tollgate.model.builds import name_of
from tollgate.model.dockerfile import Dockerfile
from tollgate.model.manifests import ManifestFile
from tollgate.model.project import IndexedObject, Project, pack_objects, unpack_objects
from tollgate.model.source import decode
from tollgate.parsers import parse


def entries(path: str, text: str) -> tuple[IndexedObject, ...]:
    kind = "dockerfile" if "Dockerfile" in path else "yaml"
    file = parse(decode(path, text.encode()), kind)  # type: ignore[arg-type]
    if isinstance(file, Dockerfile):
        return index_dockerfile(file)
    assert isinstance(file, ManifestFile)
    return index_file(file)


def project(**files: str) -> Project:
    made = Project()
    made.fill(
        one
        for path, text in files.items()
        for one in unpack_objects(pack_objects(entries(path.replace("__", "/").replace("_", "."), text)))
    )
    return made


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("shop", "docker.io/library/shop"),
        ("r.example:5000/shop:1", "r.example:5000/shop"),
        ("r.example/shop@sha256:" + "0" * 64, "r.example/shop"),
        ("r.example/shop:${TAG}", "r.example/shop"),
        ("r.example/shop:v-${TAG}", "r.example/shop"),
        ("r.example/${NAME}:1", None),
        ("r.example/shop-${NAME}", None),
        ("${R}/shop:1", None),
        ("Not An Image", None),
        (None, None),
    ],
)
def test_names(image: object, name: str | None) -> None:
    assert name_of(image) == name


FILES = {
    "a__Dockerfile": "FROM scratch\nUSER 1\n",
    "b__Dockerfile": "FROM scratch AS Run\nUSER 2\nFROM scratch\n",
}


@pytest.mark.parametrize(
    ("compose", "user"),
    [
        ("services: {x: {build: a, image: x}}", "1"),
        ("services: {x: {build: {context: ./a/}, image: 'x:${TAG}'}}", "1"),
        ("services: {x: {build: {context: ., dockerfile: b/Dockerfile, target: run}, image: x}}", "2"),
        ("services: {x: {build: b, image: x}}", None),
        ("services: {x: {build: ../a, image: x}}", None),
        ("services: {x: {build: 'https://example.org/a.git', image: x}}", None),
        ("services: {x: {build: '${A}', image: x}}", None),
        ("services: {x: {build: {context: a, target: nowhere}, image: x}}", None),
        ("services: {x: {build: {dockerfile_inline: FROM scratch}, image: x}}", None),
        ("services: {x: {build: a}}", None),
        ("services: {x: {build: a, image: x}, y: {build: b, image: x}}", None),
    ],
)
def test_compose_files_say_it(compose: str, user: str | None) -> None:
    built = project(**FILES, compose_yaml=compose).built_image("x:3", {})
    assert (None if built is None else built.stage["user"]) == user


def test_policy_has_the_last_word() -> None:
    both = "services: {x: {build: a, image: x}, y: {build: b, image: x}}"
    made = project(**FILES, compose_yaml=both)
    built = made.built_image("x:3", {"x": "./a/Dockerfile"})
    assert built is not None
    assert built.dockerfile.path == "a/Dockerfile"
    assert project(**FILES).built_image("x", {"x": "c/Dockerfile"}) is None


def test_entries_of_builds_are_no_manifests() -> None:
    made = project(**FILES, compose_yaml="services: {x: {build: a, image: x}}")
    assert made.objects == []
    assert len(made.builds) == 3


def test_very_many_stages_are_nobodys_image() -> None:
    assert entries("Dockerfile", "FROM scratch\n" * (MOST_STAGES + 1)) == ()
