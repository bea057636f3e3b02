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


def test_two_hundred_findings_become_green(steps: list[list[Step]]) -> None:
    assert "Found 20 errors, 150 warnings, 30 notes" in find(steps, "tollgate lint . | tail -n 1").output
    green = [step for block in steps for step in block if step.command == "tollgate lint ."]
    assert [(step.status, "200 in the baseline" in step.output) for step in green] == [(0, True), (0, True)]


def test_the_defect_is_blocked_with_all_five_silencers_at_their_places(steps: list[list[Step]]) -> None:
    blocked = find(steps, "tollgate lint -q --since main --trusted-ref main .")
    assert blocked.status == 1
    told = [": ".join(line.split(": ")[:2]) for line in blocked.output.splitlines()]
    manifest = (STORY / "silence.patch").read_text(encoding="utf-8")
    assert manifest.count("privilege-escalation-allowed") + manifest.count("CKV_K8S_20") == 4
    assert told == [
        ".tollgate-baseline.yaml:40:3: error[gate-weakened]",
        ".tollgate.yaml:6:3: error[gate-weakened]",
        "deploy/cart.yaml:7:5: error[gate-weakened]",
        "deploy/cart.yaml:21:32: error[gate-weakened]",
        "deploy/cart.yaml:22:13: error[gate-weakened]",
        "deploy/cart.yaml:23:39: error[privilege-escalation-allowed]",
    ]


def test_the_fix_leaves_nothing_of_the_change(steps: list[list[Step]]) -> None:
    mended = find(steps, "tollgate lint --fix --since main --trusted-ref main .")
    assert (mended.status, mended.output.startswith("Fixed 1 finding. No findings")) == (0, True)
    assert find(steps, "git diff main --stat").output == ""


def test_the_baseline_shrinks(steps: list[list[Step]]) -> None:
    ratchet = find(steps, "tollgate lint -q --ratchet .")
    assert (ratchet.status, "error[baseline-ratchet]" in ratchet.output) == (1, True)
    assert "190 findings: 10 removed" in find(steps, "tollgate baseline prune | head -n 3").output
    green = find(steps, "tollgate lint --ratchet .")
    assert (green.status, "190 in the baseline" in green.output) == (0, True)
