"""The only module that runs ShellCheck, an optional extra: once, over all scripts of a run.

The scripts are not trusted. They are written to a folder of our own and read from there; ShellCheck runs
nothing of them, follows no other file (`-x` is not given) and reads no settings of the repository.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from tollgate.model.project import ShellProblem
from tollgate.model.record import NamedTuple

HOW_TO_GET = "needs ShellCheck: pip install 'tollgate[shellcheck]'"
_AT_ONCE = 2000
_LONGEST = 50_000
_SECONDS = 10.0
_SECONDS_EACH = 0.2
_SECONDS_IN_ALL = 120.0


def find_program() -> str | None:
    """ShellCheck beside this Python, where the extra puts it, else on the PATH; None if it is not there."""
    name = "shellcheck.exe" if os.name == "nt" else "shellcheck"
    beside = os.path.join(os.path.dirname(sys.executable), name)
    if os.access(beside, os.X_OK) and os.path.isfile(beside):
        return beside
    folders = [part for part in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(part)]
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def identity(program: str) -> str:
    """Another text for another ShellCheck, so that kept results are its own."""
    try:
        stat = os.stat(program)
    except OSError:
        return program
    return f"{program}:{stat.st_size}:{stat.st_mtime_ns}"


class Answers(NamedTuple):
    """What ShellCheck says about each text that it has something to say about, and how many texts it took
    too long over."""

    problems: Mapping[str, Sequence[ShellProblem]]
    missed: int = 0


def check(program: str, texts: Sequence[str]) -> Answers:
    """Ask once about all texts; where that takes too long, about halves, until the culprit stands alone.
    Raises ShellCheckError."""
    import tempfile

    ordered = [text for text in dict.fromkeys(texts) if len(text) <= _LONGEST]
    missed = len(set(texts)) - len(ordered)
    found: dict[str, list[ShellProblem]] = {}
    deadline = time.monotonic() + _SECONDS_IN_ALL
    todo = [ordered[first : first + _AT_ONCE] for first in range(0, len(ordered), _AT_ONCE)]
    with tempfile.TemporaryDirectory(prefix="tollgate-") as folder:
        while todo:
            part = todo.pop()
            seconds = min(_SECONDS + _SECONDS_EACH * len(part), deadline - time.monotonic())
            answer = _run(program, folder, part, seconds) if seconds > 0 else None
            if answer is not None:
                for index, problem in _read(answer):
                    found.setdefault(part[index], []).append(problem)
            elif len(part) == 1 or seconds <= 0:
                missed += len(part)
            else:
                todo += (part[len(part) // 2 :], part[: len(part) // 2])
    return Answers({text: tuple(problems) for text, problems in found.items()}, missed)


def _run(program: str, folder: str, texts: Sequence[str], seconds: float) -> bytes | None:
    """What it prints about the texts; None if it takes longer."""
    import subprocess

    names = [f"{index}.sh" for index in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    try:
        done = subprocess.run(
            [program, "--norc", "--format=json1", "--", *names],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    except OSError as error:
        raise ShellCheckError(f"ShellCheck cannot be run: {error.strerror}") from None
    return done.stdout


class ShellCheckError(Exception):
    """It is there but did not answer."""


def _read(output: bytes) -> Iterator[tuple[int, ShellProblem]]:
    try:
        comments = json.loads(output or b'{"comments": []}')["comments"]
        for one in comments:
            yield (
                int(str(one["file"]).partition(".")[0]),
                ShellProblem(
                    one["line"],
                    one["column"],
                    one["endLine"],
                    one["endColumn"],
                    one["code"],
                    one["level"],
                    one["message"],
                ),
            )
    except (ValueError, KeyError, TypeError):
        raise ShellCheckError("ShellCheck's answer makes no sense") from None
