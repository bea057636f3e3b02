"""Running a program for what it prints. `subprocess` takes longer to import than git to answer."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from tollgate.model.record import NamedTuple

_PIECE = 1 << 16
_KILLED = 9
_LONGEST_NAP = 0.01


class Ended(NamedTuple):
    """How a program ended: its exit status (negative: the signal that ended it) and what it printed."""

    status: int
    out: bytes
    errors: bytes


def run_program(
    command: Sequence[str], *, environment: Mapping[str, str], timeout: float, stdin: bytes = b""
) -> Ended:
    """Run a program that is found on PATH, for at most `timeout` seconds.

    Raises FileNotFoundError if there is none, TimeoutError (it is ended then), OSError or ValueError.
    """
    if not stdin and hasattr(os, "posix_spawnp"):
        ended = _spawned(command, environment, time.monotonic() + timeout)
        if ended is not None:
            return ended
    import subprocess

    try:
        done = subprocess.run(
            command,
            input=stdin or None,
            stdin=None if stdin else subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return Ended(done.returncode, done.stdout, done.stderr)


def _spawned(command: Sequence[str], environment: Mapping[str, str], deadline: float) -> Ended | None:
    """None where this process has closed its standard streams, whose numbers the pipes would then get."""
    out, errors = os.pipe(), os.pipe()
    try:
        if min(*out, *errors) <= 2:
            return None
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out[1], 1),
            (os.POSIX_SPAWN_DUP2, errors[1], 2),
        ]
        process = os.posix_spawnp(command[0], list(command), environment, file_actions=actions)
        os.close(out[1])
        os.close(errors[1])
        out, errors = (out[0], -1), (errors[0], -1)
        try:
            printed = _read_all((out[0], errors[0]), deadline)
            status = _wait(process, deadline)
        except BaseException:
            os.kill(process, _KILLED)
            os.waitpid(process, 0)
            raise
        return Ended(status, *printed)
    finally:
        for end in (*out, *errors):
            if end >= 0:
                os.close(end)


def _read_all(pipes: Sequence[int], deadline: float) -> list[bytes]:
    """What comes out of each pipe until its end. Raises TimeoutError."""
    from select import POLLIN, poll

    pieces: dict[int, list[bytes]] = {pipe: [] for pipe in pipes}
    waiting = poll()
    for pipe in pipes:
        waiting.register(pipe, POLLIN)
    open_ones = len(pipes)
    while open_ones:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        for pipe, _ in waiting.poll(left * 1000):
            piece = os.read(pipe, _PIECE)
            pieces[pipe].append(piece)
            if not piece:
                waiting.unregister(pipe)
                open_ones -= 1
    return [b"".join(pieces[pipe]) for pipe in pipes]


def _wait(process: int, deadline: float) -> int:
    """The exit status of a program that has closed its output, so that it usually has ended."""
    nap = 0.0001
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(nap)
        nap = min(nap * 2, _LONGEST_NAP)
