"""Which way a change to a policy goes."""

from __future__ import annotations

from typing import Any

import pytest

from tollgate import catalog
from tollgate.policy_changes import policy_changes

RULES = catalog.heads()
PROD = {"paths": ["prod/"], "namespaces": ["prod"]}


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, bool]]:
    """Trails and whether they are sure to weaken."""
    found = policy_changes(old, new, RULES)
    return [(".".join(map(str, one.trail)), one.sure) for one in found]


WEAKER: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"rules": {"host-pid": "off"}}, "rules.host-pid"),
    ({"rules": {"cpu-limit-set": "error"}}, {}, "rules.cpu-limit-set"),
    ({}, {"rules": {"host-pid": {"severity": "note"}}}, "rules.host-pid"),
    ({}, {"profile": "baseline"}, "profile"),
    ({"profile": ["recommended", "pss-restricted"]}, {}, "profile"),
    ({"locked": ["host-pid", "baseline"]}, {"locked": ["host-pid"]}, "locked"),
    ({}, {"overrides": [{"paths": ["a"], "rules": {"host-pid": "off"}}]}, "overrides.0.rules.host-pid"),
    ({}, {"overrides": [{"paths": ["a"], "profile": "baseline"}]}, "overrides.0.profile"),
    (
        {"overrides": [{"paths": ["a"], "profile": "baseline"}]},
        {"overrides": [{"paths": ["a", "b"], "profile": "baseline"}]},
        "overrides.0.paths.1",
    ),
    ({"overrides": [{"paths": ["a"], "rules": {"cpu-limit-set": "error"}}]}, {}, "overrides"),
    (
        {},
        {"environments": {"tools": {"paths": ["a"], "rules": {"host-pid": "off"}}}},
        "environments.tools.rules.host-pid",
    ),
    (
        {"environments": {"prod": {"paths": ["a"], "profile": "strict"}}},
        {"environments": {"prod": {"paths": ["a"]}}},
        "environments.prod.profile",
    ),
    (
        {"environments": {"prod": {"paths": ["a"], "images": {"official": False}}}},
        {"environments": {"prod": {"paths": ["a"], "images": {"official": True}}}},
        "environments.prod.images.official",
    ),
    ({}, {"exclude": ["a"]}, "exclude.0"),
    ({"exclude": ["a", "!b"]}, {"exclude": ["a"]}, "exclude"),
    ({}, {"extend-exclude": ["a"]}, "extend-exclude.0"),
    ({}, {"include": ["a"]}, "include"),
    ({"include": ["a", "b"]}, {"include": ["a"]}, "include"),
    ({"dockerfiles": ["*.df"]}, {}, "dockerfiles"),
    ({}, {"fail-on": "error"}, "fail-on"),
    ({"fail-on": "note"}, {}, "fail-on"),
    ({"peer-suppressions": "off"}, {}, "peer-suppressions"),
    ({"strict-input": True}, {}, "strict-input"),
    ({"ratchet": True}, {"ratchet": False}, "ratchet"),
    ({}, {"baseline": "mine.yaml"}, "baseline"),
    ({"suppressions": {"require-until": True}}, {}, "suppressions"),
    ({"suppressions": {"max-days": 30}}, {"suppressions": {"max-days": 60}}, "suppressions.max-days"),
    ({"images": {"official": False}}, {"images": {"internal": []}}, "images.official"),
    ({}, {"images": {"internal": ["a/**"]}}, "images.internal.0"),
    ({"images": {"development": ["a/**"]}}, {"images": {}}, "images.development"),
    (
        {"images": {"production": PROD}},
        {"images": {"production": {"paths": ["prod/"]}}},
        "images.production.namespaces",
    ),
    ({}, {"images": {"nonroot": ["a/**"]}}, "images.nonroot.0"),
    ({"vault": {"required": True}}, {}, "vault"),
    ({"vault": {"required": True}}, {"vault": {"required": PROD}}, "vault.required"),
    ({"mesh": {"required": True}}, {"mesh": {"required": True, "injection": {"a": "b"}}}, "mesh.injection.a"),
    ({"labels": {"required": {"a": "url"}}}, {"labels": {"required": {"a": "text"}}}, "labels.required.a"),
    ({"labels": {"closed": True}}, {"labels": {}}, "labels.closed"),
    ({"hardening": {"run": ["a", "b"]}}, {"hardening": {"run": ["a"]}}, "hardening.run"),
    (
        {"rules": {"service-account-not-allowed": {"options": {"allowed": ["a"]}}}},
        {"rules": {"service-account-not-allowed": {"options": {"allowed": ["a", "b"]}}}},
        "rules.service-account-not-allowed.options.allowed.1",
    ),
]


