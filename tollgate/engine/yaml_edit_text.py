"""Where things stand in YAML text: lines, columns, the tokens around nodes, how a file indents."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.documents import Document
from tollgate.model.finding import Edit
from tollgate.model.node import Alias, Entry, Mapping, Node, Scalar, Sequence
from tollgate.model.record import NamedTuple

_OTHER_BREAKS = "\r\x85\u2028\u2029"
_GAP = re.compile("(?:[ \t\n\r\x85\u2028\u2029\ufeff]+|#[^\n\r\x85\u2028\u2029]*)*")
_BLANKS = re.compile("[ \t]*")
_PROPERTIES = re.compile(r"(?:[ \t]+[&!][^\s,\[\]{}]*)*")
_OWN_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)*")
_TAG = re.compile(r"(?<=\s)(![^\s]*[ \t]+)(?:&[^\s]+[ \t]+)?\Z")
_HEADER = re.compile(r"[|>][0-9+-]*")
_BLANK_LINES = re.compile(r"(?:(?:\r\n|\n|\r(?!\n))[ \t]*)+(?=\r|\n)")


class Refused(Exception):
    """An edit that cannot be made well; the message says why."""


class Page(NamedTuple):
    """One document's text and habits.

    step      columns a nested mapping goes further in
    indented  items of a list stand further in than the list's key
    json      the document is JSON
    """

    text: str
    start: int
    end: int
    step: int
    indented: bool
    json: bool


class Slot(NamedTuple):
    """Where a value stands.

    header  offset after the `:` or `-` that the value belongs to
    column  of the key or `-`; of the first column for a document's root
    flow    inside a flow collection
    """

    kind: str
    header: int
    column: int
    flow: bool


class Written(NamedTuple):
    """An entry or item as written: from its key or `-` to the end of its value, which is `value`
    unless that stands elsewhere."""

    start: int
    end: int
    value: Node | None = None


def line_start(text: str, offset: int) -> int:
    """Offset of the first character of the line, lines ending where YAML ends them."""
    start = text.rfind("\n", 0, offset) + 1
    for character in _OTHER_BREAKS:
        start = max(start, text.rfind(character, start, offset) + 1)
    return start


def line_end(text: str, offset: int) -> int:
    """Offset of the line break that ends the line, or of the text's end."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    for character in _OTHER_BREAKS:
        found = text.find(character, offset, end)
        end = end if found < 0 else found
    return end


def next_line(text: str, offset: int) -> int:
    """Offset after the line's break."""
    end = line_end(text, offset)
    return end + 2 if text.startswith("\r\n", end) else min(end + 1, len(text))


def break_before(text: str, start: int) -> int:
    """Offset of the break that ends the line before the one that starts at `start`."""
    return start - 2 if text[start - 2 : start] == "\r\n" else start - 1


def break_at(text: str, offset: int) -> str:
    """The line break to write near `offset`: its own line's, else the one before."""
    end = line_end(text, offset)
    if end == len(text):
        start = line_start(text, offset)
        if start == 0:
            return "\n"
        end = break_before(text, start)
    found = text[end : next_line(text, end)]
    return found if found in {"\r\n", "\r"} else "\n"


def column_of(text: str, offset: int) -> int:
    return offset - line_start(text, offset)


def skip_gap(text: str, offset: int) -> int:
    """Offset after blanks, line breaks and comments."""
    found = _GAP.match(text, offset)
    return offset if found is None else found.end()


def only_blanks(text: str, start: int, end: int) -> bool:
    found = _BLANKS.match(text, start, end)
    return found is not None and found.end() == end


def trim_blanks(text: str, start: int, end: int) -> int:
    """`end` moved back over blanks, no further than `start`."""
    while end > start and text[end - 1] in " \t":
        end -= 1
    return end


def starts_line(text: str, offset: int) -> bool:
    return only_blanks(text, line_start(text, offset), offset)


def after_properties(text: str, offset: int) -> int:
    """Offset after the anchor and tag that follow a `:` or `-` on its line."""
    found = _PROPERTIES.match(text, offset)
    return offset if found is None else found.end()


def content_start(text: str, node: Node) -> int:
    """Where the value itself starts, after any anchor or tag."""
    if text[node.start : node.start + 1] not in {"&", "!"}:
        return node.start
    found = _OWN_PROPERTIES.match(text, node.start, node.end)
    return node.start if found is None else found.end()


def tag_cut(text: str, node: Node, start: int) -> list[Edit]:
    """The edit that takes away the tag of a scalar whose value starts at `start`."""
    if not isinstance(node, Scalar) or node.tag is None:
        return []
    found = _TAG.search(text, line_start(text, start), start)
    return [] if found is None else [Edit(found.start(1), found.end(1), "")]


def after_colon(text: str, entry: Entry) -> int:
    """Offset after the `:` of a key. Raises Refused for a key written with `?`."""
    at = skip_gap(text, entry.key_end)
    if text[at : at + 1] != ":":
        raise Refused("a key written with `?` is not edited")
    return at + 1


def check_simple(text: str, entry: Entry) -> None:
    """Raises Refused for a key written with `?`."""
    before = text[line_start(text, entry.key_start) : entry.key_start].rstrip(" \t")
    if before.endswith("?"):
        raise Refused("a key written with `?` is not edited")


def by_reference(alias: Alias | None) -> bool:
    """Whether the value is written as `*name` right here."""
    return alias is not None and not alias.merged


