"""A file's text, decoded once, with offsets, positions and masks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, count
from operator import add

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple

MASK = "[secret]"
"""What is shown in place of any secret, whatever its length."""

SHORTEST_SCRUBBED = 4
"""A shorter text stands in too many words to be taken out of messages."""

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    """1-based line and column; columns count Unicode characters."""

    line: int
    column: int


class Region(NamedTuple):
    """From `start` up to, not including, `end` (half-open)."""

    start: Position
    end: Position


class Span(NamedTuple):
    """Half-open range of character offsets into `Source.text`."""

    start: int
    end: int


class Source:
    """The text of one file; create it with `decode`.

    `path` is what reports print: relative to the root, with `/`. `text` has no byte order mark;
    bytes that do not decode are lone surrogates, so that `encode` gives every byte back.
    """

    __slots__ = ("_line_starts", "_masks", "_secrets", "bom", "data", "encoding", "path", "text")

    def __init__(self, path: str, data: bytes, text: str, *, encoding: str, bom: bytes) -> None:
        self.path = path
        self.data = data
        self.text = text
        self.encoding = encoding
        self.bom = bom
        self._masks: tuple[Span, ...] = ()
        self._secrets = NO_SECRETS
        self._line_starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.data)} bytes)"

    @property
    def line_starts(self) -> list[int]:
        """Offset of each line's first character. Lines end at LF, CRLF or CR, as in editors."""
        if self._line_starts is None:
            self._line_starts = _line_starts(self.text)
        return self._line_starts

    def position(self, offset: int) -> Position:
        if offset == 0:  # the place of what is said of a whole file, which may be too large to index
            return Position(1, 1)
        starts = self.line_starts
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def region(self, start: int, end: int) -> Region:
        first = self.position(start)
        starts = self._line_starts
        if starts is not None and 0 < start < end:  # nearly always on the same line
            line = first.line
            if line == len(starts) or end < starts[line]:
                return Region(first, Position(line, first.column + end - start))
        return Region(first, self.position(end))

    def line(self, number: int) -> str:
        """The text of the 1-based line, without its line break."""
        starts = self.line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def parser_text(self) -> str:
        """`text` with each undecodable byte as U+FFFD; offsets stay the same."""
        if self.text.isascii() or not has_surrogate(self.text):
            return self.text
        return _SURROGATE.sub("\ufffd", self.text)

    def encode(self, text: str) -> bytes:
        """The bytes of an edited text, byte order mark and undecodable bytes included."""
        return self.bom + text.encode(self.encoding, _error_handler(self.encoding))

    @property
    def masks(self) -> tuple[Span, ...]:
        """The spans of secrets in order, overlapping ones joined: no reporter prints them."""
        return self._masks

    def mask(self, spans: Iterable[Span]) -> None:
        """Say where the secrets are, in place of what was said before."""
        given = [span for span in sorted(spans) if span.start < span.end]
        self._masks = tuple(_joined(given))
        self._secrets = Secrets(self.text[start:end] for start, end in given)

    def masks_in(self, start: int, end: int) -> tuple[Span, ...]:
        """The masks that overlap `start` to `end`."""
        first = bisect_right(self._masks, start, key=_end_of)
        return self._masks[first : bisect_left(self._masks, end, lo=first, key=_start_of)]

    def is_masked(self, start: int, end: int) -> bool:
        return bool(self._masks) and bool(self.masks_in(start, end))

    def scrub(self, message: str) -> str:
        """`message` without any masked text of this source of four characters or more."""
        return self._secrets.scrub(message)


def _line_starts(text: str) -> list[int]:
    if "\r" in text:
        return [0, *(found.end() for found in _LINE_BREAK.finditer(text))]
    ends = accumulate(map(len, text.split("\n")))  # each without the line breaks before it
    starts = [0, *map(add, ends, count(1))]
    starts.pop()  # the last line is followed by none
    return starts


_WORTH_KEEPING = 500
"""Characters from which on the scrubbed text is remembered."""


class Secrets:
    """Texts that no message may hold, found in one pass however many there are."""

    __slots__ = ("_by_head", "_last", "_texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(text for text in texts if len(text) >= SHORTEST_SCRUBBED)
        lengths: dict[str, set[int]] = {}
        for text in self._texts:
            lengths.setdefault(text[:SHORTEST_SCRUBBED], set()).add(len(text))
        self._by_head = {head: sorted(found, reverse=True) for head, found in lengths.items()}
        self._last = ("", "")
        """The last long message and its scrubbed text: thousands of secrets may stand in one instruction,
        whose words name each of them."""

    def scrub(self, message: str) -> str:
        """`message` with each of the texts, the longest where several begin, as MASK."""
        if not self._texts:
            return message
        if len(message) < _WORTH_KEEPING:
            return self._scrubbed(message)
        if message != self._last[0]:
            self._last = (message, self._scrubbed(message))
        return self._last[1]

    def _scrubbed(self, message: str) -> str:
        parts: list[str] = []
        kept = at = 0
        while at < len(message):
            length = self._length_at(message, at)
            if length:
                parts += (message[kept:at], MASK)
                kept = at + length
            at += length or 1
        return message if not parts else "".join((*parts, message[kept:]))

    def _length_at(self, message: str, at: int) -> int:
        lengths = self._by_head.get(message[at : at + SHORTEST_SCRUBBED], ())
        return next((length for length in lengths if message[at : at + length] in self._texts), 0)


NO_SECRETS = Secrets(())


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans with overlapping ones as one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _start_of(span: Span) -> int:
    return span.start


def _end_of(span: Span) -> int:
    return span.end


_SURROGATE = re.compile("[\ud800-\udfff]")

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def has_surrogate(text: str) -> bool:
    return _SURROGATE.search(text) is not None


def _error_handler(encoding: str) -> str:
    return "surrogateescape" if encoding == "utf-8" else "surrogatepass"


def decode(path: str, data: bytes) -> Source:
    """Decode bytes by their byte order mark, else as UTF-8. Any bytes at all decode.

    UTF-16 with an odd number of bytes is read as UTF-8, so that nothing is lost.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            body = data[len(bom) :]
            try:
                text = body.decode(encoding, _error_handler(encoding))
            except UnicodeDecodeError:
                break
            return Source(path, data, text, encoding=encoding, bom=bom)
    return Source(path, data, data.decode("utf-8", "surrogateescape"), encoding="utf-8", bom=b"")
