"""The index of all that is linted: what relational rules may know of other files.

It holds plain data without text that could be a secret, never nodes, which weigh twenty times as much.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from tollgate.model.finding import Change, Severity
from tollgate.model.kustomize import Kustomize
from tollgate.model.node import Trail

Made = TypeVar("Made")


class IndexedObject(NamedTuple):
    """One manifest of the project. `trail` leads to it in its document.

    `data` is the object as plain data: environment values, command lines and the content of
    ConfigMaps and Secrets are left out (their keys stay, with null).
    `pods`: trails, relative to the object, of the pod specs in it.
    """

    path: str
    document: int
    trail: Trail
    api_version: str
    kind: str
    namespace: str | None
    name: str | None
    data: Mapping[str, Any]
    pods: tuple[Trail, ...] = ()
    partial: bool = False

    @property
    def group(self) -> str:
        """The API group; "" is the core group."""
        head, slash, _ = self.api_version.rpartition("/")
        return head if slash else ""

    def at(self, *trail: str | int) -> Any:
        """The plain value at a trail below the object; None if it is not there."""
        value: Any = self.data
        for key in trail:
            if isinstance(value, Mapping):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
                value = value[key]
            else:
                return None
        return value

    @property
    def labels(self) -> Mapping[str, Any]:
        found = self.at("metadata", "labels")
        return found if isinstance(found, Mapping) else {}


def pack_objects(objects: Sequence[IndexedObject]) -> str:
    """Index entries as JSON text: what passes between processes and into the cache, at a tenth of the
    cost of the objects themselves."""
    return json.dumps([tuple(one) for one in objects], separators=(",", ":")) if objects else ""


def unpack_objects(packed: str) -> Iterator[IndexedObject]:
    """What `pack_objects` was given."""
    for path, document, trail, version, kind, namespace, name, data, pods, partial in (
        json.loads(packed) if packed else ()
    ):
        pod_trails = tuple(tuple(pod) for pod in pods)
        yield IndexedObject(
            path, document, tuple(trail), version, kind, namespace, name, data, pod_trails, partial
        )


class RelatedObject(NamedTuple):
    """A second object that explains a relation, at a trail below it."""

    target: IndexedObject
    trail: Trail
    message: str


class Relation(NamedTuple):
    """What a relational check yields: a problem at `trail` below the object that it was given.

    The place is found as for any other problem: the value, else the nearest existing key, else the
    object's grip; `at_key` takes the last key instead of its value. `changes` are relative to the
    object's document (build their paths with `object.trail`).
    """

    trail: Trail = ()
    fields: Mapping[str, object] = {}
    related: tuple[RelatedObject, ...] = ()
    at_key: bool = False
    severity: Severity | None = None
    key: str = ""
    message: str | None = None
    changes: tuple[Change, ...] = ()
    safe: bool = False
    fix_title: str = ""
    """What `changes` do, for people."""


class Project:
    """`kustomize`: gives the repository's kustomizations, which are read when first asked for.

    `objects` is filled when every file has been read; rules about one file run before that.
    """

    __slots__ = ("_by_kind", "_by_name", "_derived", "_of_group", "kustomize", "objects")

    def __init__(self, *, kustomize: Callable[[], Kustomize] = Kustomize) -> None:
        self.kustomize = kustomize
        self.objects: Sequence[IndexedObject] = ()
        self._by_kind: dict[str, list[IndexedObject]] = {}
        self._of_group: dict[tuple[str, str], list[IndexedObject]] = {}
        self._by_name: dict[tuple[str, str | None], list[IndexedObject]] = {}
        self._derived: dict[Callable[[Project], Any], Any] = {}

    def fill(self, objects: Iterable[IndexedObject]) -> None:
        """Take in the whole index, sorted by place."""
        self.objects = sorted(objects, key=lambda one: (one.path, one.document, str(one.trail)))
        self._by_kind = {}
        self._of_group = {}
        self._by_name = {}
        self._derived = {}
        for one in self.objects:
            self._by_kind.setdefault(one.kind, []).append(one)
            self._of_group.setdefault((one.kind, one.group), []).append(one)
            self._by_name.setdefault((one.kind, one.name), []).append(one)

    def of_kind(self, kind: str, *, group: str | None = None) -> Sequence[IndexedObject]:
        """All objects of a kind, in any namespace."""
        if group is None:
            return self._by_kind.get(kind, ())
        return self._of_group.get((kind, group), ())

    def derived(self, make: Callable[[Project], Made]) -> Made:
        """What `make` gives for this index, made once: tables that relational checks look things up in."""
        if make not in self._derived:
            self._derived[make] = make(self)
        found: Made = self._derived[make]
        return found

    @property
    def workloads(self) -> Sequence[IndexedObject]:
        """All objects that hold pods."""
        return self.derived(_workloads)

    def all_named(self, kind: str, name: str) -> Sequence[IndexedObject]:
        """All objects of a kind and name, in any namespace."""
        return self._by_name.get((kind, name), ())

    def find(self, kind: str, name: str, namespace: str | None) -> IndexedObject | None:
        """The object of that name in a namespace; an object without one may be in any."""
        return next((one for one in self.all_named(kind, name) if may_share(one.namespace, namespace)), None)


def _workloads(project: Project) -> Sequence[IndexedObject]:
    return [one for one in project.objects if one.pods]


def may_share(one: str | None, other: str | None) -> bool:
    """Whether two namespaces can be the same: one that is not written may become any (`kubectl -n`)."""
    return one is None or other is None or one == other
