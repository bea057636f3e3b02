"""NetworkPolicies by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
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
            change = Change("append", policy.document, (*policy.trail, "spec", "policyTypes"), kind)
            fix = FixPlan(False, (change,), title=f"add `{kind}` to `policyTypes`")
            yield problem_at(policy, "spec", field, key_only=True, fields=fields, key=field, fix=fix)


_TYPES = ("Ingress", "Egress")


def unknown_type(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Policy types that the API server does not know; those that are only spelt otherwise can be fixed."""
    listed = descend(policy.node, ("spec", "policyTypes"))
    for index, one in enumerate(listed.items if isinstance(listed, Sequence) else ()):
        value = one.value if isinstance(one, Scalar) else None
        if value in _TYPES or (isinstance(value, str) and ("$" in value or "{{" in value)):
            continue
        trail = ("spec", "policyTypes", index)
        meant = str(value).capitalize()
        change = Change("set", policy.document, (*policy.trail, *trail), meant)
        fix = FixPlan(True, (change,), title=f"write `{meant}`") if meant in _TYPES else None
        yield problem_at(policy, *trail, fields={"type": one}, key=str(index), fix=fix)
