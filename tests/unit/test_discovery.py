"""Which files are found, under which names, and what is said of those that are not."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tollgate.discovery import Discovery, discover, find_root
from tollgate.model.file_kind import (
    HOOK_FILES_PATTERN,
    OTHER_SUFFIXES,
    YAML_SUFFIXES,
    kind_by_content,
    kind_by_name,
)
from tollgate.model.policy import Policy

DOCKERFILES = [
    "Dockerfile",
    "dockerfile",
    "DOCKERFILE",
    "Dockerfile.dev",
    "Dockerfile.arm64.v8",
    "web.Dockerfile",
    "web.dockerfile",
    "a.b.Dockerfile",
    ".Dockerfile",
    "web.Dockerfile.prod",
    "Containerfile",
    "Containerfile.dev",
    "containerfile-dev",
    "Dockerfile-dev",
    "Dockerfile_dev",
]
YAML_FILES = ["a.yaml", "a.yml", "a.json", "A.YAML", ".yaml", "Dockerfile.yaml", "dockerfile.json"]
OTHERS = [
    "Dockerfile.dockerignore",
    "Dockerfile.dev.dockerignore",
    "Dockerfile.md",
    "Dockerfile.txt",
    "Dockerfile.j2",
    "Dockerfile.TMPL",
    "Dockerfile.erb",
    "Dockerfile.py",
    "dockerfile_parse.py",
    "dockerfile-lint.go",
    "Dockerfiles",
    "MyDockerfile",
    "xContainerfile",
    "Dockerfile~",
    "Dockerfile.dev~",
    "Dockerfile.",
    "a.yaml.j2",
    "a.yaml\n",
    "Dockerfile\n",
    "yaml",
    "README.md",
    "doc\u212aerfile",
    "",
]


def make(folder: Path, *names: str, text: str = "x: 1\n") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def names(found: Discovery) -> list[str]:
    return [file.path for file in found.files]


def notes(found: Discovery) -> list[tuple[str, str]]:
    return [(note.path, note.kind) for note in found.notes]


def look(
    root: Path, *paths: str | Path, policy: Policy | None = None, force_exclude: bool = False
) -> Discovery:
    arguments = [os.fspath(path) for path in paths or (root,)]
    return discover(
        arguments, root=os.path.realpath(root), policy=policy or Policy(), force_exclude=force_exclude
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repository"
    top.mkdir()
    git(top, "init", "-q")
    return top


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "dockerfile") for name in DOCKERFILES),
        *((name, "yaml") for name in YAML_FILES),
        *((name, None) for name in OTHERS),
    ],
)
def test_kind_by_name_and_the_hooks_pattern_agree(name: str, kind: str | None) -> None:
    for path in (name, f"deep/er/{name}", f"Dockerfile/{name}"):
        assert kind_by_name(path) == kind
        assert bool(re.search(HOOK_FILES_PATTERN, path)) == (kind is not None)


PIECES = st.sampled_from(
    [*"./~-_\nx\u212a\u0130", "Dockerfile", "containerfile", "dev", *YAML_SUFFIXES, *OTHER_SUFFIXES]
)


@given(st.lists(PIECES, max_size=7).map("".join))
def test_the_hooks_pattern_finds_exactly_the_names_that_have_a_kind(path: str) -> None:
    assert bool(re.search(HOOK_FILES_PATTERN, path)) == (kind_by_name(path) is not None)


def test_names_of_any_length_are_decided_at_once() -> None:
    start = time.process_time()
    for name in ("." * 100_000, "dockerfile." * 10_000, "a.dockerfile-" * 10_000, "yaml." * 20_000):
        kind_by_name(name)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"FROM alpine\n", "dockerfile"),
        (b"\xef\xbb\xbf# note\n\n  from alpine\n", "dockerfile"),
        (b"# note\r\n\r\nARG A=1\r\n", "dockerfile"),
        (b"# syntax=docker/dockerfile:1\n", "dockerfile"),
        (b"FROM \\\n alpine\n", "dockerfile"),
        (b"FROM: alpine\n", "yaml"),
        (b"from : alpine\n", "yaml"),
        (b"FROMAGE x\n", "yaml"),
        (b"# FROM alpine\nkind: Pod\n", "yaml"),
        (b"apiVersion: v1\n", "yaml"),
        (b"", "yaml"),
        (b"\xff\xfe\x00", "yaml"),
        (b"\n" * 100_000 + b"FROM x\n", "yaml"),
    ],
)
def test_kind_by_content(data: bytes, kind: str) -> None:
    assert kind_by_content(data) == kind


@given(st.binary())
def test_any_bytes_have_a_kind(data: bytes) -> None:
    assert kind_by_content(data) in ("yaml", "dockerfile")


def test_a_walk_outside_git_skips_what_is_not_ours(tmp_path: Path) -> None:
    make(tmp_path, "a.yaml", "sub/Dockerfile", ".git/x.yaml", "node_modules/m/x.yaml", "README.md")
    make(tmp_path, "env/pyvenv.cfg", "env/lib/x.yaml", "deep/node_modules/x.yaml", ".github/w.yml")
    assert names(look(tmp_path)) == [".github/w.yml", "a.yaml", "sub/Dockerfile"]


def test_a_folder_named_on_the_command_line_is_entered_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "node_modules/m/x.yaml", "env/pyvenv.cfg", "env/x.yaml")
    found = look(tmp_path, tmp_path / "node_modules", tmp_path / "env")
    assert names(found) == ["env/x.yaml", "node_modules/m/x.yaml"]


def test_a_folder_called_dockerfile_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile/readme.md", "Dockerfile/Dockerfile", "x.yaml/inner.yml")
    found = look(tmp_path)
    assert names(found) == ["Dockerfile/Dockerfile", "x.yaml/inner.yml"]
    assert found.notes == ()


def test_in_git_ignored_files_are_left_out_and_untracked_ones_are_not(repository: Path) -> None:
    make(repository, "tracked.yaml", "forced.yaml", "new.yaml", "build/x.yaml", "gone.yaml")
    (repository / ".gitignore").write_text("build/\nforced.yaml\n")
    git(repository, "add", "-f", "tracked.yaml", "forced.yaml", "gone.yaml")
    (repository / "gone.yaml").unlink()
    assert names(look(repository)) == ["forced.yaml", "new.yaml", "tracked.yaml"]


def test_only_what_is_below_the_given_folders(repository: Path) -> None:
    make(repository, "a/x.yaml", "ab/x.yaml", "b/x.yaml", ":(top)c/x.yaml", "-d/x.yaml", "*/x.yaml")
    assert names(look(repository, repository / "a", repository / "b")) == ["a/x.yaml", "b/x.yaml"]
    assert names(look(repository, repository / ":(top)c")) == [":(top)c/x.yaml"]
    assert names(look(repository, repository / "-d", repository / "*")) == ["*/x.yaml", "-d/x.yaml"]


def test_an_ignored_folder_that_is_named_is_walked(repository: Path) -> None:
    make(repository, "out/x.yaml", "a.yaml")
    (repository / ".gitignore").write_text("out/\n")
    assert names(look(repository, repository / "out")) == ["out/x.yaml"]
    assert names(look(repository)) == ["a.yaml"]


def test_named_files_are_always_read(repository: Path) -> None:
    make(repository, "secret.yaml", "notes.md", "image.df")
    (repository / "image.df").write_text("FROM alpine\n")
    (repository / ".gitignore").write_text("*\n")
    policy = Policy(exclude=("secret.yaml", "*.df"))
    paths = [repository / name for name in ("secret.yaml", "notes.md", "image.df")]
    found = look(repository, *paths, policy=policy)
    assert [(file.path, file.kind, file.named) for file in found.files] == [
        ("image.df", "dockerfile", True),
        ("notes.md", "yaml", True),
        ("secret.yaml", "yaml", True),
    ]
    assert names(look(repository, *paths, policy=policy, force_exclude=True)) == ["notes.md"]


def test_a_file_is_found_once_however_often_it_is_given(tmp_path: Path) -> None:
    make(tmp_path, "a.yaml")
    found = look(tmp_path, tmp_path, tmp_path / "a.yaml", tmp_path / "." / "a.yaml", tmp_path)
    assert [(file.path, file.named) for file in found.files] == [("a.yaml", True)]


def test_the_order_of_arguments_changes_nothing(tmp_path: Path) -> None:
    make(tmp_path, "a/x.yaml", "b/x.yaml", "c.yaml")
    arguments = [tmp_path / "a", tmp_path / "b", tmp_path / "c.yaml"]
    assert look(tmp_path, *arguments) == look(tmp_path, *reversed(arguments))


@pytest.mark.parametrize("in_git", [True, False])
def test_links(tmp_path: Path, repository: Path, in_git: bool) -> None:
    root = repository if in_git else tmp_path / "plain"
    make(root, "real/pod.yaml", "docker/base.df", text="FROM alpine\n")
    make(tmp_path, "outside/secret.yaml", "outside/bin")
    (root / "again.yaml").symlink_to("real/pod.yaml")
    (root / "Dockerfile").symlink_to("docker/base.df")
    (root / "out.yaml").symlink_to("../outside/secret.yaml")
    (root / "tool").symlink_to("../outside/bin")
    (root / "folder").symlink_to("real")
    (root / "manifests").symlink_to("../outside")
    (root / "nowhere.yaml").symlink_to("missing")
    (root / "loop.yaml").symlink_to("loop.yaml")
    found = look(root)
    assert [(file.path, file.kind) for file in found.files] == [
        ("docker/base.df", "dockerfile"),
        ("real/pod.yaml", "yaml"),
    ]
    assert notes(found) == [
        ("loop.yaml", "unreadable"),
        ("manifests", "outside-link"),
        ("nowhere.yaml", "unreadable"),
        ("out.yaml", "outside-link"),
    ]


def test_links_into_the_repository_s_own_folder_are_not_read(repository: Path) -> None:
    (repository / "x.yaml").symlink_to(".git/config")
    assert names(look(repository)) == []


def test_named_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(root, "real.yaml")
    make(tmp_path, "secret.yaml")
    (root / "in.yaml").symlink_to("real.yaml")
    (root / "out.yaml").symlink_to("../secret.yaml")
    (root / "nowhere.yaml").symlink_to("missing")
    found = look(root, root / "in.yaml", root / "out.yaml", root / "nowhere.yaml")
    assert [(file.path, file.absolute) for file in found.files] == [
        ("real.yaml", os.path.realpath(root / "real.yaml"))
    ]
    assert notes(found) == [("nowhere.yaml", "unreadable"), ("out.yaml", "outside-link")]


def test_a_tracked_file_below_what_became_a_link_is_not_read_through_it(
    repository: Path, tmp_path: Path
) -> None:
    make(repository, "conf/x.yaml")
    make(tmp_path, "outside/x.yaml")
    git(repository, "add", ".")
    (repository / "conf" / "x.yaml").unlink()
    (repository / "conf").rmdir()
    (repository / "conf").symlink_to("../outside")
    found = look(repository)
    assert names(found) == []
    assert notes(found) == [("conf", "outside-link")]


def test_special_files_are_said_and_not_opened(tmp_path: Path) -> None:
    make(tmp_path, "a.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "other")
    found = look(tmp_path)
    assert names(found) == ["a.yaml"]
    assert notes(found) == [("pipe.yaml", "unreadable")]
    assert "pipe" in found.notes[0].message
    named = look(tmp_path, tmp_path / "other")
    assert [(error.path, error.message) for error in named.errors] == [
        (os.fspath(tmp_path / "other"), "a pipe, not a regular file")
    ]


def test_a_named_link_to_what_is_never_a_file_is_an_error(tmp_path: Path) -> None:
    """As the shell's `<(...)` gives one: nothing was linted, so nothing may pass."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "63").symlink_to("pipe")
    assert [error.message for error in look(tmp_path, tmp_path / "63").errors] == [
        "a pipe, not a regular file"
    ]


