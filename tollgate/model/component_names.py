"""Kubernetes' own programs by name, and a first look whether a file has any: nearly none has.

Everything else about components is imported only where this says so.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.kubernetes import Container, Manifest
from tollgate.model.node import Node, Scalar, Sequence

COMPONENTS = frozenset(
    {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy"}
)

SHELLS = frozenset({"sh", "bash", "ash", "dash"})

WRAPPERS = frozenset(
    {
        "chroot", "dumb-init", "env", "exec", "go-runner", "gosu", "hyperkube", "ionice", "kube-log-runner",
        "nice", "nsenter", "stdbuf", "su-exec", "sudo", "taskset", "timeout", "tini",
    }
)  # fmt: skip
"""Programs that run the one that their arguments name."""

CONFIG_GROUPS = frozenset(
    {"kubeadm.k8s.io", "kubelet.config.k8s.io", "kubeproxy.config.k8s.io", "kubescheduler.config.k8s.io"}
)
CLUSTER_API = ".cluster.x-k8s.io"


def program_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


def may_run_component(container: Container) -> bool:
    command = container.node.get("command")
    if isinstance(command, Sequence) and command.items:
        first = command.items[0]
        if not isinstance(first, Scalar) or not isinstance(first.value, str):
            return False
        program = program_name(first.value)
        if program in COMPONENTS:
            return True
        if program not in WRAPPERS and program not in SHELLS and "=" not in program:
            return False
        return _names_one(command) or _names_one(container.node.get("args"))
    return "args" in container.node.entries and image_name(container) in COMPONENTS


def _names_one(items: Node | None) -> bool:
    values = (
        [item.value for item in items.items if isinstance(item, Scalar)]
        if isinstance(items, Sequence)
        else []
    )
    return any(isinstance(value, str) and ("kube" in value or "etcd" in value) for value in values)


def may_configure_component(manifest: Manifest) -> bool:
    group = manifest.group
    if group == "apiserver.config.k8s.io":
        return manifest.kind in ("AuthenticationConfiguration", "AuthorizationConfiguration")
    return group in CONFIG_GROUPS or (group.endswith(CLUSTER_API) and manifest.kind.startswith("Kubeadm"))


def image_name(container: Container) -> str:
    """The last part of the image's path, without tag, digest and architecture."""
    name = _image(container).rpartition("/")[2].partition(":")[0]
    if "-" not in name:
        return name
    head, _, tail = name.rpartition("-")
    return head if tail in _ARCHITECTURES else name


_ARCHITECTURES = frozenset({"amd64", "arm", "arm64", "ppc64le", "s390x", "riscv64"})


def image_version(container: Container) -> tuple[int, int] | None:
    """The minor version that the image's tag names."""
    return version_of(_image(container).rpartition("/")[2].partition(":")[2])


def _image(container: Container) -> str:
    """Without the digest."""
    image = container.node.get("image")
    text = image.value if isinstance(image, Scalar) and isinstance(image.value, str) else ""
    return text.partition("@")[0]


def version_of(text: str | None) -> tuple[int, int] | None:
    """ "v1.31.2" as (1, 31); None for anything else, such as `stable`."""
    found = re.match(r"v?(\d{1,3})\.(\d{1,3})(?:[.+_-]|$)", text or "")
    return None if found is None else (int(found[1]), int(found[2]))
