from __future__ import annotations

import time
from collections.abc import Set as AbstractSet
from itertools import pairwise

from hypothesis import given, strategies as st

from tollgate.reporters.hunks import CONTEXT, Change, changes_between, hunks_of

lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "- x\n", "\n"]), max_size=30)


def applied(old: list[str], new: list[str], changes: list[Change]) -> list[str]:
    result: list[str] = []
    at = 0
    for change in changes:
        result += old[at : change.old_start] + new[change.new_start : change.new_end]
        at = change.old_end
    return result + old[at:]


@given(lines, lines)
def test_changes_make_the_new_text_of_the_old(old: list[str], new: list[str]) -> None:
    changes = changes_between(old, new)
    assert applied(old, new, changes) == new
    for before, after in pairwise(changes):
        assert before.old_end < after.old_start
        assert before.old_end - before.new_end == after.old_start - after.new_start


def test_a_change_is_no_larger_than_it_must_be() -> None:
    old = [f"{number}\n" for number in range(100)]
    new = [*old[:10], "x\n", *old[11:50], *old[52:80], "y\n", *old[80:]]
    assert changes_between(old, new) == [
        Change(10, 11, 10, 11),
        Change(50, 52, 50, 50),
        Change(80, 80, 78, 79),
    ]


def test_time_grows_with_the_length() -> None:
    old = ["- name: x\n", "  value: y\n"] * 50_000
    new = list(old)
    for at in range(500, len(new), 1000):
        new[at] = "- name: z\n"
    began = time.process_time()
    assert applied(old, new, changes_between(old, new)) == new
    assert time.process_time() - began < 5


def test_what_never_meets_again_is_one_change() -> None:
    old, new = [f"a{n}\n" for n in range(2000)], [f"b{n}\n" for n in range(2000)]
    assert changes_between(old, new) == [Change(0, 2000, 0, 2000)]


def hunks(
    length: int, changes: list[Change], *, hidden: AbstractSet[int] = frozenset()
) -> list[tuple[int, int, bool]]:
    clear = [line not in hidden for line in range(length)]
    showable = [all(clear[change.old_start : change.old_end]) for change in changes]
    return [(h.old_start, h.old_end, h.withheld) for h in hunks_of(changes, clear=clear, showable=showable)]


def test_neighbours_share_a_hunk() -> None:
    near = [Change(10, 11, 10, 11), Change(17, 18, 17, 18)]
    far = [Change(10, 11, 10, 11), Change(18, 19, 18, 19)]
    assert hunks(40, near) == [(7, 21, False)]
    assert hunks(40, far) == [(7, 14, False), (15, 22, False)]


def test_context_stops_before_what_may_not_be_shown() -> None:
    change = [Change(10, 11, 10, 11)]
    assert hunks(40, change, hidden={13}) == [(8, 13, False)]
    assert hunks(40, change, hidden={8}) == [(9, 12, False)]
    assert hunks(40, change, hidden={9}) == [(10, 11, True)]
    assert hunks(40, change, hidden={10}) == [(10, 11, True)]


def test_a_hidden_change_costs_its_neighbours_nothing() -> None:
    near = [Change(10, 11, 10, 11), Change(14, 15, 14, 15), Change(18, 19, 18, 19)]
    assert hunks(40, near, hidden={14}) == [(7, 14, False), (14, 15, True), (15, 22, False)]


def test_the_edges_of_the_file_need_no_context() -> None:
    assert hunks(1, [Change(0, 1, 0, 1)]) == [(0, 1, False)]
    assert hunks(10, [Change(0, 1, 0, 1)]) == [(0, 4, False)]
    assert hunks(10, [Change(9, 10, 9, 10)]) == [(6, 10, False)]
    assert hunks(0, [Change(0, 0, 0, 3)]) == [(0, 0, False)]


@given(st.integers(0, 40), st.data())
def test_no_hunk_shows_what_is_hidden(length: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, length), max_size=8)))
    changes = [
        Change(start, end, start, end)
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        if start < end
    ]
    hidden = data.draw(st.sets(st.integers(0, 40), max_size=6))
    clear = [line not in hidden for line in range(length)]
    showable = [all(clear[change.old_start : change.old_end]) for change in changes]
    made = hunks_of(changes, clear=clear, showable=showable)
    assert [change for hunk in made for change in hunk.changes] == changes
    last = 0
    for hunk in made:
        if hunk.withheld:
            continue
        assert all(clear[hunk.old_start : hunk.old_end])
        assert last <= hunk.old_start
        assert max(hunk.before, hunk.after) <= CONTEXT
        last = hunk.old_end
