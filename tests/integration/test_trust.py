"""The attacker's side: a pull request that tries to get past the gate that it is judged by."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tollgate import api
from tollgate.config import PolicyError
from tollgate.git import GitError
from tollgate.model.finding import Finding
from tollgate.model.report import Report
from tollgate.options import LintOptions
from tollgate.reporters import FORMATS, RenderOptions, render
from tollgate.weakened import RULE, run_trusted

POLICY = """\
profile: recommended
locked: [host-network]
images:
  internal: ["registry.corp.example/**"]
rules:
  host-ipc: error
"""
HEAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"
POD = HEAD + "spec:\n  # tollgate: ignore[host-ipc] agreed\n  hostIPC: true\n  containers: []\n"
FROM = "FROM registry.corp.example/a:1.2.3\n"
DOCKERFILE = "FROM registry.corp.example/base:1.2.3\nUSER 10001\n"
WORKFLOW = """\
on: push
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: docker build -t web .
      - run: kubectl apply -f deploy/pod.txt
"""
IDENTITY = {
    **os.environ,
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "t"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "t@example.org"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], env=IDENTITY, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "change")


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with policy, a suppression that is agreed, and a workflow; nothing in it fails."""
    folder = tmp_path_factory.mktemp("base")
    git(folder, "init", "-q", "-b", "main")
    files = {
        ".tollgate.yaml": POLICY,
        "deploy/pod.yaml": POD,
        "Dockerfile": DOCKERFILE,
        ".github/workflows/build.yml": WORKFLOW,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    commit(folder)
    return folder


@pytest.fixture
def repository(base: Path, tmp_path: Path) -> Path:
    """The change's own copy, on a branch."""
    folder = tmp_path / "repository"
    shutil.copytree(base, folder, symlinks=True)
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def lint(folder: Path, *, ref: str = "main", since: str | None = None, **options: object) -> Report:
    given = LintOptions(paths=(str(folder),), trusted_ref=ref, no_cache=True, today="2026-11-23", **options)  # type: ignore[arg-type]
    return run_trusted(api.request_for(given), since, everything=False)[1]


def told(report: Report) -> list[tuple[str, int, int, str]]:
    """Severity, line, column and message of what weakens the gate."""
    return [
        (one.severity, *one.location.region.start, f"{one.location.path}: {one.message}")
        for one in report.findings
        if one.rule == RULE and one.suppressed is None
    ]


def active(report: Report, rule: str) -> list[Finding]:
    return [one for one in report.active if one.rule == rule]


def test_an_honest_change_is_not_told_of(repository: Path) -> None:
    (repository / "deploy/pod.yaml").write_text(POD.replace("name: web", "name: shop"))
    commit(repository)
    (repository / "deploy/pod.yaml").write_text(POD + "  restartPolicy: Never\n")
    report = lint(repository)
    assert told(report) == []
    assert [one.suppressed is not None for one in report.findings if one.rule == "host-ipc"] == [True]
    assert report.policy_path == "main:.tollgate.yaml"


def test_a_renamed_file_keeps_its_suppressions(repository: Path) -> None:
    git(repository, "mv", "deploy/pod.yaml", "deploy/web.yaml")
    commit(repository)
    assert told(lint(repository)) == []


# Policy.


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("rules:\n", "rules:\n  host-pid: off\n"), ("error", 6, 3, "`host-pid` goes from error to off")),
        (("host-ipc: error", "host-ipc: note"), ("error", 6, 3, "`host-ipc` goes from error to note")),
        (("locked: [host-network]\n", ""), ("error", 1, 1, "`host-network` is not locked any more")),
        (
            ('"]\n', '", "evil.example/**"]\n'),
            ("error", 4, 42, "`evil.example/**` is allowed"),
        ),
        (
            ("locked", "exclude: [deploy/]\nlocked"),
            ("error", 2, 11, "files that match `deploy/` are passed over"),
        ),
        (
            ("locked", "extend-exclude: ['*.yaml']\nlocked"),
            ("error", 2, 18, "files that match `*.yaml` are passed over"),
        ),
        (
            ("locked", "include: [src/]\nlocked"),
            ("error", 2, 1, "only files that match these patterns are looked at now"),
        ),
        (
            ("locked", "fail-on: never\nlocked"),
            ("error", 2, 10, "`fail-on` goes from `warning` to `never`: less of what is found fails"),
        ),
        (
            ("locked", "peer-suppressions: honour\nlocked"),
            (
                "error",
                2,
                20,
                "`peer-suppressions` goes from `report` to `honour`: other linters' comments silence more",
            ),
        ),
        (
            ("locked", "overrides: [{paths: [deploy/], rules: {host-pid: off}}]\nlocked"),
            ("error", 2, 40, "`host-pid` goes from error to off for `deploy/`"),
        ),
        (
            ("locked", 'kubernetes-version: "1.20"\nlocked'),
            ("warning", 2, 1, "`kubernetes-version` changes"),
        ),
    ],
)
def test_each_policy_edit_is_told_at_its_place_and_has_no_effect(
    repository: Path, edit: tuple[str, str], expected: tuple[str, int, int, str]
) -> None:
    (repository / ".tollgate.yaml").write_text(POLICY.replace(*edit, 1))
    write(repository, deploy__evil="")
    (repository / "deploy/evil.yaml").write_text(HEAD + "spec: {hostPID: true, containers: []}\n")
    commit(repository)
    report = lint(repository)
    severity, line, column, message = expected
    assert told(report) == [(severity, line, column, f".tollgate.yaml: {message}")]
    assert [one.severity for one in active(report, "host-pid")] == ["error"]


