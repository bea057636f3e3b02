"""Names that were probably meant: cheap enough to be asked for every wrong one of a hostile file."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 4
MAX_NAMES = 300
"""Among more names none is looked for that is near another: a file's length must not cost its square."""


def differ_by_one(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, another, or has changed places with its neighbour. Names
    that only differ in a digit are two names."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return not max(one, other, key=len)[-1:].isdigit()
    if one[at : at + 1].isdigit() or other[at : at + 1].isdigit():
        return False
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return swapped or other[at + (len(one) <= len(other)) :] == one[at + (len(one) >= len(other)) :]


def nearest(name: str, names: Iterable[str], *, parts: bool = False) -> str | None:
    """The first name, in alphabetical order, that is alike but for case, or but for one letter; with
    `parts`, also one that begins or ends with the other."""
    known = sorted(names)
    if len(known) > MAX_NAMES:
        return None
    lower = name.lower()
    same = next((one for one in known if one.lower() == lower), None)
    if same is not None or len(name) < (3 if parts else SHORTEST):
        return same
    found = next((one for one in known if differ_by_one(lower, one.lower())), None)
    if found is None and parts:
        found = next((one for one in known if _is_part(lower, one.lower())), None)
    return found


def _is_part(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and (long.startswith(short) or long.endswith(short))
