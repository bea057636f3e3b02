"""Rules that a policy brings along: from folders, whose files are only data, and from installed packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools import needs
from tollgate import api, catalog
from tollgate.config import PolicyError
from tollgate.listing import as_table, explanation
from tollgate.model.node import Scalar
from tollgate.options import LintOptions
from tollgate.packages import PackageError
from tollgate.request import Request
from tollgate.rule_testing import as_text, test_rules as run_rule_tests
from tollgate.words import WORDS, UnknownWordError

RULE = """\
title: Workload has no owner label
severity: warning
level: baseline
why: |
  Whoever is called at night looks for the owner of a workload in its label, and finds nobody.
select: workload
require: {metadata.labels.owner: {glob: "team-*"}}
message: "{kind} has no owner label that names a team"
references: [https://wiki.corp.example/owner]
examples:
  - bad: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      # <-
      spec: {template: {spec: {containers: []}}}
    good: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, labels: {owner: team-web}}
      spec: {template: {spec: {containers: []}}}
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: []}}}
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def load(root: Path, **options: Any) -> Any:
    return api.policy_for(LintOptions(no_cache=True, **options), os.path.realpath(root))


def problems(root: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(root)
    return str(caught.value).splitlines()


def found_in(root: Path, path: str, **options: Any) -> dict[str, Any]:
    policy = load(root, **options)
    request = Request((os.fspath(root / path),), policy, os.path.realpath(root))
    return {finding.rule: finding for finding in api.run(request).findings}


def test_a_folder_s_rules_run_and_are_told_about(tmp_path: Path) -> None:
    write(tmp_path, {"rules/team/acme-owner.yaml": RULE, "web.yaml": WEB})
    write(tmp_path, {".tollgate.yaml": "rules-dir: rules\nrules: {acme-owner: error}\n"})
    finding = found_in(tmp_path, "web.yaml")["acme-owner"]
    assert finding.severity == "error"
    assert finding.location.region.start == (3, 1)
    assert finding.message == "Deployment has no owner label that names a team"
    rules = api.rules(load(tmp_path))
    (rule,) = [rule for rule in rules if rule.name == "acme-owner"]
    assert (rule.category, rule.url) == ("custom/team", "https://wiki.corp.example/owner")
    assert "custom/team\n  acme-owner" in as_table([rule])
    assert (explanation("acme-owner", rules, {}) or "").count("https://wiki.corp.example/owner") == 1
    assert set(found_in(tmp_path, "web.yaml", select=("acme-owner",))) == {"acme-owner"}


def test_it_can_be_suppressed_locked_and_be_of_a_set(tmp_path: Path) -> None:
    text = RULE.replace("level: baseline", "level: all\nsets: [acme]")
    write(tmp_path, {"rules/acme-owner.yaml": text, "web.yaml": WEB})
    write(tmp_path, {".tollgate.yaml": "rules-dir: [rules]\n"})
    assert "acme-owner" not in found_in(tmp_path, "web.yaml")
    assert "acme-owner" in found_in(tmp_path, "web.yaml", profile=("acme",))
    write(tmp_path, {".tollgate.yaml": "rules-dir: [rules]\nlocked: [acme]\n"})
    assert "acme-owner" in found_in(tmp_path, "web.yaml")
    write(
        tmp_path, {"web.yaml": WEB.replace("metadata:", "# tollgate: ignore[acme-owner] none yet\nmetadata:")}
    )
    assert found_in(tmp_path, "web.yaml")["acme-owner"].suppressed is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("title: ", "titel: "), "1:1: the rule lacks `title`"),
        (
            ("select: workload", "select: worklod"),
            "6:9: there is nothing called `worklod` to select; did you mean `workload`?",
        ),
        (
            ("glob: ", "globs: "),
            "7:10: require: `metadata.labels.owner`: there is no word `globs`; the words are",
        ),
        (
            ('require: {metadata.labels.owner: {glob: "team-*"}}', "check: os.system"),
            "7:1: a check in Python is taken from an installed package only",
        ),
        (
            ("level: baseline", "level: basline"),
            "3:8: `level` must be one of baseline, recommended, strict, all; did you mean `baseline`?",
        ),
        (("severity: warning\n", ""), "1:1: the rule lacks `severity`"),
        (
            ("require:", "forbid: {a: {is: 1}}\nrequire:"),
            "the rule needs exactly one of `require`, `forbid`, `check`",
        ),
        (
            ("examples:\n", "instead-of: [no-such]\nexamples:\n"),
            "1:1: `instead-of` names `no-such`, which is no rule",
        ),
        (("why: |", "why: ["), ":"),
        (
            ("title: Workload has no owner label", "title: x"),
            "1:8: `title` must have at least 8 characters, not 1",
        ),
    ],
)
def test_a_wrong_rule_is_an_error_at_its_place(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    assert change[0] in RULE
    write(tmp_path, {"rules/acme-owner.yaml": RULE.replace(*change), ".tollgate.yaml": "rules-dir: rules\n"})
    found = problems(tmp_path)
    assert found[0].startswith("rules/acme-owner.yaml:")
    assert expected in found[0]


def test_a_rule_cannot_take_a_name_of_the_catalog_s_nor_twice_the_same(tmp_path: Path) -> None:
    write(
        tmp_path,
        {".tollgate.yaml": "rules-dir: [a, b]\n", "a/acme-owner.yaml": RULE, "b/acme-owner.yaml": RULE},
    )
    (found,) = problems(tmp_path)
    assert found.startswith(
        "b/acme-owner.yaml:1:1: there is a rule `acme-owner` already, in a/acme-owner.yaml;"
    )
    write(tmp_path, {".tollgate.yaml": "rules-dir: a\n", "a/host-pid.yaml": RULE})
    (found,) = problems(tmp_path)
    assert found.startswith("a/host-pid.yaml:1:1: there is a rule `host-pid` already, in Tollgate itself;")


@pytest.mark.parametrize("folder", ["none", "../outside", "empty", "link"])
def test_a_folder_without_rules_or_outside_is_an_error(tmp_path: Path, folder: str) -> None:
    root = tmp_path / "root"
    write(
        tmp_path,
        {
            "outside/acme-owner.yaml": RULE,
            "root/empty/README": "",
            "root/.tollgate.yaml": f"rules-dir: {folder}\n",
        },
    )
    (root / "link").symlink_to(tmp_path / "outside")
    (found,) = problems(root)
    assert "lies outside the repository" in found or "there is no rule in this folder" in found


def test_regular_expressions_from_outside_are_linear_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "rules/acme-owner.yaml": RULE.replace("glob: ", "matches: "),
            ".tollgate.yaml": "rules-dir: rules\n",
        },
    )
    monkeypatch.setitem(sys.modules, "re2", None)
    (found,) = problems(tmp_path)
    assert found.startswith(
        "rules/acme-owner.yaml:7:44: regular expressions in rules from outside run in google-re2"
    )
    assert "pip install 'tollgate[regex]'" in found


