"""Edits of mappings and lists in block style, and of values that stand in one."""

from __future__ import annotations

from collections.abc import Mapping as Map, Sequence as Seq
from itertools import pairwise

from tollgate.engine.yaml_edit_render import Look, entry_lines, item_lines, nested_lines, scalar_text
from tollgate.engine.yaml_edit_tail import check_blank_content, check_file_end, check_following, ending_of_new
from tollgate.engine.yaml_edit_text import (
    Page,
    Refused,
    Slot,
    Written,
    break_at,
    break_before,
    check_simple,
    column_of,
    content_start,
    end_of,
    ending_of,
    items_of,
    line_end,
    line_start,
    next_line,
    only_blanks,
    skip_gap,
    starts_line,
    tag_cut,
    trim_blanks,
    written_entries,
    written_of,
)
from tollgate.model.finding import Edit
from tollgate.model.node import Mapping, Node, Scalar, Sequence
from tollgate.model.record import NamedTuple


class Part(NamedTuple):
    """What is written in a collection, what of it goes, and what is new."""

    written: list[Written]
    gone: set[int]
    added: Seq[tuple[str, object]]
    """Keys with values; the keys of items are ignored."""


def mapping_edits(
    page: Page, node: Mapping, slot: Slot, removed: Map[int, int], added: Seq[tuple[str, object]], look: Look
) -> list[Edit]:
    """`removed`: by the offset of each key that goes, where what goes with it starts."""
    entries = written_entries(node)
    for entry in entries[:1]:
        check_simple(page.text, entry)
    gone = {index for index, entry in enumerate(entries) if entry.key_start in removed}
    needed = gone | {index + 1 for index in gone} | {0, len(entries) - 1, _last_kept(len(entries), gone)}
    needed |= {_last_kept(index, gone) for index in gone}
    written = [
        written_of(page.text, entry) if index in needed else Written(entry.key_start, entry.key_end)
        for index, entry in enumerate(entries)
    ]
    for index in gone:
        written[index] = written[index]._replace(start=removed[entries[index].key_start])
    return _edits(page, Part(written, gone, added), slot, look, items=False)


def sequence_edits(
    page: Page, node: Sequence, slot: Slot, gone: set[int], added: Seq[object], look: Look
) -> list[Edit]:
    part = Part(items_of(page.text, node), gone, [("", value) for value in added])
    return _edits(page, part, slot, look, items=True)


def _last_kept(count: int, gone: set[int]) -> int:
    return next((index for index in range(count - 1, -1, -1) if index not in gone), 0)


def _edits(page: Page, part: Part, slot: Slot, look: Look, *, items: bool) -> list[Edit]:
    everything_goes = len(part.gone) == len(part.written)
    if everything_goes and not part.added:
        return _emptied(page, part, slot, "[]" if items else "{}")
    if everything_goes:
        return _exchanged(page, part, look, items=items)
    edits = _removals(page, part)
    if part.added:
        edits.append(_addition(page, part, look, items=items))
    return edits


def _lines(part: Part, column: int, look: Look, *, items: bool) -> list[str]:
    lines: list[str] = []
    for key, value in part.added:
        lines += item_lines(value, column, look) if items else entry_lines(key, value, column, look)
    return lines


def _addition(page: Page, part: Part, look: Look, *, items: bool) -> Edit:
    """New lines after the last entry that stays, and after the comments that stand below it as far
    in as its key."""
    text = page.text
    column = column_of(text, part.written[0].start)
    last = part.written[_last_kept(len(part.written), part.gone)]
    at = line_end(text, last.end)
    check_file_end(page, last.end, ending_of(text, last.value))
    check_blank_content(page, last.end, ending_of(text, last.value))
    at = _after_comments(page, at, max(column, 1))
    _check_new(page, part, at, column)
    eol = break_at(text, last.start)
    return Edit(at, at, "".join(eol + line for line in _lines(part, column, look, items=items)))


def _check_new(page: Page, part: Part, at: int, column: int) -> None:
    """Raises Refused if a block scalar that moves here would mean something else."""
    ending = ending_of_new(dict(part.added))
    bottom = part.written[-1].end
    check_file_end(page, bottom, ending)
    for place in {at, bottom}:
        check_following(page, place, column, ending)


def _after_comments(page: Page, at: int, column: int) -> int:
    text = page.text
    while True:
        start = next_line(text, at)
        if start <= at or start >= page.end:
            return at
        end = line_end(text, start)
        line = text[start:end]
        content = line.lstrip(" ")
        if not content.startswith("#") or len(line) - len(content) < column:
            return at
        at = end


def _exchanged(page: Page, part: Part, look: Look, *, items: bool) -> list[Edit]:
    """New lines in the place of the first entry, and all entries gone."""
    text = page.text
    first = part.written[0]
    column = column_of(text, first.start)
    lines = _lines(part, column, look, items=items)
    new = break_at(text, first.start).join([lines[0][column:], *lines[1:]])
    _check_new(page, part, first.end, column)
    return [
        Edit(first.start, line_end(text, first.end), new),
        *(_whole_lines(text, other) for other in part.written[1:]),
    ]


def _emptied(page: Page, part: Part, slot: Slot, empty: str) -> list[Edit]:
    text = page.text
    if slot.kind == "root":
        raise Refused("nothing would be left of the document")
    first = part.written[0]
    rest = [_whole_lines(text, other) for other in part.written[1:]]
    if not starts_line(text, first.start):
        return [Edit(first.start, first.end, empty), *rest]
    return [Edit(slot.header, slot.header, " " + empty), _whole_lines(text, first), *rest]


