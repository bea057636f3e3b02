"""`tollgate policy`, `rules test`, `migrate` and `lint --compare` as a user runs them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.integration.test_cli import BAD, tollgate
from tests.unit.test_custom_rules import RULE

POLICY = """\
extends: policy/base.yaml
rules-dir: policy/rules
environments:
  production:
    paths: [prod/]
    rules: {acme-owner: error, host-pid: off}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "policy/base.yaml": "fail-on: error\n",
        "policy/rules/acme-owner.yaml": RULE,
        ".tollgate.yaml": POLICY,
        "pod.yaml": BAD,
        "prod/pod.yaml": BAD,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_environments_and_rules_of_one_s_own_hold_in_a_run(project: Path) -> None:
    done = tollgate("lint", "--format", "json", ".", cwd=project)
    findings = json.loads(done.stdout)["findings"]
    found = {(one["location"]["path"], one["rule"], one["severity"]) for one in findings}
    assert ("pod.yaml", "host-pid", "error") in found
    assert ("pod.yaml", "acme-owner", "warning") in found
    assert ("prod/pod.yaml", "acme-owner", "error") in found
    assert not any(path == "prod/pod.yaml" and rule == "host-pid" for path, rule, _ in found)


def test_the_rules_command_and_explain_know_rules_of_one_s_own(project: Path) -> None:
    assert "custom\n  acme-owner" in tollgate("rules", cwd=project).stdout
    assert "https://wiki.corp.example/owner" in tollgate("explain", "acme-owner", cwd=project).stdout
    sarif = json.loads(tollgate("lint", "--format", "sarif", "pod.yaml", cwd=project).stdout)
    (described,) = [
        rule for rule in sarif["runs"][0]["tool"]["driver"]["rules"] if rule["id"] == "acme-owner"
    ]
    assert described["helpUri"] == "https://wiki.corp.example/owner"
    (project / ".tollgate.yaml").write_text("nonsense: 1\n")
    done = tollgate("explain", "host-pid", cwd=project)
    assert done.returncode == 0
    assert "tollgate: without the policy's own rules, for it is wrong: .tollgate.yaml:1:1" in done.stderr


def test_policy_show_and_check(project: Path) -> None:
    shown = tollgate("policy", "show", "--fail-on", "note", cwd=project)
    assert shown.returncode == 0
    assert "fail-on: note                                 # command line" in shown.stdout
    resolved = tollgate("policy", "show", "--resolved", "--format", "json", cwd=project)
    assert json.loads(resolved.stdout)["origins"]["strict-input"] == "default"
    of_path = tollgate("policy", "show", "prod/pod.yaml", cwd=project).stdout
    assert "environment: production  # .tollgate.yaml:4" in of_path
    assert "host-pid: off" in of_path
    assert tollgate("policy", "check", cwd=project).stdout.startswith(
        "ok: .tollgate.yaml\n  extends policy/base.yaml"
    )
    (project / "policy" / "base.yaml").write_text("fail-on: errror\nrules: {x y: off}\n")
    wrong = tollgate("policy", "check", cwd=project)
    assert wrong.returncode == 2
    first, second = wrong.stderr.splitlines()
    assert first.startswith("tollgate: error: policy/base.yaml:1:10: `fail-on` must be one of error, warning")
    assert second == "policy/base.yaml:2:9: `x y` is no rule name"
    assert tollgate("policy", "show", "--format", "toml", cwd=project).returncode == 2


def test_rules_test(project: Path) -> None:
    done = tollgate("rules", "test", "policy/rules", cwd=project)
    assert (done.returncode, done.stdout) == (0, "1 rule, 1 example: all hold\n")
    path = project / "policy" / "rules" / "acme-owner.yaml"
    path.write_text(RULE.replace("# <-", "#         ^^^^"))
    assert tollgate("rules", "test", "policy/rules", cwd=project).returncode == 1
    path.write_text("title: x\n")
    assert tollgate("rules", "test", "policy/rules", cwd=project).returncode == 2
    assert tollgate("rules", "test", "none", cwd=project).returncode == 2
    assert tollgate("rules", "test", "python:none", cwd=project).returncode == 2


def test_migrate(tmp_path: Path) -> None:
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3015]\nfailure-threshold: error\n")
    printed = tollgate("migrate", cwd=tmp_path)
    assert printed.returncode == 0
    assert "fail-on: error" in printed.stdout
    assert tollgate("migrate", "--write", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".tollgate.yaml").read_text() == printed.stdout
    assert tollgate("policy", "check", cwd=tmp_path).returncode == 0
    again = tollgate("migrate", "--write", cwd=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert tollgate("migrate", "nothing", cwd=tmp_path).returncode == 2


def test_compare(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "Dockerfile").write_text("FROM debian:latest\nUSER 10001\n")
    (folder / "kube-linter").write_text("#!/bin/sh\necho '{\"Reports\": []}'\n")
    (folder / "kube-linter").chmod(0o755)
    (root / "pod.yaml").write_text(BAD)
    env = {"PATH": os.pathsep.join([os.fspath(folder), os.environ["PATH"]])}
    done = tollgate(
        "lint", "--compare", "kube-linter", "--format", "json=report.json", ".", cwd=root, env=env
    )
    assert done.returncode == 1
    assert "host-pid" in done.stdout
    assert "0 both, 0 only kube-linter" in done.stdout
    assert json.loads((root / "report.json").read_text())["findings"]
    in_actions = {**env, "GITHUB_ACTIONS": "true"}
    guarded = tollgate("lint", "--compare", "kube-linter", ".", cwd=root, env=in_actions).stdout
    assert guarded.startswith("::stop-commands::")
    assert tollgate("lint", "--compare", "pylint", ".", cwd=root).returncode == 2
    refused = tollgate("lint", "--compare", "hadolint", "-", cwd=root)
    assert refused.returncode == 2
    assert "takes neither --staged nor -" in refused.stderr


def test_nothing_of_the_folder_is_imported(project: Path) -> None:
    """`python -m` puts the folder on the module path."""
    for name in ("jsonschema", "ruamel", "re2", "acme", "sitecustomize_", "difflib"):
        (project / f"{name}.py").write_text(f"open('executed-{name}', 'w')\n")
    (project / ".tollgate.yaml").write_text("extends: python:acme\nrule-packages: acme\n")
    (project / "acme-1.dist-info").mkdir()
    (project / "acme-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    points = "[tollgate.policies]\nacme = acme\n[tollgate.rules]\nacme = acme\n"
    (project / "acme-1.dist-info" / "entry_points.txt").write_text(points)
    for command in (("lint", "--no-cache", "."), ("policy", "check"), ("rules", "test", "policy/rules")):
        done = tollgate(*command, cwd=project)
        assert "Traceback" not in done.stderr
    assert "no installed package has an entry point `acme`" in tollgate("policy", "check", cwd=project).stderr
    assert not list(project.glob("executed-*"))
