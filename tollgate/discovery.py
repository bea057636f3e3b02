"""Which files are looked at: from paths on the command line to a sorted list of files with their kinds."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from tollgate.files import describe_mode, read_head
from tollgate.git import GitError, top_level, work_tree_files
from tollgate.model.file_kind import (
    HOOK_FILES_PATTERN as HOOK_FILES_PATTERN,  # noqa: PLC0414 (re-exported: hooks must agree with discovery)
    KnownKind,
    kind_by_content,
    kind_by_name,
)
from tollgate.model.finding import Note
from tollgate.model.globs import path_matcher
from tollgate.model.policy import Policy

SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".tox", ".nox", "__pycache__", "node_modules"})
"""Not entered by a walk outside git, and neither is a folder with a `pyvenv.cfg`: a virtual environment."""

STDIN = "-"
STDIN_NAME = "<stdin>"

_HEAD_BYTES = 16 * 1024


class PathError(Exception):
    """A path on the command line that leads to nothing. `advice` is a sentence for the user."""

    def __init__(self, path: str, message: str, advice: str) -> None:
        super().__init__(f"{path}: {message}. {advice}")
        self.path = path
        self.message = message
        self.advice = advice


class FoundFile(NamedTuple):
    """A file to lint. `path` is relative to the root, with `/`; `named`: given on the command line.

    `absolute` is what to open; `-` stands for standard input.
    """

    path: str
    kind: KnownKind
    named: bool
    absolute: str


class Discovery(NamedTuple):
    """`files` and `notes` are sorted by path. `errors`: paths that do not exist; the rest is linted."""

    files: tuple[FoundFile, ...] = ()
    notes: tuple[Note, ...] = ()
    errors: tuple[PathError, ...] = ()


def find_root(paths: Sequence[str]) -> str:
    """The folder that all paths in reports are relative to, absolute and without links.

    It is the top of the git work tree that holds all of `paths`, else their common parent; `-` and no
    path at all stand for the current folder. Paths that do not exist count with what exists of them.
    """
    folders = sorted({_folder_of(path) for path in paths} or {os.path.realpath(os.curdir)})
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # two drives
        common = folders[0]
    return top_level(common) or common


def _folder_of(path: str) -> str:
    if path == STDIN:
        return os.path.realpath(os.curdir)
    absolute = _locate(path)
    while not os.path.isdir(absolute):
        absolute = os.path.dirname(absolute)
    return absolute


def _locate(path: str) -> str:
    """The absolute path; links in its folders are resolved, a link at its end is not unless to a folder."""
    path = path.replace("\0", "\ufffd")
    if os.path.isdir(path):
        return os.path.realpath(path)
    parent, name = os.path.split(path)
    return os.path.join(os.path.realpath(parent or os.curdir), name)


def discover(
    paths: Sequence[str],
    *,
    root: str,
    policy: Policy,
    stdin_filename: str | None = None,
    stdin: bytes = b"",
    force_exclude: bool = False,
) -> Discovery:
    """All files to lint for `paths`: files, folders or `-`. Raises PatternError for a bad pattern.

    root             absolute and without links, as `find_root` gives it
    stdin_filename   what the text on standard input is called, relative to the current folder
    stdin            that text; only its beginning is looked at, where the name does not say its kind
    force_exclude    the policy's exclude patterns hold for files named on the command line too
    """
    collector = _Collector(root, policy)
    errors: list[PathError] = []
    folders: list[str] = []
    for path in paths:
        if path == STDIN:
            collector.add_stdin(stdin_filename, stdin)
            continue
        absolute = _locate(path)
        try:
            mode = os.lstat(absolute).st_mode
        except OSError as error:
            errors.append(_path_error(path, error))
            continue
        if stat.S_ISDIR(mode):
            folders.append(absolute)
        else:
            collector.add_named(absolute, mode, force_exclude=force_exclude)
    for folder_group in _by_work_tree(folders):
        _look_into(collector, *folder_group)
    return collector.result(errors)


def _path_error(path: str, error: OSError) -> PathError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if any(character in path for character in "*?["):
            return PathError(path, "no such file or folder", "The shell found nothing that matches it.")
        return PathError(path, "no such file or folder", "Check the spelling and the current folder.")
    reason = (error.strerror or str(error)).lower()
    return PathError(
        path, f"cannot be looked at ({reason})", "Check the permissions of the folders above it."
    )


def _by_work_tree(folders: Iterable[str]) -> list[tuple[str | None, list[str]]]:
    groups: dict[str | None, list[str]] = {}
    for folder in sorted(set(folders)):
        groups.setdefault(top_level(folder), []).append(folder)
    return list(groups.items())


def _look_into(collector: _Collector, top: str | None, folders: list[str]) -> None:
    if top is None:
        for folder in folders:
            _walk(collector, folder)
        return
    try:
        listed = work_tree_files(top, [os.path.relpath(folder, top) for folder in folders])
    except GitError as error:
        for folder in folders:
            reason = f"git did not list the files here ({error}); all were looked at, ignored ones too"
            collector.note(folder, reason, "walked")
            _walk(collector, folder)
        return
    _take_listed(collector, top, listed)
    for folder in folders:
        if folder != top and not _any_below(listed, os.path.relpath(folder, top) + "/"):
            _walk(collector, folder)  # git ignores it, yet it was asked for by name


def _any_below(listed: Sequence[str], prefix: str) -> bool:
    at = bisect_left(listed, prefix)
    return at < len(listed) and listed[at].startswith(prefix)


def _take_listed(collector: _Collector, top: str, listed: Iterable[str]) -> None:
    base = os.path.join(top, "")
    real_folders: dict[str, bool] = {}
    for entry in listed:
        absolute = base + entry.rstrip("/")
        folder = absolute[: absolute.rfind("/")]
        real = real_folders.get(folder)
        if real is None:
            # The index may still name files below what has become a link.
            real = real_folders[folder] = os.path.realpath(folder) == folder
        if not real:
            continue
        try:
            mode = os.lstat(absolute).st_mode
        except OSError:
            continue  # deleted, or never checked out
        if stat.S_ISDIR(mode):
            reason = "a repository of its own (a submodule, or not tracked): name it to have it linted"
            collector.note(absolute, reason, "skipped")
        else:
            collector.add(absolute, mode)


def _walk(collector: _Collector, top: str) -> None:
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            collector.note(folder, f"folder was not looked into ({reason})", "unreadable")
            continue
        if folder != top and any(entry.name == "pyvenv.cfg" for entry in listed):
            continue
        for entry in listed:
            if not entry.is_dir(follow_symlinks=False):
                collector.add(entry.path, _mode_of(entry))
            elif entry.name not in SKIPPED_FOLDERS and not collector.excludes_folder(entry.path):
                pending.append(entry.path)


def _mode_of(entry: os.DirEntry[str]) -> int:
    if entry.is_file(follow_symlinks=False):
        return stat.S_IFREG
    if entry.is_symlink():
        return stat.S_IFLNK
    try:
        return entry.stat(follow_symlinks=False).st_mode
    except OSError:
        return stat.S_IFREG  # reading it will say what is wrong


class _Collector:
    """What was found so far. Paths are taken in any order and any number of times."""

    __slots__ = ("_files", "_notes", "_policy", "_prefix", "_root", "excludes", "includes", "kinds")

    def __init__(self, root: str, policy: Policy) -> None:
        self._root = root
        self._prefix = os.path.join(root, "")
        self._policy = policy
        self._files: dict[str, FoundFile] = {}
        self._notes: set[Note] = set()
        self.excludes = path_matcher((*policy.exclude, *policy.extend_exclude))
        self.includes = path_matcher(policy.include or ("**",))
        self.kinds: tuple[tuple[KnownKind, tuple[str, ...]], ...] = (
            ("dockerfile", policy.dockerfiles),
            ("yaml", policy.manifests),
        )

    def result(self, errors: Sequence[PathError]) -> Discovery:
        files = tuple(self._files[path] for path in sorted(self._files))
        return Discovery(files, tuple(sorted(self._notes)), tuple(errors))

    def relative(self, absolute: str) -> str | None:
        """The path below the root; None outside it."""
        if absolute.startswith(self._prefix):
            return absolute[len(self._prefix) :]
        return "." if absolute == self._root else None

    def note(
        self, absolute: str, message: str, kind: Literal["unreadable", "outside-link", "skipped", "walked"]
    ) -> None:
        path = self.relative(absolute)
        if path is None:
            path = absolute
        elif kind != "walked" and (self.excludes(path) or self.excludes(path + "/")):
            return
        self._notes.add(Note(path, 0, message, kind))

    def excludes_folder(self, absolute: str) -> bool:
        path = self.relative(absolute)
        return path is not None and self.excludes(path + "/")

    def kind_of(self, path: str) -> KnownKind | None:
        for kind, patterns in self.kinds:
            if patterns and path_matcher(patterns)(path):
                return kind
        return kind_by_name(path)

    def add(self, absolute: str, mode: int) -> None:
        """Something in a folder that is looked into."""
        path = self.relative(absolute)
        if path is None:
            return  # a folder outside the root is not asked for
        if stat.S_ISLNK(mode):
            self._follow(absolute, path)
            return
        kind = self.kind_of(path)
        if kind is None or path in self._files or not self._wanted(path):
            return
        if stat.S_ISREG(mode):
            self._files[path] = FoundFile(path, kind, False, absolute)
        else:
            self.note(absolute, f"{describe_mode(mode)}, not a regular file", "unreadable")

    def _wanted(self, path: str) -> bool:
        return self.includes(path) and not self.excludes(path)

    def _follow(self, absolute: str, path: str) -> None:
        target = self._target(absolute, path)
        if target is None:
            return
        target_path = self.relative(target)
        kind = self.kind_of(target_path or target) or self.kind_of(path)
        if target_path is None:
            if (kind is not None or os.path.isdir(target)) and self._wanted(path):
                self.note(absolute, "link that leads outside the root, not followed", "outside-link")
            return
        known = target_path in self._files or ".git" in target_path.split("/")
        if kind is not None and not known and os.path.isfile(target) and self._wanted(target_path):
            self._files[target_path] = FoundFile(target_path, kind, False, target)

    def _target(self, absolute: str, path: str) -> str | None:
        """Where a link ends; None, and a note if it matters, where it ends nowhere."""
        target = os.path.realpath(absolute)
        if os.path.lexists(target) and not os.path.islink(target):
            return target
        if self.kind_of(path) is not None and self._wanted(path):
            if self.relative(target) is None:
                self.note(absolute, "link that leads outside the root, not followed", "outside-link")
            else:
                self.note(absolute, "link that leads nowhere", "unreadable")
        return None

    def add_named(self, absolute: str, mode: int, *, force_exclude: bool) -> None:
        """A file given on the command line: always read, whatever its name and the patterns say."""
        link = absolute
        if stat.S_ISLNK(mode):
            absolute = os.path.realpath(absolute)
            mode = stat.S_IFMT(os.lstat(absolute).st_mode) if os.path.lexists(absolute) else 0
        path = self.relative(absolute)
        if path is None:
            self.note(link, "leads outside the root, not followed", "outside-link")
        elif not mode or stat.S_ISLNK(mode):
            self.note(link, "link that leads nowhere", "unreadable")
        elif not stat.S_ISREG(mode):
            self.note(absolute, f"{describe_mode(mode)}, not a regular file", "unreadable")
        elif not (force_exclude and self.excludes(path)):
            kind = self.kind_of(path) or self.kind_of(os.path.basename(link))
            kind = kind or kind_by_content(read_head(absolute, size=_HEAD_BYTES))
            self._files[path] = FoundFile(path, kind, True, absolute)

    def add_stdin(self, filename: str | None, data: bytes) -> None:
        if filename is None:
            path = STDIN_NAME
            kind = kind_by_content(data)
        else:
            absolute = os.path.join(os.path.realpath(os.curdir), os.path.normpath(filename))
            path = self.relative(os.path.normpath(absolute)) or filename
            kind = self.kind_of(path) or kind_by_content(data)
        self._files[path] = FoundFile(path, kind, True, STDIN)
