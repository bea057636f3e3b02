"""The commands as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import ROOT
from tollgate.reporters import FORMATS

BAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostPID: true\n  containers: []\n"


def tollgate(
    *arguments: str, cwd: Path, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tollgate", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pod.yaml").write_text(BAD)
    (tmp_path / "notes.md").write_text("nothing")
    return tmp_path


def test_findings_give_1_and_the_place(project: Path) -> None:
    done = tollgate("lint", ".", cwd=project)
    assert done.returncode == 1
    assert "error[host-pid]" in done.stdout
    assert "pod.yaml:5:12" in done.stdout


def test_a_clean_folder_gives_0(tmp_path: Path) -> None:
    assert tollgate("lint", ".", cwd=tmp_path).returncode == 0


def test_fail_on_never_gives_0(project: Path) -> None:
    assert tollgate("lint", ".", "--fail-on", "never", cwd=project).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lint", "nope.yaml"), "no such file"),
        (("lint", ""), "an empty path"),
        (("lint", "/dev/null"), "not a regular file"),
        (("lint", "--format", "xml", "."), "there is no format `xml`"),
        (("lint", "--conf", "x", "."), "unrecognized arguments"),
        (("lint", "--jobs", "0", "."), "number of processes"),
        (("lint", "--select", "host-pd", "."), "host-pid"),
        (("explain", "no-such"), "there is no rule"),
        (("rules", "--profile", "nope"), "no level or set"),
    ],
)
def test_mistakes_are_explained_with_2(project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = tollgate(*arguments, cwd=project)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_is_2(project: Path) -> None:
    """As where the disk is full."""
    with (project / "report.txt").open("wb") as report:
        done = subprocess.run(
            ["sh", "-c", f"ulimit -f 0; exec {sys.executable} -m tollgate lint --no-cache ."],
            cwd=project,
            stdout=report,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert done.returncode == 2
    assert done.stderr == "tollgate: error: file too large: the report is not complete\n"


def test_closed_streams_are_no_failure(project: Path) -> None:
    command = f"{sys.executable} -m tollgate lint . <&- >&- 2>&-"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(["sh", "-c", command], cwd=project, check=False, env=environment).returncode == 1


def test_a_defect_of_ours_is_2_and_no_traceback(project: Path) -> None:
    program = (
        "import tollgate.api, tollgate.hook\n"
        "def fail(*_, **__): raise KeyError('hunter2')\n"
        "tollgate.api.run_session = fail\n"
        "raise SystemExit(tollgate.hook.run(['.'], prog='tollgate lint'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Tollgate failed (KeyError in <string>:2)" in done.stderr
    assert "hunter2" not in done.stderr


def test_standard_input(project: Path) -> None:
    done = tollgate("lint", "-", "--stdin-filename", "given.yaml", "-q", cwd=project, stdin=BAD)
    assert done.returncode == 1
    assert "given.yaml:5:12: error[host-pid]" in done.stdout.partition("\n\n")[0]


def test_several_formats_in_one_run(project: Path) -> None:
    formats = ("--format", "json=out.json", "--format", "sarif=out.sarif", "--format", "text")
    done = tollgate("lint", "pod.yaml", *formats, cwd=project)
    assert "host-pid" in done.stdout
    assert "host-pid" in {one["rule"] for one in json.loads((project / "out.json").read_text())["findings"]}
    assert json.loads((project / "out.sarif").read_text())["version"] == "2.1.0"


def test_one_that_cannot_be_written_gives_2(project: Path) -> None:
    done = tollgate("lint", "pod.yaml", "--output", "nowhere/x", cwd=project)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_diff_applies_and_fix_writes(project: Path) -> None:
    shown = tollgate("lint", "pod.yaml", "--diff", "--unsafe-fixes", cwd=project)
    subprocess.run(["git", "apply", "--check"], cwd=project, input=shown.stdout, text=True, check=True)
    tollgate("lint", "pod.yaml", "--fix", "--unsafe-fixes", cwd=project)
    assert "hostPID" not in (project / "pod.yaml").read_text()
    second = (project / "pod.yaml").read_bytes()
    tollgate("lint", "pod.yaml", "--fix", "--unsafe-fixes", cwd=project)
    assert (project / "pod.yaml").read_bytes() == second


def test_show_files(project: Path) -> None:
    assert tollgate("lint", ".", "--show-files", cwd=project).stdout == "pod.yaml\n"


def test_policy_mistakes_name_line_and_nearest_key(project: Path) -> None:
    (project / ".tollgate.yaml").write_text("profil: strict\n")
    done = tollgate("lint", ".", cwd=project)
    assert done.returncode == 2
    assert ".tollgate.yaml:1:1" in done.stderr
    assert "profile" in done.stderr


def test_init_writes_a_policy_that_holds(project: Path) -> None:
    assert "Next:" in tollgate("init", cwd=project).stdout
    assert tollgate("lint", ".", cwd=project).returncode == 1
    assert tollgate("init", cwd=project).returncode == 2


def test_rules_and_explain(tmp_path: Path) -> None:
    assert "host-pid" in tollgate("rules", cwd=tmp_path).stdout
    assert {"name", "equivalents"} <= json.loads(tollgate("rules", "--format", "json", cwd=tmp_path).stdout)[
        0
    ].keys()
    assert "host-pid" in tollgate("explain", "CKV_K8S_17", cwd=tmp_path).stdout


def test_no_secret_is_repeated_in_any_format(tmp_path: Path) -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ456789"
    (tmp_path / "Dockerfile").write_text(
        f"FROM alpine\nENV A_TOKEN={secret} B=1\nADD {secret} /x\nUSER root\n"
    )
    for name in FORMATS:
        done = tollgate("lint", ".", "--format", name, "--profile", "all", cwd=tmp_path)
        assert done.returncode == 1
        assert secret not in done.stdout + done.stderr
        assert secret[4:20] not in done.stdout + done.stderr


def test_workers_change_nothing(tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / f"{number:03}.yaml").write_text(BAD + "# padding\n" * 400)
    one = tollgate("lint", ".", "--format", "json", "--jobs", "1", "--no-cache", cwd=tmp_path)
    two = tollgate("lint", ".", "--format", "json", "--jobs", "2", "--no-cache", cwd=tmp_path)
    cached = tollgate("lint", ".", "--format", "json", cwd=tmp_path)
    warm = tollgate("lint", ".", "--format", "json", cwd=tmp_path)
    assert one.stdout == two.stdout == cached.stdout == warm.stdout


def test_after_fixing_everything_that_remains_is_said(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
        "    - {name: web, image: 'nginx:1.27'}\n"
    )
    fixed = tollgate("lint", ".", "--fix", "-q", cwd=tmp_path)
    again = tollgate("lint", ".", "-q", cwd=tmp_path)
    assert "service-account-token-mounted" in fixed.stdout  # what relates files, too
    assert fixed.stdout == again.stdout


def test_after_fixing_a_secret_that_has_moved_is_still_hidden(tmp_path: Path) -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ456789"
    (tmp_path / "Dockerfile").write_text(
        f"FROM alpine:3.20\nADD a /a\nADD b /b\nRUN apt-get update && apt-get install -y x\nENV T={secret}\n"
    )
    done = tollgate("lint", ".", "--fix", cwd=tmp_path)
    assert "COPY a /a" in (tmp_path / "Dockerfile").read_text()
    assert "ENV T=[secret]\n" in done.stdout
    assert not any(secret[at : at + 4] in done.stdout for at in range(len(secret) - 3))
