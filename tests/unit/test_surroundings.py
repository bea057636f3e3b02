"""The index of what was not given: from the cache where nothing changed, renewed where something did."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from time import time_ns

import pytest

from tollgate import surroundings
from tollgate.discovery import FoundFile
from tollgate.engine.lint import FileResult
from tollgate.model.project import IndexedObject, pack_objects
from tollgate.surroundings import IndexCache, around


class _Repository:
    """Files of one object each; `linted` lists those that had to be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: str | None = None
        self.linted: list[str] = []

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def lint(self, files: Sequence[FoundFile]) -> Sequence[FileResult]:
        self.linted += [file.path for file in files]
        return [self._result(file) for file in files]

    def _result(self, file: FoundFile) -> FileResult:
        name = Path(file.absolute).read_text()
        one = IndexedObject(file.path, 0, (), "v1", "Service", None, name, {"metadata": {"name": name}})
        packed = pack_objects([one])
        return FileResult(
            file.path, "manifest", 1, (), (), (), objects=packed, cacheable=not name.startswith("patch")
        )

    def names(self) -> list[str | None]:
        self.linted.clear()
        files = [
            FoundFile(name, "yaml", False, os.fspath(self.folder / name))
            for name in sorted(os.listdir(self.folder))
        ]

        def store(text: str) -> None:
            self.kept = text

        found = around(files, lint=self.lint, cache=IndexCache(lambda: self.kept, store))
        return [one.name for one in found.objects()]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Repository:
    monkeypatch.setattr(surroundings, "time_ns", lambda: time_ns() + 10_000_000_000)  # all files are old
    made = _Repository(tmp_path)
    made.write("a.yaml", "one")
    made.write("b.yaml", "two")
    return made


def test_what_did_not_change_is_not_read_again(repository: _Repository) -> None:
    assert repository.names() == ["one", "two"]
    assert repository.linted == ["a.yaml", "b.yaml"]
    assert repository.names() == ["one", "two"]
    assert repository.linted == []


def test_what_changed_is(repository: _Repository) -> None:
    repository.names()
    repository.write("b.yaml", "other")
    repository.write("c.yaml", "three")
    os.remove(repository.folder / "a.yaml")
    assert repository.names() == ["other", "three"]
    assert repository.linted == ["b.yaml", "c.yaml"]


def test_what_hangs_on_other_files_is_read_each_time(repository: _Repository) -> None:
    repository.write("b.yaml", "patch")
    repository.names()
    assert repository.names() == ["one", "patch"]
    assert repository.linted == ["b.yaml"]


def test_files_written_just_now_are_not_trusted(
    repository: _Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "time_ns", time_ns)
    repository.names()
    assert repository.names() == ["one", "two"]
    assert repository.linted == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("damaged", ["", "x", "1\t{\nx\n", "\n\n\n", '1.1\t"a.yaml"\n'])
def test_a_damaged_index_is_as_good_as_none(repository: _Repository, damaged: str) -> None:
    repository.kept = damaged
    assert repository.names() == ["one", "two"]


def test_one_wrong_character_makes_the_index_worthless(repository: _Repository) -> None:
    repository.names()
    kept = repository.kept
    assert kept is not None
    for at in range(0, len(kept), 29):
        repository.kept = kept[:at] + ("x" if kept[at] != "x" else "y") + kept[at + 1 :]
        assert repository.names() == ["one", "two"]
        assert repository.linted == ["a.yaml", "b.yaml"]


def test_what_is_known_of_a_file_is_not_asked_of_the_disk(repository: _Repository) -> None:
    repository.names()
    path = os.fspath(repository.folder / "a.yaml")
    files = [FoundFile("a.yaml", "yaml", False, path)]
    cache = IndexCache(lambda: repository.kept, lambda _text: None)
    repository.linted.clear()
    around(files, lint=repository.lint, cache=cache, stats={path: os.lstat(path)})
    assert repository.linted == []
    around(files, lint=repository.lint, cache=cache, stats={path: os.lstat(repository.folder)})
    assert repository.linted == ["a.yaml"]


def test_who_mentions_a_given_object() -> None:
    service = IndexedObject(
        "s.yaml", 0, (), "v1", "Service", "shop", "web", {"spec": {"selector": {"app": "front"}}}
    )
    user = IndexedObject("i.yaml", 0, (), "v1", "Ingress", "shop", "in", {"spec": {"service": "web"}})
    selected = IndexedObject(
        "d.yaml", 0, (), "apps/v1", "Deployment", "shop", "d", {"labels": {"app": "front"}}
    )
    other = IndexedObject("o.yaml", 0, (), "v1", "Service", "shop", "websocket", {"spec": {}})
    index = surroundings.Around({one.path: pack_objects([one]) for one in (user, selected, other)})
    assert sorted(index.mentioning([service])) == ["d.yaml", "i.yaml"]
