"""The generated pages say what the rules say today."""

from __future__ import annotations

from docs.generate import FOLDER, pages


def test_generated_pages_are_fresh() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(), "run `make docs`"
