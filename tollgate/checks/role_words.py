"""Words in a role's `rules` that the authorizer takes literally, so that they grant nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Part, is_null
from tollgate.model.node import Sequence, child
from tollgate.model.rbac import EVERY, rights_of
from tollgate.model.rule import Context

_PLURALS = {
    "": (
        "bindings componentstatuses configmaps endpoints events groups limitranges namespaces nodes"
        " persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas"
        " secrets serviceaccounts services users"
    ),
    "admissionregistration.k8s.io": (
        "mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings"
        " validatingwebhookconfigurations"
    ),
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apps": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "authentication.k8s.io": "selfsubjectreviews tokenreviews uids",
    "authorization.k8s.io": (
        "localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews"
    ),
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "certificates.k8s.io": "certificatesigningrequests clustertrustbundles signers",
    "coordination.k8s.io": "leasecandidates leases",
    "discovery.k8s.io": "endpointslices",
    "events.k8s.io": "events",
    "extensions": (
        "daemonsets deployments ingresses networkpolicies podsecuritypolicies replicasets"
        " replicationcontrollers"
    ),
    "networking.k8s.io": "ingressclasses ingresses ipaddresses networkpolicies servicecidrs",
    "node.k8s.io": "runtimeclasses",
    "policy": "poddisruptionbudgets podsecuritypolicies",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles rolebindings roles",
    "scheduling.k8s.io": "priorityclasses",
    "storage.k8s.io": (
        "csidrivers csinodes csistoragecapacities storageclasses volumeattachments volumeattributesclasses"
    ),
}
"""The built-in resources of Kubernetes' own groups."""

_RESOURCES = {group: frozenset(plurals.split()) for group, plurals in _PLURALS.items()}
_ALL = frozenset().union(*_RESOURCES.values())


def _singular(plural: str) -> str:
    """`ingresses` is of `ingress`, `policies` of `policy`, `endpoints` of itself."""
    if plural == "endpoints":
        return plural
    for ending, single in (("ies", "y"), ("sses", "ss"), ("uses", "us"), ("s", "")):
        if plural.endswith(ending):
            return plural.removesuffix(ending) + single
    return plural


_SINGULARS = {_singular(plural): plural for plural in _ALL}


def misspelt_resource(part: Part, _context: Context) -> Iterator[Problem]:
    """Resources written as the kind (`Pod`) or in the singular."""
    rights = rights_of(part.node)
    for index, written in enumerate(rights.resources):
        head, slash, rest = str(written).partition("/")
        lower = head.lower()
        meant = lower if lower in _ALL else _SINGULARS.get(lower, head)
        if meant != head and _has(rights.groups, meant):
            right = f"{meant}{slash}{rest}"
            change = Change("set", part.document, (*part.trail, "resources", index), right)
            fix = FixPlan(False, (change,), title=f"write `{right}`")
            fields = {"written": written, "meant": right}
            yield problem_at(part, "resources", index, fields=fields, fix=fix, key=str(written))


def _has(groups: tuple[object, ...], resource: str) -> bool:
    return any(group == EVERY or resource in _RESOURCES.get(str(group), ()) for group in groups)


def misplaced_resource(part: Part, _context: Context) -> Iterator[Problem]:
    """Built-in resources beside built-in groups none of which has them."""
    rights = rights_of(part.node)
    if not rights.groups or not all(group in _RESOURCES for group in rights.groups):
        return
    for index, written in enumerate(rights.resources):
        head = str(written).partition("/")[0]
        if head in _ALL and not _has(rights.groups, head):
            home = next(group for group, resources in _RESOURCES.items() if head in resources)
            change = Change("append", part.document, (*part.trail, "apiGroups"), home)
            fix = FixPlan(False, (change,), title=f"add the group `{home}`")
            fields = {"written": written, "home": home or '""'}
            yield problem_at(part, "resources", index, fields=fields, fix=fix, key=str(written))


_UNNAMED = ("create", "deletecollection")


def unnamed_request(part: Part, _context: Context) -> Iterator[Problem]:
    """`create` and `deletecollection` beside `resourceNames`: such a request has no name to compare."""
    rights = rights_of(part.node)
    if rights.names and not any("/" in str(one) for one in rights.resources):
        for index, verb in enumerate(rights.verbs):
            if verb in _UNNAMED:
                yield problem_at(part, "verbs", index, fields={"verb": verb}, key=str(verb))


_VERBS = frozenset({"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"})
_TAKEN_FOR_VERBS = frozenset(
    {"read", "write", "edit", "view", "add", "remove", "post", "put", "modify", "admin", "all", "any"}
)


def unknown_verb(part: Part, _context: Context) -> Iterator[Problem]:
    """Verbs in capitals, and words that are none, on built-in resources."""
    rights = rights_of(part.node)
    if any(
        str(one).partition("/")[0] in _ALL and _has(rights.groups, str(one).partition("/")[0])
        for one in rights.resources
    ):
        for index, verb in enumerate(rights.verbs):
            text = str(verb)
            if text not in _VERBS and (text.strip().lower() in _VERBS or text.lower() in _TAKEN_FOR_VERBS):
                yield problem_at(part, "verbs", index, fields={"verb": text}, key=text)


def refused(part: Part, _context: Context) -> Iterator[Problem]:
    """Items that the API server's validation refuses. Source: k8s.io/kubernetes/pkg/apis/rbac/validation."""
    keys = ["verbs"]
    if _is_filled(part, "nonResourceURLs"):
        mixed = next(
            (key for key in ("resources", "apiGroups", "resourceNames") if _is_filled(part, key)), None
        )
        if mixed is not None:
            fields = {"what": f"has `{mixed}` beside `nonResourceURLs`"}
            yield problem_at(part, mixed, key_only=True, fields=fields, key=mixed)
    else:
        keys += ["apiGroups", "resources"]
    for key in keys:
        if not _is_filled(part, key):
            yield problem_at(part, key, fields={"what": f"has no `{key}`"}, key=key)


def _is_filled(part: Part, key: str) -> bool:
    """Whether a list is there with something in it; of what is no list, a rule on schemas speaks."""
    node = child(part.node, key)
    return not is_null(node) and not (isinstance(node, Sequence) and not node.items)
