"""Strategies: YAML texts in the styles people write, and changes to make in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tollgate.model.finding import Change
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail

PLAIN = ["x", "web", "500m", "1", "true", "0.5", "a b", "http://h:80/p", "nginx:1.25", "no", "017", "-x"]
SINGLE = ["'q'", "''", "'it''s'", "'# no'", "'1'"]
DOUBLE = ['"d"', '""', '"a: b"', '"\\n"', '"é😀"', '"yes"']
NOTHING = ["", "null", "~"]
KEYS = ["a", "b", "name", "image", "env", "securityContext", "k8s.io/x", "'q'", '"d"', "y", "12"]


class Writer:
    """Writes one random document. `draw` picks; every comment is told apart by a number."""

    def __init__(self, draw: Callable[[Any], Any], *, anchors: bool) -> None:
        self.draw = draw
        self.anchors = anchors
        self.step = draw(st.sampled_from([2, 2, 4, 3, 1]))
        self.indented = draw(st.booleans())
        self.busy = draw(st.sampled_from([0, 0, 2, 5]))
        self.comments = 0
        self.names: list[tuple[str, str]] = []

    def chance(self, tenths: int) -> bool:
        return bool(self.draw(st.integers(0, 9)) < tenths)

    def comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments}"

    def trailing(self) -> str:
        return " " * self.draw(st.integers(1, 2)) + self.comment() if self.chance(self.busy) else ""

    def loose(self, column: int) -> list[str]:
        """Comment and blank lines between entries."""
        lines = []
        if self.chance(self.busy):
            at = self.draw(st.sampled_from([column, column, 0, column + 2]))
            lines.append(" " * at + self.comment())
        if self.chance(self.busy // 2):
            lines.append(self.draw(st.sampled_from(["", "  "])))
        return lines

    def scalar(self, *, flow: bool) -> str:
        pool = self.draw(st.sampled_from([PLAIN, PLAIN, SINGLE, DOUBLE, NOTHING]))
        text = str(self.draw(st.sampled_from(pool)))
        if flow and (":" in text or text == ""):
            text = "x"
        return text

    def flow(self, depth: int) -> str:
        kind = self.draw(st.integers(0, 3)) if depth < 2 else 0
        if kind in {0, 1}:
            return self.scalar(flow=True)
        pad = self.draw(st.sampled_from(["", " "]))
        comma = self.draw(st.sampled_from(["", "", ","]))
        if kind == 2:
            keys = self.keys(2)
            parts = [f"{key}: {self.flow(depth + 1)}" for key in keys]
            opening, closing = "{", "}"
        else:
            parts = [self.flow(depth + 1) for _ in range(self.draw(st.integers(0, 3)))]
            opening, closing = "[", "]"
        return opening + str(pad) + ", ".join(parts) + (comma if parts else "") + str(pad) + closing

    def tall(self, column: int) -> list[str]:
        """A flow mapping over several lines."""
        inner = " " * (column + self.step)
        keys = self.keys(3) or ["a"]
        comma = self.draw(st.sampled_from(["", ","]))
        lines = ["{" + self.trailing()]
        for index, key in enumerate(keys):
            last = index == len(keys) - 1
            lines.append(f"{inner}{key}: {self.flow(1)}{comma if last else ','}{self.trailing()}")
            if self.chance(self.busy // 2):
                lines.append(inner + self.comment())
        return [*lines, " " * (column + self.draw(st.sampled_from([1, self.step]))) + "}" + self.trailing()]

    def keys(self, most: int) -> list[str]:
        found = self.draw(st.lists(st.sampled_from(KEYS), max_size=most, unique=True))
        return list(found)

    def properties(self) -> str:
        if self.anchors and self.chance(3):
            name = f"n{len(self.names)}"
            self.names.append((name, "?"))
            return f" &{name}"
        return ""

    def block_scalar(self, column: int) -> list[str]:
        pad = " " * (column + self.draw(st.integers(1, 4)))
        style = self.draw(st.sampled_from(["|", ">", "|-", "|+", ">+"]))
        lines = [
            pad + text for text in self.draw(st.lists(st.sampled_from(["t", "# t", "u: v"]), max_size=3))
        ]
        if lines and self.chance(2):
            lines.append("")
        return [style + self.trailing(), *lines]

    def mapping(self, column: int, depth: int) -> list[str]:
        keys = self.keys(4) or ["a"]
        if self.chance(1):
            keys.append(keys[0])
        lines: list[str] = []
        for index, key in enumerate(keys):
            if index:
                lines += self.loose(column)
            value = self.value(column, depth)
            lines += [" " * column + key + ":" + value[0], *value[1:]]
        merge = self.merge(column)
        return lines[: 1 if lines and merge and len(keys) == 1 else len(lines)] + merge if merge else lines

    def merge(self, column: int) -> list[str]:
        maps = [name for name, kind in self.names if kind == "mapping"]
        if not maps or not self.chance(3):
            return []
        return [" " * column + f"<<: *{self.draw(st.sampled_from(maps))}" + self.trailing()]

    def value(self, column: int, depth: int) -> list[str]:
        """What follows `key:`; the first line starts right behind the colon."""
        kind = self.draw(st.integers(0, 9)) if depth < 3 else self.draw(st.integers(0, 3))
        aliases = [name for name, what in self.names if what != "?"]
        if aliases and self.chance(2):
            return [f" *{self.draw(st.sampled_from(aliases))}" + self.trailing()]
        before = len(self.names)
        lines = self.new_value(column, depth, kind)
        if len(self.names) > before and self.names[before][1] == "?":
            self.names[before] = (self.names[before][0], "mapping" if kind in {6, 7} else "other")
        return lines

    def new_value(self, column: int, depth: int, kind: int) -> list[str]:
        if kind <= 2:
            text = self.properties() + (" " + self.scalar(flow=False)).rstrip()
            return [text + self.trailing()]
        if kind == 3:
            return [self.properties() + " " + self.flow(0) + self.trailing()]
        if kind == 4:
            tall = self.tall(column)
            return [" " + tall[0], *tall[1:]]
        if kind == 5:
            block = self.block_scalar(column)
            return [" " + block[0], *block[1:]]
        head = self.properties() + self.trailing()
        if kind <= 7:
            inner = column + self.step
            return [head, *self.loose(inner), *self.mapping(inner, depth + 1)]
        inner = column + self.step if self.indented else column
        return [head, *self.loose(inner), *self.sequence(inner, depth + 1)]

    def sequence(self, column: int, depth: int) -> list[str]:
        lines: list[str] = []
        for index in range(self.draw(st.integers(1, 3))):
            if index:
                lines += self.loose(column)
            kind = self.draw(st.integers(0, 3)) if depth < 4 else 0
            if kind <= 1:
                lines.append(" " * column + ("- " + self.scalar(flow=False)).rstrip() + self.trailing())
            elif kind == 2:
                gap = self.draw(st.sampled_from([2, 2, 4]))
                inner = self.mapping(column + gap, depth + 1)
                lines += [" " * column + "-" + inner[0][column + 1 :], *inner[1:]]
            else:
                inner = self.sequence(column + 2, depth + 1)
                lines += [" " * column + "-" + inner[0][column + 1 :], *inner[1:]]
        return lines


def _finish(draw: Callable[[Any], Any], lines: list[str]) -> str:
    eol = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return str(eol).join(lines) + str(draw(st.sampled_from([eol, eol, "", eol + eol])))


@st.composite
def yaml_texts(draw: Callable[[Any], Any], *, anchors: bool = False) -> str:
    """One to three documents in block style with flow in it."""
    lines: list[str] = []
    comments = 0
    for index in range(draw(st.sampled_from([1, 1, 2, 3]))):
        writer = Writer(draw, anchors=anchors)
        writer.comments = comments
        if index or draw(st.booleans()):
            lines.append("---" + writer.trailing())
        lines += writer.loose(0) + writer.mapping(0, 0)
        comments = writer.comments
    return _finish(draw, lines)


@st.composite
def json_texts(draw: Callable[[Any], Any]) -> str:
    import json

    leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "a b", "é"])
    keys = st.sampled_from(["a", "b", "env", "securityContext"])
    trees = st.recursive(
        leaves,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3),
        max_leaves=12,
    )
    tree = draw(st.dictionaries(keys, trees, min_size=1, max_size=4))
    return json.dumps(tree, indent=draw(st.sampled_from([None, 2, 4, "\t"])), ensure_ascii=False)


def trails(root: Node) -> list[tuple[Trail, Node]]:
    """Every place in a document."""
    found: list[tuple[Trail, Node]] = [((), root)]
    for trail, node in found:
        if isinstance(node, Mapping):
            found += [((*trail, key), entry.value) for key, entry in node.entries.items()]
        elif isinstance(node, Sequence):
            found += [((*trail, index), item) for index, item in enumerate(node.items)]
    return found


NEW_KEYS = st.sampled_from(["new", "runAsNonRoot", "app.io/x", "yes", "a"])
NEW_SCALARS = [False, True, 1, 0.5, None, "x", "yes", "1", "a: b", "#", "é\u2028", "it's"]
NEW_LISTS = [[], ["ALL"], [["x"], {"k": "v"}]]
NEW_MAPPINGS = [{}, {"drop": ["ALL"]}, {"limits": {"memory": "1Gi", "cpu": "1"}}, {"a": {}, "b": []}]
NEW_VALUES = st.sampled_from([*NEW_SCALARS, *NEW_LISTS, *NEW_MAPPINGS])


@st.composite
def changes_of(draw: Callable[[Any], Any], root: Node, document: int) -> Change:
    """A change that the tree has room for, mostly."""
    places = trails(root)
    verb = draw(st.sampled_from(["set", "set", "add", "add", "remove", "append", "rename", "move"]))
    below = [(trail, node) for trail, node in places if trail]
    open_to_keys = [
        trail
        for trail, node in places
        if isinstance(node, Mapping) or (isinstance(node, Scalar) and node.value is None)
    ]
    if verb == "append":
        lists = [trail for trail, node in below if isinstance(node, Sequence)] or [("new", "list")]
        return Change("append", document, draw(st.sampled_from(lists)), draw(NEW_VALUES))
    if verb == "add" or not below:
        trail = draw(st.sampled_from(open_to_keys))
        deeper = draw(st.lists(st.sampled_from(["capabilities", "spec"]), max_size=2))
        return Change("set", document, (*trail, draw(NEW_KEYS), *deeper), draw(NEW_VALUES))
    trail = draw(st.sampled_from([trail for trail, _ in below]))
    if verb == "set":
        return Change("set", document, trail, draw(NEW_VALUES))
    if verb == "remove" or (verb == "rename" and not isinstance(trail[-1], str)):
        return Change("remove", document, trail)
    if verb == "rename":
        return Change("rename", document, trail, draw(st.sampled_from(["new", "k8s.io/y", "on"])))
    to = (*draw(st.sampled_from(open_to_keys)), "moved")
    return Change("move", document, trail, to)
