"""Paths of the host that pods mount, compared after the dots and doubled slashes are gone."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Part, text_at
from tollgate.model.rule import Context
from tollgate.model.target import Target

SENSITIVE = frozenset({"/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/sys", "/usr", "/bin", "/sbin"})
"""With everything below them; `/` itself and the folders in EXACT only as such."""

EXACT = frozenset({"/", "/var", "/var/lib", "/var/log", "/var/run", "/run", "/home", "/lib64"})
BELOW_VAR = ("/var/lib/kubelet", "/var/lib/etcd", "/var/lib/docker", "/var/lib/containerd")

SOCKET_FOLDERS = (
    "docker.sock",
    "docker",
    "containerd",
    "crio",
    "podman",
    "cri-dockerd.sock",
    "dockershim.sock",
    "k3s/containerd",
    "buildkit",
)
_PIPES = ("docker_engine", "containerd-containerd")


def normalised(path: str) -> str:
    """`//etc/./x/..` as `/etc`; `/var/run` is `/run` on every node."""
    clean = posixpath.normpath("/" + path.lstrip("/")) if path.startswith("/") else path
    return "/run" + clean.removeprefix("/var/run") if f"{clean}/".startswith("/var/run/") else clean


def sensitive(target: Target, _context: Context) -> Iterator[Problem]:
    """A hostPath that holds the node's own credentials, programs, devices or state."""
    assert isinstance(target, Part)
    path = text_at(target.field("hostPath"), "path")  # type: ignore[arg-type]
    if path is not None and _is_sensitive(normalised(path)):
        yield problem_at(target, "hostPath", "path", fields={"path": path})


def _is_sensitive(path: str) -> bool:
    below = f"{path}/"
    return (
        path in EXACT
        or any(below.startswith(f"{folder}/") for folder in SENSITIVE)
        or any(below.startswith(f"{folder}/") for folder in BELOW_VAR)
    )


def runtime_socket(target: Target, _context: Context) -> Iterator[Problem]:
    """A hostPath that is a container runtime's socket, or a folder that holds one."""
    assert isinstance(target, Part)
    path = text_at(target.field("hostPath"), "path")  # type: ignore[arg-type]
    if path is not None and _is_socket(path):
        yield problem_at(target, "hostPath", "path", fields={"path": path})


def _is_socket(path: str) -> bool:
    if "pipe" in path and any(pipe in path for pipe in _PIPES):
        return True
    below = f"{normalised(path)}/"
    return any(below.startswith(f"/run/{folder}/") for folder in SOCKET_FOLDERS)
