"""What the examples of kustomize and of a platform team's policy are there to show."""

from __future__ import annotations

import shutil
from pathlib import Path

import tollgate
from tests.tools import ROOT
from tollgate.rule_testing import test_rules as run_rule_tests


def places(folder: Path, *, config: str | None = "auto") -> set[tuple[str, str]]:
    report = tollgate.lint([folder], config=config, today="2026-11-23")
    assert report.notes == ()
    return {(one.rule, one.location.path) for one in report.findings}


def copied(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    shutil.copytree(ROOT / "examples" / name, folder)
    return folder


def test_of_a_kustomize_patch_only_what_it_says_counts(tmp_path: Path) -> None:
    folder = copied(tmp_path, "kustomize")
    assert places(folder, config=None) == {("privileged-container", "overlays/prod/debug.yaml")}


def test_without_the_kustomization_the_patches_are_incomplete_manifests(tmp_path: Path) -> None:
    folder = copied(tmp_path, "kustomize")
    (folder / "overlays" / "prod" / "kustomization.yaml").unlink()
    found = places(folder, config=None)
    assert ("writable-root-filesystem", "overlays/prod/more-replicas.yaml") in found


def test_the_platform_s_policy_speaks_where_it_holds(tmp_path: Path) -> None:
    prod = "deploy/prod/shop.yaml"
    assert places(copied(tmp_path, "platform")) == {
        ("development-image-in-production", prod),
        ("image-outside-allowlist", prod),
        ("vault-required", prod),
    }


def test_without_an_override_dev_is_judged_as_all_else(tmp_path: Path) -> None:
    folder = copied(tmp_path, "platform")
    policy = folder / ".tollgate.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").partition("overrides:")[0], encoding="utf-8")
    assert ("memory-limit-missing", "deploy/dev/shop.yaml") in places(folder)


def test_an_organisation_s_policy_is_extended_and_its_environments_are_placed(tmp_path: Path) -> None:
    prod, staging = "deploy/prod/shop.yaml", "deploy/staging/shop.yaml"
    assert places(copied(tmp_path, "organisation")) == {
        ("disruption-budget-missing", prod),
        ("image-outside-allowlist", prod),
        ("image-without-digest", prod),
        ("corp-owner-label", staging),
        ("privileged-container", "tools/debug.yaml"),
    }


def test_the_organisation_s_rules_hold_their_examples() -> None:
    tested = run_rule_tests([str(ROOT / "examples" / "organisation" / "policy" / "rules")], root=str(ROOT))
    assert (tested.rules, tested.examples, tested.unreadable, tested.problems) == (1, 2, (), ())
