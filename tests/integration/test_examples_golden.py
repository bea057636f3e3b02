"""What every format shows of examples/. TOLLGATE_UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import ROOT
from tollgate.reporters import FORMATS

GOLDEN = ROOT / "tests" / "golden" / "examples"


def output(folder: Path, project: str, format_name: str) -> str:
    fixed = ("--today", "2026-11-23", "--kubernetes-version", "1.35", "--no-config", "--no-cache")
    done = subprocess.run(
        [sys.executable, "-m", "tollgate", "lint", project, "--format", f"{format_name}=out", *fixed],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    text = (folder / "out").read_bytes().decode()
    return re.sub(r"\(\d+\\?\.\d+ s\\?\)|\\\(\d+\\\.\d+ s\\\)", "(time)", text)


@pytest.mark.parametrize("format_name", FORMATS)
def test_careless_shows_what_it_showed(tmp_path: Path, format_name: str) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shown = output(tmp_path, "examples/careless", format_name)
    golden = GOLDEN / f"careless.{format_name}"
    if os.environ.get("TOLLGATE_UPDATE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


def test_careful_is_clean(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    assert "No findings" in output(tmp_path, "examples/careful", "text")
