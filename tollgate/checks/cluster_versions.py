"""Versions of Kubernetes that get no fixes any more. It runs on every manifest, so it imports little."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.component_names import image_name, image_version, version_of
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Manifest
from tollgate.model.node import Scalar, Trail, descend
from tollgate.model.rule import Context
from tollgate.model.target import Target

ENDS: dict[tuple[int, int], str] = {
    (1, 28): "2024-10-28",
    (1, 29): "2025-02-28",
    (1, 30): "2025-06-28",
    (1, 31): "2025-11-11",
    (1, 32): "2026-02-28",
    (1, 33): "2026-06-28",
    (1, 34): "2026-10-27",
    (1, 35): "2027-02-28",
}
"""The last day of support of a minor version. Source: kubernetes.io/releases/patch-releases."""

_VERSION_TRAILS: dict[str, tuple[str, Trail]] = {
    # kind: the API group's end, the trail of the version
    "ClusterConfiguration": ("kubeadm.k8s.io", ("kubernetesVersion",)),
    "MasterConfiguration": ("kubeadm.k8s.io", ("kubernetesVersion",)),
    "KubeadmControlPlane": (".cluster.x-k8s.io", ("spec", "version")),
    "MachineDeployment": ("cluster.x-k8s.io", ("spec", "template", "spec", "version")),
    "MachinePool": ("cluster.x-k8s.io", ("spec", "template", "spec", "version")),
    "Cluster": ("cluster.x-k8s.io", ("spec", "topology", "version")),
}


def version_unsupported(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """The version of Kubernetes that a cluster's document names gets no fixes any more."""
    known = _VERSION_TRAILS.get(manifest.kind)
    if known is None or not manifest.group.endswith(known[0]) or not context.policy.today:
        return
    node = descend(manifest.node, known[1])
    version = version_of(node.value) if isinstance(node, Scalar) and isinstance(node.value, str) else None
    if version is not None:
        yield from _unsupported(manifest, known[1], version, context.policy.today)


def image_unsupported(component: Target, context: Context) -> Iterator[Problem]:
    """The image of a component is of such a version."""
    container = component.owner("container")
    if isinstance(container, Container) and image_name(container) != "etcd" and context.policy.today:
        version = image_version(container)
        if version is not None:
            yield from _unsupported(container, ("image",), version, context.policy.today)


def _unsupported(
    owner: Manifest | Container, below: Trail, version: tuple[int, int], today: str
) -> Iterator[Problem]:
    end = ENDS.get(version, "" if version < min(ENDS) else "9999")
    if end < today:
        since = f"since {end}" if end else "for years"
        fields = {"version": f"{version[0]}.{version[1]}", "since": since}
        yield problem_at(owner, *below, fields=fields)
