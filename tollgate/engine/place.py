"""Where a failed condition is: its region, the related places, and the node's text for messages."""

from __future__ import annotations

from tollgate.checks.places import anchored
from tollgate.model.finding import RelatedSpan
from tollgate.model.node import (
    Mapping,
    Node,
    Place,
    Scalar,
    Sequence,
    Trail,
    descend,
    key_place,
    nearest_key,
    place_of,
)
from tollgate.model.record import NamedTuple
from tollgate.model.target import Target
from tollgate.vocabulary import Clause, Compiled, Located, locate


class Culprit(NamedTuple):
    """`value` is the offending node, None where something is missing."""

    start: int
    end: int
    related: tuple[RelatedSpan, ...]
    value: Node | None
    missing: bool


def failing_clause(compiled: Compiled, target: Target, *, wanted: bool) -> Clause | None:
    """The first clause in written order that decides: not true under `require` (wanted=True),
    true (or unknowable) under `forbid`."""
    if len(compiled.clauses) == 1:
        return compiled.clauses[0]
    for clause in compiled.clauses:
        holds = clause.condition(target) is True
        if holds is not wanted:
            return clause
    return compiled.clauses[0] if compiled.clauses else None


def culprit(clause: Clause | None, target: Target, root: Node | None) -> Culprit:
    """The place of a clause's value, of its offending elements, or the grip of what lacks it."""
    if clause is None or not clause.path.keys:
        return _grip(target)
    found = locate(clause.path, target)
    if found.node is None:
        return _missing(found, target, root)
    if clause.offenders is not None:
        indices = clause.offenders(target)
        places = [_element(found, index, root, keys=clause.path.wants_keys) for index in indices]
        if places:
            return _several(places)
    if clause.culprits is not None:
        places = [_below(found, trail, root) for trail in clause.culprits(target)]
        if places:
            return _several(places)
    place = _place(found.trail, found.node, root)
    return Culprit(place.start, place.end, anchored(place.anchor), found.node, missing=False)


def _grip(target: Target) -> Culprit:
    span = target.grip()
    return Culprit(span.start, span.end, (), None, missing=False)


def _missing(found: Located, target: Target, root: Node | None) -> Culprit:
    """The key of the nearest existing ancestor below the target, else the target's grip."""
    if found.trail is not None and root is not None:
        place = nearest_key(root, found.trail, below=len(found.owner.trail))
        if place is not None:
            return Culprit(place.start, place.end, anchored(place.anchor), None, missing=True)
    return _grip(target)._replace(missing=True)


def _place(trail: Trail | None, node: Node, root: Node | None) -> Place:
    if trail is not None and root is not None:
        place = place_of(root, trail)
        if place is not None:
            return place
    return Place(node.start, node.end)


def _element(found: Located, index: int, root: Node | None, *, keys: bool) -> tuple[Place, Node]:
    node = found.node
    if keys and isinstance(node, Mapping):
        name = list(node.entries)[index]
        entry = node.entries[name]
        place = None if found.trail is None or root is None else key_place(root, (*found.trail, name))
        return place or Place(entry.key_start, entry.key_end), Scalar(name, entry.key_start, entry.key_end)
    if isinstance(node, Sequence):
        item = node.items[index]
        return _place(None if found.trail is None else (*found.trail, index), item, root), item
    assert node is not None
    return _place(found.trail, node, root), node


def _below(found: Located, trail: Trail, root: Node | None) -> tuple[Place, Node]:
    node = descend(found.node, trail)
    assert node is not None
    return _place(None if found.trail is None else (*found.trail, *trail), node, root), node


def _several(places: list[tuple[Place, Node]]) -> Culprit:
    (first, value), *rest = places
    related = [*anchored(first.anchor), *(RelatedSpan("also here", one.start, one.end) for one, _ in rest)]
    return Culprit(first.start, first.end, tuple(related), value, missing=False)
