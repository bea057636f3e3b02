"""One module for each output format, loaded when it is asked for.

A format module offers `render(report, options) -> Iterator[str]`: pieces of the output, in order.
Reporters see a Report and nothing else of Tollgate; they neither print nor write files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from tollgate.model.report import Report
from tollgate.reporters.options import RenderOptions as RenderOptions

FORMATS: dict[str, str] = {
    "text": "tollgate.reporters.text",
    "json": "tollgate.reporters.json",
    "github": "tollgate.reporters.github",
    "sarif": "tollgate.reporters.sarif",
    "diff": "tollgate.reporters.diff",
    "markdown": "tollgate.reporters.markdown",
    "gcc": "tollgate.reporters.gcc",
    "gitlab": "tollgate.reporters.gitlab",
    "junit": "tollgate.reporters.junit",
    "checkstyle": "tollgate.reporters.checkstyle",
    "rdjson": "tollgate.reporters.rdjson",
}
"""Name of each format to the module that writes it."""

SHOWS_EDITS = frozenset({"json", "sarif", "diff", "rdjson"})
"""Formats that print what a fix would write; working that out takes time that others save."""


def render(
    report: Report,
    format: str,  # noqa: A002 (the word for it)
    *,
    options: RenderOptions | None = None,
) -> Iterator[str]:
    """The report in that format, in pieces; the last one ends with a line feed.

    Give `encode` each piece before it is written. Raises KeyError for a format not in FORMATS.
    """
    options = options or RenderOptions()
    pieces: Iterator[str] = import_module(FORMATS[format]).render(report, options)
    if options.github_actions and format != "github":
        return without_commands(pieces)
    return pieces


def encode(piece: str, format: str) -> bytes:  # noqa: A002
    """The bytes of a piece of output. A diff repeats a file's bytes, whatever they are."""
    return piece.encode("utf-8", "surrogateescape" if format == "diff" else "backslashreplace")


def without_commands(pieces: Iterable[str], *, token: str | None = None) -> Iterator[str]:
    """`pieces` such that the GitHub Actions runner takes no line of them as a workflow command.

    `token` ends the pause; no one who wrote the linted files can guess the default.
    """
    if token is None:
        import os

        token = os.urandom(16).hex()
    yield f"::stop-commands::{token}\n"
    last = "\n"
    for piece in pieces:
        if piece:
            yield piece
            last = piece
    yield f"::{token}::\n" if last.endswith("\n") else f"\n::{token}::\n"
