"""File modes that a build sets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Problem
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.target import Target

_SYMBOLIC = re.compile(r"[ugoa]*[ug][ugoa]*[+=][rwxXt]*s|a?[+]s")


def sets_setuid(target: Target, _context: Context) -> Iterator[Problem]:
    """`chmod u+s`, `chmod 4755` in a RUN, and `--chmod=4755` of COPY and ADD."""
    assert isinstance(target, Instruction)
    flag = target.flag("chmod")
    if flag is not None and flag.value is not None and _is_setuid(str(flag.value.value)):
        yield _problem(flag.value)
    if target.keyword != "RUN":
        return
    for script in target.dockerfile.scripts(target):
        for command in script.commands:
            if command.name == "chmod":
                for word in command.arguments:
                    if isinstance(word.value, str) and _is_setuid(word.value):
                        yield _problem(word)


def _problem(word: Scalar) -> Problem:
    return Problem(word.start, word.end, fields={"mode": word}, key=str(word.value))


def _is_setuid(mode: str) -> bool:
    if mode.isdecimal():
        return len(mode) >= 4 and mode[-4] in "234567"  # noqa: PLR2004 (the digit before rwx)
    return any(_SYMBOLIC.fullmatch(part) is not None for part in mode.split(","))
