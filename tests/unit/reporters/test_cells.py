from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tollgate.model.masked import Columns
from tollgate.reporters.cells import text_width, window, wrap


@pytest.mark.parametrize(
    ("text", "width"), [("plain", 5), ("運用", 4), ("🚀", 2), ("e\u0301", 1), ("", 0), ("\uff57", 2)]
)
def test_text_width(text: str, width: int) -> None:
    assert text_width(text) == width


def test_a_line_that_fits_stays_whole() -> None:
    assert window("a運b", [Columns(3, 4)], 10) == ("a運b", ((3, 4),))


def test_a_long_line_is_cut_around_the_span() -> None:
    text = "x" * 100 + "HERE" + "y" * 100
    shown, ((start, end),) = window(text, [Columns(101, 105)], 30)
    assert shown[start:end] == "HERE"
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) == 30


def test_the_end_of_a_long_line_is_not_cut() -> None:
    text = "x" * 100 + "HERE"
    shown, ((start, end),) = window(text, [Columns(101, 105)], 30)
    assert (shown[start:end], shown[-4:]) == ("HERE", "HERE")


@given(
    st.text(st.sampled_from("ab運🚀\u0301"), max_size=120),
    st.lists(st.tuples(st.integers(1, 121), st.integers(1, 121)), max_size=3),
    st.integers(10, 60),
)
def test_windows_fit_and_spans_lie_inside(text: str, spans: list[tuple[int, int]], room: int) -> None:
    columns = [Columns(min(a, b, len(text) + 1), min(max(a, b), len(text) + 1)) for a, b in spans]
    shown, cells = window(text, columns, room)
    assert text_width(shown) <= room
    assert all(0 <= start <= end <= text_width(shown) for start, end in cells)


@given(st.text(max_size=80), st.integers(5, 30))
def test_wrapping_keeps_every_word(text: str, room: int) -> None:
    lines = wrap(text, room)
    assert " ".join(lines).split() == text.split()
    assert all(text_width(line) <= room or len(line.split()) == 1 for line in lines)
