"""The only module that runs ShellCheck, an optional extra: once, over all scripts of a run.

The scripts are not trusted. They are written to a folder of our own and read from there; ShellCheck runs
nothing of them, follows no other file (`-x` is not given) and reads no settings of the repository.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence

from tollgate.model.project import ShellProblem

HOW_TO_GET = "needs ShellCheck: pip install 'tollgate[shellcheck]'"
_AT_ONCE = 2000
_SECONDS = 20.0
_SECONDS_EACH = 0.5


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


def check(program: str, texts: Sequence[str]) -> dict[str, tuple[ShellProblem, ...]]:
    """What ShellCheck says about each text. Texts that it has nothing to say about, or did not get to, are
    left out."""
    import tempfile

    ordered = list(dict.fromkeys(texts))
    found: dict[str, list[ShellProblem]] = {}
    with tempfile.TemporaryDirectory(prefix="tollgate-") as folder:
        for first in range(0, len(ordered), _AT_ONCE):
            part = ordered[first : first + _AT_ONCE]
            for index, problem in _run(program, folder, part):
                found.setdefault(part[index], []).append(problem)
    return {text: tuple(problems) for text, problems in found.items()}


def _run(program: str, folder: str, texts: Sequence[str]) -> Iterator[tuple[int, ShellProblem]]:
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
            timeout=_SECONDS + _SECONDS_EACH * len(texts),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ShellCheckError(f"ShellCheck did not do its work: {type(error).__name__}") from None
    yield from _read(done.stdout)


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
