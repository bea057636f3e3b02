"""The hooks as pre-commit runs them, in a real repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import ROOT
from tollgate.model.file_kind import HOOK_FILES_PATTERN, kind_by_name

BAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostPID: true\n  containers: []\n"
GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\n"
FIXABLE = "FROM busybox:1.37\nADD app /app\nUSER 10001\n"


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as a repository that pre-commit can take hooks from."""
    folder = tmp_path_factory.mktemp("hooks")
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in names:
        if name and not name.startswith(("tests/", "docs/rules/")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        git(folder, *command)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit-home")


def pre_commit(home: Path, repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    git(repository, "add", "-A")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments, "--color=never", "--verbose"],
        cwd=repository,
        env={**os.environ, "PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def run_hook(hooks: Path, home: Path, repository: Path, hook: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as a team's configuration does; installed once for all tests."""
    revision = git(hooks, "rev-parse", "HEAD").strip()
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks: [{{id: {hook}}}]\n"
    )
    return pre_commit(home, repository, "run")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


@pytest.mark.xdist_group("pre-commit")
def test_a_bad_commit_is_blocked_with_the_place(hooks: Path, home: Path, repository: Path) -> None:
    (repository / "pod.yaml").write_text(BAD)
    done = pre_commit(home, repository, "try-repo", str(hooks), "tollgate")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error[host-pid]" in done.stdout
    assert "pod.yaml:5:12" in done.stdout


@pytest.mark.xdist_group("pre-commit")
def test_a_good_commit_passes(hooks: Path, home: Path, repository: Path) -> None:
    (repository / "config.yaml").write_text(GOOD)
    done = run_hook(hooks, home, repository, "tollgate")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.xdist_group("pre-commit")
def test_the_fix_hook_fixes_and_fails_then_passes(hooks: Path, home: Path, repository: Path) -> None:
    (repository / "Dockerfile").write_text(FIXABLE)
    assert run_hook(hooks, home, repository, "tollgate-fix").returncode == 1
    assert (repository / "Dockerfile").read_text() == FIXABLE.replace("ADD", "COPY")
    again = run_hook(hooks, home, repository, "tollgate-fix")
    assert again.returncode == 0, again.stdout


@pytest.mark.xdist_group("pre-commit")
def test_a_file_that_looks_like_an_option_changes_nothing(hooks: Path, home: Path, repository: Path) -> None:
    (repository / "pod.yaml").write_text(BAD)
    (repository / "--no-config.yaml").write_text(GOOD)
    (repository / "--fail-on=never.yaml").write_text(GOOD)
    done = run_hook(hooks, home, repository, "tollgate")
    assert done.returncode == 1
    assert "looks like an option" in done.stdout


@pytest.mark.parametrize(
    "name",
    ["Dockerfile", "a.dockerfile", "dockerfile.prod", "Dockerfile.md", "x/y.yml", "x.json", "a.yaml.j2",
     "Containerfile", "Dockerfile.dockerignore", "README.md", "notdockerfile"],
)  # fmt: skip
def test_hook_files_are_those_of_discovery(name: str) -> None:
    assert (re.search(HOOK_FILES_PATTERN, name) is not None) == (kind_by_name(name) is not None)


def test_hook_file_has_the_pattern_of_discovery() -> None:
    assert (ROOT / ".pre-commit-hooks.yaml").read_text().count(f"files: '{HOOK_FILES_PATTERN}'") == 2
