"""Label selectors: the API's semantics, over plain data."""

from __future__ import annotations

from typing import Any

import pytest

from tollgate.checks.selectors import (
    label_map,
    label_selector,
    pods_in,
    pods_of,
    selected,
    surely_selects_nothing,
)
from tollgate.model.kustomize import Kustomization, Kustomize
from tollgate.model.project import IndexedObject, Project

WEB = {"app": "web", "tier": "front"}


def workload(
    labels: dict[str, Any], *, kind: str = "Deployment", namespace: str | None = "shop", partial: bool = False
) -> IndexedObject:
    data = {"spec": {"template": {"metadata": {"labels": labels}, "spec": {}}}}
    pods = (("spec", "template", "spec"),)
    return IndexedObject("a.yaml", 0, (), "apps/v1", kind, namespace, "web", data, pods=pods, partial=partial)


def other(api_version: str, kind: str, name: str, data: dict[str, Any] | None = None) -> IndexedObject:
    return IndexedObject("b.yaml", 0, (), api_version, kind, "shop", name, data or {})


def project(*objects: IndexedObject) -> Project:
    made = Project()
    made.fill(objects)
    return made


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        (None, False),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist", "values": []}]}, True),
        (
            {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}],
            },
            False,
        ),
    ],
)
def test_selectors_match_as_the_api_says(selector: Any, expected: bool) -> None:
    assert label_selector(selector).matches(WEB) is expected


@pytest.mark.parametrize(
    "selector",
    [
        "app=web",
        {"matchLabels": ["app"]},
        {"matchLabels": {"app": 1}},
        {"matchExpressions": {"key": "app"}},
        {"matchExpressions": [{"key": "app", "operator": "in", "values": ["web"]}]},
        {"matchExpressions": [{"key": "app", "operator": "In"}]},
        {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["web"]}]},
        {"matchExpressions": [{"operator": "Exists"}]},
        {"matchExpressions": ["app"]},
    ],
)
def test_what_the_api_refuses_gives_no_answer(selector: Any) -> None:
    read = label_selector(selector)
    assert read.kind == "refused"
    assert read.matches(WEB) is None


def test_an_empty_selector_selects_everything_and_an_absent_one_nothing() -> None:
    assert label_selector({}).everything
    assert label_selector({"matchLabels": {}, "matchExpressions": []}).everything
    assert not label_selector(None).everything
    assert label_map(None).kind == "nothing"
    assert label_map({"app": "web"}).matches(WEB) is True


def test_unknown_values_give_no_answer_unless_another_condition_decides() -> None:
    labels = {"app": None, "tier": "front"}
    assert label_map({"app": "web"}).matches(labels) is None
    assert label_map({"app": "web", "tier": "back"}).matches(labels) is False
    assert label_map({"app": None}).matches(WEB) is None
    assert label_map({"app": None}).matches({}) is False
    exists = {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}
    assert label_selector(exists).matches(labels) is None


def test_labels_that_controllers_add_may_be_there() -> None:
    stateful = workload(WEB, kind="StatefulSet")
    deployment = workload(WEB)
    pod_name = label_map({"statefulset.kubernetes.io/pod-name": "web-0"})
    assert [pod_name.matches(pod.labels) for pod in pods_of(stateful)] == [None]
    assert [pod_name.matches(pod.labels) for pod in pods_of(deployment)] == [False]


def test_pods_of_other_namespaces_and_patches_are_not_selected() -> None:
    mine, patch = workload(WEB), workload(WEB, partial=True)
    made = project(mine, workload(WEB, namespace="other"), patch, workload(WEB, namespace=None))
    sure, unsure = selected(label_map({"app": "web"}), made, "shop")
    assert [(pod.workload.namespace, pod.workload.partial) for pod in sure] == [
        ("shop", False),
        (None, False),
    ]
    assert [pod.workload for pod in unsure] == [patch]
    assert len(pods_in(made, "shop")) == 2


def test_many_kinds_of_selectors_find_the_same_pods_with_the_table_as_without() -> None:
    pods = [workload({"app": app, "tier": tier}) for app in ("web", "api", None) for tier in ("a", "b")]
    made = project(*pods)
    for selector in (
        label_selector({}),
        label_selector(None),
        label_map({"app": "web", "tier": "a"}),
        label_map({"pod-template-hash": "1", "app": "web"}),
        label_selector(
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "api", "x"]}]}
        ),
        label_selector({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}),
        label_selector({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}),
    ):
        truths = [selector.matches(pod.labels) for pod in pods_in(made, None)]
        sure, unsure = selected(selector, made, None)
        assert (len(sure), len(unsure)) == (truths.count(True), truths.count(None))


def test_a_workload_without_template_has_pods_as_its_selector_wants() -> None:
    data = {"spec": {"selector": {"matchLabels": WEB}}}
    fragment = IndexedObject("a.yaml", 0, (), "apps/v1", "Deployment", "shop", "web", data)
    sure, _ = selected(label_map({"app": "web"}), project(fragment), "shop")
    assert [pod.workload for pod in sure] == [fragment]
    job = fragment._replace(kind="Job", api_version="batch/v1")
    assert selected(label_map({"app": "web"}), project(job), "shop") == ([], [])


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ((), False),
        ((workload({"app": "api"}),), True),
        ((workload({"app": "api"}, namespace="other"),), False),
        ((workload({"app": "api"}, namespace=None),), True),
        ((workload({"app": "api"}), workload(WEB)), False),
        ((workload({"app": None}),), False),
        ((workload({"app": "api"}), workload({"app": "web"}, partial=True)), False),
        ((workload({"app": "api"}), workload({}, partial=True)), True),
        ((workload({}, partial=True),), False),
        ((workload({"app": "api"}), other("acme.io/v1", "Site", "web")), False),
        ((workload({"app": "api"}), other("acme.io/v1", "Site", "db")), True),
        ((workload({"app": "api"}), other("v1", "ConfigMap", "web")), True),
    ],
)
def test_nothing_is_only_said_where_the_linted_set_can_know_it(
    objects: tuple[IndexedObject, ...], expected: bool
) -> None:
    assert surely_selects_nothing(label_map({"app": "web"}), project(*objects), "shop") is expected


def test_labels_of_kustomizations_may_be_on_any_pod() -> None:
    kustomize = Kustomize([Kustomization("base", labels={"app": "web"})])
    made = Project(kustomize=lambda: kustomize)
    made.fill([workload({"app": "old", "tier": "front"}), workload({})])
    sure, unsure = selected(label_map({"app": "web"}), made, "shop")
    assert (len(sure), len(unsure)) == (0, 2)
    sure, unsure = selected(label_map({"app": "web", "tier": "front"}), made, "shop")
    assert (len(sure), len(unsure)) == (0, 1)
    assert not surely_selects_nothing(label_map({"app": "web"}), made, "shop")
