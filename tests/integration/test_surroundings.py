"""A part of a repository is judged with the whole of it in mind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.tools import ROOT
from tollgate import lint

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


RUNS_IMAGE = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
    - name: web
      image: corp.example/shop/web:2
      ports: [{containerPort: 9090}]
"""
ABOUT_IMAGES = ("image-user-refused", "container-port-not-exposed")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text("FROM debian:13\nEXPOSE 8080\nUSER root\n")
    (tmp_path / "compose.yaml").write_text("services: {web: {image: corp.example/shop/web, build: app}}\n")
    (tmp_path / "pod.yaml").write_text(RUNS_IMAGE)
    (tmp_path / "other.yaml").write_text(RUNS_IMAGE.replace("shop/web", "shop/other"))
    subprocess.run(["git", "init", "-q", os.fspath(tmp_path)], check=True)
    return tmp_path


def about_images(root: Path, *paths: str, **policy: object) -> set[tuple[str, str, tuple[str, ...]]]:
    (root / ".tollgate.yaml").write_text(json.dumps({"profile": "all", **policy}))
    report = lint([root / path for path in paths])
    return {
        (one.rule, one.location.path, tuple(related.location.path for related in one.related))
        for one in report.findings
        if one.rule in ABOUT_IMAGES
    }


def test_a_dockerfile_is_judged_with_the_manifests_that_run_its_image(built: Path) -> None:
    expected = {(rule, "pod.yaml", ("app/Dockerfile",)) for rule in ABOUT_IMAGES}
    assert about_images(built, "app/Dockerfile") == expected
    assert about_images(built, "app/Dockerfile", "other.yaml") == expected
    assert about_images(built, "other.yaml") == set()


def test_policy_may_say_which_image_a_dockerfile_makes(built: Path) -> None:
    (built / "compose.yaml").unlink()
    assert about_images(built, "app/Dockerfile") == set()
    images = {"built": {"corp.example/shop/web": "app/Dockerfile"}}
    assert {rule for rule, *_ in about_images(built, "app/Dockerfile", images=images)} == set(ABOUT_IMAGES)


def test_a_dockerfile_that_nothing_names_asks_for_no_git(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_more: object) -> NoReturn:
        raise AssertionError("git was asked")

    (built / "compose.yaml").unlink()
    monkeypatch.setattr("tollgate.git.run", refuse)
    assert about_images(built, "app/Dockerfile") == set()
