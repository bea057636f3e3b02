"""A file's text, decoded once, with offsets, positions and masks."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

MASK = "[secret]"
"""What is shown in place of any secret, whatever its length."""

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
    `masks` are the spans of secrets: no reporter prints them.
    """

    __slots__ = ("_line_starts", "bom", "data", "encoding", "masks", "path", "text")

    def __init__(self, path: str, data: bytes, text: str, *, encoding: str, bom: bytes) -> None:
        self.path = path
        self.data = data
        self.text = text
        self.encoding = encoding
        self.bom = bom
        self.masks: list[Span] = []
        self._line_starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.data)} bytes)"

    @property
    def line_starts(self) -> list[int]:
        """Offset of each line's first character. Lines end at LF, CRLF or CR, as in editors."""
        if self._line_starts is None:
            self._line_starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        return self._line_starts

    def position(self, offset: int) -> Position:
        if offset == 0:  # the place of what is said of a whole file, which may be too large to index
            return Position(1, 1)
        starts = self.line_starts
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def region(self, start: int, end: int) -> Region:
        return Region(self.position(start), self.position(end))

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

    def is_masked(self, start: int, end: int) -> bool:
        return any(mask.start < end and start < mask.end for mask in self.masks)

    def scrub(self, message: str) -> str:
        """`message` without any masked text of this source."""
        for mask in self.masks:
            secret = self.text[mask.start : mask.end]
            if len(secret) >= 4 and secret in message:
                message = message.replace(secret, MASK)
        return message


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
