"""Sources that .dockerignore leaves out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tollgate import catalog
from tollgate.engine.lint import FileResult, Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode


def lint(text: str, files: Mapping[str, str], path: str = "web/Dockerfile") -> FileResult:
    project = Project(read_file=lambda name: files[name].encode() if name in files else None)
    linter = Linter(catalog.heads(), policy=Policy(select=("copied-source-ignored",)), project=project)
    return linter.lint(decode(path, f"FROM alpine:3.20\n{text}\n".encode()), "dockerfile")


def sources(text: str, ignore: str, **more: str) -> list[str]:
    found = lint(text, {"web/.dockerignore": ignore, **more}).findings
    assert {one.rule for one in found} <= {"copied-source-ignored"}
    return [one.message.split("`")[1] for one in found]


@pytest.mark.parametrize(
    ("source", "ignore"),
    [
        ("notes.md", "notes.md"),
        ("./notes.md", "# note\n\n  *.md  "),
        ("docs/a/b.txt", "docs"),
        ("docs/a/b.txt", "/docs/"),
        ("docs/a.txt", "**/*.txt"),
        ("a.txt", "**/*.txt"),
        ("x/node_modules/y", "**/node_modules"),
        ("a1", "a[0-9]"),
        ("b", "[^a]"),
        (".", "**"),
        ("/", "*"),
        ("a.txt", "a.t?t\r\n"),
        ("*.md", "*.md"),
    ],
)
def test_left_out(source: str, ignore: str) -> None:
    assert sources(f"COPY {source} /app/", ignore) == [source]
    assert sources(f"ADD {source} /app/", ignore) == [source]


@pytest.mark.parametrize(
    ("text", "ignore"),
    [
        ("COPY docs/notes.md /app/", "notes.md"),
        ("COPY . /app/", "docs\n*.md"),
        ("COPY app /app/", "apps\nap\napp/x"),
        ("COPY Dockerfile /app/", "**\n!Dockerfile"),
        ("COPY --from=alpine notes.md /app/", "notes.md"),
        ("COPY <<notes.md /app/\nx\nnotes.md", "*"),
        ("ADD https://example.org/notes.md /app/", "**"),
        ("ONBUILD COPY notes.md /app/", "notes.md"),
        ("ARG X\nCOPY $X /app/", "**/x"),
        ("COPY ../notes.md /app/", "notes.md"),
        ("COPY a /app/", "[a\n{a,b}\n"),
    ],
)
def test_not_left_out(text: str, ignore: str) -> None:
    assert sources(text, ignore) == []


def test_the_dockerfiles_own_ignore_file_wins() -> None:
    files = {"web/.dockerignore": "a", "web/Dockerfile.dockerignore": "b"}
    (found,) = lint("COPY a b /app/", files).findings
    assert found.message == "`b` is left out of the build by Dockerfile.dockerignore"
    (related,) = found.related
    assert (related.location.path, related.location.region.start.line) == ("web/Dockerfile.dockerignore", 1)


def test_an_ignore_file_of_another_folder_is_not_ours() -> None:
    assert lint("COPY a /app/", {".dockerignore": "a"}).findings == ()
    assert len(lint("COPY a /app/", {".dockerignore": "a"}, path="Dockerfile").findings) == 1


def test_a_dockerfile_in_a_compose_file_has_another_context() -> None:
    text = (
        "services:\n  web:\n    build:\n      context: ./web\n      dockerfile_inline: |\n"
        "        FROM alpine:3.20\n        COPY a /app/\n"
    )
    project = Project(read_file={".dockerignore": b"a\n"}.get)
    linter = Linter(catalog.rules(), policy=Policy(select=("copied-source-ignored",)), project=project)
    assert linter.lint(decode("compose.yaml", text.encode()), "yaml").findings == ()


def test_what_hangs_on_another_file_is_not_kept() -> None:
    assert not lint("COPY a /app/", {}).cacheable
    assert lint("COPY --from=alpine a /app/", {}).cacheable


def test_many_patterns_take_bounded_time() -> None:
    ignore = "\n".join(f"**/a*{number}" for number in range(5000))
    assert sources("COPY b/a7 /app/", ignore) == []
