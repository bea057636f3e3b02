"""The difference of two texts is right for any texts, and small for those that people write."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tollgate.model.line_diff import Block, changed_blocks

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(LINES, LINES)
def test_what_is_left_out_is_equal(old: list[str], new: list[str]) -> None:
    at_old = at_new = 0
    for number, block in enumerate(changed_blocks(old, new)):
        assert old[at_old : block.old_start] == new[at_new : block.new_start]
        assert block.old_end > block.old_start or block.new_end > block.new_start
        assert number == 0 or block.old_start > at_old
        at_old, at_new = block.old_end, block.new_end
    assert old[at_old:] == new[at_new:]


@pytest.mark.parametrize(
    ("old", "new", "blocks"),
    [
        ("abc", "abc", []),
        ("", "ab", [Block(0, 0, 0, 2)]),
        ("ab", "", [Block(0, 2, 0, 0)]),
        ("abc", "axc", [Block(1, 2, 1, 2)]),
        ("abc", "abxc", [Block(2, 2, 2, 3)]),
        ("nini", "ninini", [Block(4, 4, 4, 6)]),
        ("axbxcx", "axcx", [Block(2, 4, 2, 2)]),
        ("abcdef", "bcdxefa", [Block(0, 1, 0, 0), Block(4, 4, 3, 4), Block(6, 6, 6, 7)]),
    ],
)
def test_small_changes(old: str, new: str, blocks: list[Block]) -> None:
    assert changed_blocks(list(old), list(new)) == blocks


@pytest.mark.parametrize("period", [1, 2, 3, 7, 1000])
def test_hostile_texts_take_bounded_time(period: int) -> None:
    old = [str(number % period) for number in range(60_000)]
    new = [str(number * 7 % (period + 1)) for number in range(60_000)]
    started = time.process_time()
    assert changed_blocks(old, new)
    assert time.process_time() - started < 10
