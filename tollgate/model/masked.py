"""Source text as reports may show it: without secrets, and without characters that act on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from tollgate.model.record import NamedTuple
from tollgate.model.source import MASK, Position, Region, Secrets, Source, Span

TAB_WIDTH = 4

_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that are escaped: controls, format controls (bidi among them), lone surrogates,
line and paragraph separators."""


def visible(text: str) -> str:
    """`text` with every character that acts on a terminal or cannot be encoded as an escape.

    A line break or tab is such a character, too: `\\n`, `\\x1b`, `\\u202e`, `\\udc80`, `\\U000e0001`.
    """
    if text.isprintable():
        return text
    return "".join(map(visible_character, text))


def visible_character(char: str) -> str:
    """The escape of a single character, or the character itself where it is harmless."""
    if char.isprintable():
        return char
    import unicodedata

    if unicodedata.category(char) not in _ACTING:
        return char
    return _SHORT.get(char) or _numeric_escape(ord(char))


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _numeric_escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Columns(NamedTuple):
    """1-based, half-open range of columns in one line."""

    start: int
    end: int


class Shown(NamedTuple):
    """A line to print, and where the asked-for columns are in it."""

    text: str
    spans: tuple[Columns, ...]


class ExactLine(NamedTuple):
    """A line as it stands in the file, line feed included; not to be printed if it holds a `secret`."""

    text: str
    secret: bool


class _Layout(NamedTuple):
    text: str
    begins: list[int]
    ends: list[int]


