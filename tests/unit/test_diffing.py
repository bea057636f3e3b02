"""`tollgate diff`, and --since, --all and --staged as a user gives them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repository import Repository
from tests.tools import ROOT
from tollgate import command
from tollgate.console import Console
from tollgate.options import LintOptions

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
      env:
        - {name: DB_PASSWORD, value: correct-horse-battery}
      securityContext:
        privileged: false
"""
RULES = ("privileged-container", "literal-secret", "sudo-in-build")


class Ran:
    """What a command said: its status, its output, its complaints."""

    def __init__(self, status: int, console: Console) -> None:
        self.status = status
        self.out = _bytes(console.out).decode()
        self.err = _bytes(console.err).decode()


def _bytes(stream: object) -> bytes:
    assert isinstance(stream, io.BytesIO)
    return stream.getvalue()


def _console(environment: dict[str, str] | None = None, *, terminal: bool = False) -> Console:
    return Console(io.BytesIO(), io.BytesIO(), io.BytesIO(), environment or {}, terminal, False, 100)


def diff(base: str | None = None, how: str = "text", **options: Any) -> Ran:
    console = _console(options.pop("environment", None), terminal=options.pop("terminal", False))
    chosen = LintOptions(select=RULES, no_cache=True)._replace(**options)
    return Ran(command.diff(chosen, base, how, console), console)


def lint(**options: Any) -> Ran:
    console = _console()
    chosen = LintOptions(select=RULES, no_cache=True)._replace(**options)
    return Ran(command.lint(chosen, console), console)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path)
    made.write("pod.yaml", POD)
    made.write("Dockerfile", "FROM debian:12\nRUN sudo ls\n")
    made.write("notes.txt", "password: hunter2hunter2\n")
    made.commit()
    made.git("checkout", "-q", "-b", "change")
    monkeypatch.chdir(made.top)
    return made


def test_nothing_to_show(repository: Repository) -> None:
    ran = diff()
    assert ran.status == 0
    base = repository.git("rev-parse", "main")[:12]
    assert f"main (the first that there is of main and master), {base}, to the work tree" in ran.out
    assert "No Dockerfile and no manifest changed since main" in ran.out


def test_a_file_that_was_only_touched_did_not_change(repository: Repository) -> None:
    for name in ("pod.yaml", "notes.txt"):
        path = repository.top / name
        path.write_bytes(path.read_bytes())
        os.utime(path, (1, 1))
    assert "No Dockerfile and no manifest changed since main" in diff().out
    assert "left out" not in diff().out


