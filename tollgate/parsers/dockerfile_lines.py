"""Physical lines to logical ones, as BuildKit joins them, with the offset of every piece.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/parser (the line layer is the same in
v0.12.5, which PyPI `dockerfile` binds).
"""

from __future__ import annotations

from bisect import bisect_right

from tollgate.model.node import Scalar
from tollgate.model.source import Span

SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's unicode.IsSpace takes for a blank."""

LINE_BYTES = 65535
"""BuildKit refuses a file with a longer line."""


class LogicalLine:
    """The text of an instruction without continuations and comments, and where each part stands.

    text       the pieces put together
    pieces     their spans in the source
    comments   spans of the comment lines between the pieces
    start      offset of the first physical line's first non-blank
    next       offset of the line that follows
    """

    __slots__ = ("_starts", "comments", "next", "pieces", "start", "text")

    def __init__(
        self, text: str, pieces: list[tuple[int, int]], comments: list[Span], *, start: int, next_line: int
    ) -> None:
        self.text = text
        self.pieces = pieces
        self.comments = comments
        self.start = start
        self.next = next_line
        self._starts: list[int] | None = None

    def offset(self, index: int) -> int:
        """The source offset of `text[index]`; of the end of the text if `index` is its length."""
        pieces = self.pieces
        if len(pieces) == 1:
            return pieces[0][0] + index
        piece = bisect_right(self._piece_starts(), index) - 1
        return pieces[piece][0] + index - self._piece_starts()[piece]

    def span(self, start: int, end: int) -> Span:
        """The source span of `text[start:end]`, continuations between its first and last character
        included."""
        pieces = self.pieces
        if len(pieces) == 1:
            base = pieces[0][0]
            return Span(base + start, base + end)
        if end <= start:
            first = self.offset(start)
            return Span(first, first)
        return Span(self.offset(start), self.offset(end - 1) + 1)

    def scalar(self, value: str, start: int, end: int, style: str = "") -> Scalar:
        """A scalar that stands for `text[start:end]`."""
        pieces = self.pieces
        if len(pieces) == 1:
            base = pieces[0][0]
            return Scalar(value, base + start, base + end, style)
        return Scalar(value, *self.span(start, end), style)

    def cut(self, start: int, end: int) -> tuple[Span, ...]:
        """The source spans that make up `text[start:end]`."""
        if end <= start:
            return ()
        pieces = self.pieces
        if len(pieces) == 1:
            base = pieces[0][0]
            return (Span(base + start, base + end),)
        starts = self._piece_starts()
        first = bisect_right(starts, start) - 1
        found = []
        for at, (begin, stop) in zip(starts[first:], pieces[first:], strict=True):
            if at >= end:
                break
            cut = Span(begin + max(0, start - at), min(stop, begin + end - at))
            if cut.start < cut.end:
                found.append(cut)
        return tuple(found)

    def _piece_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = starts = []
            at = 0
            for begin, end in self.pieces:
                starts.append(at)
                at += end - begin
        return self._starts


def read_line(text: str, at: int, escape: str, comments: list[Span]) -> LogicalLine | None:
    """The next logical line from offset `at` (a line's start); None when only blanks and comments are
    left. Comments before it are added to `comments`."""
    size = len(text)
    while at < size:
        stop = text.find("\n", at)
        if stop < 0:
            stop = size
        line = text[at:stop].lstrip(SPACE)
        start = stop - len(line)
        if not line:
            at = stop + 1
        elif line[0] == "#":
            comments.append(Span(start, start + len(line.rstrip("\r"))))
            at = stop + 1
        else:
            content = line.rstrip("\r")
            kept = _before_continuation(content, escape)
            if kept < 0:
                return LogicalLine(
                    content, [(start, start + len(content))], [], start=start, next_line=stop + 1
                )
            return _continued(text, stop + 1, escape, [(start, start + kept)])
    return None


def _before_continuation(line: str, escape: str) -> int:
    """How much of the line stands before the escape character that continues it; -1 if none does.

    An escape character before it undoes it.
    """
    if escape not in line:
        return -1
    line = line.rstrip(" \t")
    if not line.endswith(escape) or line.endswith(escape, 0, -1):
        return -1
    return len(line) - 1


def _continued(text: str, at: int, escape: str, pieces: list[tuple[int, int]]) -> LogicalLine:
    start = pieces[0][0]
    comments: list[Span] = []
    size = len(text)
    while at < size:
        stop = text.find("\n", at)
        if stop < 0:
            stop = size
        line = text[at:stop].rstrip("\r")
        bare = line.lstrip(SPACE)
        begin, at = at, stop + 1
        if not bare:
            continue
        if bare[0] == "#":
            comments.append(Span(begin + len(line) - len(bare), begin + len(line)))
            continue
        kept = _before_continuation(line, escape)
        if kept < 0:
            pieces.append((begin, begin + len(line)))
            break
        pieces.append((begin, begin + kept))
    joined = "".join([text[begin:end] for begin, end in pieces])
    filled = [piece for piece in pieces if piece[0] < piece[1]] or pieces[:1]
    return LogicalLine(joined, filled, comments, start=start, next_line=at)


def find_body_end(text: str, at: int, name: str, *, strip_tabs: bool) -> tuple[int, int]:
    """Where the line stands that ends a here-document whose body begins at offset `at`, and the offset
    of the line after it; -1 and the text's length if there is none."""
    size = len(text)
    while at < size:
        stop = text.find("\n", at)
        following = size if stop < 0 else stop + 1
        if _as_end(text[at:following], strip_tabs=strip_tabs) == name:
            return at, following
        at = following
    return -1, size


def _as_end(line: str, *, strip_tabs: bool) -> str:
    line = line.rstrip("\r\n")
    return line.lstrip("\t") if strip_tabs else line


def last_lines(text: str) -> dict[tuple[str, bool], int]:
    """The offset of the last line that could end a here-document, by its name and whether tabs before
    it are dropped: answers at once that none follows."""
    found: dict[tuple[str, bool], int] = {}
    at = 0
    for line in text.split("\n"):
        for strip_tabs in (False, True):
            found[_as_end(line, strip_tabs=strip_tabs), strip_tabs] = at
        at += len(line) + 1
    return found


def body_lines(text: str, start: int, end: int, *, strip_tabs: bool) -> list[Span]:
    """The lines of a body, each with its line break, without the tabs that are dropped."""
    lines: list[Span] = []
    while start < end:
        stop = text.find("\n", start, end)
        following = end if stop < 0 else stop + 1
        if strip_tabs:
            start = following - len(text[start:following].lstrip("\t"))
        lines.append(Span(start, following))
        start = following
    return lines


def too_long_lines(text: str) -> list[Span]:
    """The lines that are longer than BuildKit reads, without their line break."""
    if len(text) * 4 <= LINE_BYTES:
        return []
    found = []
    at = 0
    while at < len(text):
        stop = text.find("\n", at)
        if stop < 0:
            stop = len(text)
        if stop - at > LINE_BYTES // 4 and len(text[at:stop].encode("utf-8", "replace")) > LINE_BYTES:
            found.append(Span(at, stop))
        at = stop + 1
    return found
