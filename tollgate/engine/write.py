"""Files written whole or not at all."""

from __future__ import annotations

import os
import stat

_OPEN = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_TRIES = 100


class NotWritten(Exception):
    """The file was left as it was; the message says why."""


def write_atomically(path: str, data: bytes, *, expected: bytes | None = None) -> None:
    """Make `data` the content of the file at `path`, in one step.

    With `expected` the file must exist, be a regular file with one name, writable, and still hold
    exactly those bytes. Without it the file may be new; a link is not followed, and what is there
    must be a regular file. Mode, owner and extended attributes of an existing file are kept.
    Raises NotWritten, with the file untouched and no temporary file left.
    """
    try:
        _write(path, data, expected)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotWritten(f"cannot write: {reason[:1].lower()}{reason[1:]}") from error


def _write(path: str, data: bytes, expected: bytes | None) -> None:
    before = _look(path)
    if before is None and expected is not None:
        raise NotWritten("it is no longer there")
    if before is not None:
        _check_kind(path, before, only_one_name=expected is not None)
    folder = os.path.dirname(path) or os.curdir
    temporary, handle = _create_beside(folder, before)
    try:
        try:
            _fill(handle, data)
            if before is not None:
                _dress(handle, path, before)
            os.fsync(handle)
        finally:
            os.close(handle)
        _check_unchanged(path, before, expected)
        os.replace(temporary, path)
    except BaseException:
        _remove(temporary)
        raise
    _sync_folder(folder)


def _look(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _check_kind(path: str, found: os.stat_result, *, only_one_name: bool) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise NotWritten("it is a symbolic link")
    if not stat.S_ISREG(found.st_mode):
        raise NotWritten("it is no regular file")
    if only_one_name and found.st_nlink > 1:
        raise NotWritten("it has several names (hard links)")
    if not found.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise NotWritten("it is read-only")


def _create_beside(folder: str, before: os.stat_result | None) -> tuple[str, int]:
    """A new file in the folder, for us alone until it is complete."""
    mode = 0o666 if before is None else 0o600
    for _ in range(_TRIES):
        name = os.path.join(folder, f".tollgate-{os.urandom(8).hex()}.tmp")
        try:
            return name, os.open(name, _CREATE, mode)
        except FileExistsError:
            continue
    raise NotWritten("no name for a temporary file is free")


def _fill(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _dress(handle: int, path: str, before: os.stat_result) -> None:
    """Give the new file the old one's attributes, owner and mode; the mode last, as a change of
    owner drops the set-user-id bits."""
    if hasattr(os, "listxattr"):
        _copy_attributes(handle, path)
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.fchown(handle, before.st_uid, before.st_gid)
        except PermissionError:
            raise NotWritten("its owner cannot be kept") from None
    os.fchmod(handle, stat.S_IMODE(before.st_mode))


def _copy_attributes(handle: int, path: str) -> None:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return  # the file system has none
    present = set(os.listxattr(handle))
    for name in names:
        value = os.getxattr(path, name, follow_symlinks=False)
        if name in present and os.getxattr(handle, name) == value:
            continue
        try:
            os.setxattr(handle, name, value)
        except OSError:
            raise NotWritten("its extended attributes cannot be kept") from None


def _check_unchanged(path: str, before: os.stat_result | None, expected: bytes | None) -> None:
    """Raises NotWritten if the file is not the one that was looked at, or holds something else."""
    now = _look(path)
    if before is None or now is None:
        if before is not now:
            raise NotWritten("it has changed in the meantime")
        return
    _check_kind(path, now, only_one_name=expected is not None)
    if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
        raise NotWritten("it has changed in the meantime")
    if expected is not None and _read(path, len(expected) + 1) != expected:
        raise NotWritten("it has changed in the meantime")


def _read(path: str, most: int) -> bytes:
    handle = os.open(path, _OPEN)
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _sync_folder(folder: str) -> None:
    """Make the new name durable where the system can; the file itself is complete already."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return  # a folder that may be written to but not read
    try:
        os.fsync(handle)
    except OSError:
        return  # some file systems cannot
    finally:
        os.close(handle)
