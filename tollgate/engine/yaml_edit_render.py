"""New YAML text for plain values, written as the file around it is."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from tollgate.engine.yaml_edit_text import Refused
from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple

_MAX_DEPTH = 30
"""Values come from rules; none of them nests as deep."""

_PLAIN = re.compile(r"(?![-.=]+\Z)(?!\.\d)(?!\.(?i:inf|nan)\Z)(?:--(?=[a-z]))?[A-Za-z_/.][A-Za-z0-9_/.@+=-]*")
_PLAIN_IN_BLOCK = re.compile(
    r"(?:--(?=[a-z]))?[A-Za-z_/.](?:[A-Za-z0-9_/.@+=,()-]|:(?=[^\s:])|[ ](?=[A-Za-z0-9_/.@+=(-]))*"
)
_QUANTITY = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi|Ei)")
_WORDS = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null"})
_ESCAPED = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]'
)
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Look(NamedTuple):
    """How new text is to look.

    quote  of string values: '"', "'" or "" for plain where plain is safe
    key    the same for keys
    """

    step: int = 2
    indented: bool = False
    json: bool = False
    quote: str = ""
    key: str = ""
    pad: str = " "


class Text:
    """A value that has its text already: `lines(column)` gives its entry's lines for that column.

    `ending`: "block" if it ends in a block scalar, to which a line break at the end belongs, "keep" if
    blank lines do as well, else "".
    """

    __slots__ = ("ending", "lines", "value")

    def __init__(self, value: object, lines: Callable[[int], list[str] | None], *, ending: str) -> None:
        self.value = value
        self.lines = lines
        self.ending = ending


def scalar_text(value: object, *, quote: str = "", block: bool = False) -> str:
    """A scalar as YAML: strings plain where every reader takes them as strings, else quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise Refused("an endless number cannot be written")
        return repr(value)
    if not isinstance(value, str):
        raise Refused("such a value cannot be written")
    if not quote and is_plain(value, block=block):
        return value
    return quoted(value, "'" if quote == "'" else '"')


def is_plain(value: str, *, block: bool) -> bool:
    """Whether the string may stand without quotes."""
    if value.lower() in _WORDS:
        return False
    if _PLAIN.fullmatch(value) or _QUANTITY.fullmatch(value):
        return True
    return block and value[:1] not in {"", "."} and _PLAIN_IN_BLOCK.fullmatch(value) is not None


def quoted(value: str, quote: str) -> str:
    special = _ESCAPED.search(value.replace('"', "").replace("\\", "")) is not None
    if quote == "'" and not special:
        return "'" + value.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def key_text(key: str, look: Look, *, block: bool) -> str:
    return scalar_text(key, quote='"' if look.json else look.key, block=block)


def plain_of(value: object) -> object:
    """The value without remembered text."""
    while isinstance(value, Text):
        value = value.value
    return value


def inline(value: object, look: Look, depth: int = 0) -> str:
    """A value on one line, in flow style."""
    _check_depth(depth)
    value = plain_of(value)
    quote = '"' if look.json else look.quote
    if isinstance(value, dict):
        parts = [
            f"{key_text(key, look, block=False)}: {inline(v, look, depth + 1)}" for key, v in value.items()
        ]
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item, look, depth + 1) for item in value) + "]"
    return scalar_text(value, quote=quote)


def spread(value: object, column: int, look: Look, eol: str, depth: int = 0) -> str:
    """A value in flow style over several lines; its brackets close at `column`."""
    _check_depth(depth)
    value = plain_of(value)
    if not isinstance(value, dict | list) or not value:
        return inline(value, look)
    inner = column + look.step
    if isinstance(value, dict):
        parts = [
            f"{key_text(key, look, block=False)}: {spread(item, inner, look, eol, depth + 1)}"
            for key, item in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [spread(item, inner, look, eol, depth + 1) for item in value]
        opening, closing = "[", "]"
    pad = eol + look.pad * inner
    return opening + ",".join(pad + part for part in parts) + eol + look.pad * column + closing


def entry_lines(key: str, value: object, column: int, look: Look, depth: int = 0) -> list[str]:
    """The lines of a new key in block style, its key at `column`."""
    _check_depth(depth)
    if isinstance(value, Text):
        lines = value.lines(column)
        if lines is not None:
            return lines
    value = plain_of(value)
    head = " " * column + key_text(key, look, block=True) + ":"
    if isinstance(value, dict | list) and value:
        return [head, *nested_lines(value, column, look, depth)]
    return [f"{head} {_leaf(value, look)}"]


def nested_lines(value: object, column: int, look: Look, depth: int = 0) -> list[str]:
    """The lines of a collection below a key that stands at `column`."""
    if isinstance(value, dict):
        inner = column + look.step
        return [
            line for key, item in value.items() for line in entry_lines(key, item, inner, look, depth + 1)
        ]
    inner = column + look.step if look.indented else column
    assert isinstance(value, list)
    return [line for item in value for line in item_lines(item, inner, look, depth + 1)]


def item_lines(value: object, column: int, look: Look, depth: int = 0) -> list[str]:
    """The lines of a new item in block style, its `-` at `column`."""
    _check_depth(depth)
    value = plain_of(value)
    if isinstance(value, dict) and value:
        lines = [
            line
            for key, item in value.items()
            for line in entry_lines(key, item, column + 2, look, depth + 1)
        ]
    elif isinstance(value, list) and value:
        lines = [line for item in value for line in item_lines(item, column + 2, look, depth + 1)]
    else:
        return [f"{' ' * column}- {_leaf(value, look)}"]
    return [" " * column + "- " + lines[0][column + 2 :], *lines[1:]]


def _leaf(value: object, look: Look) -> str:
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return scalar_text(value, quote=look.quote, block=True)


def _check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Refused("the new value is nested too deeply")
