"""Label selectors as the API server and the controllers read them, over the index of the project.

Answers are three-valued: None where a label's value is only known in the cluster, or where the API
server would refuse the selector anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tollgate.model.hints import Literal, TypeAlias, Union
from tollgate.model.kubernetes import is_builtin_group
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject, Project, may_share
from tollgate.model.record import NamedTuple

Truth: TypeAlias = Union[bool, None]  # noqa: UP007

Labels: TypeAlias = Mapping[str, object]
"""Label keys to values; None where there may be such a label, of a value that is not known."""

_WITH_VALUES = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}
"""The operators, and whether they take values."""

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that the API server puts on every namespace."""

_ADDED_TO_ALL = (
    "istio.io/rev",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "linkerd.io/control-plane-ns",
    "linkerd.io/workload-ns",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
)
_JOB_LABELS = (
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
)
_ADDED_BY_KIND = {
    "Pod": (),
    "ReplicationController": ("deployment", "deploymentconfig"),
    "ReplicaSet": ("pod-template-hash",),
    "Deployment": ("pod-template-hash",),
    "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
    "StatefulSet": (
        "controller-revision-hash",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    ),
    "Job": _JOB_LABELS,
    "CronJob": _JOB_LABELS,
    "DeploymentConfig": ("deployment", "deploymentconfig"),
}
"""Labels that controllers put on the pods of a kind, whatever their template says."""

_ADDED_BY_OPERATORS = (
    "rollouts-pod-template-hash",
    "pod-template-hash",
    "controller-revision-hash",
    "serving.knative.dev/configuration",
    "serving.knative.dev/revision",
    "serving.knative.dev/service",
    *_JOB_LABELS,
)
"""The same for pods in custom resources."""

_MAYBE = frozenset(
    key for keys in (_ADDED_TO_ALL, _ADDED_BY_OPERATORS, *_ADDED_BY_KIND.values()) for key in keys
)


def may_be_added(key: str) -> bool:
    """Whether controllers put a label of that key on pods, whatever their templates say."""
    return key in _MAYBE


class Requirement(NamedTuple):
    """One condition on one label. `values` may hold None: a value that is not known."""

    key: str
    operator: str
    values: tuple[object, ...] = ()

    def holds(self, labels: Labels) -> Truth:
        """Source: k8s.io/apimachinery labels.Requirement.Matches: NotIn holds where the key is absent."""
        wants = self.operator in ("In", "Exists")
        if self.key not in labels:
            return not wants
        value = labels[self.key]
        if value is None:
            return None
        if self.operator in ("Exists", "DoesNotExist") or value in self.values:
            return wants
        return None if None in self.values else not wants


class Selector(NamedTuple):
    """All `requirements` must hold; none at all select everything.

    `kind`: "nothing" is a selector that is not there (nil), which selects nothing; "refused" one that
    the API server does not take, about which nothing more should be said.
    """

    requirements: tuple[Requirement, ...] = ()
    kind: Literal["some", "nothing", "refused"] = "some"

    @property
    def everything(self) -> bool:
        return self.kind == "some" and not self.requirements

    def matches(self, labels: Labels) -> Truth:
        if self.kind != "some":
            return None if self.kind == "refused" else False
        truths = [requirement.holds(labels) for requirement in self.requirements]
        if False in truths:
            return False
        return None if None in truths else True


NOTHING = Selector(kind="nothing")
REFUSED = Selector(kind="refused")


def label_selector(value: object) -> Selector:
    """A `metav1.LabelSelector`: `matchLabels` and `matchExpressions`, all of them together.

    Absent is NOTHING; `{}` selects everything.
    """
    if value is None:
        return NOTHING
    if not isinstance(value, Mapping):
        return REFUSED
    labels = label_map(value.get("matchLabels") or {})
    expressions = value.get("matchExpressions") or []
    if labels.kind == "refused" or not isinstance(expressions, list):
        return REFUSED
    requirements = [*labels.requirements]
    for expression in expressions:
        requirement = _requirement(expression)
        if requirement is None:
            return REFUSED
        requirements.append(requirement)
    return Selector(tuple(requirements))


