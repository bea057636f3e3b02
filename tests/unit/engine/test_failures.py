"""A rule that fails loses only its own findings, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import tollgate
from tollgate.checks import run_risks, service_accounts
from tollgate.model.finding import Finding

TEXTS = {
    "Dockerfile": "FROM alpine:3.20\nRUN sudo true\n",
    "pod.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostNetwork: true
  containers: [{name: web, image: "nginx:1.27"}]
""",
    "roles.yaml": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nobody}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
""",
}
CRASHED = "not-linted-crashed"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def findings(folder: Path) -> list[Finding]:
    return list(tollgate.lint([folder], profile="all", config=None).findings)


def rules_by_path(found: list[Finding]) -> set[tuple[str, str]]:
    return {(one.location.path, one.rule) for one in found}


def fails(*_arguments: object) -> NoReturn:
    raise ValueError("hunter2")


@pytest.mark.parametrize(
    ("module", "check", "rule", "path"),
    [
        (run_risks, "user_missing", "user-missing", "Dockerfile"),
        (service_accounts, "token_mounted", "service-account-token-mounted", "pod.yaml"),
    ],
)
def test_only_its_own_findings_are_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: object, check: str, rule: str, path: str
) -> None:
    whole = rules_by_path(findings(folder))
    assert (path, rule) in whole
    monkeypatch.setattr(module, check, fails)
    found = findings(folder)
    assert rules_by_path(found) == (whole - {(path, rule)}) | {(path, CRASHED)}
    (told,) = [one for one in found if one.rule == CRASHED]
    assert told.severity == "error"
    assert f"`{rule}` failed (ValueError in test_failures.py:" in told.message
    assert "hunter2" not in told.message


def test_a_relation_that_fails_between_files_only_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone each file has no account; together they have, which is what fails."""
    real = service_accounts.token_mounted

    def fails_together(subject: object, context: object) -> Iterator[object]:
        if context.project.of_kind("RoleBinding"):  # type: ignore[attr-defined]
            raise KeyError("x")
        return real(subject, context)  # type: ignore[arg-type]

    whole = rules_by_path(findings(folder))
    monkeypatch.setattr(service_accounts, "token_mounted", fails_together)
    lost = {("pod.yaml", "service-account-token-mounted")}
    assert rules_by_path(findings(folder)) == (whole - lost) | {("pod.yaml", CRASHED)}


def test_a_failure_says_so_in_the_summary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_risks, "user_missing", fails)
    assert tollgate.lint([folder], profile="all", config=None).summary.not_linted == 1