def test_a_lower_profile_is_told(repository: Path) -> None:
    (repository / ".tollgate.yaml").write_text(POLICY.replace("recommended", "baseline"))
    (found,) = told(lint(repository))
    assert found[:3] == ("error", 1, 1)
    assert "with this `profile`" in found[3]


@pytest.mark.parametrize(
    "edit", [("recommended", "strict"), ("host-ipc: error", "host-ipc: error\n  cpu-limit-set: error")]
)
def test_a_stricter_policy_is_not_told_of(repository: Path, edit: tuple[str, str]) -> None:
    (repository / ".tollgate.yaml").write_text(POLICY.replace(*edit))
    assert told(lint(repository)) == []


def test_a_policy_that_is_deleted_is_told(repository: Path) -> None:
    (repository / ".tollgate.yaml").unlink()
    commit(repository)
    report = lint(repository)
    assert told(report)[0][:3] == ("error", 1, 1)
    assert "the policy is taken away" in told(report)[0][3]
    assert report.policy_path == "main:.tollgate.yaml"


def test_a_second_policy_is_told(repository: Path) -> None:
    write(repository, **{".tollgate.yml": "profile: baseline\n"})
    commit(repository)
    assert told(lint(repository)) == [
        (
            "error",
            1,
            1,
            ".tollgate.yml: there is .tollgate.yaml too, and with two policies nothing can be judged",
        )
    ]


@pytest.mark.parametrize("name", [".Tollgate.yaml", ".TOLLGATE.YML"])
def test_a_policy_in_another_case_has_no_effect_and_is_told(repository: Path, name: str) -> None:
    write(repository, **{name: "profile: baseline\n"})
    commit(repository)
    (found,) = told(lint(repository))
    assert found[0] == "warning"
    assert found[3].startswith(f"{name}: no policy here")


def test_a_policy_in_a_folder_has_no_effect(repository: Path) -> None:
    write(repository, **{"deploy/.tollgate.yaml": "rules: {host-pid: off}\n"})
    (repository / "deploy/evil.yaml").write_text(HEAD + "spec: {hostPID: true, containers: []}\n")
    commit(repository)
    report = run_trusted(
        api.request_for(LintOptions(paths=(str(repository / "deploy"),), trusted_ref="main", no_cache=True)),
        None,
        everything=False,
    )[1]
    assert active(report, "host-pid")


