"""Fingerprints stay with their findings when files change without getting better or worse.

benchmarks/fingerprints.py measures it over many files; here stands what may never be lost.
"""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.fingerprints import (
    CHANGES,
    MUST_SURVIVE,
    Text,
    fingerprints,
    folder_texts,
    make_linter,
    rule_texts,
)
from tests.tools import ROOT
from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project

LATER_ONE = {"external-dns-name-taken", "ingress-path-taken", "scaled-twice"}
"""Of two objects that claim the same, the later one is told."""

TEXTS = [*list(rule_texts())[::20], *folder_texts(ROOT / "examples", "examples/")]

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
"""


@pytest.fixture(scope="module")
def linter() -> Linter:
    return make_linter()


def told(linter: Linter, text: Text) -> Counter[tuple[str, str]]:
    return Counter(
        {key: number for key, number in fingerprints(linter, text).items() if key[0] not in LATER_ONE}
    )


@pytest.mark.parametrize("name", MUST_SURVIVE)
def test_nothing_is_lost_and_nothing_is_new(linter: Linter, name: str) -> None:
    change = dict(CHANGES)[name]
    applied = 0
    for text in TEXTS:
        changed = change(text)
        if changed is not None and not (
            name.startswith("CRLF") and "<<" in text.text
        ):  # its lines hold the CR
            before = told(linter, text)
            assert told(linter, changed) == before, text.path
            applied += before.total()
    assert applied > 5


def lost_and_new(linter: Linter, kind: str, before: str, after: str) -> tuple[list[str], list[str]]:
    path = "Dockerfile" if kind == "dockerfile" else "a.yaml"
    old, now = (fingerprints(linter, Text("", path, kind, text)) for text in (before, after))  # type: ignore[arg-type]
    return sorted(rule for rule, _ in old - now), sorted(rule for rule, _ in now - old)


def test_an_equal_finding_above_adds_one_and_moves_none(linter: Linter) -> None:
    line = "RUN sudo id\n"
    before = f"FROM debian:13\n{line}USER 10001\n"
    assert lost_and_new(linter, "dockerfile", before, before.replace(line, line * 2)) == (
        [],
        ["sudo-in-build"],
    )


def test_another_command_in_the_same_instruction_changes_no_finding_about_a_command(linter: Linter) -> None:
    before = "FROM debian:13\nRUN sudo id && true\nUSER 10001\n"
    assert lost_and_new(linter, "dockerfile", before, before.replace("&& true", "&& echo hello")) == ([], [])


def test_a_container_put_in_front_moves_none(linter: Linter) -> None:
    one, two = ("    - {name: NAME, image: nginx:1.29}\n".replace("NAME", name) for name in ("one", "two"))
    lost, new = lost_and_new(linter, "yaml", POD + one, POD + two + one)
    assert lost == []
    assert len(set(new)) == len(new), "one finding of each rule for the new container"


def test_the_same_manifest_in_two_documents_has_two_fingerprints(linter: Linter) -> None:
    text = POD + "    - {name: one, image: nginx:1.29}\n"
    once = fingerprints(linter, Text("", "a.yaml", "yaml", text))
    twice = fingerprints(linter, Text("", "a.yaml", "yaml", f"{text}---\n{text}"))
    assert set(once) <= set(twice)
    assert max(twice.values()) == 1


def test_what_is_written_is_not_in_it(linter: Linter) -> None:
    """A severity, a message or a value may change: it is still the same finding."""
    before = POD + "    - {name: one, image: 'nginx:latest', securityContext: {runAsUser: 0}}\n"
    assert lost_and_new(linter, "yaml", before, before.replace("runAsUser: 0", "runAsUser:  00"))[0] == []


ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: a, namespace: b}
rules:
  - {apiGroups: [''], resources: [secrets], verbs: ['*']}
"""
TOLERANT = f"""\
{POD}    - {{name: one, image: nginx:1.29}}
  tolerations:
    - {{key: node-role.kubernetes.io/control-plane, operator: Exists}}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: b}
spec:
  rules:
    - {host: a.example.com, http: {paths: [{path: /, backend: {service: {name: a}}}]}}
"""


@pytest.mark.parametrize(
    ("text", "first", "rule"),
    [
        (ROLE, "  - {apiGroups: [''], resources: [events], verbs: [get]}\n", "role-wildcard-verbs"),
        (TOLERANT, "    - {key: example.com/gpu, operator: Exists}\n", "tolerates-control-plane"),
        (INGRESS, "    - {host: b.example.com}\n", "ingress-path-type-missing"),
    ],
    ids=lambda value: value if "\n" not in value else "",
)
def test_items_without_a_name_are_known_by_what_they_are_about(
    linter: Linter, text: str, first: str, rule: str
) -> None:
    head, last = text.rsplit("\n", 2)[0], text.rsplit("\n", 2)[1]
    before = {key for key in fingerprints(linter, Text("", "a.yaml", "yaml", text)) if key[0] == rule}
    changed = Text("", "a.yaml", "yaml", f"{head}\n{first}{last}\n")
    assert before
    assert before <= set(fingerprints(linter, changed))


def test_a_rule_that_gets_another_name_finds_the_same_things() -> None:
    text = POD.replace("containers:\n", "hostPID: true\n  containers: []\n")
    rules = [rule for rule in catalog.rules() if rule.name == "host-pid"]
    renamed = [rule._replace(name="shares-processes", formerly=("host-pid",)) for rule in rules]
    old, new = (
        [
            one.fingerprint
            for one in Linter(given, policy=Policy(), project=Project())
            .lint_bytes("a", text.encode(), "yaml")
            .findings
        ]
        for given in (rules, renamed)
    )
    assert len(old) == 1
    assert new == old
