"""Mounts of a part of a volume, which old kubelets let escape to the node."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Part, Pod, is_null, items_at, text_at
from tollgate.model.node import Mapping
from tollgate.model.rule import Context

_READ_ONLY = frozenset({"configMap", "secret", "projected", "downwardAPI"})
"""Volumes that the container cannot write to: no link of its own can stand in them."""

_FIRST_FIX = ((1, 10), "1.9.4")
_SECOND_FIX = "1.21.5"


def escapes(mount: Part, context: Context) -> Iterator[Problem]:
    """Mounts with a `subPath` that the kubelet of the target version resolves unsafely."""
    key = next((key for key in ("subPathExpr", "subPath") if text_at(mount.node, key)), None)
    pod = mount.owner("pod")
    if key is None or not isinstance(pod, Pod):
        return
    name = text_at(mount.node, "name")
    kind = next(
        (_kind(item) for _, item in items_at(pod.node, "volumes") if text_at(item, "name") == name), "claim"
    )
    old = context.kubernetes_version < _FIRST_FIX[0]
    if old or kind not in _READ_ONLY:
        fields = {
            "path": text_at(mount.node, key),
            "kind": kind,
            "fixed": _FIRST_FIX[1] if old else _SECOND_FIX,
        }
        yield problem_at(mount, key, fields=fields)


def _kind(volume: Mapping) -> str:
    return next(
        (key for key, entry in volume.entries.items() if key != "name" and not is_null(entry.value)), "?"
    )
