"""The index of all that is linted: what relational rules may know of other files.

It holds plain data without text that could be a secret, never nodes, which weigh twenty times as much.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from tollgate.model.finding import Change, Severity
from tollgate.model.hints import TYPE_CHECKING, Any, TypeVar
from tollgate.model.kustomize import Kustomize
from tollgate.model.node import Trail
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from tollgate.model.builds import BuiltImage

Made = TypeVar("Made")

DOCKERFILE = "Dockerfile"
SERVICE = "service"
"""Kinds of index entries that are no manifests: they have no API version."""


_DECODED_AT_ONCE = 1_000
"""What is looked at again soon need not be decoded again; all of a large repository would weigh too much."""


class Stored(Mapping[str, Any]):
    """Plain data as JSON text, decoded when somebody asks: most objects of a repository are never looked
    into. `recent` are those of the same index that were decoded last."""

    __slots__ = ("_at", "_decoded", "_recent", "_text")

    def __init__(self, text: str, at: int, recent: deque[Stored]) -> None:
        self._text = text
        self._at = at
        self._recent = recent
        self._decoded: dict[str, Any] | None = None

    @property
    def decoded(self) -> dict[str, Any]:
        found = self._decoded
        if found is None:
            found = self._decoded = _decode(self._text, self._at)[0]
            self._recent.append(self)
            if len(self._recent) > _DECODED_AT_ONCE:
                self._recent.popleft()._decoded = None
        return found

    def __getitem__(self, key: str) -> Any:
        return self.decoded[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.decoded)

    def __len__(self) -> int:
        return len(self.decoded)


_encode = json.JSONEncoder(separators=(",", ":"), default=dict).encode
_decode = json.JSONDecoder().raw_decode


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
        if type(value) is Stored:
            value = value.decoded
        for key in trail:
            if type(value) is dict or isinstance(value, Mapping):
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
    """Index entries of one file as text: what passes between processes and into the cache, at a tenth of the
    cost of the objects themselves. Its first line is JSON of the path and, for each object, all but its data
    and where after the line that begins."""
    if not objects:
        return ""
    heads, data = [], []
    at = 0
    for _, document, trail, version, kind, namespace, name, plain, pods, partial in objects:
        heads.append((document, trail, version, kind, namespace, name, pods, partial, at))
        data.append(_encode(plain))
        at += len(data[-1])
    return "".join((_encode((objects[0].path, heads)), "\n", *data))


def unpack_objects(*packed: str) -> Iterator[IndexedObject]:
    """What `pack_objects` was given, one call after the other: the first lines are read at once, which takes
    half the time, and the data when it is asked for."""
    recent: deque[Stored] = deque()
    texts = list(filter(None, packed))
    ends = [text.index("\n") for text in texts]
    lines = [text[:end] for text, end in zip(texts, ends, strict=True)]
    for text, end, (path, heads) in zip(texts, ends, json.loads(f"[{','.join(lines)}]"), strict=True):
        for document, trail, version, kind, namespace, name, pods, partial, at in heads:
            pod_trails = tuple([tuple(pod) for pod in pods])
            data = Stored(text, end + 1 + at, recent)
            yield IndexedObject(
                path, document, tuple(trail), version, kind, namespace, name, data, pod_trails, partial
            )


class RelatedObject(NamedTuple):
    """A second object that explains a relation, at a trail below it."""

    target: IndexedObject
    trail: Trail
    message: str
    region: tuple[int, int, int, int] | None = None
    """For a Dockerfile: line and column of its start and of its end."""


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


class ShellProblem(NamedTuple):
    """What ShellCheck says about a text: lines and columns from one, in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    code: int
    level: str
    message: str


