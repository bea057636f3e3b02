"""Span-carrying values: what YAML documents are made of, and what Dockerfile words are.

`start` and `end` are half-open character offsets into `Source.text`. Nodes are shared between an
anchor and its aliases, so a node does not know its parent: a trail (keys and indices from the
document's root) names a place. Never walk nodes recursively: input decides their depth.

The classes are mutable and slotted because the parser creates millions; nothing else changes them.
"""

from __future__ import annotations

from tollgate.model.hints import TypeAlias, Union
from tollgate.model.record import NamedTuple


class Unknown:
    """The value of something that cannot be known before run time, such as an ARG without default."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()

Value: TypeAlias = Union[str, int, float, bool, None, Unknown]  # noqa: UP007 (needed at run time on 3.10)


class Alias(NamedTuple):
    """Where a value is used by reference: the `*name` token, and the value it stands for.

    Through a merge, `anchor_start`, `anchor_end` are the span of the one merged value. A mapping merged
    where it is written (`<<: {…}`) has no name, and all four offsets are its value's own.
    """

    start: int
    end: int
    anchor_start: int
    anchor_end: int
    name: str
    merged: bool
    """True when the entry came in through a merge key (`<<: *name`)."""


class Scalar:
    """A single value. `style` is YAML's: "" plain, "'", '"', "|", ">". `tag` only if written."""

    __slots__ = ("end", "start", "style", "tag", "value")

    def __init__(self, value: Value, start: int, end: int, style: str = "", tag: str | None = None) -> None:
        self.value = value
        self.start = start
        self.end = end
        self.style = style
        self.tag = tag

    def __repr__(self) -> str:
        return f"Scalar({self.value!r}, {self.start}, {self.end})"


class Entry:
    """One key of a mapping with its value. `alias` is set if the value is read by reference."""

    __slots__ = ("alias", "key_end", "key_start", "value")

    def __init__(self, key_start: int, key_end: int, value: Node, alias: Alias | None = None) -> None:
        self.key_start = key_start
        self.key_end = key_end
        self.value = value
        self.alias = alias


class Mapping:
    """Keys to entries as the runtime sees them: merges applied, the last of equal keys kept."""

    __slots__ = ("end", "entries", "flow", "merges", "shadowed", "start")

    def __init__(self, start: int, end: int, *, flow: bool = False) -> None:
        self.start = start
        self.end = end
        self.flow = flow
        self.entries: dict[str, Entry] = {}
        self.shadowed: list[tuple[str, Entry]] | None = None
        """Written entries that a later equal key or merge hides, in document order."""
        self.merges: list[Entry] | None = None
        """The `<<` entries as written; each one's value is what is merged."""

    def __repr__(self) -> str:
        return f"Mapping({list(self.entries)!r}, {self.start}, {self.end})"

    def get(self, key: str) -> Node | None:
        """The value at `key`; None if absent. An explicit null is a Scalar with value None."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value


class Sequence:
    """A list. `aliases` maps the index of an item that is written as an alias to that alias."""

    __slots__ = ("aliases", "end", "flow", "items", "start")

    def __init__(self, start: int, end: int, *, flow: bool = False) -> None:
        self.start = start
        self.end = end
        self.flow = flow
        self.items: list[Node] = []
        self.aliases: dict[int, Alias] | None = None

    def __repr__(self) -> str:
        return f"Sequence({len(self.items)} items, {self.start}, {self.end})"


Node: TypeAlias = Union[Scalar, Mapping, Sequence]  # noqa: UP007

Trail: TypeAlias = tuple[Union[str, int], ...]  # noqa: UP007
"""Keys and list indices that lead from a document's root to a node."""


class Place(NamedTuple):
    """Where a value stands in the text. `anchor` is set when it is read through an alias or merge:
    then `start`, `end` are the alias token's, inside the object that uses it."""

    start: int
    end: int
    anchor: Alias | None = None


