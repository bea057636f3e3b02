"""Linting an example as its rule file describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from _pytest.mark import ParameterSet

from tests.tools import needs, tool
from tollgate import catalog
from tollgate.catalog_check import read_yaml
from tollgate.engine.lint import Linter
from tollgate.model.file_kind import kind_by_name
from tollgate.model.finding import Finding
from tollgate.model.policy import Policy
from tollgate.model.project import Project, ShellProblem, unpack_objects
from tollgate.model.rule import Example, Rule
from tollgate.model.source import Source, decode
from tollgate.shellcheck import check

TODAY = "2026-11-23"
CASES = Path(__file__).with_name("cases")


class Case(NamedTuple):
    rule: Rule
    example: Example
    number: int
    origin: str = "example"

    def __str__(self) -> str:
        return f"{self.rule.name}-{self.origin}-{self.number}"


def all_cases(rules: Sequence[Rule]) -> list[Case]:
    return [Case(rule, example, number) for rule in rules for number, example in enumerate(rule.examples, 1)]


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


def file_name(case: Case) -> str:
    if case.example.file is not None:
        return case.example.file
    if case.rule.category == "compose":
        return "compose.yaml"
    return "Dockerfile" if case.rule.category.startswith("dockerfile") else "manifest.yaml"


def policy_of(case: Case) -> Policy:
    from tollgate.config import policy_from_plain

    written = dict(case.example.policy)
    if case.example.kubernetes is not None:
        written["kubernetes-version"] = case.example.kubernetes
    base = policy_from_plain(written) if written else Policy()
    return base._replace(select=(case.rule.name,), today=base.today or TODAY)


def lint_example(case: Case, text: str) -> list[Finding]:
    return list(_lint(case, decode(file_name(case), text.encode("utf-8", "surrogateescape"))))


def _lint(case: Case, source: Source) -> Sequence[Finding]:
    beside = {path: text.encode() for path, text in case.example.beside.items()}
    linter = Linter(catalog.heads(), policy=policy_of(case), project=Project(read_file=beside.get))
    kind = kind_by_name(source.path) or "yaml"
    if case.rule.extra:
        linter.project.shell_problems = _shell_problems(linter, source)
    result = linter.lint(source, kind)
    if not case.rule.relational:
        return result.findings
    others = [
        linter.lint(decode(path, text.encode()), kind_by_name(path) or "yaml")
        for path, text in case.example.beside.items()
    ]
    linter.project.fill(one for file in (result, *others) for one in unpack_objects(file.objects))
    related = linter.relations(given=None, load=lambda _path: linter.read_again(source), foretold={})
    return [*result.findings, *(finding for findings in related.values() for finding in findings)]


def _shell_problems(linter: Linter, source: Source) -> Mapping[str, Sequence[ShellProblem]]:
    texts = [one.text for one in linter.shell_texts(source.path, source.data)]
    return check(tool("shellcheck"), texts).problems


def params(cases: Iterable[Case]) -> list[ParameterSet]:
    """Cases as parameters of a test; those of rules that need a tool say so."""
    return [
        pytest.param(case, id=str(case), marks=[needs(case.rule.extra)] if case.rule.extra else [])
        for case in cases
    ]


def fixed(case: Case, text: str) -> str:
    """The text after every fix of the rule, safe or not."""
    from tollgate.engine.fix import apply_fixes

    source = decode(file_name(case), text.encode("utf-8", "surrogateescape"))
    outcome = apply_fixes(
        source,
        [finding for finding in _lint(case, source) if finding.rule == case.rule.name],
        kind=kind_by_name(source.path) or "yaml",
        unsafe=True,
        relint=lambda changed: _lint(case, changed),
    )
    assert not outcome.dropped, outcome.dropped
    return outcome.new_source.text
