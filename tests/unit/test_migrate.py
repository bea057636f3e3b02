"""From other linters' settings to a policy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tollgate import api, migrating
from tollgate.config import policy_from_plain
from tollgate.config_check import parse_policy
from tollgate.migrate_files import KNOWN_FILES
from tollgate.migrate_model import MigrateError
from tollgate.model.policy import Policy, RuleSetting
from tollgate.model.source import decode


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def migrate(files: dict[str, str], *, kube_score: str | None = None) -> tuple[Policy, str]:
    """The policy and its text, which `run` has already found right."""
    for name, text in files.items():
        Path(name).write_text(text)
    text = migrating.run(["."], kube_score=kube_score, write=False)
    return policy_from_plain(parse_policy(decode("p", text.encode())).mapping), text


def test_hadolint(here: Path) -> None:
    policy, text = migrate(
        {
            ".hadolint.yaml": """\
failure-threshold: style
ignored: [DL3015, DL3002, DL9999]
override:
  error: [DL3020]
  info: [DL3003]
trustedRegistries: [docker.io, "*.gcr.io", "corp.example:5000"]
label-schema: {author: text, vcs: url, odd: x}
strict-labels: true
format: json
nonsense: 1
"""
        }
    )
    assert policy.fail_on == "note"
    assert policy.peer_suppressions == "honour"
    assert policy.rules["recommended-packages-installed"] == RuleSetting("off")
    assert policy.rules["runs-as-root"] == RuleSetting("off")
    assert policy.rules["add-instead-of-copy"] == RuleSetting("error")
    assert policy.rules["cd-in-run"] == RuleSetting("note")
    assert not policy.images.official
    assert policy.images.internal == ("docker.io/**", "*.gcr.io/**", "corp.example:5000/**")
    assert policy.labels.required == {"author": "text", "vcs": "url", "odd": "text"}
    assert policy.labels.closed
    assert ".hadolint.yaml:2: DL9999 is no check of hadolint that is known here" in text
    assert ".hadolint.yaml:9: `format` says how hadolint reports" in text
    assert ".hadolint.yaml:10: `nonsense` is not known here" in text
    assert ".hadolint.yaml:7: the label 'odd' has a kind that is not known here: 'x'; it is text now" in text
    assert "# DL3015 (.hadolint.yaml:2)" in text


@pytest.mark.parametrize(
    ("text", "fail_on", "peers"),
    [
        ("no-fail: true\nfailure-threshold: error\n", "never", "honour"),
        ("failure-threshold: none\n", "never", "honour"),
        ("disable-ignore-pragma: true\n", "warning", "off"),
        ("failure-threshold: warning\n", "warning", "honour"),
        ("", "warning", "honour"),
    ],
)
def test_hadolint_s_threshold_and_comments(here: Path, text: str, fail_on: str, peers: str) -> None:
    policy, _ = migrate({".hadolint.yml": text})
    assert (policy.fail_on, policy.peer_suppressions) == (fail_on, peers)


def test_what_another_linter_runs_beyond_the_profile_is_turned_on(here: Path) -> None:
    policy, text = migrate({".hadolint.yaml": "ignored: [DL3059]\n"})
    assert policy.rules["system-package-unpinned"].severity == "note"
    assert "DL3008, DL3018, DL3041, DL3033, DL3037, on in hadolint" in text
    assert policy.rules["steps-that-could-be-one"].severity == "off"
    assert "healthcheck-missing" not in policy.rules  # DL3057 is off in hadolint itself
    assert policy.rules["shell-script-problem"].severity == "error"


def test_a_rule_that_stands_for_more_than_what_is_ignored_stays_on(here: Path) -> None:
    policy, text = migrate({".hadolint.yaml": "ignored:\n- DL3013\n- SC2086\n"})
    assert policy.rules["language-package-unpinned"].severity == "warning"
    assert (
        ".hadolint.yaml:2: DL3013: `language-package-unpinned` stays on, for it also stands for DL3016, "
        "DL3028, DL3062, not ignored"
    ) in text
    assert ".hadolint.yaml:3: SC2086: `shell-script-problem` stands for all of ShellCheck" in text


def test_a_rule_that_another_linter_wants_stays_on(here: Path) -> None:
    files = {".hadolint.yaml": "ignored: [DL3002]\n", ".trivyignore": "KSV-0037\n"}
    policy, text = migrate(files)
    assert policy.rules.get("runs-as-root") != RuleSetting("off")
    assert (
        "DL3002: `runs-as-root` stays on, for it also stands for DS-0002 of trivy, which is not ignored"
        in text
    )
    policy, _ = migrate({**files, ".trivyignore": "AVD-DS-0002\n"})
    assert policy.rules["runs-as-root"] == RuleSetting("off")


def test_a_milder_severity_of_a_part_is_not_that_of_all(here: Path) -> None:
    policy, text = migrate({".hadolint.yaml": "override: {style: [DL3013]}\n"})
    assert policy.rules["language-package-unpinned"].severity == "warning"
    assert "DL3013: `language-package-unpinned` stays warning, for it also stands for DL3016" in text


def test_kube_linter(here: Path) -> None:
    policy, text = migrate(
        {
            ".kube-linter.yaml": """\
