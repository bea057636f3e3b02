"""WORKDIR: where later instructions run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem
from tollgate.model.node import Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.target import Target

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_SURELY_RELATIVE = re.compile(r"[\w.~][\w.~-]*/")
"""However the variables behind it turn out."""
_SYSTEM = re.compile(r"/+(?:proc|sys|dev|boot|initrd|lost\+found)(?:/|\Z)")

_TRIGGERS = 1000
"""So many triggers of a stage are looked at."""


def _path(item: Instruction) -> Scalar | None:
    words = item.field("words")
    word = words.items[0] if isinstance(words, Sequence) and words.items else None
    return word if isinstance(word, Scalar) else None


def relative(target: Target, _context: Context) -> Iterator[Problem]:
    """The first WORKDIR of a chain of stages, if it is relative: mending it mends those after it."""
    assert isinstance(target, Instruction)
    word = _path(target)
    if word is None or not word.value or target.stage is None:
        return
    written = str(target.words[0].value).lstrip("'\"")
    if isinstance(word.value, str):
        is_relative = not (_ABSOLUTE.match(word.value) or _ABSOLUTE.match(written))
    else:
        is_relative = _SURELY_RELATIVE.match(written) is not None
    if is_relative and not has_workdir_before(target):
        yield Problem(word.start, word.end, fields={"path": word})


def has_workdir_before(item: Instruction) -> bool:
    """Whether a WORKDIR comes before it, in its stage or one that this is built on; for a trigger, also
    one that is a trigger itself."""
    assert item.stage is not None
    for link in chain_of(item.stage):
        own = link.by_keyword("WORKDIR")
        if own and own[0].index < item.index:
            return True
        for one in islice(link.by_keyword("ONBUILD"), _TRIGGERS) if item.outer is not None else ():
            if one.index < item.index and one.onbuild is not None and one.onbuild.keyword == "WORKDIR":
                return True
    return False


def in_system_folder(target: Target, _context: Context) -> Iterator[Problem]:
    """A WORKDIR below a folder of the kernel or of the boot loader."""
    assert isinstance(target, Instruction)
    word = _path(target)
    if word is not None and isinstance(word.value, str) and _SYSTEM.match(word.value):
        yield Problem(word.start, word.end, fields={"path": word})
