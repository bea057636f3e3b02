"""Service accounts as pods name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Pod, text_at
from tollgate.model.node import Trail
from tollgate.model.project import (
    IndexedObject,
    Project,
    RelatedObject,
    Relation,
    account_of,
    may_share,
)
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
    """Pods that get a token: their own word counts, else the service account's, else they do.

    An account of the workload's own that a binding of the project names is there to be used: it needs its
    token. A bare Pod in kube-system is a static one, which the kubelet runs without any account.
    """
    if workload.kind == "Pod" and workload.namespace == "kube-system":
        return
    for pod in workload.pods:
        own = workload.at(*pod, FIELD)
        name = account_of(workload, pod)
        if name != "default" and _is_bound(name, workload.namespace, context.project):
            continue
        account = context.project.find("ServiceAccount", name, workload.namespace)
        if own is False or (own is None and account is not None and account.at(FIELD) is False):
            continue
        change = Change("set", workload.document, (*workload.trail, *pod, FIELD), False)
        fields = {"account": name}
        related: tuple[RelatedObject, ...] = ()
        if own is None and account is not None:
            related = (RelatedObject(account, ("metadata", "name"), "its service account"),)
        title = f"set `{FIELD}` to `false`"
        yield Relation((*pod, FIELD), fields=fields, related=related, changes=(change,), fix_title=title)


def _is_bound(account: str, namespace: str | None, project: Project) -> bool:
    return any(may_share(one, namespace) for one in project.derived(_bound).get(account, ()))


def _bound(project: Project) -> dict[str, set[str | None]]:
    """The service accounts that bindings name, and the namespaces they may be in."""
    found: dict[str, set[str | None]] = {}
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in project.of_kind(kind, group="rbac.authorization.k8s.io"):
            subjects = binding.at("subjects")
            for one in subjects if isinstance(subjects, list) else ():
                if isinstance(one, Mapping) and one.get("kind") == "ServiceAccount":
                    name, own = one.get("name"), one.get("namespace")
                    namespace = own if isinstance(own, str) else binding.namespace
                    found.setdefault(str(name), set()).add(namespace)
    return found


def missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Service accounts that the project does not have; every namespace has `default`."""
    for pod in workload.pods:
        name = account_of(workload, pod)
        if name == "default" or "$" in name or "{" in name:
            continue
        if context.project.find("ServiceAccount", name, workload.namespace) is None:
            yield Relation(_named_at(workload, pod), fields={"account": name}, key=name)


def shared(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Accounts that another workload runs as. The first of them is left alone and related."""
    for pod in workload.pods:
        name = account_of(workload, pod)
        users = context.project.running_as(name, workload.namespace)
        first, trail = users[0] if users else (workload, pod)
        if name != "default" and (first.kind, first.name) != (workload.kind, workload.name):
            other = f"{first.kind} `{first.name}`"
            related = (RelatedObject(first, _named_at(first, trail), "first used here"),)
            fields = {"account": name, "other": other}
            yield Relation(_named_at(workload, pod), fields=fields, related=related, key=name)


def _named_at(workload: IndexedObject, pod: Trail) -> Trail:
    counts = workload.at(*pod, "serviceAccountName")
    return (*pod, "serviceAccountName" if counts else "serviceAccount")


def namespace_without_account(namespace: IndexedObject, context: Context) -> Iterator[Relation]:
    """Namespaces with workloads among the linted files, and no service account for any of them."""
    name = namespace.name
    accounts = context.project.of_kind("ServiceAccount", group="")
    if any(one.name != "default" and may_share(one.namespace, name) for one in accounts):
        return
    if any(one.namespace == name for one in context.project.workloads):
        yield Relation(("metadata", "name"), fields={"namespace": name})


def not_allowed(pod: Pod, context: Context) -> Iterator[Problem]:
    """Accounts that the option `allowed` does not list for the pod's namespace."""
    listed = context.options.get("allowed") or {}
    namespace = pod.manifest.namespace or "default"
    allowed = listed.get(namespace, listed.get("*"))
    name = text_at(pod.node, "serviceAccountName") or text_at(pod.node, "serviceAccount") or "default"
    if isinstance(allowed, list) and name not in allowed:
        fields = {"account": name, "namespace": namespace}
        yield problem_at(pod, "serviceAccountName", fields=fields)
