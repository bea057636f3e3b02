"""A proposed fix as lines in place of lines."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model.finding import Edit, Finding
from tollgate.model.masked import MaskedText, visible
from tollgate.model.record import NamedTuple
from tollgate.reporters.texts import tellable_edits

MOST_LINES = 30
"""A longer fix is only named."""


class Suggestion(NamedTuple):
    """Lines `first` to `last` of the file (1-based, both included) become `lines`; `old`: what they are."""

    first: int
    last: int
    old: tuple[str, ...]
    lines: tuple[str, ...]


def suggestions(
    finding: Finding, text: MaskedText | None, old: MaskedText | None = None
) -> list[Suggestion] | None:
    """What the fix would write, place by place; None if there is no fix, if it is long, or if showing it
    would tell a secret of the file, or of the file as it was (`old`)."""
    edits = tellable_edits(finding, text)
    if edits is None or text is None:
        return None
    found = []
    for group in _by_lines(edits, text):
        one = _suggestion(group, text)
        if one is None or len(one.lines) + len(one.old) > MOST_LINES:
            return None
        if old is not None and any(map(old.tells_secret, (*one.old, *one.lines))):
            return None
        found.append(one._replace(old=_visible(one.old), lines=_visible(one.lines)))
    return found if len(found) <= MOST_LINES else None


def _by_lines(edits: Sequence[Edit], text: MaskedText) -> list[list[Edit]]:
    """Edits that touch the same lines, or neighbours, together."""
    groups: list[list[Edit]] = []
    last = -1
    for edit in sorted(edits):
        region = text.region(edit.start, edit.end)
        if groups and region.start.line <= last + 1:
            groups[-1].append(edit)
        else:
            groups.append([edit])
        last = max(last, region.end.line)
    return groups


def _suggestion(edits: Sequence[Edit], text: MaskedText) -> Suggestion | None:
    first, column = text.region(edits[0].start, edits[0].start).start
    stop = max(edit.end for edit in edits)
    last, end_column = text.region(stop, stop).start
    start = edits[0].start - (column - 1)
    end = stop + text.line_length(last) - (end_column - 1)
    old = text.exact(start, end)
    if old is None:
        return None
    pieces = []
    at = start
    for edit in edits:
        if edit.start < at:
            return None  # they overlap: nothing can be said of them together
        pieces += [old[at - start : edit.start - start], edit.text]
        at = edit.end
    new = "".join((*pieces, old[at - start :]))
    old_lines, new_lines = _lines(old), _lines(new)
    # An edit that begins or ends with a line break takes in a line that it leaves as it is.
    while len(old_lines) > 1 and new_lines and old_lines[-1] == new_lines[-1]:
        old_lines.pop()
        new_lines.pop()
        last -= 1
    while len(old_lines) > 1 and len(new_lines) > 1 and old_lines[0] == new_lines[0]:
        old_lines.pop(0)
        new_lines.pop(0)
        first += 1
    return Suggestion(first, last, tuple(old_lines), tuple(new_lines))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _visible(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("\t".join(visible(piece) for piece in line.split("\t")) for line in lines)
