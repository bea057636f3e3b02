"""Manifests and what stands in them: workloads, pods, containers and their parts.

Which objects hold pods: every built-in kind, `List`s, and custom resources that carry a pod
template. Containers are always regular, init and ephemeral ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.hints import TYPE_CHECKING, Any, TypeAlias, Union
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, child, descend, key_place, place_of
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target

if TYPE_CHECKING:
    from tollgate.model.compose import Service

POD_PATHS: dict[str, tuple[frozenset[str], Trail]] = {
    # kind: (API groups, trail of the object that holds the pod's `metadata` and `spec`).
    # Nothing but a slip puts a Deployment into the core group (`apiVersion: v1`), so it is read as one.
    "Pod": (frozenset({""}), ()),
    "PodTemplate": (frozenset({""}), ("template",)),
    "ReplicationController": (frozenset({""}), ("spec", "template")),
    "ReplicaSet": (frozenset({"", "apps", "extensions"}), ("spec", "template")),
    "Deployment": (frozenset({"", "apps", "extensions"}), ("spec", "template")),
    "DaemonSet": (frozenset({"", "apps", "extensions"}), ("spec", "template")),
    "StatefulSet": (frozenset({"", "apps"}), ("spec", "template")),
    "Job": (frozenset({"", "batch"}), ("spec", "template")),
    "CronJob": (frozenset({"", "batch"}), ("spec", "jobTemplate", "spec", "template")),
    "DeploymentConfig": (frozenset({"", "apps.openshift.io"}), ("spec", "template")),
}

BUILTIN_GROUPS = frozenset({"", "apps", "batch", "extensions", "autoscaling", "policy", "apps.openshift.io"})
"""Beside these, every group that ends in `.k8s.io` without a further dot before it is built in."""

KIND_GROUPS: dict[str, frozenset[str]] = {
    # Kinds whose name other API groups use too; a rule that selects one means the built-in.
    "Service": frozenset({""}),
    "Secret": frozenset({""}),
    "ConfigMap": frozenset({""}),
    "ServiceAccount": frozenset({""}),
    "Namespace": frozenset({""}),
    "Node": frozenset({""}),
    "Role": frozenset({"rbac.authorization.k8s.io"}),
    "ClusterRole": frozenset({"rbac.authorization.k8s.io"}),
    "RoleBinding": frozenset({"rbac.authorization.k8s.io"}),
    "ClusterRoleBinding": frozenset({"rbac.authorization.k8s.io"}),
    "Ingress": frozenset({"networking.k8s.io", "extensions"}),
    "NetworkPolicy": frozenset({"networking.k8s.io", "extensions"}),
    "PodDisruptionBudget": frozenset({"", "policy"}),
    "HorizontalPodAutoscaler": frozenset({"", "autoscaling"}),
    **{kind: groups for kind, (groups, _) in POD_PATHS.items()},
}

CONTAINER_LISTS = (
    ("containers", "regular"),
    ("initContainers", "init"),
    ("ephemeralContainers", "ephemeral"),
)

LONG_RUNNING_EXEMPT = frozenset({"Job", "CronJob"})

_POD_LEVEL_FIELDS = frozenset(
    {
        "runAsUser",
        "runAsGroup",
        "runAsNonRoot",
        "seLinuxOptions",
        "seccompProfile",
        "appArmorProfile",
        "windowsOptions",
    }
)
"""Fields of a container's security context that the pod's provides a default for (API reference)."""

Owner: TypeAlias = Union["Manifest", "Pod", "Container", "Part", "Service"]


class Manifest:
    """One Kubernetes object. `trail` leads to it from its document's root (an item of a list).

    `partial`: it is a patch that a kustomization applies to another object, so nothing can be said
    about what it lacks.
    """

    __slots__ = (
        "_grip",
        "_pods",
        "api_version",
        "document",
        "kind",
        "name",
        "namespace",
        "node",
        "partial",
        "root",
        "source",
        "trail",
    )
    noun = "manifest"

    def __init__(
        self,
        source: Source,
        document: int,
        root: Node,
        node: Mapping,
        trail: Trail,
        *,
        api_version: str,
        kind: str,
    ) -> None:
        self.source = source
        self.document = document
        self.root = root
        self.node = node
        self.trail = trail
        self.api_version = api_version
        self.kind = kind
        metadata = node.get("metadata")
        self.name = text_at(metadata, "name") or text_at(metadata, "generateName")
        self.namespace = text_at(metadata, "namespace")
        self.partial = False
        self._pods: tuple[Pod, ...] | None = None
        self._grip: Span | None = None

    @property
    def group(self) -> str:
        """The API group; "" is the core group."""
        head, slash, _ = self.api_version.rpartition("/")
        return head if slash else ""

    @property
    def object_name(self) -> str | None:
        return self.name

    @property
    def object_kind(self) -> str | None:
        return self.kind

    @property
    def metadata(self) -> Node | None:
        return self.node.get("metadata")

    @property
    def pods(self) -> tuple[Pod, ...]:
        """Every pod (template) embedded in this object."""
        if self._pods is None:
            self._pods = tuple(_pods_of(self))
        return self._pods

    def field(self, name: str) -> Field:
        return self.node.get(name)

    def owner(self, noun: str) -> Target | None:
        if noun == "manifest" or (noun == "workload" and self.pods):
            return self
        return None

    def grip(self) -> Span:
        """The `kind` value; for an item of a typed list without one, its name, else its start."""
        if self._grip is None:
            self._grip = _manifest_grip(self)
        return self._grip

    def identity(self) -> tuple[str, ...]:
        return (self.kind, self.namespace or "", self.name or "")


class Pod:
    """A pod or pod template. `trail` leads to its `spec`, which `node` is."""

    __slots__ = ("_containers", "_grip", "document", "holder", "manifest", "node", "source", "trail")
    noun = "pod"

    def __init__(self, manifest: Manifest, holder: Mapping | None, node: Mapping, trail: Trail) -> None:
        self.manifest = manifest
        self.holder = holder
        self.node = node
        self.trail = trail
        self.source = manifest.source
        self.document = manifest.document
        self._containers: tuple[Container, ...] | None = None
        self._grip: Span | None = None

    @property
    def object_name(self) -> str | None:
        return self.manifest.name

    @property
    def object_kind(self) -> str | None:
        return self.manifest.kind

    @property
    def metadata(self) -> Node | None:
        """The pod's own metadata (the template's, for a workload)."""
        return None if self.holder is None else self.holder.get("metadata")

    @property
    def metadata_trail(self) -> Trail:
        return (*self.trail[:-1], "metadata")

    @property
    def containers(self) -> tuple[Container, ...]:
        """Regular, init and ephemeral containers, in that order."""
        if self._containers is None:
            self._containers = tuple(_containers_of(self))
        return self._containers

    @property
    def is_windows(self) -> bool:
        return text_at(self.node.get("os"), "name") == "windows"

    @property
    def is_long_running(self) -> bool:
        return self.manifest.kind not in LONG_RUNNING_EXEMPT

    def field(self, name: str) -> Field:
        if name == "metadata":
            return self.metadata
        return self.node.get(name)

    def owner(self, noun: str) -> Target | None:
        if noun == "pod":
            return self
        return self.manifest if noun in ("manifest", "workload") else None

    def grip(self) -> Span:
        """The `spec` key that holds it."""
        if self._grip is None:
            place = key_place(self.manifest.root, self.trail)
            self._grip = self.manifest.grip() if place is None else Span(place.start, place.end)
        return self._grip

    def identity(self) -> tuple[str, ...]:
        return (*self.manifest.identity(), *trail_identity(self.manifest.root, self.trail))


class Container:
    """A container of a pod. `role`: "regular", "init" or "ephemeral"."""

    __slots__ = ("_grip", "document", "manifest", "name", "node", "pod", "role", "source", "trail")
    noun = "container"

    def __init__(self, pod: Pod, node: Mapping, trail: Trail, role: str) -> None:
        self.pod = pod
        self.manifest = pod.manifest
        self.node = node
        self.trail = trail
        self.role = role
        self.source = pod.source
        self.document = pod.document
        self.name = text_at(node, "name")
        self._grip: Span | None = None

    @property
    def object_name(self) -> str | None:
        return self.manifest.name

    @property
    def object_kind(self) -> str | None:
        return self.manifest.kind

    @property
    def is_sidecar(self) -> bool:
        """An init container that keeps running beside the others (KEP-753)."""
        return self.role == "init" and text_at(self.node, "restartPolicy") == "Always"

    @property
    def is_long_running(self) -> bool:
        return self.pod.is_long_running and (self.role == "regular" or self.is_sidecar)

    def effective(self, name: str) -> tuple[Node | None, Trail]:
        """A security-context field as the kubelet applies it, and where it is (or would be) set.

        The container's own value counts, else the pod's where the API has one; null is absent.
        """
        own = ("securityContext", name)
        node = descend(self.node, own)
        if not is_null(node):
            return node, (*self.trail, *own)
        if name in _POD_LEVEL_FIELDS:
            node = descend(self.pod.node, own)
            if not is_null(node):
                return node, (*self.pod.trail, *own)
        return None, (*self.trail, *own)

    def field(self, name: str) -> Field:
        if name == "effective":
            return EffectiveSecurity(self)
        if name == "role":
            return Scalar(self.role, *self.grip())
        if name == "long-running":
            return Scalar(self.is_long_running, *self.grip())
        return self.node.get(name)

    def owner(self, noun: str) -> Target | None:
        if noun == "container":
            return self
        return self.pod.owner(noun)

    def grip(self) -> Span:
        """The value of `name`, else the item's dash."""
        if self._grip is None:
            self._grip = named_item_grip(self.manifest, self.node, self.trail)
        return self._grip

    def identity(self) -> tuple[str, ...]:
        return (*self.manifest.identity(), *trail_identity(self.manifest.root, self.trail))


