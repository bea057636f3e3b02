"""Every rule's examples are tests: exact regions under `bad`, silence under `good`, fixes byte for byte.

So are the long tails of cases in tests/rules/cases/, one file a rule, which documentation does not show.
"""

from __future__ import annotations

import re

import pytest

from tests.rules.examples import long_tail, params
from tollgate import catalog
from tollgate.model.markers import strip_markers
from tollgate.model.rule import Rule
from tollgate.rule_examples import Case, all_cases, problems_of

CARETS = re.compile(r"\s*#[\s^]*\^[\s^]*$")
CASES = [*all_cases(catalog.rules(texts=True)), *long_tail(catalog.rules())]


@pytest.mark.parametrize("case", params(CASES))
def test_bad_is_found_where_the_markers_say_good_is_silent_and_fixed_bad_is_good(case: Case) -> None:
    assert list(problems_of(case)) == []


NO_TEXT_SHOWS = {
    "baseline-entry-unused",
    "baseline-ratchet",
    "gate-weakened",
    "line-too-long",
    "not-linted-crashed",
    "not-linted-unreadable",
}
"""Rules about files as such, the baseline, a change, or very long texts; tests/unit shows them."""


@pytest.mark.parametrize("rule", catalog.rules(texts=True), ids=lambda rule: rule.name)
def test_every_rule_marks_at_least_one_place(rule: Rule) -> None:
    if rule.name in NO_TEXT_SHOWS:
        return
    marked = [strip_markers(example.bad) for example in rule.examples if example.bad]
    assert any(one.regions or one.starts for one in marked), "no example says where the finding is"


@pytest.mark.parametrize("rule", catalog.rules(texts=True), ids=lambda rule: rule.name)
def test_no_line_of_carets_is_left_over(rule: Rule) -> None:
    texts = [text for example in rule.examples for text in (example.bad, example.good) if text]
    left = [line for text in texts for line in strip_markers(text).text.splitlines() if CARETS.match(line)]
    assert left == [], "one run of carets a line; for more there is ⟦…⟧"


@pytest.mark.parametrize(
    "rule",
    [rule for rule in catalog.rules(texts=True) if rule.name not in NO_TEXT_SHOWS],
    ids=lambda rule: rule.name,
)
def test_every_rule_shows_two_bad_and_two_good(rule: Rule) -> None:
    assert len([one for one in rule.examples if one.bad]) >= 2
    assert len([one for one in rule.examples if one.good]) >= 2
