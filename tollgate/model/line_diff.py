"""Which lines two texts share. Takes bounded time for any input."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from tollgate.model.record import NamedTuple

_MOST_EDITS = 200
"""Where no line is unique and more edits than this lie between two texts, all of it counts as changed."""
_MOST_SPLITS = 40


class Block(NamedTuple):
    """Lines `old_start:old_end` became lines `new_start:new_end`; 0-based, half-open."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def changed_blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """What makes `new` of `old`, in order; neighbours are apart by at least one equal line.

    Lines that are unique in both texts hold the alignment, as in git's patience diff; between them a shortest
    edit script is looked for, up to a bound.
    """
    found: list[Block] = []
    for block in _unequal(old, new):
        last = found[-1] if found else None
        if last and last.old_end == block.old_start and last.new_end == block.new_start:
            found[-1] = Block(last.old_start, block.old_end, last.new_start, block.new_end)
        else:
            found.append(block)
    return found


def _unequal(old: Sequence[str], new: Sequence[str]) -> Iterator[Block]:
    todo = [(Block(0, len(old), 0, len(new)), 0)]
    while todo:
        window, depth = todo.pop()
        block = _trimmed(old, new, window)
        if block.old_start == block.old_end or block.new_start == block.new_end:
            if block.old_end - block.old_start or block.new_end - block.new_start:
                yield block
            continue
        anchors = _anchors(old, new, block) if depth < _MOST_SPLITS else []
        if anchors:
            todo += [(part, depth + 1) for part in reversed(_between(block, anchors))]
        else:
            yield from _shortest(old, new, block)


def _trimmed(old: Sequence[str], new: Sequence[str], block: Block) -> Block:
    """Without equal lines at the beginning and at the end."""
    start, old_end, new_start, new_end = block
    while start < old_end and new_start < new_end and old[start] == new[new_start]:
        start += 1
        new_start += 1
    while start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end -= 1
        new_end -= 1
    return Block(start, old_end, new_start, new_end)


def _anchors(old: Sequence[str], new: Sequence[str], block: Block) -> list[tuple[int, int]]:
    """Pairs of lines that occur once on each side, the longest rising sequence of them."""
    olds = Counter(old[block.old_start : block.old_end])
    news = Counter(new[block.new_start : block.new_end])
    where = {
        old[at]: at for at in range(block.old_start, block.old_end) if olds[old[at]] == news[old[at]] == 1
    }
    pairs = [(where[new[at]], at) for at in range(block.new_start, block.new_end) if new[at] in where]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (at, _) in enumerate(pairs):
        place = bisect_left(tails, at)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [at]
        ends[place : place + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _between(block: Block, anchors: Sequence[tuple[int, int]]) -> list[Block]:
    parts = []
    old_start, new_start = block.old_start, block.new_start
    for old_at, new_at in anchors:
        parts.append(Block(old_start, old_at, new_start, new_at))
        old_start, new_start = old_at + 1, new_at + 1
    parts.append(Block(old_start, block.old_end, new_start, block.new_end))
    return parts


def _shortest(old: Sequence[str], new: Sequence[str], block: Block) -> Iterator[Block]:
    """Myers' greedy algorithm, or the whole block where it takes too many edits."""
    first, last, new_first, new_last = block
    height, width = last - first, new_last - new_first
    reach: dict[int, int] = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(_MOST_EDITS, height + width) + 1):
        trail.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1)
            )
            at = reach.get(diagonal + 1, 0) if down else reach[diagonal - 1] + 1
            other = at - diagonal
            while at < height and 0 <= other < width and old[first + at] == new[new_first + other]:
                at += 1
                other += 1
            reach[diagonal] = at
            if at >= height and other >= width:
                yield from _walked_back(block, trail, height, width)
                return
    yield block


def _walked_back(block: Block, trail: list[dict[int, int]], at: int, other: int) -> list[Block]:
    """The edits on the way to the end, from first to last."""
    found: list[Block] = []
    for edits in range(len(trail) - 1, 0, -1):
        reach, diagonal = trail[edits], at - other
        down = diagonal == -edits or (
            diagonal != edits and reach.get(diagonal - 1, -1) < reach.get(diagonal + 1, -1)
        )
        before = diagonal + 1 if down else diagonal - 1
        from_at = reach[before]
        from_other = from_at - before
        start, new_start = block.old_start + from_at, block.new_start + from_other
        found.append(Block(start, start + (not down), new_start, new_start + down))
        at, other = from_at, from_other
    return found[::-1]