class EffectiveSecurity:
    """A container's security context with the pod's defaults filled in."""

    __slots__ = ("container",)
    noun = "effective"

    def __init__(self, container: Container) -> None:
        self.container = container

    @property
    def source(self) -> Source:
        return self.container.source

    @property
    def node(self) -> Node | None:
        return None

    @property
    def document(self) -> int:
        return self.container.document

    @property
    def trail(self) -> Trail:
        return (*self.container.trail, "securityContext")

    @property
    def object_name(self) -> str | None:
        return self.container.object_name

    @property
    def object_kind(self) -> str | None:
        return self.container.object_kind

    def field(self, name: str) -> Field:
        return self.container.effective(name)[0]

    def field_trail(self, name: str) -> Trail:
        return self.container.effective(name)[1]

    def owner(self, noun: str) -> Target | None:
        return self.container.owner(noun)

    def grip(self) -> Span:
        return self.container.grip()

    def identity(self) -> tuple[str, ...]:
        return self.container.identity()


class Part:
    """Anything smaller: a volume, env entry, port, probe, annotation, label, sysctl, image.

    `node` may be a scalar (an image, a label's value). `extra` holds computed fields, `worked_out` what the
    checks of this noun keep of it for one another.
    """

    __slots__ = ("document", "extra", "manifest", "node", "noun", "parent", "source", "trail", "worked_out")

    def __init__(
        self, noun: str, parent: Owner, node: Node, trail: Trail, extra: dict[str, Field] | None = None
    ) -> None:
        self.noun = noun
        self.parent = parent
        self.manifest: Manifest = parent if isinstance(parent, Manifest) else parent.manifest
        self.node = node
        self.trail = trail
        self.extra = extra
        self.worked_out: tuple[Any, ...] | None = None
        self.source = self.manifest.source
        self.document = self.manifest.document

    @property
    def object_name(self) -> str | None:
        return self.parent.object_name

    @property
    def object_kind(self) -> str | None:
        return self.parent.object_kind

    def field(self, name: str) -> Field:
        if self.extra is not None and name in self.extra:
            return self.extra[name]
        return child(self.node, name)

    def field_trail(self, name: str) -> Trail:
        """Where a field is: a computed one that repeats this node's value stands where the node does."""
        own = self.extra is not None and self.extra.get(name) is self.node
        return self.trail if own else (*self.trail, name)

    def owner(self, noun: str) -> Target | None:
        return self if noun == self.noun else self.parent.owner(noun)

    def grip(self) -> Span:
        if isinstance(self.trail[-1], str):
            place = key_place(self.manifest.root, self.trail)
            if place is not None:
                return Span(place.start, place.end)
        return named_item_grip(self.manifest, self.node, self.trail)

    def identity(self) -> tuple[str, ...]:
        return (*self.manifest.identity(), *trail_identity(self.manifest.root, self.trail))


