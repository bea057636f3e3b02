"""ADD and COPY: what comes in, and from where."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Problem
from tollgate.model.node import Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.target import Target

_REMOTE = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_GIT = re.compile(r"(?:git@|git://|ssh://)|\.git(?:[?#]|$)", re.IGNORECASE)
_AT_COMMIT = re.compile(r"[#=][0-9a-f]{40}(?:$|[:&])")
ARCHIVES = (
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tb2",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".tar.lzma",
    ".tlz",
)
"""What ADD unpacks by content is mostly called so."""
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".z", ".lz", ".lzma")


def sources(instruction: Instruction) -> list[Scalar]:
    """The source words of ADD or COPY, expanded; here-documents are none."""
    words = instruction.field("words")
    items = words.items if isinstance(words, Sequence) else []
    found = [item for item in items[:-1] if isinstance(item, Scalar)]
    return [word for word in found if not str(word.value).startswith("<<")]


def remote_without_checksum(target: Target, _context: Context) -> Iterator[Problem]:
    """Remote sources of an ADD without `--checksum`; Git sources at a commit are known by it."""
    assert isinstance(target, Instruction)
    if target.flag("checksum") is not None:
        return
    for word in sources(target):
        text = str(word.value)
        if not (_REMOTE.match(text) or _GIT.search(text)) or _AT_COMMIT.search(text):
            continue
        yield Problem(word.start, word.end, fields={"url": word}, key=text.partition("?")[0])


def add_for_copy(target: Target, _context: Context) -> Iterator[Problem]:
    """An ADD all of whose sources are local and no archives."""
    assert isinstance(target, Instruction)
    words = sources(target)
    if not words or any(flag.name in ("checksum", "keep-git-dir", "unpack") for flag in target.flags):
        return
    if all(isinstance(word.value, str) and _is_plain(word.value) for word in words):
        span = target.grip()
        yield Problem(span.start, span.end, fields={"source": words[0]})


def _is_plain(source: str) -> bool:
    lower = source.lower().rstrip("/")
    if _REMOTE.match(source) or _GIT.search(source) or "$" in source:
        return False
    return not lower.endswith((*ARCHIVES, *_COMPRESSED)) and not lower.endswith("*")