def _removals(page: Page, part: Part) -> list[Edit]:
    text = page.text
    edits = []
    for index in sorted(part.gone):
        this = part.written[index]
        if starts_line(text, this.start):
            tail = _ending_before(text, part, index)
            if tail:
                check_following(page, this.end, column_of(text, this.start), tail)
            edits.append(_whole_lines(text, this, keep_break=bool(tail)))
        elif index + 1 < len(part.written):
            edits.append(_head_of_item(text, part, index))
        else:
            raise Refused("what would go shares its line with something else")
    return edits


def _head_of_item(text: str, part: Part, index: int) -> Edit:
    """The first entry of an item goes: the next that stays moves up to its `-`, unless comments or
    empty lines stand between the two."""
    this = part.written[index]
    stays = next(after for after in range(index + 1, len(part.written)) if after not in part.gone)
    following = part.written[stays]
    if not starts_line(text, following.start):
        raise Refused("what would go shares its line with something else")
    run = part.written[index : stays + 1]
    if all(only_blanks(text, next_line(text, one.end), other.start) for one, other in pairwise(run)):
        return Edit(this.start, following.start, "")
    start = trim_blanks(text, line_start(text, this.start), this.start)
    return Edit(start, line_end(text, this.end), "")


def _whole_lines(text: str, this: Written, *, keep_break: bool = False) -> Edit:
    """The lines of an entry, with the comment that trails it. Comments above it stay.

    At the end of a file without a last line break the one before goes, unless `keep_break`.
    """
    start = line_start(text, this.start)
    if not only_blanks(text, start, this.start):
        raise Refused("what would go shares its line with something else")
    end = line_end(text, this.end)
    if end == len(text) and start > 0 and not keep_break:
        return Edit(break_before(text, start), end, "")
    return Edit(start, next_line(text, end), "")


def replacement(page: Page, node: Node, slot: Slot, value: object, look: Look) -> list[Edit]:
    """Another value in the place of an old one of any kind."""
    text = page.text
    start, end = content_start(text, node), end_of(text, node)
    if isinstance(value, dict | list) and value:
        return _collection_instead(page, (start, end), slot, value, look)
    empty = ("{}" if isinstance(value, dict) else "[]") if isinstance(value, dict | list) else None
    new = empty or scalar_text(value, quote=_quote_kept(node, look), block=True)
    if isinstance(node, Mapping | Sequence) and not node.flow and slot.kind != "root":
        return _scalar_for_block(text, (start, end), slot, new)
    if isinstance(node, Scalar) and node.style in {"|", ">"}:
        return _scalar_for_block_scalar(text, (start, end), new)
    if start == end:
        return [Edit(slot.header, slot.header, " " + new)]
    return [*tag_cut(text, node, start), Edit(start, end, new)]


def _quote_kept(node: Node, look: Look) -> str:
    if isinstance(node, Scalar) and node.style in {"'", '"'} and isinstance(node.value, str):
        return node.style
    return look.quote


def _scalar_for_block_scalar(text: str, span: tuple[int, int], new: str) -> list[Edit]:
    start, end = span
    head = line_end(text, start)
    token = start
    while token < head and text[token] not in " \t":
        token += 1
    return [Edit(start, token, new), Edit(head, max(head, end), "")]


def _scalar_for_block(text: str, span: tuple[int, int], slot: Slot, new: str) -> list[Edit]:
    start, end = span
    if not starts_line(text, start):
        return [Edit(start, end, new)]
    return [Edit(slot.header, slot.header, " " + new), _whole_lines(text, Written(start, end))]


def _collection_instead(
    page: Page, span: tuple[int, int], slot: Slot, value: object, look: Look
) -> list[Edit]:
    """A block collection below the key, in the place of a scalar or of another collection."""
    text = page.text
    start, end = span
    if slot.kind == "root":
        raise Refused("a whole document is not replaced")
    if slot.kind == "item":
        return _item_instead(text, span, slot, value, look)
    eol = break_at(text, slot.header)
    new = "".join(eol + line for line in nested_lines(value, slot.column, look))
    check_file_end(page, end, ending_of_new(value))
    check_following(page, end, slot.column, ending_of_new(value))
    head = line_end(text, slot.header)
    if start == end:
        return [Edit(head, head, new)]
    if start > head:
        return [Edit(head, head, new), _whole_lines(text, Written(start, end))]
    tail = line_end(text, end)
    cut = Edit(trim_blanks(text, slot.header, start), end, "")
    return [cut, Edit(tail, tail, new)]


def _item_instead(text: str, span: tuple[int, int], slot: Slot, value: object, look: Look) -> list[Edit]:
    start, end = span
    if start == end:
        start = end = slot.header
    comment = skip_gap(text, slot.header)
    if text[slot.header : comment].strip() or line_end(text, end) != trim_end(text, end):
        raise Refused("a commented item is not replaced")
    lines = item_lines(value, slot.column, look)
    new = break_at(text, start).join([lines[0][slot.column + 1 :], *lines[1:]])
    return [Edit(slot.header, end, new)]


def trim_end(text: str, offset: int) -> int:
    """`offset` moved over blanks."""
    while offset < len(text) and text[offset] in " \t":
        offset += 1
    return offset


def _ending_before(text: str, part: Part, index: int) -> str:
    """How the entry ends that will stand before what follows `index`: see `ending_of`."""
    kept = next((before for before in range(index - 1, -1, -1) if before not in part.gone), None)
    return "" if kept is None else ending_of(text, part.written[kept].value)
