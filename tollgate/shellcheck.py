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
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tollgate.engine.lint import Linter, content_digest
from tollgate.model.finding import Note
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
    """What ShellCheck says about each text that it has something to say about, and the texts that it did not
    get through."""

    problems: Mapping[str, Sequence[ShellProblem]]
    missed: frozenset[str] = frozenset()


class ShellAnswers(NamedTuple):
    """What asking ShellCheck about the scripts of a run came to.

    state   names the ShellCheck and what it left out, so that kept results are its own; "" without one
    notes   by path of the file: the scripts that it did not get through
    errors  why there is no answer at all
    """

    state: str = ""
    notes: Mapping[str, Sequence[Note]] = {}
    errors: tuple[str, ...] = ()


def ask(linter: Linter, files: Iterable[tuple[str, bytes | None]]) -> ShellAnswers:
    """Have ShellCheck look at the scripts of all these files, by path, and give the linter what it says."""
    program = find_program()
    if program is None:
        return ShellAnswers()
    asked = [
        (path, one) for path, data in files if data is not None for one in linter.shell_texts(path, data)
    ]
    try:
        answers = check(program, [one.text for _, one in asked])
    except ShellCheckError as error:
        return ShellAnswers(f"{identity(program)}:failed", errors=(str(error),))
    linter.project.shell_problems = answers.problems
    notes: dict[str, list[Note]] = {}
    for path, one in asked:
        if one.text in answers.missed:
            reason = "is too long for" if len(one.text) > _LONGEST else "took too long in"
            notes.setdefault(path, []).append(
                Note(path, one.line, f"a script {reason} ShellCheck", "skipped")
            )
    missed = content_digest("\0".join(sorted(answers.missed)).encode("utf-8", "surrogatepass"))
    return ShellAnswers(f"{identity(program)}:{missed}", notes)


def check(program: str, texts: Sequence[str]) -> Answers:
    """Ask once about all texts; where that takes too long, about halves, until the culprit stands alone.
    Raises ShellCheckError."""
    import tempfile

    ordered = [text for text in dict.fromkeys(texts) if len(text) <= _LONGEST]
    missed = {text for text in texts if len(text) > _LONGEST}
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
                missed.update(part)
            else:
                todo += (part[len(part) // 2 :], part[: len(part) // 2])
    return Answers({text: tuple(problems) for text, problems in found.items()}, frozenset(missed))


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
