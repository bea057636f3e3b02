"""What a shell would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Script

_WORD = re.compile(r"[a-z]+")


def refused(script: Script, _context: Context) -> Iterator[Problem]:
    """The first place that makes no sense, a whole word of it; what follows is mostly its echo."""
    if script.errors:
        start, end = min(script.errors)
        word = _WORD.match(script.source.text, start)
        end = max(end, word.end()) if word is not None else end
        yield Problem(start, end, fields={"text": script.slice(start, end)})