checks:
  exclude: [latest-tag, sorted-keys]
  include: [no-liveness-probe, latest-tag]
  ignorePaths: ["vendor/**", ~/x, ../y]
customChecks:
  - name: owner
    template: required-label
"""
        }
    )
    assert policy.profile == ("recommended",)
    assert policy.exclude == ("vendor/**",)
    assert policy.rules["image-tagged-latest"].severity == "off"
    assert policy.rules["liveness-probe-missing"].severity == "note"
    assert policy.rules["ssh-server-port"].severity == "warning"
    assert "sorted-keys (kube-linter) has no rule: The order of keys means nothing" in text
    assert ".kube-linter.yaml:6: the check 'owner' of your own (template 'required-label')" in text
    assert text.count("is not excluded: it lies outside the repository") == 2


def test_only_what_is_included(here: Path) -> None:
    text = "checks:\n  doNotAutoAddDefaults: true\n  include: [ssh-port, privileged-container]\n"
    policy, _ = migrate({".kube-linter.yml": text})
    assert policy.profile == ("baseline",)
    assert set(policy.rules) == {"ssh-server-port"}
    assert migrate({".hadolint.yaml": ""})[0].profile == ("recommended",)


def test_checkov(here: Path) -> None:
    policy, text = migrate(
        {
            ".checkov.yaml": """\
skip-check: CKV_K8S_14,CKV_DOCKER_8
soft-fail-on: [CKV_DOCKER_2, HIGH, "CKV_K8S_*"]
skip-path:
  - vendor
  - ".*/test/.*"
external-checks-dir: [checks]
compact: true
framework: [terraform]
"""
        }
    )
    assert policy.rules["runs-as-root"] == RuleSetting("off")
    assert policy.rules["healthcheck-missing"] == RuleSetting("note")
    assert policy.exclude == ("vendor",)
    for said in (
        ".checkov.yaml:2: HIGH is a severity",
        ".checkov.yaml:2: 'CKV_K8S_*' stands for many checks",
        ".checkov.yaml:5: the path '.*/test/.*' is a regular expression",
        ".checkov.yaml:6: `external-checks-dir` names checks in Python or YAML of your own",
        ".checkov.yaml:7: `compact` says how Checkov runs or reports",
        ".checkov.yaml:8: Checkov is only run over what Tollgate does not read",
    ):
        assert said in text
    assert migrate({".checkov.yaml": "soft-fail: true\n"})[0].fail_on == "never"
    assert migrate({".checkov.yaml": "check: [CKV_K8S_8]\n"})[0].profile == ("baseline",)


def test_trivy(here: Path) -> None:
    policy, text = migrate(
        {
            ".trivyignore": "# a comment\nAVD-KSV-0014\nKSV037 exp:2020-01-01\n"
            "DS-0026 exp:2999-01-01\nCVE-2024-1\n",
            ".trivyignore.yaml": """\
