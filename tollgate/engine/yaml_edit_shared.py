"""How often each written node and entry is used: anchors are read in several places."""

from __future__ import annotations

from tollgate.model.node import Alias, Entry, Mapping, Node, Sequence
from tollgate.model.record import NamedTuple


class Uses(NamedTuple):
    """Number of trails that lead to a node (by id) and to a written entry (by its key's offset).

    `merged`: by id of a mapping, those that merge it, each with the offset of its `<<`.
    """

    nodes: dict[int, int]
    entries: dict[int, int]
    aliases: list[Alias]
    merged: dict[int, list[tuple[Mapping, int]]]

    def of_node(self, node: Node) -> int:
        return self.nodes.get(id(node), 1)

    def of_entry(self, entry: Entry) -> int:
        return self.entries.get(entry.key_start, 1)


def count_uses(text: str, start: int, end: int, root: Node | None) -> Uses:
    """Uses within one document; without an alias in it, everything is used once."""
    if root is None or text.find("*", start, end) < 0 or text.find("&", start, end) < 0:
        return Uses({}, {}, [], {})
    order = _parents_first(root)
    nodes = {id(root): 1}
    entries: dict[int, int] = {}
    for node in order:
        times = nodes[id(node)]
        if isinstance(node, Mapping):
            for entry in node.entries.values():
                entries[entry.key_start] = entries.get(entry.key_start, 0) + times
                nodes[id(entry.value)] = nodes.get(id(entry.value), 0) + times
        elif isinstance(node, Sequence):
            for item in node.items:
                nodes[id(item)] = nodes.get(id(item), 0) + times
    return Uses(nodes, entries, _every_alias(root), _merged(order))


def _merged(order: list[Node]) -> dict[int, list[tuple[Mapping, int]]]:
    users: dict[int, list[tuple[Mapping, int]]] = {}
    for node in order:
        for merge in (node.merges if isinstance(node, Mapping) else None) or ():
            parts = merge.value.items if isinstance(merge.value, Sequence) else [merge.value]
            for part in parts:
                users.setdefault(id(part), []).append((node, merge.key_start))  # type: ignore[arg-type]
    return users


def _parents_first(root: Node) -> list[Node]:
    """Every node once, after all nodes that hold it."""
    waiting: dict[int, int] = {}
    seen = {id(root)}
    todo = [root]
    while todo:
        for below in _children(todo.pop()):
            waiting[id(below)] = waiting.get(id(below), 0) + 1
            if id(below) not in seen:
                seen.add(id(below))
                todo.append(below)
    order = []
    todo = [root]
    while todo:
        node = todo.pop()
        order.append(node)
        for below in _children(node):
            waiting[id(below)] -= 1
            if waiting[id(below)] == 0:
                todo.append(below)
    return order


def _children(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return [entry.value for entry in node.entries.values()]
    return node.items if isinstance(node, Sequence) else []


def _every_alias(root: Node) -> list[Alias]:
    """The aliases of a document, those in hidden entries and in what is merged included."""
    aliases: list[Alias] = []
    seen = {id(root)}
    todo = [root]
    while todo:
        node = todo.pop()
        below: list[Node] = []
        if isinstance(node, Mapping):
            hidden = [entry for _, entry in node.shadowed or ()]
            entries = [*node.entries.values(), *hidden, *(node.merges or ())]
            aliases += [entry.alias for entry in entries if entry.alias is not None]
            below = [entry.value for entry in entries]
        elif isinstance(node, Sequence):
            aliases += (node.aliases or {}).values()
            below = node.items
        for one in below:
            if id(one) not in seen:
                seen.add(id(one))
                todo.append(one)
    return aliases
