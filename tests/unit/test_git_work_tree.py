"""The work tree against the index, in a repository that nobody trusts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.repository import Repository
from tollgate.git import GitError
from tollgate.git_work_tree import Unstaged, ref_names, unstaged_files, untracked_files

STRANGE = "a b\n\"c' é.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    for path in ("same.yaml", "changed.yaml", "gone.yaml", STRANGE, "sub/one.yaml"):
        made.write(path, f"{path}\n")
    made.write(".gitignore", "ignored.yaml\n")
    made.commit()
    return made


def test_what_is_changed_gone_and_meant_to_be_added(repository: Repository) -> None:
    repository.write("changed.yaml", "changed indeed\n")
    repository.write(STRANGE, "changed as well\n")
    (repository.top / "gone.yaml").unlink()
    repository.write("meant.yaml", "meant\n")
    repository.git("add", "-N", "meant.yaml")
    repository.write("ignored.yaml", "ignored\n")
    repository.write("new.yaml", "new\n")
    (repository.top / "nested").mkdir()
    Repository(repository.top / "nested").write("x.yaml", "x")
    top = os.fspath(repository.top)
    blob = repository.git("rev-parse", "HEAD:changed.yaml")
    found = {one.path: one for one in unstaged_files(top)}
    assert found["changed.yaml"] == Unstaged("M", "changed.yaml", "100644", blob)
    assert {(one.status, one.path, bool(one.blob)) for one in found.values()} == {
        ("M", "changed.yaml", True),
        ("M", STRANGE, True),
        ("D", "gone.yaml", True),
        ("A", "meant.yaml", False),
    }
    assert untracked_files(top) == ["new.yaml"]


def test_a_conflict_is_one_file(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "other")
    repository.write("changed.yaml", "theirs\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("changed.yaml", "ours\n")
    repository.commit()
    with pytest.raises(Exception, match="merge"):
        repository.git("merge", "-q", "other")
    assert [one.path for one in unstaged_files(os.fspath(repository.top))] == ["changed.yaml"]


def test_no_filter_runs_even_where_git_has_to_read_the_file(repository: Repository, tmp_path: Path) -> None:
    mark = repository.set_traps(tmp_path)
    path = repository.top / "same.yaml"
    index = repository.top / ".git" / "index"
    # As old as the index and of the same length: only its content says whether it changed.
    path.write_text("SAME.yaml\n")
    now = os.stat(index).st_mtime_ns
    for one in (path, index):
        os.utime(one, ns=(now, now))
    repository.write("new.yaml", "new\n")
    unstaged_files(os.fspath(repository.top))
    assert untracked_files(os.fspath(repository.top)) == ["new.yaml"]
    assert not mark.exists()


def test_a_filter_that_cannot_be_named_safely_is_refused(repository: Repository) -> None:
    repository.git("config", "filter.a=b.clean", "touch /tmp/x")
    with pytest.raises(GitError, match="a=b"):
        unstaged_files(os.fspath(repository.top))


def test_names_of_commits(repository: Repository) -> None:
    repository.git("branch", "change")
    repository.git("tag", "v1")
    assert ref_names(os.fspath(repository.top)) == ["change", "main", "v1"]
