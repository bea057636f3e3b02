"""The generated pages say what the rules say today."""

from __future__ import annotations

from docs.generate import FOLDER, PEERS, differences, pages, peers_page
from tollgate import catalog
from tollgate.reporters import FORMATS


def test_generated_pages_are_fresh() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(), "run `make docs`"


def test_the_table_of_peers_is_fresh() -> None:
    assert PEERS.read_text(encoding="utf-8") == peers_page(), "run `make docs`"


def test_every_difference_is_about_a_check_that_a_rule_stands_for() -> None:
    known = {
        (peer, check)
        for rule in catalog.rules()
        for peer, checks in rule.equivalents.items()
        for check in checks
    }
    assert [one for one in differences() for check in one.checks if (one.peer, check) not in known] == []


def test_every_format_is_described() -> None:
    page = (FOLDER.parent / "formats.md").read_text(encoding="utf-8")
    assert [name for name in FORMATS if f"\n| `{name}` |" not in page] == []
