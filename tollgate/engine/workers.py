"""Forked workers that give back results as they have them. `multiprocessing` would take longer to import than
two workers need for fifty Dockerfiles."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator

from tollgate.model.hints import Any

_LENGTH_BYTES = 8
_PIECE = 1 << 16
_KILLED = 9


class Worker:
    """A process that does `work` and sends what it yields."""

    __slots__ = ("_process", "_reader", "_received")

    def __init__(self, work: Callable[[], Iterable[Any]]) -> None:
        self._reader, writer = os.pipe()
        self._received = bytearray()
        self._process = os.fork()
        if self._process == 0:
            _work_and_leave(work, writer)
        os.close(writer)

    @property
    def reader(self) -> int:
        """Readable when there are results, or the worker has ended."""
        return self._reader

    def receive(self) -> list[Any] | None:
        """What has arrived whole since the last call; None once the worker has ended."""
        piece = os.read(self._reader, _PIECE)
        if not piece:
            return None
        received = self._received
        received += piece
        whole = []
        while len(received) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(received[:_LENGTH_BYTES], "big")
            if len(received) < end:
                break
            whole.append(pickle.loads(received[_LENGTH_BYTES:end]))  # noqa: S301 (from our own process)
            del received[:end]
        return whole

    def end(self) -> None:
        """Stop it, if it has not ended, and forget it."""
        os.close(self._reader)
        try:
            os.kill(self._process, _KILLED)
        finally:
            os.waitpid(self._process, 0)


def results_of(workers: Iterable[Worker]) -> Iterator[Any]:
    """What the workers send, as it arrives, until all have ended. One that dies just sends no more."""
    from select import POLLIN, poll

    running = {worker.reader: worker for worker in workers}
    waiting = poll()
    for reader in running:
        waiting.register(reader, POLLIN)
    try:
        while running:
            for reader, _ in waiting.poll():
                whole = running[reader].receive()
                if whole is not None:
                    yield from whole
                    continue
                waiting.unregister(reader)
                running.pop(reader).end()
    finally:
        for worker in running.values():
            worker.end()


def _work_and_leave(work: Callable[[], Iterable[Any]], writer: int) -> None:
    """In the new process, which must never get back to what its parent was doing."""
    status = 1
    try:
        for result in work():
            data = pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)
            _write(writer, len(data).to_bytes(_LENGTH_BYTES, "big") + data)
        status = 0
    finally:
        os._exit(status)


def _write(writer: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(writer, left) :]
