"""The generated pages say what the rules say today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tollgate
from docs.generate import FOLDER, PEERS, differences, pages, peers_page
from tests.tools import ROOT
from tollgate import api, catalog
from tollgate.baseline_file import read_baseline
from tollgate.config_check import check_policy
from tollgate.config_names import KnownNames
from tollgate.model.file_kind import kind_by_name
from tollgate.model.source import decode
from tollgate.reporters import FORMATS

GUIDES = (
    "getting-started.md",
    "policy.md",
    "baseline.md",
    "migrating.md",
    "writing-rules.md",
    "design.md",
)


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


def test_the_policies_that_the_guide_shows_are_right(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    shown = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert len(shown) > 2
    known = KnownNames(api.known_rules(), api.known_sets())
    for text in shown:
        assert check_policy(decode("policy", text.encode()), known)[1] == []
    (tmp_path / ".tollgate.yaml").write_text(shown[0], encoding="utf-8")
    assert tollgate.lint([tmp_path]).findings == ()


def test_the_baseline_that_the_guide_shows_is_one() -> None:
    guide = (ROOT / "docs" / "baseline.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    (entry,) = read_baseline(shown.encode(), "baseline.md").entries
    assert (entry.rule, entry.until, entry.approved_by) == ("host-network", "2027-03-01", "Ana Lima")


def test_the_program_that_the_guide_shows_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "Dockerfile").write_text("FROM alpine:3.22\nRUN sudo true\nUSER 10001\n")
    assert kind_by_name("deploy/Dockerfile") == "dockerfile"
    monkeypatch.chdir(tmp_path)
    exec(compile(shown, "getting-started.md", "exec"), {})  # noqa: S102 (our own guide)
    assert "sudo-in-build Dockerfile 2 " in capsys.readouterr().out


@pytest.mark.parametrize("name", [*(f"docs/{guide}" for guide in GUIDES), "README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_design_names_modules_that_there_are() -> None:
    """`engine.lint`, `model.component*` and the like, and all top-level modules."""
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    package = ROOT / "tollgate"
    layers = "engine|model|checks|parsers"
    named = set(re.findall(rf"`((?:{layers})\.[a-z_]+)(?:\*|\.[A-Za-z_]+)?`", page))
    assert named
    assert [one for one in named if not list(package.glob(one.replace(".", "/") + "*"))] == []
    top = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    told = {word.rstrip("*") for word in re.findall(r"`([a-z_]+\*?)`", page)}
    prefixes = tuple(re.findall(r"`([a-z_]+)\*`", page))
    assert {one for one in top - told if not one.startswith(("__init__", "_version", *prefixes))} == set()
