"""A container's command line as words: `command` and `args` joined, wrappers and shells seen through.

What the run time fills in (`$(VAR)`, `$VAR`) stands in a word's text as HOLE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Map
from types import MappingProxyType

from tollgate.model import lazy_re as re
from tollgate.model.component_names import COMPONENTS, SHELLS, WRAPPERS, image_name, program_name
from tollgate.model.component_script import HOLE, lex
from tollgate.model.kubernetes import Container, Manifest, items_at, text_at
from tollgate.model.node import Scalar, Sequence, Trail, place_of
from tollgate.model.record import NamedTuple

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


class Around(NamedTuple):
    """What a command line is read with: the file's text, and the container's variables with known values."""

    source: str
    variables: Map[str, str]


class Call(NamedTuple):
    """A component's program with its arguments."""

    name: str
    words: tuple[Word, ...]


def call_in(container: Container) -> Call | None:
    """The component that a container runs, as far as that is certain."""
    command, arguments = container.node.get("command"), container.node.get("args")
    if isinstance(command, Sequence) and command.items:
        return find_call(container_words(container), _around(container))
    if isinstance(arguments, Sequence) and arguments.items:
        name = image_name(container)
        if name in COMPONENTS:
            words = list(_items(container, "args"))
            if words and words[0].text.startswith("-"):
                return Call(name, tuple(words))
            return find_call(words, _around(container))
    return None


def find_call(words: list[Word], around: Around) -> Call | None:
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
        return _in_shell(words[at + 1 :], around)
    if program in WRAPPERS:
        return _wrapped(words[at + 1 :], around, short_names=program == "hyperkube")
    return None


def _wrapped(words: list[Word], around: Around, *, short_names: bool) -> Call | None:
    for at, word in enumerate(words):
        program = program_name(word.text)
        if short_names:
            program = _SHORT_NAMES.get(program, program)
        if program in COMPONENTS:
            return Call(program, tuple(words[at + 1 :]))
        if program in SHELLS:
            return _in_shell(words[at + 1 :], around)
    return None


def _in_shell(words: list[Word], around: Around) -> Call | None:
    """The component that a script after `-c` runs."""
    flags = iter(words)
    for word in flags:
        if not word.text.startswith("-"):
            return None
        is_cluster = not word.text.startswith("--")
        if is_cluster and "c" in word.text:
            script = next(flags, None)
            if script is None or not any(name in script.text for name in COMPONENTS):
                return None
            return next(filter(None, map(_plain_call, _commands(script, around))), None)
        if is_cluster and word.text.endswith(("o", "O")):
            next(flags, None)  # `-o pipefail`, `-euo pipefail`
    return None


_BEFORE_COMMANDS = frozenset({"exec", "if", "then", "else", "elif", "while", "until", "do", "time", "!", "{"})


def _plain_call(words: list[Word]) -> Call | None:
    """As `find_call`, without a second shell: scripts in scripts are not certain."""
    at = 0
    while at < len(words) and (_ASSIGNMENT.match(words[at].text) or words[at].text in _BEFORE_COMMANDS):
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


def _around(container: Container) -> Around:
    """Variables of the container itself; later ones win, and what refers to others is not followed."""
    variables: dict[str, str] = {}
    for _, item in items_at(container.node, "env"):
        name, value = text_at(item, "name"), text_at(item, "value")
        if name is not None:
            variables.pop(name, None)
            if value is not None and "$" not in value:
                variables[name] = value
    return Around(container.source.text, variables)


def container_words(container: Container) -> list[Word]:
    """`command` and `args`, one after the other."""
    return [*_items(container, "command"), *_items(container, "args")]


def _items(container: Container, key: str) -> Iterator[Word]:
    items = container.node.get(key)
    if not isinstance(items, Sequence):
        return
    variables = _around(container).variables
    for index, item in enumerate(items.items):
        if isinstance(item, Scalar) and item.value is not None:
            trail = (*container.trail, key, index)
            yield item_word(container.manifest, item, trail, variables=variables)


def item_word(
    manifest: Manifest, item: Scalar, trail: Trail, *, variables: Map[str, str] = MappingProxyType({})
) -> Word:
    """A scalar as a word, its `$(NAME)` filled in. The span leaves quotes out; through an alias it is the
    alias's."""
    source = manifest.source.text
    text = item.value if isinstance(item.value, str) else source[item.start : item.end]
    place = place_of(manifest.root, trail)
    start, end, alias = (item.start, item.end, None) if place is None else place
    exact = alias is None and source[start:end] == text
    quoted = item.style in ("'", '"') and alias is None and source[start + 1 : end - 1] == text
    if quoted:
        start, end, exact = start + 1, end - 1, True
    filled = text
    if "$" in text:
        filled = _EXPANSION.sub(
            lambda found: "$" if found[0] == "$$" else variables.get(found[0][2:-1], HOLE), text
        )
    return Word(filled, start, end, trail, exact and filled == text, quoted)


_ONE_WORD = re.compile(r"[A-Za-z0-9_./:=,@%+-]*")


def _commands(script: Word, around: Around) -> Iterator[list[Word]]:
    """The simple commands of a shell script, one list of words each; none where it has here-documents."""
    text, source = script.text, around.source
    if "<<" in text:
        return
    variables = {
        name: value
        for name, value in around.variables.items()
        if _ONE_WORD.fullmatch(value) and f"{name}=" not in text
    }
    command: list[Word] = []
    cursor = script.start
    for token in lex(text, variables):
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