def test_the_change_with_its_findings(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.replace("pod.yaml", "privileged: false", "privileged: true")
    repository.write("notes.txt", "password: other-secret-here\n")
    repository.write("sub/Dockerfile", "FROM debian:12\nUSER 1000\n")
    monkeypatch.chdir(repository.top / "sub")
    ran = diff("main")
    assert ran.status == 1
    lines = ran.out.splitlines()
    at = lines.index("+        privileged: true")
    assert lines[at - 1] == "-        privileged: false"
    assert (
        lines[at + 1]
        == "#                    ^^^^ error[privileged-container]: container `web` runs privileged"
    )
    assert "#  +        privileged: false" in lines
    assert "         - {name: DB_PASSWORD, value: [secret]}" in lines, ran.out
    assert "--- /dev/null\n+++ b/sub/Dockerfile\n@@ -0,0 +1,2 @@\n+FROM debian:12\n" in ran.out
    assert "secret-here" not in ran.out
    assert "# 1 changed file that Tollgate does not read left out" in lines
    assert "1 outside the change (--since main --all shows them)" in ran.out


def test_a_secret_is_masked_on_both_sides(repository: Repository) -> None:
    repository.replace("pod.yaml", "value: correct-horse-battery", "value: another-horse-staple")
    repository.write("pod.yaml", "# it was correct-horse-battery\n" + repository.read("pod.yaml"))
    for how in ("text", "markdown"):
        ran = diff("main", how)
        assert "horse" not in ran.out
        assert "literal-secret" in ran.out


def test_a_deleted_file_is_masked_as_well(repository: Repository) -> None:
    (repository.top / "pod.yaml").unlink()
    ran = diff("main")
    assert "deleted file" in ran.out
    assert "-        privileged: false" in ran.out
    assert "horse" not in ran.out


def test_a_renamed_file_says_so(repository: Repository) -> None:
    (repository.top / "pod.yaml").rename(repository.top / "web pod.yaml")
    out = diff("main").out
    assert "diff --git a/pod.yaml b/web pod.yaml\nrenamed from pod.yaml\n" in out


def test_the_base_is_the_upstream_then_the_default_branch(repository: Repository) -> None:
    repository.git("branch", "other")
    repository.git("update-ref", "refs/remotes/origin/trunk", "main")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert "origin/trunk (the remote's default branch)" in diff().out
    repository.git("branch", "--set-upstream-to", "other")
    assert "with other (the branch's upstream)" in diff().out
    repository.git("branch", "--unset-upstream")
    repository.git("remote", "add", "origin", ".")
    for name in ("main", "other"):
        repository.git("branch", "-D", name)
    repository.git("update-ref", "-d", "refs/remotes/origin/HEAD")
    repository.git("update-ref", "-d", "refs/remotes/origin/trunk")
    ran = diff()
    assert ran.status == 2
    assert "name the base" in ran.err


def test_markdown_to_a_file(repository: Repository, tmp_path: Path) -> None:
    repository.replace("pod.yaml", "privileged: false", "privileged: true")
    target = tmp_path / "comment.md"
    ran = diff("main", "markdown", output=os.fspath(target))
    assert (ran.status, ran.out) == (1, "")
    assert "```suggestion\n        privileged: false\n```" in target.read_text()


def test_colour_is_for_terminals(repository: Repository) -> None:
    repository.replace("pod.yaml", "privileged: false", "privileged: true")
    assert "\x1b[" not in diff("main").out
    assert "\x1b[" in diff("main", terminal=True).out
    assert "\x1b[" not in diff("main", terminal=True, environment={"NO_COLOR": "1"}).out


def test_under_actions_no_line_is_a_command(repository: Repository) -> None:
    repository.write("pod.yaml", POD + "# x\n::error::pwned\n")
    out = diff("main", environment={"GITHUB_ACTIONS": "true"}).out
    assert out.startswith("::stop-commands::")


def test_an_unknown_format_and_an_unknown_base(repository: Repository) -> None:
    assert diff("main", "html").status == 2
    ran = diff("mian")
    assert ran.status == 2
    assert "did you mean `main`?" in ran.err
    assert diff("--upload-pack=x").status == 2


def test_since_counts_only_the_change(repository: Repository) -> None:
    assert lint().status == 1
    assert lint(since="main").status == 0
    ran = lint(since="main", all=True)
    assert ran.status == 0
    assert ran.out.count("(outside the change)") == 2
    assert "2 more outside the change" in ran.out
    repository.replace("Dockerfile", "sudo ls", "sudo ls -l")
    ran = lint(since="main")
    assert ran.status == 1
    assert "Found 1 warning in 1 of 1 file" in ran.out


def test_which_files_are_looked_at(repository: Repository) -> None:
    repository.replace("Dockerfile", "sudo ls", "sudo ls -l")
    repository.write("notes.txt", "changed")
    assert lint(since="main", show_files=True).out == "Dockerfile\n"
    assert lint(since="HEAD", staged=True, show_files=True).out == ""


def test_json_says_what_the_change_has_to_do_with_it(repository: Repository) -> None:
    repository.replace("Dockerfile", "sudo ls", "sudo ls -l")
    told = json.loads(lint(since="main", all=True, format=("json",)).out)
    assert told["since"] == {
        "ref": "main",
        "base": repository.git("rev-parse", "main"),
        "staged": False,
        "changed": 1,
        "left_out": 1,
        "policy_changed": False,
    }
    assert [(one["rule"], one["change"]) for one in told["findings"]] == [
        ("sudo-in-build", "changed-line"),
        ("literal-secret", "outside"),
    ]
    assert told["summary"]["findings"] == {"error": 0, "warning": 1, "note": 0}
    sarif = json.loads(lint(since="main", all=True, format=("sarif",)).out)
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["sudo-in-build"]


def test_fixes_are_made_in_the_change_only(repository: Repository) -> None:
    repository.replace("pod.yaml", "  containers:\n", "  # here\n  containers:\n")
    text = POD.replace("privileged: false", "privileged: true").replace("name: web}", "name: other}")
    repository.write("old.yaml", text)
    repository.commit()
    repository.git("branch", "-f", "main")
    second = text.replace("    - name: web\n", "    - name: two\n").split("containers:\n")[1]
    repository.write("old.yaml", text + second)
    ran = lint(since="main", fix=True, unsafe_fixes=True, select=("privileged-container",))
    assert ran.status == 0
    fixed = repository.read("old.yaml")
    assert fixed.count("privileged: true") == 1
    assert fixed.index("privileged: true") < fixed.index("name: two")


def test_staged_is_what_would_be_committed(repository: Repository) -> None:
    repository.replace("pod.yaml", "privileged: false", "privileged: true")
    repository.git("add", ".")
    repository.replace("pod.yaml", "privileged: true", "privileged: false")
    assert "privileged-container" not in lint().out
    assert "privileged-container" in lint(staged=True).out
    assert "privileged-container" in lint(staged=True, since="HEAD").out
    assert "literal-secret" not in lint(staged=True, since="HEAD").out
    assert "+        privileged: true" in diff("HEAD", staged=True).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"all": True}, "--all goes with --since"),
        ({"since": "main", "paths": ("-",)}, "standard input is in no repository"),
        ({"staged": True, "fix": True}, "--fix writes files"),
        ({"since": ""}, "no name of a commit"),
    ],
)
def test_what_makes_no_sense_is_said(repository: Repository, options: dict[str, Any], said: str) -> None:
    ran = lint(**options)
    assert ran.status == 2
    assert said in ran.err


