"""Secrets and ConfigMaps that workloads refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.places import problem_at
from tollgate.checks.selectors import operator_may_make
from tollgate.model.finding import Problem
from tollgate.model.hints import Any
from tollgate.model.kubernetes import CONTAINER_LISTS, Pod, is_null, items_at, text_at
from tollgate.model.node import Trail, child, descend
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation, may_share
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context


def secrets_in_environment(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Kubernetes Secrets that containers take as environment variables."""
    for container in pod.containers:
        for index, item in items_at(container.node, "env"):
            reference = descend(item, ("valueFrom", "secretKeyRef"))
            if not is_null(reference):
                yield _taken(pod, (*container.trail, "env", index, "valueFrom", "secretKeyRef"))
        for index, item in items_at(container.node, "envFrom"):
            if not is_null(item.get("secretRef")):
                yield _taken(pod, (*container.trail, "envFrom", index, "secretRef"))


def secret_volumes(pod: Pod, _context: Context) -> Iterator[Problem]:
    """Kubernetes Secrets that a pod mounts, projected ones included."""
    for index, volume in items_at(pod.node, "volumes"):
        trail: Trail = (*pod.trail, "volumes", index)
        if not is_null(volume.get("secret")):
            yield _taken(pod, (*trail, "secret"), name="secretName")
        for at, source in items_at(volume.get("projected"), "sources"):
            if not is_null(source.get("secret")):
                yield _taken(pod, (*trail, "projected", "sources", at, "secret"))


def _taken(pod: Pod, trail: Trail, *, name: str = "name") -> Problem:
    node = descend(pod.manifest.root, trail)
    below = trail[len(pod.trail) :]
    fields = {"secret": text_at(node, name) or "", "path": ".".join(map(str, below))}
    at = (*below, name) if child(node, name) is not None else below
    return problem_at(pod, *at, fields=fields, key=".".join(map(str, below)))


_SOURCES = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
_MAKERS: dict[str, Trail] = {
    # Kinds whose controllers make a Secret, and where they say its name, if not in their own.
    "ExternalSecret": ("spec", "target", "name"),
    "SealedSecret": ("spec", "template", "metadata", "name"),
    "VaultStaticSecret": ("spec", "destination", "name"),
    "VaultDynamicSecret": ("spec", "destination", "name"),
    "VaultPKISecret": ("spec", "destination", "name"),
    "Certificate": ("spec", "secretName"),
}


class _Reference(NamedTuple):
    """A ConfigMap or Secret that a container or volume takes from. `key` None: all of its keys."""

    kind: str
    name: str
    key: str | None
    trail: Trail


def missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Environment values from a ConfigMap or Secret that the project does not have."""
    project = context.project
    for one in _references(workload):
        if _found(one, workload, project) or _generated(one, workload, project) is not None:
            continue
        if not _made(one, workload, project) and not project.is_open(workload.path):
            fields = {"kind": one.kind, "object": one.name}
            yield Relation((*one.trail, "name"), fields=fields, key=f"{one.kind} {one.name}")


def key_missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Environment values from a key that the ConfigMap or Secret does not have."""
    yield from _keys_missing(_references(workload), workload, context)


