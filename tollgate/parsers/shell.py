"""Reads the shell text of Dockerfile instructions: commands with the exact place of every word."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model import lazy_re as re
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import Scalar
from tollgate.model.shell import Command, Pipeline, Script
from tollgate.model.shell_text import TextMap
from tollgate.model.source import Source, Span
from tollgate.parsers.shell_default import default_shell
from tollgate.parsers.shell_draft import identify
from tollgate.parsers.shell_grammar import fill
from tollgate.parsers.shell_lists import Options
from tollgate.parsers.shell_nested import Nested, nested_texts
from tollgate.parsers.shell_wrappers import command_index, interpreter_name, is_interpreter, shell_options

if TYPE_CHECKING:
    from tollgate.model.dockerfile import HereDocument, Instruction
    from tollgate.model.target import Target

NESTING = 8
"""How deep `sh -c` inside `sh -c` is followed."""

_WITH_SHELL = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_JSON_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL
)
_JSON_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_Place = tuple[int, int, int]
"""Length in the text, start and end in the source: a piece of a TextMap."""


def parse_scripts(instruction: Instruction, *, shell: tuple[str, ...]) -> tuple[Script, ...]:
    """The scripts of a RUN, CMD, ENTRYPOINT or HEALTHCHECK, each followed by those nested in it.

    `shell` is the SHELL in force; () means the platform's own. Other instructions have none; ONBUILD's
    are its inner instruction's.
    """
    if instruction.keyword not in _WITH_SHELL or not instruction.body:
        return ()
    if instruction.is_json:
        return with_nested(_exec_script(instruction))
    found = _shell_form(instruction)
    if found is None:
        return ()
    text, places, span = found
    interpreter, options = _interpreter_of(shell or default_shell(instruction))
    if text.startswith("#!") and instruction.heredocs:
        interpreter, options = _interpreter_of(text[2:].partition("\n")[0].split())
    return with_nested(
        parse_shell(
            instruction.source,
            text,
            TextMap(places),
            span=span,
            interpreter=interpreter,
            options=options,
            instruction=instruction,
        )
    )


def parse_shell(
    source: Source,
    text: str,
    text_map: TextMap,
    *,
    span: Span,
    interpreter: str = "sh",
    options: Options | None = None,
    instruction: Target | None = None,
) -> Script:
    """The script that `text` is; `text_map` says where in `source` each of its characters stands.

    Any text gives a script, in time linear in its length; what cannot be understood is in `errors`.
    """
    script = Script(source, _UNREADABLE.sub("\ufffd", text), text_map, interpreter=interpreter, span=span)
    script.instruction = instruction
    options = options or Options()
    script.errexit = options.errexit
    if script.is_posix and not text.isspace():
        fill(script, options.copy())
    return script


def with_nested(script: Script) -> tuple[Script, ...]:
    """A script and those that its commands hand to a shell, each before the ones nested in it."""
    found: list[Script] = []
    todo = [(script, 0)]
    while todo:
        current, depth = todo.pop()
        found.append(current)
        if depth < NESTING:
            inner = [
                _nested_script(command, text)
                for command in current.commands
                for text in nested_texts(command)
            ]
            todo.extend((item, depth + 1) for item in reversed(inner))
    return tuple(found)


def _nested_script(command: Command, nested: Nested) -> Script:
    outer = command.script
    script = parse_shell(
        outer.source,
        nested.text,
        nested.map,
        span=nested.span,
        interpreter=nested.interpreter,
        options=nested.options,
        instruction=outer.instruction,
    )
    script.parent = command
    return script


def _interpreter_of(words: Sequence[str]) -> tuple[str, Options]:
    """What a SHELL or shebang line starts and with which options; "" for no words."""
    at, _ = command_index(words)
    if at < len(words) and not is_interpreter(words[at]):
        at = next((index for index, word in enumerate(words) if is_interpreter(word)), at)
    if at >= len(words):
        return "", Options()
    call = shell_options(words, at + 1)
    return interpreter_name(words[at]), Options(pipefail=bool(call.pipefail), errexit=bool(call.errexit))


# Shell form


def _shell_form(instruction: Instruction) -> tuple[str, list[_Place], Span] | None:
    """The text that the shell gets, its pieces and its span; None for HEALTHCHECK NONE and the like."""
    pieces = list(instruction.body)
    if instruction.keyword == "HEALTHCHECK":
        if len(instruction.words) < 2:
            return None
        pieces = _from(pieces, instruction.words[1].start)
    if not pieces:
        return None
    heredocs = instruction.heredocs
    text = instruction.source.text
    if heredocs and _is_alone(heredocs[0], pieces, text):
        lines = _lines(heredocs[0], instruction)
        return _joined(text, lines, []), _places(lines), Span(heredocs[0].start, heredocs[0].end)
    tail: list[str] = []
    places = _places(pieces)
    for body in heredocs:
        lines = _lines(body, instruction)
        content = _joined(text, lines, [])
        end = body.name if content.endswith("\n") or not content else "\n" + body.name
        stop = min(body.end, instruction.span.end)
        tail += ["\n", content, end]
        places += [(1, body.start, body.start), *_places(lines), (len(end), stop, stop)]
    span = Span(pieces[0].start, pieces[-1].end)
    return _joined(text, pieces, tail), places, span


def _lines(body: HereDocument, instruction: Instruction) -> list[Span]:
    """A here-document's lines. One that nothing ends takes in the last line end, which is no longer the
    instruction's."""
    end = instruction.span.end
    return [Span(start, min(stop, end)) for start, stop in body.pieces if start < end]


