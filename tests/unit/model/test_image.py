"""References against the recorded answers of github.com/distribution/reference v0.6.0, and patterns."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tollgate.model.image import ImageReference, compile_pattern, matches, parse_image, why_no_image

ORACLE = Path(__file__).parents[2] / "oracle" / "image_references.jsonl"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def parsed(text: str) -> ImageReference:
    reference = parse_image(text)
    assert reference is not None, text
    return reference


def test_agrees_with_the_recorded_answers() -> None:
    """Each line: the text; then host, repository, tag, digest, whole and familiar form, or null."""
    cases = [json.loads(line) for line in ORACLE.read_text(encoding="utf-8").splitlines()]
    assert len(cases) > 2000
    for text, answer in cases:
        reference = parse_image(text)
        if answer is None:
            assert reference is None, text
            assert why_no_image(text), text
            continue
        assert reference is not None, text
        host, repository, tag, digest, normalised, familiar = answer
        assert reference == ImageReference(host, repository, tag or None, digest or None)
        assert (reference.normalised, reference.familiar) == (normalised, familiar)
        assert why_no_image(text) is None


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag"),
    [
        ("python", "docker.io", "library/python", None),
        ("python:3.12", "docker.io", "library/python", "3.12"),
        ("docker.io/python", "docker.io", "library/python", None),
        ("index.docker.io/library/python", "docker.io", "library/python", None),
        ("registry-1.docker.io/library/python", "docker.io", "library/python", None),
        ("bitnami/redis", "docker.io", "bitnami/redis", None),
        ("registry:5000", "docker.io", "library/registry", "5000"),
        ("registry:5000/app", "registry:5000", "app", None),
        ("localhost/app:x", "localhost", "app", "x"),
        ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app", None),
        ("Registry.Corp/app", "Registry.Corp", "app", None),
        ("my_registry.corp/app", "my_registry.corp", "app", None),
    ],
)
def test_parts(text: str, host: str, repository: str, tag: str | None) -> None:
    assert parsed(text) == ImageReference(host, repository, tag)


def test_the_registry_host_of_docker_hub_has_no_short_names() -> None:
    assert parsed("registry-1.docker.io/python").host == "registry-1.docker.io"


def test_tag_and_digest() -> None:
    both = parsed(f"python:3.12@{DIGEST}")
    assert (both.tag, both.digest) == ("3.12", DIGEST)
    assert parsed("python").effective_tag == "latest"
    assert parsed(f"python@{DIGEST}").effective_tag is None
    assert parsed("python:3.12").digest is None


def test_official_names() -> None:
    python, unheard_of, java = parsed("python"), parsed("unheard-of"), parsed("java:8")
    assert python.is_official
    assert python.is_listed_official
    assert not python.is_deprecated_official
    assert unheard_of.is_official
    assert not unheard_of.is_listed_official
    assert java.is_listed_official
    assert java.is_deprecated_official
    elsewhere = parsed("ghcr.io/library/python")
    assert not elsewhere.is_official
    assert not elsewhere.is_listed_official


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("docker://python", "transport"),
        ("oci:/layout:1", "transport"),
        ("https://registry.corp/app", "transport"),
        ("python ", "blanks"),
        ("Python", "upper-case"),
        ("pythön", "ASCII"),
        ("python@sha256:abc", "digest"),
        ("python:" + "x" * 129, "tag"),
        ("a" * 300, "longer than 255"),
        ("a" * 64, "image's id"),
        ("a//b", "lower-case words"),
        ("-.x/app", "host"),
        ("${BASE}:1", "variable"),
    ],
)
def test_refusals_say_why(text: str, reason: str) -> None:
    assert parse_image(text) is None
    assert reason in (why_no_image(text) or "")


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_has_a_reason(text: str) -> None:
    assert (parse_image(text) is None) == (why_no_image(text) is not None)


@given(
    st.from_regex(
        r"([a-z]{1,5}\.[a-z]{2}(:[0-9]{1,4})?/)?[a-z0-9]{1,6}(/[a-z0-9._-]{1,6}){0,2}(:[\w.]{1,5})?"
    )
)
def test_normalising_is_stable(text: str) -> None:
    reference = parse_image(text)
    if reference is not None:
        assert parse_image(reference.normalised) == reference
        assert parse_image(reference.familiar) == reference
        assert matches(compile_pattern(reference.normalised), reference)


@pytest.mark.parametrize(
    ("pattern", "image", "expected"),
    [
        ("python", "docker.io/python", True),
        ("docker.io/python", "index.docker.io/library/python:3", True),
        ("index.docker.io/library/python", "python", True),
        ("python", "python-evil", False),
        ("python", "evil/python", False),
        ("python", "evil.example/library/python", False),
        ("py*", "python", True),
        ("py*", "pypy/thon", False),
        ("*", "nginx", True),
        ("*", "bitnami/nginx", False),
        ("docker.io/**", "bitnami/nginx", True),
        ("docker.io/**", "docker.io.evil.example/nginx", False),
        ("bitnami/*", "bitnami/redis", True),
        ("bitnami/*", "bitnami/a/redis", False),
        ("ghcr.io/team/**", "ghcr.io/team/a/b", True),
        ("ghcr.io/team/**", "ghcr.io/team", False),
        ("ghcr.io/team/**", "ghcr.io/team-evil/a", False),
        ("ghcr.io/**/base", "ghcr.io/base", True),
        ("ghcr.io/**/base", "ghcr.io/a/b/base", True),
        ("ghcr.io/**/base", "ghcr.io/a/b/base/x", False),
        ("ghcr.io/**/x/**/y", "ghcr.io/1/x/x/2/y", True),
        ("ghcr.io/**/x/**/y", "ghcr.io/1/y/2/x", False),
        ("*.corp.example/**", "registry.corp.example/a/b", True),
        ("*.corp.example/**", "a.b.corp.example/a", True),
        ("*.corp.example/**", "corp.example/a", False),
        ("*.corp.example/**", "evilcorp.example/a", False),
        ("*.corp.example/**", "evil.example/registry.corp.example/a", False),
        ("*.corp.example/**", "registry.corp.example:5000/a", False),
        ("registry.corp.example:5000/**", "registry.corp.example:5000/a", True),
        ("registry.corp.example/**", "REGISTRY.Corp.example:443/a", True),
        ("python:3.*", "python:3.12", True),
        ("python:3.*", "python:2.7", False),
        ("python:latest", "python", True),
        ("python:3.*", f"python@{DIGEST}", False),
        (f"python@{DIGEST}", f"python:3@{DIGEST}", True),
        (f"python@{DIGEST}", "python:3", False),
        ("a*b*c/x", "a1b2c/x", True),
        ("a*b*c/x", "a1c2b/x", False),
        ("ab*ba/x", "aba/x", False),
    ],
)
def test_patterns(pattern: str, image: str, expected: bool) -> None:
    assert matches(pattern, parsed(image)) is expected


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("", "no image"),
        ("ghcr.io", "`ghcr.io/**`"),
        ("**", "`docker.io/**`"),
        ("*/app", "any host"),
        ("reg*.corp.example/x", "beginning"),
        ("a**/b", "whole segments"),
        ("Python", "lower-case"),
        ("python:[a]", "no tag"),
        ("python@sha256:*", "whole digest"),
        ("python@", "whole digest"),
        ("^python$", "no image"),
    ],
)
def test_nonsense_patterns_are_refused_readably(pattern: str, part: str) -> None:
    with pytest.raises(ValueError, match=r"`.*`") as refusal:
        compile_pattern(pattern)
    assert part in str(refusal.value)


@given(st.text(alphabet="ab*/.:@-", max_size=20))
def test_compiling_gives_a_pattern_or_a_value_error(text: str) -> None:
    try:
        pattern = compile_pattern(text)
    except ValueError:
        return
    assert pattern.text == text


def test_hostile_text_is_read_in_linear_time() -> None:
    began = time.process_time()
    for piece in ("a", "a-", "-", "a.", "_", "a/", "/", "A", "[:", "0:"):
        parse_image(piece * 300_000)
        why_no_image(piece * 300_000)
    pattern = compile_pattern("a*a*a*a*a*a*a*b/x:" + "a*" * 40 + "b")
    matches(pattern, parsed("a" * 250 + "/x:" + "a" * 128))
    assert time.process_time() - began < 4
