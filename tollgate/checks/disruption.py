"""PodDisruptionBudgets: the arithmetic of evictions, as the disruption controller does it.

Percentages are of the pods that the workloads want, rounded up for `minAvailable` and `maxUnavailable`
alike. Source: k8s.io/kubernetes/pkg/controller/disruption.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks import traffic
from tollgate.checks.places import problem_at
from tollgate.checks.scaling import Count, fewest_pods, whole_number
from tollgate.checks.selectors import IndexedPod, label_selector, selected
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem, Severity
from tollgate.model.hints import Literal
from tollgate.model.kubernetes import Manifest, is_null
from tollgate.model.node import Node, Scalar, descend
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context

KIND = "PodDisruptionBudget"
SELECTOR = ("spec", "selector")
_PERCENT = re.compile(r"(\d{1,9})%")

Field = Literal["minAvailable", "maxUnavailable"]


class Amount(NamedTuple):
    """A number of pods, or a share of them in percent."""

    number: int
    percent: bool

    def of(self, expected: int) -> int:
        return -(-expected * self.number // 100) if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)


def amount(value: object) -> Amount | None:
    """An IntOrString of a budget; None for what the API server refuses."""
    number = whole_number(value)
    if number is not None:
        return Amount(number, False) if number >= 0 else None
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return Amount(int(found[1]), True) if found is not None and int(found[1]) <= 100 else None


def _value(node: Node | None) -> object:
    return node.value if isinstance(node, Scalar) else None


def _amount_at(budget: Manifest, field: Field) -> Amount | None:
    return amount(_value(descend(budget.node, ("spec", field))))


def allows_nothing(budget: Manifest, _context: Context) -> Iterator[Problem]:
    """No pod may ever be evicted: 100 % must stay, or none may go."""
    least, most = _amount_at(budget, "minAvailable"), _amount_at(budget, "maxUnavailable")
    if least == (100, True):
        yield problem_at(budget, "spec", "minAvailable", fields={"rule": "minAvailable: 100%"})
    elif most is not None and most.number == 0:
        yield problem_at(budget, "spec", "maxUnavailable", fields={"rule": f"maxUnavailable: {most}"})


def unreasonable_percentage(budget: Manifest, _context: Context) -> Iterator[Problem]:
    """More than half must stay, in percent, though not all."""
    least, most = _amount_at(budget, "minAvailable"), _amount_at(budget, "maxUnavailable")
    if least is not None and least.percent and 50 < least.number < 100:
        yield problem_at(budget, "spec", "minAvailable", fields={"rule": f"minAvailable: {least}"})
    elif most is not None and most.percent and 0 < most.number < 50:
        yield problem_at(budget, "spec", "maxUnavailable", fields={"rule": f"maxUnavailable: {most}"})


def protects_nothing(budget: Manifest, context: Context) -> Iterator[Problem]:
    """Every pod may be evicted at once, or no pod is meant."""
    spec = ("spec",)
    least, most = _amount_at(budget, "minAvailable"), _amount_at(budget, "maxUnavailable")
    if all(is_null(descend(budget.node, (*spec, field))) for field in ("minAvailable", "maxUnavailable")):
        reason = "sets neither `minAvailable` nor `maxUnavailable`"
        yield problem_at(budget, *spec, key_only=True, fields={"reason": reason})
    elif least is not None and least.number == 0:
        yield problem_at(budget, *spec, "minAvailable", fields={"reason": f"lets {least} stay"})
    elif most == (100, True):
        yield problem_at(budget, *spec, "maxUnavailable", fields={"reason": "lets 100% go"})
    elif is_null(descend(budget.node, SELECTOR)):
        yield problem_at(budget, *SELECTOR, fields={"reason": "has no selector"})


def both_limits(budget: Manifest, _context: Context) -> Iterator[Problem]:
    """minAvailable and maxUnavailable exclude each other."""
    if not any(
        is_null(descend(budget.node, ("spec", field))) for field in ("minAvailable", "maxUnavailable")
    ):
        yield problem_at(budget, "spec", "maxUnavailable", key_only=True)


def selects_nothing(budget: IndexedObject, context: Context) -> Iterator[Relation]:
    """No pod of the namespace is selected, as far as the linted set can know it."""
    selector, namespace = label_selector(budget.at(*SELECTOR)), budget.namespace
    if selector.kind == "some" and traffic.selects_nothing(context.project, selector, budget, namespace):
        nearest = traffic.nearest_pod(context.project, selector, budget, namespace)
        yield Relation(SELECTOR, at_key=True, related=() if nearest is None else (nearest,))


class Verdict(NamedTuple):
    """How many pods a budget's workloads have at least, how many must stay, and who says so."""

    field: Field
    limit: Amount
    expected: int
    must_stay: int
    counts: tuple[tuple[IndexedPod, Count], ...]

    @property
    def autoscaled(self) -> bool:
        return any(count.autoscaled for _, count in self.counts)

    @property
    def related(self) -> tuple[RelatedObject, ...]:
        return tuple(
            RelatedObject(
                *count.source, f"{pod.workload.kind} `{pod.workload.name}` has {count.pods} pods at least"
            )
            for pod, count in self.counts
        )

    @property
    def fields(self) -> dict[str, object]:
        return {"stay": self.must_stay, "pods": self.expected, "limit": f"{self.field}: {self.limit}"}


