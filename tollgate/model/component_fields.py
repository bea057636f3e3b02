"""The flags of a component as a target, so that rules' paths go through it by their names."""

from __future__ import annotations

from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import Node, Trail
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target

if TYPE_CHECKING:
    from tollgate.model.component import Component


class FlagsOf:
    """The flags of a component by name, as written or as they count."""

    __slots__ = ("component", "effective")
    noun = "flags"

    def __init__(self, component: Component, *, effective: bool) -> None:
        self.component = component
        self.effective = effective

    @property
    def source(self) -> Source:
        return self.component.source

    @property
    def node(self) -> Node | None:
        return None

    @property
    def document(self) -> int:
        return self.component.document

    @property
    def trail(self) -> Trail:
        return self.component.trail

    @property
    def object_name(self) -> str | None:
        return self.component.object_name

    @property
    def object_kind(self) -> str | None:
        return self.component.object_kind

    def field(self, name: str) -> Field:
        return self.component.value(name) if self.effective else self.component.flag(name)

    def field_trail(self, name: str) -> Trail | None:
        return self.component.flag_trail(name)

    def owner(self, noun: str) -> Target | None:
        return self.component.owner(noun)

    def grip(self) -> Span:
        return self.component.grip()

    def identity(self) -> tuple[str, ...]:
        return self.component.identity()
