"""Pipelines whose failure nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.finding import Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Pipeline
from tollgate.model.target import Target

_HARMLESS = frozenset({"echo", "printf", "yes", "true", ":"})
"""Commands in front of a pipe that do not fail in any way that matters."""


def failure_hidden(target: Target, _context: Context) -> Iterator[Problem]:
    """A pipeline without pipefail in which a command before the last one can fail."""
    assert isinstance(target, Pipeline)
    if not target.script.is_posix:
        return
    before = [command for part in target.parts[:-1] for command in part]
    if not before or all(command.name in _HARMLESS for command in before):
        return
    first = next(command for command in before if command.name not in _HARMLESS)
    span = first.grip()
    yield Problem(span.start, span.end, fields={"first": first.name or "a command"})
