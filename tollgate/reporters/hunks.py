"""Cutting the difference of two texts into hunks that can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tollgate.model.record import NamedTuple

CONTEXT = 3
_SURE = 3
"""So many equal lines mean that two texts run together again."""
_SEARCH = 600
"""Lines to look ahead for that, both texts together; further on all is taken as one change."""
_REFINE = 300
"""A change of at most so many lines is compared line by line."""


class Change(NamedTuple):
    """Lines `old_start:old_end` become lines `new_start:new_end`; 0-based, half-open."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


class Hunk(NamedTuple):
    """Changes that are shown together, with `before` and `after` lines of context.

    A hunk that may not be shown is `withheld`; it has no context.
    """

    changes: tuple[Change, ...]
    before: int
    after: int
    withheld: bool

    @property
    def old_start(self) -> int:
        return self.changes[0].old_start - self.before

    @property
    def old_end(self) -> int:
        return self.changes[-1].old_end + self.after

    @property
    def new_start(self) -> int:
        return self.changes[0].new_start - self.before

    @property
    def new_end(self) -> int:
        return self.changes[-1].new_end + self.after


def changes_between(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """What makes `new` of `old`. Takes time in proportion to their length: fixes are local edits."""
    found: list[Change] = []
    at_old = at_new = 0
    while at_old < len(old) or at_new < len(new):
        if at_old < len(old) and at_new < len(new) and old[at_old] == new[at_new]:
            at_old += 1
            at_new += 1
            continue
        end_old, end_new = _meet(old, new, at_old, at_new)
        found += _refined(old, new, Change(at_old, end_old, at_new, end_new))
        at_old, at_new = end_old, end_new
    return found


def _meet(old: Sequence[str], new: Sequence[str], at_old: int, at_new: int) -> tuple[int, int]:
    """The lines where both texts run together again."""
    for ahead in range(1, _SEARCH):
        for skip in range(ahead + 1):
            end_old, end_new = at_old + skip, at_new + ahead - skip
            if end_old <= len(old) and end_new <= len(new) and _runs_together(old, new, end_old, end_new):
                return end_old, end_new
    return len(old), len(new)


def _runs_together(old: Sequence[str], new: Sequence[str], at_old: int, at_new: int) -> bool:
    some = old[at_old : at_old + _SURE]
    if len(some) == _SURE:
        return some == new[at_new : at_new + _SURE]
    return some == new[at_new:]


def _refined(old: Sequence[str], new: Sequence[str], rough: Change) -> Iterator[Change]:
    old_start, old_end, new_start, new_end = rough
    if max(old_end - old_start, new_end - new_start) > _REFINE:
        yield rough
        return
    from difflib import SequenceMatcher

    pair = SequenceMatcher(None, old[old_start:old_end], new[new_start:new_end], autojunk=False)
    for tag, first, last, new_first, new_last in pair.get_opcodes():
        if tag != "equal":
            yield Change(old_start + first, old_start + last, new_start + new_first, new_start + new_last)


def hunks_of(changes: Sequence[Change], *, clear: Sequence[bool], showable: Sequence[bool]) -> list[Hunk]:
    """Changes with as much context as may be shown, at least one line of it.

    `clear` says of each old line, `showable` of each change, whether it may be shown. Context is the same
    on both sides unless the file ends there, because patch takes a shorter side for the file's edge.
    """
    hunks = []
    groups = list(_grouped(changes, clear, showable))
    for number, (group, shown) in enumerate(groups):
        floor = groups[number - 1][0][-1].old_end if number else 0
        ceiling = groups[number + 1][0][0].old_start if number + 1 < len(groups) else len(clear)
        context = _context(group, clear, floor, ceiling) if shown else None
        before, after = context or (0, 0)
        hunks.append(Hunk(group, before, after, withheld=context is None))
    return hunks


def _grouped(
    changes: Sequence[Change], clear: Sequence[bool], showable: Sequence[bool]
) -> Iterator[tuple[tuple[Change, ...], bool]]:
    """Neighbours whose context would meet, if all between them may be shown."""
    group: list[Change] = []
    for change, shown in zip(changes, showable, strict=True):
        if not shown:
            if group:
                yield tuple(group), True
            yield (change,), False
            group = []
            continue
        if group and not _near(group[-1], change, clear):
            yield tuple(group), True
            group = []
        group.append(change)
    if group:
        yield tuple(group), True


def _near(first: Change, second: Change, clear: Sequence[bool]) -> bool:
    between = clear[first.old_end : second.old_start]
    return len(between) <= 2 * CONTEXT and all(between)


def _context(
    group: tuple[Change, ...], clear: Sequence[bool], floor: int, ceiling: int
) -> tuple[int, int] | None:
    """Lines of context before and after; None if there can be none."""
    first, last = group[0].old_start, group[-1].old_end
    before = _clear_run([clear[line] for line in range(first - 1, max(floor, first - CONTEXT) - 1, -1)])
    after = _clear_run([clear[line] for line in range(last, min(ceiling, last + CONTEXT))])
    at_start, at_end = before == first, last + after == len(clear)
    if at_start and at_end:
        return before, after
    wanted = CONTEXT
    if not (at_start and before < after):
        wanted = min(wanted, before)
    if not (at_end and after < before):
        wanted = min(wanted, after)
    return (min(before, wanted), min(after, wanted)) if wanted else None


def _clear_run(lines: Sequence[bool]) -> int:
    """How many lines from the first on may be shown."""
    return next((index for index, clear in enumerate(lines) if not clear), len(lines))
