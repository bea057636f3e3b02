"""The words of a shell script, as far as the command line of one component needs them.

The whole grammar is read by `tollgate.parsers.shell`; what is not certain here is left unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Map

from tollgate.model import lazy_re as re

HOLE = "\0"
"""Stands in a word for what only the run time knows."""

_SPECIAL = frozenset("'\"\\$`#;&|()<> \t\n")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]|\{[^}]*\})")


def lex(text: str, variables: Map[str, str]) -> Iterator[tuple[str, int, int] | None]:
    """Words with their spans in the script; None where a command ends. Redirections are left out."""
    at, size = 0, len(text)
    parts: list[str] = []
    start = -1
    redirected = False
    while at <= size:
        if text.startswith("\\\n", at):
            at += 2
            continue
        char = text[at] if at < size else "\n"
        if char in " \t\n;&|()<>" or (char == "#" and start < 0):
            if start >= 0:
                value = "".join(parts)
                is_number = char in "<>" and value.isdigit()
                if not redirected and not is_number:
                    yield value, start, at
                redirected = False
                parts, start = [], -1
            if char in "<>":
                redirected = True
                while at + 1 < size and text[at + 1] in "<>&|":
                    at += 1
            elif char == "#":
                at = _find(text, "\n", at) - 1
            elif char not in " \t":
                yield None
            at += 1
            continue
        start = at if start < 0 else start
        piece, at = _piece(text, at, variables)
        at = min(at, size)
        parts.append(piece)


def _piece(text: str, at: int, variables: Map[str, str]) -> tuple[str, int]:
    """What the shell makes of the characters at `at`, and where the next ones are."""
    char = text[at]
    if char == "'":
        end = _find(text, "'", at + 1)
        return text[at + 1 : end], end + 1
    if char == '"':
        return _double_quoted(text, at + 1, variables)
    if char == "\\":
        following = text[at + 1 : at + 2]
        return ("" if following == "\n" else following), at + 2
    if char in "$`":
        return _substitution(text, at, variables)
    end = at
    while end < len(text) and text[end] not in _SPECIAL:
        end += 1
    return (text[at:end], end) if end > at else (char, at + 1)


def _double_quoted(text: str, at: int, variables: Map[str, str]) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
            parts.append(text[at + 1].replace("\n", ""))
            at += 2
        elif text[at] in "$`":
            piece, at = _substitution(text, at, variables)
            parts.append(piece)
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), at + 1


def _substitution(text: str, at: int, variables: Map[str, str]) -> tuple[str, int]:
    """What the shell fills in, HOLE where that is not known; a lone `$` is itself."""
    if text[at] == "`":
        return HOLE, _find(text, "`", at + 1) + 1
    if text.startswith("$(", at):
        return HOLE, _closing(text, at + 2)
    found = _VARIABLE.match(text, at)
    if found is None:
        return "$", at + 1
    return variables.get(found[0][1:].strip("{}"), HOLE), found.end()


def _closing(text: str, at: int) -> int:
    depth = 1
    for index in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return len(text)


def _find(text: str, what: str, at: int) -> int:
    found = text.find(what, at)
    return len(text) if found < 0 else found
