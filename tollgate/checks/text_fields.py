"""Values that the API wants as text and YAML reads as something else, and labels that it refuses."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Part
from tollgate.model.node import Mapping, Node, Scalar, Sequence
from tollgate.model.rule import Context

_LABEL = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LONGEST_LABEL = 63


def entry_not_text(part: Part, _context: Context) -> Iterator[Problem]:
    """A label's or annotation's value that is no string."""
    kind, fix = not_text(part, part.node, part.trail)
    if kind:
        yield _at_entry(part, {"kind": kind, "key": part.trail[-1]})._replace(fix=fix)


def env_not_text(part: Part, _context: Context) -> Iterator[Problem]:
    """An environment variable's value that is no string."""
    value = part.field("value")
    if isinstance(value, Scalar | Mapping | Sequence):
        kind, fix = not_text(part, value, (*part.trail, "value"))
        if kind:
            yield problem_at(part, "value", fields={"kind": kind}, fix=fix)


def not_text(part: Part, node: Node, trail: tuple[str | int, ...]) -> tuple[str, FixPlan | None]:
    """What it is instead ("" if nothing is wrong), and how to put it in quotes as it is written."""
    if not isinstance(node, Scalar):
        return "mapping" if isinstance(node, Mapping) else "list", None
    if node.value is None or isinstance(node.value, str):
        return "", None
    written = part.source.text[node.start : node.end]
    change = Change("set", part.document, trail, written)
    fix = FixPlan(True, (change,), title=f'write `"{written}"`') if node.tag is None else None
    return "boolean" if isinstance(node.value, bool) else "number", fix


def _at_entry(part: Part, fields: dict[str, object]) -> Problem:
    return problem_at(part.manifest, *part.trail[len(part.manifest.trail) :], fields=fields)


def label_value(part: Part, _context: Context) -> Iterator[Problem]:
    """A label's value that the API refuses; what is filled in later is nobody's yet."""
    text = part.node.value if isinstance(part.node, Scalar) else None
    if not isinstance(text, str) or not text or "$" in text or "{{" in text:
        return
    if _LABEL.fullmatch(text) is None:
        reason = "is longer than 63 characters" if len(text) > _LONGEST_LABEL else "is no label value"
        yield _at_entry(part, {"key": part.trail[-1], "value": part.node, "reason": reason})
