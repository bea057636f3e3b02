"""The resolved policy: settings for a path, merging, digest."""

from __future__ import annotations

import time

import pytest

from tollgate.model.policy import (
    ALL,
    NOTHING,
    ImagePolicy,
    Override,
    Policy,
    RuleSetting,
    Scope,
    merge_setting,
    scope_matcher,
    settings_by_path,
    severity_for,
)


def test_a_path_without_override_has_the_general_settings() -> None:
    policy = Policy(profile=("strict",), rules={"a": RuleSetting("note")})
    assert settings_by_path(policy)("x.yaml")[:3] == (("strict",), {"a": RuleSetting("note")}, ())


def test_later_overrides_win_and_options_are_merged_one_by_one() -> None:
    policy = Policy(
        rules={"a": RuleSetting("error", {"x": 1, "y": 1})},
        overrides=(
            Override(("legacy/",), ("baseline",), {"a": RuleSetting(None, {"y": 2})}),
            Override(("legacy/old/",), None, {"a": RuleSetting("off")}),
        ),
    )
    assert settings_by_path(policy)("new.yaml").rules["a"] == RuleSetting("error", {"x": 1, "y": 1})
    assert settings_by_path(policy)("legacy/a.yaml")[:3] == (
        ("baseline",),
        {"a": RuleSetting("error", {"x": 1, "y": 2})},
        (0,),
    )
    assert settings_by_path(policy)("legacy/old/a.yaml").rules["a"] == RuleSetting("off", {"x": 1, "y": 2})


def test_files_that_the_same_overrides_match_share_their_settings() -> None:
    settings_for = settings_by_path(Policy(overrides=(Override(("a/",), ("all",)), Override(("b/",)))))
    assert settings_for("a/x") is settings_for("a/y")
    assert settings_for("a/x").profile == ("all",)
    assert settings_for("b/x").overrides == (1,)


def test_ten_thousand_paths_take_well_under_a_second() -> None:
    overrides = tuple(Override((f"team-{number}/**/prod/", "*.gen.yaml")) for number in range(20))
    settings_for = settings_by_path(Policy(overrides=overrides))
    start = time.process_time()
    for number in range(10_000):
        settings_for(f"team-{number % 20}/apps/prod/service-{number}.yaml")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, "warning"),
        (RuleSetting(), "warning"),
        (RuleSetting("error"), "error"),
        (RuleSetting("off"), None),
    ],
)
def test_severity(setting: RuleSetting | None, expected: str | None) -> None:
    assert severity_for(setting, "warning") == expected


def test_merging_over_nothing_gives_the_special_setting() -> None:
    assert merge_setting(None, RuleSetting("note")) == RuleSetting("note")


def test_a_scope_is_paths_or_namespaces() -> None:
    inside = scope_matcher(Scope(("prod/",), ("prod-*",)))
    assert inside("prod/a.yaml", None)
    assert inside("x.yaml", "prod-eu")
    assert not inside("x.yaml", "staging")
    assert not inside("x.yaml", None)
    assert scope_matcher(ALL)("<stdin>", None)
    assert not scope_matcher(NOTHING)("x.yaml", "x")


def test_the_digest_changes_with_what_changes_findings_and_with_nothing_else() -> None:
    plain = Policy()
    assert plain.digest == Policy(rules={}).digest
    same = [
        Policy(fail_on="error"),
        Policy(include=("a",)),
        Policy(exclude=("a",)),
        Policy(extend_exclude=("a",)),
        Policy(strict_input=True),
        Policy(source="x"),
    ]
    assert {policy.digest for policy in same} == {plain.digest}
    different = [
        Policy(profile=("all",)),
        Policy(kubernetes_version="1.30"),
        Policy(today="2026-01-01"),
        Policy(peer_suppressions="off"),
        Policy(max_file_bytes=1),
        Policy(images=ImagePolicy(official=False)),
        Policy(rules={"a": RuleSetting("off")}),
        Policy(rules={"a": RuleSetting(None, {"x": "\udcff"})}),
        Policy(overrides=(Override(("a",)),)),
        Policy(select=("a",)),
        Policy(ignore=("a",)),
    ]
    assert len({policy.digest for policy in different} | {plain.digest}) == len(different) + 1


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    one = Policy(rules={"a": RuleSetting("off"), "b": RuleSetting("note")})
    two = Policy(rules={"b": RuleSetting("note"), "a": RuleSetting("off")})
    assert one.digest == two.digest
