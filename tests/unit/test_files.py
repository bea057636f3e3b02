"""Reading files of an untrusted tree."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tollgate.files import FileContent, describe_mode, folder_home, read_file, read_head

LIMIT = 10


def test_a_regular_file_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for size in (0, 1, LIMIT):
        path.write_bytes(b"a" * size)
        assert read_file(os.fspath(path), limit=LIMIT) == FileContent("ok", b"a" * size)


def test_one_byte_more_is_too_large_and_nothing_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a" * (LIMIT + 1))
    assert read_file(os.fspath(path), limit=LIMIT)[:2] == ("too-large", b"")


def test_files_whose_size_says_nothing_are_bounded_too() -> None:
    if os.path.exists("/proc/self/maps"):  # says 0 and holds more
        assert read_file("/proc/self/maps", limit=LIMIT).state == "too-large"
        assert read_file("/proc/self/maps", limit=1 << 24).data


def test_what_is_not_regular_is_not_read_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("secret")
    (tmp_path / "link").symlink_to("file")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(tmp_path)  # a socket's path must be short
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
        for name in ("pipe", "link", "socket", "."):
            content = read_file(os.fspath(tmp_path / name), limit=LIMIT)
            assert content[:2] == ("not-regular", b"")
            assert content.detail.startswith("it is a ")
            assert read_head(os.fspath(tmp_path / name), size=3) == b""
    assert read_file("/dev/zero", limit=LIMIT).state == "not-regular"


@pytest.mark.parametrize("name", ["missing", "file/below", "nul\0"])
def test_what_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    assert read_file(os.path.join(tmp_path, name), limit=LIMIT).state == "missing"
    assert read_head(os.path.join(tmp_path, name), size=3) == b""


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    content = read_file(os.fspath(tmp_path / "x"), limit=LIMIT)
    assert content == FileContent("unreadable", detail="permission denied")


def test_reading_closes_what_it_opened(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a" * 100)
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        read_file(os.fspath(tmp_path / "x"), limit=LIMIT)
        read_file(os.fspath(tmp_path), limit=LIMIT)
        read_head(os.fspath(tmp_path / "x"), size=5)
    assert len(os.listdir("/dev/fd")) == before


def test_a_head(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abcdef")
    assert read_head(os.fspath(tmp_path / "x"), size=3) == b"abc"


def test_modes_have_names() -> None:
    assert describe_mode(os.stat("/dev/null").st_mode) == "a device"
    assert describe_mode(os.stat("/").st_mode) == "a folder"


def test_a_folder_s_home_reads_what_is_in_it_and_follows_no_link_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "rules" / "deep").mkdir(parents=True)
    (root / "rules" / "deep" / "b.yaml").write_text("b")
    (root / "rules" / "a.yaml").write_text("a")
    (tmp_path / "secret.yaml").write_text("secret")
    (root / "out").symlink_to(tmp_path)
    (root / "rules" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    home = folder_home(os.fspath(root))
    assert home.read("rules/a.yaml", LIMIT) == FileContent("ok", b"a")
    assert home.below("rules") == ["rules/a.yaml", "rules/deep/b.yaml"]
    for path in ("out/secret.yaml", "../secret.yaml", os.fspath(tmp_path / "secret.yaml"), "rules/link.yaml"):
        assert home.read(path, LIMIT).state == "not-regular", path
    assert home.read("none.yaml", LIMIT).state == "missing"
    assert not home.below("out")
    assert not home.below("..")
    assert not home.below("none")
