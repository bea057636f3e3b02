"""One defect, one finding: also where the more exact rule relates several objects."""

from __future__ import annotations

from pathlib import Path

import pytest

import tollgate
from tollgate.model.finding import Finding

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: "nginx:1.27"}, {name: side, image: "side:1"}]}
"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
EXACT, BROAD = "ready-probe-behind-service", "readiness-probe-missing"


def _lint(folder: Path, text: str, profile: str) -> list[Finding]:
    (folder / "all.yaml").write_text(text)
    report = tollgate.lint([folder], profile=profile, config=None)
    return sorted(
        (one for one in report.findings if one.rule in (EXACT, BROAD)), key=lambda one: one.location
    )


@pytest.mark.parametrize(
    ("text", "profile", "expected"),
    [
        (POD, "strict", [(BROAD, 28), (BROAD, 62)]),
        (POD + SERVICE, "strict", [(EXACT, 28), (BROAD, 62)]),
        (POD + SERVICE, "recommended", [(BROAD, 28), (BROAD, 62)]),
    ],
)
def test_the_relation_speaks_for_the_broader_finding_at_its_place(
    tmp_path: Path, text: str, profile: str, expected: list[tuple[str, int]]
) -> None:
    found = _lint(tmp_path, text, profile)
    assert [(one.rule, one.location.region.start.column) for one in found] == expected


def test_it_carries_what_the_broader_rule_stands_for(tmp_path: Path) -> None:
    exact = _lint(tmp_path, POD + SERVICE, "strict")[0]
    assert exact.equivalents is not None
    assert {"kube-score", "kube-linter"} <= set(exact.equivalents)