def text_at(node: Node | None, key: str) -> str | None:
    """The string at `key`, None if there is none or it is no string."""
    value = child(node, key)
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None


def is_null(node: Node | None) -> bool:
    """Absent, or an explicit null, which the API treats alike."""
    return node is None or (type(node) is Scalar and node.value is None)


def items_at(node: Node | None, key: str) -> Iterator[tuple[int, Mapping]]:
    """The items of the list at `key` that are mappings, with their indices."""
    items = child(node, key)
    if isinstance(items, Sequence):
        for index, item in enumerate(items.items):
            if isinstance(item, Mapping):
                yield index, item


def trail_identity(root: Node, trail: Trail) -> Iterator[str]:
    """The trail with list items called by what their kind is known by, else by their ordinal, so that another
    item above changes the identity of none."""
    node: Node | None = root
    for key in trail:
        node = child(node, key)
        yield _item_identity(node, key) if isinstance(key, int) else key


_ITEM_KEYS = ("name", "key", "host", "path", "mountPath", "containerPort", "port", "topologyKey", "image")
_RULE_KEYS = ("apiGroups", "resources", "nonResourceURLs")
"""What a rule of a role is about; the verbs are what findings are about."""


def _item_identity(node: Node | None, index: int) -> str:
    if not isinstance(node, Mapping):
        return str(index)
    for key in _ITEM_KEYS:
        value = node.get(key)
        if isinstance(value, Scalar) and value.value is not None:
            return f"[{value.value}]" if key == "name" else f"[{key}={value.value}]"
    lists = [node.get(key) for key in _RULE_KEYS]
    words = [
        ",".join(str(item.value) for item in one.items if isinstance(item, Scalar))
        for one in lists
        if isinstance(one, Sequence)
    ]
    return f"[{'/'.join(words)}]" if words else str(index)


