"""Every rule's examples, and the long tail of cases, as parameters of tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.tools import needs
from tollgate.catalog_check import read_yaml
from tollgate.model.rule import Example, Rule
from tollgate.rule_examples import Case

CASES = Path(__file__).with_name("cases")


def long_tail(rules: Sequence[Rule]) -> list[Case]:
    """The cases of tests/rules/cases/RULE.yaml, of the same shape as a rule's `examples`."""
    by_name = {rule.name: rule for rule in rules}
    cases = []
    for path in sorted(CASES.glob("*.yaml")):
        loaded, problems = read_yaml(str(path))
        assert not problems, (path, problems)
        rule = by_name[path.stem]
        for number, fields in enumerate(loaded, 1):
            example = Example(**{"bad": None, "good": None, **fields})
            cases.append(Case(rule, example, number, "case"))
    return cases


def params(cases: Iterable[Case]) -> list[ParameterSet]:
    """Cases as parameters of a test; those of rules that need a tool say so."""
    return [
        pytest.param(case, id=str(case), marks=[needs(case.rule.extra)] if case.rule.extra else [])
        for case in cases
    ]