def _is_alone(heredoc: HereDocument, pieces: list[Span], text: str) -> bool:
    """Whether the here-document is the whole command, which makes its body the script."""
    return _joined(text, pieces, []).strip() == text[heredoc.word.start : heredoc.word.end]


def _from(pieces: list[Span], start: int) -> list[Span]:
    return [Span(max(piece.start, start), piece.end) for piece in pieces if piece.end > start]


def _joined(text: str, pieces: list[Span], tail: list[str]) -> str:
    return "".join([*[text[start:end] for start, end in pieces], *tail])


def _places(pieces: list[Span]) -> list[_Place]:
    return [(end - start, start, end) for start, end in pieces]


# Exec form


def _exec_script(instruction: Instruction) -> Script:
    """The argument list as a script of one command. Its text is the strings, joined by blanks."""
    words = instruction.words[1:] if instruction.keyword == "HEALTHCHECK" else instruction.words
    outer = TextMap(_places(list(instruction.body)))
    logical = instruction.text
    parts: list[str] = []
    places: list[_Place] = []
    for word in words:
        first, end = outer.to_text(word.start) + 1, outer.to_text_end(word.end) - 1
        if parts:
            parts.append(" ")
            places.append((1, first - 1, first - 1))
        for text, start, stop in _json_runs(logical[first:end]):
            parts.append(text)
            places.append((len(text), first + start, first + stop))
    span = Span(words[0].start, words[-1].end) if words else instruction.keyword_span
    script = Script(
        instruction.source,
        _UNREADABLE.sub("\ufffd", "".join(parts)),
        outer.within(places),
        interpreter="exec",
        span=span,
    )
    script.instruction = instruction
    if words:
        _add_only_command(script, words)
    return script


def _add_only_command(script: Script, words: tuple[Scalar, ...]) -> None:
    pipeline = Pipeline(script, pipefail=False, errexit=False, negated=False)
    pipeline.span = script.span
    pipeline.ranges.append((0, 1, 0))
    command = Command(script, script.span, pipeline)
    command.words = words
    identify(command)
    script.commands = (command,)


def _json_runs(raw: str) -> list[tuple[str, int, int]]:
    """Stretches of a JSON string's inside: the text, and where it stands."""
    found: list[tuple[str, int, int]] = []
    at = 0
    for escape in _JSON_ESCAPE.finditer(raw):
        if escape.start() > at:
            found.append((raw[at : escape.start()], at, escape.start()))
        found.append((_json_character(escape[0]), escape.start(), escape.end()))
        at = escape.end()
    if at < len(raw):
        found.append((raw[at:], at, len(raw)))
    return found


def _json_character(escape: str) -> str:
    if escape[1] != "u":
        return _JSON_LETTERS.get(escape[1], escape[1])
    units = [int(unit, 16) for unit in escape.split("\\u")[1:]]
    return b"".join([unit.to_bytes(2, "little") for unit in units]).decode("utf-16-le", "replace")
