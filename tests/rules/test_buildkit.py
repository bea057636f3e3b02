"""The rules on syntax say what BuildKit's own build checks say, file by file."""

from __future__ import annotations

import pytest

from tests.oracle.buildkit import Answer, recorded
from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.finding import Finding
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode

WARNED_OF = {
    "ConsistentInstructionCasing": "instruction-in-other-case",
    "DuplicateStageName": "stage-name-doubled",
    "FromAsCasing": "as-in-other-case",
    "LegacyKeyValueFormat": "key-value-without-equals",
    "MaintainerDeprecated": "maintainer-instruction",
    "NoEmptyContinuation": "blank-line-in-continuation",
    "ReservedStageName": "stage-name-reserved",
    "StageNameCasing": "stage-name-in-capitals",
    "UndefinedVar": "variable-undefined",
    "WorkdirRelativePath": "workdir-relative",
}
REFUSED = {"comment-not-a-comment", "image-reference-invalid", "parse-error", "stage-reference-in-capitals"}
"""Rules about what stops a build, beside those that have an id of `buildkit-error`."""


@pytest.fixture(scope="module")
def answers() -> list[tuple[Answer, list[Finding]]]:
    policy = Policy(profile=("all",), peer_suppressions="off")
    linter = Linter(catalog.rules(), policy=policy, project=Project(), edits=False)
    found = []
    for one in recorded():
        source = decode("Dockerfile", one.text.encode())
        found.append((one, list(linter.lint(source, "dockerfile").findings)))
    return found


def test_the_same_files_stop_the_build(answers: list[tuple[Answer, list[Finding]]]) -> None:
    refusing = {rule.name for rule in catalog.rules() if "buildkit-error" in rule.equivalents} | REFUSED
    differing = []
    for one, findings in answers:
        stops = any(found.severity == "error" and found.rule in refusing for found in findings)
        if stops != (one.stops_at is not None):
            differing.append(one)
    assert differing == []


@pytest.mark.parametrize("check", WARNED_OF)
def test_the_same_files_are_warned_of(check: str, answers: list[tuple[Answer, list[Finding]]]) -> None:
    differing = []
    for one, findings in answers:
        if one.stops_at is None:
            warned = check in one.warnings
            if warned != any(found.rule == WARNED_OF[check] for found in findings):
                differing.append(one)
    assert differing == []


def test_the_record_knows_both_answers() -> None:
    stops = [one.stops_at is not None for one in recorded()]
    assert min(stops.count(True), stops.count(False)) > 100
    for check in WARNED_OF:
        warned = [check in one.warnings for one in recorded() if one.stops_at is None]
        assert min(warned.count(True), warned.count(False)) > 10, check
