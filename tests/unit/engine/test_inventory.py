"""The images of one file, with their places and what policy says of them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tollgate import catalog
from tollgate.engine.inventory import ORIGIN_RULES, FileImages, image_finder
from tollgate.engine.lint import Kind
from tollgate.model.inventory import ImagePlace, by_image
from tollgate.model.policy import ImagePolicy, Override, Policy, RuleSetting, Scope
from tollgate.model.source import MASK, decode

DIGEST = "sha256:" + "0123456789abcdef" * 4
STRICT = Policy(profile=("strict",))
OURS = Policy(images=ImagePolicy(official=True, internal=("registry.corp.example/**",)))


def found(text: str, *, path: str = "Dockerfile", policy: Policy | None = None) -> FileImages:
    kind: Kind = "yaml" if path.endswith("yaml") else "dockerfile"
    source = decode(path, text.encode("utf-8", "surrogateescape"))
    return image_finder(catalog.heads(), policy=policy or Policy())(source, kind)


def told(places: tuple[ImagePlace, ...]) -> list[tuple[str, str, int, int]]:
    return [
        (place.use, place.reference.familiar if place.reference else "?", *place.region.start)
        for place in places
    ]


def test_every_rule_about_origins_is_there() -> None:
    assert {head.name for head in catalog.heads()} >= ORIGIN_RULES


def test_a_dockerfile() -> None:
    text = (
        "# syntax=docker/dockerfile:1\n"
        "ARG TAG=3.12\n"
        f"FROM python:$TAG@{DIGEST} AS build\n"
        "RUN --mount=from=alpine:3.21,target=/a true\n"
        "COPY --from=ghcr.io/x/tool:2 /a /b\n"
        "FROM build\n"
        "COPY --from=build /a /b\n"
        "FROM scratch\n"
        "ARG BASE\n"
        "FROM ${BASE}:1\n"
    )
    assert told(found(text).places) == [
        ("syntax", "docker/dockerfile:1", 1, 10),
        ("from", f"python:3.12@{DIGEST}", 3, 6),
        ("mount-from", "alpine:3.21", 4, 18),
        ("copy-from", "ghcr.io/x/tool:2", 5, 13),
        ("from", "?", 10, 6),
    ]


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers: [{name: i, image: busybox}]
  containers: [{name: c, image: &i "nginx:1.27"}, {name: d, image: *i}]
  ephemeralContainers: [{name: e, image: "{{ .Values.image }}"}]
  volumes: [{name: v, image: {reference: "quay.io/a/b:1"}}]
"""


def test_a_manifest() -> None:
    places = found(POD, path="pod.yaml").places
    assert told(places) == [
        ("container", "busybox", 5, 37),
        ("container", "nginx:1.27", 6, 36),
        ("container", "nginx:1.27", 6, 68),
        ("container", "?", 7, 42),
        ("volume", "quay.io/a/b:1", 8, 42),
    ]
    assert {(place.object_kind, place.object_name) for place in places} == {("Pod", "web")}
    assert places[3].written == "{{ .Values.image }}"


def test_a_compose_file_with_a_dockerfile_in_it() -> None:
    text = """\
services:
  db: {image: "postgres:17"}
  own: {image: "mine:1", build: .}
  inline:
    build:
      dockerfile_inline: |
        FROM alpine:3.21
        COPY --from=$${X} /a /b
"""
    assert told(found(text, path="compose.yaml").places) == [
        ("service", "postgres:17", 2, 15),
        ("from", "alpine:3.21", 7, 14),
    ]


