"""How many columns of a terminal text takes, and cutting it to fit."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model.masked import Columns
from tollgate.model.record import NamedTuple

_ELLIPSIS = "…"


def cell_width(char: str) -> int:
    """Terminal columns of one printable character: 0 if it combines, 2 if it is wide, else 1."""
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def text_width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(cell_width, text))


class Window(NamedTuple):
    """Part of a line. `spans` are half-open ranges of terminal columns in `text`, counted from 0."""

    text: str
    spans: tuple[tuple[int, int], ...]


def window(text: str, spans: Sequence[Columns], room: int) -> Window:
    """`text` cut to `room` terminal columns around the first of `spans`, which are 1-based characters."""
    edges = _edges(text)
    cells = [(edges[start - 1], max(edges[end - 1], edges[start - 1])) for start, end in spans]
    if edges[-1] <= room:
        return Window(text, tuple(cells))
    first, last = _visible_range(edges, cells[0] if cells else (0, 0), room)
    before = _ELLIPSIS if first > 0 else ""
    after = _ELLIPSIS if last < len(text) else ""
    offset = edges[first] - len(before)
    limit = len(before) + edges[last] - edges[first]
    return Window(
        before + text[first:last] + after,
        tuple(
            (min(max(start - offset, len(before)), limit), min(max(end - offset, len(before)), limit))
            for start, end in cells
        ),
    )


def _edges(text: str) -> list[int]:
    """The terminal column where each character starts, and where the last one ends."""
    if text.isascii():
        return list(range(len(text) + 1))
    edges = [0]
    for char in text:
        edges.append(edges[-1] + cell_width(char))
    return edges


def _visible_range(edges: list[int], focus: tuple[int, int], room: int) -> tuple[int, int]:
    """The characters that show `focus`, with about a third of the room before it."""
    start, end = focus
    inner = room - 2  # an ellipsis on each side
    wanted = 0 if end <= inner else min(max(start - inner // 3, 0), max(edges[-1] - inner, 0))
    wanted = min(wanted, max(start, 0))
    first = next(index for index, edge in enumerate(edges) if edge >= wanted)
    last = first
    while last + 1 < len(edges) and edges[last + 1] - edges[first] <= inner:
        last += 1
    return first, last


def wrap(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` columns, broken between words; a longer word stays whole."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        if current and text_width(current) + 1 + text_width(word) > room:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current] if current or not lines else lines
