"""What the repository holds beside the files that were given, for rules that relate objects.

The hook is given changed files only. What relational rules say of them is judged against the whole
repository: its index is kept in the user's cache, and only files that changed since are read again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import time_ns

from tollgate.discovery import FoundFile
from tollgate.engine.lint import FileResult
from tollgate.model.project import IndexedObject, unpack_objects
from tollgate.model.record import NamedTuple

_RACY_NANOSECONDS = 2_000_000_000
"""A file that was written this shortly before it was read may be written again without a sign of it."""


Lint = Callable[[Sequence[FoundFile]], Sequence[FileResult]]

_SHARED_BY = 200

_SELECTING = frozenset(
    {"labels", "selector", "matchLabels", "matchExpressions", "scaleTargetRef", "targetRef", "roleRef"}
)


class IndexCache(NamedTuple):
    """Where the index is kept: `load()` gives its text or None, `store(text)` keeps it."""

    load: Callable[[], str | None]
    store: Callable[[str], object]


class Around(NamedTuple):
    """The index of the files around: path → packed entries."""

    packed: Mapping[str, str]

    def objects(self) -> Iterator[IndexedObject]:
        return unpack_objects(*self.packed.values())

    def mentioning(self, given: Iterable[IndexedObject]) -> Iterator[str]:
        """The paths whose entries hold a name, label or selector of the given objects: where they can cause
        a finding. A value that very many files share ties nothing together and is passed over."""
        return self.holding(json.dumps(word) for one in given for word in _words(one))

    def holding(self, texts: Iterable[str]) -> Iterator[str]:
        """The paths whose entries hold one of these texts, but for texts that very many hold."""
        for word in set(texts):
            found = [path for path, text in self.packed.items() if word in text]
            if len(found) <= _SHARED_BY:
                yield from found

    def naming(self, images: Iterable[str]) -> Iterator[str]:
        """The paths whose entries hold the last part of an image's name, as those do that run it."""
        for word in {image.rpartition("/")[2] for image in images}:
            yield from (path for path, text in self.packed.items() if word in text)


def _words(one: IndexedObject) -> Iterator[str]:
    """An object's name and all values of its labels and selectors, at any depth."""
    if one.name:
        yield one.name
    todo: list[object] = [one.data]
    while todo:
        value = todo.pop()
        if isinstance(value, Mapping):
            for key, below in value.items():
                if key in _SELECTING:
                    yield from _texts(below)
                else:
                    todo.append(below)
        elif isinstance(value, list):
            todo += value


def _texts(value: object) -> Iterator[str]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            todo += one.values()
        elif isinstance(one, list):
            todo += one


Stamp = Callable[[FoundFile], str]
"""Changes when the file does; empty if that is not sure."""


def around(
    files: Sequence[FoundFile],
    *,
    lint: Lint,
    cache: IndexCache,
    stamp: Stamp | None = None,
    stats: Mapping[str, os.stat_result] | None = None,
) -> Around:
    """The index of `files`. `lint` gives the results of those that changed or are new; `stamp` says which
    those are, by default as the disk has them; `stats` is what is known of that by absolute path."""
    known = _entries(cache.load())
    started = time_ns()
    stats = stats or {}
    stamps = {
        file.path: stamp(file) if stamp else _stamp(file.absolute, started, stats.get(file.absolute))
        for file in files
    }
    packed: dict[str, str] = {}
    for path, current in stamps.items():
        entry = known.get(path)
        if entry is not None and current and entry[0] == current:
            packed[path] = entry[1]
    missing = [file for file in files if file.path not in packed]
    for result in lint(missing) if missing else ():
        packed[result.path] = result.objects
        if not result.cacheable and result.kind != "dockerfile":  # a patch: what uses it may change
            stamps[result.path] = ""
    if missing or len(known) != len(packed):
        cache.store(_text(stamps, packed))
    return Around(packed)


def _stamp(absolute: str, now: int, found: os.stat_result | None) -> str:
    """Changes when the file does; empty if that is not sure, or there is no file."""
    if found is None:
        try:
            found = os.lstat(absolute)
        except OSError:
            return ""
    if max(found.st_mtime_ns, found.st_ctime_ns) > now - _RACY_NANOSECONDS:
        return ""
    return f"{found.st_mtime_ns}.{found.st_ctime_ns}.{found.st_size}.{found.st_ino}"


def _text(stamps: Mapping[str, str], packed: Mapping[str, str]) -> str:
    """What the cache keeps: a line of JSON that says of each file its path, its stamp and how long its
    entries are, then all the entries; before it a checksum, since most of it is not even looked at."""
    table = json.dumps([(path, stamps[path], len(entries)) for path, entries in packed.items()])
    body = f"{table}\n{''.join(packed.values())}"
    return f"{_checksum(body)}\n{body}"


def _checksum(body: str) -> str:
    from zlib import crc32

    return f"{crc32(body.encode()):08x}"


def _entries(text: str | None) -> dict[str, tuple[str, str]]:
    """Path → stamp and packed objects. A damaged text is as good as none."""
    checksum, _, body = (text or "").partition("\n")
    if not body or checksum != _checksum(body):
        return {}
    line, _, rest = body.partition("\n")
    entries = {}
    at = 0
    for path, stamp, size in json.loads(line):
        entries[path] = (stamp, rest[at : at + size])
        at += size
    return entries
