"""What one line of simple block YAML says by its text alone; `yaml_simple` puts lines together.

A line is an item (`- `), a key, or both, and then at most one value that ends on the line: a plain or quoted
scalar without escapes, a flow collection of such scalars without another in it, or the header of a literal
block. What is none of this, or means more to kubectl than it looks (`yes`, a key that is no string), is not
simple.

Lines repeat, `metadata:` stands in every manifest; so what short ones say is remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias, Union

from tollgate.model.node import Value
from tollgate.parsers.yaml_scalars import (
    KUBECTL_ONLY_WORDS,
    MAY_BE_SPECIAL,
    UnreadableScalarError,
    key_of_plain,
    resolve,
)


class NotSimpleError(Exception):
    """The text is to be read by libyaml; nothing is said about whether it can be."""


NO_VALUE, SCALAR, FLOW_LIST, FLOW_MAPPING, LITERAL = range(5)

Line: TypeAlias = tuple[int, bool, Union[str, None], int, int, int, Any, int, int, str]  # noqa: UP007
"""A line with content: the column of its first character; whether that is the `-` of an item; the key or
None; the columns where it begins and ends; the kind of the value (NO_VALUE, SCALAR …); its content; where it
begins and ends (both where the key or the `-` ends if there is none); its style.

Content is a scalar's value, a flow list's scalars, a flow mapping's pairs, or a literal block's header.
"""

FlowScalar: TypeAlias = tuple[Value, int, int, str]
"""Value, columns of start and end, style."""

FlowPair: TypeAlias = tuple[str, int, int, FlowScalar]
"""Key, columns of its start and end, value."""

LONGEST_REMEMBERED = 120
_MOST_REMEMBERED = 4096

_KEY = r"""(?:[A-Za-z0-9_./$][A-Za-z0-9_./$-]{0,250}|"[^"\\]{1,250}"|'[^']{1,250}')"""
_QUOTED = r"""(?:"[^"\\]*"|'[^']*(?:''[^']*)*')"""
_PLAIN = r"""
    (?:[^\ \-?:,\[\]{}\#&*!|>'"%@`]|-(?!\ |$))
    [^\ :\#]*(?:(?::(?!\ |$)|(?<!\ )\#|\ +(?![\ \#]|$))[^\ :\#]*)*
"""
_FLOW_PLAIN = r"""(?:[A-Za-z0-9_./$(~+]|-(?=[A-Za-z0-9-]))[^\ ,:?\[\]{}\#&*!|>'"%@`]*"""
_FLOW_SCALAR = rf"(?:{_FLOW_PLAIN}|{_QUOTED})"
_FLOW_PAIR = rf"{_KEY}:\ +{_FLOW_SCALAR}"
_LINE = re.compile(
    rf"""
    (\ *)
    (-(?:\ +|$))?
    (?:({_KEY}):(?:\ +|$))?
    (?: ({_PLAIN})
      | ({_QUOTED})
      | (\[\ *(?:{_FLOW_SCALAR}(?:\ *,\ *{_FLOW_SCALAR})*)?\ *\])
      | (\{{\ *(?:{_FLOW_PAIR}(?:\ *,\ *{_FLOW_PAIR})*)?\ *\}})
      | (\|-?)
    )?
    \ *(?:(?<!\S)\#.*)?
    """,
    re.VERBOSE,
)
_FLOW_ITEMS = re.compile(_FLOW_SCALAR, re.VERBOSE)
_FLOW_PAIRS = re.compile(rf"({_KEY}):\ +({_FLOW_SCALAR})", re.VERBOSE)

_GROUP_OF_PLAIN, _GROUP_OF_QUOTED, _GROUP_OF_LIST, _GROUP_OF_MAPPING, _GROUP_OF_LITERAL = range(4, 9)


def read_line(line: str) -> Line | None:
    """What a line without control characters says; None if blank or a comment. Raises NotSimpleError."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise NotSimpleError
    last = found.lastindex or 1
    if last == 1:
        return None
    indent, dash, key = found.group(1, 2, 3)
    column = len(indent)
    key_start = key_end = column if dash is None else column + len(dash)
    if key is not None:
        key_end += len(key)
        key = _key(key)
    elif dash is None:
        raise NotSimpleError  # a scalar that continues another, or is all there is
    start, end = found.span(last)
    if last < _GROUP_OF_PLAIN:
        start = end = column + 1 if key is None else key_end + 1
        return column, dash is not None, key, key_start, key_end, NO_VALUE, None, start, end, ""
    kind, value, style = _value(line, last, start, end)
    return column, dash is not None, key, key_start, key_end, kind, value, start, end, style


remembered = lru_cache(maxsize=_MOST_REMEMBERED)(read_line)


def _value(line: str, group: int, start: int, end: int) -> tuple[int, Any, str]:
    if group <= _GROUP_OF_QUOTED:
        return SCALAR, *_scalar(line[start:end])
    if group == _GROUP_OF_LITERAL:
        return LITERAL, line[start:end], "|"
    if group == _GROUP_OF_LIST:
        items = _FLOW_ITEMS.finditer(line, start + 1, end - 1)
        return FLOW_LIST, tuple(_flow_scalar(item, 0) for item in items), ""
    pairs = _FLOW_PAIRS.finditer(line, start + 1, end - 1)
    return FLOW_MAPPING, tuple((_key(pair[1]), *pair.span(1), _flow_scalar(pair, 2)) for pair in pairs), ""


def _flow_scalar(found: re.Match[str], group: int) -> FlowScalar:
    value, style = _scalar(found[group])
    return value, *found.span(group), style


def _key(written: str) -> str:
    if written[0] in "\"'":
        key = written[1:-1]
        if key == "<<":
            raise NotSimpleError
        return key
    if written[0] in MAY_BE_SPECIAL and key_of_plain(written) != written:
        raise NotSimpleError
    return written


def _scalar(written: str) -> tuple[Value, str]:
    """Value and style of a scalar as it is written."""
    first = written[0]
    if first == '"':
        return written[1:-1], first
    if first == "'":
        return written[1:-1].replace("''", "'"), first
    if first not in MAY_BE_SPECIAL:
        return written, ""
    if written in KUBECTL_ONLY_WORDS:
        raise NotSimpleError
    try:
        return resolve(written), ""
    except UnreadableScalarError:
        raise NotSimpleError from None
