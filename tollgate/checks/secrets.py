"""Secrets in one assignment and in free text: pure functions that rules and the masking pass share."""

from __future__ import annotations

from tollgate.checks.secret_names import telling
from tollgate.checks.secret_shapes import Hit, secrets_in_text
from tollgate.checks.secret_values import is_secret_under, is_weak_secret_under, literal_span
from tollgate.model.record import NamedTuple

__all__ = ["Hit", "Verdict", "judge_assignment", "secret_by_name", "secret_in_assignment", "secrets_in_text"]


class Verdict(NamedTuple):
    """A secret in the value of an assignment: `value[start:end]`. `kind` never holds part of it.

    `reported` is False for what is only hidden: a placeholder under a telling name may be live.
    """

    kind: str
    start: int
    end: int
    reported: bool = True


def secret_in_assignment(name: str, value: str) -> Verdict | None:
    """The literal secret that `name=value` holds, None for references, paths, placeholders …

    By the value's shape whatever the name is, else by the name.
    """
    return next((verdict for verdict in judge_assignment(name, value) if verdict.reported), None)


def judge_assignment(name: str, value: str) -> list[Verdict]:
    """Everything in `name=value` that no report may print, in order; what is `reported` is a defect."""
    verdicts = [Verdict(hit.kind, hit.start, hit.end, hit.reported) for hit in secrets_in_text(value)]
    if any(verdict.reported for verdict in verdicts):
        return verdicts
    named = secret_by_name(name, value)
    return verdicts if named is None else [named]


def secret_by_name(name: str, value: str) -> Verdict | None:
    """What a telling name makes of a value, whatever shape it has."""
    said = telling(name)
    if said is None:
        return None
    start, end = literal_span(value)
    literal = value[start:end]
    if is_secret_under(said, name, literal):
        return Verdict(said.kind, start, end)
    if is_weak_secret_under(said, name, literal):
        return Verdict(said.kind, start, end, reported=False)
    return None
