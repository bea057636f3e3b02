"""Relations between files: chains from workloads to rights, whatever file says which part of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import pytest

import tollgate
from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.engine.relations import Relations
from tollgate.engine.select import rule_sets
from tollgate.model.finding import Finding
from tollgate.model.manifests import ManifestFile
from tollgate.model.policy import Policy
from tollgate.model.project import Project, unpack_objects
from tollgate.model.source import decode

RBAC = "apiVersion: rbac.authorization.k8s.io/v1\n"
ROLE = f"""\
{RBAC}kind: ClusterRole
metadata: {{name: reader}}
rules:
  - {{apiGroups: [""], resources: [pods], verbs: [get]}}
  - {{apiGroups: [""], resources: [secrets], verbs: [list]}}
"""
BINDING = f"""\
{RBAC}kind: ClusterRoleBinding
metadata: {{name: web-reads}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}}
subjects:
  - {{kind: ServiceAccount, name: web, namespace: shop}}
"""
WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {}
  template:
    spec:
      serviceAccountName: web
      containers: [{name: web, image: "nginx:1.27"}]
"""
ALL = {"role.yaml": ROLE, "binding.yaml": BINDING, "workload.yaml": WORKLOAD}
RULE = "account-reads-secrets"


def found(files: Mapping[str, str], *rules: str, given: Sequence[str] | None = None) -> list[Finding]:
    """The relational findings of files that are linted together, by those rules."""
    policy = Policy(select=rules or (RULE,))
    linter = Linter(catalog.heads(), policy=policy, project=Project())
    results = [linter.lint_bytes(path, text.encode(), "yaml") for path, text in sorted(files.items())]
    linter.project.fill(one for result in results for one in unpack_objects(result.objects))

    def load(path: str) -> ManifestFile:
        return linter.read_again(decode(path, files[path].encode()))

    chosen = None if given is None else frozenset(given)
    by_path = linter.relations(
        given=chosen, load=load, foretold={result.path: result.foretold for result in results}
    )
    return [finding for _, findings in sorted(by_path.items()) for finding in findings]


def test_the_chain_is_named_from_the_workload_to_the_verb() -> None:
    (finding,) = found(ALL)
    assert finding.message == (
        "Deployment `web` → ServiceAccount `web` → ClusterRoleBinding `web-reads` → ClusterRole `reader`"
        " → `list` on `secrets`: reads all Secrets"
    )
    assert (finding.location.path, finding.location.region.start) == ("binding.yaml", (4, 73))
    related = [(one.location.path, one.location.region.start.line, one.message) for one in finding.related]
    assert related == [
        ("workload.yaml", 8, "Deployment `web` runs as the account"),
        ("role.yaml", 6, "granted here"),
    ]


def test_one_file_says_the_same_as_three() -> None:
    together = found({"all.yaml": "---\n".join(ALL.values())})
    assert [one.message for one in together] == [one.message for one in found(ALL)]
    assert [one.fingerprint for one in together] == [one.fingerprint for one in found(ALL)]


@pytest.mark.parametrize("order", list(permutations(ALL.values())))
def test_the_order_and_the_files_do_not_matter(order: Sequence[str]) -> None:
    expected = [(one.message, one.fingerprint) for one in found(ALL)]
    for cut in range(1, len(order)):
        files = {"a.yaml": "---\n".join(order[:cut]), "b.yaml": "---\n".join(order[cut:])}
        assert [(one.message, one.fingerprint) for one in found(files)] == expected


@pytest.mark.parametrize("left_out", ["role.yaml", "binding.yaml"])
def test_a_part_of_the_set_makes_no_finding(left_out: str) -> None:
    assert found({path: text for path, text in ALL.items() if path != left_out}) == []


