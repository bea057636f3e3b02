"""Fixes that checks build: the fixed `bad` of their rules' examples is `good`, byte for byte."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.model.markers import strip_markers
from tollgate.rule_examples import Case, all_cases, fixed, lint_example

FIXED_BY_CHECKS: dict[str, bool | None] = {
    "api-version-removed": True,
    "deprecated-service-account-field": True,
    "env-value-not-text": True,
    "annotation-not-text": True,
    "vault-annotation-value": True,
    "label-not-text": True,
    "frozen-kubernetes-registry": True,
    "gatekeeper-open-prefix": True,
    "role-resource-misspelt": False,
    "role-resource-in-other-group": False,
    "api-server-insecure-port": False,
    "dashboard-exposed": False,
    "flag-value-not-joined": False,
    "image-policy-fails-open": False,
    "privileged-pods-by-default": False,
    "namespace-lifecycle-off": False,
    "request-timeout-too-long": False,
    "service-account-lookup-off": False,
    "service-account-plugin-off": False,
    "ingress-backend-refused": True,
    "service-node-port": False,
    "istio-injection-disabled": False,
    "linkerd-injection-disabled": False,
    "destination-rule-without-tls": False,
    "destination-rule-unverified": False,
    "istio-gateway-plain-http": False,
    "network-policy-reaches-metadata": False,
    "ingress-host-without-certificate": False,
    "peer-authentication-not-strict": False,
    "network-policy-rules-ignored": False,
    "network-policy-type-unknown": True,
    "autoscaled-replicas-written": False,
    "drop-all-in-small-letters": True,
    "env-set-twice": False,
    "replicas-not-spread": False,
    "rollout-stops-all-pods": False,
    "selector-mismatch": False,
    "unknown-instruction": False,
    "stage-reference-unknown": False,
    "stage-name-in-capitals": False,
    "stage-reference-by-number": None,
    "instruction-in-other-case": True,
    "as-in-other-case": True,
    "blank-line-in-continuation": True,
    "key-value-without-equals": True,
    "several-copied-without-slash": True,
    "copy-of-remote-source": False,
    "variable-undefined": False,
    "env-refers-to-itself": False,
    "stage-reference-in-capitals": True,
    "json-form-broken": False,
}
"""Rules, and whether their fixes are safe; None where that depends on the case."""

CASES = [case for case in all_cases(catalog.rules(texts=True)) if case.rule.name in FIXED_BY_CHECKS]


@pytest.mark.parametrize("case", [case for case in CASES if case.example.bad and case.example.good], ids=str)
def test_fixed_bad_is_good(case: Case) -> None:
    bad = strip_markers(case.example.bad or "").text
    assert fixed(case, bad) == strip_markers(case.example.good or "").text
    fixes = [one.fix for one in lint_example(case, bad) if one.rule == case.rule.name]
    safe = FIXED_BY_CHECKS[case.rule.name]
    assert all(fix is not None and safe in (None, fix.safe) for fix in fixes)


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