def test_an_empty_path_is_an_error(tmp_path: Path) -> None:
    assert ["empty" in str(error) for error in look(tmp_path, "").errors] == [True]


def test_missing_paths_are_errors_and_the_rest_is_found(tmp_path: Path) -> None:
    make(tmp_path, "a.yaml")
    found = look(tmp_path, tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "*.yml", "nul\0.yaml")
    assert names(found) == ["a.yaml"]
    assert [error.path for error in found.errors] == [
        os.fspath(tmp_path / "*.yml"),
        os.fspath(tmp_path / "b.yaml"),
        "nul\0.yaml",
    ]
    assert "no such file or folder" in str(found.errors[1])
    assert "shell" in found.errors[0].advice


def test_submodules_are_said_and_can_be_named(repository: Path, tmp_path: Path) -> None:
    make(tmp_path / "library", "x.yaml")
    git(tmp_path / "library", "init", "-q")
    git(tmp_path / "library", "add", ".")
    git(tmp_path / "library", "commit", "-q", "-m", "x")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "-q", "add", "../library", "vendored")
    make(repository / "untracked", "y.yaml")
    git(repository / "untracked", "init", "-q")
    found = look(repository)
    assert names(found) == []
    assert notes(found) == [("untracked", "skipped"), ("vendored", "skipped")]
    assert look(repository, policy=Policy(exclude=("vendored/", "untracked"))).notes == ()
    assert names(look(repository, repository / "vendored")) == ["vendored/x.yaml"]
    assert names(look(repository, repository, repository / "untracked")) == ["untracked/y.yaml"]


