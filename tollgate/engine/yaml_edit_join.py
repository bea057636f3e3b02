"""Edits that were planned one by one, made to stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from tollgate.engine.yaml_edit_text import Refused, break_before, line_start
from tollgate.model.finding import Edit


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """`text` with sorted, separate edits made."""
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        if start < at:
            raise ValueError("edits overlap or are out of order")
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def moved_offset(offset: int, edits: Sequence[Edit], *, after: bool = False) -> int:
    """Where an offset of the old text is in the new one; inside what was replaced: at its start.

    `after`: what was inserted right at the offset comes before it.
    """
    shift = 0
    for start, end, new in edits:
        if start > offset or (start == offset and not (after and end == start)):
            break
        if offset < end:
            return start + shift
        shift += len(new) - (end - start)
    return offset + shift


def joined(text: str, found: Iterable[tuple[int, Edit]]) -> tuple[Edit, ...]:
    """Sorted edits that do not overlap. Each comes with its depth in the tree: of two insertions at
    one place the deeper one comes first.

    Deletions that overlap become one; an insertion inside deleted lines goes to the end of the line
    before them. Raises Refused for any other overlap.
    """
    edits = sorted(found, key=lambda one: (one[1].start, one[1].end, -one[0]))
    cuts = _united_cuts(text, [edit for _, edit in edits if not edit.text and edit.end > edit.start])
    rest = [(depth, edit) for depth, edit in edits if edit.text]
    placed = [(depth, _outside(text, edit, cuts)) for depth, edit in rest]
    placed += [(0, cut) for cut in cuts]
    placed.sort(key=lambda one: (one[1].start, one[1].end, -one[0]))
    result = tuple(edit for _, edit in placed)
    if any(other.start < one.end for one, other in pairwise(result)):
        raise Refused("the changes overlap in the text")
    return result


def _united_cuts(text: str, cuts: list[Edit]) -> list[Edit]:
    united: list[Edit] = []
    for cut in cuts:
        if united and cut.start < united[-1].end:
            start, end = united[-1].start, max(united[-1].end, cut.end)
            if end == len(text) and text[cut.start] in "\r\n" and start and line_start(text, start) == start:
                start = break_before(text, start)
            united[-1] = Edit(start, end, "")
        else:
            united.append(cut)
    return united


def _outside(text: str, edit: Edit, cuts: list[Edit]) -> Edit:
    """The insertion, moved out of the lines that go."""
    at = edit.start
    if (
        cuts
        and edit.start == cuts[-1].end == len(text)
        and line_start(text, cuts[-1].start) == cuts[-1].start
    ):
        raise Refused("the changes overlap in the text")
    for cut in reversed(cuts):
        if edit.start == edit.end and cut.start < at < cut.end:
            if cut.start == 0 or line_start(text, cut.start) != cut.start:
                raise Refused("the changes overlap in the text")
            at = break_before(text, cut.start)
    return edit if at == edit.start else Edit(at, at, edit.text)
