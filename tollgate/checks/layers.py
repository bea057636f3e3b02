"""What makes layers larger or more than they need be: steps, archives, whole file systems, stray files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.copies import ARCHIVES
from tollgate.checks.run_texts import commands_of, in_final_chain
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem, RelatedSpan
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_UNPACKERS = frozenset(
    "tar bsdtar unzip gunzip bunzip2 unxz unlzma unzstd unlz4 uncompress zcat xzcat bzcat 7z 7za".split()
)
_PACKED = (*ARCHIVES, ".zip", ".gz", ".bz2", ".xz", ".zst", ".z", ".lz", ".lzma", ".7z")
_STRAY = frozenset(
    ".git .github .gitlab .svn .hg .idea .vscode .DS_Store Thumbs.db node_modules bower_components"
    " __pycache__ .venv"
    " .tox .pytest_cache .mypy_cache .ruff_cache .cache .terraform .vagrant .dockerignore .gitignore"
    " Dockerfile"
    " Containerfile docker-compose.yml docker-compose.yaml compose.yml compose.yaml".split()
)


def could_be_one(target: Target, _context: Context) -> Iterator[Problem]:
    """Neighbouring steps that could be one: RUNs of one command, COPYs into one folder."""
    assert isinstance(target, Stage)
    before: Instruction | None = None
    for item in target.instructions:
        if before is not None and item.keyword == before.keyword and _fit(before, item):
            start, end = before.keyword_span
            related = (RelatedSpan("could be joined with this one", start, end),)
            fields = {"keyword": item.keyword}
            yield Problem(*item.keyword_span, fields=fields, related=related, key=item.text[:80])
        before = item


def _fit(before: Instruction, item: Instruction) -> bool:
    if [(flag.name, _text(flag.value)) for flag in before.flags] != [
        (flag.name, _text(flag.value)) for flag in item.flags
    ]:
        return False
    if item.keyword == "RUN":
        return _is_simple(before) and _is_simple(item)
    if item.keyword == "COPY" and not before.heredocs and not item.heredocs:
        words = [one.words for one in (before, item)]
        folders = [_text(each[-1]) for each in words if len(each) > 1]
        return len(folders) == len(words) and folders[0] == folders[1] and folders[0].endswith("/")
    return False


def _text(word: Scalar | None) -> str:
    return "" if word is None else str(word.value)


def _is_simple(instruction: Instruction) -> bool:
    """One command, or one pipeline, alone."""
    commands = [one for one in commands_of(instruction) if not one.substitution and one.script.parent is None]
    joined = [one for one in commands if one.operator in {"&&", "||", ";", "&"}]
    return bool(instruction.body) and not instruction.heredocs and not joined


def unpacked_later(target: Target, _context: Context) -> Iterator[Problem]:
    """An archive is copied in, and a later step unpacks it: the archive stays in a layer."""
    assert isinstance(target, Instruction)
    if target.stage is None or target.flag("from") is not None or len(target.words) <= 1:
        return
    names = {_base(word): word for word in target.words[:-1] if _base(word).lower().endswith(_PACKED)}
    if not names:
        return
    last = _base(target.words[-1])
    if last.lower().endswith(_PACKED):
        names.setdefault(last, target.words[0])
    unpackings = _unpackings(target.stage)
    for found, word in names.items():
        command = next((one for index, one in unpackings.get(found, ()) if index > target.index), None)
        if command is not None and in_final_chain(command):
            span = command.grip()
            related = (RelatedSpan("it is unpacked here", span.start, span.end),)
            yield Problem(word.start, word.end, fields={"archive": found}, related=related, key=found)
            return


@lru_cache(maxsize=4)
def _unpackings(stage: Stage) -> dict[str, list[tuple[int, Command]]]:
    """What a stage unpacks, by the last part of each word: the step's index and the command."""
    found: dict[str, list[tuple[int, Command]]] = {}
    for item in stage.by_keyword("RUN"):
        for command in commands_of(item):
            for word in command.arguments if _unpacks(command) else ():
                found.setdefault(_base(word), []).append((item.index, command))
    return found


def _base(word: Scalar) -> str:
    return re.split(r"[/\\]", str(word.value).strip("\"'"))[-1]


def _unpacks(command: Command) -> bool:
    if command.name not in _UNPACKERS:
        return False
    flags = {item.name for item in arguments(command).flags}
    first = str(command.arguments[0].value) if command.arguments else ""
    is_tar = command.name in {"tar", "bsdtar"}
    return not is_tar or bool(flags & {"-x", "--extract", "--get"}) or re.match(r"\w*x", first) is not None


def whole_filesystem(target: Target, _context: Context) -> Iterator[Problem]:
    """Everything of another stage or image is copied over everything of this one."""
    assert isinstance(target, Instruction)
    flag = target.flag("from")
    if flag is None or flag.value is None or len(target.words) <= 1:
        return
    *sources, destination = [(word, str(word.value).strip("\"'")) for word in target.words]
    if destination[1] not in {"/", "/."}:
        return
    for word, text in sources:
        if text in {"/", "/.", "/*", ".", "./"}:
            is_squash = target.stage is not None and _text(chain_of(target.stage)[0].base) == "scratch"
            fields = {"source": str(flag.value.value)}
            yield Problem(word.start, word.end, fields=fields, severity="note" if is_squash else None)


def stray_files(target: Target, _context: Context) -> Iterator[Problem]:
    """Files of the workshop are copied by name: the history, caches, what the editor left."""
    assert isinstance(target, Instruction)
    if target.stage is None or target.flag("from") is not None:
        return
    if target.outer is None and target.stage not in chain_of(target.dockerfile.stages[-1]):
        return
    for word in target.words[:-1]:
        name = _base(Scalar(str(word.value).strip("\"'").rstrip("/"), word.start, word.end))
        if name in _STRAY:
            yield Problem(word.start, word.end, fields={"file": name}, key=name)
