"""Drawing a few lines of a file with places in them underlined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tollgate.model.masked import Columns, MaskedText
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region
from tollgate.reporters.cells import text_width, window
from tollgate.reporters.style import Role, Style

_WHOLE_REGION_LINES = 6
"""A longer region is shown by its first two lines and its last."""

_LEAST_ROOM = 40


class Mark(NamedTuple):
    """A place to underline, and what to say there: the thing itself (`main`), or what explains it.

    Only the first mark of a snippet is drawn over several lines.
    """

    region: Region
    label: str
    role: Role
    main: bool = False


class _Piece(NamedTuple):
    """Part of a mark in one line, as columns of the file's line."""

    columns: Columns
    label: str
    role: Role
    main: bool
    brackets: bool
    """It ends a bracket: the mark runs over several lines."""


class _Paper(NamedTuple):
    text: MaskedText
    style: Style
    gutter: int
    width: int
    bracket: tuple[int, int] | None
    """First and last line of a first mark over several lines; it gets a bracket on the left."""
    role: Role


def draw(text: MaskedText, marks: Sequence[Mark], *, gutter: int, width: int, style: Style) -> Iterator[str]:
    """Lines of a drawing, without line breaks: what is marked, underlined, with labels.

    `gutter` is the width of the line numbers' column. Marks beyond the first that run over several
    lines are shown where they start.
    """
    marks = [mark._replace(region=_trimmed(text, mark.region)) for mark in marks]
    (first, _), (last, _) = marks[0].region
    bracket = (first, last) if last > first else None
    paper = _Paper(text, style, gutter, width, bracket, marks[0].role)
    pieces = _pieces(text, marks)
    yield _row(paper, None, "")
    previous = 0
    for number in _lines_to_show(bracket, pieces):
        if previous and number > previous + 1:
            yield from _gap(paper, previous, number)
        yield from _line(paper, number, pieces.get(number, []), marks[0])
        previous = number


def _trimmed(text: MaskedText, region: Region) -> Region:
    """The region kept inside the file, not ending at the start of a line that it says nothing about."""
    (first, start), (last, end) = region
    first = min(max(first, 1), text.line_count)
    last = min(max(last, first), text.line_count)
    if last > first and end == 1:
        last -= 1
        end = text.line_length(last) + 1
    return Region(region.start._replace(line=first, column=start), region.end._replace(line=last, column=end))


def _pieces(text: MaskedText, marks: Sequence[Mark]) -> dict[int, list[_Piece]]:
    """What is to be underlined in which line."""
    by_line: dict[int, list[_Piece]] = {}
    for index, (region, label, role, main) in enumerate(marks):
        (first, start), (last, end) = region
        line, columns = first, Columns(start, end)
        if last > first:
            ends = index == 0
            line = last if ends else first
            columns = Columns(max(end - 1, 1), end) if ends else Columns(start, text.line_length(first) + 1)
        piece = _Piece(columns, label, role, main, index == 0 and last > first)
        by_line.setdefault(line, []).append(piece)
    return by_line


def _lines_to_show(bracket: tuple[int, int] | None, pieces: dict[int, list[_Piece]]) -> list[int]:
    numbers = set(pieces)
    if bracket is not None:
        first, last = bracket
        short = last - first < _WHOLE_REGION_LINES
        numbers.update(range(first, last + 1) if short else (first, first + 1, last))
    return sorted(numbers)


def _gap(paper: _Paper, previous: int, number: int) -> Iterator[str]:
    """A single line left out is shown; more are three dots."""
    if number == previous + 2:
        yield from _line(paper, previous + 1, [], None)
        return
    inside = paper.bracket is not None and paper.bracket[0] <= previous < paper.bracket[1]
    bar = f"{'':{paper.gutter}}{paper.style.paint(paper.role, '|')}" if inside else ""
    yield paper.style.paint("gutter", "...") + bar


def _line(paper: _Paper, number: int, pieces: list[_Piece], main: Mark | None) -> Iterator[str]:
    shown = paper.text.shown(number, [piece.columns for piece in pieces])
    room = max(paper.width - paper.gutter - (5 if paper.bracket else 3), _LEAST_ROOM)
    opens = paper.bracket is not None and main is not None and number == paper.bracket[0]
    cut = window(shown.text, shown.spans, room)
    yield _row(paper, number, _bracket_beside(paper, number, main) + cut.text.rstrip())
    if opens and main is not None and not _starts_line(paper.text, main):
        yield from _opening(paper, main, room)
    for piece, span in zip(pieces, cut.spans, strict=True):
        yield from _underline(paper, number, piece, span, room)


def _bracket_beside(paper: _Paper, number: int, main: Mark | None) -> str:
    """The two columns to the left of a source line that the bracket runs in."""
    if paper.bracket is None:
        return ""
    first, last = paper.bracket
    if number == first:
        return paper.style.paint(paper.role, "/ ") if main and _starts_line(paper.text, main) else "  "
    return paper.style.paint(paper.role, "| ") if first < number <= last else "  "


def _starts_line(text: MaskedText, mark: Mark) -> bool:
    return mark.region.start.column <= text.first_word(mark.region.start.line)


def _opening(paper: _Paper, main: Mark, room: int) -> Iterator[str]:
    """Where a region over several lines starts in the middle of a line."""
    line, column = main.region.start
    shown = paper.text.shown(line, [Columns(column, column + 1)])
    ((start, _),) = window(shown.text, shown.spans, room).spans
    yield _row(paper, None, paper.style.paint(paper.role, " " + "_" * (start + 1) + "^"))


def _underline(paper: _Paper, number: int, piece: _Piece, span: tuple[int, int], room: int) -> Iterator[str]:
    start, end = span
    label = paper.style.paint(piece.role, piece.label)
    if piece.brackets:
        yield _row(paper, None, paper.style.paint(piece.role, "|" + "_" * (start + 1) + "^") + _after(label))
        return
    beside = "" if paper.bracket is None else _bar_below(paper, number)
    line = " " * start + paper.style.paint(piece.role, ("^" if piece.main else "-") * max(end - start, 1))
    if not label or max(end, start + 1) + 1 + text_width(piece.label) <= room:
        yield _row(paper, None, beside + line + _after(label))
        return
    yield _row(paper, None, beside + line)
    indent = max(min(start, room - text_width(piece.label)), 0)
    yield _row(paper, None, beside + " " * indent + label)


def _bar_below(paper: _Paper, number: int) -> str:
    assert paper.bracket is not None
    inside = paper.bracket[0] <= number < paper.bracket[1]
    return paper.style.paint(paper.role, "| ") if inside else "  "


def _after(label: str) -> str:
    return " " + label if label else ""


def _row(paper: _Paper, number: int | None, content: str) -> str:
    count = "" if number is None else str(number)
    margin = paper.style.paint("gutter", f"{count:>{paper.gutter}} |")
    return f"{margin} {content}" if content else margin
