"""Changes to plain trees: what a fix declares, to hold the edited file against."""

from __future__ import annotations

from collections.abc import Sequence as Seq

from tollgate.model.finding import Change
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, to_plain


class ChangeError(ValueError):
    """A change that the tree has no room for: its message says why."""


class _Tree:
    """A plain tree of which only what changes is copied. `fresh` holds the copies by id."""

    __slots__ = ("fresh", "holder")

    def __init__(self, plain: object) -> None:
        self.holder: list[object] = [plain]
        self.fresh: dict[int, object] = {id(self.holder): self.holder}

    def container(self, trail: Trail, *, make: bool) -> dict[str, object] | list[object]:
        """The container at `trail`, owned. `make`: missing mappings on the way are made."""
        current: dict[str, object] | list[object] = self.holder
        for key in (0, *trail):
            current = self._own(current, key, make=make)
        return current

    def _own(
        self, parent: dict[str, object] | list[object], key: str | int, *, make: bool
    ) -> dict[str, object] | list[object]:
        value = _value_at(parent, key)
        if value is None and make:
            value = {}
        owned = _opened(value)
        if owned is None:
            if not isinstance(value, dict | list):
                raise ChangeError(f"nothing can stand below `{key}`")
            if id(value) in self.fresh:
                return value
            owned = value.copy()
        self.fresh[id(owned)] = owned
        parent[key] = owned  # type: ignore[index]
        return owned


def _opened(value: object) -> dict[str, object] | list[object] | None:
    """One level of a collection node, its collections still nodes; None for anything else."""
    if isinstance(value, Mapping):
        return {key: shallow(entry.value) for key, entry in value.entries.items()}
    if isinstance(value, Sequence):
        return [shallow(item) for item in value.items]
    return None


def shallow(node: Node) -> object:
    """A scalar's value; a collection stays a node until something below it changes."""
    return node.value if isinstance(node, Scalar) else node


def thawed(value: object) -> object:
    """Plain data all the way. Nests no deeper than the paths of changes, and nodes are no recursion."""
    if isinstance(value, Mapping | Sequence):
        return to_plain(value)
    if isinstance(value, dict):
        return {key: thawed(item) for key, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, list) else value


def apply_changes(plain: object, changes: Seq[Change]) -> object:
    """A document's plain tree with `changes` applied; `plain` itself stays as it is.

    `plain` may be a node: then only what changes is made plain, and the rest stays nodes.
    List indices in paths mean the tree before any of the changes: items go last, highest first.
    Raises ChangeError if the tree has no room for a change.
    """
    tree = _Tree(plain)
    gone: set[Trail] = set()
    for change in changes:
        _apply(tree, change, gone)
    for trail in sorted(gone, key=_removal_order, reverse=True):
        items = tree.container(trail[:-1], make=False)
        _need(items, trail[-1])
        del items[trail[-1]]  # type: ignore[arg-type]
    return tree.holder[0]


def _removal_order(trail: Trail) -> tuple[int, int]:
    index = trail[-1]
    assert isinstance(index, int)
    return len(trail), index


def _apply(tree: _Tree, change: Change, gone: set[Trail]) -> None:
    if change.verb == "set":
        _set(tree, change.path, change.value)
    elif change.verb == "remove":
        _remove(tree, change.path, gone)
    elif change.verb == "append":
        _append(tree, change.path, change.value)
    elif change.verb == "rename":
        _rename(tree, change.path, change.value)
    else:
        _move(tree, change.path, change.value, gone)


def _set(tree: _Tree, path: Trail, value: object) -> None:
    if not path:
        tree.holder[0] = value
        return
    parent = tree.container(path[:-1], make=True)
    key = path[-1]
    if not (isinstance(parent, dict) and isinstance(key, str)):
        _need(parent, key)
    parent[key] = value  # type: ignore[index]


def _remove(tree: _Tree, path: Trail, gone: set[Trail]) -> None:
    if not path:
        raise ChangeError("a whole document cannot be removed")
    parent = tree.container(path[:-1], make=False)
    key = path[-1]
    _need(parent, key)
    if isinstance(parent, dict):
        del parent[str(key)]
    else:
        gone.add(path)