@pytest.mark.parametrize("outside", [False, True])
def test_a_policy_that_becomes_a_link_is_told_and_not_followed(
    repository: Path, tmp_path: Path, outside: bool
) -> None:
    target = tmp_path / "own.yaml" if outside else repository / "own.yaml"
    target.write_text("profile: baseline\nrules: {host-pid: off}\n")
    (repository / ".tollgate.yaml").unlink()
    (repository / ".tollgate.yaml").symlink_to(target)
    commit(repository)
    report = lint(repository)
    assert ("error", 1, 1, ".tollgate.yaml: the policy cannot be used: it is a link") in told(report)
    assert report.policy_path == "main:.tollgate.yaml"


def test_a_broken_policy_is_told_at_its_place(repository: Path) -> None:
    (repository / ".tollgate.yaml").write_text(POLICY + "profil: all\n")
    (found,) = told(lint(repository))
    assert found[:3] == ("error", 7, 1)
    assert "the policy cannot be used: there is no key `profil`" in found[3]


def test_a_policy_named_by_an_option_is_read_at_the_commit(repository: Path) -> None:
    """Also where the change puts a link in place of a folder on the way to it."""
    git(repository, "checkout", "-q", "main")
    write(repository, ci__tollgate="", lenient__tollgate="")
    write(repository, **{"ci/tollgate.yaml": POLICY, "lenient/tollgate.yaml": "rules: {host-pid: off}\n"})
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    shutil.rmtree(repository / "ci")
    (repository / "ci").symlink_to("lenient")
    (repository / "deploy/evil.yaml").write_text(HEAD + "spec: {hostPID: true, containers: []}\n")
    commit(repository)
    report = lint(repository, config=str(repository / "ci/tollgate.yaml"))
    assert active(report, "host-pid")
    with pytest.raises(
        PolicyError, match=r"main:other\.yaml: the policy cannot be used: there is no such file"
    ):
        lint(repository, config=str(repository / "other.yaml"))


def test_no_policy_at_the_commit_is_said(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    git(repository, "rm", "-q", ".tollgate.yaml")
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    write(repository, **{".tollgate.yaml": "rules: {host-pid: off}\n"})
    (repository / "deploy/evil.yaml").write_text(HEAD + "spec: {hostPID: true, containers: []}\n")
    commit(repository)
    report = lint(repository)
    assert next(note.message for note in report.notes if note.kind == "trust").startswith(
        "there is no policy at main"
    )
    assert active(report, "host-pid")
    assert told(report) == [("error", 1, 9, ".tollgate.yaml: `host-pid` goes from error to off")]


def test_what_the_base_itself_changed_is_not_held_against_an_old_branch(repository: Path) -> None:
    commit(repository)
    git(repository, "checkout", "-q", "main")
    (repository / ".tollgate.yaml").write_text(POLICY + "  host-pid: error\nstrict-input: true\n")
    commit(repository)
    git(repository, "checkout", "-q", "change")
    assert told(lint(repository)) == []


def test_extended_policies_and_rules_are_those_of_the_commit(repository: Path) -> None:
    rule = """\
title: Pods are called something else
severity: error
level: recommended
why: A rule of our own, which says that no Pod may be called web, for nobody would find it.
select: Pod
forbid: {metadata.name: {is: web}}
message: Pod is called `{name}`
examples: [{good: "apiVersion: v1\\nkind: Pod\\nmetadata: {name: x}\\n"}]
"""
    git(repository, "checkout", "-q", "main")
    write(
        repository,
        **{
            ".tollgate.yaml": "extends: org/base.yaml\nrules-dir: org/rules\n" + POLICY,
            "org/base.yaml": "rules: {cpu-limit-set: error}\n",
            "org/rules/our-pod-name.yaml": rule,
        },
    )
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    (repository / "org/base.yaml").write_text("rules: {cpu-limit-set: note}\n")
    (repository / "org/rules/our-pod-name.yaml").write_text(rule.replace("is: web", "is: other"))
    (repository / "org/rules/host-pid.yaml").write_text(rule)
    commit(repository)
    report = lint(repository)
    assert active(report, "our-pod-name")
    assert told(report) == [
        ("error", 1, 9, "org/base.yaml: `cpu-limit-set` goes from error to note"),
        (
            "warning",
            1,
            1,
            "org/rules/host-pid.yaml: a new rule; it holds once it is merged, and may then silence others",
        ),
        (
            "error",
            1,
            1,
            f"org/rules/our-pod-name.yaml: the rule is changed; the one at {_at(repository)} holds",
        ),
    ]
    shutil.rmtree(repository / "org/rules")
    commit(repository)
    assert "the rule is taken away" in told(lint(repository))[-1][3]


def _at(folder: Path) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "main"], capture_output=True, text=True, check=True
    )
    return f"main ({done.stdout[:12]})"


