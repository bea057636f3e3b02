from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tollgate.model.masked import MaskedText
from tollgate.model.source import Position, Region, decode
from tollgate.reporters.cells import text_width
from tollgate.reporters.snippet import Mark, draw
from tollgate.reporters.style import Style

PLAIN = Style(colour=False)


def drawing(text: str, *marks: tuple[str, str], width: int = 60) -> str:
    """Marks are given by the words they cover; the first is the main one."""
    source = decode("a.yaml", text.encode("utf-8", "surrogateescape"))
    made = []
    for index, (words, label) in enumerate(marks):
        start = text.index(words)
        made.append(Mark(source.region(start, start + len(words)), label, "error", main=index == 0))
    lines = draw(MaskedText(source), made, gutter=2, width=width, style=PLAIN)
    return "\n".join(line.rstrip() for line in lines) + "\n"


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        (
            "one\ntwo three\n",
            [("three", "here")],
            """\
   |
 2 | two three
   |     ^^^^^ here
""",
        ),
        (
            "\tx: \t運🚀 y\n",
            [("y", "")],
            """\
   |
 1 |     x:  運🚀 y
   |              ^
""",
        ),
        (
            "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n",
            [("d: 4", "bad"), ("b", "because"), ("f: 6", "and this")],
            """\
   |
 2 | b: 2
   | - because
 3 | c: 3
 4 | d: 4
   | ^^^^ bad
 5 | e: 5
 6 | f: 6
   | ---- and this
""",
        ),
        (
            "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n",
            [("f", "bad"), ("a", "because")],
            """\
   |
 1 | a: 1
   | - because
...
 6 | f: 6
   | ^ bad
""",
        ),
        (
            "top:\n  all:\n    of: it\nend: x\n",
            [("  all:\n    of: it", "this"), ("end", "not that")],
            """\
   |
 2 | /   all:
 3 | |     of: it
   | |__________^ this
 4 |   end: x
   |   --- not that
""",
        ),
        (
            "RUN a && \\\n    b\n",
            [("a && \\\n    b", "")],
            """\
   |
 1 |   RUN a && \\
   |  _____^
 2 | |     b
   | |_____^
""",
        ),
        (
            "a:\n" + "".join(f"  k{number}: v\n" for number in range(20)),
            [("".join(f"  k{number}: v\n" for number in range(20)), "all of it")],
            """\
   |
 2 | /   k0: v
 3 | |   k1: v
...  |
21 | |   k19: v
   | |________^ all of it
""",
        ),
        (
            "x: " + "y" * 60 + " HERE\n",
            [("HERE", "a label that is too long")],
            """\
   |
 1 | …yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy HERE
   |                                                   ^^^^
   |                                a label that is too long
""",
        ),
    ],
    ids=["one", "wide", "related", "gap", "bracket", "mid-line", "long-region", "long-line"],
)
def test_drawing(text: str, marks: list[tuple[str, str]], expected: str) -> None:
    assert drawing(text, *marks) == expected


def test_nothing_has_a_caret_of_its_own() -> None:
    source = decode("a", b"key:\n")
    mark = Mark(source.region(4, 4), "a value is missing", "error", main=True)
    assert list(draw(MaskedText(source), [mark], gutter=1, width=80, style=PLAIN)) == [
        "  |",
        "1 | key:",
        "  |     ^ a value is missing",
    ]


def test_a_region_outside_the_file_is_kept_inside() -> None:
    mark = Mark(Region(Position(7, 9), Position(12, 3)), "gone", "error", main=True)
    lines = list(draw(MaskedText(decode("a", b"one\ntwo")), [mark], gutter=1, width=80, style=PLAIN))
    assert lines[:2] == ["  |", "2 | two"]


positions = st.builds(Position, st.integers(1, 8), st.integers(1, 30))


@given(
    st.text(st.sampled_from("ab \t\n\r\x1b運🚀"), max_size=80),
    st.lists(st.tuples(positions, positions), min_size=1, max_size=4),
    st.integers(1, 120),
)
def test_any_marks_can_be_drawn(text: str, places: list[tuple[Position, Position]], width: int) -> None:
    marks = [Mark(Region(min(pair), max(pair)), "label", "note", main=True) for pair in places]
    lines = list(draw(MaskedText(decode("a", text.encode())), marks, gutter=1, width=width, style=PLAIN))
    assert all(line.isprintable() and text_width(line) <= max(width, 47) + 6 for line in lines)
    assert sum("^" in line for line in lines) >= len({mark.region.end.line for mark in marks} & {1})
