"""A command's arguments as flags and operands, as getopt reads them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from tollgate.model import lazy_re as re
from tollgate.model.node import UNKNOWN, Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.shell import Command

_LETTER_AND_DASH = 2


class Flag(NamedTuple):
    """One flag as `name` (`-y`, `--yes`), with its value if it has one. `word` is the word it stands in.

    Of bundled flags (`-qy`) each is one of its own in the same word. A value that stands in the same word
    (`--flag=value`, `-ovalue`) spans its part of it, one of its own its whole word.
    """

    name: str
    value: Scalar | None
    word: Scalar


class Arguments(NamedTuple):
    flags: tuple[Flag, ...]
    operands: tuple[Scalar, ...]


def arguments(command: Command, *, values: AbstractSet[str] = frozenset()) -> Arguments:
    """The flags and operands of a command, in order.

    `values` names the flags that take a value (`-o`, `--option`, `-name`); others have one only after
    `=`. Behind `--` all are operands. A word that begins with one dash is a bundle of letters unless it
    is in `values`. A word that is wholly unknown is an operand.
    """
    flags: list[Flag] = []
    operands: list[Scalar] = []
    words = command.arguments
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        text = _written(command, word)
        if text == "--":
            operands.extend(words[at:])
            break
        if len(text) < _LETTER_AND_DASH or text[0] != "-":
            operands.append(word)
            continue
        found, wants_next = _flags_of(command, word, text, values)
        if wants_next and at < len(words):
            found[-1] = found[-1]._replace(value=words[at])
            at += 1
        flags.extend(found)
    return Arguments(tuple(flags), tuple(operands))


def flag(command: Command, *names: str, values: AbstractSet[str] = frozenset()) -> Flag | None:
    """The last flag of any of these names, as `arguments` reads them; None if there is none."""
    found = arguments(command, values=values).flags
    return next((item for item in reversed(found) if item.name in names), None)


def _written(command: Command, word: Scalar) -> str:
    """The word's value; where it is unknown its shell text without an opening quote, up to the unknown."""
    if isinstance(word.value, str):
        return word.value
    raw = command.script.slice(word.start, word.end).lstrip("\"'")
    return re.split(r"[$`]", raw, maxsplit=1)[0]


def _flags_of(command: Command, word: Scalar, text: str, values: AbstractSet[str]) -> tuple[list[Flag], bool]:
    """The flags in one word, and whether the last one's value is the next word."""
    name, is_assigned, _ = text.partition("=")
    if text.startswith("--") or name in values:
        if is_assigned:
            return [Flag(name, _tail(command, word, len(name) + 1), word)], False
        return [Flag(name, None, word)], name in values
    found: list[Flag] = []
    for index, letter in enumerate(text[1:], start=1):
        if letter == "=" and found:
            found[-1] = found[-1]._replace(value=_tail(command, word, index + 1))
            break
        found.append(Flag("-" + letter, None, word))
        if found[-1].name in values:
            has_tail = index + 1 < len(text) or word.value is UNKNOWN
            if has_tail:
                found[-1] = found[-1]._replace(value=_tail(command, word, index + 1))
            return found, not has_tail
    return found, False


def _tail(command: Command, word: Scalar, at: int) -> Scalar:
    """The part of a word from `at` of its value on; exact where no quote stands before it."""
    value = word.value[at:] if isinstance(word.value, str) else word.value
    raw = command.script.slice(word.start, word.end)
    if any(mark in raw[:at] for mark in "\"'\\$`"):
        return Scalar(value, word.start, word.end)
    start = (
        command.script.map.start(command.script.map.to_text(word.start) + at) if at < len(raw) else word.end
    )
    return Scalar(value, start, word.end)
