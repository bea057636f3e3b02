"""Commands while their words are read, and what becomes of them. Offsets are the shell text's."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.hints import TypeAlias, Union
from tollgate.model.node import UNKNOWN, Scalar
from tollgate.model.shell import Assignment, Command, Redirect, Script, Wrapper
from tollgate.model.shell_words import unquote
from tollgate.parsers.shell_heredocs import HiddenDocument
from tollgate.parsers.shell_lists import Options
from tollgate.parsers.shell_wrappers import WRAPPERS, basename, command_index, shell_options

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?)\+?=")
_KNOWN_START = re.compile(r"(?:--?[A-Za-z][A-Za-z0-9-]*=?|[A-Za-z_][A-Za-z0-9_]*=)(?=[\"']?\$|[\"']?`)")


Piece: TypeAlias = tuple[int, int, Union[str, None]]  # noqa: UP007 (needed at run time on 3.10)
"""Start and end of a word; its quote if it is dynamic ("" if not wholly quoted), None if it is not."""


class Draft:
    __slots__ = ("assignments", "command", "end", "redirects", "start", "words")

    def __init__(self, command: Command, start: int) -> None:
        self.command = command
        self.start = start
        self.end = start
        self.words: list[Piece] = []
        self.assignments: list[Piece] = []
        self.redirects: list[Redirect] = []


class RedirectDraft:
    """A redirect; `draft` is its command, None for a compound command's."""

    __slots__ = ("descriptor", "draft", "end", "operator", "start", "target")

    def __init__(self, draft: Draft | None) -> None:
        self.draft = draft
        self.descriptor: tuple[int, int] | None = None
        self.operator: tuple[int, int] | None = None
        self.target: Piece | None = None
        self.start = self.end = 0


def finish_redirect(
    pieces: RedirectDraft, script: Script, documents: dict[int, HiddenDocument]
) -> Redirect | None:
    if pieces.operator is None:
        return None
    text = script.text
    at, after = pieces.operator
    descriptor = "" if pieces.descriptor is None else text[slice(*pieces.descriptor)]
    document = documents.get(at)
    if document is not None:
        target = Scalar(document.delimiter, *script.map.span(document.word_start, document.word_end))
        body = script.map.span(document.body_start, document.body_end)
        start, end = script.map.span(pieces.start, document.word_end)
        return Redirect(document.operator, descriptor, target, start, end, body, document.expand)
    target = make_word(script, *(pieces.target or (after, after, None)))
    start = script.map.start(pieces.start)
    return Redirect(text[at:after], descriptor, target, start, max(target.end, script.map.end(after)))


def make_word(script: Script, start: int, end: int, quote: str | None = None) -> Scalar:
    first, last = script.map.span(start, end)
    if quote is not None:
        return Scalar(UNKNOWN, first, last, quote)
    value, style = unquote(script.text[start:end])
    return Scalar(UNKNOWN if value is None else value, first, last, style)


def finish_command(draft: Draft, script: Script) -> None:
    """Fills the command from what was read of it."""
    command = draft.command
    command.span = script.map.span(draft.start, draft.end)
    command.words = tuple([make_word(script, *piece) for piece in draft.words])
    if draft.assignments:
        found = [_assignment(script, start, end) for start, end, _ in draft.assignments]
        command.assignments = tuple([item for item in found if item is not None])
    command.redirects = tuple(draft.redirects)
    identify(command)


def _assignment(script: Script, start: int, end: int) -> Assignment | None:
    name = _ASSIGNMENT.match(script.text, start, end)
    if name is None:
        return None
    if script.text.startswith("(", name.end()):
        value = Scalar(UNKNOWN, *script.map.span(name.end(), end))
    elif name.end() == end:
        at = script.map.end(end)
        value = Scalar("", at, at)
    else:
        value = make_word(script, name.end(), end)
    return Assignment(name[1], value, *script.map.span(start, end))


def identify(command: Command) -> None:
    """Finds the name behind the wrappers."""
    words = command.words
    if not words:
        return
    first = words[0].value
    index = 0
    if isinstance(first, str) and basename(first) in WRAPPERS:
        index, found = command_index(_readable(command))
        command.wrappers = tuple([Wrapper(name, words[start:end]) for name, start, end in found])
    word = command.name_word = words[index]
    if isinstance(word.value, str):
        command.name = basename(word.value)
    command.arguments = words[index + 1 :]


def _readable(command: Command) -> list[str | None]:
    """The words' values; of one that is known in part only (`--user=$U`, `A=$B`) its shell text."""
    found: list[str | None] = []
    for word in command.words:
        if isinstance(word.value, str):
            found.append(word.value)
            continue
        raw = command.script.slice(word.start, word.end)
        found.append(raw if _KNOWN_START.match(raw) else None)
    return found


def set_options(draft: Draft, script: Script, options: Options) -> bool:
    """Whether the command is `set`; if so what it sets is in force from here."""
    start, end, _ = draft.words[0]
    if script.text[start:end] != "set":
        return False
    call = shell_options([unquote(script.text[start:end])[0] for start, end, _ in draft.words], 1)
    if call.errexit is not None:
        options.errexit = call.errexit
    if call.pipefail is not None:
        options.pipefail = call.pipefail
    return True