def _requirement(expression: object) -> Requirement | None:
    if not isinstance(expression, Mapping):
        return None
    key, operator = expression.get("key"), str(expression.get("operator"))
    values = expression.get("values") or []
    if not isinstance(key, str) or not key or not isinstance(values, list):
        return None
    if not all(one is None or isinstance(one, str) for one in values):
        return None
    if operator not in _WITH_VALUES or bool(values) is not _WITH_VALUES[operator]:
        return None
    return Requirement(key, operator, tuple(values))


def label_map(value: object) -> Selector:
    """A plain mapping of labels (a Service's selector, a ReplicationController's). Absent is NOTHING.

    What an empty one means is its owner's affair: a Service then has no selector, a
    ReplicationController takes its template's labels.
    """
    if value is None:
        return NOTHING
    if not isinstance(value, Mapping):
        return REFUSED
    if not all(one is None or isinstance(one, str) for one in value.values()):
        return REFUSED
    return Selector(tuple(Requirement(key, "In", (one,)) for key, one in value.items()))


class IndexedPod(NamedTuple):
    """A pod (template) of an indexed workload; `trail` leads to its spec below the object.

    `labels`: what the template says and, of unknown value, what controllers may add. Other values than
    texts are unknown ones: the API server refuses them.
    """

    workload: IndexedObject
    trail: Trail
    labels: Labels

    @property
    def labels_trail(self) -> Trail:
        return (*self.trail[:-1], "metadata", "labels")


def pods_of(workload: IndexedObject) -> Iterator[IndexedPod]:
    fallback = _meant_labels(workload)
    for trail in workload.pods:
        labels = workload.at(*trail[:-1], "metadata", "labels")
        yield _indexed_pod(workload, trail, fallback if labels is None else labels)
    if not workload.pods and fallback is not None:
        yield _indexed_pod(workload, ("spec", "template", "spec"), fallback)


_SELECTING = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "DeploymentConfig"}
)


def _meant_labels(workload: IndexedObject) -> object:
    """The labels that a controller's pods must have where its template says none, or is not written: those
    that its selector asks for, else its own. (The API server refuses it as it is.)"""
    if workload.kind not in _SELECTING:
        return None
    return workload.at("spec", "selector", "matchLabels") or workload.at("metadata", "labels")


def _indexed_pod(workload: IndexedObject, trail: Trail, written: object) -> IndexedPod:
    labels: dict[str, object] = dict.fromkeys(_ADDED_TO_ALL)
    labels.update(dict.fromkeys(_ADDED_BY_KIND.get(workload.kind, _ADDED_BY_OPERATORS)))
    for key, value in written.items() if isinstance(written, Mapping) else ():
        labels[key] = value if isinstance(value, str) else None
    return IndexedPod(workload, trail, labels)


class _Pods(NamedTuple):
    """All pods of the project, those of patches included, and tables by what they surely say."""

    pods: Sequence[IndexedPod]
    maybe: frozenset[str]
    """Keys of labels that any pod may get."""
    by_label: Mapping[tuple[str, object], Sequence[IndexedPod]]
    unsure: Mapping[str, Sequence[IndexedPod]]
    """Pods whose value at a key is not known, for keys that controllers do not add."""


def _index(project: Project) -> _Pods:
    maybe = _MAYBE | project.kustomize().label_keys
    by_label: dict[tuple[str, object], list[IndexedPod]] = {}
    unsure: dict[str, list[IndexedPod]] = {}
    found = [pod for one in project.objects if one.pods or one.kind in _SELECTING for pod in pods_of(one)]
    # A kustomization that puts a label on pods overrules what is written; to which ones is not asked here.
    added = dict.fromkeys(project.kustomize().label_keys)
    pods = [pod._replace(labels={**pod.labels, **added}) for pod in found] if added else found
    for pod in pods:
        for key, value in pod.labels.items():
            if isinstance(value, str):
                by_label.setdefault((key, value), []).append(pod)
            elif key not in maybe:
                unsure.setdefault(key, []).append(pod)
    return _Pods(pods, maybe, by_label, unsure)