def test_without_the_workload_the_account_is_where_the_chain_starts() -> None:
    (finding,) = found({path: text for path, text in ALL.items() if path != "workload.yaml"})
    assert finding.message.startswith("ServiceAccount `web` → ClusterRoleBinding")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["binding.yaml"], 1),
        (["role.yaml"], 1),
        (["workload.yaml"], 1),
        (["other.yaml"], 0),
        ([], 0),
    ],
)
def test_a_finding_is_told_where_a_given_file_has_a_part_in_it(given: list[str], expected: int) -> None:
    assert len(found({**ALL, "other.yaml": WORKLOAD.replace("web", "other")}, given=given)) == expected


def with_role(text: str) -> dict[str, str]:
    return {**ALL, "role.yaml": text}


def with_binding(old: str, new: str) -> dict[str, str]:
    return {**ALL, "binding.yaml": BINDING.replace(old, new)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(with_role(ROLE.replace("[secrets]", '["*"]')), 1, id="every resource"),
        pytest.param(with_role(ROLE.replace("[list]", "[create]")), 0, id="another verb"),
        pytest.param(
            with_role(ROLE.replace("verbs:", "resourceNames: [web], verbs:")), 0, id="limited to one by name"
        ),
        pytest.param(
            with_role(ROLE.replace("rbac.authorization.k8s.io", "iam.example.org")), 0, id="no such role"
        ),
        pytest.param(
            with_binding("kind: ServiceAccount", "kind: User"), 0, id="a person"
        ),
        pytest.param(
            with_binding("kind: ServiceAccount, name: web", "kind: Group, name: 'system:serviceaccounts'"),
            1,
            id="every account",
        ),
        pytest.param(
            with_binding("web-reads", "'system:web-reads'"), 0, id="of the control plane"
        ),
    ],
)  # fmt: skip
def test_what_counts(files: Mapping[str, str], expected: int) -> None:
    assert len(found(files)) == expected


LOCAL = {
    "role.yaml": ROLE.replace("ClusterRole", "Role").replace("name: reader", "name: reader, namespace: NS"),
    "binding.yaml": BINDING.replace("Cluster", "").replace("name: web-reads", "name: b, namespace: shop"),
}


@pytest.mark.parametrize(
    ("namespace", "expected"), [("namespace: shop", 1), ("namespace: other", 0), ("annotations: {}", 1)]
)
def test_a_role_counts_in_its_namespace_and_where_none_is_written(namespace: str, expected: int) -> None:
    files = {path: text.replace("namespace: NS", namespace) for path, text in LOCAL.items()}
    assert len(found(files)) == expected


def test_of_two_roles_of_a_name_the_one_in_the_same_file_counts() -> None:
    harmless = ROLE.replace("[secrets]", "[services]")
    assert found({"a.yaml": ROLE, "b.yaml": f"{harmless}---\n{BINDING}"}) == []
    assert len(found({"a.yaml": harmless, "b.yaml": f"{ROLE}---\n{BINDING}"})) == 1


AGGREGATE = f"""\
{RBAC}kind: ClusterRole
metadata: {{name: reader}}
aggregationRule:
  clusterRoleSelectors:
    - matchLabels: {{into: reader}}
    - matchExpressions: [{{key: also, operator: Exists}}]
rules:
  - {{apiGroups: [""], resources: [secrets], verbs: [list]}}
"""


def part(labels: str, name: str = "part") -> str:
    return ROLE.replace("{name: reader}", f"{{name: {name}, labels: {labels}}}")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [("{into: reader}", 1), ("{also: ''}", 1), ("{into: other}", 0), ("{}", 0)],
)
def test_an_aggregated_role_holds_what_its_parts_hold(labels: str, expected: int) -> None:
    findings = found({**with_role(AGGREGATE), "part.yaml": part(labels)})
    assert len(findings) == expected
    for finding in findings:
        assert "ClusterRole `reader` → ClusterRole `part`" in finding.message


def test_roles_that_aggregate_each_other_end() -> None:
    one = AGGREGATE.replace("{name: reader}", "{name: reader, labels: {into: reader}}")
    two = one.replace("name: reader,", "name: other,")
    assert found({**with_role(one), "two.yaml": two}) == []
    assert len(found({**with_role(one), "two.yaml": two, "part.yaml": part("{into: reader}")})) == 1


