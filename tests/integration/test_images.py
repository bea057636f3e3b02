"""`tollgate images` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_cli import tollgate
from tests.tools import ROOT
from tests.unit.reporters.hostile import NASTY

DIGEST = "sha256:" + "0123456789abcdef" * 4
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
    "spec:\n  containers:\n    - {name: a, image: 'nginx:1.27'}\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pod.yaml").write_text(POD)
    dockerfile = f"ARG BASE\nFROM nginx:1.27\nFROM quay.io/a/b@{DIGEST}\nFROM $BASE\n"
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (tmp_path / "compose.yaml").write_text("services:\n  db: {image: 'corp.example/db:17'}\n")
    (tmp_path / ".tollgate.yaml").write_text("images: {official: true, internal: ['corp.example/**']}\n")
    return tmp_path


def test_the_table(project: Path) -> None:
    done = tollgate("images", cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "IMAGE               PINNED  ALLOWED  PLACE\n"
        "corp.example/db:17  no      yes      compose.yaml:2:15\n"
        "nginx:1.27          no      yes      Dockerfile:2:6\n"
        "                                     pod.yaml:6:24\n"
        f"quay.io/a/b@{DIGEST}\n"
        "                    yes     no       Dockerfile:3:6  (image-outside-allowlist)\n"
        "$BASE               -       no       Dockerfile:4:6  (image-outside-allowlist)\n"
        "\n4 images in 5 places; 2 not pinned, 2 not allowed, 1 not known\n"
    )


def test_the_list_is_for_a_scanner(project: Path) -> None:
    done = tollgate("images", "--format", "list", cwd=project)
    assert done.stdout.splitlines() == [
        "corp.example/db:17",
        "docker.io/library/nginx:1.27",
        f"quay.io/a/b@{DIGEST}",
    ]
    assert "1 that hold a variable" in done.stderr


def test_json(project: Path) -> None:
    made = json.loads(tollgate("images", "--format", "json", ".", cwd=project).stdout)
    assert made["files"] == 4
    images = {image["image"]: image for image in made["images"]}
    nginx = images["docker.io/library/nginx:1.27"]
    assert (nginx["pinned"], nginx["allowed"], nginx["tag"], nginx["digest"]) == (False, True, "1.27", None)
    place = nginx["places"][1]
    assert (place["path"], place["use"], place["object_kind"], place["object_name"]) == (
        "pod.yaml",
        "container",
        "Pod",
        "web",
    )
    assert place["region"] == {"start": {"line": 6, "column": 24}, "end": {"line": 6, "column": 36}}
    assert images[f"quay.io/a/b@{DIGEST}"]["pinned"] is True
    assert images["$BASE"]["known"] is False


def test_paths_and_standard_input(project: Path) -> None:
    assert (
        tollgate("images", "compose.yaml", "--format", "list", cwd=project).stdout == "corp.example/db:17\n"
    )
    done = tollgate("images", "-", "--stdin-filename", "x.yaml", "--format", "list", cwd=project, stdin=POD)
    assert done.stdout == "docker.io/library/nginx:1.27\n"


def test_nothing_found_is_said(tmp_path: Path) -> None:
    assert tollgate("images", cwd=tmp_path).stdout == "0 images in 0 places\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("nope",), "no such file"), (("--format", "xml"), "the formats are table, json, list")],
)
def test_mistakes_are_explained_with_2(project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = tollgate("images", *arguments, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_not_read_is_said(project: Path) -> None:
    (project / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nspec: {a: [\n")
    done = tollgate("images", cwd=project)
    assert done.returncode == 0
    assert "not read: broken.yaml:" in done.stderr
    made = json.loads(tollgate("images", "--format", "json", cwd=project).stdout)
    assert [one["path"] for one in made["unread"]] == ["broken.yaml"]


@pytest.mark.parametrize("format_name", ["table", "json", "list"])
def test_hostile_names_do_not_act(tmp_path: Path, format_name: str) -> None:
    said = json.dumps(NASTY.replace("\udcff", ""))
    (tmp_path / "a\x1b[2J::error::.yaml").write_text(POD.replace("'nginx:1.27'", said).replace("web", said))
    actions = {"GITHUB_ACTIONS": "true"}
    done = tollgate("images", "--format", format_name, cwd=tmp_path, env=actions)
    assert done.returncode == 0, done.stderr
    assert not set("\x1b\x07\x9b\r\u202e\u2028") & set(done.stdout + done.stderr)
    if format_name == "table":
        assert done.stdout.startswith("::stop-commands::")
    else:
        assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]


def test_linting_imports_nothing_of_it(project: Path) -> None:
    script = (
        "import sys; from tollgate.hook import run; run(['pod.yaml', '-q'], prog='t'); "
        "print([name for name in sys.modules if name.startswith('tollgate')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = done.stdout.splitlines()[-1]
    assert "'tollgate.reporters.text'" in loaded
    assert "inventory" not in loaded
    for name in ("images", "gcc", "gitlab", "junit", "checkstyle", "rdjson", "xml_element"):
        assert f"'tollgate.reporters.{name}'" not in loaded
