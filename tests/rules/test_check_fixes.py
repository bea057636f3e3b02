"""Fixes that checks build: the fixed `bad` of their rules' examples is `good`, byte for byte."""

from __future__ import annotations

import pytest

from tests.rules.examples import Case, all_cases, fixed, lint_example
from tollgate import catalog
from tollgate.model.markers import strip_markers

FIXED_BY_CHECKS = {
    "api-version-removed": True,
    "deprecated-service-account-field": True,
    "env-value-not-text": True,
    "annotation-not-text": True,
    "vault-annotation-value": True,
    "label-not-text": True,
    "frozen-kubernetes-registry": True,
    "gatekeeper-open-prefix": True,
    "ingress-backend-refused": True,
    "autoscaled-replicas-written": False,
    "drop-all-in-small-letters": True,
    "env-set-twice": False,
    "replicas-not-spread": False,
    "rollout-stops-all-pods": False,
    "selector-mismatch": False,
}
"""Rules, and whether their fixes are safe."""

CASES = [case for case in all_cases(catalog.rules(texts=True)) if case.rule.name in FIXED_BY_CHECKS]


@pytest.mark.parametrize("case", [case for case in CASES if case.example.bad and case.example.good], ids=str)
def test_fixed_bad_is_good(case: Case) -> None:
    bad = strip_markers(case.example.bad or "").text
    assert fixed(case, bad) == strip_markers(case.example.good or "").text
    fixes = [one.fix for one in lint_example(case, bad) if one.rule == case.rule.name]
    assert {None if fix is None else fix.safe for fix in fixes} == {FIXED_BY_CHECKS[case.rule.name]}


def test_every_rule_of_the_list_has_a_case() -> None:
    assert {case.rule.name for case in CASES if case.example.bad and case.example.good} == set(
        FIXED_BY_CHECKS
    )


CHANGED_FIELDS = """\
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: web}
"""


def test_other_fields_make_the_fix_unsafe() -> None:
    (case,) = [one for one in CASES if one.rule.name == "api-version-removed" and one.number == 1]
    (finding,) = [one for one in lint_example(case, CHANGED_FIELDS) if one.rule == "api-version-removed"]
    assert finding.fix is not None
    assert not finding.fix.safe
    assert finding.message.endswith("removed in 1.22: use `networking.k8s.io/v1`")