def test_a_linked_work_tree_is_a_work_tree(repository: Path, tmp_path: Path) -> None:
    make(repository, "x.yaml")
    (repository / ".gitignore").write_text("ignored.yaml\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "x")
    git(repository, "worktree", "add", "-q", os.fspath(tmp_path / "linked"))
    make(tmp_path / "linked", "new.yaml", "ignored.yaml")
    assert find_root([os.fspath(tmp_path / "linked")]) == os.path.realpath(tmp_path / "linked")
    assert names(look(tmp_path / "linked")) == ["new.yaml", "x.yaml"]


def test_what_git_cannot_list_is_walked_and_said(tmp_path: Path) -> None:
    make(tmp_path, "a.yaml", ".git/HEAD", "node_modules/x.yaml", text="damaged\n")
    found = look(tmp_path)
    assert names(found) == ["a.yaml"]
    assert notes(found) == [(".", "walked")]


def test_names_with_newlines_and_bad_bytes_survive(repository: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \n\"x'.yaml")
    make(repository, name, "é.yaml")
    for folder in (repository, repository.parent):
        found = look(folder, repository)
        assert {os.path.basename(path) for path in names(found)} == {name, "é.yaml"}
        assert all(os.path.exists(file.absolute) for file in found.files)


def test_include_narrows_exclude_drops_and_extra_patterns_add(tmp_path: Path) -> None:
    make(tmp_path, "deploy/a.yaml", "deploy/gen/b.yaml", "other/c.yaml", "deploy/readme.md", "x/base.df")
    assert names(look(tmp_path, policy=Policy(include=("deploy/",)))) == [
        "deploy/a.yaml",
        "deploy/gen/b.yaml",
    ]
    assert names(look(tmp_path, policy=Policy(exclude=("deploy/",), extend_exclude=("c.yaml",)))) == []
    assert names(look(tmp_path, policy=Policy(include=("deploy/",), extend_exclude=("gen/",)))) == [
        "deploy/a.yaml"
    ]
    found = look(
        tmp_path, policy=Policy(dockerfiles=("*.df",), manifests=("readme.md",), exclude=("*.yaml",))
    )
    assert [(file.path, file.kind) for file in found.files] == [
        ("deploy/readme.md", "yaml"),
        ("x/base.df", "dockerfile"),
    ]


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = os.path.realpath(tmp_path)

    def from_stdin(name: str | None, data: bytes) -> tuple[str, str, str]:
        found = discover(["-"], root=root, policy=Policy(), stdin_filename=name, stdin=data)
        (file,) = found.files
        return file.path, file.kind, file.absolute

    assert from_stdin(None, b"FROM x\n") == ("<stdin>", "dockerfile", "-")
    assert from_stdin(None, b"kind: Pod\n") == ("<stdin>", "yaml", "-")
    assert from_stdin("sub/../a/Dockerfile", b"x: 1") == ("a/Dockerfile", "dockerfile", "-")
    assert from_stdin("a/x.txt", b"FROM x\n") == ("a/x.txt", "dockerfile", "-")
    assert from_stdin(os.path.join(root, "b.yaml"), b"") == ("b.yaml", "yaml", "-")
    assert from_stdin("../outside.yaml", b"") == ("../outside.yaml", "yaml", "-")


def test_the_root_is_the_top_level_else_the_common_parent(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(repository, "a/b/x.yaml", "a/c/y.yaml")
    make(tmp_path, "plain/a/x.yaml", "plain/b/y.yaml")
    top = os.path.realpath(tmp_path)

    def root(*paths: str) -> str:
        return os.path.relpath(find_root([os.fspath(tmp_path / path) for path in paths]), top)

    assert root("repository/a/b/x.yaml", "repository/a/c") == "repository"
    assert root("plain/a/x.yaml", "plain/b") == "plain"
    assert root("plain/a/x.yaml") == "plain/a"
    assert root("plain/a/missing/x.yaml") == "plain/a"
    assert root("repository/a", "plain/a") == "."
    monkeypatch.chdir(repository / "a")
    assert find_root([]) == find_root(["-"]) == os.path.realpath(repository)


def test_linked_arguments_are_named_by_where_they_are(tmp_path: Path) -> None:
    make(tmp_path, "real/x.yaml")
    (tmp_path / "link").symlink_to("real")
    root = Path(os.path.realpath(tmp_path))
    assert names(look(root, tmp_path / "link")) == ["real/x.yaml"]
    assert names(look(root, os.fspath(tmp_path / "link") + "/")) == ["real/x.yaml"]
    assert names(look(root, tmp_path / "link" / "x.yaml")) == ["real/x.yaml"]


def test_a_link_of_the_user_s_own_to_a_work_tree(repository: Path, tmp_path: Path) -> None:
    make(repository, "a/x.yaml")
    (tmp_path / "current").symlink_to("repository")
    for path in ("current", "current/", "current/a", "current/a/x.yaml"):
        assert find_root([os.fspath(tmp_path / path)]) == os.path.realpath(repository)
    assert names(look(repository, tmp_path / "current" / "a")) == ["a/x.yaml"]


@pytest.mark.parametrize("in_git", [True, False])
def test_links_of_the_linted_tree_neither_move_the_root_nor_lead_outside(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_git: bool
) -> None:
    """As in `tollgate lint */*.yaml` and `tollgate lint *`, where the shell follows links."""
    tree = repository if in_git else tmp_path / "plain"
    make(tree, "a/x.yaml", "b/y.yaml")
    make(tmp_path, "outside/secret.yaml")
    (tree / "link").symlink_to("../outside")
    (tree / "file.yaml").symlink_to("../outside/secret.yaml")
    monkeypatch.chdir(tree)
    root = os.path.realpath(tree)
    for before in ("", f"{tree}/"):
        paths = [f"{before}{path}" for path in ("a/x.yaml", "b/y.yaml", "link/secret.yaml")]
        assert find_root(paths) == root
        found = discover(paths, root=root, policy=Policy())
        assert names(found) == ["a/x.yaml", "b/y.yaml"]
        assert notes(found) == [("link/secret.yaml", "outside-link")]
        paths = [f"{before}{path}" for path in ("a", "b", "file.yaml", "link", "link/")]
        assert find_root(paths) == root
        found = discover(paths, root=root, policy=Policy(exclude=("link",)))
        assert names(found) == ["a/x.yaml", "b/y.yaml"]
        assert notes(found) == [("file.yaml", "outside-link"), ("link", "outside-link")]


def test_two_links_of_different_kinds_give_one_answer_in_any_order(tmp_path: Path) -> None:
    make(tmp_path, "base", text="FROM alpine\n")
    (tmp_path / "a.yaml").symlink_to("base")
    (tmp_path / "Dockerfile").symlink_to("base")
    paths = [tmp_path / "a.yaml", tmp_path / "Dockerfile"]
    assert look(tmp_path, *paths) == look(tmp_path, *reversed(paths))


def test_depth_is_no_limit(tmp_path: Path) -> None:
    deep = os.fspath(tmp_path)
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(1500):  # far beyond PATH_MAX and Python's recursion limit
        os.mkdir("dd", dir_fd=descriptor)
        inner = os.open("dd", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    make(tmp_path, "dd/x.yaml")
    found = look(tmp_path)
    assert names(found) == ["dd/x.yaml"]
    assert [note.kind for note in found.notes] in ([], ["unreadable"])
    subprocess.run(["rm", "-rf", os.path.join(deep, "dd")], check=True)


def many(folder: Path, count: int) -> Iterable[str]:
    for number in range(count):
        yield f"team-{number % 50}/app-{number % 500}/m-{number}.{'yaml' if number % 2 else 'txt'}"


@pytest.mark.parametrize("in_git", [True, False])
def test_ten_thousand_files_in_well_under_a_second(tmp_path: Path, repository: Path, in_git: bool) -> None:
    root = repository if in_git else tmp_path / "plain"
    for name in many(root, 10_000):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    start = time.process_time()
    found = look(root, policy=Policy(exclude=("team-7/", "*-gen.yaml"), extend_exclude=("**/vendor/",)))
    seconds = time.process_time() - start
    assert len(found.files) == 4800
    assert seconds < 3  # some 0.1 alone on the machine
