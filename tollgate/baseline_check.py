"""A baseline that holds lines we would not write: is it right, and if not, where is it wrong?

Only used for such a file, when its content was not seen before: it imports the YAML reader and jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from tollgate.model.baseline import Entry
from tollgate.model.days import is_day
from tollgate.model.hints import Any
from tollgate.model.node import Node, descend, to_plain
from tollgate.model.policy import PolicyProblem
from tollgate.model.source import Source
from tollgate.schema_check import against_schema, placed, read_document, unknown_keys

_SCHEMA = "baseline.schema.json"
_MOST_PROBLEMS = 50
_MEANINGS = {
    "rule": "must be the name of a rule",
    "fingerprint": "must be the 24 hexadecimal digits that `--format json` gives, in quotes",
    "added": "must be a day such as 2026-11-23",
    "until": "must be a day such as 2027-03-01",
}


def check_baseline(source: Source) -> tuple[tuple[Entry, ...], list[PolicyProblem]]:
    """The entries of a baseline, and what is wrong with it; the entries are of use only if nothing is."""
    problems = list(_merge_marks(source))
    if problems:
        return (), problems
    root, doubled, problems = read_document(source, whole="a baseline")
    if problems:
        return (), problems
    if root is None:
        lacking = "the file says nothing: `version: 1` and `findings:` are missing"
        return (), [PolicyProblem(source.path, 1, 1, lacking)]
    plain: Any = to_plain(root)
    if isinstance(plain, dict) and "findings" in plain and plain["findings"] is None:
        plain["findings"] = []  # somebody took the last line away
    complaints = chain(
        unknown_keys(_SCHEMA, plain),
        against_schema(_SCHEMA, plain, whole="the baseline", meanings=_MEANINGS),
    )
    found = {placed(source, root, complaint) for complaint in islice(complaints, _MOST_PROBLEMS)}
    if found or doubled:
        return (), sorted(found.union(doubled[:_MOST_PROBLEMS]))
    entries = tuple(_entry(source, root, index, fields) for index, fields in enumerate(plain["findings"]))
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
