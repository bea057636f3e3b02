"""The sets pss-baseline and pss-restricted say what the admission controller says, pod by pod."""

from __future__ import annotations

import json

import pytest

from tests.oracle.pss import LEVELS, VERSIONS, recorded_pods, recorded_verdicts
from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import Source, decode


@pytest.fixture(scope="module")
def all_pods() -> Source:
    """One file, so that 78 runs over it take seconds."""
    return decode("pods.json", "\n".join(json.dumps(pod) for pod in recorded_pods()).encode())


@pytest.mark.parametrize("level", LEVELS)
def test_verdicts_equal_the_admission_controllers(level: str, all_pods: Source) -> None:
    rules = [rule for rule in catalog.rules() if level in rule.sets]
    expected = recorded_verdicts()
    for version in VERSIONS:
        policy = Policy(profile=(level,), kubernetes_version=version)
        findings = (
            Linter(rules, policy=policy, project=Project(), edits=False).lint(all_pods, "yaml").findings
        )
        refused = {finding.object_name for finding in findings}
        wanted = {name for name, verdicts in expected.items() if not verdicts[level, version]}
        assert refused == wanted, (level, version)


def test_the_record_knows_both_answers() -> None:
    answers = [tuple(verdicts.values()) for verdicts in recorded_verdicts().values()]
    assert len(set(answers)) >= len(VERSIONS) / 2
    assert {answer for verdicts in answers for answer in verdicts} == {True, False}


@pytest.mark.parametrize("level", LEVELS)
def test_a_profile_of_the_standard_reports_nothing_else(level: str, all_pods: Source) -> None:
    controls = {rule.name for rule in catalog.rules() if level in rule.sets}
    policy = Policy(profile=(level,))
    linter = Linter(catalog.rules(), policy=policy, project=Project(), edits=False)
    assert {finding.rule for finding in linter.lint(all_pods, "yaml").findings} <= controls
