"""Linting what is in the index or in a commit, whatever stands on the disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tollgate import api
from tollgate.git_objects import index_files, resolve_commit, tree_files
from tollgate.model.report import Report
from tollgate.options import LintOptions
from tollgate.trees import Tree, index_tree

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  containers:
    - name: web
      image: registry.example/web@sha256:{digest}
      securityContext: {{privileged: {privileged}}}
"""


def pod(name: str, *, privileged: bool) -> str:
    return POD.format(name=name, digest="0" * 64, privileged=str(privileged).lower())


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = Path(os.path.realpath(tmp_path)) / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def lint(top: Path, tree: Tree, *paths: str, select: str = "privileged-container") -> Report:
    options = LintOptions(paths=tuple(os.fspath(top / path) for path in paths or (".",)), select=(select,))
    return api.run(api.request_for(options)._replace(tree=tree))


def found(report: Report) -> list[tuple[str, str]]:
    return [(finding.location.path, finding.rule) for finding in report.findings]


@pytest.mark.parametrize("of", ["index", "commit"])
def test_the_disk_does_not_matter(top: Path, of: str) -> None:
    for name in ("kept", "gone"):
        (top / f"{name}.yaml").write_text(pod(name, privileged=True))
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "one")
    (top / "kept.yaml").write_text(pod("kept", privileged=False))
    (top / "gone.yaml").unlink()
    (top / "new.yaml").write_text(pod("new", privileged=True))
    tree = _tree(of)(top)
    report = lint(top, tree)
    assert found(report) == [("gone.yaml", "privileged-container"), ("kept.yaml", "privileged-container")]
    text = report.load("kept.yaml")
    assert text is not None
    assert "privileged: true" in text.line(report.findings[1].location.region.start.line)
    assert found(lint(top, tree, "gone.yaml")) == [("gone.yaml", "privileged-container")]
    missing = lint(top, tree, "kept.yaml", "new.yaml")
    assert [error.split(":")[0] for error in missing.errors] == [os.fspath(top / "new.yaml")]


def _tree(of: str) -> Callable[[Path], Tree]:
    def commit(top: Path) -> Tree:
        files = tree_files(os.fspath(top), resolve_commit(os.fspath(top), "HEAD"))
        return Tree(os.fspath(top), {file.path: file for file in files}, whole=True)

    return commit if of == "commit" else lambda top: index_tree(os.fspath(top))


def test_relations_and_kustomizations_are_those_of_the_tree(top: Path) -> None:
    (top / "app").mkdir()
    (top / "app" / "kustomization.yaml").write_text("resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n")
    (top / "app" / "pod.yaml").write_text(
        pod("web", privileged=False) + "      envFrom: [{configMapRef: {name: settings}}]\n"
    )
    (top / "app" / "patch.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {}\n")
    (top / "settings.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    git(top, "add", ".")
    (top / "settings.yaml").unlink()
    (top / "app" / "kustomization.yaml").write_text("resources: [patch.yaml]\n")
    tree = index_tree(os.fspath(top))
    named = lint(top, tree, "app/pod.yaml", select="env-source-missing")
    assert found(named) == []
    git(top, "rm", "-q", "--cached", "settings.yaml")
    named = lint(top, index_tree(os.fspath(top)), "app/pod.yaml", select="env-source-missing")
    assert found(named) == [("app/pod.yaml", "env-source-missing")]


def test_links_lead_within_the_tree_only(top: Path) -> None:
    (top / "build.in").write_text("FROM scratch\nUSER root\n")
    (top / "outside").symlink_to("/etc/hostname")
    (top / "Dockerfile").symlink_to("build.in")
    (top / "loop.yaml").symlink_to("loop.yaml")
    git(top, "add", ".")
    (top / "Dockerfile").unlink()
    tree = index_tree(os.fspath(top))
    assert [(one.path, one.kind) for one in lint(top, tree).linted] == [("build.in", "dockerfile")]
    assert tree.link_target("outside") is None
    assert tree.link_target("loop.yaml") is None
    assert [one.path for one in lint(top, tree, "Dockerfile").linted] == ["build.in"]


def test_a_tree_over_the_disk_replaces_only_what_it_names(top: Path) -> None:
    (top / "a.yaml").write_text(pod("a", privileged=True))
    (top / "b.yaml").write_text(pod("b", privileged=True))
    git(top, "add", ".")
    blobs = {file.path: file for file in index_files(os.fspath(top))}
    (top / "b.yaml").write_text(pod("b", privileged=False))
    (top / "c.yaml").write_text(pod("c", privileged=True))
    tree = Tree(os.fspath(top), {"b.yaml": blobs["b.yaml"], "a.yaml": None}, whole=False)
    assert [path for path, _ in found(lint(top, tree))] == ["b.yaml", "c.yaml"]


def test_too_large_and_submodules(top: Path) -> None:
    (top / "large.yaml").write_text("a: " + "x" * 6_000_000)
    git(top, "add", ".")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    tree = index_tree(os.fspath(top))
    report = lint(top, tree, select="not-linted-too-large")
    assert found(report) == [("large.yaml", "not-linted-too-large")]
    assert tree.paths() == ["large.yaml"]
