"""Which Secrets pods may take: by the name, by the labels of the Secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.hints import Any
from tollgate.model.kubernetes import CONTAINER_LISTS, Pod
from tollgate.model.node import Trail, to_plain
from tollgate.model.project import IndexedObject, RelatedObject, Relation
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context


class Use(NamedTuple):
    """A Secret that a pod spec names, and where."""

    name: str
    trail: Trail


def outside_prefix(pod: Pod, context: Context) -> Iterator[Problem]:
    """Secrets whose name begins with none of the option's prefixes; no prefixes allow all."""
    prefixes = tuple(map(str, context.options.get("prefixes") or ()))
    if prefixes:
        for use in _uses(to_plain(pod.node)):
            if not use.name.startswith(prefixes):
                fields = {"secret": use.name, "prefixes": ", ".join(f"`{one}`" for one in prefixes)}
                yield problem_at(pod, *use.trail, fields=fields, key=use.name)


def protected(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """Secrets that bear one of the option's labels."""
    labels = context.options.get("labels") or {}
    for pod in workload.pods if labels else ():
        for use in _uses(workload.at(*pod)):
            secret = context.project.find("Secret", use.name, workload.namespace)
            key = None if secret is None else _marked(secret.labels, labels)
            if secret is not None and key is not None:
                related = (RelatedObject(secret, ("metadata", "labels", key), "protected by this label"),)
                fields = {"secret": use.name, "label": key}
                yield Relation((*pod, *use.trail), fields=fields, related=related, key=use.name)


def _marked(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """The first wanted label that the object bears; `*` stands for any value."""
    return next((key for key, value in wanted.items() if key in found and value in ("*", found[key])), None)


def _uses(spec: object) -> Iterator[Use]:
    """Through the environment, volumes and projected volumes."""
    for list_name, _ in CONTAINER_LISTS:
        for index, container in _items(spec, list_name):
            at = (list_name, index)
            for number, item in _items(container, "env"):
                source = item.get("valueFrom")
                yield from _use(source, ("secretKeyRef", "name"), (*at, "env", number, "valueFrom"))
            for number, item in _items(container, "envFrom"):
                yield from _use(item, ("secretRef", "name"), (*at, "envFrom", number))
    for index, volume in _items(spec, "volumes"):
        yield from _use(volume, ("secret", "secretName"), ("volumes", index))
        for number, source in _items(volume.get("projected"), "sources"):
            yield from _use(source, ("secret", "name"), ("volumes", index, "projected", "sources", number))


def _use(holder: object, below: tuple[str, str], trail: Trail) -> Iterator[Use]:
    reference = holder.get(below[0]) if isinstance(holder, Mapping) else None
    name = reference.get(below[1]) if isinstance(reference, Mapping) else None
    if isinstance(name, str):
        yield Use(name, (*trail, *below))


def _items(holder: object, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    listed = holder.get(key) if isinstance(holder, Mapping) else None
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, Mapping):
            yield index, item
