"""What an item of a role's `rules` grants. Source: k8s.io/kubernetes/pkg/apis/rbac/v1."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Entry, Mapping, Scalar, Sequence
from tollgate.model.rbac import (
    Rights,
    binding_subjects,
    gives,
    grant,
    is_reserved,
    node_gives,
    rights_of,
    role_rules,
)
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

EXEC = grant([""], ["pods/exec"], ["create"])
SECRETS = grant([""], ["secrets"], ["get", "list"])


def rights(groups: str, resources: str, verbs: str, names: str = "") -> Rights:
    """Each argument is a list, written with blanks; `-` is the core group."""
    return Rights(
        *(tuple(one.replace("-", "") for one in text.split()) for text in (groups, resources, verbs, names))
    )


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (rights("-", "pods/exec", "create"), True),
        (rights("apps -", "pods pods/exec", "get create"), True),
        (rights("*", "*", "*"), True),
        (rights("-", "*/exec", "create"), True),
        (rights("-", "*", "create"), True),
        (rights("-", "pods", "create"), False),
        (rights("-", "pods/*", "create"), False),
        (rights("-", "exec", "create"), False),
        (rights("-", "*/exe", "create"), False),
        (rights("apps", "pods/exec", "create"), False),
        (rights("-", "pods/exec", "Create"), False),
        (rights("-", "pods/exec", "get"), False),
        (rights("-", "pods/exec", "create", "web"), False),
        (rights("-", "pods/exec", "create", "*"), True),
        (rights("", "pods/exec", "create"), False),
        (rights("-", "", "create"), False),
    ],
)  # fmt: skip
def test_wildcards_and_subresources(held: Rights, expected: bool) -> None:
    assert gives(held, EXEC) is expected


word = st.sampled_from(["", "*", "pods", "pods/exec", "*/exec", "apps", "get", "create", "web", None, 1])
words = st.lists(word, max_size=3).map(tuple)


@given(rights=st.builds(Rights, words, words, words, words), names=st.sets(st.sampled_from(["web", "*"])))
def test_nodes_are_read_as_plain_data_is(rights: Rights, names: set[str]) -> None:
    lists = [Sequence(0, 0), Sequence(0, 0), Sequence(0, 0), Sequence(0, 0)]
    node = Mapping(0, 0)
    for key, listed, values in zip(
        ("apiGroups", "resources", "verbs", "resourceNames"), lists, rights, strict=True
    ):
        listed.items = [Scalar(value, 0, 0) for value in values]  # type: ignore[arg-type]
        node.entries[key] = Entry(0, 0, listed)
    wanted = grant([""], ["pods/exec"], ["create"], names)
    assert rights_of(node) == rights
    assert node_gives(node, wanted) is gives(rights, wanted)


@pytest.mark.parametrize(
    ("wanted", "limits", "expected"),
    [
        ([], "", True),
        ([], "web", False),
        (["web"], "web", True),
        (["web", "shop"], "a shop", True),
        (["web"], "other", False),
        (["*"], "anything", True),
        (["web"], "", True),
    ],
)
def test_names(wanted: list[str], limits: str, expected: bool) -> None:
    assert gives(rights("-", "secrets", "get", limits), grant([""], ["secrets"], ["get"], wanted)) is expected


def test_a_plain_resource_has_no_subresource_wildcard() -> None:
    assert not gives(rights("-", "*/secrets", "get"), SECRETS)


def manifests(text: str) -> ManifestFile:
    return ManifestFile(parse_yaml(decode("a.yaml", text.encode())))


HOSTILE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: odd}
rules:
  - {apiGroups: "", resources: [secrets], verbs: [get]}
  - {apiGroups: [""], resources: secrets, verbs: [get]}
  - {apiGroups: [""], resources: [secrets], verbs: "*"}
  - {apiGroups: [""], resources: [{secrets: 1}, [secrets], 1, null, true], verbs: [get]}
  - {apiGroups: null, resources: [secrets], verbs: [get]}
  - nonsense
  - null
  - [secrets]
"""


def test_wrong_types_grant_nothing() -> None:
    found = list(role_rules(manifests(HOSTILE).manifests))
    assert len(found) == 5
    assert [gives(rights_of(part.node), SECRETS) for part in found] == [False] * 5
    assert rights_of(None) == Rights((), (), ())


def test_positions_are_kept_beside_what_is_no_text() -> None:
    found = list(role_rules(manifests(HOSTILE).manifests))
    assert len(rights_of(found[3].node).resources) == 5


def test_only_roles_of_the_api_have_rules() -> None:
    text = "apiVersion: iam.example.org/v1\nkind: Role\nrules: [{apiGroups: ['']}]\n"
    assert not list(role_rules(manifests(text).manifests))
    assert list(
        role_rules(manifests(text.replace("iam.example.org", "authorization.openshift.io")).manifests)
    )


def test_subjects_of_a_kind_in_wrong_case() -> None:
    head = "apiVersion: rbac.authorization.k8s.io/v1\n"
    text = f"{head}kind: ClusterRolebinding\nsubjects: [{{name: a}}, b, {{name: c}}]\n"
    found = list(binding_subjects(manifests(text).manifests))
    assert [part.trail for part in found] == [("subjects", 0), ("subjects", 2)]
    text = f"{head}kind: RoleBinding\nsubjects: {{name: a}}\n"
    assert not list(binding_subjects(manifests(text).manifests))


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("ClusterRole", "system:node", True),
        ("Role", "gce:cloud-provider", True),
        ("ClusterRole", "admin", True),
        ("Role", "admin", False),
        ("ClusterRole", "administrator", False),
        ("ClusterRole", "my-system:node", False),
        ("ClusterRole", None, False),
    ],
)
def test_reserved_names(kind: str, name: str | None, expected: bool) -> None:
    assert is_reserved(kind, name) is expected
