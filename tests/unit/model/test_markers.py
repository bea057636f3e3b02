"""Markers of examples: read, or refused."""

from __future__ import annotations

import pytest

from tollgate.model.markers import strip_markers
from tollgate.model.source import Position, Region


def region(line: int, column: int, end: int) -> Region:
    return Region(Position(line, column), Position(line, end))


def test_carets_mark_columns_of_the_line_above() -> None:
    marked = strip_markers("a: bc\nd: e, f\n#  ^  ^\nx\n")
    assert marked.text == "a: bc\nd: e, f\nx\n"
    assert marked.regions == (region(2, 4, 5), region(2, 7, 8))


def test_several_lines_of_carets_mark_the_same_line() -> None:
    assert strip_markers("a: bcd\n#  ^\n#   ^^\n").regions == (region(1, 4, 5), region(1, 5, 7))


def test_an_arrow_marks_a_start() -> None:
    marked = strip_markers("ab\n# <-\n")
    assert (marked.text, marked.starts) == ("ab\n", (Position(1, 1),))


def test_brackets_mark_what_they_enclose() -> None:
    marked = strip_markers("a ⟦b ⟦c⟧⟧\n")
    assert (marked.text, marked.regions) == ("a b c\n", (region(1, 3, 6), region(1, 5, 6)))


@pytest.mark.parametrize(
    "text", ["a\n# ^^ here\n", "a\n## ^^\n", "a\n#^^#\n", "# ^^\na\n", "a\n# <- here\n", "a ⟦b\n", "a b⟧\n"]
)
def test_a_marker_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"marker|⟦|⟧"):
        strip_markers(text)


def test_other_comments_are_text() -> None:
    text = "# see x^2\na # ^^\n"
    assert strip_markers(text).text == text