@pytest.mark.parametrize(
    ("policy", "image", "allowed", "by"),
    [
        (STRICT, "python:3", True, ()),
        (STRICT, "quay.io/a/b:1", False, ("image-not-official",)),
        (Policy(), "python:3", True, ()),
        (Policy(), "quay.io/a/b:1", False, ("image-not-official",)),
        (Policy(rules={"image-not-official": RuleSetting(severity="note")}), "quay.io/a/b:1", None, ()),
        (Policy(ignore=("image-not-official",)), "quay.io/a/b:1", None, ()),
        (Policy(profile=("pss-baseline",)), "quay.io/a/b:1", None, ()),
        (OURS._replace(profile=("pss-baseline",)), "quay.io/a/b:1", None, ()),
        (OURS, "registry.corp.example/a/b:1", True, ()),
        (OURS, "quay.io/a/b:1", False, ("image-outside-allowlist",)),
        (OURS, "$GIVEN", False, ("image-outside-allowlist",)),
        (OURS, "$UNDECLARED", None, ()),
        (Policy(), "No:Image", None, ()),
        (
            Policy(rules={"image-registry-blocked": RuleSetting(options={"registries": ["quay.io/**"]})}),
            "quay.io/a/b:1",
            False,
            ("image-not-official", "image-registry-blocked"),
        ),
        (
            OURS._replace(
                rules={
                    "image-registry-blocked": RuleSetting(options={"registries": ["docker.io/bitnami/**"]})
                }
            ),
            "bitnami/redis:1",
            False,
            ("image-outside-allowlist", "image-registry-blocked"),
        ),
    ],
)
def test_allowed_is_what_the_rules_say(
    policy: Policy, image: str, allowed: bool | None, by: tuple[str, ...]
) -> None:
    (place,) = found(f"ARG GIVEN\nFROM {image}\n", policy=policy).places
    assert (place.allowed, place.refused_by) == (allowed, by)


def test_a_note_about_the_origin_refuses_nothing() -> None:
    pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: quay.io/a/b:1}, {image: nginx:1.27}]}\n"
    assert [place.allowed for place in found(pod, path="a.yaml").places] == [None, True]


def test_policy_for_some_paths_counts_there() -> None:
    policy = OURS._replace(
        overrides=(Override(paths=("lab/**",), rules={"image-outside-allowlist": RuleSetting("off")}),)
    )
    inside = found("FROM quay.io/a/b:1\n", path="lab/Dockerfile", policy=policy).places
    outside = found("FROM quay.io/a/b:1\n", path="Dockerfile", policy=policy).places
    assert [place.allowed for place in (*inside, *outside)] == [None, False]
    (image,) = by_image([*inside, *outside])
    assert image.allowed is False


def test_a_development_image_is_refused_where_production_is() -> None:
    images = ImagePolicy(
        development=("dev.example/**",), internal=("dev.example/**",), production=Scope(("prod/**",))
    )
    pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: dev.example/a:1}]}\n"
    for path, allowed in (("prod/a.yaml", False), ("test/a.yaml", True)):
        (place,) = found(pod, path=path, policy=Policy(images=images)).places
        assert place.allowed is allowed


def test_a_suppression_changes_nothing_about_the_origin() -> None:
    text = "# tollgate: ignore[image-not-official] we know them\nFROM quay.io/a/b:1\n"
    (place,) = found(text, policy=STRICT).places
    assert place.allowed is False


def test_equal_images_are_one_however_they_are_written() -> None:
    places = found(
        "FROM python:3\nFROM docker.io/library/python:3\nFROM index.docker.io/python:3\nFROM $A\n"
    ).places
    unknown, known = sorted(by_image(list(places)), key=lambda image: image.reference is not None)
    assert (unknown.name, unknown.pinned, len(known.places)) == ("$A", None, 3)
    assert known.name == "docker.io/library/python:3"
    assert known.pinned is False


def test_what_cannot_be_read_is_said() -> None:
    images = found("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx\n---\n" + POD, path="p.yaml")
    assert [one.line for one in images.unread] != []
    assert ("container", "busybox", 9, 37) in told(images.places)


def test_no_secret_is_repeated() -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ456789"
    images = found(f"ARG TOKEN={secret}\nFROM https://x:{secret}@corp.example/a:1\nFROM $TOKEN\n")
    assert secret[6:20] not in repr(images)
    assert MASK in images.places[0].written
    assert images.places[0].reference is None
    inline = f"services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM x:{secret}\n"
    assert secret[6:20] not in repr(found(inline, path="compose.yaml"))


@given(st.text(max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    for path in ("Dockerfile", "a.yaml"):
        for prefix in ("", "FROM ", "services: {a: {image: ", "kind: Pod\napiVersion: v1\nspec: "):
            for place in found(prefix + text, path=path).places:
                assert place.region.start <= place.region.end
