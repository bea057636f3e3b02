"""`read-differently` speaks of fields that a rule looks at, and of no others."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode

LINTER = Linter(catalog.heads(), policy=Policy(), project=Project())


def lines(text: str) -> list[int]:
    result = LINTER.lint(decode("x.yaml", text.encode()), "yaml")
    return [one.location.region.start.line for one in result.findings if one.rule == "read-differently"]


@pytest.mark.parametrize(
    ("api_version", "kind", "fields", "told"),
    [
        ("apps/v1", "Deployment", "spec: {paused: yes}", [4]),
        ("v1", "Foo", "spec: {x: on}", [4]),
        ("gateway.networking.k8s.io/v1", "Foo", "spec: {x: on}", [4]),
        ("helm.example.org/v2", "HelmRelease", "spec: {values: {on: 1, persistence: yes}}", []),
        ("networking.istio.io/v1", "Gateway", "spec: {x: on}", [4]),
        ("example.org/v1", "Gateway", "spec: {x: on}", []),
        ("example.org/v1", "Foo", "labels: yes\non: 1", [5]),
        ("example.org/v1", "Foo", "spec: {template: {spec: {hostPID: yes, containers: [{name: a}]}}}", [4]),
        ("example.org/v1", "FooList", "items: [{apiVersion: v1, kind: Pod, spec: {hostPID: yes}}]", [4]),
    ],
)
def test_fields_that_a_rule_looks_at(api_version: str, kind: str, fields: str, told: list[int]) -> None:
    assert lines(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n{fields}\n") == told


def test_metadata_is_everybody_s() -> None:
    text = "apiVersion: example.org/v1\nkind: Foo\nmetadata: {name: a, labels: {x: yes}}\nspec: {x: yes}\n"
    assert lines(text) == [3]