@pytest.mark.parametrize(("old", "new", "trail"), WEAKER, ids=[case[2] for case in WEAKER])
def test_weaker_is_told_at_its_place_and_stricter_is_not(
    old: dict[str, Any], new: dict[str, Any], trail: str
) -> None:
    assert (trail, True) in told(old, new)
    assert told(old, old) == told(new, new) == []


@pytest.mark.parametrize(
    ("old", "new", "trail"),
    [
        ({}, {"kubernetes-version": "1.20"}, "kubernetes-version"),
        ({}, {"today": "2020-01-01"}, "today"),
        ({}, {"manifests": ["Dockerfile"]}, "manifests.0"),
        ({}, {"max-file-bytes": 1024}, "max-file-bytes"),
        ({"images": {"built": {"a": "b"}}}, {"images": {"built": {"a": "c"}}}, "images.built.a"),
        (
            {"rules": {"memory-overcommitted": {"options": {"ratio": 2}}}},
            {"rules": {"memory-overcommitted": {"options": {"ratio": 9}}}},
            "rules.memory-overcommitted.options.ratio",
        ),
        (
            {"overrides": [{"paths": ["a"], "profile": "strict"}, {"paths": ["b"], "profile": "all"}]},
            {"overrides": [{"paths": ["b"], "profile": "all"}, {"paths": ["a"], "profile": "strict"}]},
            "overrides",
        ),
        (
            {"environments": {"prod": {"paths": ["a", "b"], "profile": "strict"}}},
            {"environments": {"prod": {"paths": ["a"], "profile": "strict"}}},
            "environments.prod.paths",
        ),
    ],
)
def test_what_nobody_can_tell_is_for_a_reviewer(old: dict[str, Any], new: dict[str, Any], trail: str) -> None:
    assert told(old, new) == [(trail, False)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"profile": "strict"}),
        ({}, {"locked": ["baseline"]}),
        ({"exclude": ["a"]}, {}),
        ({"exclude": ["a"]}, {"exclude": ["a", "!a/b"]}),
        ({"include": ["a"]}, {}),
        ({"include": ["a"]}, {"include": ["a", "b"]}),
        ({}, {"rules": {"cpu-limit-set": "note"}}),
        ({}, {"overrides": [{"paths": ["a"], "profile": "strict"}]}),
        ({}, {"environments": {"prod": {"paths": ["a"], "profile": "strict"}}}),
        ({"images": {"internal": ["a/**"]}}, {"images": {"internal": [], "official": False}}),
        ({}, {"images": {"development": ["a/**"], "production": True}}),
        ({}, {"strict-input": False, "fail-on": "warning", "images": {"official": True}}),
        ({}, {"suppressions": {"require-until": True, "max-days": 30}, "ratchet": True}),
        ({}, {"hardening": {"run": ["a"]}, "labels": {"required": {"a": "url"}, "closed": True}}),
        ({"overrides": [{"paths": ["a"], "rules": {"host-pid": "off"}}]}, {}),
    ],
)
def test_stricter_is_nothing_to_tell(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert told(old, new) == []


def test_a_hostile_policy_is_compared_in_bounded_time() -> None:
    many = [f"p{number}" for number in range(20_000)]
    found = policy_changes({"exclude": many[::2]}, {"exclude": many}, RULES)
    assert len(found) == 100
