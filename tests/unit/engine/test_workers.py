"""Forked workers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tollgate.engine.workers import Worker, results_of


def numbers(first: int, last: int) -> Iterator[tuple[int, int]]:
    for number in range(first, last):
        yield number, os.getpid()


def test_everything_arrives_from_every_worker() -> None:
    found = list(results_of([Worker(partial(numbers, 0, 500)), Worker(partial(numbers, 500, 1000))]))
    assert sorted(number for number, _ in found) == list(range(1000))
    assert len({process for _, process in found} - {os.getpid()}) == 2


def test_results_larger_than_a_pipe_arrive_whole() -> None:
    assert list(results_of([Worker(lambda: [b"x" * 3_000_000, b"y"])])) == [b"x" * 3_000_000, b"y"]


def test_what_a_worker_sent_before_it_died_is_kept() -> None:
    def work() -> Iterator[int]:
        yield 1
        os._exit(9)

    assert sorted(results_of([Worker(work), Worker(lambda: [2])])) == [1, 2]


def test_an_exception_ends_only_its_worker(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    assert list(results_of([Worker(work)])) == [1]
    assert capfd.readouterr() == ("", "")


def test_workers_end_with_those_who_wait_for_them() -> None:
    def work() -> Iterator[int]:
        yield 1
        time.sleep(60)
        yield 2

    started = time.monotonic()
    results = results_of([Worker(work), Worker(work)])
    assert next(results) == 1
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 20
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
