"""Rights that only several items of a role's `rules` give together."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at, related_at
from tollgate.model.finding import Problem, RelatedSpan
from tollgate.model.kubernetes import Part, items_at
from tollgate.model.rbac import Grant, gives, grant, rights_of
from tollgate.model.rule import Context

_RBAC = ("rbac.authorization.k8s.io",)
_CERTIFICATES = ("certificates.k8s.io",)

_MAKES_BINDINGS = grant(_RBAC, ("rolebindings", "clusterrolebindings"), ("create",))
_BINDS = grant(_RBAC, ("roles", "clusterroles"), ("bind",))
_APPROVES = grant(_CERTIFICATES, ("certificatesigningrequests/approval",), ("update", "patch"))
_SIGNERS = grant(
    _CERTIFICATES,
    ("signers",),
    ("approve",),
    ("kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/*"),
)


def binds_any_role(part: Part, _context: Context) -> Iterator[Problem]:
    """`bind` on every role, in a role that also creates bindings."""
    yield from _together(part, _BINDS, _MAKES_BINDINGS, "makes the bindings")


def approves_certificates(part: Part, _context: Context) -> Iterator[Problem]:
    """Changing approvals, in a role that may approve every signer or one of client certificates."""
    yield from _together(part, _APPROVES, _SIGNERS, "approves the signers")


def _together(part: Part, here: Grant, also: Grant, message: str) -> Iterator[Problem]:
    rights = rights_of(part.node)
    if not gives(rights, here):
        return
    rules = items_at(part.manifest.node, "rules")
    other = next((index for index, item in rules if gives(rights_of(item), also)), None)
    if other is None:
        return
    resource = next(index for index, item in enumerate(rights.resources) if item in here.resources)
    fields = {"resource": rights.resources[resource]}
    related: tuple[RelatedSpan, ...] = ()
    if other != part.trail[-1]:
        related = (related_at(part.manifest, "rules", other, "verbs", message=message),)
    yield problem_at(part, "resources", resource, fields=fields, related=related)
