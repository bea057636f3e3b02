"""From planned fixes to edits, for all problems of a file together."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model.finding import Change, Fix, FixPlan
from tollgate.model.manifests import ManifestFile
from tollgate.model.target import Artifact


def planned_fixes(
    artifact: Artifact, plans: Sequence[tuple[str, FixPlan | None]], *, edits: bool
) -> list[Fix | None]:
    """For each (rule, plan) its fix; None where there is no plan, or no edit keeps to the laws.

    Without `edits` the fixes only say that there is one, and what it would do.
    Plans of one rule are seen together: an anchor may be edited when every use of it asks for that.
    """
    if not any(plan is not None for _, plan in plans):
        return [None] * len(plans)
    if not edits:
        return [None if plan is None else Fix(plan.title, plan.safe, ()) for _, plan in plans]
    siblings: dict[str, list[Change]] = {}
    for rule, plan in plans:
        if plan is not None:
            siblings.setdefault(rule, []).extend(plan.changes)
    return [None if plan is None else _fix(artifact, plan, tuple(siblings[rule])) for rule, plan in plans]


def _fix(artifact: Artifact, plan: FixPlan, siblings: tuple[Change, ...]) -> Fix | None:
    if not plan.changes:
        return Fix(plan.title, plan.safe, plan.edits)
    if not isinstance(artifact, ManifestFile):
        return None
    from tollgate.engine.yaml_edit import Refusal, plan_edits

    planned = plan_edits(artifact.text, plan.changes, same_finding=siblings)
    if isinstance(planned, Refusal):
        return None
    return Fix(plan.title, plan.safe, planned.edits, planned.changes)