class Project:
    """`kustomize`: gives the repository's kustomizations, which are read when first asked for.

    `read_file(path)`: the content of any file of the repository, None where there is none that can be read;
    checks ask for it with `read`. `objects` is filled when every file has been read; rules about one file
    run before that. `builds`: Dockerfiles, and the Compose
    services that build from one. `shell_problems`: what ShellCheck says, by the text it was given.
    """

    __slots__ = (
        "_built",
        "_derived",
        "_read_file",
        "builds",
        "has_read",
        "kinds",
        "kustomize",
        "objects",
        "shell_problems",
    )

    def __init__(
        self,
        *,
        kustomize: Callable[[], Kustomize] = Kustomize,
        read_file: Callable[[str], bytes | None] = lambda _path: None,
    ) -> None:
        self.kustomize = kustomize
        self._read_file = read_file
        self.has_read = False
        self.objects: Sequence[IndexedObject] = ()
        self.builds: Sequence[IndexedObject] = ()
        self.shell_problems: Mapping[str, Sequence[ShellProblem]] = {}
        self._built: Mapping[str, BuiltImage] | None = None
        self._derived: dict[Callable[[Project], Any], Any] = {}
        self.kinds: frozenset[str] = frozenset()

    def read(self, path: str) -> bytes | None:
        """The content of another file. What a rule finds then hangs on that as well, so the result of
        linting is not kept (`has_read`)."""
        self.has_read = True
        return self._read_file(path)

    def fill(self, objects: Iterable[IndexedObject]) -> None:
        """Take in the whole index. The entries of one file are in the order of their places."""
        every = sorted(objects, key=attrgetter("path"))
        self.objects = [one for one in every if one.api_version]
        self.builds = [one for one in every if not one.api_version]
        self._built = None
        self._derived = {}
        self.kinds = frozenset(one.kind for one in every)

    def holds(self, kinds: Sequence[str]) -> bool:
        """Whether one of these kinds is in the project; so it is for no kinds."""
        return not kinds or not self.kinds.isdisjoint(kinds)

    def is_open(self, path: str) -> bool:
        """Whether the file's objects are deployed together with others that the repository does not show."""
        return self.kustomize().is_open(path)

    def derived(self, make: Callable[[Project], Made]) -> Made:
        """What `make` gives for this index, made once: tables that relational checks look things up in."""
        if make not in self._derived:
            self._derived[make] = make(self)
        found: Made = self._derived[make]
        return found

    def of_kind(self, kind: str, *, group: str | None = None) -> Sequence[IndexedObject]:
        """All objects of a kind, in any namespace."""
        found = self.derived(_by_kind).get(kind, ())
        if group is None or not found:
            return found
        narrowed = self.derived(_by_group)
        if (kind, group) not in narrowed:
            narrowed[kind, group] = [one for one in found if one.group == group]
        return narrowed[kind, group]

    @property
    def workloads(self) -> Sequence[IndexedObject]:
        """All objects that hold pods."""
        return self.derived(_workloads)

    def named(self, kind: str, name: str | None) -> Sequence[IndexedObject]:
        """All objects of that kind and name, of any API group and in any namespace."""
        return self.derived(_by_name).get((kind, name), ())

    def find(self, kind: str, name: str, namespace: str | None) -> IndexedObject | None:
        """The object of that name in a namespace; an object without one may be in any."""
        return next((one for one in self.named(kind, name) if may_share(one.namespace, namespace)), None)

    def running_as(self, account: str, namespace: str | None) -> list[tuple[IndexedObject, Trail]]:
        """The workloads that run as a service account, with the trails of their pod specs."""
        found = self.derived(_by_account).get(account, ())
        return [(one, pod) for one, pod in found if may_share(one.namespace, namespace)]

    def built_image(self, image: object, declared: Mapping[str, str]) -> BuiltImage | None:
        """What the project builds under that name, if that is certain; `declared` is what policy says."""
        if not self.builds or not isinstance(image, str):
            return None
        from tollgate.model.builds import name_of

        name = name_of(image)
        return None if name is None else self.built_images(declared).get(name)

    def built_images(self, declared: Mapping[str, str]) -> Mapping[str, BuiltImage]:
        """What the project builds, by the image's name."""
        from tollgate.model.builds import built_images

        if self._built is None:
            self._built = built_images(self.builds, self.of_kind("Config", group="skaffold"), declared)
        return self._built

    def images_from(self, dockerfiles: Sequence[str], declared: Mapping[str, str]) -> list[str]:
        """The names of the images that are built from these Dockerfiles."""
        built = self.built_images(declared) if self.builds else {}
        return [name for name, image in built.items() if image.dockerfile.path in dockerfiles]


def _by_kind(project: Project) -> dict[str, list[IndexedObject]]:
    found: dict[str, list[IndexedObject]] = {}
    for one in project.objects:
        found.setdefault(one.kind, []).append(one)
    return found


def _by_group(_project: Project) -> dict[tuple[str, str], list[IndexedObject]]:
    """Filled as groups are asked for."""
    return {}


def _by_name(project: Project) -> dict[tuple[str, str | None], list[IndexedObject]]:
    found: dict[tuple[str, str | None], list[IndexedObject]] = {}
    for one in project.objects:
        found.setdefault((one.kind, one.name), []).append(one)
    return found


def _by_account(project: Project) -> dict[str, list[tuple[IndexedObject, Trail]]]:
    found: dict[str, list[tuple[IndexedObject, Trail]]] = {}
    for one in project.workloads:
        for pod in one.pods if not one.partial else ():
            found.setdefault(account_of(one, pod), []).append((one, pod))
    return found


def account_of(workload: IndexedObject, pod: Trail) -> str:
    """The name of the service account that a pod spec runs as."""
    name = workload.at(*pod, "serviceAccountName") or workload.at(*pod, "serviceAccount")
    return name if isinstance(name, str) else "default"


def _workloads(project: Project) -> Sequence[IndexedObject]:
    return [one for one in project.objects if one.pods]


def may_share(one: str | None, other: str | None) -> bool:
    """Whether two namespaces can be the same: one that is not written may become any (`kubectl -n`)."""
    return one is None or other is None or one == other
