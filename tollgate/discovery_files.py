"""What discovery has found so far: each file once, under its own name, and what is said of the others."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from tollgate.files import describe_mode, read_head
from tollgate.model.file_kind import KnownKind, describes_builds, kind_by_content, kind_by_name
from tollgate.model.finding import Note
from tollgate.model.globs import path_matcher
from tollgate.model.hints import Literal, TypeAlias
from tollgate.model.policy import Policy
from tollgate.model.record import NamedTuple

STDIN = "-"
STDIN_NAME = "<stdin>"

_HEAD_BYTES = 16 * 1024
DESCRIPTION_BYTES = 1024 * 1024
"""A longer file is not asked what it builds."""


_NoteKind: TypeAlias = Literal["unreadable", "outside-link", "skipped", "walked"]


class FoundFile(NamedTuple):
    """A file to lint. `path` is relative to the root, with `/`; `named`: given on the command line.

    `absolute` is what to open; `-` stands for standard input.
    """

    path: str
    kind: KnownKind
    named: bool
    absolute: str


def _every(_path: str) -> bool:
    return True


class Collector:
    """What was found so far. Paths are taken in any order and any number of times."""

    __slots__ = (
        "_descriptions",
        "_excludes",
        "_files",
        "_includes",
        "_kinds",
        "_notes",
        "_others",
        "_prefix",
        "_root",
    )

    def __init__(self, root: str, policy: Policy) -> None:
        self._root = root
        self._prefix = os.path.join(root, "")
        self._files: dict[str, FoundFile] = {}
        self._notes: set[Note] = set()
        self._others: set[str] = set()
        self._descriptions: list[str] = []
        self._excludes = path_matcher((*policy.exclude, *policy.extend_exclude))
        self._includes = path_matcher(policy.include) if policy.include else _every
        self._kinds: tuple[tuple[KnownKind, tuple[str, ...]], ...] = (
            ("dockerfile", policy.dockerfiles),
            ("yaml", policy.manifests),
        )

    def files(self) -> tuple[FoundFile, ...]:
        return tuple(self._files[path] for path in sorted(self._files))

    def notes(self) -> tuple[Note, ...]:
        return tuple(sorted(self._notes))

    def relative(self, absolute: str) -> str | None:
        """The path below the root; None outside it."""
        if absolute.startswith(self._prefix):
            return absolute[len(self._prefix) :]
        return "." if absolute == self._root else None

    def note(self, absolute: str, message: str, kind: _NoteKind, *, always: bool = False) -> None:
        """`always`: also where policy excludes what it is about."""
        path = self.relative(absolute)
        shown = absolute if path is None else path
        if always or not (self._excludes(shown) or self._excludes(shown + "/")):
            self._notes.add(Note(shown, 0, message, kind))

    def say_outside(self, path: str) -> None:
        """A path of the command line turned out to lead outside the root."""
        message = "leads outside the root, not followed; what it leads to can be named itself"
        self.note(os.path.abspath(path), message, "outside-link", always=True)

    def excludes_folder(self, absolute: str) -> bool:
        path = self.relative(absolute)
        return path is not None and self._excludes(path + "/")

    def kind_of(self, path: str) -> KnownKind | None:
        return self._policy_kind(path) or kind_by_name(path)

    def _policy_kind(self, path: str) -> KnownKind | None:
        for kind, patterns in self._kinds:
            if patterns and path_matcher(patterns)(path):
                return kind
        return None

    def add(self, absolute: str, mode: int) -> None:
        """Something in a folder that is looked into."""
        path = self.relative(absolute)
        if path is None:
            return  # a folder outside the root is not asked for
        if stat.S_ISLNK(mode):
            self._follow(absolute, path)
            return
        kind = self.kind_of(path)
        if describes_builds(path):
            self._descriptions.append(path)
        if kind is None:
            self._others.add(path)
            return
        if path in self._files or not self.wants(path):
            return
        if stat.S_ISREG(mode):
            self._files[path] = FoundFile(path, kind, False, absolute)
        else:
            self.note(absolute, f"{describe_mode(mode)}, not a regular file", "unreadable")

    def add_built(self, read: Callable[[str], bytes]) -> None:
        """Take in, of what was seen in folders, the Dockerfiles of other names that the repository says it
        builds. `read` gives a file's content by its path, empty if it has none."""
        if not self._descriptions:
            return
        from tollgate.builds import built_files

        for description in sorted(self._descriptions):
            if not self.wants(description):
                continue
            for path in built_files(description, read(description)):
                known = self._files.get(path)
                unusual = path in self._others and self.wants(path)
                if unusual or (known is not None and self._is_misnamed(known, read)):
                    self._files[path] = FoundFile(path, "dockerfile", False, self._prefix + path)

    def _is_misnamed(self, file: FoundFile, read: Callable[[str], bytes]) -> bool:
        """Whether a file that is YAML by its name begins as a Dockerfile does."""
        if file.kind != "yaml" or file.named or self._policy_kind(file.path) is not None:
            return False
        return kind_by_content(read(file.path)) == "dockerfile"

    def wants(self, path: str) -> bool:
        """Whether policy's patterns let a path of a folder in."""
        return self._includes(path) and not self._excludes(path)

    def _follow(self, absolute: str, path: str) -> None:
        target = self._target(absolute, path)
        if target is None:
            return
        target_path = self.relative(target)
        kind = self.kind_of(target_path or target) or self.kind_of(path)
        if target_path is None:
            if (kind is not None or os.path.isdir(target)) and self.wants(path):
                self.note(absolute, "link that leads outside the root, not followed", "outside-link")
            return
        known = target_path in self._files or ".git" in target_path.split("/")
        if kind is not None and not known and os.path.isfile(target) and self.wants(target_path):
            self._files[target_path] = FoundFile(target_path, kind, False, target)

    def _target(self, absolute: str, path: str) -> str | None:
        """Where a link ends; None, and a note if it matters, where it ends nowhere."""
        target = os.path.realpath(absolute)
        if os.path.lexists(target) and not os.path.islink(target):
            return target
        if self.kind_of(path) is not None and self.wants(path):
            if self.relative(target) is None:
                self.note(absolute, "link that leads outside the root, not followed", "outside-link")
            else:
                self.note(absolute, "link that leads nowhere", "unreadable")
        return None

    def add_named(self, absolute: str, target: str, *, force_exclude: bool) -> None:
        """A file given on the command line: always read, whatever its name and the patterns say.

        `target` is where `absolute` leads if it is a link, else the same.
        """
        path = self.relative(target)
        try:
            mode = os.lstat(target).st_mode
        except OSError:
            mode = 0
        if path is None or not mode or stat.S_ISLNK(mode):
            self.note(absolute, "link that leads nowhere", "unreadable", always=True)
        elif not stat.S_ISREG(mode):
            self.note(target, f"{describe_mode(mode)}, not a regular file", "unreadable", always=True)
        elif not (force_exclude and self._excludes(path)):
            kind = self.kind_of(path) or self.kind_of(os.path.basename(absolute))
            kind = kind or kind_by_content(read_head(target, size=_HEAD_BYTES))
            self._files[path] = FoundFile(path, kind, True, target)

    def add_as(self, path: str, kind: KnownKind, *, named: bool) -> None:
        """A file that is known to be there, by its path below the root."""
        if path not in self._files:
            self._files[path] = FoundFile(path, kind, named, self._prefix + path)

    def add_stdin(self, filename: str | None, data: bytes) -> None:
        if filename is None:
            path = STDIN_NAME
            kind = kind_by_content(data)
        else:
            absolute = os.path.join(os.path.realpath(os.curdir), os.path.normpath(filename))
            path = self.relative(os.path.normpath(absolute)) or filename
            kind = self.kind_of(path) or kind_by_content(data)
        self._files[path] = FoundFile(path, kind, True, STDIN)
