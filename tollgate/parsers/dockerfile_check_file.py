"""What is wrong with a Dockerfile as a whole: no stage, hidden text, lines nobody reads, and
here-documents that a builder without them would read as instructions."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.finding import InputProblem
from tollgate.model.source import Source, Span
from tollgate.parsers.dockerfile_lines import too_long_lines
from tollgate.parsers.dockerfile_problems import KEYWORDS, problem

NO_STAGE = "dockerfile-without-stage"
_ASCII_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HIDDEN = (  # compiled by `re` when first used: few files need it
    "[\x00-\x08\x0e-\x1f\x7f\x85\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u200b]+"
    "|\r(?![\r\n]|\\Z)"
    "|(?:(?<=[\x00-\x7f])|(?=.[\x00-\x7f]))[\u200c\u200d]"
)


def check_file(
    source: Source,
    text: str,
    instructions: Sequence[Instruction],
    stages: Sequence[Stage],
    problems: list[InputProblem],
) -> None:
    _check_beginning(text, instructions, stages, problems)
    if source.encoding != "utf-8":
        problems.append(problem(0, 1, "BuildKit reads UTF-8 only; this file is UTF-16"))
    for line in too_long_lines(text):
        message = "BuildKit reads no line over 65,535 bytes"
        problems.append(problem(line.start, line.start + 1, message, "line-too-long"))
    if not text.isascii() or "\r" in text or _ASCII_CONTROLS.search(text) is not None:
        problems.extend(_hidden_text(text))
    here_documents = [here for item in instructions for here in (item.onbuild or item).heredocs]
    if here_documents:
        problems.extend(
            _read_differently(text, [(here.start, here.end, here.word) for here in here_documents])
        )
    problems.sort(key=_place)


def _place(found: InputProblem) -> tuple[int, int]:
    return found.start, found.end


def _check_beginning(
    text: str, instructions: Sequence[Instruction], stages: Sequence[Stage], problems: list[InputProblem]
) -> None:
    if not instructions:
        problems.append(problem(0, 1 if text else 0, "the file has no instructions", NO_STAGE))
        return
    early = [item for item in instructions if item.stage is None and item.keyword != "ARG"]
    if early:
        if early[0].keyword in KEYWORDS:
            message = f"{early[0].keyword} stands before the first FROM; only ARG may"
            problems.append(problem(*early[0].keyword_span, message, "instruction-before-from"))
    elif not stages:
        problems.append(problem(*instructions[0].keyword_span, "the file has no FROM", NO_STAGE))


def _hidden_text(text: str) -> list[InputProblem]:
    return [
        InputProblem(
            "hidden-text",
            found.start(),
            found.end(),
            f"the character U+{ord(found[0][0]):04X} here is not seen on a screen, or changes what is",
        )
        for found in re.finditer(_HIDDEN, text)
    ]


def _read_differently(text: str, bodies: list[tuple[int, int, Span]]) -> list[InputProblem]:
    """Here-documents in which a builder without them finds instructions (dockerfile-parse's reading)."""
    from io import BytesIO

    from dockerfile_parse import DockerfileParser

    if not any(_has_keyword(text[start:end]) for start, end, _ in bodies):
        return []
    reader = DockerfileParser(fileobj=BytesIO(text.encode("utf-8", "replace")))
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    lines = [
        starts[entry["startline"]]
        for entry in reader.structure
        if entry["instruction"] in KEYWORDS and entry["content"].lstrip().startswith(entry["instruction"])
    ]
    found = []
    for start, end, word in bodies:
        inside = [at for at in lines if start <= at < end]
        if inside:
            message = (
                "BuildKit reads this here-document as data; a builder without here-documents reads "
                f"{len(inside)} of its lines as instructions"
            )
            found.append(InputProblem("read-differently", word.start, word.end, message))
    return found


_KEYWORD_LINE = rf"^[ \t]*(?:{'|'.join(sorted({*KEYWORDS.values()}))})\b"


def _has_keyword(body: str) -> bool:
    return re.search(_KEYWORD_LINE, body, re.MULTILINE) is not None
