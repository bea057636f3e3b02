"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tollgate.engine.write import NotWritten, write_atomically

OLD, NEW = b"old\r\n", b"new \xff\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_bytes(OLD)
    return path


def names(path: Path) -> list[str]:
    return sorted(os.listdir(path.parent))


def test_replaces_content_and_keeps_mode(file: Path) -> None:
    file.chmod(0o751)
    write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert names(file) == ["a.yaml"]


def test_path_without_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    write_atomically("a.yaml", NEW, expected=OLD)
    assert file.read_bytes() == NEW


def test_new_file_gets_the_users_mode(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_atomically(str(tmp_path / "out.sarif"), NEW)
    finally:
        os.umask(mask)
    assert (tmp_path / "out.sarif").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "out.sarif").stat().st_mode) == 0o640


def test_report_replaces_whatever_was_there(file: Path) -> None:
    write_atomically(str(file), NEW)
    assert file.read_bytes() == NEW


def test_report_may_have_several_names(file: Path) -> None:
    os.link(file, file.with_name("b.yaml"))
    write_atomically(str(file), NEW)
    assert file.read_bytes() == NEW


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="the system has no extended attributes")
def test_keeps_extended_attributes(file: Path) -> None:
    try:
        os.setxattr(file, "user.note", b"kept")
    except OSError:
        assert True  # this file system has none
        return
    write_atomically(str(file), NEW, expected=OLD)
    assert os.getxattr(file, "user.note") == b"kept"


def test_changed_content_is_refused(file: Path) -> None:
    with pytest.raises(NotWritten, match="changed"):
        write_atomically(str(file), NEW, expected=b"ol")
    assert file.read_bytes() == OLD
    assert names(file) == ["a.yaml"]


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="no longer there"):
        write_atomically(str(tmp_path / "gone"), NEW, expected=OLD)
    assert os.listdir(tmp_path) == []


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="cannot write: no such file"):
        write_atomically(str(tmp_path / "no" / "out"), NEW)


@pytest.mark.parametrize("expected", [None, OLD])
def test_symbolic_link_is_refused(file: Path, expected: bytes | None) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    with pytest.raises(NotWritten, match="symbolic link"):
        write_atomically(str(link), NEW, expected=expected)
    assert link.is_symlink()
    assert file.read_bytes() == OLD


def test_hard_link_is_refused(file: Path) -> None:
    os.link(file, file.with_name("b.yaml"))
    with pytest.raises(NotWritten, match="several names"):
        write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == OLD


def test_fifo_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotWritten, match="no regular file"):
        write_atomically(str(tmp_path / "pipe"), NEW, expected=OLD)


def test_read_only_file_is_refused(file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(NotWritten, match="read-only"):
        write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == OLD


def fail(*_arguments: Any, **_options: Any) -> Any:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["open", "write", "fchmod", "fsync", "replace", "fstat"])
def test_failure_at_any_step_leaves_the_file(file: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(NotWritten, match="cannot write: no space left on device"):
            write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == OLD
    assert names(file) == ["a.yaml"]


def test_interrupt_leaves_nothing_behind(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_handle: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == OLD
    assert names(file) == ["a.yaml"]


def test_foreign_owner_that_cannot_be_kept_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstat

    def somebody_elses(handle: int) -> os.stat_result:
        found = list(real(handle))
        found[4] = found[4] + 1
        return os.stat_result(found)

    def not_permitted(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fstat", somebody_elses)
    monkeypatch.setattr(os, "fchown", not_permitted)
    with pytest.raises(NotWritten, match="owner"):
        write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == OLD


def change_after(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Run `change` between the writing of the temporary file and the renaming."""
    real = os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        monkeypatch.setattr(os, "fsync", real)
        change()

    monkeypatch.setattr(os, "fsync", fsync)


def test_change_while_writing_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_after(monkeypatch, lambda: file.write_bytes(b"other"))
    with pytest.raises(NotWritten, match="changed in the meantime"):
        write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == b"other"
    assert names(file) == ["a.yaml"]


def test_file_made_while_writing_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    change_after(monkeypatch, lambda: path.write_bytes(b"other"))
    with pytest.raises(NotWritten, match="changed in the meantime"):
        write_atomically(str(path), NEW)
    assert path.read_bytes() == b"other"


def test_link_made_while_writing_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = file.with_name("target")
    target.write_bytes(OLD)

    def swap() -> None:
        file.unlink()
        file.symlink_to(target)

    change_after(monkeypatch, swap)
    with pytest.raises(NotWritten, match="symbolic link"):
        write_atomically(str(file), NEW, expected=OLD)
    assert target.read_bytes() == OLD


def test_folder_that_cannot_be_synced_is_no_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            fail()
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == NEW


def test_short_writes_are_continued(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:2]))
    write_atomically(str(file), NEW, expected=OLD)
    assert file.read_bytes() == NEW
