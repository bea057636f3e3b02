"""ShellCheck: one process for all scripts of a run, severities, places, and nothing where it is not."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

import tollgate
from tests.tools import needs, tool
from tollgate.checks.shellcheck import ShellText
from tollgate.listing import as_table
from tollgate.model.finding import Finding, Note
from tollgate.shellcheck import ShellCheckError, ask, check, find_program

TEXT = "# shellcheck shell=sh\n:\nrm $A\n"


@needs("shellcheck")
def test_says_where_and_what() -> None:
    ((text, problems),) = check(
        tool("shellcheck"), [TEXT, TEXT.replace("rm $A", "make"), TEXT]
    ).problems.items()
    assert text == TEXT
    (quoted,) = [one for one in problems if one.code == 2086]
    assert (quoted.line, quoted.column, quoted.end_line, quoted.end_column) == (3, 4, 3, 6)
    assert quoted.level == "info"


def a_program(folder: Path, script: str) -> str:
    path = folder / "shellcheck"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def answering(folder: Path, monkeypatch: pytest.MonkeyPatch, comments: list[dict[str, object]]) -> Path:
    """A program on the PATH that answers so and logs its calls; gives the log."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    log = folder / "log"
    answer = json.dumps({"comments": comments})
    a_program(bin_folder, f"echo \"$@\" >> {log}\ncat <<'EOF'\n{answer}\nEOF")
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.executable", str(folder / "none" / "python"))
    return log


def comment(code: int) -> dict[str, object]:
    places = {"line": 3, "column": 4, "endLine": 3, "endColumn": 6}
    return {"file": "0.sh", **places, "code": code, "level": "info", "message": "Quote."}


def found(folder: Path) -> list[Finding]:
    report = tollgate.lint([str(folder)], profile="all")
    return [one for one in report.findings if one.rule == "shell-script-problem"]


def test_one_process_for_all_files_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = answering(tmp_path, monkeypatch, [comment(2086)])
    work = tmp_path / "work"
    for name in ("a", "b"):
        (work / name).mkdir(parents=True)
        (work / name / "Dockerfile").write_text(f"FROM x\nRUN rm $A # {name}\nRUN make\n")
    (finding,) = found(work)
    assert (finding.location.path, finding.message, finding.severity) == (
        "a/Dockerfile",
        "SC2086: Quote",
        "note",
    )
    assert (finding.location.region.start.line, finding.location.region.start.column) == (2, 8)
    assert log.read_text().count("\n") == 1


def test_hadolints_comment_silences_the_code_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(tmp_path, monkeypatch, [comment(2086), comment(2046)])
    work = tmp_path / "work"
    work.mkdir()
    (work / "Dockerfile").write_text("FROM x\n# hadolint ignore=DL3008,SC2086\nRUN rm $A\n")
    said = {one.message: one.suppressed is not None for one in found(work)}
    assert said == {"SC2086: Quote": True, "SC2046: Quote": False}


def test_a_script_that_takes_too_long_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tollgate.shellcheck._SECONDS", 0.3)
    monkeypatch.setattr("tollgate.shellcheck._SECONDS_EACH", 0.0)
    slow = 'for f; do case "$f" in *.sh) grep -q slow "$f" && exec sleep 9;; esac; done'
    answer = json.dumps({"comments": [comment(2086)]})
    program = a_program(tmp_path, f"{slow}\ncat <<'EOF'\n{answer}\nEOF")
    answers = check(program, [TEXT, "slow", "x" * 60_000])
    assert list(answers.problems) == [TEXT]
    assert answers.missed == {"slow", "x" * 60_000}


def test_a_script_that_was_not_checked_is_told_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(tmp_path, monkeypatch, [])
    work = tmp_path / "work"
    (work / "a").mkdir(parents=True)
    (work / "b").mkdir()
    (work / "a" / "Dockerfile").write_text(f"FROM x\nRUN make\nRUN echo {'x ' * 30_000}\n")
    (work / "b" / "Dockerfile").write_text("FROM x\nRUN make\n")
    report = tollgate.lint([str(work)], profile="all")
    assert report.errors == ()
    assert report.notes == (Note("a/Dockerfile", 3, "a script is too long for ShellCheck", "skipped"),)
    assert report.summary.not_linted == 1


def test_results_without_answers_are_not_kept_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a failing ShellCheck left out must be found once it works again."""
    linter = _NoScripts()
    working = a_program(tmp_path, "echo '{\"comments\": []}'")
    monkeypatch.setattr("tollgate.shellcheck.find_program", lambda: working)
    states = [ask(linter, [("a", b"x" * length)]).state for length in (10, 60_000)]  # type: ignore[arg-type]
    a_program(tmp_path, "echo nonsense")
    failed = ask(linter, [("a", b"x")])  # type: ignore[arg-type]
    assert failed.errors == ("ShellCheck's answer makes no sense",)
    assert len({*states, failed.state}) == 3


class _NoScripts:
    """A linter that takes a whole file for a script."""

    class project:  # noqa: N801
        shell_problems: object = None

    def shell_texts(self, _path: str, data: bytes) -> list[ShellText]:
        return [ShellText(data.decode(), 1)]


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
    assert found(tmp_path) == []
    assert "pip install 'tollgate[shellcheck]'" in as_table(tollgate.rules())
