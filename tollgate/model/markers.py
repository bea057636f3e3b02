"""Markers in a rule's examples: where exactly a finding is expected.

A line of nothing but `#` and carets marks the text above it, column by column (`#      ^^^^`); `# <-`
marks a place that starts in column 1, whatever its length. Where such a line cannot stand,
brackets around the text (`⟦…⟧`) say the same.
"""

from __future__ import annotations

import re

from tollgate.model.record import NamedTuple
from tollgate.model.source import Position, Region

_CARETS = re.compile(r"\s*#(\s*)(\^+|<-)\s*$")


class Marked(NamedTuple):
    """An example without its markers. `regions` are exact, `starts` say only where one begins."""

    text: str
    regions: tuple[Region, ...]
    starts: tuple[Position, ...]


def strip_markers(text: str) -> Marked:
    """Take the markers out of an example."""
    lines: list[str] = []
    regions: list[Region] = []
    starts: list[Position] = []
    for line in text.splitlines(keepends=True):
        found = _CARETS.match(line)
        if found is None or not lines:
            lines.append(line)
        elif found[2] == "<-":
            starts.append(Position(len(lines), 1))
        else:
            first, end = found.span(2)
            regions.append(Region(Position(len(lines), first + 1), Position(len(lines), end + 1)))
    clean, bracketed = _strip_brackets("".join(lines))
    return Marked(clean, tuple(sorted((*regions, *bracketed))), tuple(starts))


def _strip_brackets(text: str) -> tuple[str, list[Region]]:
    if "⟦" not in text:
        return text, []
    kept: list[str] = []
    open_at: list[Position] = []
    regions: list[Region] = []
    line, column = 1, 1
    for char in text:
        if char == "⟦":
            open_at.append(Position(line, column))
        elif char == "⟧":
            regions.append(Region(open_at.pop(), Position(line, column)))
        else:
            kept.append(char)
            line, column = (line + 1, 1) if char == "\n" else (line, column + 1)
    return "".join(kept), regions
