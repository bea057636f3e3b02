"""A part of a repository is judged with the whole of it in mind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools import ROOT

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers: [{name: web, image: "nginx:1.29"}]
"""
RULE = "service-selects-nothing"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "service.yaml").write_text(SERVICE)
    (tmp_path / "web.yaml").write_text(DEPLOYMENT.replace("NAME", "web"))
    (tmp_path / "other.yaml").write_text(DEPLOYMENT.replace("NAME", "web2"))
    subprocess.run(["git", "init", "-q", os.fspath(tmp_path)], check=True)
    return tmp_path


def findings(repository: Path, *paths: str) -> list[tuple[str, int]]:
    done = subprocess.run(
        [sys.executable, "-m", "tollgate", "lint", "--select", RULE, "--format", "json", *paths],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return [
        (one["location"]["path"], one["location"]["region"]["start"]["line"])
        for one in report["findings"]
        if one["rule"] == RULE
    ]


def test_what_a_part_does_not_show_is_not_missing(repository: Path) -> None:
    assert findings(repository, "service.yaml", "other.yaml") == []


def test_a_given_file_is_judged_against_the_others(repository: Path) -> None:
    (repository / "web.yaml").unlink()
    assert findings(repository, "service.yaml") == [("service.yaml", 5)]


def test_what_a_given_file_causes_elsewhere_is_said(repository: Path) -> None:
    (repository / "other.yaml").unlink()
    (repository / "web.yaml").write_text(DEPLOYMENT.replace("NAME", "web").replace("app: web", "app: web3"))
    assert findings(repository, "web.yaml") == [("service.yaml", 5)]


def test_a_file_that_has_no_part_in_it_is_silent(repository: Path) -> None:
    (repository / "web.yaml").unlink()
    (repository / "config.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    assert findings(repository, "config.yaml") == []
