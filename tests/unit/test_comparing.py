"""Other linters beside ours: run safely, read, and set against what we find."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools import needs, tool
from tollgate import api, comparing, peer_tools
from tollgate.model.report import Report
from tollgate.options import LintOptions
from tollgate.peer_tools import END, PEERS, PeerError, find_program, run_peer

DOCKERFILE = """\
FROM debian:latest
RUN apt-get update && \\
  apt-get install -y curl
# tollgate: ignore[cd-without-effect] on purpose
RUN cd /tmp
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: "nginx:1.29", securityContext: {privileged: true}}]}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(os.path.realpath(tmp_path)) / "root"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "pod.yaml").write_text(POD)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs: for the linters that are compared with, the only one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(sys, "executable", os.fspath(folder / "python"))
    monkeypatch.setenv("PATH", os.pathsep.join([os.fspath(folder), "/usr/bin", "/bin"]))
    return folder


def install(folder: Path, name: str, *, said: Any = None, status: int = 0, script: str = "") -> None:
    """A linter that writes down how it was started and prints `said`."""
    out = folder / "said.json"
    out.write_text(json.dumps(said))
    body = script or f"cat '{out}'\nexit {status}\n"
    lines = ["#!/bin/sh", f'printf "%s\\n" "$@" > "{folder}/arguments"', f'pwd > "{folder}/pwd"', body]
    lines.insert(1, f'env > "{folder}/environment"')
    (folder / name).write_text("\n".join(lines))
    (folder / name).chmod(0o755)


def report(root: Path, **options: Any) -> tuple[api.Session, Report]:
    request = api.request_for(LintOptions(paths=(os.fspath(root),), no_cache=True, **options))
    session = api.open_session(request)
    return session, api.run_session(session)


def compared(name: str, root: Path, **options: Any) -> list[str]:
    return "".join(comparing.as_text(comparing.compare(name, *report(root, **options)))).splitlines()


def hadolint_says(root: Path, *found: tuple[str, int]) -> list[dict[str, Any]]:
    path = os.fspath(root / "Dockerfile")
    return [
        {"code": code, "column": 1, "file": path, "level": "info", "line": line, "message": "…"}
        for code, line in found
    ]


def test_both_verdicts_stand_side_by_side(root: Path, programs: Path) -> None:
    said = hadolint_says(root, ("DL3007", 1), ("DL3008", 2), ("DL3003", 5), ("SC2164", 5), ("DL9999", 1))
    install(programs, "hadolint", said=said)
    lines = [" ".join(line.split()) for line in compared("hadolint", root)]
    assert lines == [
        "Dockerfile",
        "line hadolint Tollgate",
        "1 DL3007 image-tagged-latest",
        "1 DL9999 — no rule stands for DL9999",
        "2 — apt-lists-left",
        "2 DL3008 — system-package-unpinned: off here",
        "5 DL3003 — suppressed",
        "5 SC2164 — shell-script-problem: off here",
        "",
        "1 both, 4 only hadolint, 1 only Tollgate, and 1 of Tollgate's that hadolint has no check for",
    ]


