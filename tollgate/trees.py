"""The files of a repository as they are elsewhere than on the disk: in the index, or in a commit.

A `Tree` in a `Request` takes the place of the disk for everything that a run reads: which files there are,
their contents, kustomizations, and the index around the files that were given.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tollgate.discovery import Discovery, PathError, locate
from tollgate.discovery_files import DESCRIPTION_BYTES, STDIN, Collector
from tollgate.files import FileContent, describe_mode, read_file
from tollgate.git import work_tree_files
from tollgate.git_objects import TreeFile, blob_sizes, index_files, read_blobs
from tollgate.model.file_kind import kind_by_content
from tollgate.model.policy import Policy

_READ_AT_ONCE = 256
_BYTES_AT_ONCE = 64 * 1024 * 1024
_LINKS_FOLLOWED = 8
_HEAD_LIMIT = 5 * 1024 * 1024
"""A file of no known name that is longer is no Dockerfile."""


class Tree:
    """`entries`: each path, relative to the folder `top`, with its content; None: it is not there.

    whole   there is nothing else; otherwise what `entries` does not name is as it is on the disk

    Submodules are not there: what they hold is not this repository's. Methods raise git.GitError.
    """

    __slots__ = ("_entries", "_folders", "_kept", "_order", "_sizes", "top", "whole")

    def __init__(self, top: str, entries: Mapping[str, TreeFile | None], *, whole: bool) -> None:
        self.top = top
        self.whole = whole
        self._entries = entries
        self._sizes: dict[str, int] = {}
        self._kept: dict[str, bytes] = {}
        self._order: dict[str, int] = {}
        self._folders: frozenset[str] | None = None

    def changed(self, entries: Mapping[str, TreeFile | None]) -> Tree:
        """The tree with these entries in place of its own of the same paths."""
        return Tree(self.top, {**self._entries, **entries}, whole=self.whole)

    def paths(self, folders: Sequence[str] = ()) -> list[str]:
        """What there is below `folders` (none: everything), sorted; of the disk what git does not ignore."""
        listed = {path for path, file in self._entries.items() if file is not None}
        if not self.whole:
            listed.update(path for path in work_tree_files(self.top) if path not in self._entries)
        below = tuple(f"{folder}/" for folder in folders if folder not in ("", "."))
        every = len(below) < len(folders) or not folders
        return sorted(path for path in listed if every or path.startswith(below))

    def mode(self, path: str) -> int:
        """The type of what is there, as in `os.lstat`; 0 if there is nothing."""
        if path in self._entries:
            file = self._entries[path]
            return 0 if file is None else int(file.mode, 8)
        if self.whole:
            return stat.S_IFDIR if path in self._all_folders() else 0
        try:
            return os.lstat(os.path.join(self.top, path)).st_mode
        except (OSError, ValueError):
            return stat.S_IFDIR if path in self._all_folders() else 0

    def _all_folders(self) -> frozenset[str]:
        if self._folders is None:
            found = {""}
            for path, file in self._entries.items():
                folder = posixpath.dirname(path) if file is not None else ""
                while folder not in found:
                    found.add(folder)
                    folder = posixpath.dirname(folder)
            self._folders = frozenset(found)
        return self._folders

    def stamp(self, path: str) -> str | None:
        """Equal for equal content; None for what is on the disk."""
        file = self._entries.get(path)
        return None if file is None else file.blob

    def size(self, path: str) -> int:
        """About how long a file is, in bytes."""
        file = self._entries.get(path)
        if file is None:
            try:
                return 0 if self.whole else os.lstat(os.path.join(self.top, path)).st_size
            except (OSError, ValueError):
                return 0
        return self._size(file.blob)

    def _size(self, blob: str) -> int:
        if blob not in self._sizes:
            files = (self._entries.get(path) for path in self._order)
            asked = {blob, *(file.blob for file in files if file is not None)}
            self._sizes = {**dict.fromkeys(asked, 0), **blob_sizes(self.top, asked)}
        return self._sizes[blob]

    def expect(self, paths: Iterable[str]) -> None:
        """These will be read, in this order: git is asked for many at once."""
        for path in paths:
            self._order.setdefault(path, len(self._order))

    def read(self, path: str, *, limit: int) -> FileContent:
        """The content of a file, of at most `limit` bytes."""
        if path not in self._entries and not self.whole:
            return read_file(os.path.join(self.top, path), limit=limit)
        file = self._entries.get(path)
        if file is None:
            return FileContent("missing", detail="it does not exist")
        if not stat.S_ISREG(int(file.mode, 8)):
            return FileContent("not-regular", detail=f"it is {describe_mode(int(file.mode, 8))}")
        if self._size(file.blob) > limit:
            return FileContent("too-large", detail=f"it is longer than {limit} bytes")
        if file.blob not in self._kept:
            self._kept = read_blobs(self.top, self._next_blobs(path, file.blob, limit))
        if file.blob not in self._kept:
            return FileContent("unreadable", detail="its content is not in this clone")
        return FileContent("ok", self._kept[file.blob])

    def _next_blobs(self, path: str, blob: str, limit: int) -> Iterator[str]:
        yield blob
        start = self._order.get(path)
        if start is None:
            return
        total = 0
        for one in list(self._order)[start + 1 : start + _READ_AT_ONCE]:
            file = self._entries.get(one)
            size = 0 if file is None else self._size(file.blob)
            total += size
            if total > _BYTES_AT_ONCE:
                return
            if file is not None and size <= limit:
                yield file.blob

    def link_target(self, path: str) -> str | None:
        """Where a link leads, relative to the top; None if that is outside, nowhere, or too far."""
        for _ in range(_LINKS_FOLLOWED):
            mode = self.mode(path)
            if not stat.S_ISLNK(mode):
                return path if stat.S_ISREG(mode) else None
            file = self._entries.get(path)
            if file is None:  # on the disk
                path = os.path.relpath(os.path.realpath(os.path.join(self.top, path)), self.top)
            else:
                target = os.fsdecode(read_blobs(self.top, [file.blob]).get(file.blob, b"/"))
                path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if path.startswith(("../", "/")) or path == "..":
                return None
        return None


def index_tree(top: str) -> Tree:
    """What is in the index of the work tree `top`: what would be committed. Raises git.GitError."""
    return Tree(top, {file.path: file for file in index_files(top) if not _is_submodule(file)}, whole=True)


def _is_submodule(file: TreeFile) -> bool:
    return file.mode == "160000"


def discover_in(tree: Tree, paths: Sequence[str], *, policy: Policy) -> Discovery:
    """All files of the tree to lint for `paths`: files and folders as on the command line, relative to the
    current folder. Raises globs.PatternError for a bad pattern, git.GitError."""
    collector = Collector(tree.top, policy)
    errors: list[PathError] = []
    folders: list[str] = []
    for path in sorted(set(paths)):
        relative = None if path == STDIN else collector.relative(locate(path))
        mode = 0 if relative is None else stat.S_IFDIR if relative == "." else tree.mode(relative)
        if path == STDIN:
            errors.append(PathError(path, "standard input is in no repository", "Name files instead."))
        elif relative is None:
            collector.say_outside(path)
        elif stat.S_ISDIR(mode):
            folders.append("" if relative == "." else relative)
        elif mode:
            _take_named(collector, tree, relative)
        else:
            errors.append(
                PathError(path, "git has no such file there", "Check the spelling, or add it first.")
            )
    listed = tree.paths(folders) if folders else []
    for path in listed:
        _take(collector, tree, path)
    if folders:
        collector.add_built(lambda path: tree.read(path, limit=DESCRIPTION_BYTES).data)
    return Discovery(collector.files(), collector.notes(), tuple(errors))


def _take(collector: Collector, tree: Tree, path: str) -> None:
    mode = tree.mode(path.rstrip("/"))
    kind = collector.kind_of(path) if stat.S_ISLNK(mode) else None
    if stat.S_ISREG(mode):
        collector.add(os.path.join(tree.top, path), mode)
    elif kind is not None:
        target = tree.link_target(path)
        if target is not None and collector.wants(target):
            collector.add_as(target, collector.kind_of(target) or kind, named=False)


def _take_named(collector: Collector, tree: Tree, path: str) -> None:
    target = tree.link_target(path)
    if target is None:
        collector.note(os.path.join(tree.top, path), "link that leads nowhere", "unreadable", always=True)
        return
    kind = collector.kind_of(target) or collector.kind_of(path)
    if kind is None:
        kind = kind_by_content(tree.read(target, limit=_HEAD_LIMIT).data)
    collector.add_as(target, kind, named=True)