def _candidates(selector: Selector, project: Project) -> Sequence[IndexedPod]:
    """The pods that may match, patches included: few, where the selector names a label's value."""
    index = project.derived(_index)
    for part in selector.requirements:
        if part.operator == "In" and None not in part.values and part.key not in index.maybe:
            unsure = index.unsure.get(part.key, ())
            values = dict.fromkeys(part.values)
            return [*(pod for one in values for pod in index.by_label.get((part.key, one), ())), *unsure]
    return index.pods if selector.kind == "some" else ()


def pods_in(project: Project, namespace: str | None) -> Sequence[IndexedPod]:
    """All pods of whole objects that may be in a namespace."""
    known = project.derived(_pods_by_namespace)
    if namespace not in known:
        known[namespace] = [pod for pod in known[None] if may_share(pod.workload.namespace, namespace)]
    return known[namespace]


def _pods_by_namespace(project: Project) -> dict[str | None, Sequence[IndexedPod]]:
    """Of all namespaces at first; those of one are found when they are asked for."""
    return {None: [pod for pod in project.derived(_index).pods if not pod.workload.partial]}


def selected(
    selector: Selector, project: Project, namespace: str | None
) -> tuple[list[IndexedPod], list[IndexedPod]]:
    """The pods of a namespace that the selector selects, and those of which it is not known.

    Patches that say something about their pods' labels are of the second sort.
    """
    sure, unsure = [], []
    for pod in _candidates(selector, project):
        if may_share(pod.workload.namespace, namespace):
            truth = selector.matches(pod.labels)
            if truth is True and not pod.workload.partial:
                sure.append(pod)
            elif truth is not False:
                unsure.append(pod)
    return sure, unsure


def first_selected(selector: Selector, project: Project, namespace: str | None) -> IndexedPod | None:
    """A pod of the namespace that the selector surely selects."""
    for pod in _candidates(selector, project):
        shares = may_share(pod.workload.namespace, namespace) and not pod.workload.partial
        if shares and selector.matches(pod.labels) is True:
            return pod
    return None


def surely_selects_nothing(selector: Selector, project: Project, namespace: str | None) -> bool:
    """Whether the linted set can know that no pod of the namespace is selected: it has workloads of that
    namespace, none of them (unknown values and patches included) can match, and no custom resource
    there, whose operator may make pods, has a name that the selector mentions."""
    if selector.kind == "refused" or any(selected(selector, project, namespace)):
        return False
    return bool(pods_in(project, namespace)) and not _operator_may_make_pods(selector, project, namespace)


_MAKES_NOTHING = frozenset(
    """networking.istio.io security.istio.io telemetry.istio.io policy.linkerd.io route.openshift.io
    external-secrets.io bitnami.com secrets.hashicorp.com cert-manager.io keda.sh traefik.io
    traefik.containo.us cilium.io crd.projectcalico.org projectcalico.org kyverno.io
    kustomize.config.k8s.io""".split()
)
_MAKES_NO_PODS = frozenset(
    "ServiceMonitor PodMonitor Probe ScrapeConfig PrometheusRule AlertmanagerConfig AppProject".split()
)
"""Groups and kinds of custom resources behind which neither pods nor Services are made."""


def _custom_resources(project: Project) -> Sequence[IndexedObject]:
    return [
        one
        for one in project.objects
        if one.name
        and not one.pods
        and not is_builtin_group(one.group)
        and one.group not in _MAKES_NOTHING
        and one.kind not in _MAKES_NO_PODS
    ]


def operator_may_make(name: str, project: Project, namespace: str | None) -> bool:
    """Whether a custom resource is there whose operator may make an object of that name."""
    return any(
        may_share(one.namespace, namespace) and str(one.name) in name
        for one in project.derived(_custom_resources)
    )


def _operator_may_make_pods(selector: Selector, project: Project, namespace: str | None) -> bool:
    wanted = [one for part in selector.requirements for one in part.values if isinstance(one, str)]
    return any(operator_may_make(value, project, namespace) for value in wanted)
