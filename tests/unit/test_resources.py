"""Where Tollgate's data and caches lie."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tollgate import resources
from tollgate.resources import (
    cache_dir,
    compiled_catalog_path,
    read_cached,
    rules_dir,
    schema_text,
    write_cached,
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user" / "cache"
    monkeypatch.setenv("TOLLGATE_CACHE_DIR", os.fspath(folder))
    return folder


def test_a_checkout_s_own_rules_and_schemas() -> None:
    assert os.path.isdir(os.path.join(rules_dir(), "kubernetes"))
    assert json.loads(schema_text("config.schema.json"))["type"] == "object"
    assert compiled_catalog_path() is None
    with pytest.raises(FileNotFoundError):
        schema_text("none.json")


def test_a_wheel_s_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rules", "schemas"):
        (tmp_path / name).mkdir()
    (tmp_path / "schemas" / "x.json").write_text("{}")
    (tmp_path / "catalog.txt").write_text("{}")
    monkeypatch.setattr(resources, "_IN_WHEEL", os.fspath(tmp_path))
    assert rules_dir() == os.fspath(tmp_path / "rules")
    assert schema_text("x.json") == "{}"
    assert compiled_catalog_path() == os.fspath(tmp_path / "catalog.txt")


def test_the_cache_is_private(cache: Path) -> None:
    assert cache_dir() == os.fspath(cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    cache.chmod(0o755)
    assert cache_dir() == os.fspath(cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_cache_that_others_can_write_to_is_not_used(cache: Path, mode: int) -> None:
    cache.mkdir(parents=True)
    cache.chmod(mode)
    assert cache_dir() is None
    write_cached("x", "y")
    assert read_cached("x") is None
    assert list(cache.iterdir()) == []


def test_someone_else_s_cache_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_dir() is not None
    someone_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: someone_else)
    assert cache_dir() is None


def test_a_link_or_a_file_is_no_cache(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.parent.mkdir()
    cache.symlink_to(tmp_path / "elsewhere")
    assert cache_dir() is None
    cache.unlink()
    cache.write_text("x")
    assert cache_dir() is None


def test_no_cache_below_what_is_linted(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("user")
    for root in (cache, cache.parent, tmp_path, tmp_path / "link"):
        assert cache_dir(os.fspath(root)) is None
        assert read_cached("x", root=os.fspath(root)) is None
        write_cached("x", "y", root=os.fspath(root))
        assert not cache.exists()
    assert cache_dir(os.fspath(tmp_path / "us")) == os.fspath(cache)


def test_the_platform_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "xdg"))
    assert cache_dir() == os.fspath(tmp_path / "xdg" / "tollgate")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_dir() == os.fspath(tmp_path / ".cache" / "tollgate")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_dir() == os.fspath(tmp_path / "Library" / "Caches" / "tollgate")


def test_what_is_kept_is_read_back(cache: Path) -> None:
    assert read_cached("a.json") is None
    write_cached("a.json", "one é")
    write_cached("a.json", "two é")
    assert read_cached("a.json") == "two é"
    assert os.listdir(cache) == ["a.json"]
    assert stat.S_IMODE((cache / "a.json").stat().st_mode) == 0o600


def test_a_damaged_or_linked_entry_is_none(cache: Path, tmp_path: Path) -> None:
    assert cache_dir() is not None
    (cache / "bad").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "outside").write_text("x")
    (cache / "link").symlink_to(tmp_path / "outside")
    assert read_cached("bad") is None
    assert read_cached("link") is None


def test_a_write_that_fails_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    assert cache_dir() is not None
    monkeypatch.setattr(os, "replace", refuse)
    write_cached("x", "y")
    assert os.listdir(cache) == []
