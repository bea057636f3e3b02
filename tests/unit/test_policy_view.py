"""What `tollgate policy show` and `check` say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_custom_rules import RULE
from tollgate import policy_view
from tollgate.config import PolicyError
from tollgate.config_check import parse_policy
from tollgate.model.source import decode
from tollgate.options import LintOptions
from tollgate.policy_text import scalar

FILES = {
    "base.yaml": "fail-on: error\nimages:\n  internal: [a/**]\nlocked: [host-pid]\n"
    "environments:\n  prod: {profile: strict}\n",
    "rules/acme-owner.yaml": RULE,
    ".tollgate.yaml": """\
extends: base.yaml
rules-dir: rules
images: {extend-internal: ["b/**"]}
rules: {acme-owner: off}
environments:
  prod:
    paths: [prod/]
    rules: {acme-owner: error}
overrides:
  - paths: [prod/old/]
    rules: {acme-owner: note}
""",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def options(**values: Any) -> LintOptions:
    return LintOptions(no_cache=True, **values)


def test_each_value_has_its_file_and_line(here: Path) -> None:
    lines = policy_view.shown(policy_view.view(options()), "yaml").splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "# Merged from, the last one wins:",
        "# base.yaml",
        "# .tollgate.yaml",
        "# Rules of its own:",
        "# acme-owner",
        "fail-on: error # base.yaml:1",
        "images:",
        "internal:",
        '- "a/**" # base.yaml:3',
        '- "b/**" # .tollgate.yaml:3',
        "locked:",
        "- host-pid # base.yaml:4",
        "environments:",
        "prod:",
        "profile: strict # base.yaml:6",
        "paths:",
        "- prod/ # .tollgate.yaml:7",
        "rules:",
        "acme-owner: error # .tollgate.yaml:8",
        "rules:",
        'acme-owner: "off" # .tollgate.yaml:4',
        "overrides:",
        "- paths: # .tollgate.yaml:10",
        "- prod/old/",
        "rules:",
        "acme-owner: note",
    ]


def test_what_is_shown_is_a_policy_that_says_the_same(here: Path) -> None:
    found = policy_view.view(options(), defaults=True)
    again = parse_policy(decode("again", policy_view.shown(found, "yaml").encode())).mapping
    assert again == found.plain
    said = json.loads(policy_view.shown(found, "json"))
    assert said["policy"] == found.plain
    assert said["files"] == ["base.yaml", ".tollgate.yaml"]
    assert said["origins"]["fail-on"] == "base.yaml:1"


def test_defaults_and_the_command_line_are_origins_too(here: Path) -> None:
    found = policy_view.view(options(fail_on="note", profile=("baseline",)), defaults=True)
    assert found.origins[("fail-on",)] == found.origins[("profile",)] == "command line"
    assert found.origins[("strict-input",)] == found.origins[("images", "official")] == "default"
    assert found.plain["fail-on"] == "note"
    assert ("strict-input",) not in policy_view.view(options()).origins


def test_what_holds_for_a_path(here: Path) -> None:
    prod, old, other = (
        policy_view.path_text(policy_view.for_path(options(), path)).splitlines()
        for path in ("prod/a.yaml", "prod/old/a.yaml", "a.yaml")
    )
    assert prod[:3] == ["prod/a.yaml", "  profile: strict", "  environment: prod  # .tollgate.yaml:6"]
    assert prod[-1] == "    acme-owner: error  # .tollgate.yaml:8"
    assert "  override: .tollgate.yaml:10" in old
    assert old[-1] == "    acme-owner: note  # .tollgate.yaml:10"
    assert other[1] == "  profile: recommended"
    assert other[-1] == "    acme-owner: off  # .tollgate.yaml:4"


def test_the_policy_of_a_commit_can_be_shown(here: Path) -> None:
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *arguments], check=True)
    (here / ".tollgate.yaml").write_text("fail-on: never\n")
    found = policy_view.view(options(trusted_ref="HEAD"))
    assert found.plain["fail-on"] == "error"
    assert found.origins[("fail-on",)].endswith(":base.yaml:1")
    assert policy_view.for_path(options(trusted_ref="HEAD"), "prod/a.yaml").environments[0][0] == "prod"


def test_check_says_what_a_policy_is_made_of(here: Path) -> None:
    assert policy_view.check(LintOptions()).splitlines() == [
        "ok: .tollgate.yaml",
        "  extends base.yaml",
        "  rules of its own: acme-owner",
    ]
    said = policy_view.check(LintOptions(config="base.yaml"))
    assert "note: the environment `prod` names no paths, so nothing is in it" in said


def test_check_says_what_is_wrong(here: Path) -> None:
    (here / ".tollgate.yaml").write_text("rules: {host-pdi: off}\n")
    with pytest.raises(PolicyError, match=r"\.tollgate\.yaml:1:9: there is no rule `host-pdi`"):
        policy_view.check(LintOptions())
    with pytest.raises(PolicyError, match=r"none\.yaml: there is no such file"):
        policy_view.check(LintOptions(config="none.yaml"))
    (here / ".tollgate.yaml").unlink()
    assert "no policy file" in policy_view.check(LintOptions())
    assert policy_view.shown(policy_view.view(options()), "yaml") == "{}\n"


@pytest.mark.parametrize(
    "value", ["off", "a: b", "#x", "*", "1.30", "", "null", "é\x1b", True, 3, [], {}, "a b"]
)
def test_a_scalar_means_itself(value: Any) -> None:
    parsed = parse_policy(decode("p", f"a: {scalar(value)}\n".encode())).mapping
    assert parsed == {"a": value}
