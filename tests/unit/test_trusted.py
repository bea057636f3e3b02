"""What of a baseline counts, and which files are on which side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tollgate.files import path_inside
from tollgate.model.baseline import Baseline, Entry
from tollgate.trusted import split_baseline


def entry(path: str = "a.yaml", **fields: object) -> Entry:
    return Entry(path, "host-pid", "0" * 24)._replace(**fields)  # type: ignore[arg-type]


def split(
    head: list[Entry], trusted: list[Entry], before: list[Entry] | None = None
) -> tuple[list[Entry], list[int]]:
    sides = [Baseline("b", tuple(side)) for side in (head, trusted, trusted if before is None else before)]
    found = split_baseline(*sides)
    assert found.counts is not None
    return list(found.counts.entries), list(found.added)


def test_what_both_have_counts() -> None:
    assert split([entry()], [entry()]) == ([entry()], [])
    assert split([], [entry()]) == ([], [])


@pytest.mark.parametrize(
    ("trusted", "head", "counts"),
    [
        ([], entry(), []),
        ([entry("other.yaml")], entry(rule="host-ipc"), []),
        ([entry(number=1)], entry(number=3), [entry(number=1)]),
        ([entry(until="2027-01-01")], entry(until="2028-01-01"), [entry(until="2027-01-01")]),
        ([entry(until="2027-01-01")], entry(), [entry(until="2027-01-01")]),
    ],
)
def test_what_the_change_adds_does_not(trusted: list[Entry], head: Entry, counts: list[Entry]) -> None:
    assert split([head], trusted) == (counts, [0])


def test_an_entry_may_hold_shorter() -> None:
    assert split([entry(until="2026-01-01")], [entry()]) == ([entry(until="2026-01-01")], [])


def test_an_entry_goes_with_its_file_once() -> None:
    assert split([entry("b.yaml")], [entry()]) == ([entry("b.yaml")], [])
    assert split([entry("b.yaml"), entry("c.yaml")], [entry()]) == ([entry("b.yaml")], [1])
    assert split([entry(), entry("b.yaml")], [entry()]) == ([entry()], [1])


def test_what_the_base_took_out_since_is_not_held_against_the_change() -> None:
    assert split([entry()], [], before=[entry()]) == ([], [])


def test_paths_go_by_the_names_that_are_written(tmp_path: Path) -> None:
    root = os.path.realpath(tmp_path / "root")
    os.makedirs(os.path.join(root, "ci"))
    os.symlink("/etc", os.path.join(root, "out"))
    os.symlink(root, tmp_path / "linked")
    assert path_inside(root, os.path.join(root, "ci", "..", "p.yaml")) == "p.yaml"
    assert path_inside(root, os.path.join(root, "out", "passwd")) == "out/passwd"
    assert path_inside(root, str(tmp_path / "linked" / "ci" / "p.yaml")) == "ci/p.yaml"
    assert path_inside(root, str(tmp_path / "p.yaml")) is None