# Suppressions.

EVIL = HEAD.replace("name: web", "name: evil\n  annotations: {{a: b{annotation}}}") + (
    "spec:\n{above}  hostPID: true{behind}\n  containers: []\n"
)


def evil(*, annotation: str = "", above: str = "", behind: str = "") -> str:
    return EVIL.format(annotation=annotation and f", {annotation}", above=above, behind=behind)


@pytest.mark.parametrize(
    "text",
    [
        evil(behind=" # tollgate: ignore[host-pid] please"),
        evil(above="  # tollgate: ignore[host-pid] please\n"),
        evil(above="  # tollgate: ignore[host-pid] until: 2027-03-01 approved-by: boss please\n"),
        evil(annotation="tollgate.dev/ignore.host-pid: please"),
        evil(annotation="ignore-check.kube-linter.io/host-pid: please"),
        evil(annotation="checkov.io/skip1: CKV_K8S_17=please"),
        evil(annotation="polaris.fairwinds.com/hostPIDSet-exempt: 'true'"),
        evil(above="  # checkov:skip=CKV_K8S_17: please\n"),
        evil(behind=" # trivy:ignore:AVD-KSV-0010"),
    ],
)
def test_no_new_suppression_counts(repository: Path, text: str) -> None:
    (repository / "deploy/evil.yaml").write_text(text)
    commit(repository)
    # Where other linters' comments are honoured, there are more ways to try.
    report = lint(repository, peer_suppressions="honour")
    assert active(report, "host-pid")
    (found,) = told(report)
    assert found[0] == "error"
    assert found[3].startswith("deploy/evil.yaml: the suppression of `host-pid` is new")
    line = text.splitlines()[found[1] - 1][found[2] - 1 :]
    assert line.startswith(("host-pid", "tollgate.dev", "ignore-check", "checkov", "polaris", "#", "trivy"))


@pytest.mark.parametrize(
    "text",
    [
        FROM + "# tollgate: ignore[sudo-in-build] x\nRUN sudo true\n",
        FROM + "RUN true && \\\n# tollgate: ignore[sudo-in-build] x\n  sudo true\n",
        FROM + "RUN <<EOF\n# tollgate: ignore[sudo-in-build] x\nsudo true\nEOF\n",
        FROM + "# hadolint ignore=DL3004\nRUN sudo true\n",
        "# hadolint global ignore=DL3004\n" + FROM + "RUN sudo true\n",
    ],
)
def test_nor_in_a_dockerfile(repository: Path, text: str) -> None:
    (repository / "Dockerfile").write_text(text)
    commit(repository)
    report = lint(repository, peer_suppressions="honour")
    assert active(report, "sudo-in-build")
    assert [found[0] for found in told(report)] == ["error"]