def test_a_repository_of_another_user_is_explained(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    from tollgate import git

    environment = git._environment

    def other_owner(top: str, given: Any) -> dict[str, str]:
        return {**environment(top, given), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}

    monkeypatch.setattr(git, "_environment", other_owner)
    for ran in (lint(since="main"), lint(staged=True), diff("main"), diff()):
        assert ran.status == 2
        assert f"safe.directory {repository.top}" in ran.err


def test_outside_a_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pod.yaml").write_text(POD)
    for ran in (lint(since="main"), lint(staged=True), diff("main"), diff()):
        assert ran.status == 2
        assert "in no git work tree" in ran.err


@pytest.mark.parametrize(
    ("program", "arguments", "said"),
    [
        ("tollgate", ["diff", "main", "--select", "privileged-container"], "+        privileged: true"),
        ("tollgate", ["diff", "--format", "markdown", "main"], "```suggestion"),
        ("tollgate", ["lint", "--since", "main", "-q"], "pod.yaml:11:21: error[privileged-container]"),
        ("tollgate.hook", ["--since=main", "--all", "-q", "Dockerfile", "pod.yaml"], "(outside the change)"),
        ("tollgate.hook", ["--staged", "--since", "HEAD", "-q", "pod.yaml"], "error[privileged-container]"),
    ],
)
def test_the_command_lines(repository: Repository, program: str, arguments: list[str], said: str) -> None:
    repository.replace("pod.yaml", "privileged: false", "privileged: true")
    repository.git("add", "pod.yaml")
    start = ["-m", "tollgate"] if program == "tollgate" else ["-c", "from tollgate.hook import main; main()"]
    done = subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=repository.top,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert said in done.stdout
