"""Dockerfiles to `model.dockerfile.Dockerfile`, read as BuildKit reads them.

What BuildKit refuses becomes a problem at its place, and reading goes on after it.
Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile.
"""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile, Instruction, Pair
from tollgate.model.finding import InputProblem
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import Scalar
from tollgate.model.source import Source
from tollgate.model.target import Comment
from tollgate.parsers.dockerfile_check import check_instruction, comment_start
from tollgate.parsers.dockerfile_check_file import check_file
from tollgate.parsers.dockerfile_directives import read_directives
from tollgate.parsers.dockerfile_heredocs import attach_here_documents
from tollgate.parsers.dockerfile_lines import SPACE, LogicalLine, read_line
from tollgate.parsers.dockerfile_problems import JSON_FORM, KEYWORDS, PAIRS, problem
from tollgate.parsers.dockerfile_reading import Reading
from tollgate.parsers.dockerfile_stages import find_stages
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

_BLANK = re.compile(r"[\t\v\f\r ]+")

_JSON_OR_TEXT = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL"})
_JSON_OR_WORDS = frozenset({"ADD", "COPY", "VOLUME"})
_WORDS = frozenset({"FROM", "EXPOSE"})
_PAIRS = frozenset({"ENV", "LABEL"})
_TEXT = frozenset({"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"})


def parse_dockerfile(source: Source, *, load_scripts: LoadScripts | None = None) -> Dockerfile:
    """Read a Dockerfile; never raises, whatever the bytes.

    `load_scripts` gives the shell scripts of an instruction when a rule asks for them; by default
    `parsers.shell.parse_scripts`.
    """
    file = Reading(source.parser_text())
    directives, file.escape = read_directives(file.text, file.problems)
    while (line := read_line(file.text, file.at, file.escape, file.comments)) is not None:
        file.at = min(line.next, len(file.text))
        _read_instruction(file, line)
    stages, arguments = find_stages(file)
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
        find_comments=_comments_of,
        file_comments=file.comments,
    )
    for item in file.instructions:
        item.dockerfile = dockerfile
        if item.onbuild is not None:
            item.onbuild.dockerfile = dockerfile
    for stage in stages:
        stage.dockerfile = dockerfile
    return dockerfile


def _scripts_of(instruction: Instruction) -> Sequence[Script]:
    from tollgate.parsers.shell import parse_scripts

    return parse_scripts(instruction, shell=instruction.shell())


def _comments_of(dockerfile: Dockerfile) -> Sequence[Comment]:
    from tollgate.parsers.dockerfile_comments import find_comments

    return find_comments(dockerfile)


def _read_instruction(file: Reading, line: LogicalLine) -> None:
    text = line.text
    end = len(text.rstrip(SPACE))
    begin = len(text) - len(text.lstrip(SPACE))
    if begin >= end:
        file.problems.append(problem(line.start, line.start + 1, "this continuation holds no instruction"))
        return
    item = _instruction(file, line, begin, end, is_inner=False)
    if "<<" in text:
        attach_here_documents(file, line, item)
    if line.comments:
        item.comments = tuple(line.comments)
    file.instructions.append(item)


def _instruction(file: Reading, line: LogicalLine, begin: int, end: int, *, is_inner: bool) -> Instruction:
    text = line.text
    blank = _BLANK.search(text, begin, end)
    stop, after = blank.span() if blank is not None else (end, end)
    written = text[begin:stop]
    keyword = KEYWORDS.get(written) or KEYWORDS.get(_go_lower(written)) or _unknown(written)
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


def _unknown(word: str) -> str:
    """Upper case, unless that would make a keyword of what is none for BuildKit."""
    upper = word.upper()
    return word if upper in KEYWORDS else upper


def _read_arguments(file: Reading, line: LogicalLine, item: Instruction, start: int, end: int) -> None:
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
        return problem(*span, f"{keyword} takes key=value pairs; this word has no `=`", PAIRS)
    return problem(*span, f"{keyword} needs a value for this key", PAIRS)


def _json_or(
    file: Reading, line: LogicalLine, item: Instruction, start: int, end: int, *, split: bool
) -> tuple[Scalar, ...]:
    words, other_values = read_json(line, start, end)
    if words is not None:
        item.is_json = True
        return tuple(words)
    if other_values:
        file.problems.append(
            problem(*line.span(start, end), f"the JSON form of {item.keyword} takes strings only", JSON_FORM)
        )
    if split:
        return tuple(split_plain(line, start, end))
    return (line.scalar(line.text[start:end], start, end),)


def _read_healthcheck(file: Reading, line: LogicalLine, item: Instruction, start: int, end: int) -> None:
    text = line.text
    stop = start
    while stop < end and text[stop] not in ASCII_BLANKS:
        stop += 1
    kind = line.scalar(text[start:stop], start, stop)
    while stop < end and text[stop] in ASCII_BLANKS:
        stop += 1
    command = _json_or(file, line, item, stop, end, split=False) if stop < end else ()
    item.words = (kind, *command)
