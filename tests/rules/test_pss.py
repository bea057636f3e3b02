"""The sets pss-baseline and pss-restricted say what the admission controller says, pod by pod."""

from __future__ import annotations

import json

import pytest

from tests.oracle.pss import LEVELS, VERSIONS, recorded_pods, recorded_verdicts
from tollgate import catalog
from tollgate.engine.run import find_hits
from tollgate.engine.select import rule_sets
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode
from tollgate.model.target import Artifact
from tollgate.parsers import parse


@pytest.fixture(scope="module")
def all_pods() -> Artifact:
    """One file, read once, so that 78 runs over it take seconds."""
    text = "\n".join(json.dumps(pod) for pod in recorded_pods())
    return parse(decode("pods.json", text.encode()), "yaml")


def found(artifact: Artifact, policy: Policy) -> set[tuple[str, str | None]]:
    """Rule and pod of all that a profile finds."""
    rules = rule_sets(catalog.heads(), policy=policy, project=Project())("pods.json")
    return {
        (hit.ready.rule.name, hit.target.object_name) for hit in find_hits(artifact, rules, {"secret": []})
    }


@pytest.mark.parametrize("level", LEVELS)
def test_verdicts_equal_the_admission_controllers(level: str, all_pods: Artifact) -> None:
    expected = recorded_verdicts()
    for version in VERSIONS:
        policy = Policy(profile=(level,), kubernetes_version=version)
        refused = {pod for _, pod in found(all_pods, policy)}
        wanted = {name for name, verdicts in expected.items() if not verdicts[level, version]}
        assert refused == wanted, (level, version)


def test_the_record_knows_both_answers() -> None:
    answers = [tuple(verdicts.values()) for verdicts in recorded_verdicts().values()]
    assert len(set(answers)) >= len(VERSIONS) / 2
    assert {answer for verdicts in answers for answer in verdicts} == {True, False}


@pytest.mark.parametrize("level", LEVELS)
def test_a_profile_of_the_standard_reports_nothing_else(level: str, all_pods: Artifact) -> None:
    controls = {rule.name for rule in catalog.rules() if level in rule.sets}
    assert {rule for rule, _ in found(all_pods, Policy(profile=(level,)))} <= controls
