"""The rows of a change's diff: which lines are shown, and what may be shown of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tollgate.model.change_view import FileView
from tollgate.model.finding import Finding
from tollgate.model.masked import Columns, MaskedText, Shown
from tollgate.model.record import NamedTuple
from tollgate.model.source import MASK

CONTEXT = 3
_MORE_OF_A_CHANGE = 10


class Row(NamedTuple):
    """One line of a diff: its sign, its 1-based numbers before and after (0 where it is not), and what is
    found there."""

    sign: str
    old: int
    new: int
    findings: tuple[Finding, ...] = ()


class Hunk(NamedTuple):
    """Rows that are shown together. `old`, `new`: how many lines of the file stand before them."""

    rows: list[Row]
    old: int
    new: int

    def head(self) -> str:
        old = _range(self.old, sum(row.sign != "+" for row in self.rows))
        new = _range(self.new, sum(row.sign != "-" for row in self.rows))
        return f"@@ -{old} +{new} @@"


def _range(before: int, length: int) -> str:
    return f"{before + 1 if length else before},{length}"


def hunks(view: FileView, *, whole: bool = True) -> list[Hunk]:
    """What is shown of a file: with `whole` every changed line, and the lines that have findings; context
    around all."""
    told: dict[int, list[Finding]] = {}
    for finding in view.findings if view.new else ():
        told.setdefault(line_of(finding, view.new), []).append(finding)
    rows = [row._replace(findings=tuple(told.get(row.new, ()))) for row in _rows(view)]
    near: set[int] = set()
    for number, row in enumerate(rows):
        if row.findings or (whole and row.sign != " "):
            near.update(range(max(number - CONTEXT, 0), min(number + CONTEXT + 1, len(rows))))
    if not whole:
        near.update(list(_touching(rows, near)))
    found: list[Hunk] = []
    old = new = 0
    for number, row in enumerate(rows):
        if number in near:
            if number - 1 not in near:
                found.append(Hunk([], old, new))
            found[-1].rows.append(row)
        old, new = row.old or old, row.new or new
    return found


def _touching(rows: Sequence[Row], near: set[int]) -> Iterator[int]:
    """More of the changes that are only shown in part."""
    for number in near:
        for step in (-1, 1):
            for at in range(number + step, number + step * _MORE_OF_A_CHANGE, step):
                if at in near or not 0 <= at < len(rows) or rows[at].sign == " ":
                    break
                yield at


def _rows(view: FileView) -> Iterator[Row]:
    """Every line of both texts, in the order of a diff."""
    old_count, new_count = _count(view.old), _count(view.new)
    if view.old is None or (view.new is not None and not view.blocks):
        sign = "+" if view.old is None and not view.old_path else " "
        yield from (Row(sign, 0 if sign == "+" else line, line) for line in range(1, new_count + 1))
        return
    if view.new is None:
        yield from (Row("-", line, 0) for line in range(1, old_count + 1))
        return
    at_old = at_new = 0
    for block in view.blocks:
        for step in range(block.old_start - at_old):
            yield Row(" ", at_old + step + 1, at_new + step + 1)
        for line in range(block.old_start, min(block.old_end, old_count)):
            yield Row("-", line + 1, 0)
        for line in range(block.new_start, min(block.new_end, new_count)):
            yield Row("+", 0, line + 1)
        at_old, at_new = block.old_end, block.new_end
    for step in range(min(old_count - at_old, new_count - at_new)):
        yield Row(" ", at_old + step + 1, at_new + step + 1)


def _count(text: MaskedText | None) -> int:
    """Lines, without the empty one after the last line break."""
    if text is None:
        return 0
    last = text.line_count
    return last - 1 if text.line_length(last) == 0 else last


def line_of(finding: Finding, text: MaskedText | None) -> int:
    """The line that a finding stands under."""
    line = max(finding.location.region.start.line, 1)
    return line if text is None else min(line, max(_count(text), 1))


def shown(own: MaskedText, other: MaskedText | None, number: int, spans: Sequence[Columns] = ()) -> Shown:
    """A line without secrets, neither its own nor those that the file has on the other side of the change."""
    line = own.shown(number, spans)
    if other is not None and own.line_tells(number, other):
        blanks = len(line.text) - len(line.text.lstrip(" "))
        return Shown(" " * blanks + MASK, tuple(Columns(blanks + 1, blanks + len(MASK) + 1) for _ in spans))
    return line