POWER = ROLE.replace('[""], resources: [secrets], verbs: [list]', '["*"], resources: ["*"], verbs: ["*"]')
ALL_RULES = tuple(rule.name for rule in catalog.rules() if (rule.check or "").startswith("bindings."))


def test_of_a_role_that_grants_everything_one_rule_speaks() -> None:
    findings = found(with_role(POWER), *ALL_RULES)
    assert [(one.rule, one.severity) for one in findings] == [("all-powerful-role-bound", "error")]
    assert findings[0].message.endswith("ClusterRole `reader` → everything")


def test_every_verb_written_out_is_everything() -> None:
    verbs = "[get, list, watch, create, update, patch, delete]"
    findings = found(with_role(POWER.replace('verbs: ["*"]', f"verbs: {verbs}")), *ALL_RULES)
    assert [one.rule for one in findings] == ["all-powerful-role-bound"]


def test_the_token_s_owner_is_the_default_account_where_none_is_named() -> None:
    workload = WORKLOAD.replace("      serviceAccountName: web\n", "")
    binding = BINDING.replace("name: web, namespace", "name: default, namespace")
    (finding,) = found({**ALL, "workload.yaml": workload, "binding.yaml": binding})
    assert finding.message.startswith("Deployment `web` → ServiceAccount `default`")
    assert finding.related[0].location.region.start.line == 7, "the pod's spec, which names none"


def test_an_account_named_as_a_user_is_that_account() -> None:
    user = "kind: User, name: 'system:serviceaccount:shop:web'"
    (finding,) = found(with_binding("kind: ServiceAccount, name: web, namespace: shop", user))
    assert finding.message.startswith("Deployment `web` → User `system:serviceaccount:shop:web` →")
    other = user.replace("shop", "other")
    (finding,) = found(with_binding("kind: ServiceAccount, name: web, namespace: shop", other))
    assert finding.message.startswith("User `system:serviceaccount:other:web` →")


def test_several_workloads_are_counted() -> None:
    more = {
        f"more-{number}.yaml": WORKLOAD.replace("name: web, n", f"name: w{number}, n") for number in range(4)
    }
    (finding,) = found({**ALL, **more})
    assert finding.message.startswith("Deployment `w0` and 4 more → ServiceAccount `web`")
    assert len(finding.related) == 4, "three workloads and the role"


@pytest.mark.parametrize("namespace", ["other", "kube-system"])
def test_an_account_of_another_namespace_is_another_account(namespace: str) -> None:
    (finding,) = found(
        {**ALL, "workload.yaml": WORKLOAD.replace("namespace: shop", f"namespace: {namespace}")}
    )
    assert finding.message.startswith("ServiceAccount `web`")


HOSTILE = [
    "roleRef: cluster-admin",
    "roleRef: [cluster-admin]",
    "roleRef: {kind: ClusterRole, name: {a: 1}}",
    "roleRef: {kind: [ClusterRole], name: cluster-admin}",
    "roleRef: {kind: ClusterRole, name: reader}\nsubjects: web",
    "roleRef: {kind: ClusterRole, name: reader}\nsubjects: {kind: ServiceAccount}",
    "roleRef: {kind: ClusterRole, name: reader}\nsubjects: [null, 1, [a], {kind: [a], name: {}}]",
    "roleRef: {kind: ClusterRole, name: reader}\nsubjects: [{kind: ServiceAccount, name: 1, namespace: [x]}]",
    "roleRef: null\nsubjects: null",
]


@pytest.mark.parametrize("fields", HOSTILE)
@pytest.mark.parametrize(
    "role", [ROLE, AGGREGATE, POWER.replace('["*"]', '"*"'), AGGREGATE.replace("reader}}", "{}}}")]
)
def test_any_shape_is_survived(fields: str, role: str) -> None:
    binding = f"{RBAC}kind: ClusterRoleBinding\nmetadata: {{name: b}}\n{fields}\n"
    found({"a.yaml": role, "b.yaml": binding, "c.yaml": WORKLOAD}, *ALL_RULES)


