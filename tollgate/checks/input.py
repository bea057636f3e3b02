"""What readers reported, as problems."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.finding import SEVERITIES, Problem
from tollgate.model.passage import Passage
from tollgate.model.rule import Context
from tollgate.model.target import Target


def reported(target: Target, _context: Context) -> Iterator[Problem]:
    """The reader's own problem, with its places."""
    assert isinstance(target, Passage)
    severity = next((one for one in SEVERITIES if one == target.facts.get("severity")), None)
    yield Problem(target.span.start, target.span.end, related=target.related, severity=severity)