def _append(tree: _Tree, path: Trail, value: object) -> None:
    parent = tree.container(path[:-1], make=True) if path else tree.holder
    key = path[-1] if path else 0
    old = _value_at(parent, key)
    items = _opened(old) if isinstance(old, Sequence) else [] if old is None else old
    if not isinstance(items, list):
        raise ChangeError(f"`{key}` is no list")
    _set(tree, path, [*items, value])


def _rename(tree: _Tree, path: Trail, name: object) -> None:
    parent = tree.container(path[:-1], make=False)
    if not isinstance(parent, dict) or not isinstance(name, str):
        raise ChangeError("only keys of mappings can be renamed")
    _need(parent, path[-1])
    if name in parent:
        raise ChangeError(f"`{name}` is there already")
    parent[name] = parent.pop(str(path[-1]))


def _move(tree: _Tree, path: Trail, to: object, gone: set[Trail]) -> None:
    if not path or not isinstance(to, tuple) or to[: len(path)] == path:
        raise ChangeError("a value cannot be moved there")
    value = _need(tree.container(path[:-1], make=False), path[-1])
    there = _value_at(tree.container(to[:-1], make=True), to[-1])
    if there is not None and not same_plain(thawed(there), thawed(value)):
        raise ChangeError(f"`{to[-1]}` is there already")
    _set(tree, to, value)
    _remove(tree, path, gone)


def _need(parent: dict[str, object] | list[object], key: str | int) -> object:
    """The value at `key`, which must exist."""
    inside = (isinstance(parent, dict) and key in parent) or (
        isinstance(parent, list) and isinstance(key, int) and 0 <= key < len(parent)
    )
    if not inside:
        raise ChangeError(f"there is no `{key}`")
    return parent[key]  # type: ignore[index]


def _value_at(parent: dict[str, object] | list[object], key: str | int) -> object:
    """The value at `key`; None where the key is missing. Raises ChangeError for a missing item."""
    if isinstance(parent, dict):
        return parent.get(key) if isinstance(key, str) else _need(parent, key)
    return _need(parent, key)


def same_plain(left: object, right: object) -> bool:
    """Equal with types: 1, 1.0 and true differ. The order of keys does not count. Iterative."""
    todo = [(left, right)]
    while todo:
        one, other = todo.pop()
        if one is other:
            continue
        if type(one) is not type(other):
            return False
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            todo.extend((value, other[key]) for key, value in one.items())
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            todo.extend(zip(one, other, strict=True))
        elif one != other:
            return False
    return True


class Claims:
    """Which paths a set of fixes has spoken for, to tell which further fix goes along with them.

    Two fixes go along when neither says anything about the value the other one sets, removes or
    moves: several keys below one mapping, even a missing one, are no conflict.
    """

    __slots__ = ("_lists", "_made", "_whole")

    def __init__(self) -> None:
        self._whole: set[tuple[int, Trail]] = set()
        self._lists: set[tuple[int, Trail]] = set()
        self._made: set[str] = set()

    def take(self, changes: Seq[Change]) -> bool:
        """Claim what `changes` touch; False, and nothing claimed, if that conflicts with others."""
        new = [change for change in changes if _spelled(change) not in self._made]
        if any(self._taken(change) for change in new):
            return False
        for change in new:
            self._made.add(_spelled(change))
            for path in _whole_paths(change):
                self._whole.add((change.document, path))
                self._lists.update((change.document, path[:end]) for end in range(len(path)))
            if change.verb == "append":
                ends = range(len(change.path) + 1)
                self._lists.update((change.document, change.path[:end]) for end in ends)
        return True

    def _taken(self, change: Change) -> bool:
        paths = _whole_paths(change)
        at = change.document
        if any((at, path) in self._lists for path in paths):
            return True
        every = (*paths, change.path)
        return any((at, path[:end]) in self._whole for path in every for end in range(len(path) + 1))


def _whole_paths(change: Change) -> tuple[Trail, ...]:
    """The paths whose whole value is at stake."""
    if change.verb == "append":
        return ()
    if change.verb == "move" and isinstance(change.value, tuple):
        return change.path, change.value
    if change.verb == "rename":
        return change.path, (*change.path[:-1], str(change.value))
    return (change.path,)


def _spelled(change: Change) -> str:
    return repr(change)


def united(groups: Seq[Seq[Change]]) -> tuple[Change, ...]:
    """The changes of several fixes, each said once."""
    said: dict[str, Change] = {}
    for group in groups:
        for change in group:
            said.setdefault(_spelled(change), change)
    return tuple(said.values())
