"""The text of a key that moves: its lines, with their comments, further in or out."""

from __future__ import annotations

from tollgate.engine.yaml_edit_render import Text, scalar_text
from tollgate.engine.yaml_edit_text import (
    Refused,
    break_before,
    by_reference,
    column_of,
    ending_of,
    line_end,
    line_start,
    written_entries,
    written_of,
)
from tollgate.model import lazy_re as re
from tollgate.model.node import Entry, Mapping, Node, Trail, descend, to_plain

_SHARED = re.compile(r"(?:\A|[\s\[{,])[*&][^\s&*,\]}]")
"""What an anchor or alias looks like; a string may, too."""

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def text_of_entry(text: str, root: Node, trail: Trail, key: str) -> Text | None:
    """The value at `trail` with its lines, to be written under `key`; None if they cannot travel."""
    parent = descend(root, trail[:-1])
    name = trail[-1]
    if not isinstance(parent, Mapping) or parent.flow or not isinstance(name, str):
        return None
    entry = parent.entries.get(name)
    if entry is None or (entry.alias is not None and (entry.alias.merged or by_reference(entry.alias))):
        return None

    def lines(column: int) -> list[str] | None:
        return _lines(text, parent, entry, column, key if key != name else None)

    return Text(to_plain(entry.value), lines, ending=ending_of(text, entry.value))


def comments_above(text: str, parent: Mapping, entry: Entry) -> int:
    """Where the comment lines right above a key begin that stand at its own column."""
    column = column_of(text, entry.key_start)
    start = line_start(text, entry.key_start)
    if text[start : entry.key_start].strip(" "):
        return entry.key_start
    floor = _end_before(text, parent, entry)
    found = entry.key_start
    while start > floor and start > 0:
        above = line_start(text, break_before(text, start))
        line = text[above : break_before(text, start)]
        content = line.lstrip(" ")
        if above < floor or not content.startswith("#") or len(line) - len(content) != column:
            break
        found, start = above + column, above
    return found


def _end_before(text: str, parent: Mapping, entry: Entry) -> int:
    """The end of the entry before. What stands above a document's first key is the file's own."""
    before = [other for other in written_entries(parent) if other.key_start < entry.key_start]
    if before:
        return written_of(text, before[-1]).end
    return entry.key_start if column_of(text, entry.key_start) == 0 else 0


def _lines(text: str, parent: Mapping, entry: Entry, column: int, key: str | None) -> list[str] | None:
    try:
        written = written_of(text, entry)
    except Refused:
        return None
    start = comments_above(text, parent, entry)
    own = column_of(text, entry.key_start)
    end = line_end(text, written.end)
    head = text[start : entry.key_start]
    name = text[entry.key_start : entry.key_end] if key is None else scalar_text(key, block=True)
    value = text[entry.key_end : end]
    if _SHARED.search(value):
        raise Refused("what would move may hold an anchor or alias")
    if end == len(text) and ending_of(text, entry.value):
        raise Refused("a block scalar would gain a line break")
    lines = _BREAK.split(head + name + value)
    moved = [" " * column + lines[0]]
    for line in lines[1:]:
        if line.strip(" ") and line[:own].strip(" "):
            return None
        moved.append(" " * column + line[own:] if line.strip(" ") else line)
    return moved