def test_it_is_started_safely(root: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    (root / ".hadolint.yaml").write_text("ignored: []\n")
    (root / "--config=evil.Dockerfile").write_text("FROM scratch\n")
    install(programs, "hadolint", said=[])
    run_peer(
        "hadolint", os.fspath(root), {"Dockerfile": "dockerfile", "--config=evil.Dockerfile": "dockerfile"}
    )
    arguments = (programs / "arguments").read_text().splitlines()
    behind = arguments[arguments.index("--") + 1 :]
    assert behind == [os.fspath(root / "--config=evil.Dockerfile"), os.fspath(root / "Dockerfile")]
    assert f"--config={root / '.hadolint.yaml'}" in arguments
    folder = (programs / "pwd").read_text().strip()
    assert not folder.startswith(os.fspath(root))
    assert not os.path.exists(folder)
    environment = (programs / "environment").read_text()
    assert "SECRET_TOKEN" not in environment
    assert "https_proxy=http://127.0.0.1:9" in environment


def test_settings_that_are_a_link_are_not_handed_on(root: Path, programs: Path) -> None:
    (root / ".hadolint.yaml").symlink_to("/etc/hostname")
    install(programs, "hadolint", said=[])
    run_peer("hadolint", os.fspath(root), {"Dockerfile": "dockerfile"})
    assert "--config" not in (programs / "arguments").read_text()


def test_checkov_s_settings_are_not_handed_on_since_they_can_run_python(root: Path, programs: Path) -> None:
    (root / ".checkov.yaml").write_text("external-checks-dir: [evil]\n")
    install(programs, "checkov", said={"passed": 0})
    assert run_peer("checkov", os.fspath(root), {"pod.yaml": "manifest"}) == []
    assert ".checkov.yaml" not in (programs / "arguments").read_text()
    assert "--skip-download" in (programs / "arguments").read_text()


def test_a_linter_in_the_linted_tree_is_not_run(
    root: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "bin").mkdir()
    install(root / "bin", "hadolint", said=[])
    monkeypatch.setenv("PATH", os.pathsep.join([os.fspath(root / "bin"), "bin", "/usr/bin"]))
    assert find_program("hadolint", os.fspath(root)) is None
    with pytest.raises(PeerError, match="hadolint is not installed, or only in what is linted"):
        compared("hadolint", root)
    assert not (root / "bin" / "arguments").exists()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no >&2; exit 3", "hadolint ended with status 3: no"),
        ("echo '{'", "hadolint answered something that is not understood"),
        ("echo '[{}]'", "hadolint answered something that is not understood"),
        ("echo '[1]'", "hadolint answered something that is not understood"),
        ("sleep 5", "hadolint took longer than"),
    ],
)
def test_what_goes_wrong_is_said(
    root: Path, programs: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setattr(peer_tools, "_SECONDS", 0.5)
    monkeypatch.setattr(peer_tools, "_SECONDS_EACH", 0.0)
    install(programs, "hadolint", script=script)
    with pytest.raises(PeerError, match=message):
        run_peer("hadolint", os.fspath(root), {"Dockerfile": "dockerfile"})


def test_checkov_is_read(root: Path, programs: Path) -> None:
    """One report for each framework, with the lines of the document."""
    failed = {"check_id": "CKV_K8S_16", "check_name": "x", "file_line_range": [1, 4]}
    said = [
        {
            "check_type": "kubernetes",
            "results": {"failed_checks": [{**failed, "file_abs_path": os.fspath(root / "pod.yaml")}]},
        },
        {"check_type": "dockerfile", "results": {"failed_checks": []}},
    ]
    install(programs, "checkov", said=said)
    lines = [" ".join(line.split()) for line in compared("checkov", root)]
    assert "1 CKV_K8S_16 privileged-container" in lines
    assert "4 — may-run-as-root" in lines


def test_kube_linter_is_read(root: Path, programs: Path) -> None:
    """It has no lines: a finding anywhere in the file is meant."""

    def one(check: str) -> dict[str, Any]:
        metadata = {"FilePath": os.fspath(root / "pod.yaml")}
        return {"Check": check, "Diagnostic": {"Message": "x"}, "Object": {"Metadata": metadata}}

    install(programs, "kube-linter", said={"Reports": [one("privileged-container"), one("sorted-keys")]})
    lines = [" ".join(line.split()) for line in compared("kube-linter", root)]
    assert "privileged-container privileged-container" in lines
    assert any(line.startswith("sorted-keys — The order of keys means nothing") for line in lines)
    install(programs, "kube-linter", said={"Reports": None})
    assert run_peer("kube-linter", os.fspath(root), {"pod.yaml": "manifest"}) == []


def test_trivy_is_read(root: Path, programs: Path) -> None:
    cause = {"StartLine": 4, "EndLine": 4}
    found = [{"ID": "KSV-0017", "Title": "x", "CauseMetadata": cause}, {"ID": "DS-0002", "Title": "y"}]
    said = {
        "ArtifactName": os.fspath(root),
        "Results": [{"Target": "pod.yaml", "Misconfigurations": found}, {"Target": "elsewhere.yaml"}],
    }
    install(programs, "trivy", said=said)
    read = run_peer("trivy", os.fspath(root), {"pod.yaml": "manifest", "Dockerfile": "dockerfile"})
    assert [(one.path, one.check, one.first, one.last) for one in read] == [
        ("pod.yaml", "KSV-0017", 4, 4),
        ("pod.yaml", "DS-0002", 1, END),
    ]
    lines = [" ".join(line.split()) for line in compared("trivy", root)]
    assert "4 KSV-0017 privileged-container" in lines


def test_where_a_rule_means_something_else_the_note_says_so(root: Path, programs: Path) -> None:
    (root / "Dockerfile").write_text("FROM debian:13\nADD a.tar /a/\nUSER 10001\n")
    found = {"check_id": "CKV_DOCKER_4", "check_name": "x", "file_line_range": [2, 2]}
    report = {"results": {"failed_checks": [{**found, "file_abs_path": os.fspath(root / "Dockerfile")}]}}
    install(programs, "checkov", said=report)
    lines = [" ".join(line.split()) for line in compared("checkov", root)]
    assert any("CKV_DOCKER_4 — A local archive" in line for line in lines)


def test_every_linter_has_checks_that_rules_stand_for() -> None:
    known = {peer for rule in api.rules() for peer in rule.equivalents}
    assert set(PEERS) <= known


def test_nothing_to_compare(root: Path, programs: Path) -> None:
    install(programs, "hadolint", said=[])
    (root / "Dockerfile").unlink()
    assert compared("hadolint", root) == [
        "0 both, 0 only hadolint, 0 only Tollgate, and 0 of Tollgate's that hadolint has no check for"
    ]
    assert not (programs / "arguments").exists()


@needs("hadolint")
def test_the_real_hadolint(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.path.dirname(tool("hadolint")))
    lines = [" ".join(line.split()) for line in compared("hadolint", root, profile=("all",))]
    assert "1 DL3007 image-tagged-latest" in lines
    assert "2 DL3008 system-package-unpinned" in lines
    assert "2 DL3009 apt-lists-left" in lines
