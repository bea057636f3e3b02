"""Secrets and ConfigMaps that workloads refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import CONTAINER_LISTS, Pod, is_null, items_at, text_at
from tollgate.model.node import Trail, child, descend
from tollgate.model.project import IndexedObject, RelatedObject, Relation
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
_MAKERS = ("ExternalSecret", "SealedSecret", "VaultStaticSecret", "VaultDynamicSecret", "Certificate")


def missing(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Environment values from a ConfigMap or Secret, or a key of one, that the project does not have."""
    for pod in workload.pods:
        for list_name, _ in CONTAINER_LISTS:
            for index, container in enumerate(_listed(workload.at(*pod, list_name))):
                for at, item in enumerate(_listed(container.get("env"))):
                    trail = (*pod, list_name, index, "env", at, "valueFrom")
                    yield from _missing_value(workload, item.get("valueFrom"), trail, context)


def _listed(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item if isinstance(item, Mapping) else {} for item in items]


def _missing_value(
    workload: IndexedObject, source: Any, trail: Trail, context: Context
) -> Iterator[Relation]:
    for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        reference = source.get(field) if isinstance(source, Mapping) else None
        if not isinstance(reference, Mapping) or reference.get("optional") is True:
            continue
        name, key = reference.get("name"), reference.get("key")
        if not isinstance(name, str) or not isinstance(key, str) or "$" in name:
            continue
        found = context.project.find(kind, name, workload.namespace)
        fields = {"kind": kind, "object": name, "key": key}
        if found is None:
            if not any(context.project.find(maker, name, workload.namespace) for maker in _MAKERS):
                yield Relation(
                    (*trail, field, "name"), fields={**fields, "what": "is not among the linted files"}
                )
        elif not any(
            isinstance(found.at(part), Mapping) and key in found.at(part) for part in _SOURCES[kind]
        ):
            related = (RelatedObject(found, ("metadata", "name"), f"the {kind} without that key"),)
            yield Relation(
                (*trail, field, "key"), fields={**fields, "what": f"has no key `{key}`"}, related=related
            )