def _judge(budget: IndexedObject, project: Project) -> Verdict | None:
    """None where the number of pods, or what is selected, is not known."""
    least, most = amount(budget.at("spec", "minAvailable")), amount(budget.at("spec", "maxUnavailable"))
    limit = least or most
    if limit is None or (least is not None and most is not None):
        return None
    sure, unsure = selected(label_selector(budget.at(*SELECTOR)), project, budget.namespace)
    counts = [(pod, fewest_pods(pod.workload, project)) for pod in sure]
    numbers = [count.pods for _, count in counts if count.pods is not None]
    expected = sum(numbers)
    if unsure or len(numbers) < len(counts) or not expected:
        return None
    stay = limit.of(expected) if limit is least else expected - limit.of(expected)
    return Verdict(
        "minAvailable" if limit is least else "maxUnavailable", limit, expected, stay, tuple(counts)
    )


def _never_allows(limit: Amount, field: Field) -> bool:
    return limit == (100, True) if field == "minAvailable" else limit.number == 0


def blocks_eviction(budget: IndexedObject, context: Context) -> Iterator[Relation]:
    """As many pods must stay as there are, though another number of pods would do."""
    verdict = _judge(budget, context.project)
    if verdict is None or _never_allows(verdict.limit, verdict.field):
        return
    too_high = verdict.must_stay > verdict.expected and verdict.autoscaled
    if verdict.must_stay >= verdict.expected and not too_high:
        # Where `replicas` is not written, an autoscaler or overlay out of sight may set it.
        sure = all(count.written for _, count in verdict.counts)
        severity: Severity | None = None if sure else "note"
        at = ("spec", verdict.field)
        yield Relation(at, fields=verdict.fields, related=verdict.related, severity=severity)


def above_autoscaler(budget: IndexedObject, context: Context) -> Iterator[Relation]:
    """More pods must stay than the autoscaler's minimum."""
    verdict = _judge(budget, context.project)
    if verdict is not None and verdict.must_stay > verdict.expected and verdict.autoscaled:
        yield Relation(("spec", verdict.field), fields=verdict.fields, related=verdict.related)


def _covered(project: Project) -> frozenset[tuple[str, int, str]]:
    """The workloads of which some budget may select a pod."""
    found: set[tuple[str, int, str]] = set()
    for budget in project.of_kind(KIND):
        sure, unsure = selected(label_selector(budget.at(*SELECTOR)), project, budget.namespace)
        found.update(_identity(pod.workload) for pod in (*sure, *unsure))
    return frozenset(found)


def _identity(one: IndexedObject) -> tuple[str, int, str]:
    return one.path, one.document, str(one.trail)


def budget_missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Pods that are, or may be, several and that no budget selects."""
    if workload.kind not in ("Deployment", "StatefulSet", "DeploymentConfig", "Rollout"):
        return
    count = fewest_pods(workload, context.project)
    if count.written and (count.pods is None or count.pods < 2):
        return
    if _identity(workload) not in context.project.derived(_covered):
        yield Relation(("metadata", "name"), related=_near(workload, context.project))


def _near(workload: IndexedObject, project: Project) -> tuple[RelatedObject, ...]:
    """The one budget of the namespace, if there is just one: it may be meant."""
    here = [one for one in project.of_kind(KIND) if may_share(one.namespace, workload.namespace)]
    return tuple(
        RelatedObject(one, SELECTOR, "this budget selects other pods") for one in here[:1] if len(here) == 1
    )
