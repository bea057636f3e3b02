"""Which files some kustomization uses as patches: those are no whole objects."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

from tollgate.model.kubernetes import Manifest, text_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, child, descend
from tollgate.model.source import decode

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_IDENTITY_KEYS = frozenset({"apiVersion", "kind", "metadata", "$patch"})
_SELECTED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"})


def patch_files(kustomization_path: str, data: bytes) -> Iterator[str]:
    """Root-relative paths of the files that a kustomization names as patches."""
    from tollgate.parsers.yaml import parse_yaml

    folder = posixpath.dirname(kustomization_path)
    for document in parse_yaml(decode(kustomization_path, data)).documents:
        for name in _patch_names(document.root):
            path = posixpath.normpath(posixpath.join(folder, name))
            if not path.startswith("../"):
                yield path


def _patch_names(root: Node | None) -> Iterator[str]:
    for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        listed = child(root, key)
        if isinstance(listed, Sequence):
            for item in listed.items:
                name = text_at(item, "path")
                if name is None and isinstance(item, Scalar) and isinstance(item.value, str):
                    name = item.value
                if name is not None and "\n" not in name:
                    yield name


def patch_index(
    kustomizations: Callable[[], Iterable[str]], read: Callable[[str], bytes | None]
) -> Callable[[str], bool]:
    """A function that says whether a file is a patch; reads the kustomizations when first asked."""
    found: set[str] | None = None

    def is_patch(path: str) -> bool:
        nonlocal found
        if found is None:
            found = set()
            for kustomization in kustomizations():
                data = read(kustomization)
                if data is not None:
                    found.update(patch_files(kustomization, data))
        return path in found

    return is_patch


def is_incomplete(manifest: Manifest) -> bool:
    """Whether the object lacks what every whole one of its kind has."""
    if manifest.pods:
        containers = [one for pod in manifest.pods for one in pod.containers if one.role == "regular"]
        if not any(text_at(one.node, "image") for one in containers):
            return True
        return manifest.kind in _SELECTED and descend(manifest.node, ("spec", "selector")) is None
    if manifest.kind in ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Pod", "Job", "CronJob"):
        return True
    if manifest.kind == "Service":
        spec = manifest.node.get("spec")
        return isinstance(spec, Mapping) and not ({"ports", "externalName"} & spec.entries.keys())
    return not (manifest.node.entries.keys() - _IDENTITY_KEYS)
