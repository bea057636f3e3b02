"""What one run is asked to do, and the files that this means."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from tollgate.discovery import Discovery, FoundFile, discover
from tollgate.discovery_files import STDIN
from tollgate.engine.many import Content, Work
from tollgate.files import FileContent, read_file
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.policy import Policy
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from tollgate.model.baseline import Baseline
    from tollgate.options import LintOptions
    from tollgate.trees import Tree
    from tollgate.trusted import Trusted

Progress = Callable[[int, int], None]
"""Told how many of how many files are done."""


class TrustedRun(NamedTuple):
    """The commit that a run goes by, and the options under which it does."""

    side: Trusted
    options: LintOptions


class Request(NamedTuple):
    """One run: what to lint, under which policy, and how.

    stdin      the text that the path `-` stands for
    jobs       processes at most
    cache      results of earlier runs may be used and are kept
    baseline   the findings that are accepted
    trusted    where policy was read, and what else the run goes by; the options that said so
    tree       what is read in place of the disk: the index or a commit of the work tree at `root`
    """

    paths: tuple[str, ...]
    policy: Policy
    root: str
    stdin_filename: str | None = None
    stdin: bytes = b""
    jobs: int = 1
    edits: bool = True
    cache: bool = False
    baseline: Baseline | None = None
    progress: Progress | None = None
    tree: Tree | None = None
    trusted: TrustedRun | None = None


def found_files(request: Request) -> Discovery:
    """The files of a request. Raises globs.PatternError, git.GitError."""
    found = files_below(request, request.paths)
    if request.baseline is None:
        return found
    kept = tuple(file for file in found.files if file.path != request.baseline.path)
    return found._replace(files=kept)  # the baseline is read already, and is no manifest


def files_below(
    request: Request, paths: Sequence[str], stats: dict[str, os.stat_result] | None = None
) -> Discovery:
    if request.tree is not None:
        from tollgate.trees import discover_in

        return discover_in(request.tree, paths, policy=request.policy)
    return discover(
        paths,
        root=request.root,
        policy=request.policy,
        stdin_filename=request.stdin_filename,
        stdin=request.stdin,
        stats=stats,
    )


def everything(request: Request, stats: dict[str, os.stat_result] | None = None) -> tuple[FoundFile, ...]:
    """All files of the repository that a request belongs to; `stats` as `discover` takes it."""
    return files_below(request, (request.root,), stats).files


def is_whole(request: Request) -> bool:
    return any(os.path.realpath(path) == request.root for path in request.paths)


def all_work(files: Sequence[FoundFile], request: Request) -> list[Work]:
    if request.tree is not None:
        request.tree.expect(one.path for one in files)
    return [work_for(one, request) for one in files]


def work_for(found: FoundFile, request: Request) -> Work:
    if request.tree is not None:
        return Work(found.path, found.absolute, found.kind, request.tree.size(found.path))
    try:
        size = len(request.stdin) if found.absolute == STDIN else os.stat(found.absolute).st_size
    except (OSError, ValueError):
        size = 0
    return Work(found.path, found.absolute, found.kind, size)


_REFUSED = {
    "too-large": "not-linted-too-large",
    "not-regular": "not-linted-unreadable",
    "missing": "not-linted-unreadable",
    "unreadable": "not-linted-unreadable",
}


def read_found(request: Request, absolute: str) -> FileContent:
    """The content of a file of the request; `-` is its standard input."""
    limit = request.policy.max_file_bytes
    if request.tree is not None:
        return request.tree.read(absolute.removeprefix(os.path.join(request.root, "")), limit=limit)
    if absolute != STDIN:
        return read_file(absolute, limit=limit)
    if len(request.stdin) > limit:
        return FileContent("too-large", detail=f"the input is longer than {limit:,} bytes")
    return FileContent("ok", request.stdin)


def reader(request: Request) -> Callable[[Work], Content]:
    def read(work: Work) -> Content:
        content = read_found(request, work.absolute)
        if content.state == "ok":
            return Content(content.data)
        return Content(None, _REFUSED[content.state], f"the file was not linted: {content.detail}")

    return read
