"""`fix-by-check` of a rule says what the check's fixes are, as its examples show them."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.model.markers import strip_markers
from tollgate.model.rule import Rule
from tollgate.rule_examples import all_cases, lint_example

RULES = [
    rule
    for rule in catalog.rules(texts=True)
    if not (rule.extra or rule.fix or any("fix" in body for body in rule.also.values()))
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_examples_have_the_fixes_that_the_rule_promises(rule: Rule) -> None:
    safe = {
        finding.fix.safe
        for case in all_cases([rule])
        if case.example.bad
        for finding in lint_example(case, strip_markers(case.example.bad).text)
        if finding.rule == rule.name and finding.fix is not None
    }
    said = {"": set(), "safe": {True}, "unsafe": {False}, "depends": {True, False}}[rule.fix_by_check]
    assert safe == said
