"""Simple block YAML, read line by line without libyaml: in a third of its time, and without its import.

Nearly all manifests are block mappings and sequences whose scalars end on their line. This reader builds of
them what `yaml_build` builds of libyaml's events, node by node and offset by offset; tests hold one against
the other. Of all else it makes no guess: at the first line that it is not sure of it gives the document up,
and libyaml reads that from its beginning. So what is refused is refused there, and problems are told there.
Anchors, aliases, tags, merges, equal keys, most escapes, values over several lines (but literal blocks),
tabs, CR and other line breaks than LF, directives, `...` and `?` are left to it.
"""

from __future__ import annotations

from tollgate.model.documents import Limits
from tollgate.model.node import Entry, Mapping, Node, Scalar, Sequence
from tollgate.parsers.yaml_lines import (
    CLOSE,
    LITERAL,
    LONGEST_REMEMBERED,
    NO_VALUE,
    OPEN,
    SCALAR,
    FlowStep,
    Line,
    NotSimpleError,
    read_line,
    remembered,
)

_LARGEST = 1_000_000
"""The lines of a larger document would take much memory next to its nodes."""

_STRIPPED = "|-"


def read_simple(text: str, start: int, end: int, limits: Limits) -> tuple[Node | None, frozenset[str]]:
    """The root of the document `text[start:end]`, and the keys of all its mappings.

    The root is None where there are only blanks and comments. Raises NotSimpleError where libyaml is to
    read it.
    """
    piece = text[start:end]
    if len(piece) > _LARGEST or not piece.replace("\n", "").isprintable():
        raise NotSimpleError
    lines = piece.split("\n")
    tree = _Tree(limits.nesting)
    at, next_number = start, 0
    for number, line in enumerate(lines):
        if number >= next_number:
            said = remembered(line) if len(line) <= LONGEST_REMEMBERED else read_line(line)
            if said is not None and tree.add(said, at):
                next_number = tree.add_literal(said, at, lines, number + 1)
        at += len(line) + 1
    return tree.finish(), frozenset(tree.keys)


class _Tree:
    """The collections that are open: the innermost is `_node`, at `_column`, the others are on `_stack`.

    `_waiting`: its last key or item has no value yet, so what stands below may be it; `_key` with its offsets
    is that key. `_end` is where the last value ends. The outermost collection is a sequence left of all
    columns, whose only item is the root.
    """

    __slots__ = (
        "_column",
        "_end",
        "_key",
        "_key_end",
        "_key_start",
        "_nesting",
        "_node",
        "_stack",
        "_waiting",
        "keys",
    )

    def __init__(self, nesting: int) -> None:
        self._nesting = nesting
        self._stack: list[tuple[int, Mapping | Sequence]] = []
        self._node: Mapping | Sequence = Sequence(0, 0)
        self._column = -1
        self._waiting = True
        self._key = ""
        self.keys: set[str] = set()
        self._key_start = self._key_end = self._end = 0

    def add(self, said: Line, at: int) -> bool:
        """Take in a line that begins at offset `at`. Tells whether the lines of a literal block follow."""
        column, is_item, key, key_start, key_end, kind, content, start, end, style = said
        if self._waiting or column != self._column:
            self._move_to(column, is_item, at)
        node = self._node
        if key is None:
            if type(node) is not Sequence:
                raise NotSimpleError
        else:
            if is_item:
                if type(node) is not Sequence:
                    raise NotSimpleError
                node = Mapping(at + key_start, at)
                self._open(node, key_start)
            elif type(node) is not Mapping:
                node = self._leave_sequence(column)
            entries = node.entries
            if key in entries:
                raise NotSimpleError
            if kind == SCALAR:
                self._end = end = at + end
                entries[key] = Entry(at + key_start, at + key_end, Scalar(content, at + start, end, style))
                return False
            self._key, self._key_start, self._key_end = key, at + key_start, at + key_end
        self._end = at + end
        if kind == NO_VALUE:
            self._waiting = True
        elif kind == SCALAR:
            self._attach(Scalar(content, at + start, at + end, style))
        elif kind == LITERAL:
            return True
        else:
            self._add_flow(content, at)
        return False

    def _add_flow(self, steps: tuple[FlowStep, ...], at: int) -> None:
        for kind, what, start, end, style in steps:
            node = self._node
            if kind == SCALAR:
                self._attach(Scalar(what, at + start, at + end, style))
            elif kind == OPEN:
                self._open(what(at + start, at, flow=True), self._column)
            elif kind == CLOSE:
                self._end = at + end
                self._close()
            elif isinstance(node, Sequence) or what in node.entries:
                raise NotSimpleError
            else:
                self._key, self._key_start, self._key_end = what, at + start, at + end

    def add_literal(self, said: Line, at: int, lines: list[str], number: int) -> int:
        """Take in a literal block: its header, `said`, which begins at `at`, and the lines from `number` on.

        Gives the index of the first line after it.
        """
        first = lines[number] if number < len(lines) else ""
        bare = first.lstrip(" ")
        indent = len(first) - len(bare)
        if not bare or indent <= self._column:
            raise NotSimpleError
        stop = last = number
        while stop < len(lines):
            line = lines[stop]
            bare = line.lstrip(" ")
            if bare:
                if len(line) - len(bare) < indent:
                    break
                last = stop
            stop += 1
        else:
            if lines[-1]:  # the text ends within a line
                raise NotSimpleError
        value = "\n".join(line[indent:] for line in lines[number:stop]).rstrip("\n")
        if said[6] != _STRIPPED:
            value += "\n"
        self._end = at + sum(map(len, lines[number - 1 : last + 1])) + last + 1 - number
        self._attach(Scalar(value, at + said[7], self._end, said[9]))
        return stop

    def finish(self) -> Node | None:
        """Close what is open; gives the root."""
        root = self._node
        if self._waiting:
            if not self._stack:
                return None
            self._attach(Scalar(None, self._end, self._end))
        while self._stack:
            root = self._node
            self._close()
        return root

    def _move_to(self, column: int, is_item: bool, at: int) -> None:
        """Come to the collection that a line at `column` belongs to: a new one, or one that is open."""
        if self._waiting:
            self._waiting = False
            below = column > self._column
            if below or (is_item and column == self._column and isinstance(self._node, Mapping)):
                self._open(Sequence(at + column, at) if is_item else Mapping(at + column, at), column)
                return
            self._attach(Scalar(None, self._end, self._end))
        while column < self._column:
            self._close()
        if column != self._column:
            raise NotSimpleError

    def _leave_sequence(self, column: int) -> Mapping:
        """Close a sequence that stands at the column of its key, for another key follows."""
        self._close()
        node = self._node
        if column != self._column or type(node) is not Mapping:
            raise NotSimpleError
        return node

    def _open(self, node: Mapping | Sequence, column: int) -> None:
        if len(self._stack) >= self._nesting:
            raise NotSimpleError
        self._attach(node)
        self._stack.append((self._column, self._node))
        self._column, self._node = column, node

    def _close(self) -> None:
        node = self._node
        node.end = self._end
        if type(node) is Mapping:
            self.keys.update(node.entries)
        self._column, self._node = self._stack.pop()

    def _attach(self, value: Node) -> None:
        node = self._node
        if isinstance(node, Sequence):
            node.items.append(value)
        else:
            node.entries[self._key] = Entry(self._key_start, self._key_end, value)
