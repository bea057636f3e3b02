"""Pods for the Pod Security Standards: random combinations of every field that a control looks at.

The same seed gives the same pods on every machine, so what the admission controller said of them once
can be recorded (pss.json). Values are of the types that the API accepts; what it would refuse for other
reasons (a Windows pod with seccomp) is wanted, for the controls are judged, not the API.
"""

from __future__ import annotations

import random
from typing import Any

CAPABILITIES = [
    "ALL",
    "NET_BIND_SERVICE",
    "CHOWN",
    "SYS_ADMIN",
    "NET_RAW",
    "KILL",
    "CAP_CHOWN",
    "all",
    "MKNOD",
]
SYSCTLS = [
    "kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat", "kernel.msgmax",
]  # fmt: skip
VOLUMES: dict[str, Any] = {
    "configMap": {"name": "a"},
    "secret": {"secretName": "a"},
    "emptyDir": {},
    "projected": {"sources": []},
    "image": {"reference": "busybox"},
    "csi": {"driver": "a"},
    "ephemeral": {},
    "downwardAPI": {},
    "persistentVolumeClaim": {"claimName": "a"},
    "hostPath": {"path": "/srv"},
    "nfs": {"server": "a", "path": "/"},
    "gitRepo": {"repository": "a"},
    "azureFile": {"secretName": "a", "shareName": "a"},
    "flexVolume": {"driver": "a"},
}
ALLOWED_VOLUMES = 9
PROFILES = ["RuntimeDefault", "Localhost", "Unconfined", ""]
SECCOMP = "container.seccomp.security.alpha.kubernetes.io"
APPARMOR = "container.apparmor.security.beta.kubernetes.io"
ANNOTATIONS = {
    "seccomp.security.alpha.kubernetes.io/pod": [
        "unconfined", "runtime/default", "docker/default", "localhost/a", "",
    ],
    f"{SECCOMP}/one": ["unconfined", "runtime/default", "localhost/a", "localhost"],
    f"{SECCOMP}/absent": ["unconfined"],
    f"{APPARMOR}/one": ["unconfined", "runtime/default", "localhost/a", ""],
    f"{APPARMOR}/absent": ["unconfined", "localhost/", "docker/default"],
    "example.org/other": ["unconfined"],
}  # fmt: skip


def pods(count: int, *, seed: int) -> list[dict[str, Any]]:
    """`count` pods as plain data, named p0, p1 …; most are near one of the standards' edges."""
    rng = random.Random(seed)
    return [_pod(rng, f"p{number}") for number in range(count)]


def _pod(rng: random.Random, name: str) -> dict[str, Any]:
    hardened = rng.random() < 0.85
    odd = rng.choice([0.0, 0.02, 0.06, 0.2])
    spec: dict[str, Any] = {}
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        _maybe(rng, odd, spec, key, [True, False, None])
    _maybe(rng, 0.3, spec, "hostUsers", [True, False, False, None])
    _maybe(rng, 0.3, spec, "os", [{"name": "windows"}, {"name": "linux"}])
    _maybe(rng, 0.9, spec, "securityContext", [_pod_context(rng, odd, hardened=hardened)])
    _maybe(rng, 0.5, spec, "volumes", [[_volume(rng, odd, f"v{n}") for n in range(rng.randint(0, 4))]])
    labels = ["one", "two"][: rng.randint(1, 2)]
    spec["containers"] = [_container(rng, odd, label, hardened=hardened) for label in labels]
    _maybe(rng, 0.3, spec, "initContainers", [[_container(rng, odd, "setup", hardened=hardened)]])
    _maybe(rng, 0.2, spec, "ephemeralContainers", [[_container(rng, odd, "debug", hardened=hardened)]])
    metadata: dict[str, Any] = {"name": name}
    chosen = {key: rng.choice(values) for key, values in ANNOTATIONS.items() if rng.random() < odd}
    if chosen:
        metadata["annotations"] = chosen
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _maybe(rng: random.Random, chance: float, into: dict[str, Any], key: str, values: list[Any]) -> None:
    value = rng.choice(values)
    if rng.random() < chance:
        into[key] = value


