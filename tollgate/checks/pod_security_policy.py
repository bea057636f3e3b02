"""PodSecurityPolicy, which Kubernetes had up to 1.24."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Manifest, items_at, text_at
from tollgate.model.node import Node, Scalar, child, descend
from tollgate.model.rule import Context


def root_admitted(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Neither MustRunAsNonRoot nor MustRunAs with ranges above 0."""
    user = descend(policy.node, ("spec", "runAsUser"))
    rule = text_at(user, "rule")
    if rule == "MustRunAsNonRoot":
        return
    ranges = list(items_at(user, "ranges"))
    if rule != "MustRunAs" or not ranges:
        yield problem_at(policy, "spec", "runAsUser", "rule", fields={"reason": ""})
    for index, one in ranges if rule == "MustRunAs" else ():
        lowest = _number(child(one, "min"))
        if lowest is None or lowest < 1:
            fields = {"reason": ": a range of users begins at 0"}
            at = ("spec", "runAsUser", "ranges", index, "min")
            yield problem_at(policy, *at, fields=fields, key=str(index))


def writable_host_paths(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """hostPath volumes that pods may write to: any at all, or prefixes without `readOnly`."""
    listed = list(items_at(policy.node.get("spec"), "allowedHostPaths"))
    if not listed and _admits_host_paths(descend(policy.node, ("spec", "volumes"))):
        yield problem_at(policy, "spec", "allowedHostPaths", fields={"prefix": "any path"})
    for index, one in listed:
        read_only = child(one, "readOnly")
        if not (isinstance(read_only, Scalar) and read_only.value is True):
            fields = {"prefix": f"`{text_at(one, 'pathPrefix') or '/'}`"}
            at = ("spec", "allowedHostPaths", index)
            below = ("readOnly",) if read_only is not None else ("pathPrefix",)
            yield problem_at(policy, *at, *below, fields=fields, key=str(index))


def _admits_host_paths(volumes: Node | None) -> bool:
    items = getattr(volumes, "items", ())
    return any(isinstance(item, Scalar) and item.value in ("*", "hostPath") for item in items)


def _number(node: Node | None) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
