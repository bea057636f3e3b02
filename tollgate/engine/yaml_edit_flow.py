"""Edits of mappings and lists in flow style; JSON is all flow style."""

from __future__ import annotations

from tollgate.engine.yaml_edit_block import Part, trim_end
from tollgate.engine.yaml_edit_render import Look, inline, key_text, scalar_text, spread
from tollgate.engine.yaml_edit_text import (
    Page,
    Refused,
    Written,
    break_at,
    content_start,
    line_end,
    line_start,
    next_line,
    skip_gap,
    starts_line,
    tag_cut,
)
from tollgate.model.finding import Edit
from tollgate.model.node import Mapping, Node, Scalar, Sequence
from tollgate.model.record import NamedTuple


class Layout(NamedTuple):
    """`opening` and `closing`: offsets of the brackets. `tall`: each part on lines of its own."""

    opening: int
    closing: int
    tall: bool
    comma: int | None
    """Offset of a comma after the last part."""


def flow_edits(page: Page, node: Mapping | Sequence, part: Part, look: Look) -> list[Edit]:
    text = page.text
    layout = _layout(text, node, part.written)
    if not part.written:
        return _first(page, layout, part, look)
    if len(part.gone) == len(part.written):
        start, end = part.written[0].start, part.written[-1].end
        if part.added:
            return [Edit(start, end, _joined(page, part, start, look, layout))]
        return _all_gone(text, part, layout)
    edits = _removals(text, part, layout)
    if part.added:
        edits += _additions(page, part, look, layout)
    return edits


def _layout(text: str, node: Mapping | Sequence, written: list[Written]) -> Layout:
    opening = content_start(text, node)
    closing = node.end - 1
    if not written:
        return Layout(opening, closing, False, None)
    after = skip_gap(text, written[-1].end)
    comma = after if text[after : after + 1] == "," else None
    tall = starts_line(text, written[-1].start) and line_start(text, opening) != line_start(
        text, written[-1].start
    )
    return Layout(opening, closing, tall, comma)


def _one(page: Page, key: str, value: object, column: int, look: Look, *, tall: bool) -> str:
    eol = break_at(page.text, page.start)
    new = spread(value, column, look, eol) if tall and look.json else inline(value, look)
    return f"{key_text(key, look, block=False)}: {new}" if key else new


def _joined(page: Page, part: Part, at: int, look: Look, layout: Layout) -> str:
    start = line_start(page.text, at)
    between = "," + (break_at(page.text, at) + page.text[start:at] if layout.tall else " ")
    return between.join(
        _one(page, key, value, at - start, look, tall=layout.tall) for key, value in part.added
    )


def _first(page: Page, layout: Layout, part: Part, look: Look) -> list[Edit]:
    """The first parts of an empty collection."""
    text = page.text
    inner = text[layout.opening + 1 : layout.closing]
    new = ", ".join(_one(page, key, value, 0, look, tall=False) for key, value in part.added)
    if not inner.strip():
        return [Edit(layout.opening + 1, layout.closing, new)]
    return [Edit(layout.opening + 1, layout.opening + 1, new + (" " if inner.startswith("#") else ""))]


def _all_gone(text: str, part: Part, layout: Layout) -> list[Edit]:
    end = part.written[-1].end if layout.comma is None else layout.comma + 1
    start = part.written[0].start
    if "#" in text[layout.opening + 1 : start] or "#" in text[end : layout.closing]:
        return [Edit(start, end, "")]
    return [Edit(layout.opening + 1, layout.closing, "")]


def _removals(text: str, part: Part, layout: Layout) -> list[Edit]:
    edits: list[Edit] = []
    count = len(part.written)
    last_kept = max(index for index in range(count) if index not in part.gone)
    for index in sorted(part.gone):
        if index < last_kept:
            edits += _before_others(text, part.written[index], part.written[index + 1])
    if last_kept < count - 1:
        edits += _tail(text, part, layout, last_kept)
    return edits


def _before_others(text: str, this: Written, following: Written) -> list[Edit]:
    """One part that is not the last goes with the comma after it; comments on other lines stay."""
    comma = skip_gap(text, this.end)
    if text[comma : comma + 1] != ",":
        raise Refused("no comma where one belongs")
    if starts_line(text, this.start) and starts_line(text, following.start):
        if line_end(text, this.end) != line_end(text, comma):
            raise Refused("a comma on a line of its own is not edited")
        return [Edit(line_start(text, this.start), next_line(text, comma), "")]
    if "#" in text[this.end : comma] or "#" in text[comma + 1 : following.start]:
        raise Refused("a comment stands in what would go")
    return [Edit(this.start, following.start, "")]


def _tail(text: str, part: Part, layout: Layout, last_kept: int) -> list[Edit]:
    """The last parts go: with the comma before them, or with the one behind if there is one."""
    kept = part.written[last_kept]
    end = part.written[-1].end if layout.comma is None else layout.comma + 1
    first = part.written[last_kept + 1].start
    gap = text[kept.end : first]
    if "#" in text[first:end]:
        raise Refused("a comment stands in what would go")
    if "#" not in gap:
        keep_comma = layout.comma is not None
        start = skip_gap(text, kept.end) + 1 if keep_comma else kept.end
        rest = line_end(text, end)
        if layout.tall and text[end:rest].lstrip(" \t").startswith("#"):
            end = rest
        return [Edit(start, end, "")]
    comma = skip_gap(text, kept.end)
    if not starts_line(text, first):
        raise Refused("a comment stands in what would go")
    start = line_start(text, first)
    stop = next_line(text, line_end(text, end)) if not _closes(text, end) else end
    cut = [] if layout.comma is not None else [Edit(comma, comma + 1, "")]
    return [*cut, Edit(start if stop != end else first, stop, "")]


def _closes(text: str, end: int) -> bool:
    """Whether something other than a comment follows on the line."""
    at = trim_end(text, end)
    return at < line_end(text, end) and text[at] != "#"


def _additions(page: Page, part: Part, look: Look, layout: Layout) -> list[Edit]:
    text = page.text
    last = max(index for index in range(len(part.written)) if index not in part.gone)
    end = part.written[last].end
    start = part.written[last].start
    column = start - line_start(text, start)
    new = [_one(page, key, value, column, look, tall=layout.tall) for key, value in part.added]
    rest = line_end(text, end)
    if not layout.tall or not starts_line(text, start) or part.gone or _closes(text, _past_comma(text, end)):
        return [Edit(end, end, "".join(", " + one for one in new))]
    lead = break_at(text, start) + text[line_start(text, start) : start]
    if layout.comma is not None:
        return [Edit(rest, rest, "".join(lead + one + "," for one in new))]
    return [Edit(end, end, ","), Edit(rest, rest, ",".join(lead + one for one in new))]


def _past_comma(text: str, end: int) -> int:
    at = trim_end(text, end)
    return at + 1 if text[at : at + 1] == "," else end


def flow_replacement(page: Page, node: Node, header: int, value: object, look: Look) -> list[Edit]:
    """Another value in the place of an old one inside a flow collection."""
    text = page.text
    start = content_start(text, node)
    if isinstance(node, Scalar) and start == node.end:
        return [Edit(header, header, " " + inline(value, look))]
    if isinstance(value, dict | list):
        return [Edit(start, node.end, inline(value, look))]
    keeps = isinstance(node, Scalar) and node.style in {"'", '"'} and isinstance(node.value, str)
    style = node.style if isinstance(node, Scalar) and keeps else look.quote
    return [
        *tag_cut(text, node, start),
        Edit(start, node.end, scalar_text(value, quote='"' if look.json else style)),
    ]
