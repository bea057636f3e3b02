"""Service accounts as pods name them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Pod, text_at
from tollgate.model.rule import Context


def deprecated_field(pod: Pod, _context: Context) -> Iterator[Problem]:
    """`serviceAccount` without the same name in `serviceAccountName`."""
    written, counts = text_at(pod.node, "serviceAccount"), text_at(pod.node, "serviceAccountName")
    if not written or written == counts:
        return
    trail = (*pod.trail, "serviceAccount")
    if counts is None:
        change = Change("rename", pod.document, trail, "serviceAccountName")
    else:
        change = Change("remove", pod.document, trail)
    fix = FixPlan(True, (change,), title="name it in `serviceAccountName`")
    yield problem_at(pod, "serviceAccount", key_only=True, fields={"account": written}, fix=fix)
