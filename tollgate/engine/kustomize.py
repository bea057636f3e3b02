"""Kustomizations: which files they use as patches, which they build together, what they add."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping as Map

from tollgate.model.kubernetes import Manifest, items_at, text_at
from tollgate.model.kustomize import Generated, Kustomization, Kustomize
from tollgate.model.node import Mapping, Node, Scalar, Sequence, child, descend
from tollgate.model.source import decode

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_IDENTITY_KEYS = frozenset({"apiVersion", "kind", "metadata", "$patch"})
_SELECTED = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"})


def read_kustomization(path: str, data: bytes) -> Kustomization:
    """What a kustomization file says; what leads out of the root is left out."""
    from tollgate.parsers.yaml import parse_yaml

    folder = posixpath.dirname(path)
    roots = [document.root for document in parse_yaml(decode(path, data)).documents]
    root = next((one for one in roots if isinstance(one, Mapping)), None)
    files: list[str] = []
    folders: list[str] = []
    remote = False
    for name in _names(root, _TAKEN_IN):
        inside = _inside(folder, name)
        if inside is None or _is_remote(name):
            remote = True
        elif name.endswith((".yaml", ".yml", ".json")):
            files.append(inside)
        else:
            folders.append(inside)
    patches = [_inside(folder, name) for name in _names(root, _PATCHES)]
    return Kustomization(
        folder,
        tuple(files),
        tuple(folders),
        tuple(path for path in patches if path is not None),
        _labels(root, of_pods=True),
        _labels(root, of_pods=False),
        tuple(_generated(root)),
        remote or any(child(root, key) is not None for key in _UNSEEN),
        text_at(root, "namespace"),
        text_at(root, "namePrefix") or "",
        text_at(root, "nameSuffix") or "",
        _sets_replicas(root),
    )


_TAKEN_IN = ("resources", "bases", "components")
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")
_UNSEEN = ("helmCharts", "helmChartInflationGenerator", "generators")


def _sets_replicas(root: Node | None) -> bool:
    if child(root, "replicas") is not None:
        return True
    listed = [node for key in _PATCHES if isinstance(node := child(root, key), Sequence)]
    texts = (
        item.value if isinstance(item, Scalar) else text_at(item, "patch")
        for node in listed
        for item in node.items
    )
    return any(isinstance(text, str) and "replicas" in text for text in texts)


def _is_remote(name: str) -> bool:
    return "://" in name or "?ref=" in name or name.startswith(("github.com/", "git@"))


def _inside(folder: str, name: str) -> str | None:
    """The path of a file or folder that a kustomization names; None if it lies outside the root."""
    path = posixpath.normpath(posixpath.join(folder, name))
    if path == ".." or path.startswith(("../", "/")):
        return None
    return "" if path == "." else path


def _names(root: Node | None, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        listed = child(root, key)
        if isinstance(listed, Sequence):
            for item in listed.items:
                name = text_at(item, "path")
                if name is None and isinstance(item, Scalar) and isinstance(item.value, str):
                    name = item.value
                if name is not None and "\n" not in name:
                    yield name


def _labels(root: Node | None, *, of_pods: bool) -> Map[str, str]:
    """Labels for pods (`commonLabels`, and `labels` with selectors or templates), or for objects only."""
    found = _texts(child(root, "commonLabels")) if of_pods else {}
    for _, item in items_at(root, "labels"):
        if of_pods is any(_is_true(item.get(key)) for key in ("includeSelectors", "includeTemplates")):
            found.update(_texts(item.get("pairs")))
    return found


def _texts(node: Node | None) -> dict[str, str]:
    if not isinstance(node, Mapping):
        return {}
    return {
        key: entry.value.value
        for key, entry in node.entries.items()
        if isinstance(entry.value, Scalar) and isinstance(entry.value.value, str)
    }


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _generated(root: Node | None) -> Iterator[Generated]:
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for _, item in items_at(root, key):
            name = text_at(item, "name")
            if name is not None:
                yield Generated(kind, name, _generated_keys(item))


def _generated_keys(item: Mapping) -> tuple[str, ...] | None:
    if item.get("envs") is not None or item.get("env") is not None:
        return None  # they stand in another file
    keys = [name.partition("=")[0] for name in _names(item, ("literals",))]
    for name in _names(item, ("files",)):
        given, equals, _ = name.partition("=")
        keys.append(given if equals else posixpath.basename(name))
    return tuple(keys)


def kustomize_index(
    kustomizations: Callable[[], Iterable[str]], read: Callable[[str], bytes | None]
) -> Callable[[], Kustomize]:
    """A function that gives the kustomizations; it reads them when first asked."""
    made: list[Kustomize] = []

    def get() -> Kustomize:
        if not made:
            contents = ((path, read(path)) for path in kustomizations())
            made.append(
                Kustomize(read_kustomization(path, data) for path, data in contents if data is not None)
            )
        return made[0]

    return get


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
