"""How new text is to look beside its neighbours."""

from __future__ import annotations

from tollgate.engine.yaml_edit_render import Look
from tollgate.engine.yaml_edit_text import Page, column_of, starts_line
from tollgate.model.node import Entry, Mapping, Node, Scalar, Sequence

_ENOUGH = 50
"""Neighbours looked at."""


def look_of(page: Page, node: Node) -> Look:
    """The look of what is new in `node`: quotes and indentation as in what it has already."""
    quote = key = ""
    step = page.step
    if isinstance(node, Mapping):
        own = [entry for entry in list(node.entries.values())[:_ENOUGH] if entry.alias is None]
        quote = _common([_quote(entry.value) for entry in own])
        key = _common([_key_quote(page.text, entry) for entry in own])
        step = next((found for found in (_step(page.text, entry) for entry in own) if found), step)
    elif isinstance(node, Sequence):
        quote = _common([_quote(item) for item in node.items[:_ENOUGH]])
    return Look(step=step, indented=page.indented, json=page.json, quote=quote, key=key, pad=_pad(page))


def _pad(page: Page) -> str:
    return "\t" if page.json and "\n\t" in page.text[page.start : page.end] else " "


def _quote(node: Node) -> str | None:
    """The quote of a string; None for what is no string on one line."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.style in {"", "'", '"'}:
        return node.style
    return None


def _key_quote(text: str, entry: Entry) -> str:
    first = text[entry.key_start : entry.key_start + 1]
    return first if first in {"'", '"'} else ""


def _common(quotes: list[str | None] | list[str]) -> str:
    """The quote that all strings have; "" where they differ or there is none."""
    seen = {quote for quote in quotes if quote is not None}
    return seen.pop() if len(seen) == 1 else ""


def _step(text: str, entry: Entry) -> int:
    """How much further in the keys of a nested block mapping stand; 0 if that is not seen here."""
    value = entry.value
    if not isinstance(value, Mapping) or value.flow or not value.entries:
        return 0
    first = min(below.key_start for below in value.entries.values())
    if not value.start <= first < value.end or not starts_line(text, first):
        return 0
    return max(0, column_of(text, first) - column_of(text, entry.key_start))
