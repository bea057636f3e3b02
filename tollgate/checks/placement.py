"""Where pods run and with what: nodes, devices, further containers, volumes' owners."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import place_key, problem_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Pod, is_null, items_at, text_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, child, descend
from tollgate.model.rule import Context
from tollgate.words import quantity

CONTROL_PLANE = frozenset({"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"})


def tolerates_control_plane(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Tolerations of the control plane's taint, or of every taint that keeps pods away."""
    for index, item in items_at(pod.node, "tolerations"):
        key, operator = text_at(item, "key"), text_at(item, "operator")
        at = ("tolerations", index)
        if (text_at(item, "effect") or "NoSchedule") != "NoSchedule":
            continue
        if key in CONTROL_PLANE:
            fields = {"taint": f"the control plane's taint `{key}`"}
            yield problem_at(pod, *at, "key", fields=fields, key=place_key(pod, *at))
        elif not key and operator == "Exists":
            fields = {"taint": "every taint, that of the control plane as well"}
            yield problem_at(pod, *at, fields=fields, key=place_key(pod, *at))


def claims_without_group(pod: Pod, _context: Context) -> Iterator[Problem]:
    """A volume claim, and nothing that says whose its files are."""
    below = ("securityContext", "fsGroup")
    claims = any(not is_null(child(one, "persistentVolumeClaim")) for _, one in items_at(pod.node, "volumes"))
    spec = pod.manifest.node.get("spec")
    if pod.manifest.kind == "StatefulSet":
        claims = claims or any(True for _ in items_at(spec, "volumeClaimTemplates"))
    if claims and is_null(descend(pod.node, below)):
        yield problem_at(pod, *below)


_SUDO = re.compile(r"(?:^|[\s;&|(])(?:/usr/bin/|/bin/)?sudo(?=\s|$)")


def _words(container: Container) -> Iterator[tuple[str, int, str]]:
    for field in ("command", "args"):
        listed = container.node.get(field)
        for index, item in enumerate(listed.items if isinstance(listed, Sequence) else ()):
            if isinstance(item, Scalar) and isinstance(item.value, str):
                yield field, index, item.value


def sudo(container: Container, _context: Context) -> Iterator[Problem]:
    """sudo as the program, or in a shell's text."""
    for order, (field, index, word) in enumerate(_words(container)):
        is_program = order == 0 and word.rpartition("/")[2] == "sudo"
        if is_program or (" " in word and _SUDO.search(word)):
            yield problem_at(container, field, index)
            return


def many_containers(pod: Pod, context: Context) -> Iterator[Problem]:
    """More containers that run on than the option `most`."""
    count = sum(1 for one in pod.containers if one.role == "regular" or one.is_sidecar)
    if count > context.options["most"]:
        yield problem_at(pod, "containers", key_only=True, fields={"count": count})


_GPU = "nvidia.com/"
_NO_GPU = ("", "void", "none")


def gpu_by_environment(container: Container, _context: Context) -> Iterator[Problem]:
    """GPUs by variable, none by request."""
    if any(_asks_for_gpu(child(container.node.get("resources"), part)) for part in ("limits", "requests")):
        return
    for index, item in items_at(container.node, "env"):
        value = text_at(item, "value")
        if text_at(item, "name") == "NVIDIA_VISIBLE_DEVICES" and value not in _NO_GPU:
            yield problem_at(container, "env", index, "name")


def _asks_for_gpu(resources: Node | None) -> bool:
    if not isinstance(resources, Mapping):
        return False
    return any(
        name.startswith(_GPU) and isinstance(entry.value, Scalar) and bool(quantity(entry.value.value))
        for name, entry in resources.entries.items()
    )


def memory_ratio(container: Container, context: Context) -> Iterator[Problem]:
    """A memory limit more than `ratio` times the request."""
    amounts = []
    for part in ("requests", "limits"):
        node = descend(container.node, ("resources", part, "memory"))
        amounts.append(quantity(node.value) if isinstance(node, Scalar) else None)
    request, limit = amounts
    if request and limit and limit > request * float(context.options["ratio"]):
        fields = {"times": f"{limit / request:.1f}".removesuffix(".0")}
        yield problem_at(container, "resources", "limits", "memory", fields=fields)
