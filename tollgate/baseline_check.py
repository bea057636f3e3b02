"""A baseline that holds lines we would not write: is it right, and if not, where is it wrong?

Only used for such a file, when its content was not seen before: it imports the YAML reader and jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tollgate.baseline_file import is_day
from tollgate.config_check import check_document
from tollgate.model.baseline import Entry
from tollgate.model.node import Node, descend
from tollgate.model.policy import PolicyProblem
from tollgate.model.source import Source

_SCHEMA = "baseline.schema.json"
_MOST_PROBLEMS = 50


def check_baseline(source: Source) -> tuple[tuple[Entry, ...], list[PolicyProblem]]:
    """The entries of a baseline, and what is wrong with it; the entries are of use only if nothing is."""
    problems = list(_merge_marks(source))
    if problems:
        return (), problems
    root, plain, problems = check_document(source, _SCHEMA, called="a baseline")
    if problems:
        return (), problems
    if root is None or plain is None:
        lacking = "the file says nothing: `version: 1` and `findings:` are missing"
        return (), [PolicyProblem(source.path, 1, 1, lacking)]
    entries = tuple(
        _entry(source, root, index, fields) for index, fields in enumerate(plain["findings"])
    )
    return entries, [*_doubled(source, root, entries), *_no_days(source, root, entries)][:_MOST_PROBLEMS]


def _merge_marks(source: Source) -> Iterator[PolicyProblem]:
    """The first line of each conflict that a merge left."""
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.startswith("<<<<<<< "):
            message = (
                "a merge left a conflict here: keep the lines of both sides, take the marks "
                "(<<<<<<<, =======, >>>>>>>) away, and run `tollgate baseline prune`"
            )
            yield PolicyProblem(source.path, number, 1, message)


def _entry(source: Source, root: Node, index: int, fields: Mapping[str, Any]) -> Entry:
    return Entry(
        fields["path"],
        fields["rule"],
        fields["fingerprint"],
        fields.get("object", ""),
        fields.get("count", 1),
        fields.get("added", ""),
        fields.get("until", ""),
        fields.get("approved-by", ""),
        fields.get("reason", ""),
        _position(source, root, index)[0],
    )


def _position(source: Source, root: Node, index: int, key: str = "") -> tuple[int, int]:
    trail = ("findings", index, key) if key else ("findings", index)
    node = descend(root, trail)
    assert node is not None
    return source.position(node.start)


def _doubled(source: Source, root: Node, entries: tuple[Entry, ...]) -> Iterator[PolicyProblem]:
    first: dict[tuple[str, str, str], Entry] = {}
    for index, entry in enumerate(entries):
        before = first.setdefault((entry.path, entry.rule, entry.fingerprint), entry)
        if before is not entry:
            message = (
                f"line {before.line} accepts this finding of `{entry.rule}` already: remove one of the two, "
                "or say `count: 2` if there are two"
            )
            yield PolicyProblem(source.path, *_position(source, root, index), message)


def _no_days(source: Source, root: Node, entries: tuple[Entry, ...]) -> Iterator[PolicyProblem]:
    for index, entry in enumerate(entries):
        for key, day in (("added", entry.added), ("until", entry.until)):
            if day and not is_day(day):
                place = _position(source, root, index, key)
                yield PolicyProblem(source.path, *place, f"`{day}` is no day of the calendar")
