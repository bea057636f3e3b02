"""The patterns of `${A#x}`, `${A%x}` and `${A/x/y}`: `*` and `?`, matched in bounded time.

A pattern is cut at its stars into segments, which are searched one after the other: no backtracking.
What is too long, or hangs on how Go's regular expressions treat line breaks, is unknown.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.node import UNKNOWN, Unknown

MAX_LENGTH = 1024

_ANY = ""
"""A token for `?`; any other token is the character it stands for."""


def trim_prefix(pattern: str, value: str, *, greedy: bool) -> str | Unknown:
    segments = _segments(pattern, value)
    if segments is None:
        return UNKNOWN
    end = _match_end(segments, value, 0, greedy=greedy)
    return value if end < 0 else value[end:]


def trim_suffix(pattern: str, value: str, *, greedy: bool) -> str | Unknown:
    segments = _segments(pattern, value)
    if segments is None:
        return UNKNOWN
    mirrored = [segment[::-1] for segment in reversed(segments)]
    end = _match_end(mirrored, value[::-1], 0, greedy=greedy)
    return value if end < 0 else value[: len(value) - end]


def replace_matches(pattern: str, value: str, replacement: str, *, everywhere: bool) -> str | Unknown:
    """Every match starts leftmost and is longest. `$` in a replacement everywhere is unknown: Go reads
    it as a group's number."""
    segments = _segments(pattern, value)
    if segments is None or (everywhere and "$" in replacement) or len(replacement) > MAX_LENGTH:
        return UNKNOWN
    result: list[str] = []
    kept_to, at, last_end = 0, 0, -1
    while at <= len(value):
        first = _find(segments[0], value, at)
        end = -1 if first < 0 else _match_end(segments, value, first, greedy=True)
        if end < 0:
            break
        if not (first == end == last_end):
            result += (value[kept_to:first], replacement)
            kept_to = last_end = end
            if not everywhere:
                break
        at = end if end > first else end + 1
    return "".join([*result, value[kept_to:]])


def _segments(pattern: str, value: str) -> list[list[str]] | None:
    """The tokens between stars; None for a pattern that Go refuses or that we leave alone."""
    if len(pattern) > MAX_LENGTH or len(value) > MAX_LENGTH or "\n" in value:
        return None
    segments: list[list[str]] = [[]]
    characters = iter(pattern)
    for char in characters:
        if char == "*":
            segments.append([])
        elif char == "?":
            segments[-1].append(_ANY)
        elif char == "\\":
            escaped = next(characters, "")
            if escaped not in ("}", "/", "*", "?", "\\"):
                return None
            segments[-1].append(escaped)
        else:
            segments[-1].append(char)
    return segments


def _match_end(segments: list[list[str]], value: str, start: int, *, greedy: bool) -> int:
    """Where a match that begins at `start` ends, shortest or longest; -1 if there is none."""
    if _expression(segments[0]).match(value, start) is None:
        return -1
    end = start + len(segments[0])
    for segment in segments[1:]:
        found = _find(segment, value, end)
        if found < 0:
            return -1
        end = found + len(segment)
    if not greedy or len(segments) == 1:
        return end
    mirrored = _find(segments[-1][::-1], value[::-1], 0)
    return len(value) - mirrored


def _find(segment: list[str], value: str, at: int) -> int:
    if not segment:
        return at
    found = _expression(segment).search(value, at)
    return -1 if found is None else found.start()


def _expression(segment: list[str]) -> re.Pattern[str]:
    return re.compile("".join([re.escape(token) if token else "." for token in segment]))
