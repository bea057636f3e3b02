"""NetworkPolicies by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Manifest, is_null, items_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, child, descend
from tollgate.model.rule import Context

_SELECTORS = ("podSelector", "namespaceSelector")


def without_selector(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Policies in which no selector stands anywhere."""
    spec = policy.node.get("spec")
    if not any(_has_selector(node) for node in _holders(spec)):
        yield problem_at(policy, "spec", "podSelector")._replace(missing=True)


def _has_selector(node: Node | None) -> bool:
    return any(not is_null(child(node, key)) for key in _SELECTORS)


def _holders(spec: Node | None) -> Iterator[Node | None]:
    """The spec and its peers, where selectors can stand."""
    yield spec
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for _, rule in items_at(spec, direction):
            for _, peer in items_at(rule, peers):
                yield peer


def rules_ignored(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Rules for a direction that `policyTypes` does not list."""
    listed = descend(policy.node, ("spec", "policyTypes"))
    assert isinstance(listed, Sequence | Mapping | Scalar)
    types = (
        [one.value for one in listed.items if isinstance(one, Scalar)] if isinstance(listed, Sequence) else []
    )
    for field, kind in (("ingress", "Ingress"), ("egress", "Egress")):
        rules = descend(policy.node, ("spec", field))
        if kind not in types and isinstance(rules, Sequence) and rules.items:
            fields = {"field": field, "type": kind}
            yield problem_at(policy, "spec", field, key_only=True, fields=fields, key=field)
