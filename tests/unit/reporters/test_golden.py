"""Every format over one hand-built report, compared with files that a person has looked at.

`TOLLGATE_UPDATE_GOLDEN=1 pytest tests/unit/reporters/test_golden.py` writes them anew; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.reporters.example import example
from tollgate.reporters import FORMATS, RenderOptions, encode, render

GOLDEN = Path(__file__).parents[2] / "golden" / "reporters"

CASES = {
    "text.txt": ("text", RenderOptions()),
    "text-narrow.txt": ("text", RenderOptions(width=60)),
    "text-colour.txt": (
        "text",
        RenderOptions(colour=True, hyperlinks=True, statistics=True, show_files=True),
    ),
    "text-quiet.txt": ("text", RenderOptions(quiet=True)),
    "report.json": ("json", RenderOptions()),
    "github.txt": ("github", RenderOptions()),
    "report.sarif": ("sarif", RenderOptions()),
    "suppressed.sarif": ("sarif", RenderOptions(sarif_suppressed=True)),
    "annotated.diff": ("diff", RenderOptions()),
    "summary.md": ("markdown", RenderOptions()),
    "gcc.txt": ("gcc", RenderOptions()),
    "gitlab.json": ("gitlab", RenderOptions()),
    "junit.xml": ("junit", RenderOptions()),
    "checkstyle.xml": ("checkstyle", RenderOptions()),
    "rdjson.json": ("rdjson", RenderOptions()),
}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was(name: str) -> None:
    format_name, options = CASES[name]
    output = b"".join(encode(piece, format_name) for piece in render(example(), format_name, options=options))
    if os.environ.get("TOLLGATE_UPDATE_GOLDEN"):
        (GOLDEN / name).write_bytes(output)
    assert output.decode() == (GOLDEN / name).read_bytes().decode()


def test_every_format_has_a_golden_file() -> None:
    assert {format_name for format_name, _ in CASES.values()} == set(FORMATS)
