"""Dockerfiles inside YAML: every finding stands where the text stands."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.engine.lint import FileResult, Linter
from tollgate.model.finding import Finding
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode


def lint(text: str, name: str, *rules: str) -> FileResult:
    policy = Policy()._replace(select=rules or ("sudo-in-build",), today="2026-11-23")
    return Linter(catalog.heads(), policy=policy, project=Project()).lint(decode(name, text.encode()), "yaml")


def marked(text: str, findings: tuple[Finding, ...]) -> list[str]:
    source = decode("f", text.encode())
    starts = source.line_starts
    found = []
    for finding in findings:
        start, end = (starts[one.line - 1] + one.column - 1 for one in finding.location.region)
        found.append(text[start:end])
    return found


def inline(body: str, header: str = "|") -> str:
    lines = "".join(f"        {line}\n" if line else "\n" for line in body.split("\n"))
    return f"services:\n  web:\n    build:\n      dockerfile_inline: {header}\n{lines}"


@pytest.mark.parametrize("header", ["|", "|-", "|+", "|2", "&a |  # why"])
def test_the_word_itself_is_marked(header: str) -> None:
    text = inline("FROM alpine:3.20\n\nRUN ls \\\n    && sudo ls", header)
    findings = lint(text, "compose.yaml").findings
    assert marked(text, findings) == ["sudo"]
    assert findings[0].location.region.start.line == 8


def test_line_ends_of_windows() -> None:
    text = inline("FROM alpine:3.20\nRUN sudo ls").replace("\n", "\r\n")
    assert marked(text, lint(text, "compose.yaml").findings) == ["sudo"]


def test_here_documents_and_directives_mean_what_they_mean_in_a_file() -> None:
    text = inline("# syntax=evil/x:1\nFROM alpine:3.20\nRUN <<EOF\nsudo ls\nEOF\nRUN sudo ls")
    findings = lint(text, "compose.yaml", "sudo-in-build", "image-not-official").findings
    assert marked(text, findings) == ["evil/x:1", "sudo", "sudo"]


def test_dollar_signs_are_doubled_in_compose_files() -> None:
    text = inline("ARG TAG=3.20\nFROM alpine:$$TAG\nRUN echo $$HOME && sudo ls")
    findings = lint(
        text, "compose.yaml", "sudo-in-build", "image-reference-invalid", "image-untagged"
    ).findings
    assert marked(text, findings) == ["sudo"]


def test_a_folded_or_quoted_one_is_marked_as_a_whole() -> None:
    value = '"FROM alpine:3.20\\nRUN sudo ls\\n"'
    text = f"services: {{web: {{build: {{dockerfile_inline: {value}}}}}}}\n"
    assert marked(text, lint(text, "compose.yaml").findings) == [value]


def test_an_anchor_is_linted_once() -> None:
    text = inline("FROM alpine:3.20\nRUN sudo ls", "&a |") + "  app: {build: {dockerfile_inline: *a}}\n"
    assert len(lint(text, "compose.yaml").findings) == 1


def test_equal_texts_have_fingerprints_of_their_own() -> None:
    one = inline("FROM alpine:3.20\nRUN sudo ls")
    text = one + one.replace("services:\n", "").replace("web:", "app:")
    findings = lint(text, "compose.yaml").findings
    assert len({finding.fingerprint for finding in findings}) == 2


BUILD_CONFIG = """\
apiVersion: v1
kind: List
items:
  - apiVersion: build.openshift.io/v1
    kind: BuildConfig
    metadata: {name: web}
    spec:
      source:
        dockerfile: |-
          FROM alpine:3.20
          RUN sudo ls
          WHAT is this
"""


def test_build_configs() -> None:
    findings = lint(BUILD_CONFIG, "build.yaml", "sudo-in-build", "unknown-instruction").findings
    assert [finding.rule for finding in findings] == ["sudo-in-build", "unknown-instruction"]
    assert marked(BUILD_CONFIG, findings) == ["sudo", "WHAT"]


def test_other_kinds_of_that_name_hold_none() -> None:
    text = BUILD_CONFIG.replace("build.openshift.io/v1", "example.org/v1")
    assert lint(text, "build.yaml").findings == ()


def test_a_comment_in_it_silences() -> None:
    text = inline("FROM alpine:3.20\n# tollgate: ignore[sudo-in-build] a reason\nRUN sudo ls")
    (finding,) = lint(text, "compose.yaml").findings
    assert finding.suppressed is not None
    assert finding.suppressed.line == 6


def test_a_secret_is_found_once_and_masked() -> None:
    text = inline("FROM alpine:3.20\nENV API_TOKEN=Zx81-qwLm-77t")
    result = lint(text, "compose.yaml", "literal-secret")
    assert marked(text, result.findings) == ["Zx81-qwLm-77t"]
    assert "Zx81-qwLm-77t" in [text[start:end] for start, end in result.masks]