def child(node: Node | None, key: str | int) -> Node | None:
    """The value at a mapping's key or a sequence's index; None where there is none."""
    if type(node) is Mapping and type(key) is str:
        entry = node.entries.get(key)
        return None if entry is None else entry.value
    if type(node) is Sequence and type(key) is int and -len(node.items) <= key < len(node.items):
        return node.items[key]
    return None


def descend(node: Node | None, trail: Trail) -> Node | None:
    for key in trail:
        if type(node) is Mapping and type(key) is str:  # as `child`, which is called nowhere else as often
            entry = node.entries.get(key)
            if entry is None:
                return None
            node = entry.value
        else:
            node = child(node, key)
            if node is None:
                return None
    return node


def place_of(root: Node, trail: Trail) -> Place | None:
    """The place of the value at `trail` below `root`: the outermost alias on the way, if any."""
    node, alias = _reached(root, trail)
    return alias or (None if node is None else Place(node.start, node.end))


def _reached(root: Node, trail: Trail) -> tuple[Node | None, Place | None]:
    """The value at `trail`, or the place of the outermost alias on the way; neither where there is none."""
    node: Node | None = root
    for key in trail:
        if type(node) is Mapping and type(key) is str:
            entry = node.entries.get(key)
            if entry is None:
                return None, None
            alias = entry.alias
            node = entry.value
        else:
            alias = _item_alias(node, key)
            node = child(node, key)
        if alias is not None:
            return None, Place(alias.start, alias.end, alias)
    return node, None


def key_place(root: Node, trail: Trail) -> Place | None:
    """The place of the last key of `trail` (of the item itself where it is an index)."""
    parent, alias = _reached(root, trail[:-1])
    if alias is not None:
        return alias
    if parent is None:
        return None
    last = trail[-1]
    if type(parent) is not Mapping or type(last) is not str:
        return place_of(parent, (last,))
    entry = parent.entries.get(last)
    if entry is None:
        return None
    if entry.alias is not None and entry.alias.merged:
        return Place(entry.alias.start, entry.alias.end, entry.alias)
    return Place(entry.key_start, entry.key_end)


def nearest_key(root: Node, trail: Trail, *, below: int) -> Place | None:
    """The place of the last key on `trail` that exists, not counting its first `below` ones.

    A key with an explicit null exists. None where none of them does.
    """
    node: Node | None = root
    alias = None  # the outermost on the way to the key
    last: Entry | None = None
    reached = 0
    for key in trail:
        if type(node) is Mapping and type(key) is str:
            entry = node.entries.get(key)
            if entry is None:
                break
            alias = alias or (None if last is None else last.alias)
            last, node = entry, entry.value
        else:
            item = child(node, key)
            if item is None:
                break
            alias = alias or (None if last is None else last.alias) or _item_alias(node, key)
            last, node = None, item
        reached += 1
    if reached <= below or node is None:
        return None
    if alias is None and last is not None:
        if last.alias is None or not last.alias.merged:
            return Place(last.key_start, last.key_end)
        alias = last.alias
    return Place(node.start, node.end) if alias is None else Place(alias.start, alias.end, alias)


def _item_alias(node: Node | None, key: str | int) -> Alias | None:
    if type(node) is Sequence and node.aliases is not None and type(key) is int:
        return node.aliases.get(key)
    return None


def to_plain(node: Node | None) -> object:
    """Dicts, lists and values without spans, for comparing trees. Iterative; aliases are expanded."""
    holder: list[object] = [None]
    todo: list[tuple[Node | None, list[object] | dict[str, object], int | str]] = [(node, holder, 0)]
    while todo:
        current, into, at = todo.pop()
        plain: object = None
        if isinstance(current, Mapping):
            mapping: dict[str, object] = dict.fromkeys(current.entries)
            todo.extend((entry.value, mapping, key) for key, entry in current.entries.items())
            plain = mapping
        elif isinstance(current, Sequence):
            items: list[object] = [None] * len(current.items)
            todo.extend((item, items, index) for index, item in enumerate(current.items))
            plain = items
        elif current is not None:
            plain = current.value
        into[at] = plain  # type: ignore[index]
    return holder[0]
