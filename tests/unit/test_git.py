"""git in repositories that nobody trusts."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tollgate import git as git_module
from tollgate.git import GitError, git_folder, top_level, work_tree_files


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = Path(os.path.realpath(tmp_path)) / "repository"
    top.mkdir()
    git(top, "init", "-q")
    (top / "tracked.yaml").write_text("x")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "x")
    return top


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark when it runs, whatever it is run as."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    program.chmod(0o755)
    return program


def files(top: Path, *folders: str) -> list[str]:
    return work_tree_files(os.fspath(top), folders)


def test_top_level_looks_upwards_and_runs_nothing(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "a" / "b").mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    assert top_level(os.fspath(repository / "a" / "b")) == os.fspath(repository)
    assert top_level(os.fspath(repository)) == os.fspath(repository)
    assert top_level(os.fspath(repository / ".git" / "refs")) == os.fspath(repository)
    assert top_level("/") is None


def test_an_empty_or_odd_dot_git_is_no_repository(tmp_path: Path) -> None:
    contents = (b"\xff\x00 nothing", b"gitdir: \n", b"gitdir: a\0b\n", b"")
    for number, content in enumerate(contents):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / ".git").write_bytes(content)
    for name in ("folder", "link", "pipe"):
        (tmp_path / name).mkdir()
    (tmp_path / "folder" / ".git").mkdir()
    (tmp_path / "link" / ".git").symlink_to("missing")
    os.mkfifo(tmp_path / "pipe" / ".git")
    for folder in tmp_path.iterdir():
        assert git_folder(os.fspath(folder)) is None


def test_a_bare_repository_has_no_work_tree(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    assert top_level(os.fspath(tmp_path / "bare.git")) != os.fspath(tmp_path / "bare.git")


def test_submodules_and_linked_work_trees_say_where_they_are_kept(repository: Path) -> None:
    linked = repository.parent / "linked"
    git(repository, "worktree", "add", "-q", os.fspath(linked))
    assert top_level(os.fspath(linked)) == os.fspath(linked)
    assert git_folder(os.fspath(linked)) == os.fspath(repository / ".git" / "worktrees" / "linked")
    git(
        repository, "-c", "protocol.file.allow=always", "submodule", "-q", "add", os.fspath(repository), "sub"
    )
    assert os.path.realpath(git_folder(os.fspath(repository / "sub")) or "") == os.fspath(
        repository / ".git" / "modules" / "sub"
    )
    assert files(repository / "sub") == ["tracked.yaml"]
    assert files(repository) == [".gitmodules", "sub", "tracked.yaml"]


def test_tracked_and_untracked_but_not_ignored(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n")
    for name in ("new.yaml", "x.log"):
        (repository / name).write_text("x")
    assert files(repository) == [".gitignore", "new.yaml", "tracked.yaml"]
    assert files(repository, ".") == files(repository)


def test_names_of_any_bytes(repository: Path) -> None:
    names = [b"new\nline", b"caf\xe9", b"-rf", b"--others", b"quo\"te'", b"\x1b[31m", " \u2028".encode()]
    for name in names:
        (repository / os.fsdecode(name)).mkdir()
        (repository / os.fsdecode(name) / "x").write_text("x")
    assert [os.fsencode(path) for path in files(repository) if path != "tracked.yaml"] == sorted(
        (name + b"/x" for name in names), key=os.fsdecode
    )
    for name in names:
        assert files(repository, os.fsdecode(name)) == [os.fsdecode(name) + "/x"]


def test_folders_are_taken_literally_and_in_any_number(repository: Path) -> None:
    folders = [f"folder-{number}" for number in range(1200)]
    for folder in (*folders, "*"):
        (repository / folder).mkdir()
        (repository / folder / "x").write_text("x")
    assert files(repository, "*") == ["*/x"]
    assert files(repository, *folders) == sorted(f"{folder}/x" for folder in folders)


def test_no_program_that_the_repository_names_is_run(repository: Path, trap: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.editor"):
        git(repository, "config", key, os.fspath(trap))
    for key in ("filter.x.clean", "filter.x.smudge", "diff.x.textconv", "diff.x.command", "diff.external"):
        git(repository, "config", key, os.fspath(trap))
    git(repository, "config", "alias.ls-files", f"!{trap}")
    git(repository, "config", "core.hooksPath", os.fspath(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman", "query-watchman", "post-checkout"):
        shutil.copy(trap, tmp_path / "hooks" / hook)
        shutil.copy(trap, repository / ".git" / "hooks" / hook)
    (repository / ".gitattributes").write_text("* filter=x diff=x\n")
    mark.unlink(missing_ok=True)

    assert files(repository) == [".gitattributes", "tracked.yaml"]
    assert not mark.exists()

    # The trap is a real one: git itself walks into it.
    subprocess.run(["git", "ls-files", "-o"], cwd=repository, check=False, capture_output=True)
    assert mark.exists()


def test_a_configured_work_tree_leads_nowhere_else(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text("x")
    git(repository, "config", "core.worktree", os.fspath(tmp_path / "outside"))
    assert files(repository) == ["tracked.yaml"]


@pytest.mark.parametrize("crafted", [b"../etc/x.yml", b"/etc/a/b.yml", b"a/../../x.ym"])
def test_names_in_a_crafted_index_stay_inside(repository: Path, crafted: bytes) -> None:
    """git reads such an index; only its commands that write refuse the name."""
    index = repository / ".git" / "index"
    body = index.read_bytes().replace(b"tracked.yaml", crafted)[:-20]
    index.write_bytes(body + hashlib.sha1(body, usedforsecurity=False).digest())
    listed = subprocess.run(["git", "ls-files"], cwd=repository, check=True, capture_output=True).stdout
    assert crafted in listed
    assert files(repository) == ["tracked.yaml"]  # which is not tracked any more


def test_the_environment_does_not_redirect(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "theirs.yaml").write_text("x")
    git(other, "add", ".")
    monkeypatch.setenv("GIT_DIR", os.fspath(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", os.fspath(other))
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(other / ".git" / "index"))
    monkeypatch.setenv("GIT_PREFIX", "x/")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "0")
    assert files(repository) == ["tracked.yaml"]


def test_the_index_of_the_commit_being_made_is_kept(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit FILE` runs hooks with an index of its own beside the real one."""
    temporary = repository / ".git" / "next-index-1.lock"
    (repository / ".gitignore").write_text("forced.yaml\n")
    (repository / "forced.yaml").write_text("x")
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(temporary))
    git(repository, "add", "-f", "forced.yaml")
    assert "forced.yaml" in files(repository)
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1.lock")
    assert "forced.yaml" in files(repository)
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert "forced.yaml" not in files(repository)


