"""Words of a Dockerfile as BuildKit's own small shell reads them: quotes, escapes and variables.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/shell/lex.go, checked against it.
"""

from __future__ import annotations

from tollgate.model.dockerfile_word import (
    MAX_GROWTH,
    UNSET,
    Lookup,
    QuotingError,
    ShellWord,
    Variable,
    WordReader,
)
from tollgate.model.node import UNKNOWN, Unknown
from tollgate.model.record import NamedTuple

__all__ = [
    "UNSET",
    "Expansion",
    "Lookup",
    "QuotingError",
    "ShellWord",
    "Variable",
    "expand",
    "expand_text",
    "raw_words",
    "unquoted_words",
]


class Expansion(NamedTuple):
    """`value` is UNKNOWN if any part that shows in it is. `words`: the value split at blanks that are
    not quoted. `error` says why BuildKit would refuse the word; the value is UNKNOWN then.
    `used`: the variables that were read, by name."""

    value: str | Unknown
    words: tuple[str | Unknown, ...]
    used: dict[str, Variable]
    error: str = ""


def expand(word: str, lookup: Lookup, escape: str = "\\") -> Expansion:
    """`word` with quotes and escapes removed and variables replaced.

    `escape` is the file's escape character. Never raises; the cost is linear in the word plus what it
    grows to, which is bounded.
    """
    reader = WordReader(word, escape, lookup)
    try:
        value = reader.read("")
    except QuotingError as error:
        return Expansion(UNKNOWN, (UNKNOWN,), reader.used, str(error))
    if reader.unknown or len(value) > len(word) + MAX_GROWTH:
        return Expansion(UNKNOWN, (UNKNOWN,), reader.used)
    return Expansion(value, tuple([found.text for found in reader.finished_words()]), reader.used)


def expand_text(text: str, lookup: Lookup) -> Expansion:
    r"""A here-document's body as COPY and ADD write it: quotes stay, `\` always escapes."""
    reader = WordReader(text, "\\", lookup, quotes=False)
    try:
        value = reader.read("")
    except QuotingError as error:
        return Expansion(UNKNOWN, (UNKNOWN,), reader.used, str(error))
    if reader.unknown or len(value) > len(text) + MAX_GROWTH:
        return Expansion(UNKNOWN, (UNKNOWN,), reader.used)
    return Expansion(value, (value,), reader.used)


def raw_words(line: str) -> list[ShellWord]:
    """The words of a line with quotes, escapes and variables left in them; where BuildKit looks for
    here-documents. Raises QuotingError."""
    reader = WordReader(line, "\\", None, raw_quotes=True, raw_escapes=True)
    reader.read("")
    return reader.finished_words()


def unquoted_words(text: str, *, raw_quotes: bool) -> list[str]:
    """The words of a here-document's name, with or without the quotes. Raises QuotingError."""
    reader = WordReader(text, "\\", None, raw_quotes=raw_quotes)
    reader.read("")
    return [found.text for found in reader.finished_words()]
