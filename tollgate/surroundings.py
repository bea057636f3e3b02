"""What the repository holds beside the files that were given, for rules that relate objects.

The hook is given changed files only. What relational rules say of them is judged against the whole
repository: its index is kept in the user's cache, and only files that changed since are read again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from time import time_ns

from tollgate.discovery import FoundFile
from tollgate.engine.lint import FileResult
from tollgate.model.project import IndexedObject, unpack_objects
from tollgate.model.record import NamedTuple

_RACY_NANOSECONDS = 2_000_000_000
"""A file that was written this shortly before it was read may be written again without a sign of it."""


class IndexCache(NamedTuple):
    """Where the index is kept: `load()` gives its text or None, `store(text)` keeps it."""

    load: Callable[[], str | None]
    store: Callable[[str], object]


def objects_around(
    files: Sequence[FoundFile],
    *,
    lint: Callable[[Sequence[FoundFile]], Sequence[FileResult]],
    cache: IndexCache,
) -> Iterator[IndexedObject]:
    """The index entries of `files`. `lint` gives the results of those that changed or are new."""
    known = _entries(cache.load())
    started = time_ns()
    stamps = {file.path: _stamp(file.absolute, started) for file in files}
    packed = {
        path: known[path][1]
        for path, stamp in stamps.items()
        if path in known and stamp == known[path][0] != ""
    }
    missing = [file for file in files if file.path not in packed]
    for result in lint(missing) if missing else ():
        packed[result.path] = result.objects
        if not result.cacheable:
            stamps[result.path] = ""
    if missing or len(known) != len(packed):
        cache.store("".join(_lines(stamps, packed)))
    for path in sorted(packed):
        yield from unpack_objects(packed[path])


def _stamp(absolute: str, now: int) -> str:
    """Changes when the file does; empty if that is not sure, or there is no file."""
    try:
        found = os.lstat(absolute)
    except OSError:
        return ""
    if max(found.st_mtime_ns, found.st_ctime_ns) > now - _RACY_NANOSECONDS:
        return ""
    return f"{found.st_mtime_ns}.{found.st_ctime_ns}.{found.st_size}.{found.st_ino}"


def _lines(stamps: dict[str, str], packed: dict[str, str]) -> Iterator[str]:
    for path, objects in packed.items():
        yield f"{stamps[path]}\t{json.dumps(path)}\n{objects}\n"


def _entries(text: str | None) -> dict[str, tuple[str, str]]:
    """Path → stamp and packed objects. A damaged text is as good as none."""
    lines = (text or "").split("\n")
    entries = {}
    for head, objects in zip(lines[0::2], lines[1::2], strict=False):
        stamp, tab, path = head.partition("\t")
        if not tab:
            return {}
        try:
            entries[json.loads(path)] = (stamp, objects)
        except ValueError:
            return {}
    return entries
