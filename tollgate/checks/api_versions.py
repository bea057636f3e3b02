"""API versions against the target version of Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.api_table import OLD_APIS, OldApi, Version
from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Manifest
from tollgate.model.rule import Context


def removed(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """The target version does not serve it any more."""
    old = OLD_APIS.get((manifest.api_version, manifest.kind))
    if old is not None and old.removed is not None and context.kubernetes_version >= old.removed:
        yield _problem(manifest, old, context.kubernetes_version)


def deprecated(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """The target version still serves it; a later one will not."""
    old = OLD_APIS.get((manifest.api_version, manifest.kind))
    if old is None or context.kubernetes_version < old.deprecated:
        return
    if old.removed is None or context.kubernetes_version < old.removed:
        yield _problem(manifest, old, context.kubernetes_version)


def _named(old: OldApi) -> str:
    return f"`{old.kind}` of `{old.replacement}`" if old.kind else f"`{old.replacement}`"


def _problem(manifest: Manifest, old: OldApi, target: Version) -> Problem:
    has_replacement = bool(old.replacement) and target >= old.since
    plan = None
    if has_replacement and not old.kind and manifest.node.get("apiVersion") is not None:
        change = Change("set", manifest.document, (*manifest.trail, "apiVersion"), old.replacement)
        plan = FixPlan(old.same, (change,), title=f"use `{old.replacement}`")
    gone = "" if old.removed is None else f"in {old.removed[0]}.{old.removed[1]}"
    fields = {
        "kind": manifest.kind,
        "version": manifest.api_version,
        "gone": gone,
        "goes": f" and goes {gone}" if gone else "",
        "advice": f"use {_named(old)}" if has_replacement else "there is no replacement",
    }
    return problem_at(manifest, "apiVersion", fields=fields, fix=plan)._replace(missing=False)
