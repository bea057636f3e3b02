"""A container's command line as words: `command` and `args` joined, wrappers and shells seen through.

What the run time fills in (`$(VAR)`, `$VAR`) stands in a word's text as HOLE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tollgate.model.component_names import COMPONENTS, SHELLS, WRAPPERS, image_name, program_name
from tollgate.model.kubernetes import Container, Manifest
from tollgate.model.node import Scalar, Sequence, Trail, place_of

HOLE = "\0"

_SHORT_NAMES = {
    "apiserver": "kube-apiserver",
    "controller-manager": "kube-controller-manager",
    "scheduler": "kube-scheduler",
    "proxy": "kube-proxy",
}
"""What hyperkube also calls them."""

_EXPANSION = re.compile(r"\$\$|\$\([A-Za-z_.-][A-Za-z0-9_.-]*\)")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


class Word(NamedTuple):
    """One word of a command line with its span.

    `item`: the list item that it is, None for a word of a script. `exact`: the span's text is the
    word's own, character by character. `quoted`: it stands between quotes, which the span leaves out.
    """

    text: str
    start: int
    end: int
    item: Trail | None
    exact: bool
    quoted: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """With the quotes."""
        return (self.start - 1, self.end + 1) if self.quoted else (self.start, self.end)


class Call(NamedTuple):
    """A component's program with its arguments."""

    name: str
    words: tuple[Word, ...]


def call_in(container: Container) -> Call | None:
    """The component that a container runs, as far as that is certain."""
    command, arguments = container.node.get("command"), container.node.get("args")
    if isinstance(command, Sequence) and command.items:
        return find_call(container_words(container), container.source.text)
    if isinstance(arguments, Sequence) and arguments.items:
        name = image_name(container)
        if name in COMPONENTS:
            words = list(_items(container, "args"))
            if words and words[0].text.startswith("-"):
                return Call(name, tuple(words))
            return find_call(words, container.source.text)
    return None


def find_call(words: list[Word], source: str) -> Call | None:
    """The component that the first of these words runs, directly or through wrappers."""
    at = 0
    while at < len(words) and _ASSIGNMENT.match(words[at].text):
        at += 1
    if at == len(words):
        return None
    program = program_name(words[at].text)
    if program in COMPONENTS:
        return Call(program, tuple(words[at + 1 :]))
    if program in SHELLS:
        return _in_shell(words[at + 1 :], source)
    if program in WRAPPERS:
        return _wrapped(words[at + 1 :], source, short_names=program == "hyperkube")
    return None


def _wrapped(words: list[Word], source: str, *, short_names: bool) -> Call | None:
    for at, word in enumerate(words):
        program = program_name(word.text)
        if short_names:
            program = _SHORT_NAMES.get(program, program)
        if program in COMPONENTS:
            return Call(program, tuple(words[at + 1 :]))
        if program in SHELLS:
            return _in_shell(words[at + 1 :], source)
    return None


def _in_shell(words: list[Word], source: str) -> Call | None:
    """The component that a script after `-c` runs."""
    for at, word in enumerate(words):
        if not word.text.startswith("-"):
            return None
        if not word.text.startswith("--") and "c" in word.text:
            script = words[at + 1] if at + 1 < len(words) else None
            if script is None or not any(name in script.text for name in COMPONENTS):
                return None
            return next(filter(None, map(_plain_call, _commands(script, source))), None)
    return None


def _plain_call(words: list[Word]) -> Call | None:
    """As `find_call`, without a second shell: scripts in scripts are not certain."""
    at = 0
    while at < len(words) and (_ASSIGNMENT.match(words[at].text) or words[at].text == "exec"):
        at += 1
    rest = words[at:]
    if not rest:
        return None
    program = program_name(rest[0].text)
    if program in COMPONENTS:
        return Call(program, tuple(rest[1:]))
    if program in WRAPPERS:
        found = next((at for at, word in enumerate(rest) if program_name(word.text) in COMPONENTS), None)
        return None if found is None else Call(program_name(rest[found].text), tuple(rest[found + 1 :]))
    return None


def container_words(container: Container) -> list[Word]:
    """`command` and `args`, one after the other."""
    return [*_items(container, "command"), *_items(container, "args")]


def _items(container: Container, key: str) -> Iterator[Word]:
    items = container.node.get(key)
    if not isinstance(items, Sequence):
        return
    for index, item in enumerate(items.items):
        if isinstance(item, Scalar) and item.value is not None:
            yield item_word(container.manifest, item, (*container.trail, key, index))


def item_word(manifest: Manifest, item: Scalar, trail: Trail) -> Word:
    """A scalar as a word. Its span leaves quotes out; through an alias it is the alias's."""
    source = manifest.source.text
    text = item.value if isinstance(item.value, str) else source[item.start : item.end]
    place = place_of(manifest.root, trail)
    start, end, alias = (item.start, item.end, None) if place is None else place
    exact = alias is None and source[start:end] == text
    quoted = item.style in ("'", '"') and alias is None and source[start + 1 : end - 1] == text
    if quoted:
        start, end, exact = start + 1, end - 1, True
    filled = _EXPANSION.sub(lambda found: "$" if found[0] == "$$" else HOLE, text) if "$" in text else text
    return Word(filled, start, end, trail, exact and filled == text, quoted)


def _commands(script: Word, source: str) -> Iterator[list[Word]]:
    """The simple commands of a shell script, one list of words each; none where it has here-documents."""
    text = script.text
    if "<<" in text:
        return
    command: list[Word] = []
    cursor = script.start
    for token in _lex(text):
        if token is None:
            if command:
                yield command
            command = []
            continue
        value, start, end = token
        # Words hold no blanks outside quotes, so they stand in a block or folded scalar as they are.
        found = source.find(text[start:end], cursor, script.end)
        if found < 0:
            command.append(Word(value, script.start, script.end, None, exact=False))
            continue
        cursor = found + end - start
        command.append(Word(value, found, cursor, None, exact=source[found:cursor] == value))
    if command:
        yield command


_SPECIAL = frozenset("'\"\\$`#;&|()<> \t\n")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]|\{[^}]*\})")


def _lex(text: str) -> Iterator[tuple[str, int, int] | None]:
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
        piece, at = _piece(text, at)
        at = min(at, size)
        parts.append(piece)


def _piece(text: str, at: int) -> tuple[str, int]:
    """What the shell makes of the characters at `at`, and where the next ones are."""
    char = text[at]
    if char == "'":
        end = _find(text, "'", at + 1)
        return text[at + 1 : end], end + 1
    if char == '"':
        return _double_quoted(text, at + 1)
    if char == "\\":
        following = text[at + 1 : at + 2]
        return ("" if following == "\n" else following), at + 2
    if char in "$`":
        return _substitution(text, at)
    end = at
    while end < len(text) and text[end] not in _SPECIAL:
        end += 1
    return (text[at:end], end) if end > at else (char, at + 1)


def _double_quoted(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
            parts.append(text[at + 1].replace("\n", ""))
            at += 2
        elif text[at] in "$`":
            piece, at = _substitution(text, at)
            parts.append(piece)
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), at + 1


def _substitution(text: str, at: int) -> tuple[str, int]:
    """HOLE for what the shell fills in; a lone `$` is itself."""
    if text[at] == "`":
        return HOLE, _find(text, "`", at + 1) + 1
    if text.startswith("$(", at):
        return HOLE, _closing(text, at + 2)
    found = _VARIABLE.match(text, at)
    return ("$", at + 1) if found is None else (HOLE, found.end())


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