ODD_ROLES = [
    "rules: 1",
    "rules: {apiGroups: ['*']}",
    "rules: [1, null, [a], {apiGroups: '*', resources: '*', verbs: '*'}]",
    "rules: [{apiGroups: [[a]], resources: [{b: c}], verbs: [null]}]",
    "aggregationRule: {clusterRoleSelectors: [1, null, {matchLabels: [a]}, {matchExpressions: [{key: 1}]}]}",
    "aggregationRule: {clusterRoleSelectors: {matchLabels: {}}}",
]


@pytest.mark.parametrize("fields", ODD_ROLES)
def test_roles_of_any_shape_grant_nothing(fields: str) -> None:
    role = f"{RBAC}kind: ClusterRole\nmetadata: {{name: reader}}\n{fields}\n"
    assert found({"a.yaml": role, "b.yaml": BINDING}, *ALL_RULES) == []


def test_a_comment_silences_the_finding_at_its_own_place() -> None:
    remark = f"# tollgate: ignore[{RULE}] reviewed\nroleRef:"
    (finding,) = found({**ALL, "binding.yaml": BINDING.replace("roleRef:", remark)})
    assert finding.suppressed is not None
    (finding,) = found({**ALL, "role.yaml": f"# tollgate: ignore[{RULE}] not here\n{ROLE}"})
    assert finding.suppressed is None


def test_places_through_an_alias_are_in_the_binding() -> None:
    binding = BINDING.replace("name: web-reads", "name: &it reader").replace(
        "ClusterRole, name: reader", "ClusterRole, name: *it"
    )
    (finding,) = found({**ALL, "binding.yaml": binding})
    assert finding.location.region.start == (4, 73)
    assert finding.related[0].message == "`&it` is defined here"


def test_items_of_lists_are_objects() -> None:
    text = "\n".join(f"  {line}" for line in BINDING.splitlines())
    listed = f"apiVersion: v1\nkind: List\nitems:\n- {text.lstrip()}\n"
    (finding,) = found({**ALL, "binding.yaml": listed})
    assert (finding.object_name, finding.location.region.start.line) == ("web-reads", 7)


def test_what_a_kustomization_patches_is_no_workload(tmp_path: Path) -> None:
    spec = "spec: {template: {spec: {serviceAccountName: web}}}"
    patch = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: patch}}\n{spec}\n"
    files = {
        **ALL,
        "patch.yaml": patch,
        "kustomization.yaml": "kind: Kustomization\npatches: [{path: patch.yaml}]\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = tollgate.lint([tmp_path], profile="all", config=None)
    (finding,) = [one for one in report.findings if one.rule == RULE]
    assert finding.message.startswith("Deployment `web` → ServiceAccount `web`")


def test_the_number_of_workers_does_not_show(tmp_path: Path) -> None:
    for number in range(60):
        for name, text in ALL.items():
            (tmp_path / f"{number:03}-{name}").write_text(
                text.replace("web", f"web{number}") + "# padding\n" * 500, encoding="utf-8"
            )
    alone, together = (
        [
            one
            for one in tollgate.lint([tmp_path], profile="all", config=None, jobs=jobs).findings
            if one.rule == RULE
        ]
        for jobs in (1, 2)
    )
    assert len(alone) == 60
    assert alone == together


def test_many_bindings_of_many_roles_take_no_square_time() -> None:
    from time import perf_counter

    policy = Policy(select=ALL_RULES)
    project = Project()
    linter = Linter(catalog.heads(), policy=policy, project=project)
    text = "---\n".join(
        one.replace("reader", f"reader-{number}").replace("web", f"web-{number}")
        for number in range(1500)
        for one in ALL.values()
    )
    objects = list(unpack_objects(linter.lint_bytes("all.yaml", text.encode(), "yaml").objects))
    project.fill(objects)
    relations = Relations(project, rule_sets(catalog.heads(), policy=policy, project=project))
    start = perf_counter()
    by_path = relations.find(given=None)
    assert len(by_path["all.yaml"]) == 1500
    assert perf_counter() - start < 5
