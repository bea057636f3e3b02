"""Shell text inside shell text: `sh -c "…"`, `eval`, here-documents that a shell reads."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.node import Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.shell import Command, Redirect, Script
from tollgate.model.shell_text import TextMap
from tollgate.model.shell_words import expansion_end, runs
from tollgate.model.source import Span
from tollgate.parsers.shell_lists import Options
from tollgate.parsers.shell_wrappers import ShellCall, interpreter_name, is_interpreter, shell_options

_RUNS_TEXT = frozenset({"su", "runuser", "flock", "script"})
"""Commands whose `-c` takes shell text wherever it stands."""

_BODY_TOKEN = re.compile(r"\\[$`\\\n]|\$\(|`")


class Nested(NamedTuple):
    text: str
    map: TextMap
    span: Span
    interpreter: str
    options: Options


def nested_texts(command: Command) -> Iterator[Nested]:
    """What `command` hands to an interpreter, in order of place."""
    script = command.script
    name = command.name
    options = Options(pipefail=command.pipeline.pipefail, errexit=command.pipeline.errexit)
    if name == "eval":
        if command.arguments:
            yield _of_words(script, command.arguments, script.interpreter, options)
    elif name in _RUNS_TEXT:
        word = _value_after_c(command.arguments)
        if word is not None:
            yield _of_words(script, (word,), "sh", Options())
    elif name and is_interpreter(name):
        yield from _of_interpreter(command)
    if script.is_posix:
        for redirect in command.redirects:
            yield from _of_substitutions(script, redirect, options)


def _of_interpreter(command: Command) -> Iterator[Nested]:
    script = command.script
    interpreter = interpreter_name(command.name)
    words = [word.value if isinstance(word.value, str) else None for word in command.arguments]
    call = shell_options(words, 0)
    options = Options(pipefail=bool(call.pipefail), errexit=bool(call.errexit))
    if call.text is not None:
        yield _of_words(script, (command.arguments[call.text],), interpreter, options)
    elif not call.from_file or _reads_input(words, call):
        for redirect in command.redirects[-1:]:
            if redirect.operator == "<<<":
                yield _of_words(script, (redirect.target,), interpreter, options)
            elif redirect.body is not None:
                yield _of_body(script, redirect, redirect.body, interpreter, options)


def _reads_input(words: list[str | None], call: ShellCall) -> bool:
    return call.from_file and "-" in words[:1]


def _value_after_c(words: tuple[Scalar, ...]) -> Scalar | None:
    for index, word in enumerate(words[:-1]):
        if word.value in ("-c", "--command", "-lc"):
            return words[index + 1]
    return None


def _of_words(script: Script, words: tuple[Scalar, ...], interpreter: str, options: Options) -> Nested:
    """The text that words become after quote removal, joined by blanks; expansions stay as written."""
    parts: list[str] = []
    places: list[tuple[int, int, int]] = []
    for word in words:
        first = script.map.to_text(word.start)
        if parts:
            parts.append(" ")
            places.append((1, first, first))
        if script.interpreter == "exec":
            first = script.map.to_text(word.start + 1)
            end = script.map.to_text_end(word.end - 1) if word.end - word.start > len('""') else first
            parts.append(script.text[first:end])
            places.append((end - first, first, end))
            continue
        for run in runs(script.text[first : script.map.to_text_end(word.end)]):
            text = _opaque(run.text) if run.expanded else run.text
            parts.append(text)
            places.append((len(text), first + run.start, first + run.end))
    span = Span(words[0].start, words[-1].end)
    return Nested("".join(parts), script.map.within(places), span, interpreter, options)


def _opaque(expansion: str) -> str:
    """A substitution as a variable of the same length: its commands are the outer script's."""
    is_substitution = expansion[0] == "`" or (expansion.startswith("$(") and not expansion.startswith("$(("))
    return "$" + "_" * (len(expansion) - 1) if is_substitution else expansion


def _of_body(script: Script, redirect: Redirect, body: Span, interpreter: str, options: Options) -> Nested:
    """A here-document as its reader gets it: `<<-` loses tabs, and if it expands, escapes are undone."""
    first = script.map.to_text(body.start)
    end = script.map.to_text_end(body.end) if body.end > body.start else first
    parts: list[str] = []
    places: list[tuple[int, int, int]] = []
    for start, stop in _lines(script.text, first, end, strip_tabs=redirect.operator == "<<-"):
        for text, at, after in _expanded(script.text, start, stop) if redirect.expand else ():
            parts.append(text)
            places.append((len(text), at, after))
        if not redirect.expand:
            parts.append(script.text[start:stop])
            places.append((stop - start, start, stop))
    return Nested("".join(parts), script.map.within(places), body, interpreter, options)


def _lines(text: str, start: int, end: int, *, strip_tabs: bool) -> Iterator[tuple[int, int]]:
    """The body, whole or line by line without leading tabs."""
    if not strip_tabs:
        yield start, end
        return
    while start < end:
        stop = text.find("\n", start, end) + 1 or end
        while start < stop and text[start] == "\t":
            start += 1
        yield start, stop
        start = stop


def _expanded(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Stretches of an expanding body: what the reader gets, from where to where."""
    at = start
    while at < end:
        token = _BODY_TOKEN.search(text, at, end)
        stop = end if token is None else token.start()
        if stop > at:
            yield text[at:stop], at, stop
        if token is None:
            return
        if token[0][0] == "\\":
            at = token.end()
            yield token[0][1].replace("\n", ""), stop, at
        else:
            at = min(expansion_end(text[:end], stop), end) if end < len(text) else expansion_end(text, stop)
            yield _opaque(text[stop:at]), stop, at


def _of_substitutions(script: Script, redirect: Redirect, options: Options) -> Iterator[Nested]:
    """The substitutions that the shell runs while it expands a here-document."""
    if redirect.body is None or not redirect.expand or redirect.body.start == redirect.body.end:
        return
    first = script.map.to_text(redirect.body.start)
    end = script.map.to_text_end(redirect.body.end)
    body = script.text[first:end]
    at = 0
    while True:
        token = _BODY_TOKEN.search(body, at)
        if token is None:
            return
        at = token.end()
        if token[0][0] == "\\":
            continue
        at = expansion_end(body, token.start())
        if body.startswith("$((", token.start()):
            continue
        start, stop = token.end(), max(token.end(), at - 1)
        place = script.map.span(first + start, first + stop)
        yield Nested(
            body[start:stop],
            script.map.within([(stop - start, first + start, first + stop)]),
            place,
            script.interpreter,
            options,
        )
