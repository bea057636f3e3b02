"""Block scalars whose end an edit would move: the lines that follow could become part of them."""

from __future__ import annotations

from tollgate.engine.yaml_edit_render import Text
from tollgate.engine.yaml_edit_text import Page, Refused, line_end, next_line

_NO_BREAK = "the file ends without a line break, and a block scalar would change by that"
_BLANKS = "a block scalar would take in the blank lines that follow"
_COMMENT = "a block scalar would take in the comment that follows"


def ending_of_new(value: object) -> str:
    """`Text.ending` of what moves into a new value, wherever in it: the most delicate one."""
    found = {""}
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, Text):
            found.add(one.ending)
        elif isinstance(one, dict):
            todo += one.values()
    return "keep" if "keep" in found else max(found)


def check_file_end(page: Page, at: int, ending: str) -> None:
    """Raises Refused if a block scalar would gain or lose its last line break at the file's end."""
    if ending and line_end(page.text, at) == len(page.text):
        raise Refused(_NO_BREAK)


def check_blank_content(page: Page, at: int, ending: str) -> None:
    """Raises Refused if the line after that of `at` is blanks only: to a block scalar that may be content."""
    start = next_line(page.text, line_end(page.text, at))
    line = page.text[start : line_end(page.text, start)]
    if ending and start < page.end and line and not line.strip(" \t"):
        raise Refused(_BLANKS)


def check_following(page: Page, at: int, column: int, ending: str) -> None:
    """Raises Refused if the line after that of `at` would belong to a block scalar before it, one
    below a key at `column`."""
    text = page.text
    start = next_line(text, line_end(text, at))
    if not ending or start >= page.end:
        return
    line = text[start : line_end(text, start)]
    content = line.lstrip(" ")
    if ending == "keep" and not content.strip():
        raise Refused(_BLANKS)
    if content.startswith("#") and len(line) - len(content) > column:
        raise Refused(_COMMENT)