misconfigurations:
  - id: KSV-0011
    paths: [legacy/**]
  - {id: KSV-9999}
  - statement: x
vulnerabilities:
  - id: CVE-2024-2
""",
            "trivy.yaml": "severity: [HIGH, CRITICAL]\nscan:\n  skip-dirs: [vendor]\nrego: {policy: [p]}\n",
        }
    )
    assert policy.rules["writable-root-filesystem"] == RuleSetting("off")
    assert policy.rules["healthcheck-missing"] == RuleSetting("off")
    assert policy.rules["kube-system-used"] == RuleSetting("warning")
    assert policy.overrides[0].paths == ("legacy/**",)
    assert policy.overrides[0].rules == {"cpu-limit-missing": RuleSetting("off")}
    assert policy.fail_on == "error"
    assert policy.exclude == ("vendor",)
    for said in (
        ".trivyignore:3: KSV037 was ignored until 2020-01-01, which is over",
        ".trivyignore:4: DS-0026 was to end on 2999-01-01",
        ".trivyignore:5: CVE-2024-1 is about packages",
        ".trivyignore.yaml:4: KSV-9999 is no check of trivy that is known here",
        ".trivyignore.yaml:5: an entry without `id`",
        ".trivyignore.yaml:6: `vulnerabilities` is about what Tollgate does not look for",
        "trivy.yaml:4: `rego.policy` is about checks in Rego",
    ):
        assert said in text


def test_polaris_and_kube_score(here: Path) -> None:
    policy, text = migrate(
        {
            "polaris.yaml": """\
checks:
  hostPIDSet: ignore
  runAsPrivileged: warning
  odd: very
exemptions:
  - controllerNames: [dns]
    rules: [hostNetworkSet]
customChecks: {mine: {}}
"""
        },
        kube_score="score --ignore-test pod-networkpolicy,nothing --enable-optional-test=x -v",
    )
    assert policy.rules["host-pid"] == RuleSetting("off")
    assert policy.rules["privileged-container"] == RuleSetting("warning")
    for said in (
        "polaris.yaml:4: `odd: very` is no severity of Polaris'",
        "polaris.yaml:6: the exemption of ['dns'] from ['hostNetworkSet']",
        "polaris.yaml:8: the check 'mine' of your own",
        "kube-score: nothing is no check of kube-score that is known here",
        "kube-score: the option -v has no counterpart",
    ):
        assert said in text


def test_of_two_linters_the_stricter_wins(here: Path) -> None:
    files = {".hadolint.yaml": "failure-threshold: error\n", ".checkov.yaml": "soft-fail: true\n"}
    policy, text = migrate(files)
    assert policy.fail_on == "error"
    assert "`fail-on: never` gives way to `error` of .hadolint.yaml" in text


def test_writing_refuses_to_replace(here: Path) -> None:
    Path(".hadolint.yaml").write_text("ignored: [DL9999]\n")
    said = migrating.run(["."], kube_score=None, write=True)
    assert said.startswith("Wrote .tollgate.yaml.\nWithout counterpart")
    policy = api.policy_for(api_options(), os.path.realpath("."))
    assert policy.source == ".tollgate.yaml"
    with pytest.raises(MigrateError, match=r"\.tollgate\.yaml is there already"):
        migrating.run(["."], kube_score=None, write=True)


def api_options() -> Any:
    from tollgate.options import LintOptions

    return LintOptions(no_cache=True)


@pytest.mark.parametrize(
    ("files", "paths", "message"),
    [
        ({}, ["."], "there are no settings of another linter here"),
        ({}, ["none"], "none: there is no such file or folder"),
        ({"x.yaml": ""}, ["x.yaml"], "x.yaml: no linter's settings are in a file of this name"),
        ({".hadolint.yaml": "a: [\n"}, ["."], r"\.hadolint\.yaml:"),
        ({".hadolint.yaml": "- a\n"}, ["."], "must be a mapping"),
        ({".hadolint.yaml": "a: b\n" * 100_000}, ["."], "it is longer than"),
    ],
)
def test_what_cannot_be_read_is_an_error(
    here: Path, files: dict[str, str], paths: list[str], message: str
) -> None:
    for name, text in files.items():
        Path(name).write_text(text)
    with pytest.raises(MigrateError, match=message):
        migrating.run(paths, kube_score=None, write=False)


def test_links_and_bad_options(here: Path) -> None:
    (here / ".hadolint.yaml").symlink_to("/etc/hostname")
    with pytest.raises(MigrateError, match="it is a link"):
        migrating.run(["."], kube_score=None, write=False)
    (here / ".hadolint.yaml").unlink()
    with pytest.raises(MigrateError, match="cannot be read"):
        migrating.run(["."], kube_score="'", write=False)


_KEYS = (
    "ignored override error checks exclude include ignorePaths customChecks skip-check check exemptions "
    "label-schema trustedRegistries misconfigurations id paths severity scan skip-dirs"
)
_JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just("DL3008"), st.just("*")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(_KEYS.split()),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=30)  # each reads the whole catalog
@given(
    st.sampled_from([name for name in KNOWN_FILES if name.endswith("yaml")]),
    st.dictionaries(
        st.sampled_from(
            [
                "ignored",
                "override",
                "checks",
                "skip-check",
                "skip-path",
                "label-schema",
                "trustedRegistries",
                "misconfigurations",
                "exemptions",
                "scan",
                "severity",
                "customChecks",
            ]
        ),
        _JUNK,
        max_size=4,
    ),
)
def test_any_settings_give_a_policy_that_is_right(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: Any
) -> None:
    import json

    folder = tmp_path_factory.mktemp("junk")
    (folder / name).write_text(json.dumps(content))
    assert migrating.run([os.fspath(folder)], kube_score=None, write=False)