def volume_key_missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Items of volumes whose key the ConfigMap or Secret does not have."""
    yield from _keys_missing(_volume_items(workload), workload, context)


def _volume_items(workload: IndexedObject) -> Iterator[_Reference]:
    for pod in workload.pods:
        for index, volume in enumerate(_listed(workload.at(*pod, "volumes"))):
            trail: Trail = (*pod, "volumes", index)
            yield from _items(volume, trail, name_at="secretName")
            projected = volume.get("projected")
            sources = projected.get("sources") if isinstance(projected, Mapping) else None
            for at, source in enumerate(_listed(sources)):
                yield from _items(source, (*trail, "projected", "sources", at), name_at="name")


def _items(source: Mapping[str, Any], trail: Trail, *, name_at: str) -> Iterator[_Reference]:
    for field, kind, name_key in (("configMap", "ConfigMap", "name"), ("secret", "Secret", name_at)):
        reference = source.get(field)
        if not isinstance(reference, Mapping) or reference.get("optional") is True:
            continue
        name = reference.get(name_key)
        for index, item in enumerate(_listed(reference.get("items"))):
            key = item.get("key")
            if isinstance(name, str) and isinstance(key, str) and "$" not in name and "{{" not in name:
                yield _Reference(kind, name, key, (*trail, field, "items", index))


def _keys_missing(
    references: Iterator[_Reference], workload: IndexedObject, context: Context
) -> Iterator[Relation]:
    for one in references:
        found = _found(one, workload, context.project)
        # An empty one waits for a controller to fill it, and a patch is not the whole object.
        if one.key is None or any(
            item.partial or not _keys(item) or one.key in _keys(item) for item in found
        ):
            continue
        generated = _generated(one, workload, context.project)
        # A generator whose keys stand in another file, or that merges into an object, may have any.
        known = generated is None if found else bool(generated) and one.key not in (generated or ())
        if not known:
            continue
        related = tuple(
            RelatedObject(item, ("metadata", "name"), f"the {one.kind} without that key")
            for item in found[:1]
        )
        fields = {"kind": one.kind, "object": one.name, "key": one.key}
        yield Relation((*one.trail, "key"), fields=fields, related=related, key=f"{one.name} {one.key}")


def _references(workload: IndexedObject) -> Iterator[_Reference]:
    for pod in workload.pods:
        for list_name, _ in CONTAINER_LISTS:
            for index, container in enumerate(_listed(workload.at(*pod, list_name))):
                for at, item in enumerate(_listed(container.get("env"))):
                    trail: Trail = (*pod, list_name, index, "env", at, "valueFrom")
                    source = item.get("valueFrom")
                    yield from _reference(source, trail, ("configMapKeyRef", "secretKeyRef"))
                for at, item in enumerate(_listed(container.get("envFrom"))):
                    trail = (*pod, list_name, index, "envFrom", at)
                    yield from _reference(item, trail, ("configMapRef", "secretRef"))


def _listed(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item if isinstance(item, Mapping) else {} for item in items]


def _reference(source: Any, trail: Trail, fields: tuple[str, str]) -> Iterator[_Reference]:
    for field, kind in zip(fields, ("ConfigMap", "Secret"), strict=True):
        reference = source.get(field) if isinstance(source, Mapping) else None
        if not isinstance(reference, Mapping) or reference.get("optional") is True:
            continue
        name, key = reference.get("name"), reference.get("key")
        if isinstance(name, str) and name and "$" not in name and "{{" not in name:
            yield _Reference(kind, name, key if isinstance(key, str) else None, (*trail, field))


def _found(one: _Reference, workload: IndexedObject, project: Project) -> list[IndexedObject]:
    return [
        item for item in project.named(one.kind, one.name) if may_share(item.namespace, workload.namespace)
    ]


def _generated(one: _Reference, workload: IndexedObject, project: Project) -> tuple[str, ...] | None:
    """The keys of the object if a kustomization that takes the workload in makes it; empty: not known."""
    keys: list[str] = []
    makers = [
        made
        for build in project.kustomize().builds_of(workload.path)
        for made in build.generated
        if (made.kind, made.name) == (one.kind, one.name)
    ]
    if any(made.keys is None for made in makers):
        return ()
    for made in makers:
        keys += made.keys or ()
    return tuple(keys) if makers else None


def _made(one: _Reference, workload: IndexedObject, project: Project) -> bool:
    """Whether a controller may make the object."""
    if one.kind == "Secret":
        for kind, below in _MAKERS.items():
            for maker in project.of_kind(kind):
                if one.name in (maker.name, maker.at(*below)) and may_share(
                    maker.namespace, workload.namespace
                ):
                    return True
    return operator_may_make(one.name, project, workload.namespace)


def _keys(item: IndexedObject) -> set[str]:
    if item.at("type") == "kubernetes.io/service-account-token":
        return set()  # the token controller fills it
    parts = [item.at(part) for part in _SOURCES[item.kind]]
    return {key for part in parts if isinstance(part, Mapping) for key in part}
