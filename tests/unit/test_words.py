"""The word `grants`: what it takes, what it answers, and where it points."""

from __future__ import annotations

from typing import Any

import pytest

from tollgate.engine.place import culprit, failing_clause
from tollgate.model.manifests import ManifestFile
from tollgate.model.source import decode
from tollgate.model.target import Target
from tollgate.parsers.yaml import parse_yaml
from tollgate.vocabulary import ABSENT, Compiled, RuleError, compile_conditions

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: helper}
rules:
  - apiGroups: [""]
    resources: [pods, secrets, "*"]
    verbs: [list, create, get]
"""


def role_rule(text: str = ROLE) -> tuple[ManifestFile, Target]:
    file = ManifestFile(parse_yaml(decode("a.yaml", text.encode())))
    return file, file.select("role-rule")[0]


def grants(**wanted: list[str]) -> dict[str, list[str]]:
    return {"groups": [""], "resources": ["secrets"], "verbs": ["get"], **wanted}


def compiled(value: Any, **also: Any) -> Compiled:
    return compile_conditions({"rule": {"grants": value, **also}}, options={})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (grants(), True),
        (grants(verbs=["watch"]), False),
        ([grants(verbs=["watch"]), grants()], True),
        ([grants(verbs=["watch"]), grants(groups=["apps"])], False),
        (grants(resources=["pods/exec"]), True),
    ],
)
def test_answers(value: Any, expected: bool) -> None:
    assert compiled(value).answer(role_rule()[1]) is expected


def test_what_is_no_mapping_grants_nothing() -> None:
    condition = compile_conditions({"verbs": {"grants": grants()}}, options={})
    assert condition.answer(role_rule()[1]) is False
    absent = compile_conditions({"nonResourceURLs": {"grants": grants()}}, options={})
    assert absent.answer(role_rule()[1]) is ABSENT


def test_not_turns_it_round() -> None:
    condition = compile_conditions({"rule": {"not": {"grants": grants()}}}, options={})
    assert condition.answer(role_rule()[1]) is False


def places(value: Any, text: str = ROLE) -> list[str]:
    file, target = role_rule(text)
    condition = compiled(value)
    found = culprit(failing_clause(condition, target, wanted=False), target, file.root(0))
    spans = [(found.start, found.end), *((one.start, one.end) for one in found.related)]
    return [text[start:end] for start, end in spans]


def test_it_points_at_the_resources_and_then_the_verbs() -> None:
    assert places(grants(verbs=["get", "list"])) == ["secrets", '"*"', "list", "get"]


def test_of_several_the_first_that_holds_is_shown() -> None:
    assert places([grants(verbs=["watch"]), grants(resources=["pods"], verbs=["create"])]) == [
        "pods",
        '"*"',
        "create",
    ]


def test_through_an_alias_it_points_into_the_item() -> None:
    text = ROLE.replace("[pods, secrets", "&all [pods, secrets") + (
        "  - {apiGroups: [''], resources: *all, verbs: [get]}\n"
    )
    file = ManifestFile(parse_yaml(decode("a.yaml", text.encode())))
    target = file.select("role-rule")[1]
    found = culprit(failing_clause(compiled(grants()), target, wanted=False), target, file.root(0))
    assert text[found.start : found.end] == "*all"
    assert found.related[0].message == "`&all` is defined here"


@pytest.mark.parametrize(
    "value",
    [
        "secrets",
        {},
        {"groups": [""], "resources": ["secrets"]},
        grants(groups="apps"),  # type: ignore[arg-type]
        grants(resources=["*"]),
        grants(verbs=["*"]),
        grants(kinds=["Secret"]),
        grants(verbs=[1]),  # type: ignore[list-item]
        [grants(), "secrets"],
    ],
)
def test_what_makes_no_sense_is_refused_when_the_rule_is_read(value: Any) -> None:
    with pytest.raises(RuleError, match="grants"):
        compiled(value)
