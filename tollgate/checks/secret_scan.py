"""Values under telling names in free text: `KEY=value`, `key: value`, `"key": "value"`, `--key value`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from tollgate.checks.secret_names import STEMS, telling
from tollgate.checks.secrets import Verdict, secret_by_name
from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple


class Named(NamedTuple):
    """A secret after a telling name; offsets into the scanned text."""

    name: str
    start: int
    end: int
    kind: str
    reported: bool


_LONGEST_NAME = 64
_LONGEST_VALUE = 4096
_QUOTES = ("'", '"')
_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


class _Forms(NamedTuple):
    rest_of_name: re.Pattern[str]
    sign: re.Pattern[str]
    default: re.Pattern[str]
    quoted: re.Pattern[str]
    word: re.Pattern[str]
    line: re.Pattern[str]
    comment: re.Pattern[str]
    next_item: re.Pattern[str]


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    return _Forms(
        rest_of_name=re.compile(r"[A-Za-z0-9_.-]{0,64}"),
        sign=re.compile(r"""\\?["']?\]?[ \t]{0,8}(?:(:)[ \t]{0,8}|:?=>?[ \t]{0,8}(?!=))"""),
        default=re.compile(r":?[-=]([^${}\n]{1,4096})\}"),
        quoted=re.compile(r"""\\?"((?:[^"\\\n]|\\(?!").){0,4096})\\?"|'([^'\n]{0,4096})'"""),
        word=re.compile(r"""(?:[^\s"'`;|&<>\\]|\\(?!n)){1,4096}"""),
        line=re.compile(r"[^\r\n]{1,4096}"),
        comment=re.compile(r"[ \t]#"),
        next_item=re.compile(r"""["'][ \t]{0,8},[ \t]{0,8}["']([^"'\n]{1,4096})["']"""),
    )


def telling_names(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The spans of all identifiers in `text[start:end]` that tell of a secret, in order."""
    end = len(text) if end is None else end
    plain = text[start:end].encode("ascii", "replace").lower()
    spans: dict[int, int] = {}
    for stem in STEMS:
        needle = stem.encode()
        at = plain.find(needle)
        while at >= 0:
            first, last = _identifier(text, start + at, start)
            last = min(last, end)
            spans[first] = max(last, spans.get(first, 0))
            at = plain.find(needle, max(last - start, at + len(needle)))
    return [span for span in sorted(spans.items()) if telling(text[slice(*span)].strip(".-"))]


def _identifier(text: str, at: int, lowest: int) -> tuple[int, int]:
    first = at
    lowest = max(lowest, at - _LONGEST_NAME)
    while first > lowest and text[first - 1] in _NAME_CHARACTERS:
        first -= 1
    if first < at and text[first - 1 : first] == "\\" and text[first] in "nrt":
        first += 1  # of `\n` in a string
    found = _forms().rest_of_name.match(text, at)
    return first, at if found is None else found.end()


def named_secrets(
    text: str,
    names: list[tuple[int, int]],
    *,
    end: int | None = None,
    lines: bool = False,
    judge: Callable[[str, str], Verdict | None] = secret_by_name,
) -> Iterator[Named]:
    """The secrets after `names` (of `telling_names`). `lines`: text of lines (YAML, .properties), in
    which an unquoted value goes on to the line's end; else shell words.

    A name inside a harmless value is looked at, too; one inside a secret is part of it.
    """
    end = len(text) if end is None else end
    free = 0
    for first, last in names:
        value = _value_after(text, first, last, end, lines=lines) if first >= free else None
        if value is None:
            continue
        start, stop = value
        name = text[first:last].strip(".-")
        verdict = judge(name, text[start:stop])
        if verdict is not None:
            free = start + verdict.end
            yield Named(name, start + verdict.start, free, verdict.kind, verdict.reported)


def _value_after(text: str, first: int, last: int, end: int, *, lines: bool) -> tuple[int, int] | None:
    before = text[max(first - 2, 0) : first]
    if before == "${":
        found = _forms().default.match(text, last, end)
        return None if found is None else found.span(1)
    if before.endswith("$"):
        return None
    sign = _forms().sign.match(text, last, end)
    if sign is None:
        return _value_of_flag(text, last, end) if text.startswith("--", first) and not lines else None
    at = sign.end()
    if sign.group(1) and not lines and text[at - 1] == ":":
        return None  # `a:b` in a command is no assignment
    around = before[-1:]
    if around in _QUOTES and not sign.group().lstrip("\\").startswith(around):
        return at, _until(text, around, at, end)  # the quotes are around name and value
    if not lines and text[at : at + 1] in _QUOTES and text[at + 1 : at + 2].isspace():
        return None  # a quote that closes, as in `"Your password: " x`
    return _value_at(text, first, at, end, lines=lines)


def _value_at(text: str, first: int, at: int, end: int, *, lines: bool) -> tuple[int, int] | None:
    quoted = _forms().quoted.match(text, at, end)
    if quoted is not None:
        return quoted.span(quoted.lastindex or 0)
    if lines:
        return _rest_of_line(text, first, at, end)
    found = _forms().word.match(text, at, end)
    return None if found is None else found.span()


def _until(text: str, quote: str, at: int, end: int) -> int:
    stop = min(end, at + _LONGEST_VALUE)
    for ender in (quote, "\n"):
        found = text.find(ender, at, stop)
        stop = stop if found < 0 else found
    return stop


def _value_of_flag(text: str, last: int, end: int) -> tuple[int, int] | None:
    """`--token value`, or the next string of a JSON list."""
    following = _forms().next_item.match(text, last, end)
    if following is not None:
        return None if following.group(1).startswith("-") else following.span(1)
    at = last
    while at < min(end, last + 8) and text[at] in " \t":
        at += 1
    if at == last or text.startswith("-", at):
        return None
    found = _forms().quoted.match(text, at, end) or _forms().word.match(text, at, end)
    return None if found is None else found.span(found.lastindex or 0)


def _rest_of_line(text: str, first: int, at: int, end: int) -> tuple[int, int] | None:
    found = _forms().line.match(text, at, end)
    if found is None:
        return None
    stop = found.end()
    comment = _forms().comment.search(text, at, stop)
    if comment is not None:
        stop = comment.start()
    line_start = max(text.rfind("\n", max(first - 400, 0), first) + 1, first - 400, 0)
    head = text[line_start:first]
    enders = (",}" if "{" in head else "") + (";" if ";" in head else "") + ("&" if "?" in head else "")
    for ender in enders:
        cut = text.find(ender, at, stop)
        stop = stop if cut < 0 else cut
    while stop > at and text[stop - 1] in " \t":
        stop -= 1
    return at, stop
