"""Only what changed: which findings a change has to do with."""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from tests.repository import Repository
from tollgate import api
from tollgate.git import GitError
from tollgate.model.report import Report
from tollgate.options import LintOptions
from tollgate.since import compare
from tollgate.trees import index_tree

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostPID: true
      containers:
        - name: web
          image: registry.example/web:1.2
          envFrom: [{configMapRef: {name: settings}}]
          securityContext:
            privileged: true
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: {a: b}\n"
RULES = (
    "privileged-container",
    "host-pid",
    "readiness-probe-missing",
    "service-selects-nothing",
    "env-source-missing",
    "selector-mismatch",
    "sudo-in-build",
    "user-missing",
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.write("web.yaml", WEB)
    made.write("service.yaml", SERVICE)
    made.write("settings.yaml", SETTINGS)
    made.write("Dockerfile", "FROM debian:12\nRUN sudo ls\nUSER 1000\n")
    made.commit()
    made.git("checkout", "-q", "-b", "change")
    return made


def lint(
    repository: Repository, *paths: str, ref: str = "main", staged: bool = False, everything: bool = False
) -> Report:
    top = os.fspath(repository.top)
    options = LintOptions(paths=tuple(os.path.join(top, path) for path in paths or (".",)), select=RULES)
    request = api.request_for(options)
    if staged:
        request = request._replace(tree=index_tree(top))
    return compare(request, ref, everything=everything).report


def found(report: Report) -> set[tuple[str, str, str | None]]:
    return {(one.location.path, one.rule, one.change) for one in report.findings}


def test_nothing_changed(repository: Repository) -> None:
    report = lint(repository)
    assert report.findings == ()
    assert report.linted == ()
    assert report.since is not None
    assert report.since.base == repository.git("rev-parse", "main")


def test_findings_on_changed_lines_only(repository: Repository) -> None:
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # x")
    report = lint(repository)
    assert found(report) == {("web.yaml", "host-pid", "changed-line")}
    assert report.since is not None
    assert (report.since.changed, report.since.left_out) == (1, 2)


def test_committed_staged_and_unstaged_changes_count_alike(repository: Repository) -> None:
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # x")
    repository.commit()
    repository.replace("web.yaml", "privileged: true", "privileged: yes")
    repository.git("add", ".")
    repository.write("new.yaml", WEB.replace("name: web,", "name: new,"))
    repository.write("ignored.yaml", WEB)
    (repository.top / ".git" / "info" / "exclude").write_text("ignored.yaml\n")
    found_now = found(lint(repository))
    assert ("web.yaml", "host-pid", "changed-line") in found_now
    assert ("web.yaml", "privileged-container", "changed-line") in found_now
    assert {change for path, _, change in found_now if path == "new.yaml"} == {"new-file"}
    assert not any(path == "ignored.yaml" for path, _, _ in found_now)


def test_what_the_base_branch_did_meanwhile_does_not_count(repository: Repository) -> None:
    repository.replace("web.yaml", "image: registry.example/web:1.2", "image: registry.example/web:1.3")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.replace("web.yaml", "hostPID: true", "hostPID: false")
    repository.write("other.yaml", WEB)
    repository.commit()
    repository.git("checkout", "-q", "change")
    assert found(lint(repository)) == set()


def test_a_removed_line_gives_a_new_finding_elsewhere_in_the_file(repository: Repository) -> None:
    repository.replace("Dockerfile", "USER 1000\n", "")
    assert found(lint(repository)) == {("Dockerfile", "user-missing", "new")}


def test_moved_lines_below_an_insertion_are_not_changed(repository: Repository) -> None:
    repository.write("web.yaml", "# a comment\n# and more\n" + WEB)
    report = lint(repository)
    assert found(report) == set()
    assert report.since is not None
    assert report.since.left_out == 3


def test_reindented_lines_are_changed_lines(repository: Repository) -> None:
    repository.replace("web.yaml", "            privileged: true", "              privileged: true")
    assert found(lint(repository)) == {("web.yaml", "privileged-container", "changed-line")}


def test_a_related_place_on_a_changed_line(repository: Repository) -> None:
    repository.replace("service.yaml", "{app: web}", "{app: gone}")
    repository.commit()
    repository.git("branch", "-f", "main")
    repository.replace("web.yaml", "labels: {app: web}", "labels: {app: web, tier: front}")
    assert found(lint(repository)) == {("service.yaml", "service-selects-nothing", "related")}


def test_caused_in_a_file_that_did_not_change(repository: Repository) -> None:
    repository.replace("web.yaml", "labels: {app: web}", "labels: {app: other}")
    report = lint(repository)
    assert ("service.yaml", "service-selects-nothing", "related") in found(report)
    assert ("web.yaml", "selector-mismatch", "related") in found(report)
    text = report.load("service.yaml")
    assert text is not None
    assert "selector" in text.line(5)


@pytest.mark.parametrize("how", ["deleted", "emptied", "renamed object"])
def test_what_is_gone_is_missed_elsewhere(repository: Repository, how: str) -> None:
    if how == "deleted":
        (repository.top / "settings.yaml").unlink()
    elif how == "emptied":
        repository.write("settings.yaml", "")
    else:
        repository.replace("settings.yaml", "name: settings", "name: other")
    assert found(lint(repository)) == {("web.yaml", "env-source-missing", "new")}


def test_what_was_missing_before_is_not_news(repository: Repository) -> None:
    (repository.top / "settings.yaml").unlink()
    repository.commit()
    repository.git("branch", "-f", "main")
    repository.replace("service.yaml", "port: 80", "port: 81")
    assert found(lint(repository)) == set()


@pytest.mark.parametrize("how", ["git mv", "mv", "mv and edit", "mv and commit"])
def test_renames_are_followed(repository: Repository, how: str) -> None:
    target = "deploy/front.yaml"
    (repository.top / "deploy").mkdir()
    if how == "git mv":
        repository.git("mv", "web.yaml", target)
    else:
        (repository.top / "web.yaml").rename(repository.top / target)
    if how == "mv and edit":
        repository.replace(target, "hostPID: true", "hostPID: true # x")
    if how == "mv and commit":
        repository.commit()
    wanted = {(target, "host-pid", "changed-line")} if how == "mv and edit" else set()
    assert found(lint(repository)) == wanted


def test_a_suppression_that_goes_makes_news(repository: Repository) -> None:
    repository.replace(
        "web.yaml", "      hostPID: true", "      # tollgate: ignore[host-pid] agreed\n      hostPID: true"
    )
    repository.commit()
    repository.git("branch", "-f", "main")
    repository.replace("web.yaml", "      # tollgate: ignore[host-pid] agreed\n", "")
    assert found(lint(repository)) == {("web.yaml", "host-pid", "new")}


def test_line_ends_do_not_change_a_line(repository: Repository) -> None:
    repository.write("web.yaml", WEB.replace("\n", "\r\n"))
    assert found(lint(repository)) == set()


def test_staged_content_counts_and_the_disk_does_not(repository: Repository) -> None:
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # x")
    repository.git("add", ".")
    repository.replace("web.yaml", "privileged: true", "privileged: yes")
    repository.write("new.yaml", WEB)
    (repository.top / "service.yaml").unlink()
    report = lint(repository, ref="HEAD", staged=True)
    assert found(report) == {("web.yaml", "host-pid", "changed-line")}
    assert report.since is not None
    assert report.since.staged


def test_all_tells_the_rest_apart(repository: Repository) -> None:
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # x")
    report = lint(repository, everything=True)
    assert found(report) == {
        ("web.yaml", "host-pid", "changed-line"),
        ("web.yaml", "privileged-container", "outside"),
        ("web.yaml", "readiness-probe-missing", "outside"),
        ("Dockerfile", "sudo-in-build", "outside"),
    }
    assert [one.rule for one in report.active] == ["host-pid"]
    assert report.since is not None
    assert report.since.left_out == 3


def test_a_kustomization_that_takes_a_file_for_a_patch_no_more(repository: Repository) -> None:
    repository.write("kustomization.yaml", "resources: [service.yaml]\npatches: [{path: patch.yaml}]\n")
    repository.write(
        "patch.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: x, image: y}]}\n",
    )
    repository.write("patch.yaml", "kind: Pod\napiVersion: v1\nspec: {containers: [{name: x}]}\n")
    repository.commit()
    repository.git("branch", "-f", "main")
    repository.write("kustomization.yaml", "resources: [service.yaml, patch.yaml]\n")
    news = found(lint(repository))
    assert ("patch.yaml", "readiness-probe-missing", "new") in news


def test_paths_say_which_files_count(repository: Repository) -> None:
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # x")
    repository.replace("Dockerfile", "RUN sudo ls", "RUN sudo ls -l")
    assert found(lint(repository, "Dockerfile")) == {("Dockerfile", "sudo-in-build", "changed-line")}
    (repository.top / "settings.yaml").unlink()
    report = lint(repository, "web.yaml", "settings.yaml")
    assert report.errors == ()
    assert ("web.yaml", "env-source-missing", "new") in found(report)
    assert lint(repository, "nothing.yaml", "web.yaml").errors


def test_a_submodule_is_left_alone(repository: Repository) -> None:
    head = repository.git("rev-parse", "HEAD")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    repository.write("sub/web.yaml", WEB)
    repository.write("sub/.git", "gitdir: ../.git/modules/sub\n")
    assert found(lint(repository)) == set()


def test_what_a_sparse_checkout_leaves_out_is_not_gone(repository: Repository) -> None:
    repository.replace("settings.yaml", "a: b", "a: c")
    repository.commit()
    repository.git("sparse-checkout", "set", "--no-cone", "/*", "!/settings.yaml")
    assert not (repository.top / "settings.yaml").exists()
    assert found(lint(repository)) == set()


def test_a_file_s_mode_is_not_its_content(repository: Repository) -> None:
    (repository.top / "web.yaml").chmod(0o755)
    report = lint(repository)
    assert found(report) == set()
    assert report.since is not None
    assert report.since.changed == 1


def test_an_unresolved_conflict_is_read_as_it_stands(repository: Repository) -> None:
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # ours")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.replace("web.yaml", "hostPID: true", "hostPID: true # theirs")
    repository.commit()
    repository.git("checkout", "-q", "change")
    with pytest.raises(CalledProcessError):
        repository.git("merge", "main")
    assert found(lint(repository)) == {("web.yaml", "parse-error", "changed-line")}
    assert found(lint(repository, staged=True)) == {("web.yaml", "host-pid", "changed-line")}


def test_strange_names(repository: Repository) -> None:
    names = ["a b.yaml", "-x.yaml", "é\n\"'.yaml", os.fsdecode(b"\xff.yaml"), ":(top).yaml", "*.yaml"]
    for name in names:
        (repository.top / name).write_text(WEB)
    assert {path for path, _, _ in found(lint(repository))} == set(names)


def test_a_change_of_policy_is_told(repository: Repository) -> None:
    repository.write(".tollgate.yaml", "profile: all\n")
    report = lint(repository)
    assert report.since is not None
    assert report.since.policy_changed
    assert report.findings == ()


def test_a_link_that_replaces_a_file(repository: Repository) -> None:
    (repository.top / "settings.yaml").unlink()
    (repository.top / "settings.yaml").symlink_to("service.yaml")
    assert found(lint(repository)) == {("web.yaml", "env-source-missing", "new")}


def test_a_file_that_is_renamed_out_of_sight(repository: Repository) -> None:
    repository.git("mv", "settings.yaml", "settings.bak")
    assert found(lint(repository)) == {("web.yaml", "env-source-missing", "new")}


def test_what_cannot_be_compared_is_explained(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"no commit 'chnage'.*did you mean `change`"):
        lint(repository, ref="chnage")
    for ref in ("--output=x", "-", "", "^main", "main..change", "main:web.yaml", "a\nb"):
        with pytest.raises(GitError):
            lint(repository, ref=ref)
    repository.git("checkout", "-q", "--orphan", "apart")
    repository.commit("apart")  # in the same second it would be the same commit
    with pytest.raises(GitError, match="no commit in common"):
        lint(repository)
    (tmp_path / "empty").mkdir()
    with pytest.raises(GitError, match="no commit yet"):
        lint(Repository(tmp_path / "empty"))


def test_a_shallow_clone_is_told_what_to_fetch(repository: Repository, tmp_path: Path) -> None:
    repository.commit()
    (tmp_path / "clone").mkdir()
    clone = Repository(tmp_path / "clone")
    url = f"file://{repository.top}"
    clone.git("remote", "add", "origin", url)
    clone.git("fetch", "-q", "--depth=1", "origin", "change")
    clone.git("checkout", "-q", "FETCH_HEAD")
    with pytest.raises(GitError, match=r"shallow.*fetch-depth: 0"):
        lint(clone, ref="origin/main")
    clone.git("fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    with pytest.raises(GitError, match=r"no commit in common.*--unshallow.*fetch-depth: 0"):
        lint(clone, ref="origin/main")
    with pytest.raises(GitError, match="did you mean `origin/main`"):
        lint(clone, ref="main")


def test_outside_a_work_tree(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(WEB)
    request = api.request_for(LintOptions(paths=(os.fspath(tmp_path),)))
    with pytest.raises(GitError, match="in no git work tree"):
        compare(request, "main")


def test_nothing_of_the_repository_runs(repository: Repository, tmp_path: Path) -> None:
    mark = repository.set_traps(tmp_path)
    repository.write("web.yaml", WEB.replace("hostPID: true", "hostPID: true # x"))
    repository.write("other.yaml", WEB)
    (repository.top / "settings.yaml").unlink()
    assert lint(repository).findings
    assert lint(repository, ref="HEAD", staged=True).findings == ()
    assert lint(repository, everything=True).findings
    assert not mark.exists()
