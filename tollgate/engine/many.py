"""Many files: on worker processes when there is enough to do, always reported in path order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tollgate.engine.failures import CRASHED, file_failure
from tollgate.engine.lint import FileResult, Linter
from tollgate.model.hints import Literal
from tollgate.model.record import NamedTuple

WORTH_BYTES = 100_000
"""From this much on, workers are faster by more than their start costs."""

_BATCH = 16


class Work(NamedTuple):
    """A file to lint: its path in reports, how to read it, about how long it is."""

    path: str
    absolute: str
    kind: Literal["yaml", "dockerfile"]
    size: int


class Content(NamedTuple):
    """What reading gave: bytes, or the rule (`code`) and message that say why not."""

    data: bytes | None
    code: str = ""
    message: str = ""


Read = Callable[[Work], Content]


def lint_one(linter: Linter, read: Read, work: Work) -> FileResult:
    """The result of one file; a failure of Tollgate itself is a finding on that file alone."""
    content = read(work)
    if content.data is None:
        return linter.refused(work.path, content.code, content.message)
    try:
        return linter.lint_bytes(work.path, content.data, work.kind)
    except Exception as error:  # noqa: BLE001 (told as a finding that cannot be silenced)
        return linter.refused(work.path, CRASHED, file_failure(error))


def lint_many(
    work: Sequence[Work],
    *,
    linter: Linter,
    read: Read,
    jobs: int,
    done: Callable[[int], None] = lambda _count: None,
) -> list[FileResult]:
    """The result of every file, in the order of `work`. `done` is told how many are finished.

    A worker that dies costs only its own files: they are tried again one by one, and the one that
    kills its process becomes a finding.
    """
    jobs = min(jobs, len(work) // _BATCH)
    if jobs < 2 or sum(map(_effort, work)) < WORTH_BYTES or not hasattr(os, "fork"):
        results = []
        for count, one in enumerate(work, start=1):
            results.append(lint_one(linter, read, one))
            done(count)
        return results
    found = _on_workers(work, linter, read, jobs, done)
    return [
        found[index] if index in found else _alone(work[index], linter, read) for index in range(len(work))
    ]


def _effort(one: Work) -> int:
    """In bytes of YAML. Those of a Dockerfile take longer, being shell for the most part."""
    return one.size * 3 if one.kind == "dockerfile" else one.size


def _on_workers(
    work: Sequence[Work], linter: Linter, read: Read, jobs: int, done: Callable[[int], None]
) -> dict[int, FileResult]:
    from tollgate.engine.workers import Worker, results_of

    every = list(enumerate(work))
    # What the first files make ready (modules, rules, patterns), the workers have from the beginning.
    firsts = {one.kind: (index, one) for index, one in reversed(every)}
    found = {index: lint_one(linter, read, one) for index, one in firsts.values()}
    rest = [(index, one) for index, one in every if index not in found]
    workers = [Worker(partial(_batches, rest[number::jobs], linter, read)) for number in range(jobs)]
    for batch in results_of(workers):
        found.update(batch)
        done(len(found))
    return found


def _batches(
    share: Sequence[tuple[int, Work]], linter: Linter, read: Read
) -> Iterator[list[tuple[int, FileResult]]]:
    for start in range(0, len(share), _BATCH):
        yield [(index, lint_one(linter, read, one)) for index, one in share[start : start + _BATCH]]


def _alone(one: Work, linter: Linter, read: Read) -> FileResult:
    """One file in a process of its own; a finding if that dies, too."""
    from tollgate.engine.workers import Worker, results_of

    for result in results_of([Worker(lambda: [lint_one(linter, read, one)])]):
        return result  # type: ignore[no-any-return]
    return linter.refused(
        one.path,
        CRASHED,
        "the process that linted this file died, so nothing is known of it",
    )