@pytest.mark.parametrize("name", ["deploy/other.yaml", "deploy/pod.yaml"])
def test_nor_on_standard_input(repository: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    text = evil(behind=" # tollgate: ignore[host-pid] please").replace("name: evil", "name: web")
    options = LintOptions(paths=("-",), stdin_filename=name, trusted_ref="main", no_cache=True)
    report = run_trusted(api.request_for(options, stdin=text.encode()), None, everything=False)[1]
    assert active(report, "host-pid")
    assert [found[0] for found in told(report)] == ["error"]


def test_a_suppression_on_an_old_finding_is_told_even_if_the_finding_is_not(repository: Path) -> None:
    """With --since the finding is outside the change: it was there before, on a line that stays."""
    git(repository, "checkout", "-q", "main")
    (repository / "deploy/old.yaml").write_text(HEAD + "spec:\n  hostPID: true\n  containers: []\n")
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    text = HEAD + "spec:\n  # tollgate: ignore[host-pid] please\n  hostPID: true\n  containers: []\n"
    (repository / "deploy/old.yaml").write_text(text)
    commit(repository)
    report = lint(repository, since="main")
    assert [found[:3] for found in told(report)] == [("error", 6, 22)]


def test_a_suppression_moves_to_no_other_object(repository: Path) -> None:
    (repository / "deploy/pod.yaml").write_text(POD.replace("name: web", "name: evil"))
    commit(repository)
    report = lint(repository)
    assert active(report, "host-ipc")
    assert "the suppression of `host-ipc` is new" in told(report)[0][3]


def test_a_suppression_gets_no_later_end(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "deploy/pod.yaml").write_text(POD.replace("agreed", "until: 2027-03-01 agreed"))
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    (repository / "deploy/pod.yaml").write_text(POD.replace("agreed", "until: 2099-03-01 agreed"))
    commit(repository)
    (found,) = told(lint(repository))
    assert found[0] == "error"
    assert "holds longer than at main: until 2027-03-01" in found[3]


def test_a_suppression_for_something_else_now_is_told(repository: Path) -> None:
    pod = HEAD + "spec:\n  containers:\n    # tollgate: ignore[image-outside-allowlist] agreed\n"
    text = pod + "    - {name: a, image: 'quay.io/good/a:1.2.3'}\n"
    git(repository, "checkout", "-q", "main")
    (repository / "deploy/image.yaml").write_text(text)
    commit(repository)
    before = [one for one in lint(repository).findings if one.suppressed and "quay" in one.message]
    assert before, [one.rule for one in lint(repository).findings if "quay" in one.message]
    git(repository, "checkout", "-q", "-B", "change")
    (repository / "deploy/image.yaml").write_text(text.replace("quay.io/good", "evil.example"))
    commit(repository)
    assert [found[0] for found in told(lint(repository))] == ["warning"]
    assert "was agreed to for something else" in told(lint(repository))[0][3]


# The baseline.


def entry(**fields: str) -> str:
    said = {"path": '"deploy/evil.yaml"', "rule": "host-pid", "fingerprint": f'"{"0" * 24}"', **fields}
    return f"  - {{{', '.join(f'{key}: {value}' for key, value in said.items())}}}\n"


def baseline(*entries: str) -> str:
    return f"version: 1\nfindings:\n{''.join(entries)}" if entries else "version: 1\nfindings: []\n"


def test_a_stuffed_baseline_accepts_nothing(repository: Path) -> None:
    (repository / "deploy/evil.yaml").write_text(evil())
    commit(repository)
    (finding,) = active(lint(repository), "host-pid")
    stuffed = baseline(entry(fingerprint=f'"{finding.fingerprint}"'))
    write(repository, **{".tollgate-baseline.yaml": stuffed})
    commit(repository)
    report = lint(repository)
    assert active(report, "host-pid")
    message = "the baseline accepts more of `host-pid` in deploy/evil.yaml; it counts once it is merged"
    assert told(report) == [("error", 3, 3, f".tollgate-baseline.yaml: {message}")]


def test_what_the_base_accepts_counts_until_the_change_takes_it_out(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "deploy/evil.yaml").write_text(evil())
    commit(repository)
    (finding,) = active(lint(repository), "host-pid")
    held = entry(fingerprint=f'"{finding.fingerprint}"', until="2027-01-01")
    write(repository, **{".tollgate-baseline.yaml": baseline(held)})
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    assert not active(lint(repository), "host-pid")
    write(repository, **{".tollgate-baseline.yaml": baseline(held.replace("2027", "2099"))})
    assert [found[0] for found in told(lint(repository))] == ["error"]
    write(repository, **{".tollgate-baseline.yaml": baseline()})
    report = lint(repository)
    assert active(report, "host-pid")
    assert told(report) == []


# Files that are not linted any more.


def test_a_file_renamed_past_the_globs_is_told(repository: Path) -> None:
    git(repository, "mv", "deploy/pod.yaml", "deploy/pod.txt")
    git(repository, "mv", "Dockerfile", "Dockerfile.md")
    commit(repository)
    workflow = ".github/workflows/build.yml"
    assert told(lint(repository)) == [
        (
            "warning",
            1,
            1,
            "Dockerfile.md: not linted under this name; main has a Dockerfile called Dockerfile",
        ),
        (
            "error",
            1,
            1,
            (
                f"deploy/pod.txt: {workflow} uses this, which is not linted; main has a manifest called "
                "deploy/pod.yaml"
            ),
        ),
    ]


def test_a_secret_in_a_hidden_file_is_not_shown(repository: Path) -> None:
    secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    git(repository, "checkout", "-q", "main")
    (repository / "Dockerfile").write_text(f"ARG TOKEN={secret}\n{DOCKERFILE}")
    (repository / ".tollgate.yaml").write_text(f"{POLICY}# {secret}\n")
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    git(repository, "mv", "Dockerfile", "Dockerfile.md")
    (repository / ".tollgate.yaml").write_text(f"{POLICY}  host-pid: off # {secret}\n")
    commit(repository)
    report = lint(repository)
    assert {one.location.path for one in report.findings if one.rule == RULE} == {
        "Dockerfile.md",
        ".tollgate.yaml",
    }
    for name in FORMATS:
        shown = "".join(render(report, name, options=RenderOptions(quiet=False)))
        assert secret not in shown, name
        assert secret[:12] not in shown, name


@pytest.mark.parametrize("name", ["Dockerfile.txt", "build/weird.name", "image.yaml"])
def test_a_dockerfile_of_an_unusual_name_is_linted_where_a_workflow_builds_it(
    repository: Path, name: str
) -> None:
    workflow = WORKFLOW.replace("docker build -t web .", f"docker build -t web -f {name} .")
    write(repository, **{".github/workflows/build.yml": workflow, name: DOCKERFILE + "RUN sudo true\n"})
    git(repository, "rm", "-q", "Dockerfile")
    commit(repository)
    report = lint(repository)
    assert [one.location.path for one in active(report, "sudo-in-build")] == [name]
    assert told(report) == []


def test_a_link_in_place_of_a_file_is_told(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(evil())
    (repository / "deploy/pod.yaml").unlink()
    (repository / "deploy/pod.yaml").symlink_to(tmp_path / "outside.yaml")
    commit(repository)
    report = lint(repository)
    assert not active(report, "host-pid")
    (found,) = told(report)
    assert found[0] == "error"
    assert found[3].endswith("a link, which is not followed, in place of a manifest")


def test_a_link_in_place_of_a_folder_is_told(repository: Path, tmp_path: Path) -> None:
    shutil.move(repository / "deploy", tmp_path / "deploy")
    (repository / "deploy").symlink_to(tmp_path / "deploy")
    commit(repository)
    (found,) = told(lint(repository))
    assert found[0] == "error"
    assert found[3].startswith("deploy: a link has taken the place of a folder with deploy/pod.yaml")


def test_a_submodule_in_place_of_a_folder_is_told(repository: Path) -> None:
    shutil.rmtree(repository / "deploy")
    git(repository, "add", "-A")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},deploy")
    git(repository, "commit", "-q", "-m", "submodule")
    (repository / "deploy").mkdir()
    (found,) = told(lint(repository))
    assert found[3].startswith("deploy: a submodule has taken the place of a folder")


def test_a_manifest_that_becomes_a_template_is_told(repository: Path) -> None:
    (repository / "deploy/pod.yaml").write_text("{{ if true }}\n" + POD + "{{ end }}\n")
    commit(repository)
    (found,) = told(lint(repository))
    assert found[0] == "warning"
    assert "not linted as it is now" in found[3]


def test_git_attributes_have_no_effect(repository: Path) -> None:
    attributes = "* linguist-generated linguist-vendored binary export-ignore -diff filter=x merge=ours\n"
    write(repository, **{".gitattributes": attributes, ".gitignore": "deploy/\n"})
    (repository / "deploy/evil.yaml").write_text(evil(behind=" # tollgate: ignore[host-pid] x"))
    git(repository, "add", "-f", "deploy/evil.yaml")
    commit(repository)
    for since in (None, "main"):
        report = lint(repository, since=since)
        assert active(report, "host-pid")
        assert [found[0] for found in told(report)] == ["error"]


# git itself.


def test_nothing_that_the_repository_configures_runs(repository: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    program = tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    program.chmod(0o755)
    write(repository, **{".gitattributes": "* filter=evil diff=evil\n"})
    (repository / "deploy/evil.yaml").write_text(evil())
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "x")
    for name in (
        "core.fsmonitor",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.sshCommand",
        "core.pager",
        "uploadpack.packObjectsHook",
    ):
        git(repository, "config", name, str(program))
    hooks = repository / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit"):
        shutil.copy(program, hooks / name)
    marker.unlink(missing_ok=True)
    (repository / "deploy/evil.yaml").write_text(evil(behind=" # x"))
    assert active(lint(repository), "host-pid")
    assert active(lint(repository, since="main"), "host-pid")
    assert not marker.exists()


@pytest.mark.parametrize(
    "ref", ["--upload-pack=x", "-c", "", "main:Dockerfile", "blob", "nowhere", "main\nx", "HEAD^{tree}"]
)
def test_what_is_no_commit_is_refused(repository: Path, ref: str) -> None:
    git(repository, "tag", "blob", "main:Dockerfile")
    with pytest.raises(GitError, match="--trusted-ref: "):
        lint(repository, ref=ref)


def test_a_tag_stands_for_its_commit(repository: Path) -> None:
    git(repository, "tag", "-a", "v1", "-m", "x", "main")
    assert lint(repository, ref="v1").policy_path == "v1:.tollgate.yaml"


def test_outside_a_work_tree_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is in no git work tree"):
        lint(tmp_path)


def test_it_cannot_be_turned_off_by_the_change(repository: Path) -> None:
    write(repository, **{".tollgate.yaml": POLICY + f"  {RULE}: off\n"})
    commit(repository)
    assert [found[3] for found in told(lint(repository))] == [
        f".tollgate.yaml: `{RULE}` goes from error to off"
    ]


def test_the_base_can_make_it_milder_for_its_policy(repository: Path) -> None:
    milder = f"{POLICY}overrides: [{{paths: [.tollgate.yaml], rules: {{{RULE}: note}}}}]\n"
    git(repository, "checkout", "-q", "main")
    write(repository, **{".tollgate.yaml": milder})
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    write(repository, **{".tollgate.yaml": milder.replace("host-ipc: error", "host-ipc: off")})
    commit(repository)
    assert [found[0] for found in told(lint(repository))] == ["note"]


def test_of_a_change_the_baseline_accepts_what_it_accepts_of_everything(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "deploy/evil.yaml").write_text(evil())
    commit(repository)
    (finding,) = active(lint(repository), "host-pid")
    held = entry(fingerprint=f'"{finding.fingerprint}"')
    write(repository, **{".tollgate-baseline.yaml": baseline(held)})
    commit(repository)
    git(repository, "checkout", "-q", "-B", "change")
    (repository / "deploy/evil.yaml").write_text(evil().replace("hostPID: true", "hostPID:  true"))
    commit(repository)
    report = lint(repository, since="main")
    assert [one.suppressed is not None for one in report.findings if one.rule == "host-pid"] == [True]
    assert not active(report, "baseline-entry-unused")
