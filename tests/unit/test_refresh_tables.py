"""The tables that are shipped say what scripts/refresh_tables.py would write of what is kept by hand."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tollgate.checks import end_of_life_table, spdx_names
from tollgate.checks.end_of_life import _table

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "refresh_tables.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh_tables", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_kept_by_hand_is_in_the_table(script: ModuleType) -> None:
    shipped = _table()
    for product, cycles in script.by_hand().items():
        assert cycles.items() <= shipped[product].items(), product


def test_writing_gives_the_same_table(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "CHECKS", tmp_path)
    script.write_ends(_table(), today=end_of_life_table.RECORDED)
    names = spdx_names.NAMES.split()
    script.write_licences(names, version=_version(spdx_names.__doc__ or ""), today=spdx_names.RECORDED)
    for module in (end_of_life_table, spdx_names):
        shipped = Path(module.__file__ or "")
        assert (tmp_path / shipped.name).read_text() == shipped.read_text()


def _version(text: str) -> str:
    return text.split("spdx-license-ids ")[1].split("\n", maxsplit=1)[0].rstrip(".")


def test_the_tables_are_dated() -> None:
    for module in (end_of_life_table, spdx_names):
        dt.date.fromisoformat(module.RECORDED)


def test_debian_counts_its_long_term_support(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "DISTRO_INFO", tmp_path)
    head = "version,codename,series,created,release,eol,eol-lts,eol-elts\n"
    rows = (
        "10,Buster,buster,2017-06-17,2019-07-06,2022-09-10,2024-06-30,2029-06-30",
        "14,Forky,forky,2025-08-09,2027-08-01,2030-08-01,,",
        ",Sid,sid,1993-08-16",
    )
    (tmp_path / "debian.csv").write_text(head + "\n".join(rows))
    assert script.distribution_ends("debian", "2026-01-01") == ({"10": "2024-06-30"}, {"buster": "10"})
