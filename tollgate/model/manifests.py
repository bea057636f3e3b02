"""A YAML or JSON file as manifests: what rules can select in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence as Seq

from tollgate.model.component_names import may_configure_component, may_run_component
from tollgate.model.documents import Document, YamlText
from tollgate.model.finding import InputProblem, Note
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.kubernetes import (
    CONTAINER_LISTS,
    KIND_GROUPS,
    Container,
    Manifest,
    Part,
    Pod,
    items_at,
    text_at,
)
from tollgate.model.kubernetes_security import added_capabilities, security_contexts
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, child, descend
from tollgate.model.rbac import binding_subjects, role_rules
from tollgate.model.source import Source
from tollgate.model.target import Comment, Target

if TYPE_CHECKING:
    from tollgate.model.compose import Service

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


class ManifestFile:
    """The artifact of a YAML or JSON file. `manifests` are in document order, list items one by one."""

    __slots__ = ("_by_start", "_by_trail", "_keys", "_selected", "_services", "manifests", "source", "text")

    def __init__(self, text: YamlText) -> None:
        self.text = text
        self.source: Source = text.source
        self.manifests: list[Manifest] = []
        self._by_trail: dict[tuple[int, Trail], Manifest] | None = None
        self._by_start: list[Manifest] | None = None
        self._selected: dict[str, Seq[Target]] = {}
        self._services: list[Service] | None = None
        self._keys: frozenset[str] | None = None
        for document in text.documents:
            self.manifests += _manifests_of(text.source, document)

    @property
    def problems(self) -> Seq[InputProblem]:
        return self.text.problems

    @property
    def notes(self) -> Seq[Note]:
        return self.text.notes

    def comments(self) -> Seq[Comment]:
        return self.text.comments()

    def root(self, document: int) -> Node | None:
        return self.text.documents[document].root

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset([manifest.kind for manifest in self.manifests])

    @property
    def keys(self) -> frozenset[str]:
        """Every key of every mapping, as the runtime sees them."""
        if self._keys is None:
            documents = self.text.documents
            known = [document.keys for document in documents if document.keys is not None]
            self._keys = _keys_below(document.root for document in documents if document.keys is None)
            self._keys = self._keys.union(*known)
        return self._keys

    def select(self, noun: str) -> Seq[Target]:
        if noun not in self._selected:
            self._selected[noun] = self._find(noun)
        return self._selected[noun]

    def manifest_named(self, document: int, trail: Trail) -> Manifest | None:
        """The manifest at that trail of that document."""
        if self._by_trail is None:
            self._by_trail = {(one.document, one.trail): one for one in self.manifests}
        return self._by_trail.get((document, trail))

    def manifest_at(self, offset: int) -> Manifest | None:
        """The manifest whose text holds the offset."""
        if self._by_start is None:
            # Items that are aliases stand where their anchor does: the first of them speaks.
            places: dict[int, Manifest] = {}
            for one in self.manifests:
                places.setdefault(one.node.start, one)
            self._by_start = [places[start] for start in sorted(places)]
        index = bisect_right(self._by_start, offset, key=lambda one: one.node.start)
        found = self._by_start[index - 1] if index else None
        return found if found is not None and offset < found.node.end else None

    @property
    def pods(self) -> list[Pod]:
        return [pod for manifest in self.manifests for pod in manifest.pods]

    @property
    def containers(self) -> list[Container]:
        return [container for pod in self.pods for container in pod.containers]

    @property
    def services(self) -> list[Service]:
        """The services, if this is a Compose file."""
        if self._services is None:
            self._services = []
            if "services" in self.source.text:
                from tollgate.model.compose import services_of  # only where there may be some

                for one in self.text.documents:
                    self._services += services_of(self.source, one.index, one.root)
        return self._services

    def _find(self, noun: str) -> Seq[Target]:
        finder = NOUNS.get(noun)
        if finder is not None:
            return list(finder(self))
        if noun[:1].isupper():
            kind, _, group = noun.partition(".")
            groups = frozenset({group}) if group else KIND_GROUPS.get(kind)
            return [
                manifest
                for manifest in self.manifests
                if manifest.kind == kind and (groups is None or manifest.group in groups)
            ]
        return ()


def _keys_below(roots: Iterable[Node | None]) -> frozenset[str]:
    keys: set[str] = set()
    seen: set[int] = set()
    todo = [root for root in roots if root is not None]
    while todo:
        node = todo.pop()
        if type(node) is Scalar or id(node) in seen:
            continue
        seen.add(id(node))
        if type(node) is Mapping:
            keys.update(node.entries)
            todo += [entry.value for entry in node.entries.values()]
        elif type(node) is Sequence:
            todo += node.items
    return frozenset(keys)


def _manifests_of(source: Source, document: Document) -> Iterator[Manifest]:
    todo: list[tuple[Mapping, Trail, str, str]] = []
    root = document.root
    if isinstance(root, Mapping):
        todo.append((root, (), "", ""))
    while todo:
        node, trail, default_version, default_kind = todo.pop()
        kind = text_at(node, "kind") or default_kind
        api_version = text_at(node, "apiVersion") or default_version
        if not kind or not api_version:
            continue
        if kind.endswith("List") and isinstance(node.get("items"), Sequence):
            version, item_kind = ("", "") if kind == "List" else (api_version, kind.removesuffix("List"))
            todo.extend(
                (item, (*trail, "items", index), version, item_kind)
                for index, item in reversed(list(items_at(node, "items")))
            )
        else:
            assert root is not None
            yield Manifest(source, document.index, root, node, trail, api_version=api_version, kind=kind)


def _listed(file: ManifestFile, key: str, noun: str) -> Iterator[Target]:
    for container in file.containers:
        for index, item in items_at(container.node, key):
            yield Part(noun, container, item, (*container.trail, key, index))


def _volumes(file: ManifestFile) -> Iterator[Target]:
    for pod in file.pods:
        for index, item in items_at(pod.node, "volumes"):
            yield Part("volume", pod, item, (*pod.trail, "volumes", index))


def _sysctls(file: ManifestFile) -> Iterator[Target]:
    for pod in file.pods:
        for index, item in items_at(pod.node.get("securityContext"), "sysctls"):
            yield Part("sysctl", pod, item, (*pod.trail, "securityContext", "sysctls", index))


def _probes(file: ManifestFile) -> Iterator[Target]:
    for container in file.containers:
        for key in PROBES:
            node = container.node.get(key)
            if isinstance(node, Mapping):
                kind = Scalar(key.removesuffix("Probe"), node.start, node.end)
                yield Part("probe", container, node, (*container.trail, key), {"type": kind})


def _images(file: ManifestFile) -> Iterator[Target]:
    """Images of containers and Compose services, and image volumes; the field `reference` is the text."""
    for pod in file.pods:
        for container in pod.containers:
            yield from _image(container, container.node, container.trail, "image", "container")
        for index, volume in items_at(pod.node, "volumes"):
            trail = (*pod.trail, "volumes", index, "image")
            yield from _image(pod, volume.get("image"), trail, "reference", "volume")
    if file.services:
        from tollgate.model.compose_images import images

        yield from images(file.services)


def _image(owner: Pod | Container, node: Node | None, trail: Trail, key: str, use: str) -> Iterator[Target]:
    text = child(node, key)
    if isinstance(text, Scalar) and isinstance(text.value, str):
        extra: dict[str, object] = {"reference": text, "use": Scalar(use, text.start, text.end)}
        yield Part("image", owner, text, (*trail, key), extra)  # type: ignore[arg-type]


def _added_capabilities(file: ManifestFile) -> Iterator[Target]:
    yield from added_capabilities(file.containers)
    if file.services:
        from tollgate.model.compose_parts import added_by_services

        yield from added_by_services(file.services)


def _service_volumes(file: ManifestFile) -> Iterator[Target]:
    if file.services:
        from tollgate.model.compose_parts import volumes_of

        for service in file.services:
            yield from volumes_of(service)


def _service_ports(file: ManifestFile) -> Iterator[Target]:
    if file.services:
        from tollgate.model.compose_parts import ports_of

        for service in file.services:
            yield from ports_of(service)


def _metadata_entries(key: str, noun: str) -> Callable[[ManifestFile], Iterator[Target]]:
    def entries(file: ManifestFile) -> Iterator[Target]:
        for manifest in file.manifests:
            yield from _entries(manifest, (*manifest.trail, "metadata", key), noun)
            for pod in manifest.pods:
                if pod.metadata_trail != (*manifest.trail, "metadata"):
                    yield from _entries(pod, (*pod.metadata_trail, key), noun)

    return entries


def _entries(owner: Manifest | Pod, trail: Trail, noun: str) -> Iterator[Target]:
    manifest = owner if isinstance(owner, Manifest) else owner.manifest
    node = descend(manifest.root, trail)
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            key = Scalar(name, entry.key_start, entry.key_end)
            yield Part(noun, owner, entry.value, (*trail, name), {"key": key, "value": entry.value})


def _components(file: ManifestFile) -> Iterator[Target]:
    if any(map(may_run_component, file.containers)) or any(map(may_configure_component, file.manifests)):
        from tollgate.model.component import components

        yield from components(file.containers, file.manifests)


NOUNS: dict[str, Callable[[ManifestFile], Iterator[Target]]] = {
    "manifest": lambda file: iter(file.manifests),
    "workload": lambda file: (manifest for manifest in file.manifests if manifest.pods),
    "pod": lambda file: iter(file.pods),
    "container": lambda file: iter(file.containers),
    "volume": _volumes,
    "env": lambda file: _listed(file, "env", "env"),
    "env-from": lambda file: _listed(file, "envFrom", "env-from"),
    "port": lambda file: _listed(file, "ports", "port"),
    "volume-mount": lambda file: _listed(file, "volumeMounts", "volume-mount"),
    "probe": _probes,
    "image": _images,
    "sysctl": _sysctls,
    "security-context": lambda file: security_contexts(file.pods),
    "added-capability": _added_capabilities,
    "compose": lambda file: iter({id(one.manifest): one.manifest for one in file.services}.values()),
    "service": lambda file: iter(file.services),
    "service-volume": _service_volumes,
    "service-port": _service_ports,
    "annotation": _metadata_entries("annotations", "annotation"),
    "label": _metadata_entries("labels", "label"),
    "role-rule": lambda file: role_rules(file.manifests),
    "binding-subject": lambda file: binding_subjects(file.manifests),
    "component": _components,
}
"""What can be selected in a manifest file, beside any Kind."""

_LISTS_OF_CONTAINERS = frozenset(key for key, _ in CONTAINER_LISTS)

NOUN_KEYS: dict[str, frozenset[str]] = {
    "workload": frozenset({"spec"}),
    "pod": frozenset({"spec"}),
    "container": _LISTS_OF_CONTAINERS,
    "volume": frozenset({"volumes"}),
    "env": frozenset({"env"}),
    "env-from": frozenset({"envFrom"}),
    "port": frozenset({"ports"}),
    "volume-mount": frozenset({"volumeMounts"}),
    "probe": frozenset(PROBES),
    "sysctl": frozenset({"sysctls"}),
    "security-context": frozenset({"spec"}),
    "added-capability": frozenset({"capabilities", "cap_add"}),
    "compose": frozenset({"services"}),
    "service": frozenset({"services"}),
    "service-volume": frozenset({"services"}),
    "service-port": frozenset({"services"}),
    "annotation": frozenset({"annotations"}),
    "label": frozenset({"labels"}),
    "role-rule": frozenset({"rules"}),
    "binding-subject": frozenset({"subjects"}),
}
"""Keys of each noun: a file with none of them holds none of it. A noun that is not here may be anywhere."""

COMPUTED_FIELDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("manifest", "workload", "pod", "volume", "env", "env-from", "port", "volume-mount", "sysctl"),
        frozenset[str](),
    ),
    "container": frozenset({"effective", "role", "long-running"}),
    "security-context": frozenset({"effective", "subject", "of-pod"}),
    "probe": frozenset({"type"}),
    "role-rule": frozenset({"rule", "reserved"}),
    "binding-subject": frozenset(),
}
"""The nouns whose fields are their mapping's own keys, each with those that are made up instead."""
