"""examples/story: what its README shows is what the commands print, and the gate holds.

TOLLGATE_UPDATE_GOLDEN=1 writes the README anew; what must hold whatever it says is asserted as well.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from typing import NamedTuple

import pytest

from tests.tools import ROOT

STORY = ROOT / "examples" / "story"
README = STORY / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


class Step(NamedTuple):
    """A command of the README with what it printed and its exit status."""

    command: str
    output: str
    status: int

    @property
    def shown(self) -> str:
        failed = f"[exit status {self.status}]\n" if self.status else ""
        return f"$ {self.command}\n{self.output}{failed}"


def commands(text: str) -> list[list[str]]:
    """The commands of each block."""
    return [
        [line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in BLOCK.findall(text)
    ]


def same_every_time(text: str) -> str:
    """Without times and ids of commits."""
    text = re.sub(r"\(\d+\.\d+ s\)", "(0.1 s)", text)
    return re.sub(r"\bmain \([0-9a-f]{12}\)", "main (0123456789ab)", text)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[list[Step]]:
    """All commands of the README, run one after the other in one repository."""
    folder = tmp_path_factory.mktemp("story")
    programs = folder / "bin"
    programs.mkdir()
    shim = programs / "tollgate"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tollgate "$@"\n')
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    repository = folder / "shop"
    repository.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.fspath(ROOT),
        "STORY": os.fspath(STORY),
    }

    def run(command: str) -> Step:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=repository,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Step(command, same_every_time(done.stdout), done.returncode)

    return [[run(command) for command in block] for block in commands(README.read_text(encoding="utf-8"))]


def test_the_readme_shows_what_the_commands_print(steps: list[list[Step]]) -> None:
    text = README.read_text(encoding="utf-8")
    shown = iter(steps)
    now = BLOCK.sub(lambda _: "```console\n" + "".join(step.shown for step in next(shown)) + "```", text)
    if os.environ.get("TOLLGATE_UPDATE_GOLDEN"):
        README.write_text(now, encoding="utf-8")
    assert now == text


def find(steps: list[list[Step]], command: str) -> Step:
    (found,) = [step for block in steps for step in block if step.command == command]
    return found
