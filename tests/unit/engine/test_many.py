"""Many files on worker processes."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tollgate.engine import many
from tollgate.engine.failures import CRASHED
from tollgate.engine.lint import FileResult
from tollgate.engine.many import Content, Work, lint_many

PARENT = os.getpid()


class FakeLinter:
    """Says of each file what a process made of it."""

    def __init__(self, act: Callable[[str], None] = lambda _path: None) -> None:
        self.act = act

    def lint_bytes(self, path: str, data: bytes, kind: str) -> FileResult:
        self.act(path)
        return FileResult(path, "other", len(data), (), (), (), content=f"{kind} {os.getpid() == PARENT}")

    def refused(self, path: str, code: str, message: str) -> FileResult:
        return FileResult(path, "other", 0, (), (), (), content=f"{code}: {message}")


def run(linter: FakeLinter, *, count: int = 100, jobs: int = 3, size: int = 10_000) -> list[FileResult]:
    work = [Work(f"{number:03}", "", "yaml" if number % 2 else "dockerfile", size) for number in range(count)]
    told: list[int] = []
    found = lint_many(work, linter=linter, read=_read, jobs=jobs, done=told.append)  # type: ignore[arg-type]
    assert told == sorted(told)
    assert [one.path for one in found] == [one.path for one in work]
    return found


def _read(work: Work) -> Content:
    return Content(b"x" * int(work.path))


def test_results_are_in_order_whoever_made_them() -> None:
    found = run(FakeLinter())
    assert [one.documents for one in found] == list(range(100))
    where = [one.content.endswith("True") for one in found]
    assert where == [True, True, *[False] * 98]  # the first of each kind readies what the workers inherit


@pytest.mark.parametrize(("count", "jobs", "size"), [(100, 1, 10_000), (20, 3, 10_000), (100, 3, 10)])
def test_little_work_stays_in_this_process(count: int, jobs: int, size: int) -> None:
    assert all(one.content.endswith("True") for one in run(FakeLinter(), count=count, jobs=jobs, size=size))


def test_a_dockerfile_counts_for_more_than_its_bytes() -> None:
    yaml, dockerfile = Work("a", "", "yaml", 100), Work("a", "", "dockerfile", 100)
    assert many._effort(dockerfile) > many._effort(yaml)


def test_a_worker_that_dies_costs_only_the_file_that_killed_it() -> None:
    def act(path: str) -> None:
        if path == "050":
            os._exit(3)

    found = run(FakeLinter(act))
    assert found[50].content.startswith(f"{CRASHED}: the process that linted this file died")
    assert [one.path for one in found if one.content.startswith(CRASHED)] == ["050"]


def test_a_file_that_fails_is_a_finding_on_that_file() -> None:
    def act(path: str) -> None:
        if path in {"000", "051"}:
            raise ValueError(path)

    found = run(FakeLinter(act))
    assert [one.path for one in found if one.content.startswith(CRASHED)] == ["000", "051"]


def test_no_process_and_no_file_is_left_behind() -> None:
    before = os.listdir("/dev/fd")
    run(FakeLinter())
    assert os.listdir("/dev/fd") == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
