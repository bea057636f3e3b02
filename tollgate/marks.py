"""What a rule cannot find anything without: names that a file must hold.

A rule with `forbid: {hostNetwork: {is: true}}` has nothing to say of a file in which no mapping has that
key. The catalog keeps each rule's marks beside its name, so that a run passes over most rules by comparing
sets, without decoding or asking them (`engine.select`). Marks are necessary, never sufficient: what this
module is not sure of is no mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tollgate.model.hints import Any
from tollgate.model.manifests import COMPUTED_FIELDS
from tollgate.vocabulary import Path, parse_path

Group = frozenset[str]
"""One of these keys, or kinds of objects, must be in the file."""

_OWNERS = frozenset({"pod", "workload", "manifest", "container"})
_WHOLE_OBJECTS = frozenset({"manifest", "workload"})


def marks_of(rule: Mapping[str, Any]) -> list[list[str]]:
    """The marks of a rule as its file has it: all of the groups must be met, each by one of its names."""
    if rule.get("relational"):
        return []
    noun = rule["select"]
    groups = list(_groups(rule.get("where") or {}, noun))
    if rule.get("unknown") != "finding":  # else a value that cannot be known is one, whatever else is absent
        groups += _groups(rule.get("forbid") or {}, noun)
    if rule.get("needs"):
        groups.append(frozenset(rule["needs"]))
    return sorted(sorted(group) for group in set(groups))


def _groups(conditions: Mapping[str, Any], noun: str) -> Iterator[Group]:
    """What must be in the file for all of the conditions to be true."""
    for key, words in conditions.items():
        if key == "any_of":
            yield from _one_of([list(_groups(branch, noun)) for branch in words])
        elif key != "not":
            yield from _clause(parse_path(key), words, noun)


def _one_of(branches: Iterable[list[Group]]) -> Iterator[Group]:
    """Each branch needs all of its groups, so a name of its narrowest is there if that branch is true."""
    narrowest = [min(groups, key=lambda one: (len(one), sorted(one)), default=None) for groups in branches]
    known = [group for group in narrowest if group is not None]
    if len(known) == len(narrowest):
        yield frozenset[str]().union(*known)


def _clause(path: Path, words: Mapping[str, Any], noun: str) -> Iterator[Group]:
    if _holds_without(words) or "{" in path.text:
        return
    subject = noun if path.climb is None else path.climb
    if subject in _WHOLE_OBJECTS and path.keys == ("kind",):
        kinds = words.get("in", [words.get("is")])
        if isinstance(kinds, list) and all(isinstance(kind, str) and kind[:1] != "$" for kind in kinds):
            yield frozenset(kinds)
    for key in _written(path, noun):
        yield frozenset({key})


def _holds_without(words: Mapping[str, Any]) -> bool:
    """Whether the words can be true of what is not there."""
    if words.get("optional"):
        return True
    about_presence = "present" in words or "absent" in words
    return about_presence and words.get("present") is not True and words.get("absent") is not False


def _written(path: Path, noun: str) -> Iterator[str]:
    """The keys of a path that are keys of the YAML text; from the first that a target makes up none is."""
    if path.climb is not None:
        if path.climb not in _OWNERS:
            return
        noun = path.climb
    made_up = frozenset[str]() if noun[:1].isupper() else COMPUTED_FIELDS.get(noun)
    if made_up is None or not path.keys or path.keys[0] in made_up:
        return
    yield from path.keys
