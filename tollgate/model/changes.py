"""What a change changes: files, and lines of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from tollgate.model.line_diff import changed_blocks
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region, Source


class ChangedFile(NamedTuple):
    """A file that is there after the change. `old_path` is "" if it is new; `old_blob` is its content before,
    `old_mode` its mode, as git has them."""

    path: str
    old_path: str = ""
    old_blob: str = ""
    old_mode: str = "100644"


class Changes(NamedTuple):
    """What became of the files since the commit `base`.

    ref      what the user called it
    files    by path as it is now
    deleted  by path as it was
    """

    ref: str
    base: str
    files: Mapping[str, ChangedFile]
    deleted: Mapping[str, ChangedFile]


class LineRange(NamedTuple):
    """1-based, half-open."""

    start: int
    end: int


def lines_of(source: Source) -> list[str]:
    """The lines without their breaks, so that LF and CRLF make no difference."""
    return [source.line(number) for number in range(1, len(source.line_starts) + 1)]


def changed_lines(old: Source, new: Source) -> tuple[LineRange, ...]:
    """The lines of `new` that `old` does not have. A file that changed its encoding or its line ends, as git
    does at checkout, has none."""
    blocks = changed_blocks(lines_of(old), lines_of(new))
    return tuple(
        LineRange(one.new_start + 1, one.new_end + 1) for one in blocks if one.new_start < one.new_end
    )


def touches(region: Region, ranges: Sequence[LineRange]) -> bool:
    """Whether a region stands on one of these lines, wholly or in part."""
    (first, _), (last, column) = region
    if last > first and column == 1:  # it ends before that line
        last -= 1
    return any(one.start <= last and first < one.end for one in ranges)


def line_ranges(
    changes: Changes, read: Callable[[str], Source | None], read_old: Callable[[str], Source | None]
) -> Callable[[str], tuple[LineRange, ...]]:
    """A function that gives the changed lines of a file by its path, worked out when first asked for.

    All lines of a new file are changed, and of one whose content before cannot be read; of one that did not
    change, none.
    """

    @cache
    def ranges(path: str) -> tuple[LineRange, ...]:
        changed = changes.files.get(path)
        if changed is None:
            return ()
        new = read(path)
        old = read_old(changed.old_path) if changed.old_path else None
        if new is None:
            return ()
        return (LineRange(1, len(new.line_starts) + 1),) if old is None else changed_lines(old, new)

    return ranges
