"""Commits, trees, contents and changes, asked of repositories that nobody trusts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tollgate.git import GitError
from tollgate.git_objects import (
    Change,
    RefError,
    blob_sizes,
    changed_files,
    commit_home,
    file_at,
    index_files,
    is_shallow,
    merge_base,
    read_blobs,
    resolve_commit,
    tree_files,
)

STRANGE = "a b\n\"c' é.yaml"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`main` and `change` part at the tag `parting`; `apart` shares no history with them."""
    top = Path(os.path.realpath(tmp_path_factory.mktemp("repository")))
    git(top, "init", "-q", "-b", "main")
    (top / "kept.yaml").write_text("kept\n" * 9)
    (top / "old.yaml").write_text("".join(f"line {n}\n" for n in range(30)))
    (top / "gone.yaml").write_text("gone\n")
    (top / STRANGE).write_text("strange\n")
    (top / "link").symlink_to("kept.yaml")
    (top / "sub").mkdir()
    (top / "sub" / "one.yaml").write_bytes(b"\xff\x00\n")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "first")
    git(top, "tag", "-a", "-m", "x", "parting")
    git(top, "checkout", "-q", "-b", "change")
    git(top, "mv", "old.yaml", "new.yaml")
    (top / "new.yaml").write_text((top / "new.yaml").read_text() + "more\n")
    git(top, "rm", "-q", "gone.yaml")
    (top / "added.yaml").write_text("added\n")
    git(top, "add", "-A")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{git(top, 'rev-parse', 'HEAD')},module")
    git(top, "commit", "-q", "-m", "second")
    git(top, "checkout", "-q", "main")
    (top / "kept.yaml").write_text("main went on\n")
    git(top, "commit", "-q", "-a", "-m", "third")
    git(top, "checkout", "-q", "--orphan", "apart")
    git(top, "commit", "-q", "-m", "apart")
    git(top, "checkout", "-q", "change")
    return top


def test_a_ref_is_resolved_through_tags(repository: Path) -> None:
    top = os.fspath(repository)
    assert resolve_commit(top, "parting") == git(repository, "rev-parse", "parting^{commit}")


@pytest.mark.parametrize(
    "ref", ["", "-h", "--output=x", "no such", "main\n", "main\0", "main:kept.yaml", "HEAD^^^"]
)
def test_what_is_no_commit_is_said(repository: Path, ref: str) -> None:
    with pytest.raises(RefError):
        resolve_commit(os.fspath(repository), ref)


def test_the_merge_base_is_where_histories_part(repository: Path) -> None:
    top = os.fspath(repository)
    assert merge_base(top, "main") == resolve_commit(top, "parting")
    with pytest.raises(RefError, match="no commit in common"):
        merge_base(top, "apart")


def test_a_shallow_clone_explains_itself(repository: Path, tmp_path: Path) -> None:
    url = f"file://{repository}"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", url, "clone")
    top = os.fspath(tmp_path / "clone")
    assert is_shallow(top)
    assert not is_shallow(os.fspath(repository))
    with pytest.raises(RefError, match="--unshallow"):
        merge_base(top, "origin/main")
    with pytest.raises(RefError, match="shallow"):
        resolve_commit(top, "parting~3")


def test_a_linked_work_tree_knows_that_its_repository_is_shallow(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "clone")
    git(tmp_path / "clone", "worktree", "add", "-q", os.fspath(tmp_path / "linked"))
    assert is_shallow(os.fspath(tmp_path / "linked"))


def test_files_of_a_commit_and_of_the_index(repository: Path) -> None:
    top = os.fspath(repository)
    commit = resolve_commit(top, "change")
    found = {file.path: file.mode for file in tree_files(top, commit)}
    assert found == {file.path: file.mode for file in index_files(top)}
    assert found[STRANGE] == "100644"
    assert found["link"] == "120000"
    assert found["module"] == "160000"
    assert [file.path for file in tree_files(top, commit, ["sub"])] == ["sub/one.yaml"]


def test_contents_are_bytes_as_they_are(repository: Path) -> None:
    top = os.fspath(repository)
    commit = resolve_commit(top, "change")
    assert file_at(top, commit, "sub/one.yaml", limit=9) == b"\xff\x00\n"
    assert file_at(top, commit, STRANGE, limit=9) == b"strange\n"
    for missing in ("link", "module", "sub", "nothing", "*.yaml", "../kept.yaml", "/etc/passwd", ""):
        assert file_at(top, commit, missing, limit=9) is None
    with pytest.raises(GitError, match="longer than 2 bytes"):
        file_at(top, commit, "sub/one.yaml", limit=2)


def test_what_is_not_there_is_left_out(repository: Path) -> None:
    top = os.fspath(repository)
    blob = next(file.blob for file in index_files(top, ["added.yaml"]))
    assert read_blobs(top, [blob, "0" * 40]) == {blob: b"added\n"}
    assert blob_sizes(top, [blob, "0" * 40]) == {blob: 6}
    assert read_blobs(top, []) == {}


def test_changes_follow_renames_and_leave_submodules_out(repository: Path) -> None:
    top = os.fspath(repository)
    base = resolve_commit(top, "parting")

    def short(change: Change) -> tuple[str, str, str]:
        return change.status, change.old_path, change.path

    found = changed_files(top, base)
    assert {short(one) for one in found} == {
        ("A", "", "added.yaml"),
        ("D", "gone.yaml", ""),
        ("R", "old.yaml", "new.yaml"),
    }
    contents = read_blobs(top, [blob for one in found for blob in (one.old_blob, one.blob) if blob])
    renamed = next(one for one in found if one.status == "R")
    assert contents[renamed.blob] == contents[renamed.old_blob] + b"more\n"


def test_a_program_that_the_repository_names_is_not_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\ncat\n")
    trap.chmod(0o755)
    git(tmp_path, "clone", "-q", os.fspath(repository), "clone")
    clone = tmp_path / "clone"
    (clone / ".gitattributes").write_text("*.yaml filter=trap diff=trap\n")
    for name in ("filter.trap.clean", "filter.trap.smudge", "diff.trap.textconv", "diff.trap.command"):
        git(clone, "config", name, os.fspath(trap))
    git(clone, "config", "diff.external", os.fspath(trap))
    git(clone, "config", "core.fsmonitor", os.fspath(trap))
    (clone / "added.yaml").write_text("changed\n")
    top = os.fspath(clone)
    base = resolve_commit(top, "HEAD~1")
    found = changed_files(top, base)
    read_blobs(top, [one.blob for one in found if one.blob])
    index_files(top)
    tree_files(top, base)
    assert not (tmp_path / "ran").exists()


def test_a_commit_s_home_reads_that_commit_and_not_the_work_tree(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("then")
    (tmp_path / "rules" / "link.yaml").symlink_to("a.yaml")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x")
    (tmp_path / "rules" / "a.yaml").write_text("now")
    (tmp_path / "rules" / "b.yaml").write_text("now")
    top = os.fspath(tmp_path)
    home = commit_home(top, resolve_commit(top, "main"), name="main:")
    assert home.read("rules/a.yaml", 100).data == b"then"
    assert home.below("rules") == home.below("") == ["rules/a.yaml"]
    assert home.read("rules/b.yaml", 100).state == "missing"
    assert home.read("rules/link.yaml", 100).state == "not-regular"
    too_long = home.read("rules/a.yaml", 3)
    assert too_long.state == "unreadable"
    assert "longer than 3 bytes" in too_long.detail
