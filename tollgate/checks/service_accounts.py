"""Service accounts as pods name them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Pod, text_at
from tollgate.model.project import IndexedObject, RelatedObject, Relation
from tollgate.model.rule import Context

FIELD = "automountServiceAccountToken"


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


def token_mounted(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Pods that get a token: their own word counts, else the service account's, else they do."""
    for pod in workload.pods:
        own = workload.at(*pod, FIELD)
        name = workload.at(*pod, "serviceAccountName") or workload.at(*pod, "serviceAccount") or "default"
        account = context.project.find("ServiceAccount", str(name), workload.namespace)
        if own is False or (own is None and account is not None and account.at(FIELD) is False):
            continue
        change = Change("set", workload.document, (*workload.trail, *pod, FIELD), False)
        fields = {"account": name}
        related: tuple[RelatedObject, ...] = ()
        if own is None and account is not None:
            related = (RelatedObject(account, ("metadata", "name"), "its service account"),)
        title = f"set `{FIELD}` to `false`"
        yield Relation((*pod, FIELD), fields=fields, related=related, changes=(change,), fix_title=title)