class MaskedText:
    """The only way from a file's text to a report. Lines are 1-based and counted as `Source` does."""

    __slots__ = ("_kept", "_source", "_told")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: tuple[int, tuple[Span, ...], _Layout] | None = None
        self._told: tuple[tuple[Span, ...], Secrets] | None = None

    def __repr__(self) -> str:
        return f"MaskedText({self._source.path!r})"

    @property
    def path(self) -> str:
        return self._source.path

    @property
    def encoding(self) -> str:
        """utf-8, utf-16-le or utf-16-be."""
        return self._source.encoding

    @property
    def bom(self) -> bytes:
        return self._source.bom

    @property
    def line_count(self) -> int:
        return len(self._source.line_starts)

    def line(self, number: int) -> str:
        """The line without its break: secrets as MASK, acting characters as escapes (tabs stay).

        A number outside the file gives an empty line, so that a wrong region cannot stop a report.
        """
        return "".join(piece if piece == "\t" else shown for piece, shown in self._pieces(number))

    def lines(self, first: int, last: int) -> list[str]:
        """Lines from `first` to `last`, both included."""
        return [self.line(number) for number in range(first, last + 1)]

    def shown(self, number: int, spans: Iterable[Columns] = ()) -> Shown:
        """The line with tabs as blanks, and `spans` moved to where their text now stands.

        A span that touches a secret covers the whole MASK.
        """
        text, begins, ends = self._layout(number)
        last = len(begins) - 1
        moved = []
        for start, end in spans:
            first = begins[min(max(start - 1, 0), last)]
            stop = first if end <= start else ends[min(max(end - 2, 0), last)]
            moved.append(Columns(first + 1, max(first, stop) + 1))
        return Shown(text, tuple(moved))

    def _layout(self, number: int) -> _Layout:
        """What is shown of a line, and where its characters begin and end there. The last one is kept:
        a line of JSON may be a megabyte long, with a thousand findings."""
        masks = self._source.masks
        if self._kept is not None and self._kept[0] == number and self._kept[1] is masks:
            return self._kept[2]
        parts: list[str] = []
        begins, ends = [], []
        width = 0
        for piece, replacement in self._pieces(number):
            # A tab stop depends on what stands before it.
            text = " " * (TAB_WIDTH - width % TAB_WIDTH) if piece == "\t" else replacement
            begins.extend([width] * len(piece))
            width += len(text)
            ends.extend([width] * len(piece))
            parts.append(text)
        begins.append(width)
        ends.append(width)
        layout = _Layout("".join(parts), begins, ends)
        self._kept = (number, masks, layout)
        return layout

    def line_length(self, number: int) -> int:
        """How many characters the line has, without its break."""
        return len(self._source.line(number)) if 1 <= number <= self.line_count else 0

    def first_word(self, number: int) -> int:
        """1-based column of the line's first character that is no blank, or its end."""
        text = self._source.line(number) if 1 <= number <= self.line_count else ""
        return len(text) - len(text.lstrip(" \t")) + 1

    def exact_lines(self) -> list[ExactLine]:
        """The whole text cut after each line feed, as git and patch cut it; joined, it is the text."""
        lines = []
        start = 0
        for text in split_after_line_feed(self._source.text):
            end = start + len(text)
            lines.append(ExactLine(text, self._source.is_masked(start, end)))
            start = end
        return lines

    def masked(self) -> str:
        """The whole text with secrets as MASK and everything else, controls included, as it stands."""
        text = self._source.text
        parts = []
        at = 0
        for start, end in self._source.masks:
            parts += [text[at:start], MASK]
            at = end
        parts.append(text[at:])
        return "".join(parts)

    def scrub(self, message: str) -> str:
        """`message` without any secret of this file."""
        return self._source.scrub(message)

    def region(self, start: int, end: int) -> Region:
        """Lines and columns of a span of offsets."""
        return self._source.region(start, end)

    def exact(self, start: int, end: int) -> str | None:
        """The text of a span of offsets as it stands in the file; None if it holds a part of a secret."""
        return None if self._source.is_masked(start, end) else self._source.text[start:end]

    def byte_column(self, position: Position) -> int:
        """The column of a position counted in bytes of UTF-8, a byte order mark of the file included."""
        line, column = position
        if not 1 <= line <= self.line_count:
            return column
        before = self._source.line(line)[: column - 1]
        try:
            length = len(before.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError:  # UTF-16 with half a pair
            length = len(before.encode("utf-8", "surrogatepass"))
        return length + 1 + (len(self.bom) if line == 1 and self.encoding == "utf-8" else 0)

    def repeats_secret(self, text: str) -> bool:
        """Whether `text` holds a secret of this file, or a whole line of one."""
        return any(piece in text for mask in self._source.masks for piece in self._secret_lines(mask))

    def tells_secret(self, text: str) -> bool:
        """The same for a text of which little is known: what many words hold tells no secret."""
        masks = self._source.masks
        if not masks:
            return False
        if self._told is None or self._told[0] is not masks:
            self._told = (masks, Secrets(piece for mask in masks for piece in self._secret_lines(mask)))
        return self._told[1].scrub(text) != text

    def line_tells(self, number: int, other: MaskedText) -> bool:
        """Whether a line, its own secrets masked, holds one of another text: of the file before a change."""
        if not 1 <= number <= self.line_count:
            return False
        first, text = self._source.line_starts[number - 1], self._source.line(number)
        parts, at = [], 0
        for start, end in self._source.masks_in(first, first + len(text)):
            parts += [text[at : max(start - first, at)], MASK]
            at = min(end - first, len(text))
        return other.tells_secret("".join((*parts, text[at:])))

    def _secret_lines(self, mask: tuple[int, int]) -> list[str]:
        lines = self._source.text[mask[0] : mask[1]].splitlines()
        return [line.strip() for line in lines if line.strip()]

    def _pieces(self, number: int) -> list[tuple[str, str]]:
        """The line as (characters that stand there, what is shown for them), tabs on their own."""
        if not 1 <= number <= self.line_count:
            return []
        text = self._source.line(number)
        first = self._source.line_starts[number - 1]
        pieces: list[tuple[str, str]] = []
        at = 0
        for start, end in self._source.masks_in(first, first + len(text)):
            begin, stop = max(start - first, 0), min(end - first, len(text))
            if begin < stop:
                pieces += [(char, visible_character(char)) for char in text[at:begin]]
                pieces.append((text[begin:stop], MASK))
                at = stop
        pieces += [(char, visible_character(char)) for char in text[at:]]
        return pieces


def split_after_line_feed(text: str) -> list[str]:
    """`text` cut after each LF and nowhere else; joined, it is the text."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])