def written_entries(mapping: Mapping) -> list[Entry]:
    """The entries written in this mapping itself, `<<` and hidden ones included, in order."""
    own = [entry for entry in mapping.entries.values() if entry.alias is None or not entry.alias.merged]
    hidden = [entry for _, entry in mapping.shadowed or () if entry.alias is None or not entry.alias.merged]
    return sorted([*own, *hidden, *(mapping.merges or ())], key=_key_start)


def _key_start(entry: Entry) -> int:
    return entry.key_start


def end_of(text: str, node: Node, alias: Alias | None = None) -> int:
    """Where the text of a value ends, without a line break.

    Blank lines at the end of a block scalar belong to it only if it keeps them (`|+`).
    """
    current: Node = node
    while True:
        if alias is not None:
            return alias.end
        if isinstance(current, Scalar):
            return _end_of_scalar(text, current)
        if current.flow:
            return current.end
        if isinstance(current, Mapping):
            written = written_entries(current)
            if not written:
                return current.end
            alias, current = written[-1].alias, written[-1].value
        elif current.items:
            last = len(current.items) - 1
            alias, current = (current.aliases or {}).get(last), current.items[last]
        else:
            return current.end


def last_leaf(node: Node) -> Node:
    """The value that a block collection's text ends with, through nested ones."""
    while isinstance(node, Mapping | Sequence) and not node.flow:
        if isinstance(node, Mapping):
            written = written_entries(node)
            if not written or written[-1].alias is not None:
                return node
            node = written[-1].value
        else:
            if not node.items or len(node.items) - 1 in (node.aliases or {}):
                return node
            node = node.items[-1]
    return node


def _end_of_scalar(text: str, scalar: Scalar) -> int:
    if scalar.style not in {"|", ">"}:
        return scalar.end
    end = scalar.end
    while end > scalar.start and text[end - 1] in "\r\n":
        end -= 1
    header = _HEADER.match(text, content_start(text, scalar))
    if header is not None and "+" in header.group():
        end = line_end(text, end)
        blank = _BLANK_LINES.match(text, end)
        end = end if blank is None else blank.end()
    return end


def written_of(text: str, entry: Entry) -> Written:
    check_simple(text, entry)
    value = entry.value if entry.alias is None else None
    return Written(entry.key_start, end_of(text, entry.value, entry.alias), value)


def ending_of(text: str, node: Node | None) -> str:
    """ "block" if a value ends in a block scalar, "keep" if that one keeps blank lines (`|+`), else ""."""
    leaf = None if node is None else last_leaf(node)
    if not isinstance(leaf, Scalar) or leaf.style not in {"|", ">"}:
        return ""
    header = _HEADER.match(text, content_start(text, leaf))
    return "keep" if header is not None and "+" in header.group() else "block"


def items_of(text: str, sequence: Sequence) -> list[Written]:
    """The items of a block sequence from each one's `-`, or of a flow sequence."""
    aliases = sequence.aliases or {}
    at = content_start(text, sequence)
    found = []
    for index, item in enumerate(sequence.items):
        alias = aliases.get(index)
        end = end_of(text, item, alias)
        if sequence.flow:
            start = alias.start if alias is not None else item.start
            found.append(Written(start, end))
            continue
        start = _dash(text, at)
        found.append(Written(start, max(end, start + 1), None if alias is not None else item))
        at = found[-1].end
    return found


def item_start(text: str, sequence: Sequence, index: int) -> int:
    """Where an item begins: at its `-`, or in flow style at its value."""
    alias = (sequence.aliases or {}).get(index)
    if sequence.flow:
        return alias.start if alias is not None else sequence.items[index].start
    if index == 0:
        return _dash(text, content_start(text, sequence))
    before = (sequence.aliases or {}).get(index - 1)
    return _dash(text, end_of(text, sequence.items[index - 1], before))


def _dash(text: str, offset: int) -> int:
    start = skip_gap(text, offset)
    if text[start : start + 1] != "-":
        raise Refused("a list written this way is not edited")
    return start


def page_of(text: str, document: Document) -> Page:
    """What a document's own lists and mappings show of how it is written."""
    start = skip_gap(text, document.start)
    json = text[start : start + 1] in {"{", "["} and _looks_like_json(text, start)
    step, indented = _habits(text, document.root)
    return Page(text, document.start, document.end, step, indented, json)


def _looks_like_json(text: str, start: int) -> bool:
    inner = skip_gap(text, start + 1)
    return text[inner : inner + 1] in {'"', "{", "[", "}", "]"}


def _habits(text: str, root: Node | None, *, look_at: int = 400) -> tuple[int, bool]:
    """Indentation step and whether lists are indented, from the first nodes that tell."""
    todo: list[tuple[Node | None, int | None]] = [(root, None)]
    step: int | None = None
    indented: bool | None = None
    seen = 0
    while seen < len(todo) and seen < look_at and (step is None or indented is None):
        node, above = todo[seen]
        seen += 1
        if isinstance(node, Mapping) and node.entries:
            inner = _own_column(text, node, node.flow, above)
            if inner is not None and above is not None and step is None and not node.flow:
                step = inner - above
            todo += [
                (entry.value, column_of(text, entry.key_start))
                for entry in list(node.entries.values())[:look_at]
                if entry.alias is None
            ]
        elif isinstance(node, Sequence) and node.items:
            if above is not None and indented is None and not node.flow:
                indented = column_of(text, content_start(text, node)) > above
            todo += [(item, None) for item in node.items[:look_at]]
    return step or 2, bool(indented)


def _own_column(text: str, node: Mapping, flow: bool, above: int | None) -> int | None:
    """The column of a block mapping's keys where that says something about `above`'s children."""
    if flow:
        return None
    first = written_entries(node)[0].key_start
    column = column_of(text, first)
    return column if above is None or (starts_line(text, first) and column > above) else None
