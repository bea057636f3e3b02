"""A hunk of a change with its findings: each under the line that it is about."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.change_view import FileView
from tollgate.model.finding import Finding
from tollgate.model.masked import Columns, MaskedText
from tollgate.model.record import NamedTuple
from tollgate.reporters.cells import Window, text_width, window, wrap
from tollgate.reporters.change_rows import Hunk, Row, shown
from tollgate.reporters.printable import place, printable
from tollgate.reporters.style import Role, Style
from tollgate.reporters.suggestions import suggestions

LONGEST_LINE = 400
"""Columns; of a longer line the part around its findings is shown."""

_RELATED_SHOWN = 3
_SIGNS: dict[str, Role] = {"+": "added", "-": "removed"}


class Paper(NamedTuple):
    """How to draw. `brief`: only the places and rules of findings, as all else is said elsewhere."""

    style: Style
    width: int
    brief: bool = False


def draw_hunk(hunk: Hunk, view: FileView, paper: Paper) -> Iterator[str]:
    """Lines without line breaks. A line that begins with `#` is ours, every other one the change's."""
    yield paper.style.paint("gutter", hunk.head())
    for row in hunk.rows:
        cut = _content(row, view)
        line = f"{row.sign}{cut.text}"
        yield paper.style.paint(_SIGNS[row.sign], line) if row.sign in _SIGNS else line
        for finding, span in zip(row.findings, cut.spans, strict=True):
            yield from _finding(finding, span, view, paper)


def _content(row: Row, view: FileView) -> Window:
    own, other, number = (view.new, view.old, row.new) if row.new else (view.old, view.new, row.old)
    if own is None:
        return Window("", ((0, 1),) * len(row.findings))
    spans = [_columns(finding, own, number) for finding in row.findings]
    line = shown(own, other, number, spans)
    return window(line.text, line.spans, LONGEST_LINE)


def _columns(finding: Finding, text: MaskedText, number: int) -> Columns:
    """The part of the region that stands on this line."""
    (first, start), (last, end) = finding.location.region
    if first != number:
        return Columns(1, 2)
    return Columns(start, end if last == first else text.line_length(number) + 1)


def _finding(finding: Finding, span: tuple[int, int], view: FileView, paper: Paper) -> Iterator[str]:
    style = paper.style
    start, end = span
    said = f"{finding.severity}[{printable(finding.rule)}]"
    if not paper.brief:
        said += f": {printable(finding.message)}"
    mark = " " * start + "^" * max(end - start, 1)
    if text_width(mark) + text_width(said) + 2 <= paper.width:
        yield _ours(f"{mark} {said}", finding.severity, style)
    else:
        yield _ours(mark, finding.severity, style)
        indent = " " * min(max(start, 2), 8)
        for line in wrap(said, max(paper.width - len(indent) - 1, 40)):
            yield _ours(indent + line, finding.severity, style)
    if not paper.brief:
        yield from _remarks(finding, view, paper)


def _ours(text: str, role: Role, style: Style) -> str:
    return style.paint(role, f"#{text}".rstrip())


def _remarks(finding: Finding, view: FileView, paper: Paper) -> Iterator[str]:
    for related in finding.related[:_RELATED_SHOWN]:
        where = place(related.location.path, *related.location.region.start)
        yield _ours(f"  {where}: {printable(related.message)}", "faint", paper.style)
    if len(finding.related) > _RELATED_SHOWN:
        more = len(finding.related) - _RELATED_SHOWN
        yield _ours(f"  and {more:,} more places", "faint", paper.style)
    if finding.fix is not None:
        yield from _suggested(finding, view, paper.style)


def _suggested(finding: Finding, view: FileView, style: Style) -> Iterator[str]:
    assert finding.fix is not None
    option = "--fix writes it" if finding.fix.safe else "may change behaviour; --unsafe-fixes writes it"
    title = printable(finding.fix.title) or "it can be fixed"
    places = suggestions(finding, view.new, view.old)
    if places is None:
        option += ", and tollgate lint --diff shows what can be shown"
    yield _ours(f"  suggestion: {title} ({option})", "help", style)
    for one in places or ():
        yield _ours(f"  line {one.first}:", "faint", style)
        for line in one.old:
            yield _ours(f"  -{line}", "removed", style)
        for line in one.lines:
            yield _ours(f"  +{line}", "added", style)
