"""What git keeps: commits, the files of a commit or of the index, their contents, what changed between them.

Only plumbing is asked that reads objects: it runs no hook, filter, external diff or text conversion, whatever
the repository configures. Nothing here looks at the work tree.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from tollgate.files import FileContent, Home
from tollgate.git import GitError, git_folder, run, stays_inside
from tollgate.model.record import NamedTuple

REGULAR_MODES = frozenset({"100644", "100755"})
"""Modes of what has a content of its own; 120000 is a link, 160000 a submodule."""

_SUBMODULE = "160000"
_RENAME_LIMIT = 1000


class TreeFile(NamedTuple):
    """A file of a commit or of the index: its path from the top folder, git's mode, the id of its content."""

    path: str
    mode: str
    blob: str


class Change(NamedTuple):
    """What became of one file between two states.

    status     A added, D deleted, M changed, R renamed, T another type of entry
    old_path   before; "" if added
    path       after; "" if deleted
    old_blob, blob   the ids of the contents; "" where there is none
    mode       after; "" if deleted
    old_mode   before; "" if added
    """

    status: str
    old_path: str
    path: str
    old_blob: str
    blob: str
    mode: str
    old_mode: str = ""


class RefError(GitError):
    """A name that stands for no commit here; the text says what to do."""


def resolve_commit(top: str, ref: str) -> str:
    """The id of the commit that `ref` names. Raises RefError."""
    if not ref or ref.startswith(("-", "^")) or any(letter in ref for letter in "\0\n\r"):
        raise RefError(f"{ref!r} is no name of a commit")
    try:
        found = run(top, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"])
    except GitError as error:
        raise RefError(_unknown(top, ref, error)) from None
    return found.decode("ascii").strip()


def _unknown(top: str, ref: str, error: GitError) -> str:
    if str(error) != "git ended with status 1":
        return str(error)
    advice = "fetch it first"
    if is_shallow(top):
        advice = "this clone is shallow: fetch it first, or clone with the whole history (`fetch-depth: 0`)"
    return f"git knows no commit {ref!r} here; {advice}"


def merge_base(top: str, ref: str, head: str = "HEAD") -> str:
    """The id of the commit where the histories of two refs part, as in a pull request. Raises RefError."""
    commits = [resolve_commit(top, ref), resolve_commit(top, head)]
    try:
        return run(top, ["merge-base", *commits]).decode("ascii").strip()
    except GitError as error:
        if str(error) != "git ended with status 1":
            raise
        why = f"{ref!r} and {head!r} have no commit in common"
        if is_shallow(top):
            why += (
                " in this shallow clone; run `git fetch --unshallow`, or clone with the whole history "
                "(`fetch-depth: 0` for actions/checkout)"
            )
        raise RefError(why) from None


def is_shallow(top: str) -> bool:
    """Whether the history was cut off when it was cloned."""
    folder = git_folder(top)
    if folder is None:
        return False
    common = _common_folder(folder)
    return os.path.exists(os.path.join(common, "shallow"))


def _common_folder(folder: str) -> str:
    """Where a linked work tree's repository keeps what all its work trees share."""
    try:
        with open(os.path.join(folder, "commondir"), encoding="utf-8", errors="surrogateescape") as file:
            return os.path.join(folder, file.read(4096).strip())
    except OSError:
        return folder


def tree_files(top: str, commit: str, folders: Sequence[str] = ()) -> list[TreeFile]:
    """The files of a commit, by path; submodules are among them. Raises GitError."""
    output = run(top, ["ls-tree", "-r", "-z", "--full-tree", commit, "--", *folders])
    found = []
    for entry in _entries(output):
        head, _, path = entry.partition("\t")
        mode, _, blob = head.split(" ")
        found.append(TreeFile(path, mode, blob))
    return [file for file in found if stays_inside(file.path)]


def index_files(top: str, folders: Sequence[str] = ()) -> list[TreeFile]:
    """The files of the index, by path. Of an unresolved conflict our side stands for the file.
    Raises GitError."""
    output = run(top, ["ls-files", "--stage", "-z", "--full-name", "--", *folders])
    found: dict[str, TreeFile] = {}
    for entry in _entries(output):
        head, _, path = entry.partition("\t")
        mode, blob, stage = head.split(" ")
        if stage in ("0", "2") or path not in found:
            found[path] = TreeFile(path, mode, blob)
    return [file for file in found.values() if stays_inside(file.path)]


def _entries(output: bytes) -> Iterator[str]:
    return (os.fsdecode(entry) for entry in output.split(b"\0") if entry)


def read_blobs(top: str, blobs: Iterable[str]) -> dict[str, bytes]:
    """Content by id; what is not there (a partial clone) is left out, nothing is fetched. Raises GitError."""
    wanted = sorted(set(blobs))
    if not wanted:
        return {}
    output = run(top, ["cat-file", "--batch"], stdin="".join(f"{blob}\n" for blob in wanted).encode("ascii"))
    found: dict[str, bytes] = {}
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        words = output[at:end].split(b" ")
        at = end + 1
        if len(words) == 3:
            size = int(words[2])
            found[words[0].decode("ascii")] = output[at : at + size]
            at += size + 1
    return found


def blob_sizes(top: str, blobs: Iterable[str]) -> dict[str, int]:
    """How many bytes each id stands for, of what is there. Raises GitError."""
    wanted = sorted(set(blobs))
    if not wanted:
        return {}
    asked = "".join(f"{blob}\n" for blob in wanted).encode("ascii")
    lines = run(top, ["cat-file", "--batch-check"], stdin=asked).decode("ascii").splitlines()
    answers = (line.split(" ") for line in lines)
    return {words[0]: int(words[2]) for words in answers if len(words) == 3}


def file_at(top: str, commit: str, path: str, *, limit: int) -> bytes | None:
    """The content of a regular file of a commit; None if there is none of that path. Raises GitError, also
    for a file of more than `limit` bytes."""
    files = tree_files(top, commit, [path]) if path and stays_inside(path) else []
    file = next((one for one in files if one.path == path), None)
    if file is None or file.mode not in REGULAR_MODES:
        return None
    size = blob_sizes(top, [file.blob]).get(file.blob)
    if size is None:
        raise GitError(f"the content of {path} at {commit[:12]} is not in this clone; fetch it first")
    if size > limit:
        raise GitError(f"{path} at {commit[:12]} is longer than {limit:,} bytes")
    return read_blobs(top, [file.blob])[file.blob]


def commit_home(top: str, commit: str, *, name: str) -> Home:
    """The files of a commit as policy is read from them; each is asked for once. Links are not followed. What
    git refuses is the content's `detail`."""

    @cache
    def read(path: str, limit: int) -> FileContent:
        try:
            data = file_at(top, commit, path, limit=limit)
            there = data is None and stays_inside(path) and bool(tree_files(top, commit, [path]))
        except GitError as error:
            return FileContent("unreadable", detail=str(error))
        if there:
            return FileContent("not-regular", detail="it is a link, or no file")
        return (
            FileContent("missing", detail="there is no such file")
            if data is None
            else FileContent("ok", data)
        )

    def below(path: str) -> Sequence[str]:
        folders = [path] if path not in ("", ".") else []
        files = tree_files(top, commit, folders)
        return sorted(one.path for one in files if one.mode in REGULAR_MODES)

    return Home(name, read, below)


def changed_files(top: str, base: str) -> list[Change]:
    """What changed from the commit `base` to the index; by path, renames followed, submodules left out.
    Raises GitError."""
    options = ["-r", "-z", "--raw", "--no-abbrev", f"-l{_RENAME_LIMIT}", "--find-renames"]
    safe = ["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"]
    return list(_changes(_entries(run(top, ["diff-index", "--cached", *options, *safe, base, "--"]))))


def _changes(entries: Iterator[str]) -> Iterator[Change]:
    """A change to or from a submodule is one from or to nothing: what it holds is not this repository's."""
    for head in entries:
        old_mode, mode, old_blob, blob, status = head.removeprefix(":").split(" ")
        old_path = path = next(entries)
        if status[0] in "RC":
            path = next(entries)
        was = status[0] not in "AC" and old_mode != _SUBMODULE
        stays = status[0] != "D" and mode != _SUBMODULE
        if was and stays:
            yield Change(status[0], old_path, path, old_blob, blob, mode, old_mode)
        elif stays:
            yield Change("A", "", path, "", blob, mode)
        elif was:
            yield Change("D", old_path, "", old_blob, "", "", old_mode)