@needs("google-re2")
def test_google_re2_takes_what_backtracking_would_not_end() -> None:
    word = WORDS["matches_linear"]("^(a+)+$")
    assert not word.holds(Scalar("a" * 5000 + "!", 0, 1))
    assert word.holds(Scalar("aaa", 0, 1))
    assert not word.holds(Scalar("\udcff", 0, 1))
    with pytest.raises(UnknownWordError, match="google-re2 cannot use"):
        WORDS["matches_linear"]("(?=x)")


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("team-*", "team-web", True),
        ("team-*", "a team-web", False),
        ("?", "ab", False),
        ("[ab]", "b", True),
        ("*a*a*a*a*b", "a" * 5000, False),
    ],
)
def test_glob(pattern: str, text: str, holds: bool) -> None:
    assert WORDS["glob"](pattern).holds(Scalar(text, 0, 1)) is holds
    assert WORDS["glob"]([pattern, "x"]).holds(Scalar("x", 0, 1))


def test_what_is_kept_depends_on_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    monkeypatch.setenv("TOLLGATE_CACHE_DIR", os.fspath(cache))
    root = os.path.realpath(tmp_path)
    write(tmp_path, {"rules/acme-owner.yaml": RULE, ".tollgate.yaml": "rules-dir: rules\n"})
    first = api.policy_for(LintOptions(), root)
    with monkeypatch.context() as patch:
        patch.setattr(
            "tollgate.config_resolve.resolve", lambda *_, **__: pytest.fail("not taken from the cache")
        )
        assert api.policy_for(LintOptions(), root) == first
    write(tmp_path, {"rules/acme-owner.yaml": RULE.replace("warning", "error")})
    second = api.policy_for(LintOptions(), root)
    assert second.custom != first.custom
    assert second.digest != first.digest
    write(tmp_path, {"rules/acme-other.yaml": RULE})
    names = {
        rule.name for rule in catalog.heads(api.policy_for(LintOptions(), root).custom) if rule.is_custom
    }
    assert names == {"acme-owner", "acme-other"}


CHECK = """\
from tollgate.model.finding import Problem

def named_web(manifest, context):
    start, end = manifest.grip()
    yield Problem(start, end, fields={"x": "y"})
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages: acme-policy with two policies, rules and a check."""
    site = tmp_path / "site"
    points = (
        "[tollgate.policies]\nacme = acme_policy\nacme-strict = acme_policy.more:STRICT\n"
        "acme-odd = acme_policy.more:ODD\n"
        "acme-broken = acme_policy.none\n[tollgate.rules]\nacme-rules = acme_policy\n"
    )
    rule = RULE.replace(
        'require: {metadata.labels.owner: {glob: "team-*"}}', "check: acme_policy.checks.named_web"
    )
    write(
        site,
        {
            "acme_policy/__init__.py": "",
            "acme_policy/more.py": "STRICT = 'profile: strict\\n'\nODD = 3\n",
            "acme_policy/checks.py": CHECK,
            "acme_policy/policy.yaml": "profile: baseline\nextends: deep/more.yaml\n"
            "rule-packages: acme-rules\n",
            "acme_policy/deep/more.yaml": "fail-on: note\n",
            "acme_policy/rules/acme-checked.yaml": rule,
            "acme_policy-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-policy\nVersion: 1.0\n",
            "acme_policy-1.0.dist-info/entry_points.txt": points,
        },
    )
    monkeypatch.syspath_prepend(site)
    yield site
    for name in [name for name in sys.modules if name.startswith("acme_policy")]:
        del sys.modules[name]