def _both(rng: random.Random, odd: float, *, hardened: bool) -> dict[str, Any]:
    """What pods' and containers' security contexts have in common."""
    context: dict[str, Any] = {}
    if hardened and rng.random() < 0.7:
        context["runAsNonRoot"] = True
    if hardened and rng.random() < 0.7:
        context["seccompProfile"] = {"type": rng.choice(PROFILES[:2])}
    _maybe(rng, odd, context, "runAsNonRoot", [True, False, None])
    _maybe(rng, odd * 2, context, "runAsUser", [0, 1, 1000, None])
    _maybe(rng, odd, context, "seccompProfile", [{"type": rng.choice(PROFILES)}, {}, None])
    _maybe(rng, odd, context, "appArmorProfile", [{"type": rng.choice(PROFILES)}, {}, None])
    _maybe(rng, odd * 2, context, "seLinuxOptions", [_selinux(rng), {}, None])
    _maybe(rng, odd, context, "windowsOptions", [{"hostProcess": rng.choice([True, False, None])}, {}, None])
    return context


def _selinux(rng: random.Random) -> dict[str, Any]:
    options: dict[str, Any] = {"level": "s0:c1"}
    _maybe(rng, 0.7, options, "type", ["container_t", "container_engine_t", "spc_t", "", None])
    _maybe(rng, 0.2, options, "user", ["system_u", "", None])
    _maybe(rng, 0.2, options, "role", ["system_r", "", None])
    return options


def _pod_context(rng: random.Random, odd: float, *, hardened: bool) -> dict[str, Any]:
    context = _both(rng, odd, hardened=hardened)
    sysctls = [{"name": rng.choice(SYSCTLS), "value": "1"} for _ in range(rng.randint(0, 2))]
    _maybe(rng, odd * 2, context, "sysctls", [sysctls])
    return context


def _container(rng: random.Random, odd: float, name: str, *, hardened: bool) -> dict[str, Any]:
    container: dict[str, Any] = {"name": name, "image": "busybox"}
    context = _both(rng, odd, hardened=hardened)
    if hardened:
        context["allowPrivilegeEscalation"] = False
        context["capabilities"] = {"drop": ["ALL"]}
    _maybe(rng, odd, context, "allowPrivilegeEscalation", [True, False, None])
    _maybe(rng, odd, context, "privileged", [True, False, None])
    _maybe(rng, odd, context, "procMount", ["Default", "Unmasked", "", None])
    _maybe(rng, odd * 2, context, "capabilities", [_capabilities(rng), {}, None])
    _maybe(rng, 0.95, container, "securityContext", [context])
    ports = [{"containerPort": 80, "hostPort": rng.choice([0, 80, None])}]
    _maybe(rng, odd * 2, container, "ports", [ports])
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        _maybe(rng, odd, container, probe, [_handler(rng)])
    for hook in ("postStart", "preStop"):
        _maybe(rng, odd, container, "lifecycle", [{hook: _handler(rng)}])
    return container


def _capabilities(rng: random.Random) -> dict[str, Any]:
    capabilities: dict[str, Any] = {}
    _maybe(rng, 0.7, capabilities, "drop", [["ALL"], ["CHOWN", "ALL"], ["all"], ["CAP_ALL"], [], None])
    added = [rng.choice(CAPABILITIES) for _ in range(rng.randint(0, 2))]
    _maybe(rng, 0.7, capabilities, "add", [added, ["NET_BIND_SERVICE"], None])
    return capabilities


def _handler(rng: random.Random) -> dict[str, Any]:
    host = rng.choice(["127.0.0.1", "", None, "other.example"])
    kind = rng.choice(["httpGet", "tcpSocket", "exec"])
    return {"exec": {"command": ["true"]}} if kind == "exec" else {kind: {"port": 80, "host": host}}


def _volume(rng: random.Random, odd: float, name: str) -> dict[str, Any]:
    kinds = list(VOLUMES)
    volume: dict[str, Any] = {"name": name}
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
        kind = rng.choice(kinds) if rng.random() < odd * 2 else rng.choice(kinds[:ALLOWED_VOLUMES])
        volume[kind] = rng.choice([VOLUMES[kind], VOLUMES[kind], VOLUMES[kind], None])
    return volume
