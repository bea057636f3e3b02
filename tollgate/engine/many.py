"""Many files: on worker processes when there is enough to do, always reported in path order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tollgate.engine.failures import CRASHED, file_failure
from tollgate.engine.lint import FileResult, Linter
from tollgate.model.hints import TYPE_CHECKING, Any, Literal
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

WORTH_BYTES = 400_000
"""Starting workers takes about as long as linting this much."""

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
    if jobs < 2 or sum(one.size for one in work) < WORTH_BYTES or not _can_fork():
        results = []
        for count, one in enumerate(work, start=1):
            results.append(lint_one(linter, read, one))
            done(count)
        return results
    found = _on_workers(work, linter, read, jobs, done)
    return [
        found[index] if index in found else _alone(work[index], linter, read) for index in range(len(work))
    ]


def _can_fork() -> bool:
    """Workers inherit the compiled rules; without fork it is faster to do without workers."""
    import multiprocessing

    return "fork" in multiprocessing.get_all_start_methods()


def _on_workers(
    work: Sequence[Work], linter: Linter, read: Read, jobs: int, done: Callable[[int], None]
) -> dict[int, FileResult]:
    from multiprocessing.connection import wait

    workers: dict[Any, BaseProcess] = {}
    for number in range(jobs):
        connection, process = _start(list(enumerate(work))[number::jobs], linter, read)
        workers[connection] = process
    found: dict[int, FileResult] = {}
    while workers:
        ready: list[Any] = list(wait(list(workers)))
        for reader in ready:
            try:
                batch = reader.recv()
            except EOFError:
                workers.pop(reader).join()
                continue
            found.update(batch)
            done(len(found))
    return found


def _start(share: Sequence[tuple[int, Work]], linter: Linter, read: Read) -> tuple[Connection, BaseProcess]:
    import multiprocessing

    context: Any = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, share, linter, read), daemon=True)
    process.start()
    sender.close()
    return receiver, process


def _run(sender: Connection, share: Sequence[tuple[int, Work]], linter: Linter, read: Read) -> None:
    batch: list[tuple[int, FileResult]] = []
    for index, one in share:
        batch.append((index, lint_one(linter, read, one)))
        if len(batch) >= _BATCH:
            sender.send(batch)
            batch = []
    sender.send(batch)
    sender.close()


def _alone(one: Work, linter: Linter, read: Read) -> FileResult:
    """One file in a process of its own; a finding if that dies, too."""
    connection, process = _start([(0, one)], linter, read)
    try:
        found: Iterator[tuple[int, FileResult]] = iter(connection.recv())
        result = next(found)[1]
    except EOFError:
        result = linter.refused(
            one.path,
            CRASHED,
            "the process that linted this file died, so nothing is known of it",
        )
    process.join()
    return result
