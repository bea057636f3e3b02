"""The action: a valid file, and its shell steps run as the runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

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
    """A runner's folders, with a Python that finds Tollgate as the install step would have made it."""
    programs = tmp_path / "temp" / "tollgate" / "bin"
    programs.mkdir(parents=True)
    # The steps isolate Python, which leaves out PYTHONPATH: a stand-in for the file that the venv has.
    (programs / "python").write_text(
        f'#!/bin/sh\n[ "$1" = -I ] || exit 99\nshift\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n'
    )
    (programs / "python").chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "pod.yaml").write_text(BAD)
    return tmp_path


def run_step(name: str, runner: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step as the runner runs it. Its outputs are added to the file `output`."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(name)["run"]],
        cwd=runner / "work",
        env={
            **os.environ,
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "RUNNER_TEMP": str(runner / "temp"),
            "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
            "GITHUB_OUTPUT": str(runner / "output"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def lint(runner: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    names = dict.fromkeys(("PROFILE", "CONFIG", "FAIL_ON", "SARIF_FILE", "SINCE", "TRUSTED_REF"), "")
    return run_step("Lint", runner, **{**names, "PATHS": ".", **inputs})


def outputs(runner: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in (runner / "output").read_text().splitlines())
    return {name: value for name, _, value in pairs}


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
        {"SINCE": "--output=hacked"},
        {"TRUSTED_REF": "$(touch hacked)"},
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


# A pull request's base.

IDENTITY = {
    **os.environ,
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "t"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "t@example.org"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
GOOD = BAD.replace("hostPID: true", "hostPID: false")
POLICY = ".tollgate.yaml"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=IDENTITY, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


class Pull(NamedTuple):
    """A pull request on a server: its commits. `stale`: the base as the event has it."""

    server: Path
    stale: str
    base: str
    head: str
    merge: str


@pytest.fixture(scope="module")
def pull(tmp_path_factory: pytest.TempPathFactory) -> Pull:
    """One that turns a rule off and breaks it; the base went on after it was opened."""
    server = tmp_path_factory.mktemp("server")
    git(server, "init", "-q", "-b", "main")
    git(server, "config", "uploadpack.allowAnySHA1InWant", "true")
    stale = commit(server, **{POLICY: "rules: {host-ipc: error}\n", "pod.yaml": GOOD, "old.yaml": BAD})
    git(server, "checkout", "-q", "-b", "topic")
    head = commit(server, **{POLICY: "rules: {host-ipc: error, host-pid: off}\n", "pod.yaml": BAD})
    git(server, "checkout", "-q", "main")
    base = commit(server, **{"new.yaml": BAD.replace("hostPID", "hostIPC")})
    git(server, "checkout", "-q", "--detach")
    git(server, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    merge = git(server, "rev-parse", "HEAD")
    git(server, "update-ref", "refs/pull/1/merge", merge)
    git(server, "checkout", "-q", "main")
    return Pull(server, stale, base, head, merge)


def check_out(runner: Path, pull: Pull, commit: str, *, depth: int | None = 1) -> None:
    """What actions/checkout does."""
    work = runner / "work"
    (work / "pod.yaml").unlink(missing_ok=True)
    git(work, "init", "-q")
    git(work, "remote", "add", "origin", f"file://{pull.server}")
    git(work, "fetch", "-q", "--no-tags", *([] if depth is None else [f"--depth={depth}"]), "origin", commit)
    git(work, "checkout", "-q", "--detach", commit)


def find_base(runner: Path, event: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {
        **dict.fromkeys(("BASE", "PULLED", "MERGED", "TOKEN"), ""),
        "SINCE": "auto",
        "TRUSTED_REF": "auto",
        "SERVER": "https://github.com",
        "EVENT": event,
    }
    return run_step("Find the base", runner, **{**given, **environment})


def of(pull: Pull) -> dict[str, str]:
    """What the event says."""
    return {"BASE": pull.stale, "PULLED": pull.head, "MERGED": pull.merge}


@pytest.mark.parametrize("depth", [1, None])
def test_a_pull_request_is_compared_with_what_it_is_merged_with(
    runner: Path, pull: Pull, depth: int | None
) -> None:
    check_out(runner, pull, pull.merge, depth=depth)
    done = find_base(runner, "pull_request", **of(pull))
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs(runner) == {"since": pull.base, "trusted-ref": pull.base}
    done = lint(runner, SINCE=pull.base, TRUSTED_REF=pull.base)
    assert done.returncode == 1
    said = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    # Neither the finding that was there before nor that of the base's own new file.
    assert {line.partition("file=")[2].partition(",")[0] for line in said} == {"pod.yaml", POLICY}
    assert any("gate-weakened" in line for line in said)
    assert any("host-pid" in line and "pod.yaml" in line for line in said)
    summary = (runner / "summary.md").read_text()
    assert "<details><summary>The change" in summary
    assert "+  hostPID: true" in summary
    assert "| " in summary.partition("<details>")[0]


def test_a_checkout_of_the_head_is_compared_with_the_merge_base(runner: Path, pull: Pull) -> None:
    check_out(runner, pull, pull.head)
    assert find_base(runner, "pull_request", **of(pull)).returncode == 0
    assert outputs(runner)["since"] == pull.stale


def test_a_merge_group_is_compared_with_its_base(runner: Path, pull: Pull) -> None:
    check_out(runner, pull, pull.merge)
    assert find_base(runner, "merge_group", BASE=pull.base, MERGED=pull.merge).returncode == 0
    assert outputs(runner) == {"since": pull.base, "trusted-ref": pull.base}


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_other_events_are_about_everything(runner: Path, pull: Pull, event: str) -> None:
    check_out(runner, pull, pull.base)
    assert find_base(runner, event, MERGED=pull.base).returncode == 0
    assert outputs(runner) == {"since": "", "trusted-ref": ""}
    assert lint(runner).returncode == 1
    assert "old\\.yaml" in (runner / "summary.md").read_text()


def test_since_and_trusted_ref_can_be_chosen(runner: Path, pull: Pull) -> None:
    check_out(runner, pull, pull.merge)
    assert find_base(runner, "pull_request", **of(pull), SINCE="off", TRUSTED_REF="v1").returncode == 0
    assert outputs(runner) == {"since": "", "trusted-ref": "v1"}


def test_pull_request_target_lints_the_head_or_nothing(runner: Path, pull: Pull) -> None:
    check_out(runner, pull, pull.stale)
    done = find_base(runner, "pull_request_target", **of(pull))
    assert done.returncode == 2
    assert "nothing of the pull request would be linted" in done.stdout
    git(runner / "work", "fetch", "-q", "--depth=1", "origin", pull.head)
    git(runner / "work", "checkout", "-q", "--detach", pull.head)
    done = find_base(runner, "pull_request_target", **of(pull))
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs(runner)["trusted-ref"] == pull.stale
    for trusted in ("off", "HEAD", ""):
        done = find_base(runner, "pull_request_target", **of(pull), TRUSTED_REF=trusted)
        assert done.returncode == 2
        assert "leave trusted-ref at auto" in done.stdout


def test_a_base_that_cannot_be_had_is_explained(runner: Path, pull: Pull) -> None:
    check_out(runner, pull, pull.head)
    git(runner / "work", "remote", "set-url", "origin", "file:///nowhere")
    done = find_base(runner, "pull_request", **of(pull))
    assert done.returncode == 2
    assert "say fetch-depth 0 for actions/checkout" in done.stdout
    assert not (runner / "output").exists()


def test_without_a_checkout_the_base_is_not_looked_for(runner: Path, pull: Pull) -> None:
    done = find_base(runner, "pull_request", **of(pull))
    assert done.returncode == 2
    assert "run actions/checkout first" in done.stdout


@pytest.mark.parametrize("name", ["SINCE", "TRUSTED_REF"])
def test_an_input_makes_no_outputs(runner: Path, pull: Pull, name: str) -> None:
    check_out(runner, pull, pull.merge)
    done = find_base(runner, "pull_request", **{**of(pull), name: "main\nstatus=0"})
    assert done.returncode == 2
    assert not (runner / "output").exists()


@pytest.mark.parametrize("base", ["--upload-pack=touch hacked", "main", "$(touch hacked)", "0" * 39])
def test_an_event_without_a_commit_is_refused(runner: Path, pull: Pull, base: str) -> None:
    check_out(runner, pull, pull.head)
    assert find_base(runner, "pull_request", **{**of(pull), "BASE": base}).returncode == 2
    assert not (runner / "work" / "hacked").exists()


def test_nothing_of_the_checkout_runs(runner: Path, pull: Pull) -> None:
    """Neither its hooks nor, in a folder called as a module of Python's, its code."""
    check_out(runner, pull, pull.merge)
    marker = runner / "ran"
    hooks = runner / "work" / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-index-change", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (hooks / name).chmod(0o755)
    git(runner / "work", "config", "core.fsmonitor", str(hooks / "post-index-change"))
    marker.unlink(missing_ok=True)
    assert find_base(runner, "pull_request", **of(pull)).returncode == 0
    assert not marker.exists()


@pytest.mark.parametrize("version", ["$(touch hacked)", "-e .", "main --index-url=http://x", "a\nb", "@x"])
def test_a_version_is_a_tag_or_a_commit(runner: Path, version: str) -> None:
    done = run_step("Install", runner, PYTHON=sys.executable, VERSION=version, REPOSITORY="a/b")
    assert done.returncode == 2
    assert "version is no tag or commit" in done.stdout
    assert not (runner / "work" / "hacked").exists()


def test_the_cache_goes_by_what_is_installed(runner: Path) -> None:
    names = {"PYTHON": sys.executable, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64"}
    assert run_step("Name the packages", runner, **names).returncode == 0
    assert re.fullmatch(r"tollgate-Linux-X64-python3\.13-[0-9a-f]{16}", outputs(runner)["key"])


def test_what_the_cache_holds_is_checked_by_its_hash(runner: Path) -> None:
    """A stand-in for pip: of the cache nothing is taken without a hash, nor from an index."""
    calls = runner / "calls"
    program = runner / "python"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -I ] || exit 99\nshift\n'
        f'case "$*" in *"-m venv"*) mkdir -p "$RUNNER_TEMP/tollgate/bin"; cp "$0" "$3/bin/python" ;;\n'
        f'*"-m pip"*) echo "$*" >> "{calls}" ;;\n*) echo "$RUNNER_TEMP" ;;\nesac\n'
    )
    program.chmod(0o755)
    done = run_step("Install", runner, PYTHON=str(program), VERSION="", REPOSITORY="a/b")
    assert done.returncode == 0, done.stderr
    (call,) = calls.read_text().splitlines()
    for option in ("install", "--no-index", "--find-links", "--require-hashes", "--only-binary=:all:"):
        assert option in call.split()
    assert (runner / "temp" / "tollgate.pth").read_text() == f"{ROOT}\n"


def test_every_python_is_isolated() -> None:
    """The stand-in for Python refuses others; a module of the checkout would be taken for one of Python's."""
    for one in action()["runs"]["steps"]:
        for line in one.get("run", "").splitlines():
            if "bin/python" in line or '"$PYTHON"' in line:
                assert " -I " in line, line


def test_other_actions_are_pinned_by_commit() -> None:
    for one in action()["runs"]["steps"]:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one.get("uses", f"a/b@{'0' * 40}"))


def test_what_is_installed_is_what_the_package_asks_for_by_hash() -> None:
    lines = (ROOT / "requirements-action.txt").read_text().splitlines()
    pinned = {
        line.partition("==")[0].lower().replace("_", "-") for line in lines if line and line[0].isalpha()
    }
    project = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:dependencies|regex) = \[(.*?)\]", project, re.DOTALL | re.MULTILINE)
    asked = [name for one in lists for name in re.findall(r'"([^"]+)"', one)]
    assert len(asked) >= 6
    names = {re.split(r"[>=<\[ ]", one)[0].lower().replace(".", "-") for one in asked}
    assert names <= pinned
    entries = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", "").split("\n")
    assert all("--hash=sha256:" in entry for entry in entries if entry)
