"""Policies that extend others: what is read, what wins, what cannot be weakened."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tollgate import api
from tollgate.config import PolicyError
from tollgate.config_merge import merge
from tollgate.files import folder_home
from tollgate.git_objects import commit_home, resolve_commit
from tollgate.model.policy import ALL, Policy, RuleSetting, settings_by_path
from tollgate.options import LintOptions

WRONG_GIT = (
    ".tollgate.yaml:1:10: 'git:main' must be written git:REF:PATH, such as git:origin/main:.tollgate.yaml"
)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def load(root: Path, files: dict[str, str] | None = None, **options: Any) -> Policy:
    write(root, files or {})
    return api.policy_for(LintOptions(no_cache=True, **options), os.path.realpath(root))


def problems(root: Path, files: dict[str, str]) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(root, files)
    return str(caught.value).splitlines()


BASE = """\
profile: baseline
fail-on: error
exclude: [vendor/]
extend-exclude: ["*.gen.yaml"]
dockerfiles: ["*.df"]
images:
  official: false
  internal: [registry.corp.example/**]
  built: {a: a/Dockerfile}
labels: {required: {a: url}}
rules:
  host-pid: warning
  restart-count: off
  too-many-layers: {severity: note}
overrides: [{paths: [legacy/], profile: baseline}]
environments:
  production: {profile: strict, rules: {host-pid: error}}
"""
OWN = """\
extends: policy/base.yaml
profile: strict
exclude: [third_party/]
extend-exclude: [a/]
extend-dockerfiles: ["*.docker"]
images:
  extend-internal: [ghcr.io/team/*]
  built: {b: b/Dockerfile}
labels: {optional: {b: text}}
rules:
  host-pid: {severity: error}
overrides: [{paths: [new/], profile: all}]
environments:
  production: {paths: [prod/], images: {official: true, extend-internal: [quay.io/**]}}
"""


def test_later_wins_mappings_merge_lists_are_replaced_or_extended(tmp_path: Path) -> None:
    base, own = BASE.replace("  restart-count: off\n  too-many-layers: {severity: note}\n", ""), OWN
    policy = load(tmp_path, {"policy/base.yaml": base, ".tollgate.yaml": own})
    assert policy.profile == ("strict",)
    assert policy.fail_on == "error"
    assert policy.exclude == ("third_party/",)
    assert policy.extend_exclude == ("*.gen.yaml", "a/")
    assert policy.dockerfiles == ("*.df", "*.docker")
    assert not policy.images.official
    assert policy.images.internal == ("registry.corp.example/**", "ghcr.io/team/*")
    assert policy.images.built == {"a": "a/Dockerfile", "b": "b/Dockerfile"}
    assert (policy.labels.required, policy.labels.optional) == ({"a": "url"}, {"b": "text"})
    assert policy.rules == {"host-pid": RuleSetting("error")}
    assert [override.paths for override in policy.overrides] == [("prod/",), ("legacy/",), ("new/",)]
    assert policy.source == ".tollgate.yaml"


def test_an_environment_is_named_by_one_and_placed_by_another(tmp_path: Path) -> None:
    base = "environments: {production: {profile: strict, images: {official: false}}}\n"
    own = "extends: base.yaml\nimages: {nonroot: [a/*]}\nenvironments: {production: {paths: [prod/]}}\n"
    policy = load(tmp_path, {"base.yaml": base, ".tollgate.yaml": own})
    inside, outside = settings_by_path(policy)("prod/web.yaml"), settings_by_path(policy)("web.yaml")
    assert inside.profile == ("strict",)
    assert not inside.images.official
    assert inside.images.nonroot == ("a/*",)
    assert outside.profile == ("recommended",)
    assert outside.images == policy.images


def test_a_setting_keeps_options_under_a_new_severity_and_takes_options_under_an_old_one() -> None:
    first = {"rules": {"a": {"severity": "error", "options": {"x": 1, "y": [1]}}, "b": "error"}}
    second = {"rules": {"a": "off", "b": {"options": {"z": 1}}}}
    assert merge([first, second]).plain["rules"] == {
        "a": {"severity": "off", "options": {"x": 1, "y": [1]}},
        "b": {"severity": "error", "options": {"z": 1}},
    }


def test_origins_name_the_layer_and_the_place_in_it() -> None:
    merged = merge([{"exclude": ["a"], "locked": ["x"]}, {"locked": ["x", "y"], "extend-manifests": ["m"]}])
    assert merged.plain == {"exclude": ["a"], "locked": ["x", "y"], "manifests": ["m"]}
    assert merged.origins[("exclude", 0)] == (0, ("exclude", 0))
    assert merged.origins[("locked", 1)] == (1, ("locked", 1))
    assert merged.origins[("manifests", 0)] == (1, ("extend-manifests", 0))


_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text("ab", max_size=2), st.lists(st.text("ab", max_size=1))),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "rules", "images"]), inner, max_size=3),
    max_leaves=6,
)
_LAYERS = st.dictionaries(st.sampled_from(["profile", "images", "rules", "a"]), _VALUES, max_size=3)


@given(_LAYERS, _LAYERS)
def test_every_value_has_an_origin_and_the_last_layer_is_in_force(first: Any, second: Any) -> None:
    merged = merge([first, second])
    for key, value in second.items():
        if not isinstance(value, dict):
            assert merged.plain[key] == value
    leaves: list[tuple[tuple[str | int, ...], Any]] = [((), merged.plain)]
    while leaves:
        trail, value = leaves.pop()
        assert trail == () or trail in merged.origins
        if isinstance(value, dict):
            leaves += [((*trail, key), item) for key, item in value.items()]


def test_several_are_read_in_order(tmp_path: Path) -> None:
    files = {
        "a.yaml": "profile: baseline\nfail-on: note\n",
        "deep/b.yaml": "extends: c.yaml\nprofile: strict\n",
        "deep/c.yaml": "profile: all\nmax-file-bytes: 2048\n",
        ".tollgate.yaml": "extends: [a.yaml, deep/b.yaml]\n",
    }
    policy = load(tmp_path, files)
    assert (policy.profile, policy.fail_on, policy.max_file_bytes) == (("strict",), "note", 2048)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {".tollgate.yaml": "extends: none.yaml\n"},
            [".tollgate.yaml:1:10: 'none.yaml' cannot be read: it does not exist"],
        ),
        (
            {".tollgate.yaml": "profile: all\nextends:\n  - .tollgate.yaml\n"},
            [".tollgate.yaml:3:5: '.tollgate.yaml' is this file itself"],
        ),
        (
            {
                ".tollgate.yaml": "extends: a.yaml\n",
                "a.yaml": "extends: b.yaml\n",
                "b.yaml": "extends: a.yaml\n",
            },
            ["b.yaml:1:10: 'a.yaml' goes in a circle: it is extended, in turn, by this file"],
        ),
        (
            {".tollgate.yaml": "extends: ../x.yaml\n"},
            [".tollgate.yaml:1:10: '../x.yaml' lies outside the repository, where nothing is read"],
        ),
        (
            {".tollgate.yaml": "extends: /etc/passwd\n"},
            [".tollgate.yaml:1:10: '/etc/passwd' lies outside the repository, where nothing is read"],
        ),
        (
            {".tollgate.yaml": "extends: https://corp.example/policy.yaml\n"},
            None,
        ),
        (
            {".tollgate.yaml": "extends: link.yaml\n"},
            [".tollgate.yaml:1:10: 'link.yaml' cannot be read: it is a link"],
        ),
        (
            {".tollgate.yaml": "extends: out/x.yaml\n"},
            [".tollgate.yaml:1:10: 'out/x.yaml' cannot be read: a link leads out of the repository"],
        ),
        (
            {".tollgate.yaml": "extends: 1\n"},
            [".tollgate.yaml:1:10: `extends` must be a string or a list, not a number"],
        ),
        ({".tollgate.yaml": "extends: git:main:a.yaml\n"}, None),
        (
            {".tollgate.yaml": "extends: git:main\n"},
            [WRONG_GIT],
        ),
        ({".tollgate.yaml": "extends: python:no-such-policy\n"}, None),
        (
            {".tollgate.yaml": "extends: a.yaml\n", "a.yaml": "profil: all\nrules: {host-pdi: off}\n"},
            [
                "a.yaml:1:1: there is no key `profil` here; did you mean `profile`?",
                "a.yaml:2:9: there is no rule `host-pdi`; did you mean `host-pid`?",
            ],
        ),
        ({".tollgate.yaml": "extends: a.yaml\n", "a.yaml": "a: [\n"}, None),
        (
            {".tollgate.yaml": "extends: a.yaml\n", "a.yaml": "- a\n"},
            ["a.yaml:1:1: the policy must be a mapping, not a list"],
        ),
    ],
)
def test_what_cannot_be_extended_is_said_at_its_place(
    tmp_path: Path, files: dict[str, str], expected: list[str] | None
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "x.yaml").write_text("profile: all\n")
    (root / "link.yaml").symlink_to(tmp_path / "x.yaml")
    (root / "out").symlink_to(tmp_path)
    found = problems(root, files)
    assert expected is None or found == expected
    assert all(":1:" in line or ":2:" in line or ":3:" in line for line in found)


def test_how_deep_and_how_many_is_bounded(tmp_path: Path) -> None:
    deep = {f"{n}.yaml": f"extends: {n + 1}.yaml\n" for n in range(30)}
    assert "one too many" in problems(tmp_path, {**deep, ".tollgate.yaml": "extends: 0.yaml\n"})[0]
    wide = {
        f"w{n}.yaml": f"extends: [{', '.join(f'w{m}.yaml' for m in range(n + 1, n + 6))}]\n"
        for n in range(80)
    }
    assert "one too many" in problems(tmp_path, {**wide, ".tollgate.yaml": "extends: w0.yaml\n"})[0]


def test_one_that_two_extend_is_read_once(tmp_path: Path) -> None:
    files = {
        "base.yaml": "overrides: [{paths: [a/], profile: all}]\n",
        "a.yaml": "extends: base.yaml\n",
        "b.yaml": "extends: base.yaml\n",
        ".tollgate.yaml": "extends: [a.yaml, b.yaml]\n",
    }
    assert len(load(tmp_path, files).overrides) == 1


LOCKING = "locked: [host-pid]\nrules: {host-pid: warning}\n"


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("rules: {host-pid: off}\n", "so it cannot be off"),
        ("rules: {host-pid: {severity: note}}\n", "so it cannot be less than warning"),
        ("overrides: [{paths: [a/], rules: {host-pid: note}}]\n", "so it is the same for all paths"),
        ("environments: {a: {paths: [a/], rules: {host-pid: note}}}\n", "so it is the same for all paths"),
    ],
)
def test_what_an_extended_policy_locks_is_not_weakened(tmp_path: Path, own: str, message: str) -> None:
    files = {
        "base.yaml": LOCKING,
        "middle.yaml": "extends: base.yaml\n",
        ".tollgate.yaml": f"extends: middle.yaml\n{own}",
    }
    (found,) = problems(tmp_path, files)
    assert found.startswith(".tollgate.yaml:2:")
    assert f"`host-pid` is locked by base.yaml, {message}" in found


def test_a_rule_that_is_locked_as_it_is_keeps_its_own_severity(tmp_path: Path) -> None:
    files = {
        "base.yaml": "locked: [host-pid]\n",
        ".tollgate.yaml": "extends: base.yaml\nrules: {host-pid: note}\n",
    }
    (found,) = problems(tmp_path, files)
    assert found.endswith("`host-pid` is locked by base.yaml, so it cannot be less than error; remove this")


def test_what_is_locked_by_a_set_is_not_weakened_and_more_may_be_locked(tmp_path: Path) -> None:
    base = "locked: [pss-baseline]\n"
    (found,) = problems(
        tmp_path, {"base.yaml": base, ".tollgate.yaml": "extends: base.yaml\nrules: {host-pid: off}\n"}
    )
    assert found == ".tollgate.yaml:2:9: `host-pid` is locked by base.yaml, so it cannot be off; remove this"
    own = "extends: base.yaml\nlocked: [runs-as-root]\nrules: {host-pid: error}\n"
    assert load(tmp_path, {".tollgate.yaml": own}).locked == ("pss-baseline", "runs-as-root")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    write(
        tmp_path,
        {"policy/base.yaml": "extends: more.yaml\nprofile: strict\n", "policy/more.yaml": "fail-on: note\n"},
    )
    git("add", ".")
    git("commit", "-qm", "x")
    write(tmp_path, {"policy/base.yaml": "profile: all\n", "policy/more.yaml": "fail-on: never\n"})
    return tmp_path


def test_a_commit_of_the_repository_can_be_extended(repository: Path) -> None:
    policy = load(repository, {".tollgate.yaml": "extends: git:main:policy/base.yaml\n"})
    assert (policy.profile, policy.fail_on) == (("strict",), "note")
    (found,) = problems(repository, {".tollgate.yaml": "extends: git:none:policy/base.yaml\n"})
    assert "git knows no commit 'none' here; fetch it first" in found
    (found,) = problems(repository, {".tollgate.yaml": "extends: git:--upload-pack=x:a\n"})
    assert "is no name of a commit" in found
    (found,) = problems(repository, {".tollgate.yaml": "extends: git:main:none.yaml\n"})
    assert "there is no such file" in found


def test_a_whole_policy_can_be_read_from_a_commit(repository: Path) -> None:
    top = os.path.realpath(repository)
    write(repository, {".tollgate.yaml": "extends: policy/base.yaml\n"})
    subprocess.run(["git", "add", ".tollgate.yaml"], cwd=repository, check=True)
    subprocess.run(["git", "commit", "-qm", "y"], cwd=repository, check=True)
    write(repository, {".tollgate.yaml": "profile: baseline\n"})
    home = commit_home(top, resolve_commit(top, "main"), name="main:")
    policy = api.policy_for(LintOptions(no_cache=True), top, home=home)
    assert (policy.profile, policy.fail_on, policy.source) == (("strict",), "note", "main:.tollgate.yaml")


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    folder.chmod(0o700)
    monkeypatch.setenv("TOLLGATE_CACHE_DIR", os.fspath(folder))
    return folder


def test_what_is_kept_depends_on_all_files(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = os.path.realpath(tmp_path)
    write(tmp_path, {".tollgate.yaml": "extends: a.yaml\n", "a.yaml": "profile: strict\n"})
    assert api.policy_for(LintOptions(), root).profile == ("strict",)
    with monkeypatch.context() as patch:
        patch.setattr(
            "tollgate.config_resolve.resolve", lambda *_, **__: pytest.fail("not taken from the cache")
        )
        assert api.policy_for(LintOptions(), root).profile == ("strict",)
    write(tmp_path, {"a.yaml": "profile: baseline\n"})
    assert api.policy_for(LintOptions(), root).profile == ("baseline",)
    (tmp_path / "a.yaml").unlink()
    with pytest.raises(PolicyError, match="cannot be read"):
        api.policy_for(LintOptions(), root)


def test_a_policy_given_by_name_extends_what_is_beside_it(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    write(
        tmp_path,
        {"elsewhere/p.yaml": "extends: q.yaml\n", "elsewhere/q.yaml": "profile: strict\n", "root/x": ""},
    )
    policy = load(tmp_path / "root", config=os.fspath(outside / "p.yaml"))
    assert policy.profile == ("strict",)
    assert policy.source == os.fspath(outside / "p.yaml")


def test_production_of_an_environment_holds_there(tmp_path: Path) -> None:
    text = "environments: {prod: {paths: [prod/], images: {production: true}}}\n"
    policy = load(tmp_path, {".tollgate.yaml": text})
    assert settings_by_path(policy)("prod/a.yaml").images.production == ALL
    assert folder_home(os.fspath(tmp_path)).read(".tollgate.yaml", 1000).data == text.encode()