def named_item_grip(manifest: Manifest, node: Node, trail: Trail) -> Span:
    if isinstance(node, Mapping) and not is_null(node.get("name")):
        place = place_of(manifest.root, (*trail, "name"))
        if place is not None:
            return Span(place.start, place.end)
    return _item_grip(manifest.source, manifest.root, trail)


def _manifest_grip(manifest: Manifest) -> Span:
    for trail in (("kind",), ("metadata", "name")):
        place = place_of(manifest.root, (*manifest.trail, *trail))
        if place is not None:
            return Span(place.start, place.end)
    return _item_grip(manifest.source, manifest.root, manifest.trail)


def _item_grip(source: Source, root: Node, trail: Trail) -> Span:
    """The item's dash, or its first character in flow style."""
    place = key_place(root, trail) if trail else place_of(root, trail)
    if place is None:
        return Span(0, 0)
    if trail and isinstance(trail[-1], int):
        head = source.text[: place.start].rstrip()
        if head.endswith("-"):
            return Span(len(head) - 1, len(head))
    return Span(place.start, min(place.end, place.start + 1))


def _pods_of(manifest: Manifest) -> Iterator[Pod]:
    known = POD_PATHS.get(manifest.kind)
    if known is not None and manifest.group in known[0]:
        trails = [(*manifest.trail, *known[1])]
    elif is_builtin_group(manifest.group):
        return
    else:
        trails = list(_pod_template_trails(manifest))
    for trail in trails:
        holder = descend(manifest.root, trail)
        spec = child(holder, "spec")
        if isinstance(holder, Mapping) and isinstance(spec, Mapping):
            yield Pod(manifest, holder, spec, (*trail, "spec"))


def is_builtin_group(group: str) -> bool:
    return group in BUILTIN_GROUPS or (group.endswith(".k8s.io") and not group.endswith(".x-k8s.io"))


def _pod_template_trails(manifest: Manifest) -> Iterator[Trail]:
    """Where a custom resource holds `{metadata, spec: {containers: […]}}`, outermost first."""
    todo: list[tuple[Node, Trail]] = [(manifest.node, manifest.trail)]
    while todo:
        node, trail = todo.pop()
        if isinstance(node, Mapping):
            if _is_pod_spec(node.get("spec")):
                yield trail
                continue
            todo.extend((entry.value, (*trail, key)) for key, entry in reversed(node.entries.items()))
        elif isinstance(node, Sequence):
            todo.extend((item, (*trail, index)) for index, item in reversed(list(enumerate(node.items))))


def _is_pod_spec(node: Node | None) -> bool:
    containers = child(node, "containers")
    return (
        isinstance(containers, Sequence)
        and bool(containers.items)
        and all(
            isinstance(item, Mapping) and ("image" in item.entries or "name" in item.entries)
            for item in containers.items
        )
    )


def _containers_of(pod: Pod) -> Iterator[Container]:
    for key, role in CONTAINER_LISTS:
        for index, node in items_at(pod.node, key):
            yield Container(pod, node, (*pod.trail, key, index), role)
