"""What .dockerignore leaves out of the build context."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence as Seq
from functools import lru_cache

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.file_kind import kind_by_name
from tollgate.model.finding import Problem, RelatedSpan
from tollgate.model.globs import PathMatcher, PatternError, path_matcher
from tollgate.model.node import Scalar, Sequence
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.source import decode
from tollgate.model.target import Target

_MAX_PATTERNS = 500
_REMOTE = re.compile(r"[a-z]+://|git@", re.IGNORECASE)
_EVERYTHING = frozenset({"*", "**", "**/*"})


class Pattern(NamedTuple):
    """A line of an ignore file. `start`, `end`: offsets in it."""

    text: str
    start: int
    end: int
    matches: PathMatcher


def ignored(target: Target, context: Context) -> Iterator[Problem]:
    """Sources of ADD and COPY that the ignore file takes out of the build context.

    Which folder is the context is only known if the ignore file lies beside the Dockerfile. One that takes
    files back (`!`) is not judged: what is left of a folder then depends on its content.
    """
    assert isinstance(target, Instruction)
    if target.outer is not None or target.flag("from") is not None:
        return
    sources = list(_sources(target))
    found = _ignore_file(target.source.path, context) if sources else None
    if found is None:
        return
    path, data = found
    source = decode(path, data)
    patterns = _patterns(source.text)
    for word in sources:
        pattern = _first_match(str(word.value), patterns)
        if pattern is not None:
            region = source.region(pattern.start, pattern.end)
            related = (RelatedSpan("this line leaves it out", path=path, region=region),)
            fields = {"source": word, "file": path.rpartition("/")[2]}
            yield Problem(word.start, word.end, fields=fields, related=related, key=str(word.value))


def _sources(item: Instruction) -> Iterator[Scalar]:
    words = item.field("words")
    literal = {here.word.start for here in item.heredocs}
    for word in words.items[:-1] if isinstance(words, Sequence) else ():
        if not isinstance(word, Scalar) or word.start in literal:
            continue
        if isinstance(word.value, str) and word.value and not _REMOTE.match(word.value):
            yield word


def _ignore_file(dockerfile: str, context: Context) -> tuple[str, bytes] | None:
    """`Dockerfile.dockerignore` wins over `.dockerignore`. A Dockerfile in YAML has another context."""
    if kind_by_name(dockerfile) == "yaml":
        return None
    folder = dockerfile.rpartition("/")[0]
    beside = f"{folder}/.dockerignore" if folder else ".dockerignore"
    for path in (f"{dockerfile}.dockerignore", beside):
        data = context.project.read(path)
        if data is not None:
            return path, data
    return None


@lru_cache(maxsize=2)  # one ignore file is asked for each COPY
def _patterns(text: str) -> Seq[Pattern]:
    """As BuildKit reads them; empty if any takes files back, or if there are too many."""
    found: list[Pattern] = []
    for line in re.finditer(r"[^\n]+", text):
        written = line[0].strip()
        if not written or line[0].startswith("#"):
            continue
        if written.startswith("!") or len(found) == _MAX_PATTERNS:
            return ()
        start = line.start() + line[0].index(written)
        clean = posixpath.normpath(written).lstrip("/")
        try:
            matches = path_matcher((f"/{clean.replace('[^', '[!')}",))
        except PatternError:
            continue
        found.append(Pattern(clean, start, start + len(written), matches))
    return found


def _first_match(source: str, patterns: Seq[Pattern]) -> Pattern | None:
    path = posixpath.normpath(source).lstrip("/")
    if path in ("", "."):
        return next((one for one in patterns if one.text in _EVERYTHING), None)
    if path.startswith("../"):
        return None
    return next((one for one in patterns if one.matches(path)), None)
