"""Shell text and where each of its characters stands in the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from tollgate.model.source import Span


class TextMap:
    """Offsets of a shell text to offsets of the source, and back.

    Built of pieces in text order. A piece as long in the source as in the text maps character by
    character; any other (an escape of a JSON string, a line end that only the text has) maps as a whole.
    """

    __slots__ = ("_ends", "_sources", "_starts", "_verbatim")

    def __init__(self, pieces: Iterable[tuple[int, int, int]]) -> None:
        """`pieces`: length in the text, start and end in the source."""
        self._starts: list[int] = []
        self._sources: list[int] = []
        self._ends: list[int] = []
        self._verbatim: list[bool] = []
        at = 0
        for length, start, end in pieces:
            if length:
                self._starts.append(at)
                self._sources.append(start)
                self._ends.append(end)
                self._verbatim.append(length == end - start)
                at += length
        if not self._starts:
            self._starts, self._sources, self._ends, self._verbatim = [0], [0], [0], [False]

    def start(self, offset: int) -> int:
        """Where in the source the character at `offset` of the text starts."""
        piece = bisect_right(self._starts, offset) - 1
        source = self._sources[piece]
        return source + offset - self._starts[piece] if self._verbatim[piece] else source

    def end(self, offset: int) -> int:
        """Where in the source the character before `offset` of the text ends."""
        piece = bisect_right(self._starts, offset - 1) - 1 if offset else 0
        if self._verbatim[piece]:
            return self._sources[piece] + offset - self._starts[piece]
        return self._ends[piece] if offset else self._sources[piece]

    def span(self, start: int, end: int) -> Span:
        """The span in the source of `text[start:end]`; an empty one lies where it stands."""
        if end <= start:
            at = self.end(start)
            return Span(at, at)
        piece = bisect_right(self._starts, start) - 1
        is_last = piece + 1 == len(self._starts)
        if self._verbatim[piece] and (is_last or end <= self._starts[piece + 1]):
            shift = self._sources[piece] - self._starts[piece]
            return Span(start + shift, end + shift)
        return Span(self.start(start), self.end(end))

    def to_text(self, offset: int) -> int:
        """The text offset of what starts at `offset` of the source; 0 for what stands before the text."""
        piece = max(bisect_right(self._sources, offset) - 1, 0)
        inside = max(offset - self._sources[piece], 0) if self._verbatim[piece] else 0
        return self._starts[piece] + inside

    def to_text_end(self, offset: int) -> int:
        """The text offset after what ends at `offset` of the source."""
        return self.to_text(offset - 1) + 1

    def within(self, runs: Sequence[tuple[int, int, int]]) -> TextMap:
        """The map of a text made of pieces of this one.

        `runs`: length in the new text, start and end in this text.
        """
        pieces: list[tuple[int, int, int]] = []
        for length, start, end in runs:
            if length != end - start:
                pieces.append((length, *self.span(start, end)))
                continue
            pieces.extend(self._cut(start, end))
        return TextMap(pieces)

    def _cut(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """This map's pieces from `start` to `end`."""
        found: list[tuple[int, int, int]] = []
        piece = bisect_right(self._starts, start) - 1
        while start < end:
            last = piece + 1 == len(self._starts)
            stop = end if last else min(end, self._starts[piece + 1])
            found.append((stop - start, self.start(start), self.end(stop)))
            start = stop
            piece += 1
        return found
