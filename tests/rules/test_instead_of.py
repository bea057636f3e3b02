"""Where the more exact rule speaks, nothing that the broader one stands for is lost."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.file_kind import kind_by_name
from tollgate.model.finding import Finding
from tollgate.model.markers import strip_markers
from tollgate.model.project import Project
from tollgate.model.rule import Rule
from tollgate.model.source import decode
from tollgate.rule_examples import Case, file_name, policy_of

RULES = {rule.name: rule for rule in catalog.rules(texts=True)}
PAIRS = [
    pytest.param(rule, RULES[broader], id=f"{rule.name}-{broader}")
    for rule in RULES.values()
    if not rule.relational
    for broader in rule.instead_of
]
NUMBERS = {"cis", "cis-docker"}
"""A control's number files the finding under one heading of a benchmark; it is no check of another tool."""
OTHERS_ACCEPT = {
    ("capabilities-dropped-one-by-one", "capabilities-not-dropped"),
    ("drop-all-in-small-letters", "capabilities-not-dropped"),
}
"""What only Pod Security Admission refuses, so that the broader rule's other ids would be wrong."""
OTHER_KIND = {
    ("role-changes-everything", "role-changes-coredns"),
    ("role-grants-everything", "role-opens-endpoints"),
    ("service-security-options-missing", "privilege-escalation-allowed"),
}
"""The ids left out speak of other kinds of objects than the examples show."""


def speaking(rule: Rule, broader: Rule) -> list[Finding]:
    """The exact rule's findings in its examples, with only the two rules turned on."""
    found: list[Finding] = []
    for number, example in enumerate(rule.examples, 1):
        case = Case(rule, example, number)
        policy = policy_of(case)._replace(select=(rule.name, broader.name))
        linter = Linter(catalog.heads(), policy=policy, project=Project())
        text = strip_markers(example.bad or "").text
        source = decode(file_name(case), text.encode("utf-8", "surrogateescape"))
        found += linter.lint(source, kind_by_name(source.path) or "yaml").findings
    return [finding for finding in found if finding.rule == rule.name]


@pytest.mark.parametrize(("rule", "broader"), PAIRS)
def test_exact_rule_carries_what_the_broader_one_stands_for(rule: Rule, broader: Rule) -> None:
    """At a place where both hold, the finding has the broader rule's ids and sets; where both always hold,
    the exact rule's own page lists them."""
    found = speaking(rule, broader)
    for finding in found:
        if finding.equivalents is not None:
            for peer, ids in broader.equivalents.items():
                assert set(ids) <= set(finding.equivalents[peer])
            assert set(broader.sets) <= set(finding.sets)
    if found and all(finding.equivalents is not None for finding in found):
        lost = {
            (peer, one)
            for peer, ids in broader.equivalents.items()
            if peer not in NUMBERS
            for one in ids
            if one not in rule.equivalents.get(peer, ())
        }
        excused = (rule.name, broader.name) in OTHERS_ACCEPT | OTHER_KIND
        assert bool(lost) == excused, sorted(lost)
