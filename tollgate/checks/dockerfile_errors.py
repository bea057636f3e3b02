"""What BuildKit refuses to read, where a fix can be proposed."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.dockerfile_parts import nearest_keyword
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.passage import Passage
from tollgate.model.rule import Context
from tollgate.model.source import Source
from tollgate.model.target import Target

_GO_ON = ("&&", "||", "|", "\\", ";", "then", "do", "else", "{")
_GOES_ON = ("&", "|", "-", ">", ")")


def unknown_instruction(target: Target, _context: Context) -> Iterator[Problem]:
    """A keyword that does not exist, with the nearest one that does, or with the lost `\\` above it."""
    assert isinstance(target, Passage)
    start, end = target.span
    word = target.source.text[start:end]
    near = nearest_keyword(word)
    if near is not None:
        written = FixPlan(safe=False, edits=(Edit(start, end, near),), title=f"write `{near}`")
        yield Problem(start, end, fix=written)
        return
    above = _end_of_unfinished(target.source, start, word)
    if above is None:
        yield Problem(start, end)
        return
    # The word itself is part of the edits: it stops being an instruction.
    edits = (Edit(above, above, " \\"), Edit(start, end, word))
    fix = FixPlan(safe=False, edits=edits, title="let the line above go on here")
    message = "unknown instruction: the line above does not go on here, for it does not end with `\\`"
    yield Problem(start, end, message=message, fix=fix)


def _end_of_unfinished(source: Source, start: int, word: str) -> int | None:
    """The end of the line above, if it or this one looks like half a command."""
    number = source.position(start).line
    if number < 2 or source.line(1).lstrip().startswith("# escape"):
        return None
    above = source.line(number - 1)
    text = above.rstrip()
    if not text or text.lstrip().startswith("#"):
        return None
    indented = start > source.line_starts[number - 1]
    if text.endswith(_GO_ON[:3]) or word.startswith(_GOES_ON) or (indented and text.endswith(_GO_ON)):
        return source.line_starts[number - 2] + len(text)
    return None
