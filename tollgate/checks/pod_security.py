"""The controls of the Pod Security Standards whose meaning depends on the Kubernetes version.

Source of every list and version: the admission controller, k8s.io/pod-security-admission/policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Part, Pod, is_null, text_at
from tollgate.model.kubernetes_security import SecurityContext
from tollgate.model.node import Mapping, Node, Scalar, Sequence, descend
from tollgate.model.rule import Context
from tollgate.words import same

BASELINE_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
        "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip

SAFE_SYSCTLS: tuple[tuple[tuple[int, int], frozenset[str]], ...] = (
    # since, names: each version has those of the versions before it, too
    (
        (1, 0),
        frozenset(
            {
                "kernel.shm_rmid_forced",
                "net.ipv4.ip_local_port_range",
                "net.ipv4.tcp_syncookies",
                "net.ipv4.ping_group_range",
                "net.ipv4.ip_unprivileged_port_start",
            }
        ),
    ),
    ((1, 27), frozenset({"net.ipv4.ip_local_reserved_ports"})),
    (
        (1, 29),
        frozenset(
            {
                "net.ipv4.tcp_keepalive_time",
                "net.ipv4.tcp_fin_timeout",
                "net.ipv4.tcp_keepalive_intvl",
                "net.ipv4.tcp_keepalive_probes",
            }
        ),
    ),
    ((1, 32), frozenset({"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"})),
    ((1, 37), frozenset({"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"})),
)

RESTRICTED_VOLUMES = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret",
)  # fmt: skip


def is_windows_exempt(pod: Pod, context: Context) -> bool:
    """Whether Linux controls pass over this pod: since 1.25, by `spec.os.name`."""
    return context.kubernetes_version >= (1, 25) and pod.is_windows


def is_in_user_namespace(pod: Pod, context: Context) -> bool:
    """Whether root in this pod is nobody on the node, which some controls accept since 1.35."""
    host_users = pod.node.get("hostUsers")
    return (
        context.kubernetes_version >= (1, 35) and isinstance(host_users, Scalar) and host_users.value is False
    )


def privilege_escalation(container: Container, context: Context) -> Iterator[Problem]:
    """allowPrivilegeEscalation is anything but false; the API has no such field for pods."""
    below = ("securityContext", "allowPrivilegeEscalation")
    value = descend(container.node, below)
    forbidden = isinstance(value, Scalar) and value.value is False
    if not forbidden and not is_windows_exempt(container.pod, context):
        yield problem_at(container, *below, fields={"state": _state(value)})


def capabilities_kept(container: Container, context: Context) -> Iterator[Problem]:
    """`capabilities.drop` lacks exactly `ALL`."""
    if is_windows_exempt(container.pod, context):
        return
    dropped = descend(container.node, ("securityContext", "capabilities", "drop"))
    items = dropped.items if isinstance(dropped, Sequence) else ()
    names = [item.value for item in items if isinstance(item, Scalar)]
    if "ALL" not in names:
        meant = any(isinstance(name, str) and name.upper().removeprefix("CAP_") == "ALL" for name in names)
        hint = ": it must be spelt `ALL`" if meant else ""
        yield problem_at(container, "securityContext", "capabilities", "drop", fields={"hint": hint})


def added_beyond_restricted(capability: Part, context: Context) -> Iterator[Problem]:
    """Anything but NET_BIND_SERVICE since 1.22; before that, restricted is as lax as baseline."""
    container = capability.parent
    assert isinstance(capability.node, Scalar)
    if context.kubernetes_version < (1, 22):
        allowed = capability.node.value in BASELINE_CAPABILITIES
    else:
        exempt = isinstance(container, Container) and is_windows_exempt(container.pod, context)
        allowed = exempt or capability.node.value == "NET_BIND_SERVICE"
    if not allowed:
        yield _value_problem(capability)


def _value_problem(part: Part) -> Problem:
    return problem_at(part.parent, *part.trail[len(part.parent.trail) :])


def proc_mount(container: Container, context: Context) -> Iterator[Problem]:
    """procMount is not Default, outside a user namespace."""
    below = ("securityContext", "procMount")
    value = descend(container.node, below)
    default = is_null(value) or (isinstance(value, Scalar) and value.value == "Default")
    if not default and not is_in_user_namespace(container.pod, context):
        yield problem_at(container, *below, fields={"value": value})


def low_user_id(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """runAsUser is under the option `least`, or neither container nor pod sets it."""
    yield from _low_id(security, "runAsUser", context.options["least"])


def low_group_id(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """runAsGroup is under the option `least`, or neither container nor pod sets it."""
    yield from _low_id(security, "runAsGroup", context.options["least"])


def _low_id(security: SecurityContext, field: str, least: int) -> Iterator[Problem]:
    own = descend(security.node, (field,))
    below = ("securityContext", field)
    containers = security.pod.containers if security.of_pod else ()
    overruled = containers and not any(is_null(descend(one.node, below)) for one in containers)
    if security.pod.is_windows or overruled:
        return
    if is_null(own):
        if security.of_pod or not is_null(descend(security.pod.node, ("securityContext", field))):
            return
    elif isinstance(own, Scalar) and isinstance(own.value, int) and own.value >= least:
        return
    yield problem_at(security.holder, "securityContext", field, fields={"state": _state(own), "least": least})


def root_group(security: SecurityContext, _context: Context) -> Iterator[Problem]:
    """Group 0 as the main group, the group of volumes or a further group."""
    for field in ("runAsGroup", "fsGroup"):
        if _is_zero(descend(security.node, (field,))):
            yield problem_at(security.holder, "securityContext", field, fields={"field": field}, key=field)
    further = descend(security.node, ("supplementalGroups",))
    for index, item in enumerate(further.items if isinstance(further, Sequence) else ()):
        if _is_zero(item):
            below = ("securityContext", "supplementalGroups", index)
            yield problem_at(security.holder, *below, fields={"field": below[1]}, key=f"{below[1]}{index}")


def _is_zero(node: Node | None) -> bool:
    return isinstance(node, Scalar) and same(node.value, 0)


def selinux_options(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """A type outside the container types, or any user or role."""
    types = {"", "container_t", "container_init_t", "container_kvm_t"}
    if context.kubernetes_version >= (1, 31):
        types.add("container_engine_t")
    for field, allowed in (("type", types), ("user", {""}), ("role", {""})):
        node = descend(security.node, ("seLinuxOptions", field))
        if not is_null(node) and not (isinstance(node, Scalar) and node.value in allowed):
            fields = {"field": field, "value": node}
            yield problem_at(
                security.holder, "securityContext", "seLinuxOptions", field, fields=fields, key=field
            )


def sysctl(entry: Part, context: Context) -> Iterator[Problem]:
    """A sysctl that is not known to stay within the pod."""
    name = text_at(entry.node, "name")
    if not any(context.kubernetes_version >= since and name in names for since, names in SAFE_SYSCTLS):
        version = "{}.{}".format(*context.kubernetes_version)
        yield problem_at(entry, "name", fields={"value": name or "", "version": version})


def may_run_as_root(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """runAsNonRoot is false here, or a container has it neither from itself nor from its pod."""
    if is_in_user_namespace(security.pod, context):
        return
    own = descend(security.node, ("runAsNonRoot",))
    if is_null(own):
        if security.of_pod or not is_null(descend(security.pod.node, ("securityContext", "runAsNonRoot"))):
            return
    elif isinstance(own, Scalar) and own.value is True:
        return
    yield problem_at(security.holder, "securityContext", "runAsNonRoot", fields={"state": _state(own)})


def _state(node: Node | None) -> str | Node:
    """A value as messages say it."""
    return "not set" if node is None or is_null(node) else node


def runs_as_uid_zero(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """runAsUser is 0 in so many words."""
    if _is_zero(descend(security.node, ("runAsUser",))) and not is_in_user_namespace(security.pod, context):
        yield problem_at(security.holder, "securityContext", "runAsUser")


PROBE_HANDLERS = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)


def handler_host(container: Container, _context: Context) -> Iterator[Problem]:
    """A probe or lifecycle handler that names the host to connect to."""
    for handler in PROBE_HANDLERS:
        for action in ("httpGet", "tcpSocket"):
            below = (*handler, action, "host")
            node = descend(container.node, below)
            if not is_null(node) and not (isinstance(node, Scalar) and node.value == ""):
                fields = {"handler": handler[-1], "value": node}
                yield problem_at(container, *below, fields=fields, key="/".join(below))


def restricted_volume(volume: Part, _context: Context) -> Iterator[Problem]:
    """A volume whose source is none of those that hold only what the namespace owns.

    A volume without a source is an emptyDir: the API fills that in.
    """
    assert isinstance(volume.node, Mapping)
    sources = [
        key for key, entry in volume.node.entries.items() if key != "name" and not is_null(entry.value)
    ]
    if sources and not any(source in RESTRICTED_VOLUMES for source in sources):
        yield problem_at(volume, sources[0], key_only=True, fields={"value": sources[0]})
