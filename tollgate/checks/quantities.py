"""Requests against limits, LimitRanges, ResourceQuotas, and namespaces without them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Manifest, is_null, items_at, text_at
from tollgate.model.node import Mapping, Scalar, descend
from tollgate.model.project import IndexedObject, Relation, may_share
from tollgate.model.rule import Context
from tollgate.words import quantity

_ROUNDING = 1e-9
"""Quantities are compared as floats; 0.1 and 100m are the same."""


def _written(container: Container, part: str, resource: str) -> Scalar | None:
    node = descend(container.node, ("resources", part, resource))
    return node if isinstance(node, Scalar) and node.value is not None else None


def request_above_limit(container: Container, _context: Context) -> Iterator[Problem]:
    """A request over the limit, which the API server refuses."""
    requests = descend(container.node, ("resources", "requests"))
    for resource in requests.entries if isinstance(requests, Mapping) else ():
        request, limit = (_written(container, part, resource) for part in ("requests", "limits"))
        if request is None or limit is None:
            continue
        wanted, allowed = quantity(request.value), quantity(limit.value)
        if wanted is not None and allowed is not None and wanted > allowed * (1 + _ROUNDING):
            fields = {"resource": resource, "request": request, "limit": limit}
            yield problem_at(container, "resources", "requests", resource, fields=fields, key=resource)


def cpu_differs(container: Container, _context: Context) -> Iterator[Problem]:
    """A CPU request that is not the limit."""
    yield from _differs(container, "cpu")


def memory_differs(container: Container, _context: Context) -> Iterator[Problem]:
    """A memory request that is not the limit."""
    yield from _differs(container, "memory")


def storage_differs(container: Container, _context: Context) -> Iterator[Problem]:
    """Only where both are written: whether they are is another rule's question."""
    if _written(container, "limits", "ephemeral-storage") is not None:
        yield from _differs(container, "ephemeral-storage")


def _differs(container: Container, resource: str) -> Iterator[Problem]:
    """A request that is not the limit. A limit alone is the request as well."""
    request, limit = (_written(container, part, resource) for part in ("requests", "limits"))
    if request is None or (limit is not None and _same(request, limit)):
        return
    fields = {"request": request, "limit": limit if limit is not None else "not there"}
    yield problem_at(container, "resources", "requests", resource, fields=fields)


def _same(one: Scalar, other: Scalar) -> bool:
    left, right = quantity(one.value), quantity(other.value)
    if left is None or right is None:
        return one.value == other.value
    return abs(left - right) <= _ROUNDING * max(left, right)


_WANTED_LIMITS = {"Container": ("default", "defaultRequest", "max", "min"), "Pod": ("max", "min")}


def limit_range(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Entries of a LimitRange that leave a bound or default open."""
    items = list(items_at(manifest.node.get("spec"), "limits"))
    for index, item in items:
        kind = text_at(item, "type")
        wanted = _WANTED_LIMITS.get(kind, ()) if kind else ("type",)
        open_ends = [key for key in wanted if is_null(item.get(key))]
        if open_ends:
            fields = {"missing": ", ".join(open_ends)}
            problem = problem_at(manifest, "spec", "limits", index, "type", fields=fields, key=f"{index}")
            yield problem._replace(missing=True)
    if not items:
        yield problem_at(manifest, "spec", "limits", key_only=True, fields={"missing": "every bound"})


_WANTED_QUOTA = (("requests.cpu", "cpu"), ("requests.memory", "memory"), ("limits.cpu",), ("limits.memory",))


def resource_quota(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """A ResourceQuota without a total for CPU and memory."""
    hard = descend(manifest.node, ("spec", "hard"))
    given = set(hard.entries) if isinstance(hard, Mapping) else set()
    open_ends = [names[0] for names in _WANTED_QUOTA if not given.intersection(names)]
    if open_ends:
        yield problem_at(manifest, "spec", "hard", key_only=True, fields={"missing": ", ".join(open_ends)})


_SYSTEM = ("kube-system", "kube-public", "kube-node-lease")


def namespace_without_limit_range(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """A Namespace for which the project has no LimitRange."""
    yield from _without(namespace, context, "LimitRange")


def namespace_without_quota(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """A Namespace for which the project has no ResourceQuota."""
    yield from _without(namespace, context, "ResourceQuota")


def _without(namespace: IndexedObject, context: Context, kind: str) -> Iterator[Relation]:
    if namespace.name in _SYSTEM:
        return
    if not any(may_share(one.namespace, namespace.name) for one in context.project.of_kind(kind)):
        yield Relation(("metadata", "name"), fields={"namespace": namespace.name or ""})
