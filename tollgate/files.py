"""Reading one file of an untrusted tree: only regular files, never through a link, never without end."""

from __future__ import annotations

import errno
import os
import stat

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