def test_an_installed_package_brings_policy_and_rules_with_checks(tmp_path: Path, installed: Path) -> None:
    root = tmp_path / "root"
    write(root, {".tollgate.yaml": "extends: python:acme\n", "web.yaml": WEB})
    policy = load(root)
    assert (policy.profile, policy.fail_on) == (("baseline",), "note")
    assert found_in(root, "web.yaml")["acme-checked"].location.region.start == (2, 7)
    write(root, {".tollgate.yaml": "extends: python:acme-strict\n"})
    assert load(root).profile == ("strict",)
    write(root, {".tollgate.yaml": "rule-packages: [acme-policy]\nrules: {acme-checked: error}\n"})
    assert found_in(root, "web.yaml")["acme-checked"].severity == "error"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "extends: python:none\n",
            "no installed package has an entry point `none` of the group `tollgate.policies`",
        ),
        ("extends: python:acme-policy\n", "`acme-policy` may be any of the entry points"),
        ("extends: python:acme-odd\n", "must name a package, a path, or a text; it is int"),
        ("extends: python:acme-broken\n", "the module `acme_policy.none` cannot be imported"),
        (
            "rule-packages: none\n",
            "no installed package has an entry point `none` of the group `tollgate.rules`",
        ),
    ],
)
def test_a_package_that_gives_nothing_is_an_error_at_its_name(
    tmp_path: Path, installed: Path, text: str, expected: str
) -> None:
    write(tmp_path / "root", {".tollgate.yaml": text})
    (found,) = problems(tmp_path / "root")
    assert found.startswith(".tollgate.yaml:1:")
    assert expected in found


def test_what_lies_in_the_linted_tree_is_not_a_package(tmp_path: Path, installed: Path) -> None:
    """Even where the module path leads into it, as for `python -m tollgate` in a repository."""
    (installed / ".tollgate.yaml").write_text("extends: python:acme\n")
    (found,) = problems(installed)
    assert "no installed package has an entry point `acme`" in found
    (installed / ".tollgate.yaml").write_text("rules-dir: acme_policy/rules\n")
    (found,) = problems(installed)
    assert "a check in Python is taken from an installed package only" in found
    assert "acme_policy" not in sys.modules


def test_examples_are_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"rules/acme-owner.yaml": RULE})
    monkeypatch.chdir(tmp_path)
    root = os.path.realpath(tmp_path)
    assert as_text(run_rule_tests(["rules"], root=root)) == "1 rule, 1 example: all hold"
    assert as_text(run_rule_tests(["rules/acme-owner.yaml"], root=root)) == "1 rule, 1 example: all hold"
    write(tmp_path, {"rules/acme-owner.yaml": RULE.replace("# <-", "#         ^^^^")})
    assert as_text(run_rule_tests(["rules"], root=root)).splitlines() == [
        "rules/acme-owner.yaml:11:10: acme-owner, example 1, bad: marked 3:11-3:15, but found 3:1-3:9",
        "1 rule, 1 example: 1 problem",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("{name: web, labels: {owner: team-web}}", "{name: web}"),
            "17:11: acme-owner, example 1, good: there is a finding at 3:1-3:9",
        ),
        (
            ("  - bad: |\n", "  - policy: {profil: x}\n    bad: |\n"),
            "the policy makes no sense: there is no key `profil` here",
        ),
        (
            (
                "kind: Deployment\n      metadata: {name: web}\n      # <-",
                "kind: ConfigMap\n      metadata: {name: web}\n      # <-",
            ),
            "bad: nothing was found",
        ),
        (("      # <-\n", "      # ^^ x ^\n"), "this marker cannot be read"),
    ],
)
def test_what_does_not_hold_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], expected: str
) -> None:
    assert change[0] in RULE
    write(tmp_path, {"acme-owner.yaml": RULE.replace(*change)})
    monkeypatch.chdir(tmp_path)
    tested = run_rule_tests(["."], root=os.path.realpath(tmp_path))
    assert len(tested.problems) == 1
    assert expected in str(tested.problems[0])


def test_rules_of_a_package_can_be_tested(tmp_path: Path, installed: Path) -> None:
    tested = run_rule_tests(["python:acme-rules"], root=os.fspath(tmp_path / "root"))
    assert [one.message.partition(", ")[0] for one in tested.problems] == ["acme-checked"] * 2
    with pytest.raises(PackageError):
        run_rule_tests(["python:none"], root=os.fspath(tmp_path))
    with pytest.raises(FileNotFoundError):
        run_rule_tests(["none"], root=os.fspath(tmp_path))
