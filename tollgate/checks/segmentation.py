"""Workloads in clusters that policy keeps for others: over the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tollgate.model.globs import path_matcher
from tollgate.model.kustomize import Kustomization, Kustomize
from tollgate.model.node import Trail
from tollgate.model.policy import Cluster
from tollgate.model.project import IndexedObject, Relation
from tollgate.model.rule import Context


def wrong_cluster(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Workloads whose group may not run in a cluster that their file goes to."""
    label = context.policy.segmentation.label
    for cluster in context.policy.segmentation.clusters:
        for build in _builds(workload, cluster, context.project.kustomize):
            group, trail = _group(workload, label, build)
            if group not in cluster.groups:
                shown = "of no group" if group is None else f"of group `{group}`"
                fields = {"group": shown, "cluster": cluster.name, "label": label, "via": _via(build)}
                yield Relation(trail, fields=fields, at_key=group is None, key=cluster.name)
                break


_Build = tuple[Kustomization, ...]
"""The kustomizations from a workload's file up to an overlay; none where the file itself goes there."""


def _builds(
    workload: IndexedObject, cluster: Cluster, kustomize: Callable[[], Kustomize]
) -> Iterator[_Build]:
    """The ways in which a workload's file gets into a cluster."""
    if path_matcher(cluster.paths)(workload.path):
        yield ()
    if cluster.overlays:
        is_overlay = path_matcher(cluster.overlays)
        for overlay in kustomize().builds_of(workload.path):
            if is_overlay(f"{overlay.folder}/kustomization.yaml".lstrip("/")):
                yield kustomize().between(workload.path, overlay)


def _group(workload: IndexedObject, label: str, build: _Build) -> tuple[str | None, Trail]:
    """The group of a workload, and where it says so: an overlay's label counts before its own."""
    holders: list[Trail] = [("metadata", "labels")]
    holders += [(*pod[:-1], "metadata", "labels") for pod in workload.pods]
    place = next((holder for holder in holders if isinstance(workload.at(*holder, label), str)), None)
    for kustomization in build:
        added = kustomization.labels.get(label) or kustomization.more_labels.get(label)
        if added is not None:
            return added, ("metadata", "name") if place is None else (*place, label)
    if place is None:
        return None, ("metadata", "labels")
    return str(workload.at(*place, label)), (*place, label)


def _via(build: _Build) -> str:
    return f", by way of `{build[0].folder}`" if build else ""
