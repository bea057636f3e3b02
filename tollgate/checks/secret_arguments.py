"""Secrets that a Dockerfile takes by ARG or ENV, whatever their value."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.secret_names import telling
from tollgate.checks.secrets import secret_in_assignment
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Problem
from tollgate.model.node import Scalar
from tollgate.model.rule import Context

_HALVES = frozenset({"AWS_ACCESS_KEY_ID"})
"""Half of a pair of credentials, and never passed without the other."""


def passed(instruction: Instruction, _context: Context) -> Iterator[Problem]:
    """Telling names of ARG and ENV. A literal secret value is another rule's finding."""
    for pair in instruction.pairs:
        name = pair.key.value
        kind = _kind(name) if isinstance(name, str) else None
        if kind is not None and _may_hold_one(instruction.keyword, str(name), pair.value):
            yield Problem(
                pair.key.start,
                pair.key.end,
                fields={"keyword": instruction.keyword, "variable": name, "kind": kind},
                key=str(name),
            )


def _kind(name: str) -> str | None:
    if name.upper() in _HALVES:
        return "access key"
    said = telling(name)
    return said.kind if said is not None and said.strength == "strong" else None


def _may_hold_one(keyword: str, name: str, value: Scalar | None) -> bool:
    """ARG: whatever its default is, as the build gives another. ENV: not a path, number or nothing."""
    text = "" if value is None else str(value.value or "")
    if text and secret_in_assignment(name, text) is not None:
        return False
    if keyword == "ARG":
        return not text.startswith(("/", "./"))
    is_harmless = not text or text.startswith(("/", "./", "http://", "https://")) or text.isdigit()
    return not is_harmless and text.lower() not in ("true", "false", "none")
