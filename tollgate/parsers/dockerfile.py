"""Dockerfiles to `model.dockerfile.Dockerfile`, read as BuildKit reads them.

What BuildKit refuses becomes a problem at its place, and reading goes on after it.
Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tollgate.model.dockerfile import Dockerfile, HereDocument, Instruction, Pair, Stage
from tollgate.model.dockerfile_expand import QuotingError, raw_words, unquoted_words
from tollgate.model.dockerfile_scope import StageNames
from tollgate.model.finding import InputProblem
from tollgate.model.node import Scalar
from tollgate.model.source import Source, Span
from tollgate.parsers.dockerfile_check import KEYWORDS, check_instruction, comment_start, problem
from tollgate.parsers.dockerfile_check_file import check_file
from tollgate.parsers.dockerfile_comments import find_comments
from tollgate.parsers.dockerfile_directives import read_directives
from tollgate.parsers.dockerfile_lines import SPACE, LogicalLine, read_body, read_line
from tollgate.parsers.dockerfile_words import (
    ASCII_BLANKS,
    arguments_of,
    pairs_of,
    read_flags,
    read_json,
    split_plain,
)

if TYPE_CHECKING:
    from tollgate.model.dockerfile import LoadScripts
    from tollgate.model.shell import Script

MAX_STAGE_DEPTH = 200
"""No image has more layers than that."""
INHERITED_FACTOR = 20
INHERITED_FLOOR = 10_000
"""All stages together may take over this many times what the file holds, and this much at least."""

_BLANK = re.compile(r"[\t\v\f\r ]+")
_HERE_WORD = re.compile(r"[0-9]*<<(-?)[\t\n\f\r ]*([^<]*)\Z")
_NEXT_INSTRUCTION = re.compile(rf"^(?:{'|'.join(sorted(KEYWORDS.values()))})[ \t]", re.MULTILINE)

_JSON_OR_TEXT = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL"})
_JSON_OR_WORDS = frozenset({"ADD", "COPY", "VOLUME"})
_WORDS = frozenset({"FROM", "EXPOSE"})
_PAIRS = frozenset({"ENV", "LABEL"})
_TEXT = frozenset({"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"})
_HERE_DOCUMENTS = frozenset({"RUN", "COPY", "ADD"})


def parse_dockerfile(source: Source, *, load_scripts: LoadScripts | None = None) -> Dockerfile:
    """Read a Dockerfile; never raises, whatever the bytes.

    `load_scripts` gives the shell scripts of an instruction when a rule asks for them; by default
    `parsers.shell.parse_scripts`.
    """
    file = _File(source.parser_text())
    directives, file.escape = read_directives(file.text, file.problems)
    while (line := read_line(file.text, file.at, file.escape, file.comments)) is not None:
        file.at = line.next
        _read_instruction(file, line)
    stages, arguments = _stages(file)
    check_file(source, file.text, file.instructions, stages, file.problems)
    dockerfile = Dockerfile(
        source,
        directives=directives,
        escape=file.escape,
        instructions=file.instructions,
        stages=stages,
        arguments=arguments,
        problems=file.problems,
        load_scripts=load_scripts or _scripts_of,
        find_comments=find_comments,
        file_comments=file.comments,
    )
    for item in file.instructions:
        item.dockerfile = dockerfile
        if item.onbuild is not None:
            item.onbuild.dockerfile = dockerfile
    for stage in stages:
        stage.dockerfile = dockerfile
    return dockerfile


class _File:
    """What is being read, and what has been found."""

    __slots__ = ("at", "comments", "escape", "instructions", "problems", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.escape = "\\"
        self.comments: list[Span] = []
        self.instructions: list[Instruction] = []
        self.problems: list[InputProblem] = []


def _scripts_of(instruction: Instruction) -> Sequence[Script]:
    from tollgate.parsers.shell import parse_scripts

    return parse_scripts(instruction, shell=instruction.shell())


def _read_instruction(file: _File, line: LogicalLine) -> None:
    text = line.text
    end = len(text.rstrip(SPACE))
    begin = len(text) - len(text.lstrip(SPACE))
    if begin >= end:
        file.problems.append(problem(line.start, line.start + 1, "this continuation holds no instruction"))
        return
    item = _instruction(file, line, begin, end, is_inner=False)
    if "<<" in text:
        _attach_here_documents(file, line, item)
    if line.comments:
        item.comments = tuple(line.comments)
    file.instructions.append(item)


def _instruction(file: _File, line: LogicalLine, begin: int, end: int, *, is_inner: bool) -> Instruction:
    text = line.text
    blank = _BLANK.search(text, begin, end)
    stop, after = blank.span() if blank is not None else (end, end)
    written = text[begin:stop]
    keyword = KEYWORDS.get(written) or KEYWORDS.get(_go_lower(written)) or written.upper()
    span = line.span(begin, end)
    item = Instruction(keyword, line.span(begin, stop), span, head_end=span.end, index=len(file.instructions))
    if text.startswith("--", after, end):
        flags, after = read_flags(line, after, end, file.escape)
        item.flags = tuple(flags)
    after = _skip_blanks(text, after, end)
    if after < end:
        item.body = line.cut(after, end)
        if keyword == "ONBUILD" and not is_inner:
            item.onbuild = _instruction(file, line, after, end, is_inner=True)
            item.onbuild.outer = item
        else:
            _read_arguments(file, line, item, after, end)
    check_instruction(item, line, after, end, file.escape, file.problems)
    return item


def _skip_blanks(text: str, at: int, end: int) -> int:
    while at < end and text[at] in SPACE:
        at += 1
    return at


def _go_lower(word: str) -> str:
    """Lower case as Go has it; Python makes two characters of one there."""
    return word.lower().replace("i\u0307", "i")


def _read_arguments(file: _File, line: LogicalLine, item: Instruction, start: int, end: int) -> None:
    keyword = item.keyword
    if keyword in _TEXT:
        item.words = (line.scalar(line.text[start:end], start, end),)
    elif keyword in _WORDS:
        item.words = tuple(split_plain(line, start, end))
    elif keyword in _PAIRS:
        pairs, without_sign = pairs_of(line, start, end, file.escape)
        item.pairs = tuple(pairs)
        if without_sign is not None and comment_start(item, line, start, end) < 0:
            file.problems.append(_without_sign(line, keyword, pairs, without_sign))
    elif keyword == "ARG":
        item.pairs = tuple(arguments_of(line, start, end, file.escape))
    elif keyword == "HEALTHCHECK":
        _read_healthcheck(file, line, item, start, end)
    elif keyword in _JSON_OR_TEXT or keyword in _JSON_OR_WORDS:
        item.words = _json_or(file, line, item, start, end, split=keyword in _JSON_OR_WORDS)


def _without_sign(
    line: LogicalLine, keyword: str, pairs: Sequence[Pair], word: tuple[int, int]
) -> InputProblem:
    span = line.span(*word)
    if pairs:
        return problem(*span, f"{keyword} takes key=value pairs; this word has no `=`")
    return problem(*span, f"{keyword} needs a value for this key")


def _json_or(
    file: _File, line: LogicalLine, item: Instruction, start: int, end: int, *, split: bool
) -> tuple[Scalar, ...]:
    words, other_values = read_json(line, start, end)
    if words is not None:
        item.is_json = True
        return tuple(words)
    if other_values:
        file.problems.append(
            problem(*line.span(start, end), f"the JSON form of {item.keyword} takes strings only")
        )
    if split:
        return tuple(split_plain(line, start, end))
    return (line.scalar(line.text[start:end], start, end),)


def _read_healthcheck(file: _File, line: LogicalLine, item: Instruction, start: int, end: int) -> None:
    text = line.text
    stop = start
    while stop < end and text[stop] not in ASCII_BLANKS:
        stop += 1
    kind = line.scalar(text[start:stop], start, stop)
    while stop < end and text[stop] in ASCII_BLANKS:
        stop += 1
    command = _json_or(file, line, item, stop, end, split=False) if stop < end else ()
    item.words = (kind, *command)


def _attach_here_documents(file: _File, line: LogicalLine, item: Instruction) -> None:
    carrier = item.onbuild or item
    if carrier.keyword not in _HERE_DOCUMENTS or carrier.is_json:
        return
    carrier.heredocs = _here_documents(file, line)
    if carrier.heredocs:
        end = _last_character(file)
        item.span = Span(item.span.start, end)
        carrier.span = Span(carrier.span.start, end)


def _here_documents(file: _File, line: LogicalLine) -> tuple[HereDocument, ...]:
    try:
        words = raw_words(line.text)
    except QuotingError:
        return ()
    found: list[HereDocument] = []
    for word in words:
        place = line.span(word.start, word.end)
        try:
            opening = _opening(word.text)
        except QuotingError as error:
            file.problems.append(problem(*place, f"the here-document's name is not readable: {error}"))
            continue
        if opening is not None:
            found.append(_here_document(file, *opening, place))
    return tuple(found)


def _opening(word: str) -> tuple[str, bool, bool] | None:
    """Name, whether variables expand, whether tabs are stripped, if the word opens a here-document."""
    match = _HERE_WORD.match(word)
    if match is None or not match[2]:
        return None
    names = unquoted_words(match[2], raw_quotes=False)
    if len(names) != 1:
        return None
    with_quotes = unquoted_words(match[2], raw_quotes=True)
    if len(with_quotes) != 1:
        raise QuotingError("its quotes are ambiguous")
    expand = _quotes_in(names[0]) == _quotes_in(with_quotes[0])
    return names[0], expand, match[1] == "-"


def _quotes_in(word: str) -> int:
    return word.count("'") + word.count('"')


def _here_document(file: _File, name: str, expand: bool, strip_tabs: bool, word: Span) -> HereDocument:
    start = file.at
    pieces, end, following = read_body(file.text, start, name, strip_tabs=strip_tabs)
    if end < 0:
        file.problems.append(problem(*word, "the here-document's end is missing"))
        resume = _NEXT_INSTRUCTION.search(file.text, start)
        end = following = resume.start() if resume else len(file.text)
        pieces = [piece for piece in pieces if piece.start < end]
    file.at = following
    return HereDocument(name, start, end, tuple(pieces), expand, strip_tabs, word)


def _last_character(file: _File) -> int:
    """The end of the line before the one that is read next, without its line break."""
    end = file.at
    while end and file.text[end - 1] in "\r\n":
        end -= 1
    return end


def _stages(file: _File) -> tuple[list[Stage], list[Instruction]]:
    """The stages with their instructions, and the ARG instructions before them."""
    stages: list[Stage] = []
    arguments: list[Instruction] = []
    names = StageNames(arguments, file.escape)
    current: Stage | None = None
    for item in file.instructions:
        if item.keyword == "FROM":
            current = _stage(len(stages), item, names)
            stages.append(current)
        elif current is not None:
            current.instructions.append(item)
        elif item.keyword == "ARG":
            arguments.append(item)
        item.stage = current
        if item.onbuild is not None:
            item.onbuild.stage = current
    if current is not None:
        current.final = True
    _bound_inheritance(stages, file.problems)
    return stages, arguments


def _bound_inheritance(stages: Sequence[Stage], problems: list[InputProblem]) -> None:
    """Stop taking over from parent stages where a file piles up more than any real one does."""
    weights = [sum(1 + len(item.pairs) + len(item.words) for item in stage.instructions) for stage in stages]
    left = INHERITED_FACTOR * sum(weights) + INHERITED_FLOOR
    for stage in stages:
        if stage.parent is None:
            continue
        inherited = weights[stage.parent.index]
        stage.depth = stage.parent.depth + 1
        left -= inherited
        if left < 0 or stage.depth > MAX_STAGE_DEPTH:
            stage.inherits = False
            stage.depth = 0
            continue
        weights[stage.index] += inherited
    cut_off = next((stage for stage in stages if not stage.inherits), None)
    if cut_off is not None:
        message = "too many stages built on one another; what this one takes over was not looked at"
        problems.append(InputProblem("not-linted-too-deep", *cut_off.opening.span, message))


def _stage(index: int, opening: Instruction, names: StageNames) -> Stage:
    stage = Stage(index, opening)
    words = opening.words
    platform = opening.flag("platform")
    stage.platform = platform.value if platform is not None else None
    if words:
        stage.base = words[0]
        stage.parent = names.find_base(words[0])
    if len(words) >= 3 and str(words[1].value).lower() == "as":
        stage.name = words[2]
        names.add(stage)
    return stage
