"""Security contexts and capabilities as targets: one thing to select where the API has two levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tollgate.model.kubernetes import Container, Part, Pod, named_item_grip
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, descend, key_place
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target

KEY = "securityContext"


class SecurityContext:
    """The security context of a pod or container, written or not. `holder` is that pod or container.

    Its fields are its own keys; `effective` those with the pod's defaults, `subject` what messages
    call the holder.
    """

    __slots__ = ("document", "holder", "manifest", "source", "trail")
    noun = "security-context"

    def __init__(self, holder: Pod | Container) -> None:
        self.holder = holder
        self.manifest = holder.manifest
        self.source: Source = holder.source
        self.document = holder.document
        self.trail: Trail = (*holder.trail, KEY)

    @property
    def node(self) -> Node | None:
        """The mapping that is written; None if there is none."""
        node = self.holder.node.get(KEY)
        return node if isinstance(node, Mapping) else None

    @property
    def object_name(self) -> str | None:
        return self.holder.object_name

    @property
    def object_kind(self) -> str | None:
        return self.holder.object_kind

    @property
    def pod(self) -> Pod:
        return self.holder.pod if isinstance(self.holder, Container) else self.holder

    @property
    def of_pod(self) -> bool:
        return isinstance(self.holder, Pod)

    @property
    def subject(self) -> str:
        """ "container `web`" or "pod"; a container without a name goes by its place in the list."""
        if isinstance(self.holder, Pod):
            return "pod"
        name = self.holder.name or f"{self.holder.trail[-2]}[{self.holder.trail[-1]}]"
        return f"container `{name}`"

    def field(self, name: str) -> Field:
        if name == "effective":
            return self.holder.field(name) if isinstance(self.holder, Container) else self.node
        if name == "subject":
            return Scalar(self.subject, *self.grip())
        if name == "of-pod":
            return Scalar(self.of_pod, *self.grip())
        return None if self.node is None else descend(self.node, (name,))

    def field_trail(self, name: str) -> Trail:
        return (*self.trail, name)

    def owner(self, noun: str) -> Target | None:
        return self if noun == self.noun else self.holder.owner(noun)

    def grip(self) -> Span:
        """The `securityContext` key, else what stands for the pod or container."""
        if self.node is not None:
            place = key_place(self.manifest.root, self.trail)
            if place is not None:
                return Span(place.start, place.end)
        if isinstance(self.holder, Container):
            return named_item_grip(self.manifest, self.holder.node, self.holder.trail)
        return self.holder.grip()

    def identity(self) -> tuple[str, ...]:
        return (*self.holder.identity(), KEY)


def security_contexts(pods: Iterable[Pod]) -> Iterator[Target]:
    """Of each pod, then of each of its containers."""
    for pod in pods:
        yield SecurityContext(pod)
        for container in pod.containers:
            yield SecurityContext(container)


def added_capabilities(containers: Iterable[Container]) -> Iterator[Target]:
    """Every element of a container's `capabilities.add`.

    Fields: `name` as written; `short` in capitals without `CAP_`, which is what container runtimes
    make of it (CRI-O takes the prefix, containerd lower case).
    """
    below = (KEY, "capabilities", "add")
    for container in containers:
        added = descend(container.node, below)
        for index, item in enumerate(added.items if isinstance(added, Sequence) else ()):
            if isinstance(item, Scalar) and isinstance(item.value, str):
                short = Scalar(short_capability(item.value), item.start, item.end)
                extra: dict[str, Field] = {"name": item, "short": short}
                yield Part("added-capability", container, item, (*container.trail, *below, index), extra)


def short_capability(name: str) -> str:
    return name.upper().removeprefix("CAP_")
