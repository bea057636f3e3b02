"""ShellCheck's findings in RUN: what it is given, and what it said, at its place in the Dockerfile.

The program is run once for all files, before they are linted (`tollgate.shellcheck`); here its answers are
looked up in the project. Where it is not installed there are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.model.dockerfile import Dockerfile, Instruction, Stage
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem, Severity
from tollgate.model.project import ShellProblem
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.shell import Script
from tollgate.model.target import Target

_SHELLS = {"sh": "sh", "bash": "bash", "dash": "dash", "ash": "busybox", "ksh": "ksh", "mksh": "ksh"}
_DISABLED = "SC1090,SC1091,SC2148,SC2164,SC2187"
"""Files that it does not follow, the missing `#!`, and `cd` without `||`: a step is one line of `&&`."""
_LEVELS: dict[str, Severity] = {"error": "error", "warning": "warning"}
_HEADER_LINES = 2
_NAMES = 500
_PARSE_ERRORS = range(1000, 2000)


def shell_text(script: Script) -> str | None:
    """What ShellCheck is given for a script: two lines of its own, then the text. None for scripts that it
    cannot read, and for those inside others, whose quotes are the outer one's."""
    shell = _SHELLS.get(script.interpreter)
    owner = script.instruction
    if shell is None or script.parent is not None or script.errors or not isinstance(owner, Instruction):
        return None
    if owner.keyword != "RUN" or not script.text.strip():
        return None
    declared = () if owner.stage is None else _variables(owner.stage)
    names = " ".join([name for name in declared if name in script.text])
    header = f"# shellcheck shell={shell} disable={_DISABLED}\n" + (f"read -r {names}\n" if names else ":\n")
    return header + script.text + "\n"


class ShellText(NamedTuple):
    """What ShellCheck is given for a script, and the line that the script begins in."""

    text: str
    line: int


def shell_texts(file: Dockerfile) -> list[ShellText]:
    """The texts of all scripts of a file."""
    scripts = [item for item in file.select("script") if isinstance(item, Script)]
    texts = [(shell_text(item), file.source.position(item.span.start).line) for item in scripts]
    return [ShellText(text, line) for text, line in texts if text is not None]


@lru_cache(maxsize=8)
def _variables(stage: Stage) -> tuple[str, ...]:
    """The names that ENV and ARG declare in a stage and in those that it is built on."""
    items = (item for link in chain_of(stage) for item in link.instructions if item.keyword in {"ENV", "ARG"})
    names = dict.fromkeys(str(pair.key.value) for item in items for pair in item.pairs)
    return tuple(name for name in names if name.isidentifier() and name.isascii())[:_NAMES]


def reported(target: Target, context: Context) -> Iterator[Problem]:
    """What ShellCheck said about a script."""
    assert isinstance(target, Script)
    if not context.project.shell_problems:
        return
    text = shell_text(target)
    lines = target.text.split("\n")
    for said in context.project.shell_problems.get(text or "", ()):
        if said.code in _PARSE_ERRORS and said.level == "error":
            continue
        start = _offset(lines, said.line - _HEADER_LINES, said.column)
        end = max(_offset(lines, said.end_line - _HEADER_LINES, said.end_column), start + 1)
        if said.line > _HEADER_LINES and start < len(target.text):
            yield _problem(target, said, start, min(end, len(target.text)))


def _problem(script: Script, said: ShellProblem, start: int, end: int) -> Problem:
    place = script.map.span(start, end)
    message = script.source.scrub(" ".join(said.message.split()).rstrip("."))
    return Problem(
        place.start,
        max(place.end, place.start),
        fields={"code": f"SC{said.code}", "said": message},
        severity=_LEVELS.get(said.level, "note"),
        key=f"SC{said.code}",
    )


def _offset(lines: list[str], line: int, column: int) -> int:
    """The offset in the text of a line and a column, both counted from one."""
    before = sum(len(one) + 1 for one in lines[: max(line - 1, 0)])
    inside = len(lines[line - 1]) if 0 < line <= len(lines) else 0
    return before + min(max(column - 1, 0), inside)
