"""The name that was probably meant, found in time that even a hostile file cannot stretch."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

_MOST = 200
_SHORTEST = 3


def near_name(written: str, names: Iterable[str]) -> str:
    """One of the first names that differs from `written` in one place: a letter more, less, another, or two
    swapped; "" if there is none. Case does not count."""
    text = written.lower()
    if len(text) < _SHORTEST:
        return ""
    return next(
        (name for name in islice(names, _MOST) if name != written and _is_near(text, name.lower())), ""
    )


def _is_near(left: str, right: str) -> bool:
    if abs(len(left) - len(right)) > 1:
        return False
    if left == right:
        return True
    same = 0
    while same < min(len(left), len(right)) and left[same] == right[same]:
        same += 1
    one, other = left[same:], right[same:]
    if one[1:] == other[1:] or one[1:] == other or one == other[1:]:
        return True
    return one[:2] == other[1::-1] and one[2:] == other[2:]
