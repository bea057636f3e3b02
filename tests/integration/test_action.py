"""The action: a valid file, and its shell steps run as the runner runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools import ROOT
from tollgate.model.node import to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

BAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostPID: true\n  containers: []\n"


def action() -> Any:
    source = decode("action.yml", (ROOT / "action.yml").read_bytes())
    return to_plain(parse_yaml(source, every_document=True).documents[0].root)


def step(name: str) -> Any:
    return next(one for one in action()["runs"]["steps"] if one.get("name") == name)


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A runner's folders, with this Python's Tollgate where the install step would have put it."""
    programs = tmp_path / "temp" / "tollgate" / "bin"
    programs.mkdir(parents=True)
    (programs / "tollgate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tollgate "$@"\n')
    (programs / "tollgate").chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    work = tmp_path / "work"
    work.mkdir()
    (work / "pod.yaml").write_text(BAD)
    return tmp_path


def lint(runner: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    names = dict.fromkeys(("PROFILE", "CONFIG", "FAIL_ON", "SARIF_FILE"), "")
    environment = {
        **os.environ,
        **names,
        "PATHS": ".",
        "PYTHONPATH": str(ROOT),
        "GITHUB_ACTIONS": "true",
        "RUNNER_TEMP": str(runner / "temp"),
        "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
        "GITHUB_OUTPUT": str(runner / "output"),
        **inputs,
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Lint")["run"]],
        cwd=runner / "work",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_input_is_put_into_a_script() -> None:
    for one in action()["runs"]["steps"]:
        assert "${{" not in one.get("run", "")


def test_findings_are_annotations_and_the_status_is_kept(runner: Path) -> None:
    (runner / "summary.md").write_text("before\n")
    done = lint(runner, SARIF_FILE="out.sarif")
    assert done.returncode == 1
    assert "::error file=pod.yaml,line=5,endLine=5,col=12" in done.stdout
    assert (runner / "summary.md").read_text().startswith("before\n## Tollgate")
    output = (runner / "output").read_text().splitlines()
    assert output[0] == "status=1"
    findings, errors = (int(line.partition("=")[2]) for line in output[1:3])
    assert [line.partition("=")[0] for line in output[1:3]] == ["findings", "errors"]
    assert done.stdout.count("::error file=") == errors >= 1
    assert findings >= errors
    assert (runner / "work" / "out.sarif").is_file()


def test_a_clean_tree_passes(runner: Path) -> None:
    (runner / "work" / "pod.yaml").unlink()
    assert lint(runner).returncode == 0
    assert (runner / "output").read_text().splitlines()[1:3] == ["findings=0", "errors=0"]


@pytest.mark.parametrize(
    "inputs",
    [
        {"PATHS": "$(touch hacked)"},
        {"PATHS": "; touch hacked"},
        {"PATHS": "--config=hacked"},
        {"PROFILE": "`touch hacked`"},
        {"CONFIG": "x; touch hacked"},
        {"SARIF_FILE": "out.sarif\nstatus=0", "PATHS": "pod.yaml"},
    ],
)
def test_hostile_inputs_run_nothing(runner: Path, inputs: dict[str, str]) -> None:
    assert lint(runner, **inputs).returncode in (1, 2)
    assert not (runner / "work" / "hacked").exists()
    assert "status=0" not in (runner / "output").read_text().splitlines()


def test_the_files_fit_their_schemas() -> None:
    for schema, name in (
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "examples/github-workflow.yml"),
    ):
        subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / name)],
            check=True,
            capture_output=True,
        )
