"""ShellCheck: one process for all scripts of a run, severities, places, and nothing where it is not."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

import tollgate
from tests.tools import needs, tool
from tollgate.listing import as_table
from tollgate.shellcheck import ShellCheckError, check, find_program

TEXT = "# shellcheck shell=sh\n:\nrm $A\n"


@needs("shellcheck")
def test_says_where_and_what() -> None:
    ((text, problems),) = check(tool("shellcheck"), [TEXT, TEXT.replace("rm $A", "make"), TEXT]).items()
    assert text == TEXT
    (quoted,) = [one for one in problems if one.code == 2086]
    assert (quoted.line, quoted.column, quoted.end_line, quoted.end_column) == (3, 4, 3, 6)
    assert quoted.level == "info"


def a_program(folder: Path, script: str) -> str:
    path = folder / "shellcheck"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_one_process_for_all_files_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    answer = json.dumps(
        {
            "comments": [
                {
                    "file": "0.sh",
                    "line": 3,
                    "column": 4,
                    "endLine": 3,
                    "endColumn": 6,
                    "code": 2086,
                    "level": "info",
                    "message": "Quote.",
                }
            ]
        }
    )
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    a_program(bin_folder, f"echo \"$@\" >> {log}\ncat <<'EOF'\n{answer}\nEOF")
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.executable", str(tmp_path / "none" / "python"))
    work = tmp_path / "work"
    for name in ("a", "b"):
        (work / name).mkdir(parents=True)
        (work / name / "Dockerfile").write_text(f"FROM x\nRUN rm $A # {name}\nRUN make\n")
    findings = [
        one for one in tollgate.lint([str(work)], profile="all").findings if "shell-script" in one.rule
    ]
    assert [(one.location.path, one.message, one.severity) for one in findings] == [
        ("a/Dockerfile", "SC2086: Quote", "note")
    ]
    assert (findings[0].location.region.start.line, findings[0].location.region.start.column) == (2, 8)
    assert log.read_text().count("\n") == 1


@pytest.mark.parametrize("script", ["echo nonsense", "echo '{\"comments\": [{}]}'"])
def test_an_answer_without_sense_is_an_error(tmp_path: Path, script: str) -> None:
    with pytest.raises(ShellCheckError):
        check(a_program(tmp_path, script), [TEXT])


def test_without_it_nothing_breaks_and_the_list_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "relative")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert find_program() is None
    (tmp_path / "Dockerfile").write_text("FROM x\nRUN rm $A\n")
    report = tollgate.lint([str(tmp_path)], profile="all").findings
    assert [one for one in report if one.rule == "shell-script-problem"] == []
    assert "pip install 'tollgate[shellcheck]'" in as_table(tollgate.rules())
