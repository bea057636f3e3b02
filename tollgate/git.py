"""The only module that runs git, in a repository that is not trusted.

A repository's own configuration can name programs that git then runs (core.fsmonitor on `ls-files`,
hooks, filters, remote helpers) and another work tree (core.worktree). Options on the command line come
after every configuration file, so they win; see `_SAFE_OPTIONS`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tollgate.processes import run_program

TIMEOUT_SECONDS = 60.0

_SAFE_OPTIONS = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
    "--no-optional-locks",
    "--literal-pathspecs",
)
# What git says in another language or asks on a terminal is of no use; lazily fetched objects would
# reach out to a server that the repository names.
_FIXED_VARIABLES = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
# The user's own settings (which files are ignored everywhere, which owners are safe) stay.
_KEPT_PREFIX = "GIT_CONFIG"
_GITFILE_PREFIX = b"gitdir:"
_GITFILE_LIMIT = 8192
_ARGUMENTS_AT_ONCE = 500
# In a GIT_INDEX_FILE: git writes a partial commit's index beside the real one.
_INDEX_VARIABLE = "GIT_INDEX_FILE"


class GitError(Exception):
    """git is not there, took too long or refused; the text says which, in git's words."""


def top_level(path: str) -> str | None:
    """The top folder of the work tree that the folder `path` is in; None outside any.

    `path` is absolute. Runs nothing: it looks for `.git` upwards as git does. Whether git itself would
    work there (owner, damage) is seen when it is asked.
    """
    folder = path
    while True:
        if git_folder(folder) is not None:
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def git_folder(top: str) -> str | None:
    """Where the repository of the work tree `top` is kept, absolute; None if `top` is the top of none.

    Usually `top/.git`; in submodules and linked work trees a file of that name says where.
    """
    path = os.path.join(top, ".git")
    if os.path.exists(os.path.join(path, "HEAD")):
        return path
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            head = file.read(_GITFILE_LIMIT)
    except OSError:
        return None
    if not head.startswith(_GITFILE_PREFIX):
        return None
    target = os.fsdecode(head[len(_GITFILE_PREFIX) :].split(b"\n")[0].strip())
    return os.path.join(top, target) if target and "\0" not in target else None


def work_tree_files(top: str, folders: Sequence[str] = ()) -> list[str]:
    """Paths, relative to `top`, of what is tracked or neither tracked nor ignored; sorted, each once.

    folders   only what is below these, relative to `top`; none: everything

    A path may be gone from the disk, be a link, or name a folder: a submodule, or (with `/` at its end) a
    repository that is not tracked. Bytes that are not UTF-8 are lone surrogates, as from `os.fsdecode`.
    Raises GitError.
    """
    found: set[str] = set()
    wanted = [] if any(folder in ("", ".") for folder in folders) else list(folders)
    for start in range(0, max(len(wanted), 1), _ARGUMENTS_AT_ONCE):
        some = wanted[start : start + _ARGUMENTS_AT_ONCE]
        output = run(top, ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *some])
        found.update(os.fsdecode(entry) for entry in output.split(b"\0") if entry)
    return sorted(path for path in found if stays_inside(path))


def stays_inside(path: str) -> bool:
    """False for names that git never makes, and that a crafted index may hold."""
    return not path.startswith("/") and ".." not in path.split("/")


def run(top: str, arguments: Sequence[str], *, stdin: bytes = b"") -> bytes:
    """What git prints in the work tree `top`, `stdin` being its input. Raises GitError."""
    # Without --work-tree a repository's core.worktree would lead anywhere.
    command = ["git", "-C", top, *_SAFE_OPTIONS, f"--work-tree={top}", *arguments]
    environment = _environment(top, os.environ)
    try:
        done = run_program(command, environment=environment, timeout=TIMEOUT_SECONDS, stdin=stdin)
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except TimeoutError:
        raise GitError(f"git took longer than {TIMEOUT_SECONDS:.0f} seconds") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git could not be run: {error}") from None
    if done.status:
        raise GitError(_complaint(done.errors, done.status))
    return done.out


def _complaint(stderr: bytes, status: int) -> str:
    lines = os.fsdecode(stderr).strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git ended with status {status}"


def _environment(top: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables git is run with.

    Hooks inherit GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE and more, which would turn a question about one
    repository into an answer about another. They are dropped, but for the index of the commit that is
    being made (`git commit -a`, `git commit FILE`), if it lies where this repository keeps its own.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT_PREFIX)
    }
    kept.update(_FIXED_VARIABLES)
    index = environment.get(_INDEX_VARIABLE)
    repository = git_folder(top)
    if index and repository:
        index = os.path.join(top, index)
        if os.path.realpath(os.path.dirname(index)) == os.path.realpath(repository):
            kept[_INDEX_VARIABLE] = index
    return kept
