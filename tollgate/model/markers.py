"""Markers in a rule's examples: where exactly a finding is expected.

A line of nothing but `#` and carets marks the text above it, column by column (`#   ^^^  ^^`); `# <-`
marks a place that starts in column 1, whatever its length. Where such a line cannot stand,
brackets around the text (`⟦…⟧`) say the same.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple
from tollgate.model.source import Position, Region

_MARKER = re.compile(r"\s*#\s*(?:<-|\^[\s^]*)$")
_CARETS = re.compile(r"\^+")
_MEANT = re.compile(r"\s*#[\s#]*(?:\^|<-)")
"""A line that was to be a marker, as its writer would say."""


class Marked(NamedTuple):
    """An example without its markers. `regions` are exact, `starts` say only where one begins."""

    text: str
    regions: tuple[Region, ...]
    starts: tuple[Position, ...]


def strip_markers(text: str) -> Marked:
    """Take the markers out of an example. Raises ValueError for one that cannot be read: if it were taken
    for text, the example would say less than its writer meant."""
    lines: list[str] = []
    regions: list[Region] = []
    starts: list[Position] = []
    for line in text.splitlines(keepends=True):
        if _MEANT.match(line) is None:
            lines.append(line)
            continue
        if _MARKER.match(line) is None or not lines:
            raise ValueError(f"this marker cannot be read: {line.rstrip()!r}")
        for found in _CARETS.finditer(line):
            first, end = found.span()
            regions.append(Region(Position(len(lines), first + 1), Position(len(lines), end + 1)))
        if "^" not in line:
            starts.append(Position(len(lines), 1))
    clean, bracketed = _strip_brackets("".join(lines))
    return Marked(clean, tuple(sorted((*regions, *bracketed))), tuple(starts))


def _strip_brackets(text: str) -> tuple[str, list[Region]]:
    if "⟦" not in text and "⟧" not in text:
        return text, []
    kept: list[str] = []
    open_at: list[Position] = []
    regions: list[Region] = []
    line, column = 1, 1
    for char in text:
        if char == "⟦":
            open_at.append(Position(line, column))
        elif char == "⟧":
            if not open_at:
                raise ValueError(f"a `⟧` in line {line} closes nothing")
            regions.append(Region(open_at.pop(), Position(line, column)))
        else:
            kept.append(char)
            line, column = (line + 1, 1) if char == "\n" else (line, column + 1)
    if open_at:
        raise ValueError(f"a `⟦` in line {open_at[-1].line} is not closed")
    return "".join(kept), regions
