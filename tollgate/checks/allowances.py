"""What policy allows beyond what Kubernetes does: runtime classes, ports of the node, ids."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.checks.scaling import whole_number
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import CONTAINER_LISTS, Container, Part, Pod, text_at
from tollgate.model.node import Node, Scalar, Sequence, Trail, descend
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation
from tollgate.model.rule import Context


def runtime_class(pod: Pod, context: Context) -> Iterator[Problem]:
    """A runtime class that the option `allowed` does not name; silent without any."""
    name, allowed = text_at(pod.node, "runtimeClassName"), context.options["allowed"]
    if allowed and name and name not in allowed:
        yield problem_at(pod, "runtimeClassName", fields={"value": name})


def _number(node: Node | None) -> int | None:
    return whole_number(node.value) if isinstance(node, Scalar) else None


def _refuses(context: Context, number: int | None) -> bool:
    first, last = int(context.options["first"]), int(context.options["last"])
    return bool(last) and number is not None and not first <= number <= last


def host_port(port: Part, context: Context) -> Iterator[Problem]:
    """A port of the node outside `first` to `last`; 0 is none."""
    number = _number(descend(port.node, ("hostPort",)))
    if number and _refuses(context, number) and isinstance(port.parent, Container):
        yield problem_at(port, "hostPort", fields={"value": number})


def further_groups(pod: Pod, context: Context) -> Iterator[Problem]:
    """Supplementary groups outside `first` to `last`."""
    below = ("securityContext", "supplementalGroups")
    listed = descend(pod.node, below)
    for index, item in enumerate(listed.items if isinstance(listed, Sequence) else ()):
        number = _number(item)
        if _refuses(context, number):
            yield problem_at(pod, *below, index, fields={"value": number}, key=str(index))


def _users_of(workload: IndexedObject) -> Iterator[tuple[int, Trail]]:
    """The user ids that a workload's pods and containers name."""
    below = ("securityContext", "runAsUser")
    for pod in workload.pods:
        trails: list[Trail] = [pod]
        for key, _ in CONTAINER_LISTS:
            listed = workload.at(*pod, key)
            trails += [(*pod, key, index) for index in range(len(listed) if isinstance(listed, list) else 0)]
        for trail in trails:
            user = whole_number(workload.at(*trail, *below))
            if user is not None:
                yield user, (*trail, *below)


def _workloads_by_user(project: Project) -> dict[int, list[tuple[IndexedObject, Trail]]]:
    found: dict[int, list[tuple[IndexedObject, Trail]]] = {}
    for workload in project.workloads:
        for user, trail in dict(_users_of(workload)).items() if not workload.partial else ():
            found.setdefault(user, []).append((workload, trail))
    return found


def user_shared(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A user id that another workload names, too."""
    table = context.project.derived(_workloads_by_user)
    for user, trail in dict(_users_of(workload)).items():
        for other, place in table.get(user, ())[:2]:
            if (other.kind, other.name, other.namespace) != (
                workload.kind,
                workload.name,
                workload.namespace,
            ):
                name = f"{other.kind} `{other.name}`"
                related = RelatedObject(other, place, "the same user")
                fields = {"user": user, "other": name}
                yield Relation(trail, fields=fields, related=(related,), key=str(user))
                break
