"""Reading one file of an untrusted tree: only regular files, never through a link, never without end."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence

from tollgate.model.hints import Literal
from tollgate.model.record import NamedTuple

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1024 * 1024
MAX_POLICY_BYTES = 256 * 1024
# What opening says of a link, a socket, a folder, a device that is not there.
_IRREGULAR = (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENODEV)
_ABSENT = (errno.ENOENT, errno.ENOTDIR)


class FileContent(NamedTuple):
    """What reading gave.

    state    ok: `data` is the whole content; too-large: longer than the limit, `data` is empty;
             not-regular: a link, folder, pipe, socket or device; missing; unreadable
    detail   a clause that says more, for a message; empty if ok
    """

    state: Literal["ok", "too-large", "not-regular", "missing", "unreadable"]
    data: bytes = b""
    detail: str = ""


class Home(NamedTuple):
    """A tree of files that policy and rules are read from: the work tree, a commit, the folder of a package.
    Paths are relative to it, with `/` between their parts.

    name    what messages say before a path in it; nothing for the work tree
    read    a file's content, if it has at most so many bytes
    below   the paths of the regular files below a folder, sorted; empty if there is no such folder
    """

    name: str
    read: Callable[[str, int], FileContent]
    below: Callable[[str], Sequence[str]]


class PolicyFile(NamedTuple):
    """A policy file: where it is read, its path there, and what messages call it. `at`: its home's
    name in `extends`."""

    home: Home
    path: str
    shown: str
    at: str = ""

    def content(self) -> FileContent:
        return self.home.read(self.path, MAX_POLICY_BYTES)


def folder_home(root: str, *, name: str = "") -> Home:
    """The tree below a folder on disk. What a link leads out of it to is not read."""
    return Home(name, lambda path, limit: _read_inside(root, path, limit), lambda path: _below(root, path))


def _read_inside(root: str, path: str, limit: int) -> FileContent:
    absolute = os.path.join(root, path)
    if not _is_inside(root, os.path.dirname(absolute)):
        return FileContent("not-regular", detail="a link leads out of the repository")
    return read_file(absolute, limit=limit)


def _is_inside(root: str, folder: str) -> bool:
    try:
        top, real = os.path.realpath(root), os.path.realpath(folder)
    except ValueError:
        return False  # a NUL in the name
    return real == top or real.startswith(os.path.join(top, ""))


def _below(root: str, path: str) -> Sequence[str]:
    start = os.path.join(root, path)
    if not _is_inside(root, start):
        return ()
    found = []
    for parent, folders, names in os.walk(start):  # which does not enter links
        folders.sort()
        for name in names:
            absolute = os.path.join(parent, name)
            if os.path.isfile(absolute) and not os.path.islink(absolute):
                found.append(os.path.relpath(absolute, root).replace(os.sep, "/"))
    return sorted(found)


def path_inside(root: str, path: str) -> str | None:
    """The path of a file below `root` by the names that are written; None if it does not lead there.

    Links below the root are not followed: the change may have made them. Those above it are the system's.
    """
    absolute = os.path.abspath(path)
    top = os.path.realpath(root)
    parts = absolute.split(os.sep)
    for length in range(1, len(parts)):
        folder = os.sep.join(parts[:length]) or os.sep
        if os.path.realpath(folder) == top:
            return "/".join(parts[length:])
    return None


def read_file(path: str, *, limit: int) -> FileContent:
    """The content of the file at `path`, at most `limit` bytes. Never raises for what is there.

    A link as the last part of `path` is not followed, and a pipe does not block.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except ValueError:
        return FileContent("missing", detail="no file can have a name with a NUL character")
    except OSError as error:
        return _failure(error)
    try:
        kind = os.fstat(descriptor)
        if not stat.S_ISREG(kind.st_mode):
            return FileContent("not-regular", detail=f"it is {describe_mode(kind.st_mode)}")
        return _read(descriptor, kind.st_size, limit)
    except OSError as error:
        return _failure(error)
    finally:
        os.close(descriptor)


def read_head(path: str, *, size: int) -> bytes:
    """The first `size` bytes of a regular file; empty where `read_file` would have no data."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, size) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def describe_mode(mode: int) -> str:
    """What a file mode says a thing is, with its article."""
    names = (
        (stat.S_ISREG, "a regular file"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in names if test(mode)), "a device")


def _read(descriptor: int, size: int, limit: int) -> FileContent:
    # The size is not believed: a file may grow, and those of /proc say 0.
    chunks: list[bytes] = []
    left = limit + 1
    while size <= limit and left > 0:
        chunk = os.read(descriptor, min(left, _CHUNK))
        if not chunk:
            return FileContent("ok", b"".join(chunks))
        chunks.append(chunk)
        left -= len(chunk)
    return FileContent("too-large", detail=f"it is longer than {limit} bytes")


def _failure(error: OSError) -> FileContent:
    if error.errno in _IRREGULAR:
        what = "a link" if error.errno == errno.ELOOP else "a special file"
        return FileContent("not-regular", detail=f"it is {what}")
    if error.errno in _ABSENT:
        return FileContent("missing", detail="it does not exist")
    return FileContent("unreadable", detail=(error.strerror or "it cannot be read").lower())
