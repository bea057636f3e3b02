"""What BuildKit refuses to read, where a fix can be proposed."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.dockerfile_parts import nearest_keyword
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.passage import Passage
from tollgate.model.rule import Context
from tollgate.model.target import Target


def unknown_instruction(target: Target, _context: Context) -> Iterator[Problem]:
    """A keyword that does not exist, with the nearest one that does."""
    assert isinstance(target, Passage)
    start, end = target.span
    near = nearest_keyword(target.source.text[start:end])
    fix = (
        None
        if near is None
        else FixPlan(safe=False, edits=(Edit(start, end, near),), title=f"write `{near}`")
    )
    yield Problem(start, end, fix=fix)
