"""The policy file: found, read, checked, kept; and the command line over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tollgate.config import PolicyError, load_policy, policy_from_plain
from tollgate.config_check import check_plain, check_policy
from tollgate.config_names import _CHOICES, KnownNames
from tollgate.config_starter import starter_policy
from tollgate.model.policy import (
    ALL,
    Cluster,
    HardeningPolicy,
    ImagePolicy,
    LabelPolicy,
    MeshPolicy,
    Override,
    Policy,
    RuleSetting,
    Scope,
    Segmentation,
    VaultPolicy,
)
from tollgate.model.source import decode
from tollgate.options import LintOptions
from tollgate.resources import schema_text

RULES: dict[str, dict[str, dict[str, Any]]] = {
    "privileged-container": {},
    "memory-limit": {},
    "high-uid": {
        "least": {"default": 10000, "description": "x"},
        "names": {"default": [], "description": "x"},
        "share": {"default": 0.5, "description": "x", "type": "number"},
        "strict": {"default": False, "description": "x"},
        "any": {"default": None, "description": "x"},
    },
}
SETS = {"pss-restricted", "nsa-cisa"}

EVERYTHING = """\
profile: [strict, pss-restricted]
kubernetes-version: 1.30
today: 2026-01-31
fail-on: error
include: [deploy/]
exclude: [vendor/]
extend-exclude: ["*.gen.yaml"]
dockerfiles: ["*.df"]
manifests: ["*.manifest"]
peer-suppressions: honour
max-file-bytes: 2048
strict-input: yes
images:
  official: false
  internal: [registry.corp.example/**]
  development: [dev.corp.example/**]
  production: {paths: [deploy/prod/], namespaces: ["prod-*"]}
  nonroot: [registry.corp.example/base/*]
vault:
  required: true
mesh:
  required: {namespaces: [shop]}
  kind: nebula
  injection: {nebula.corp.example/inject: "true"}
segmentation:
  label: corp.example/group
  clusters:
    - {name: prod, paths: [deploy/prod/], overlays: [overlays/prod], groups: [shop]}
labels:
  required: {org.opencontainers.image.source: url}
  optional: {com.example.version: semver}
  closed: true
hardening:
  run: [/usr/local/sbin/harden.sh]
  copy-from: [hardened]
rules:
  privileged-container: error
  memory-limit: off
  high-uid: {severity: off, options: {least: 2000}}
overrides:
  - paths: [legacy/]
    profile: baseline
    rules: {high-uid: {options: {least: 1}}}
"""


def load(root: Path, text: str | None = None, **options: Any) -> Policy:
    if text is not None:
        (root / ".tollgate.yaml").write_text(text)
    return load_policy(
        os.fspath(root),
        options=LintOptions(**options),
        known_rules=lambda: RULES,
        known_sets=lambda: SETS,
        catalog_digest="test",
    )


def complaints(root: Path, text: str | bytes) -> list[str]:
    (root / ".tollgate.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PolicyError) as caught:
        load(root)
    return str(caught.value).splitlines()


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    policy = load(tmp_path)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert policy == Policy(today=policy.today)
    assert policy.today in (today, time.strftime("%Y-%m-%d", time.gmtime()))


def test_every_key(tmp_path: Path) -> None:
    assert load(tmp_path, EVERYTHING) == Policy(
        profile=("strict", "pss-restricted"),
        kubernetes_version="1.30",
        today="2026-01-31",
        fail_on="error",
        include=("deploy/",),
        exclude=("vendor/",),
        extend_exclude=("*.gen.yaml",),
        dockerfiles=("*.df",),
        manifests=("*.manifest",),
        peer_suppressions="honour",
        max_file_bytes=2048,
        strict_input=True,
        images=ImagePolicy(
            official=False,
            internal=("registry.corp.example/**",),
            development=("dev.corp.example/**",),
            production=Scope(("deploy/prod/",), ("prod-*",)),
            nonroot=("registry.corp.example/base/*",),
        ),
        vault=VaultPolicy(ALL),
        mesh=MeshPolicy(Scope((), ("shop",)), "nebula", {"nebula.corp.example/inject": "true"}),
        segmentation=Segmentation(
            "corp.example/group", (Cluster("prod", ("deploy/prod/",), ("overlays/prod",), ("shop",)),)
        ),
        labels=LabelPolicy(
            {"org.opencontainers.image.source": "url"}, {"com.example.version": "semver"}, True
        ),
        hardening=HardeningPolicy(("/usr/local/sbin/harden.sh",), ("hardened",)),
        rules={
            "privileged-container": RuleSetting("error"),
            "memory-limit": RuleSetting("off"),
            "high-uid": RuleSetting("off", {"least": 2000}),
        },
        overrides=(Override(("legacy/",), ("baseline",), {"high-uid": RuleSetting(None, {"least": 1})}),),
        source=".tollgate.yaml",
    )


@pytest.mark.parametrize("written", ['"1.3"', "1.30", "'1.30'", "1.9", "1.0"])
def test_a_version_is_the_text_that_stands_there(tmp_path: Path, written: str) -> None:
    (tmp_path / ".tollgate.yaml").write_text(f"kubernetes-version: {written}\n")
    assert load(tmp_path).kubernetes_version == written.strip("\"'")


def test_the_schema_documents_every_key_with_examples_that_hold() -> None:
    pending: list[tuple[str, Any]] = [("", json.loads(schema_text("config.schema.json")))]
    while pending:
        name, schema = pending.pop()
        for key, value in schema.get("properties", {}).items():
            assert value["description"].endswith((".", ")")), key
            assert value.get("examples") or key == "severity", key
            pending.append((key, value))
        pending += [(name, value) for value in schema.get("$defs", {}).values()]
    for key, value in json.loads(schema_text("config.schema.json"))["properties"].items():
        for example in (*value["examples"], *([value["default"]] if "default" in value else [])):
            assert check_plain({key: example}, KnownNames()) == [], key


def test_the_schema_is_one() -> None:
    import jsonschema

    schema = json.loads(schema_text("config.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate({"rules": {"memory-limit": "off"}, "profile": ["all"]})


def test_defaults_of_the_schema_are_those_of_the_policy() -> None:
    properties = json.loads(schema_text("config.schema.json"))["properties"]
    defaults = {key: value["default"] for key, value in properties.items() if "default" in value}
    assert policy_from_plain(defaults) == Policy()
    images = properties["images"]["properties"]
    defaults = {key: value["default"] for key, value in images.items() if "default" in value}
    assert policy_from_plain({"images": defaults}) == Policy()


def test_choices_on_the_command_line_are_the_schema_s() -> None:
    properties = json.loads(schema_text("config.schema.json"))["properties"]
    for option, choices in _CHOICES.items():
        assert tuple(properties[option.replace("_", "-")]["enum"]) == choices


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "rules:\n# x\noverrides:\nprofile:\n", "{}\n"])
def test_what_says_nothing_changes_nothing(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text)._replace(today="", source=None) == Policy()


def test_the_other_suffix_and_never_both(tmp_path: Path) -> None:
    (tmp_path / ".tollgate.yml").write_text("profile: strict\n")
    assert load(tmp_path).source == ".tollgate.yml"
    assert complaints(tmp_path, "profile: all\n") == [
        ".tollgate.yaml: there is .tollgate.yml too, and only one of them can hold; remove one"
    ]


def test_only_the_root_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".tollgate.yaml").write_text("profile: strict\n")
    (tmp_path / "sub").mkdir()
    assert load(tmp_path / "sub").profile == ("recommended",)


def test_a_chosen_file_is_taken_instead_of_the_root_s(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.yaml"
    chosen.write_text("profile: all\n")
    (tmp_path / "link.yaml").symlink_to("chosen.yaml")
    for path in (chosen, tmp_path / "link.yaml"):
        policy = load(tmp_path, "profile: strict\n", config=os.fspath(path))
        assert policy.profile == ("all",)
        assert policy.source == os.fspath(path)
    assert load(tmp_path, no_config=True).profile == ("recommended",)
    with pytest.raises(PolicyError, match=r"none\.yaml: the policy cannot be used: it does not exist"):
        load(tmp_path, config=os.fspath(tmp_path / "none.yaml"))


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "large"])
def test_a_policy_that_is_no_ordinary_file_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ".tollgate.yaml"
    if kind == "link":
        path.symlink_to("/etc/hostname")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"#" * 300_000)
    with pytest.raises(PolicyError, match="cannot be used: it is "):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("profil: strict\n", "1:1: there is no key `profil` here; did you mean `profile`?"),
        ("profil:\n", "1:1: there is no key `profil` here; did you mean `profile`?"),
        (
            "a: 1\nrules:\n  memory-limits: off\n",
            "3:3: there is no rule `memory-limits`; did you mean `memory-limit`?",
        ),
        ("rules: {Memory: off}\n", "1:9: `Memory` is no rule name"),
        ("x: &a {p: 1}\nprofile: *a\n", "2:10: `profile` must be a string or a list, not a mapping"),
        ("profile: 3\n", "1:10: `profile` must be a string or a list, not a number"),
        ("profile: []\n", "1:1: `profile` must not be empty"),
        ("profile: recomended\n", "1:10: there is no level or set `recomended`; did you mean `recommended`?"),
        ("profile: [all, x]\n", "1:16: there is no level or set `x`; there are `all`, `baseline`"),
        ("kubernetes-version: 1.2.3\n", "1:21: `kubernetes-version` must be a minor version of Kubernetes"),
        ("kubernetes-version: 1.030\n", "1:21: `kubernetes-version` must be a minor version of Kubernetes"),
        (
            "kubernetes-version: 1.3\n",
            '1:21: the number 1.30 is 1.3, too: write the version in quotes, "1.30" or "1.3"',
        ),
        ("kubernetes-version: true\n", "1:21: `kubernetes-version` must be"),
        ("labels: {required: {a: link}}\n", "must be one of text, url"),
        ("hardening: {copy-from: ['Bad/Name**x:']}\n", "1:25: `Bad"),
        ("today: tomorrow\n", "1:8: `today` must be a day such as"),
        ("today: 2026-02-30\n", "1:8: `2026-02-30` is no day of the calendar"),
        (
            "fail-on: warn\n",
            "1:10: `fail-on` must be one of error, warning, note, never; did you mean `warning`?",
        ),
        ("exclude: vendor/\n", "1:10: `exclude` must be a list, not a string"),
        ("exclude:\n  - vendor/\n  - '!x'\n", "3:5: the pattern `!x` begins with `!`"),
        ("exclude: ['']\n", "1:11: `exclude[0]` must not be empty"),
        ("include: ['*.{a,b}']\n", "1:11: the pattern `*.{a,b}` has braces"),
        ("strict-input: 'yes'\n", "1:15: `strict-input` must be true or false, not a string"),
        ("max-file-bytes: 12\n", "1:17: `max-file-bytes` must be at least 1024"),
        ("images: {internal: ['**']}\n", "1:21: `**` names no repository"),
        ("images: {production: {path: [x]}}\n", "1:23: there is no key `path` here; did you mean `paths`?"),
        (
            "vault: {required: {namespaces: [a/b]}}\n",
            "1:33: `vault.required.namespaces[0]` must be",
        ),
        ("mesh: {required: true, kind: nebula}\n", "1:1: `mesh` lacks `injection`"),
        ("mesh: {kind: consul}\n", "1:14: `mesh.kind` must be one of"),
        ("mesh: {required: {paths: ['[']}}\n", "1:27: the pattern `[` has a `[` without its `]`"),
        ("segmentation: {clusters: []}\n", "1:1: `segmentation` lacks `label`"),
        (
            "segmentation: {label: g, clusters: [{name: a, groups: [x], overlays: ['!x']}]}\n",
            "1:71: the pattern `!x` begins with `!`",
        ),
        (
            "rules: {high-uid: {options: {most: 1}}}\n",
            "1:30: `high-uid` has no option `most`; there are `any`, `least`",
        ),
        ("rules: {memory-limit: {options: {x: 1}}}\n", "1:34: `memory-limit` has no option `x`; it has none"),
        (
            "rules: {high-uid: {options: {least: '1'}}}\n",
            "1:37: `least` must be a whole number",
        ),
        ("rules: {high-uid: {options: {strict: 1}}}\n", "1:38: `strict` must be true or false, not a number"),
        ("rules: {high-uid: {options: {least: true}}}\n", "1:37: `least` must be a whole number, not true"),
        ("rules: {high-uid: {}}\n", "1:9: `rules.high-uid` changes nothing"),
        ("rules: {high-uid: fatal}\n", "1:19: `rules.high-uid` must be one of off, error, warning, note"),
        ("rules: {high-uid: true}\n", "1:19: `rules.high-uid` must be one of off, error, warning, note"),
        ("overrides: [{paths: [x]}]\n", "1:13: `overrides[0]` changes nothing"),
        ("overrides: [{profile: all, rules: {}}]\n", "1:13: `overrides[0]` lacks `paths`"),
        (
            "overrides: [{profile: al, paths: [x]}]\n",
            "1:23: there is no level or set `al`; did you mean",
        ),
        ("overrides:\n- paths: ['[']\n  profile: all\n", "2:11: the pattern `[` has a `[` without its `]`"),
        ("- profile\n", "1:1: the policy must be a mapping, not a list"),
        ("just text\n", "1:1: the policy must be a mapping, not a string"),
        ("profile: all\n---\nprofile: all\n", ": a policy is one document"),
        ("profile: [all\n", ":1:13: did not find expected"),
        ("profile: {{ x }}\n", ".tollgate.yaml:1:"),
        ("profile: *none\n", "unknown anchor `none`"),
        ("profile: all\nprofile: strict\n", "2:1: `profile` stands twice"),
        ("rules:\n  memory-limit: off\n  memory-limit: error\n", "3:3: "),
        (
            "a: &a {memory-limit: off}\nrules: {memory-limit: error, <<: *a}\n",
            "2:34: the merge overrides",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, text: str, expected: str) -> None:
    found = complaints(tmp_path, text)
    assert any(expected in line for line in found), found
    assert all(line.startswith(".tollgate.yaml:") for line in found)


def test_all_that_is_wrong_is_said_at_once_in_order(tmp_path: Path) -> None:
    text = "fail-on: x\nrules:\n  a-rule: off\n  memory-limit: 3\nnope: 1\nprofile: all\nprofile: all\n"
    places = [line.split(":")[1:3] for line in complaints(tmp_path, text)]
    assert places == [["1", "10"], ["3", "3"], ["4", "17"], ["5", "1"], ["7", "1"]]


def test_a_key_that_overrides_a_merged_one_is_no_duplicate(tmp_path: Path) -> None:
    text = "overrides:\n- &first {paths: [a], profile: all}\n- <<: *first\n  paths: [b]\n"
    assert [override.paths for override in load(tmp_path, text).overrides] == [("a",), ("b",)]


def test_any_bytes_give_a_policy_or_an_error(tmp_path: Path) -> None:
    for data in (b"\xff\xfe\x00", b"\x00", b"profile: \xff", b"\xef\xbb\xbfprofile: [\xc3]", b"%YAML 9"):
        assert complaints(tmp_path, data)


KEYS = (
    "profile rules overrides images vault required paths options today memory-limit severity include internal"
    " production namespaces x"
).split()


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_what_is_found_right_makes_a_policy(value: Any) -> None:
    plain, problems = check_policy(decode("p", json.dumps(value).encode()), KnownNames(RULES, SETS))
    if not problems:
        assert policy_from_plain(plain).digest
        assert check_plain(plain, KnownNames(RULES, SETS)) == []


def test_a_hostile_policy_is_refused_soon(tmp_path: Path) -> None:
    start = time.process_time()
    many = "rules:\n" + "".join(f"  memory-limitz{number}: off\n" for number in range(8000))
    assert len(complaints(tmp_path, many)) <= 50
    long = "x" * 200_000
    found = complaints(tmp_path, f"{long}: 1\nexclude: ['{'[' * 50_000}']\n")
    assert max(len(line) for line in found) < 400
    complaints(tmp_path, "a: " + "[" * 50_000)
    complaints(tmp_path, "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(300)))
    assert time.process_time() - start < 20


def test_options_replace_what_the_file_says(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        EVERYTHING,
        profile=("baseline",),
        fail_on="never",
        kubernetes_version="1.33",
        today="2025-01-01",
        peer_suppressions="off",
        include=("a/",),
        exclude=("b/",),
        extend_exclude=("c/",),
        select=("memory-limit",),
        ignore=("high-uid",),
    )
    plain = load(tmp_path)
    assert policy == plain._replace(
        profile=("baseline",),
        fail_on="never",
        kubernetes_version="1.33",
        today="2025-01-01",
        peer_suppressions="off",
        include=("a/",),
        exclude=("b/",),
        extend_exclude=("*.gen.yaml", "c/"),
        select=("memory-limit",),
        ignore=("high-uid",),
    )
    assert load(tmp_path, "", strict_input=True).strict_input


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"profile": ("restricted",)}, "--profile: there is no level or set `restricted`"),
        (
            {"select": ("memory-limi",)},
            "--select: there is no rule `memory-limi`; did you mean",
        ),
        ({"ignore": ("x",)}, "--ignore: there is no rule `x`"),
        (
            {"fail_on": "warn"},
            "--fail-on: must be one of error, warning, note, never; did you mean `warning`?",
        ),
        ({"peer_suppressions": "x"}, "--peer-suppressions: must be one of report, honour, off"),
        ({"kubernetes_version": "1.x"}, "--kubernetes-version: must be a minor version"),
        ({"today": "2026-02-30"}, "--today: `2026-02-30` is no day of the calendar"),
        ({"today": "x"}, "--today: must be a day"),
        ({"extend_exclude": ("a", "!b")}, "--extend-exclude: the pattern `!b` begins with"),
        ({"include": ("[",)}, "--include: the pattern `[`"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict[str, Any], expected: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, **options)
    assert str(caught.value).startswith(expected)


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    folder.chmod(0o700)
    monkeypatch.setenv("TOLLGATE_CACHE_DIR", os.fspath(folder))
    return folder


def test_a_policy_that_was_found_right_is_not_checked_again(tmp_path: Path, cache: Path) -> None:
    first = load(tmp_path, EVERYTHING)
    assert len(os.listdir(cache)) == 1
    code = (
        "import sys, os\n"
        "from tollgate.config import load_policy\n"
        f"policy = load_policy({os.fspath(tmp_path)!r}, catalog_digest='test')\n"
        "print([m for m in ('jsonschema', 'ruamel.yaml', '_ruamel_yaml', 'dataclasses', 'pathlib', 'difflib',"
        " 'datetime') if m in sys.modules])\n"
        "print(repr(policy))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded, policy = done.stdout.splitlines()
    assert loaded == "[]"
    assert policy == repr(first)


def test_a_wrong_policy_is_never_kept(tmp_path: Path, cache: Path) -> None:
    complaints(tmp_path, "profil: x\n")
    assert os.listdir(cache) == []


def test_other_content_another_catalog_or_damage_is_checked_again(tmp_path: Path, cache: Path) -> None:
    load(tmp_path, "profile: nsa-cisa\n")
    with pytest.raises(PolicyError, match="no level or set `nsa-cisa`"):
        load_policy(os.fspath(tmp_path), known_sets=lambda: (), catalog_digest="another")
    assert complaints(tmp_path, "profile: nsa-cis\n")
    (tmp_path / ".tollgate.yaml").write_text("profile: nsa-cisa\n")
    (entry,) = os.listdir(cache)
    for damage in ("{", "[]", ""):
        (cache / entry).write_text(damage)
        assert load(tmp_path).profile == ("nsa-cisa",)


def test_no_cache_neither_reads_nor_writes(tmp_path: Path, cache: Path) -> None:
    load(tmp_path, "profile: all\n", no_cache=True)
    assert os.listdir(cache) == []
    load(tmp_path)
    (entry,) = os.listdir(cache)
    kept = json.loads((cache / entry).read_text())
    (cache / entry).write_text(json.dumps({**kept, "plain": {"profile": "strict"}}))
    assert load(tmp_path).profile == ("strict",)
    assert load(tmp_path, no_cache=True).profile == ("all",)


def test_a_cache_below_the_linted_root_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLGATE_CACHE_DIR", os.fspath(tmp_path / "cache"))
    load(tmp_path, "profile: all\n")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("internal", [(), ("*.corp.example/**", "ghcr.io/corp/*")])
def test_the_starter_is_a_policy(tmp_path: Path, internal: tuple[str, ...]) -> None:
    text = starter_policy(profile="strict", kubernetes_version="1.31", internal=internal)
    policy = load(tmp_path, text)
    assert policy.profile == ("strict",)
    assert policy.kubernetes_version == "1.31"
    assert policy.images.internal == internal
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_starter_s_other_choices_are_valid_too(tmp_path: Path) -> None:
    """What is commented out holds once the marks are taken away."""
    lines = starter_policy().splitlines()
    keys = tuple(json.loads(schema_text("config.schema.json"))["properties"])
    uncommented: list[str] = []
    inside = False
    for line in lines:
        bare = line.removeprefix("# ")
        inside = bare.startswith(tuple(f"{key}:" for key in keys)) or (inside and bare.startswith(" "))
        uncommented.append(bare if inside else line)
    rules: dict[str, dict[str, dict[str, Any]]] = {
        "some-rule": {},
        "another-rule": {},
        "a-third-rule": {"max": {"default": 1}},
    }
    (tmp_path / ".tollgate.yaml").write_text("\n".join(uncommented))
    policy = load_policy(os.fspath(tmp_path), known_rules=lambda: rules, known_sets=lambda: SETS)
    assert policy.images.production.namespaces == ("prod-*",)
    assert len(policy.overrides) == 2
    assert policy.rules["a-third-rule"].options == {"max": 3}


def test_a_bare_off_is_understood_wherever_it_can_stand(tmp_path: Path) -> None:
    rules = "rules: {memory-limit: off}"
    text = f"peer-suppressions: off\n{rules}\nenvironments: {{a: {{{rules}}}}}\n"
    policy = load(tmp_path, text)
    assert policy.peer_suppressions == "off"
    assert policy.rules["memory-limit"] == policy.overrides[0].rules["memory-limit"] == RuleSetting("off")


def test_importing_is_light() -> None:
    code = (
        "import sys, tollgate.config\n"
        "print(sorted(set(sys.modules) & {'jsonschema', 'difflib', 'json', 'hashlib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
