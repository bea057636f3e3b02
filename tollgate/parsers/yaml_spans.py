"""Exact spans of values, where the parsers' marks include more than the value."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.parsers.yaml_split import BREAKS

_PROPERTY = re.compile(r"!<[^>\s]*>|[&!][^\s]*")
_BLANKS = re.compile(rf"(?:[\s\ufeff]|(?<=\s)#[^{BREAKS}]*)*")
_BLOCK_HEADER = re.compile(r"[|>][0-9+-]*")
_LINE_END = re.compile(rf"[{BREAKS}]")


def value_start(text: str, start: int, end: int) -> int:
    """Where a value begins whose node, `text[start:end]`, begins with an anchor, a tag, or both.

    An empty value begins and ends after them.
    """
    at = start
    seen = ""
    while at < end and text[at] in "&!" and text[at] not in seen:
        seen += text[at]
        at = _end_of(_BLANKS, text, _end_of(_PROPERTY, text, at, end), end)
    return at


def block_scalar_end(text: str, start: int, end: int) -> int:
    """The end of a block scalar's last line with content, or of its indicator if it has none."""
    header_end = _end_of(_BLOCK_HEADER, text, start, end)
    first_break = _LINE_END.search(text, header_end, end)
    body = end if first_break is None else first_break.end()
    last = body + len(text[body:end].rstrip())
    if last <= body:
        return header_end
    line_end = _LINE_END.search(text, last, end)
    return end if line_end is None else line_end.start()


def block_scalar_body(text: str, start: int, end: int) -> int:
    """Where the lines below a block scalar's header begin; the header may end in a comment."""
    first_break = _LINE_END.search(text, start, end)
    return end if first_break is None else first_break.end()


def _end_of(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = pattern.match(text, start, end)
    return start if found is None else found.end()
