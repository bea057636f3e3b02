"""What running a program costs: wall time, processor time, and the memory of all its processes."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

SAMPLE_SECONDS = 0.01
TIMEOUT_SECONDS = 900


class Command(NamedTuple):
    """A program with its arguments, where it runs, and the statuses that mean it did its work."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    good_statuses: tuple[int, ...] = (0, 1)


class Run(NamedTuple):
    """One run: seconds of wall time and of processor time (all processes)."""

    wall: float
    cpu: float


class Timing(NamedTuple):
    """Medians over several runs, in seconds; `spread` is the fastest and the slowest wall time."""

    wall: float
    cpu: float
    spread: tuple[float, float]
    runs: int


class FailedError(Exception):
    """A measured program could not do its work."""


def time_side_by_side(commands: Sequence[Command], *, runs: int) -> list[Timing]:
    """Time the commands in turn, round after round, so that a busy moment hits all of them alike.

    A first round warms the disk and the caches and is not counted.
    """
    rounds = [[run(command) for command in commands] for _ in range(runs + 1)][1:]
    return [_summary([one_round[index] for one_round in rounds]) for index in range(len(commands))]


def run(command: Command) -> Run:
    """Run once. Raises FailedError for an unexpected status or after TIMEOUT_SECONDS."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = _start(command, errors)
        usage = _wait(process)
        wall = time.perf_counter() - started
        _check(command, process.returncode, errors)
    return Run(wall, usage.cpu)


def output_of(command: Command) -> bytes:
    """What the program prints on standard output."""
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        process = _start(command, errors, output)
        _wait(process)
        _check(command, process.returncode, errors)
        output.seek(0)
        return output.read()


def peak_memory(command: Command) -> int:
    """The most memory that all processes of the command held at one time, in bytes.

    Sums the proportional set size (what is shared counts once) every SAMPLE_SECONDS, so the run is
    slower than a timed one. Never less than the largest resident set of any single process, which
    the kernel counts without gaps. Linux only.
    """
    with tempfile.TemporaryFile() as errors:
        process = _start(command, errors)
        peak = 0

        def sample() -> None:
            nonlocal peak
            peak = max(peak, sum(_proportional_size(pid) for pid in _session(process.pid)))

        usage = _wait(process, sample)
        _check(command, process.returncode, errors)
    return max(peak, usage.largest_resident)


class _Usage(NamedTuple):
    cpu: float
    largest_resident: int


def _start(
    command: Command, errors: IO[bytes], output: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], sample: Callable[[], None] | None = None) -> _Usage:
    """Wait by `wait4`, which also tells what the process and its children used."""
    previous = signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
    signal.alarm(TIMEOUT_SECONDS)
    try:
        pid = 0
        while pid == 0:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG if sample else 0)
            if pid == 0 and sample is not None:
                sample()
                time.sleep(SAMPLE_SECONDS)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    process.returncode = os.waitstatus_to_exitcode(status)
    return _Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _check(command: Command, status: int, errors: IO[bytes]) -> None:
    if status not in command.good_statuses:
        errors.seek(0)
        tail = errors.read()[-2000:].decode(errors="replace")
        raise FailedError(f"{' '.join(command.arguments)[:200]} ended with status {status}:\n{tail}")


def _session(leader: int) -> list[int]:
    """The processes that the leader started, however deep, itself included."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _session_of(int(name)) == leader]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _proportional_size(pid: int) -> int:
    """In bytes; 0 for a process that has just gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return 0


def _summary(runs: Sequence[Run]) -> Timing:
    walls = [one.wall for one in runs]
    return Timing(
        statistics.median(walls),
        statistics.median(one.cpu for one in runs),
        (min(walls), max(walls)),
        len(runs),
    )
