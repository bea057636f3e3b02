"""WORKDIR: where later instructions run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tollgate.model.dockerfile import Instruction
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem
from tollgate.model.node import Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.target import Target

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_SYSTEM = re.compile(r"/+(?:proc|sys|dev|boot|initrd|lost\+found)(?:/|\Z)")


def _path(item: Instruction) -> Scalar | None:
    words = item.field("words")
    word = words.items[0] if isinstance(words, Sequence) and words.items else None
    return word if isinstance(word, Scalar) else None


def relative(target: Target, _context: Context) -> Iterator[Problem]:
    """The first WORKDIR of a chain of stages, if it is relative: mending it mends those after it."""
    assert isinstance(target, Instruction)
    word = _path(target)
    if word is None or not isinstance(word.value, str) or not word.value or target.stage is None:
        return
    written = str(target.words[0].value).lstrip("'\"")
    if not (_ABSOLUTE.match(word.value) or _ABSOLUTE.match(written)) and _is_first(target):
        yield Problem(word.start, word.end, fields={"path": word})


def _is_first(item: Instruction) -> bool:
    assert item.stage is not None
    for link in chain_of(item.stage):
        if any(one.index < item.index for one in link.by_keyword("WORKDIR")):
            return False
        for one in link.by_keyword("ONBUILD") if item.outer is not None else ():
            if one.index < item.index and one.onbuild is not None and one.onbuild.keyword == "WORKDIR":
                return False
    return True


def in_system_folder(target: Target, _context: Context) -> Iterator[Problem]:
    """A WORKDIR below a folder of the kernel or of the boot loader."""
    assert isinstance(target, Instruction)
    word = _path(target)
    if word is not None and isinstance(word.value, str) and _SYSTEM.match(word.value):
        yield Problem(word.start, word.end, fields={"path": word})
