"""From changes to what each written mapping, list and value is to become.

The tree is walked along the changed paths only, beside the plain tree that shall come out. Every
difference becomes a `Wish` at the written node. A node that several trails lead to (an anchor) is
only edited if all of them wish the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence as Seq

from tollgate.engine.yaml_edit_changes import same_plain, thawed
from tollgate.engine.yaml_edit_render import Text, plain_of
from tollgate.engine.yaml_edit_shared import Uses
from tollgate.engine.yaml_edit_text import (
    Page,
    Refused,
    Slot,
    after_colon,
    after_properties,
    by_reference,
    column_of,
    item_start,
)
from tollgate.model.finding import Change
from tollgate.model.node import Entry, Mapping, Node, Scalar, Sequence, Trail, to_plain
from tollgate.model.record import NamedTuple


class Touch:
    """What the changes say below one place.

    whole    the value may differ anywhere
    gone     the key or item goes
    moved    it goes elsewhere
    renamed  the key's new name
    origin   the trail whose text moves here
    """

    __slots__ = ("below", "gone", "moved", "origin", "renamed", "whole")

    def __init__(self, *, whole: bool = False) -> None:
        self.below: dict[str | int, Touch] = {}
        self.whole = whole
        self.gone = False
        self.moved = False
        self.renamed: str | None = None
        self.origin: Trail | None = None

    def at(self, trail: Trail) -> Touch:
        touch = self
        for key in trail:
            touch = touch.below.setdefault(key, Touch())
        return touch


def touched(changes: Seq[Change]) -> Touch:
    top = Touch()
    for change in changes:
        touch = top.at(change.path)
        if change.verb == "set":
            touch.whole = True
        elif change.verb == "remove":
            touch.gone = True
        elif change.verb == "rename":
            touch.renamed = str(change.value)
        elif change.verb == "move" and isinstance(change.value, tuple):
            touch.gone = touch.moved = True
            there = top.at(change.value)
            there.whole = True
            there.origin = change.path
    return top


class Wish:
    """One difference at a written place.

    verb     add, drop, rename, instead (another value), reference (instead of `*name`), items
    key      tells places apart
    node     the mapping or list that is changed, or the value that is replaced
    payload  the new value, name, or (items that go, items that come)
    uses     how many trails lead to the place
    trails   those that wish it
    held     one of them leads to the mapping that the key is written in, not only to one that merges it
    """

    __slots__ = ("agreed", "entry", "held", "node", "payload", "slot", "trails", "uses", "verb")

    def __init__(self, verb: str, node: Node, payload: object, uses: int, entry: Entry | None) -> None:
        self.verb = verb
        self.node = node
        self.payload = payload
        self.uses = uses
        self.entry = entry
        self.slot: Slot | None = None
        self.trails: list[Trail] = []
        self.agreed = True
        self.held = False


class Step(NamedTuple):
    """A place to compare. `direct`: not read through an alias token."""

    trail: Trail
    node: Node
    new: object
    touch: Touch
    slot: Slot
    direct: bool


_EVERYTHING = Touch(whole=True)


class Planner:
    """Collects wishes. `own`: trails of merged keys that get a key of their own instead."""

    __slots__ = ("_text_of", "own", "page", "passed", "slots", "todo", "uses", "wishes")

    def __init__(
        self, page: Page, uses: Uses, own: set[Trail], text_of: Callable[[Trail, str], Text | None]
    ) -> None:
        self.page = page
        self.uses = uses
        self.own = own
        self._text_of = text_of
        self.wishes: dict[tuple[str, int, str], Wish] = {}
        self.slots: dict[int, Slot] = {}
        self.passed: dict[Trail, list[Trail]] = {}
        self.todo: list[Step] = []

    def walk(self, root: Node, new: object, touch: Touch) -> None:
        flow = not isinstance(root, Mapping | Sequence) or root.flow
        self.todo = [
            Step((), root, new, touch, Slot("root", self.page.start, 0, flow and self.page.json), True)
        ]
        while self.todo:
            step = self.todo.pop()
            certain = step.touch.whole or isinstance(step.node, Scalar)
            if step.new is step.node or (certain and _same(step.node, step.new)):
                continue
            if isinstance(step.node, Mapping) and isinstance(step.new, dict):
                self._mapping(step, step.node, step.new)
            elif isinstance(step.node, Sequence) and isinstance(step.new, list):
                self._sequence(step, step.node, step.new)
            else:
                self._instead(step)

    def is_agreed(self, wish: Wish) -> bool:
        """Whether every use of the place wishes the same, those through merges included."""
        if not wish.agreed or not wish.held or len(wish.trails) < wish.uses:
            return False
        users = self.uses.merged.get(id(wish.node), ())
        if wish.verb == "instead":
            return not users
        if wish.verb != "add":
            return True
        key = str(wish.trails[0][-1])
        return all(self._keeps_to_itself(mapping, at, key, wish) for mapping, at in users)

    def _keeps_to_itself(self, mapping: Mapping, merge: int, key: str, wish: Wish) -> bool:
        """Whether a key that is new in a merged mapping changes nothing, or what is wished, here."""
        entry = mapping.entries.get(key)
        if entry is not None and entry.key_start > merge and (entry.alias is None or not entry.alias.merged):
            return True
        own = self.wishes.get(("add", id(mapping), key))
        return own is not None and _same_payload(own.payload, wish.payload)

    def _wish(
        self, verb: str, step: Step, at: int, key: str, payload: object, uses: int, entry: Entry | None = None
    ) -> None:
        place = (verb, at, key)
        payload = _settled(payload)
        wish = self.wishes.get(place)
        if wish is None:
            wish = self.wishes[place] = Wish(verb, step.node, payload, uses, entry)
        elif not _same_payload(wish.payload, payload):
            wish.agreed = False
        if step.direct:
            wish.slot = step.slot
        if entry is None or entry.alias is None or not entry.alias.merged:
            wish.node, wish.entry, wish.held = step.node, entry, True
        wish.trails.append((*step.trail, key) if key else step.trail)

    def _instead(self, step: Step) -> None:
        self._wish("instead", step, id(step.node), "", step.new, self.uses.of_node(step.node))

    def _mapping(self, step: Step, node: Mapping, new: dict[str, object]) -> None:
        below = step.touch.below
        keys = list(dict.fromkeys([*node.entries, *new])) if step.touch.whole else [*below]
        renamed = {touch.renamed for touch in below.values() if touch.renamed is not None}
        for key in keys:
            if not isinstance(key, str) or key in renamed:
                continue
            touch = below.get(key, _EVERYTHING)
            entry = node.entries.get(key)
            if touch.renamed is not None and entry is not None:
                self._wish(
                    "rename", step, entry.key_start, key, touch.renamed, self.uses.of_entry(entry), entry
                )
                self._drop_hidden(step, node, key)
                self._below(step, key, entry, new[touch.renamed], below.get(touch.renamed, Touch()))
            elif entry is None:
                if key in new:
                    self._add(step, key, new[key], touch)
            elif key not in new:
                self._drop(step, node, key, entry)
            else:
                self._below(step, key, entry, new[key], touch)

    def _add(self, step: Step, key: str, value: object, touch: Touch) -> None:
        dressed = self._dressed(value, touch, key)
        self._wish("add", step, id(step.node), key, dressed, self.uses.of_node(step.node))

    def _dressed(self, value: object, touch: Touch, key: str) -> object:
        """The value with the text it had where it comes from."""
        if touch.origin is not None:
            text = self._text_of(touch.origin, key)
            if text is not None:
                return text
        if isinstance(value, dict) and touch.below and not touch.whole:
            return {
                name: self._dressed(item, touch.below[name], name) if name in touch.below else item
                for name, item in value.items()
            }
        return value

    def _drop(self, step: Step, node: Mapping, key: str, entry: Entry) -> None:
        for merge in node.merges or ():
            if not (entry.alias and entry.alias.merged) and key in _merged_keys(merge.value):
                raise Refused(f"without `{key}` the merged one would come to light")
        touch = step.touch.below.get(key)
        payload = "moved" if touch is not None and touch.moved else None
        self._wish("drop", step, entry.key_start, key, payload, self.uses.of_entry(entry), entry)
        self._drop_hidden(step, node, key)

    def _drop_hidden(self, step: Step, node: Mapping, key: str) -> None:
        uses = self.uses.of_node(node)
        for name, hidden in node.shadowed or ():
            if name == key and not (hidden.alias and hidden.alias.merged):
                self._wish("drop", step, hidden.key_start, key, None, uses, hidden)

    def _below(self, step: Step, key: str, entry: Entry, new: object, touch: Touch) -> None:
        trail = (*step.trail, key)
        if trail in self.own and isinstance(step.node, Mapping):
            if not _same(entry.value, new):
                self._wish("add", step, id(step.node), key, new, self.uses.of_node(step.node))
                self._drop_hidden(step, step.node, key)
            return
        if touch.whole and by_reference(entry.alias):
            if not _same(entry.value, new):
                uses = self.uses.of_entry(entry)
                self._wish("reference", step, entry.key_start, key, new, uses, entry)
            return
        header = after_properties(self.page.text, after_colon(self.page.text, entry))
        column = column_of(self.page.text, entry.key_start)
        flow = isinstance(step.node, Mapping) and step.node.flow
        slot = Slot("key", header, column, flow)
        self.todo.append(Step(trail, entry.value, new, touch, slot, entry.alias is None))

    def _sequence(self, step: Step, node: Sequence, new: list[object]) -> None:
        if step.touch.whole:
            gone = _aligned(node, new)
            if gone is None:
                self._instead(step)
                return
            below: dict[str | int, Touch] = {}
        else:
            below = step.touch.below
            gone = {key for key, touch in below.items() if touch.gone and isinstance(key, int)}
        kept = len(node.items) - len(gone)
        if gone or len(new) > kept:
            payload = (gone, new[kept:])
            self._wish("items", step, id(node), "", payload, self.uses.of_node(node))
        for index, touch in below.items():
            if isinstance(index, int) and not touch.gone:
                start = item_start(self.page.text, node, index)
                header = start if node.flow else after_properties(self.page.text, start + 1)
                slot = Slot("item", header, column_of(self.page.text, start), node.flow)
                value = new[index - sum(other < index for other in gone)]
                direct = index not in (node.aliases or {})
                if touch.whole and not direct:
                    raise Refused("an item that is an alias is not replaced")
                self.todo.append(Step((*step.trail, index), node.items[index], value, touch, slot, direct))


def _same(node: Node, new: object) -> bool:
    return new is node or same_plain(to_plain(node), thawed(new))


def _merged_keys(node: Node) -> set[str]:
    parts = node.items if isinstance(node, Sequence) else [node]
    return {key for part in parts if isinstance(part, Mapping) for key in part.entries}


def _settled(payload: object) -> object:
    """The payload without nodes in it."""
    if isinstance(payload, tuple):
        return payload[0], thawed(payload[1])
    return payload if isinstance(payload, Text) else thawed(payload)


def _same_payload(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return one[0] == other[0] and same_plain(one[1], other[1])
    return same_plain(plain_of(one), plain_of(other))


def _aligned(node: Sequence, new: list[object]) -> set[int] | None:
    """Which items go so that the rest begins `new`; None if a whole new list is better."""
    gone: set[int] = set()
    at = 0
    for index, item in enumerate(node.items):
        if at < len(new) and _same(item, new[at]):
            at += 1
        else:
            gone.add(index)
    return gone if at and (at == len(new) or not gone) else None
