"""Which lines changed, and what touches them."""

from __future__ import annotations

import pytest

from tollgate.model.changes import (
    ChangedFile,
    Changes,
    LineRange,
    changed_lines,
    line_ranges,
    touches,
)
from tollgate.model.source import Position, Region, Source, decode


def lines(old: bytes, new: bytes) -> tuple[LineRange, ...]:
    return changed_lines(decode("x", old), decode("x", new))


@pytest.mark.parametrize(
    ("old", "new", "ranges"),
    [
        (b"a\nb\nc\n", b"a\nx\nc\n", (LineRange(2, 3),)),
        (b"a\nb\nc\n", b"a\nc\n", ()),
        (b"a\n", b"a\r\n", ()),
        (b"a\nb", b"a\nb\n", (LineRange(3, 4),)),
        ("é\nb\n".encode(), b"\xff\xfe" + "é\nc\n".encode("utf-16-le"), (LineRange(2, 3),)),
        (b"\xef\xbb\xbfa\n", b"a\n", ()),
        (b"a\rb\r", b"a\rx\r", (LineRange(2, 3),)),
        (b"", b"a\nb\n", (LineRange(1, 3),)),
    ],
)
def test_changed_lines(old: bytes, new: bytes, ranges: tuple[LineRange, ...]) -> None:
    assert lines(old, new) == ranges


def region(first: int, last: int, column: int = 5) -> Region:
    return Region(Position(first, 1), Position(last, column))


def test_touching() -> None:
    ranges = (LineRange(3, 5),)
    assert [line for line in range(1, 8) if touches(region(line, line), ranges)] == [3, 4]
    assert touches(region(1, 3), ranges)
    assert not touches(region(1, 3, column=1), ranges)
    assert touches(region(4, 9), ranges)
    assert touches(region(1, 9), ranges)
    assert not touches(region(5, 9), ranges)


def test_new_files_and_those_without_a_past_are_changed_throughout() -> None:
    changes = Changes(
        "main",
        "0",
        {"new": ChangedFile("new"), "lost": ChangedFile("lost", "lost"), "b": ChangedFile("b", "a")},
        {},
    )
    texts = {"new": b"x\ny\n", "lost": b"x\n", "b": b"x\nz\n", "same": b"x"}

    def read(path: str) -> Source | None:
        return decode(path, texts[path]) if path in texts else None

    def read_old(path: str) -> Source | None:
        return decode(path, b"x\ny\n") if path == "a" else None

    ranges = line_ranges(changes, read, read_old)
    assert ranges("new") == (LineRange(1, 4),)
    assert ranges("lost") == (LineRange(1, 3),)
    assert ranges("b") == (LineRange(2, 3),)
    assert ranges("same") == ()
