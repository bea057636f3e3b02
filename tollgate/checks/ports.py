"""Ports and spread constraints that the API server refuses, and fields that it insists on."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Manifest, Pod, is_builtin_group, is_null, items_at
from tollgate.model.node import Mapping, Node, Scalar, Trail, descend
from tollgate.model.rule import Context

_PORT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?")
_LONGEST_NAME = 15
_HIGHEST_PORT = 65535


def _is_filled_in_later(value: object) -> bool:
    return isinstance(value, str) and ("$" in value or "{{" in value)


def port_name_problem(name: str) -> str | None:
    """Why the API refuses a port's name (an IANA service name), None if it does not."""
    if _is_filled_in_later(name):
        return None
    if len(name) > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} characters"
    if _PORT_NAME.fullmatch(name) is None or "--" in name:
        return "is not lower-case letters, digits and single dashes"
    return None if any(letter.isalpha() for letter in name) else "has no letter"


def container_ports(container: Container, _context: Context) -> Iterator[Problem]:
    """Ports that the API refuses: number out of range, name invalid or given twice."""
    seen: set[str] = set()
    for index, port in items_at(container.node, "ports"):
        number = port.get("containerPort")
        reason = _number_problem(number)
        if reason is not None:
            at = ("ports", index, "containerPort")
            fields = {"reason": reason}
            yield problem_at(container, *at, key_only=is_null(number), fields=fields, key=f"{index}")
        node = port.get("name")
        name = node.value if isinstance(node, Scalar) else None
        if isinstance(name, str) and name:
            reason = port_name_problem(name) or ("is given twice" if name in seen else None)
            seen.add(name)
            if reason is not None:
                fields = {"reason": f"name `{name}` {reason}"}
                yield problem_at(container, "ports", index, "name", fields=fields, key=f"{index} {name}")


def _number_problem(node: Node | None) -> str | None:
    value = node.value if isinstance(node, Scalar) else None
    if value is None:
        return "it has no number"
    if _is_filled_in_later(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        return "its number is no number"
    return None if 0 < value <= _HIGHEST_PORT else f"{value} is not between 1 and {_HIGHEST_PORT}"


def target_ports(service: Manifest, _context: Context) -> Iterator[Problem]:
    """Service ports whose target the API refuses."""
    for index, port in items_at(service.node.get("spec"), "ports"):
        target = port.get("targetPort")
        value = target.value if isinstance(target, Scalar) else None
        reason = None
        if isinstance(value, str):
            reason = port_name_problem(value)
        elif isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= _HIGHEST_PORT:
            reason = f"is not between 1 and {_HIGHEST_PORT}"
        if reason is not None:
            fields = {"target": target, "reason": reason}
            yield problem_at(service, "spec", "ports", index, "targetPort", fields=fields, key=f"{index}")


_SPREAD_MODES = ("DoNotSchedule", "ScheduleAnyway")


def topology_spread(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Spread constraints that the API refuses, or that count no pods."""
    key = "topologySpreadConstraints"
    for index, item in items_at(pod.node, key):
        for field, reason in _spread_problems(item):
            yield problem_at(pod, key, index, field, fields={"reason": reason}, key=f"{index} {field}")


def _spread_problems(item: Mapping) -> Iterator[tuple[str, str]]:
    if is_null(item.get("topologyKey")):
        yield "topologyKey", "has no `topologyKey`"
    mode = item.get("whenUnsatisfiable")
    if not isinstance(mode, Scalar) or mode.value not in _SPREAD_MODES:
        yield "whenUnsatisfiable", "needs `whenUnsatisfiable: DoNotSchedule` or `ScheduleAnyway`"
    for key in ("maxSkew", "minDomains"):
        node = item.get(key)
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and value < 1:
            yield key, f"has `{key}` below 1"
        elif value is None and key == "maxSkew":
            yield key, "has no `maxSkew`"
    if is_null(item.get("labelSelector")):
        yield "labelSelector", "has no `labelSelector`, so it counts no pods"


_REQUIRED: dict[str, tuple[Trail, ...]] = {
    # kind: what the API refuses an object without
    "Deployment": (("spec", "selector"), ("spec", "template")),
    "DaemonSet": (("spec", "selector"), ("spec", "template")),
    "StatefulSet": (("spec", "selector"), ("spec", "template")),
    "ReplicaSet": (("spec", "selector"),),
    "Job": (("spec", "template"),),
    "CronJob": (("spec", "schedule"), ("spec", "jobTemplate")),
    "PersistentVolumeClaim": (("spec", "accessModes"),),
    "HorizontalPodAutoscaler": (("spec", "maxReplicas"), ("spec", "scaleTargetRef")),
    "RoleBinding": (("roleRef",),),
    "ClusterRoleBinding": (("roleRef",),),
    "StorageClass": (("provisioner",),),
    "PriorityClass": (("value",),),
}


def required_fields(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Fields without which the API server refuses a built-in object."""
    if not is_builtin_group(manifest.group):
        return
    for trail in _REQUIRED.get(manifest.kind, ()):
        if is_null(descend(manifest.node, trail)):
            field = ".".join(map(str, trail))
            yield problem_at(manifest, *trail, fields={"field": field}, key=field)._replace(missing=True)
    for container in (container for pod in manifest.pods for container in pod.containers):
        for key in ("name", "image"):
            if is_null(container.node.get(key)):
                problem = problem_at(container, key, fields={"field": f"{key} of a container"})
                yield problem._replace(missing=True, key="/".join(map(str, (*container.trail, key))))