def test_the_user_s_own_settings_stay(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = repository.parent / "settings"
    (repository.parent / "ignored-everywhere").write_text("*.swp\n")
    settings.write_text(f"[core]\nexcludesFile = {repository.parent}/ignored-everywhere\n")
    (repository / "x.swp").write_text("x")
    assert files(repository) == ["tracked.yaml", "x.swp"]
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(settings))
    assert files(repository) == ["tracked.yaml"]


def test_a_repository_that_someone_else_owns_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git's own switch for its tests stands in for another owner, which only root could make."""
    plain = git_module._environment
    monkeypatch.setattr(
        git_module,
        "_environment",
        lambda top, environment: {**plain(top, environment), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
    )
    with pytest.raises(GitError, match=r"dubious ownership|unsafe repository"):
        files(repository)


def test_without_git_there_is_an_error_that_says_so(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.fspath(repository))
    with pytest.raises(GitError, match="not installed"):
        files(repository)


def test_a_git_that_never_ends_is_ended(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(program.parent))
    monkeypatch.setattr(git_module, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(GitError, match="took longer"):
        files(repository)


def test_a_damaged_repository_is_an_error(repository: Path) -> None:
    (repository / ".git" / "index").write_bytes(b"DIRC damaged")
    with pytest.raises(GitError, match="index"):
        files(repository)


def test_nothing_heavy_is_imported_before_git_is_needed() -> None:
    code = "import sys, tollgate.git, tollgate.discovery; print('subprocess' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
