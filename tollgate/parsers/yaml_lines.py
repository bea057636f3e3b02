"""What one line of simple block YAML says by its text alone; `yaml_simple` puts lines together.

A line is an item (`- `), a key, or both, and then at most one value: a plain or quoted scalar or a flow
collection that ends on the line, or the header of a literal block. What is none of this, or means more to
kubectl than it looks (`yes`, a key that is no string), is not simple.

Lines repeat, `metadata:` stands in every manifest; so what short ones say is remembered.
"""

from __future__ import annotations

from functools import lru_cache

from tollgate.model import lazy_re as re
from tollgate.model.hints import Any, TypeAlias, Union
from tollgate.model.node import Mapping, Sequence, Value
from tollgate.parsers.yaml_scalars import (
    KUBECTL_ONLY_WORDS,
    MAY_BE_SPECIAL,
    UnreadableScalarError,
    key_of_plain,
    resolve,
)


class NotSimpleError(Exception):
    """The text is to be read by libyaml; nothing is said about whether it can be."""


NO_VALUE, SCALAR, LITERAL, FLOW, KEY, OPEN, CLOSE = range(7)

Line: TypeAlias = tuple[int, bool, Union[str, None], int, int, int, Any, int, int, str]  # noqa: UP007
"""A line with content: the column of its first character; whether that is the `-` of an item; the key or
None; the columns where it begins and ends; NO_VALUE, SCALAR, LITERAL or FLOW; the value's content; where it
begins and ends (both where the key or the `-` ends if there is none); its style.

Content is a scalar's value, a literal block's header, or a flow collection's steps.
"""

FlowStep: TypeAlias = tuple[int, Any, int, int, str]
"""SCALAR, KEY, OPEN or CLOSE; the value, the key or the class of node; columns of start and end; style."""

LONGEST_REMEMBERED = 120
_MOST_REMEMBERED = 4096

_KEY = r"""(?:[A-Za-z0-9_./$][A-Za-z0-9_./$-]{0,250}|"[^"\\]{1,250}"|'[^']{1,250}')"""
_QUOTED = r"""(?:"[^"\\]*(?:\\["\\nt][^"\\]*)*"|'[^']*(?:''[^']*)*')"""
_LINE = re.compile(
    rf"""
    (\ *)
    (-(?:\ +|$))?
    (?:({_KEY}):(?:\ +|$))?
    (?: (
          (?:[^\ \-?:,\[\]{{}}\#&*!|>'"%@`]|-(?!\ |$))
          [^\ :\#]*(?:(?::(?!\ |$)|(?<!\ )\#|\ +(?![\ \#]|$))[^\ :\#]*)*
        )
      | ({_QUOTED})
      | (\|-?)
      | ([\[{{].*)
    )?
    \ *(?:(?<!\S)\#.*)?
    """,
    re.VERBOSE,
)
_PLAIN, _QUOTE, _HEADER, _FLOW = range(4, 8)
"""Groups of a line's value."""

_FLOW_TOKEN = re.compile(
    rf"""
    \ *
    (?: ({_KEY}):\ +
      | (
          (?:[A-Za-z0-9_./$(~+]|-(?=[A-Za-z0-9-]))[^\ ,:?\[\]{{}}\#'"]*
          (?:\ +[^\ ,:?\[\]{{}}\#'"]+)*
        | {_QUOTED}
        )
      | ([\[{{])
      | ([\]}}])
      | (,)
    )
    """,
    re.VERBOSE,
)
_FLOW_KEY, _FLOW_SCALAR, _FLOW_OPEN, _FLOW_CLOSE, _FLOW_COMMA = range(1, 6)
_A_KEY, _A_VALUE, _A_COMMA, _THE_END = 1, 2, 4, 8
_WANTED_FOR = {
    _FLOW_KEY: _A_KEY,
    _FLOW_SCALAR: _A_VALUE,
    _FLOW_OPEN: _A_VALUE,
    _FLOW_CLOSE: _THE_END,
    _FLOW_COMMA: _A_COMMA,
}
_AFTER_FLOW = re.compile(r" *(?:(?<!\S)#.*)?")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


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
    kind, style = SCALAR, ""
    content: Any = None
    if last in (_PLAIN, _QUOTE):
        content, style = _scalar(line[start:end])
    elif last == _HEADER:
        kind, content, style = LITERAL, line[start:end], "|"
    elif last == _FLOW:
        kind, content = FLOW, _read_flow(line, start)
        end = content[-1][3]
    else:
        kind = NO_VALUE
        start = end = column + 1 if key is None else key_end + 1
    return column, dash is not None, key, key_start, key_end, kind, content, start, end, style


remembered = lru_cache(maxsize=_MOST_REMEMBERED)(read_line)


def _read_flow(line: str, at: int) -> tuple[FlowStep, ...]:
    """The steps of a flow collection that begins at `at` and after which the line ends."""
    steps: list[FlowStep] = []
    kinds: list[type[Mapping | Sequence]] = []
    wanted = _A_VALUE
    while wanted:
        found = _FLOW_TOKEN.match(line, at)
        group = found.lastindex if found else None
        if found is None or group is None or not wanted & _WANTED_FOR[group]:
            raise NotSimpleError
        at = found.end()
        written = found[group]
        start, end = found.span(group)
        if group == _FLOW_KEY:
            steps.append((KEY, _key(written), start, end, ""))
            wanted = _A_VALUE
        elif group == _FLOW_SCALAR:
            value, style = _scalar(written)
            steps.append((SCALAR, value, start, end, style))
            wanted = _A_COMMA | _THE_END
        elif group == _FLOW_OPEN:
            kinds.append(Mapping if written == "{" else Sequence)
            steps.append((OPEN, kinds[-1], start, end, ""))
            wanted = (_A_KEY if written == "{" else _A_VALUE) | _THE_END
        elif group == _FLOW_CLOSE:
            if kinds.pop() is not (Mapping if written == "}" else Sequence):
                raise NotSimpleError
            steps.append((CLOSE, None, start, end, ""))
            wanted = _A_COMMA | _THE_END if kinds else 0
        else:
            wanted = _A_KEY if kinds[-1] is Mapping else _A_VALUE
    if _AFTER_FLOW.fullmatch(line, at) is None:
        raise NotSimpleError
    return tuple(steps)


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
        value = written[1:-1]
        return (_ESCAPE.sub(lambda found: _ESCAPED[found[1]], value) if "\\" in value else value), first
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
