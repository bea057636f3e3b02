"""Keys into mappings as kubectl has them: the last of equal keys wins, merges apply in document order.

Compose, which reads YAML 1.2, has a written key win over a merged one wherever it stands.
"""

from __future__ import annotations

from tollgate.model.hints import NoReturn
from tollgate.model.node import Alias, Entry, Mapping, Node, Scalar, Sequence
from tollgate.parsers.yaml_problems import Problems, RefusedError


class Entries:
    """Adds entries to the mappings of one document, and tells what hides what."""

    __slots__ = ("_hidden_by_merge", "_problems", "_written_wins")

    def __init__(self, problems: Problems, *, written_wins: bool = False) -> None:
        self._problems = problems
        self._written_wins = written_wins
        self._hidden_by_merge: dict[int, set[str]] = {}

    def add(self, mapping: Mapping, key: str, entry: Entry) -> None:
        """Add a written entry, which hides an equal key, written or merged."""
        known = mapping.entries.get(key)
        mapping.entries[key] = entry
        if known is not None and not _is_merged(known):
            _shadow(mapping, key, known)
            self._problems.duplicate(key, known, entry)
        elif self._hidden_by_merge and key in self._hidden_by_merge.get(id(mapping), ()):
            hidden = next(old for name, old in reversed(mapping.shadowed or []) if name == key)
            self._problems.duplicate(key, hidden, entry)

    def merge(self, mapping: Mapping, entry: Entry) -> None:
        """Apply `<<: value` at its place: it overrides what stands before it."""
        if mapping.merges is None:
            mapping.merges = []
        elif mapping.merges:
            self._problems.duplicate("<<", mapping.merges[-1], entry)
        mapping.merges.append(entry)
        value = entry.value
        if type(value) is Mapping:
            self._merge_one(mapping, value, entry.alias)
        elif type(value) is Sequence and entry.alias is None:
            for index in range(len(value.items) - 1, -1, -1):
                item = value.items[index]
                if type(item) is not Mapping:
                    _refuse(entry)
                self._merge_one(mapping, item, value.aliases.get(index) if value.aliases else None)
        else:
            _refuse(entry)

    def _merge_one(self, mapping: Mapping, merged: Mapping, alias: Alias | None) -> None:
        for key, source in merged.entries.items():
            value = source.value
            if alias is None:
                use = Alias(value.start, value.end, value.start, value.end, "", True)
            else:
                use = Alias(alias.start, alias.end, value.start, value.end, alias.name, True)
            known = mapping.entries.get(key)
            if known is not None and not _is_merged(known):
                if self._written_wins:
                    continue
                _shadow(mapping, key, known)
                self._hidden_by_merge.setdefault(id(mapping), set()).add(key)
                if not _same(known.value, value):
                    self._problems.merge(key, known, use)
            mapping.entries[key] = Entry(source.key_start, source.key_end, value, use)


def _refuse(entry: Entry) -> NoReturn:
    place = entry.alias or entry.value
    message = "only a mapping, or a list of them, can be merged by `<<`"
    raise RefusedError("parse-error", place.start, place.end, message)


def _is_merged(entry: Entry) -> bool:
    return entry.alias is not None and entry.alias.merged


def _shadow(mapping: Mapping, key: str, entry: Entry) -> None:
    if mapping.shadowed is None:
        mapping.shadowed = []
    mapping.shadowed.append((key, entry))


def _same(one: Node, other: Node) -> bool:
    """Whether two nodes are one, or scalars with equal values; cheap, so never sure of collections."""
    if one is other:
        return True
    if type(one) is Scalar and type(other) is Scalar:
        return type(one.value) is type(other.value) and one.value == other.value
    return False
