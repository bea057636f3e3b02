"""What was found in a file before, by content: nothing is read again that did not change.

One JSON file for each of 64 shards, in the user's cache folder only, never below the linted root. Small
sets do without: reading a shard takes longer than linting a few files.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from tollgate.engine.lint import FileResult, Foretold
from tollgate.model.finding import Edit, Finding, Fix, Location, Note, Related, Suppression
from tollgate.model.hints import Any
from tollgate.model.source import Position, Region, Span

WORTH_FILES = 24
_SHARDS = 64
_KEPT_UNUSED = 4
"""An entry that this many runs did not ask for is dropped."""


class ResultCache:
    """`load(name)` and `store(name, text)` read and write files of the cache folder."""

    __slots__ = ("_changed", "_key", "_load", "_shards", "_store")

    def __init__(
        self, key: str, *, load: Callable[[str], str | None], store: Callable[[str, str], object]
    ) -> None:
        self._key = key
        self._load = load
        self._store = store
        self._shards: dict[str, dict[str, list[Any]]] = {}
        self._changed: set[str] = set()

    def _entry(self, path: str, kind: str, content: str) -> tuple[str, str]:
        from tollgate.model.digest import blake2b

        named = f"{self._key}\0{kind}\0{path}\0{content}".encode("utf-8", "surrogateescape")
        digest = blake2b(named, digest_size=16).hexdigest()
        where = blake2b(path.encode("utf-8", "surrogateescape"), digest_size=2, key=self._key.encode()[:32])
        return f"{int(where.hexdigest(), 16) % _SHARDS:02d}", digest

    def _shard(self, name: str) -> dict[str, list[Any]]:
        if name not in self._shards:
            text = self._load(self._file(name))
            loaded = _decoded(text)
            self._shards[name] = {digest: [unused + 1, result] for digest, (unused, result) in loaded.items()}
        return self._shards[name]

    def _file(self, name: str) -> str:
        return f"results-{self._key[:16]}-{name}.json"

    def get(self, path: str, kind: str, content: str) -> FileResult | None:
        """`content`: the digest of the file's bytes."""
        name, digest = self._entry(path, kind, content)
        entry = self._shard(name).get(digest)
        if entry is None:
            return None
        if not isinstance(entry[1], FileResult):
            entry[1] = decode_result(entry[1])  # in place of the lists, which weigh more
        entry[0] = 0
        found: FileResult = entry[1]
        return found

    def put(self, kind: str, result: FileResult) -> None:
        name, digest = self._entry(result.path, kind, result.content)
        self._shard(name)[digest] = [0, result]
        self._changed.add(name)

    def save(self) -> None:
        """Write the shards that changed."""
        for name in sorted(self._changed):
            kept = {key: entry for key, entry in self._shards[name].items() if entry[0] < _KEPT_UNUSED}
            self._store(self._file(name), json.dumps(kept, separators=(",", ":")))


def _decoded(text: str | None) -> dict[str, list[Any]]:
    """A shard's content; a damaged one is an empty one."""
    if text is None:
        return {}
    try:
        loaded = json.loads(text)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def decode_result(fields: list[Any]) -> FileResult:
    """A FileResult from the lists that JSON makes of its tuples."""
    path, kind, documents, findings, notes, masks, content, objects, foretold, cacheable = fields
    return FileResult(
        path,
        kind,
        documents,
        tuple(_finding(finding) for finding in findings),
        tuple(Note(*note) for note in notes),
        tuple(Span(*mask) for mask in masks),
        content,
        objects,
        Foretold(foretold[0], tuple(_finding(finding) for finding in foretold[1])),
        cacheable,
    )


def _location(fields: list[Any]) -> Location:
    path, region = fields
    return Location(path, _region(region))


def _finding(fields: list[Any]) -> Finding:
    finding = Finding(*fields)
    fix: list[Any] | None = fields[8]
    return finding._replace(
        location=_location(fields[3]),
        related=tuple(Related(_location(location), message) for location, message in fields[7]),
        fix=None if fix is None else _fix(*fix),
        suppressed=None if finding.suppressed is None else _suppression(fields[9]),
        equivalents=None
        if finding.equivalents is None
        else {peer: tuple(ids) for peer, ids in finding.equivalents.items()},
        sets=tuple(finding.sets),
    )


def _suppression(fields: list[Any]) -> Suppression:
    read = Suppression(*fields)
    region: Any = read.region
    if region is None:
        return read
    return read._replace(region=_region(region), others=tuple(map(_region, read.others)))


def _region(fields: Any) -> Region:
    start, end = fields
    return Region(Position(*start), Position(*end))


def _fix(title: str, safe: bool, edits: list[Any], changes: list[Any]) -> Fix:
    from tollgate.model.finding import Change

    made = tuple(
        Change(verb, document, tuple(path), tuple(value) if verb == "move" else value)
        for verb, document, path, value in changes
    )
    return Fix(title, safe, tuple(Edit(*edit) for edit in edits), made)
