"""Which files are looked at: from paths on the command line to a sorted list of files with their kinds."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from tollgate.discovery_files import (
    DESCRIPTION_BYTES,
    STDIN,
    Collector,
    FoundFile as FoundFile,  # noqa: PLC0414 (re-exported: what discovery gives)
)
from tollgate.files import describe_mode, read_file
from tollgate.git import GitError, top_level, work_tree_files
from tollgate.model.file_kind import (
    HOOK_FILES_PATTERN as HOOK_FILES_PATTERN,  # noqa: PLC0414 (re-exported: hooks must agree with discovery)
)
from tollgate.model.finding import Note
from tollgate.model.policy import Policy
from tollgate.model.record import NamedTuple

SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".tox", ".nox", "__pycache__", "node_modules"})
"""Not entered by a walk outside git, and neither is a folder with a `pyvenv.cfg`: a virtual environment."""


class PathError(Exception):
    """A path on the command line that leads to nothing. `advice` is a sentence for the user."""

    def __init__(self, path: str, message: str, advice: str) -> None:
        super().__init__(f"{path}: {message}. {advice}")
        self.path = path
        self.message = message
        self.advice = advice


class Discovery(NamedTuple):
    """`files` and `notes` are sorted by path. `errors`: paths that do not exist; the rest is linted."""

    files: tuple[FoundFile, ...] = ()
    notes: tuple[Note, ...] = ()
    errors: tuple[PathError, ...] = ()


def find_root(paths: Sequence[str]) -> str:
    """The folder that all paths in reports are relative to, absolute and without links.

    It is the top of the git work tree that holds all of `paths`, else their common parent; `-` and no
    path at all stand for the current folder. Paths that do not exist count with what exists of them, and
    links that may belong to what is linted (`tollgate lint */*.yaml`) do not move the root elsewhere.
    """
    here = os.path.realpath(os.curdir)
    folders = sorted({here if path == STDIN else _folder_of(path, here) for path in paths} or {here})
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # two drives
        common = folders[0]
    return top_level(common) or common


def _folder_of(path: str, here: str) -> str:
    """The deepest folder on the way to `path`, up to the first link that is not the user's own.

    Links in a work tree, or below the current folder, come from whoever made the tree; others, such as a
    linked `/tmp`, are the system's.
    """
    current = os.sep if os.path.isabs(path) else here
    for name in path.replace("\0", "\ufffd").split(os.sep):
        if name in ("", os.curdir):
            continue
        step = os.path.dirname(current) if name == os.pardir else os.path.join(current, name)
        if os.path.islink(step):
            if _is_below(current, here) or top_level(current) is not None:
                return current
            step = os.path.realpath(step)
        if not os.path.isdir(step):
            return current
        current = step
    return current


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def locate(path: str) -> str:
    """The absolute path with links in its folders resolved, but not one that is its last part."""
    path = path.replace("\0", "\ufffd").rstrip(os.sep) or os.sep
    parent, name = os.path.split(path)
    if name in ("", os.curdir, os.pardir):
        return os.path.realpath(path)
    return os.path.join(os.path.realpath(parent or os.curdir), name)


def discover(
    paths: Sequence[str],
    *,
    root: str,
    policy: Policy,
    stdin_filename: str | None = None,
    stdin: bytes = b"",
    force_exclude: bool = False,
    stats: dict[str, os.stat_result] | None = None,
) -> Discovery:
    """All files to lint for `paths`: files, folders or `-`. Raises PatternError for a bad pattern.

    root             absolute and without links, as `find_root` gives it
    stdin_filename   what the text on standard input is called, relative to the current folder
    stdin            that text; only its beginning is looked at, where the name does not say its kind
    force_exclude    the policy's exclude patterns hold for files named on the command line too
    stats            takes what `lstat` said of what git listed, by absolute path
    """
    collector = Collector(root, policy)
    errors: list[PathError] = []
    folders: list[str] = []
    for path in sorted(set(paths)):  # in whatever order they are given
        if path == STDIN:
            collector.add_stdin(stdin_filename, stdin)
            continue
        absolute = locate(path)
        try:
            if not path:
                raise FileNotFoundError
            mode = os.lstat(absolute).st_mode
        except OSError as error:
            errors.append(_path_error(path, error))
            continue
        unreadable = _never_a_file(absolute)
        if unreadable:
            errors.append(PathError(path, unreadable, "Give - to lint standard input."))
            continue
        target = os.path.realpath(absolute)
        if collector.relative(target) is None:
            collector.say_outside(path)
        elif stat.S_ISDIR(mode) or os.path.isdir(target):
            folders.append(target)
        else:
            collector.add_named(absolute, target, force_exclude=force_exclude)
    for folder_group in _by_work_tree(folders):
        _look_into(collector, *folder_group, {} if stats is None else stats)
    if folders:
        collector.add_built(lambda path: read_file(os.path.join(root, path), limit=DESCRIPTION_BYTES).data)
    return Discovery(collector.files(), collector.notes(), tuple(errors))


def _path_error(path: str, error: OSError) -> PathError:
    if not path:
        return PathError("''", "an empty path", "A variable may not be set where it was written.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if any(character in path for character in "*?["):
            return PathError(path, "no such file or folder", "The shell found nothing that matches it.")
        return PathError(path, "no such file or folder", "Check the spelling and the current folder.")
    reason = (error.strerror or str(error)).lower()
    return PathError(
        path, f"cannot be looked at ({reason})", "Check the permissions of the folders above it."
    )


def _never_a_file(absolute: str) -> str:
    """What a path is that was named and leads to no file and no folder, such as the shell's `<(...)`."""
    try:
        mode = os.stat(absolute).st_mode
    except OSError:
        return ""  # a link that leads nowhere is said elsewhere
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return f"{describe_mode(mode)}, not a regular file"


def _by_work_tree(folders: Iterable[str]) -> list[tuple[str | None, list[str]]]:
    groups: dict[str | None, list[str]] = {}
    for folder in sorted(set(folders)):
        groups.setdefault(top_level(folder), []).append(folder)
    return list(groups.items())


def _look_into(
    collector: Collector, top: str | None, folders: list[str], stats: dict[str, os.stat_result]
) -> None:
    if top is None:
        for folder in folders:
            _walk(collector, folder)
        return
    try:
        listed = work_tree_files(top, [os.path.relpath(folder, top) for folder in folders])
    except GitError as error:
        for folder in folders:
            reason = f"git did not list the files here ({error}); all were looked at, ignored ones too"
            collector.note(folder, reason, "walked", always=True)
            _walk(collector, folder)
        return
    _take_listed(collector, top, listed, stats)
    for folder in folders:
        if folder != top and not _any_below(listed, os.path.relpath(folder, top) + "/"):
            _walk(collector, folder)  # git ignores it, yet it was asked for by name


def _any_below(listed: Sequence[str], prefix: str) -> bool:
    at = bisect_left(listed, prefix)
    return at < len(listed) and listed[at].startswith(prefix)


def _take_listed(
    collector: Collector, top: str, listed: Iterable[str], stats: dict[str, os.stat_result]
) -> None:
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
            found = stats[absolute] = os.lstat(absolute)
        except OSError:
            continue  # deleted, or never checked out
        mode = found.st_mode
        if stat.S_ISDIR(mode):
            reason = "a repository of its own (a submodule, or not tracked): name it to have it linted"
            collector.note(absolute, reason, "skipped")
        else:
            collector.add(absolute, mode)


def _walk(collector: Collector, top: str) -> None:
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
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
