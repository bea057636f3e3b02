"""What rules select and files offer: the two protocols between the model and the engine."""

from __future__ import annotations

from collections.abc import Sequence as Seq

from tollgate.model.finding import InputProblem, Note
from tollgate.model.hints import Protocol, TypeAlias, Union
from tollgate.model.node import Node, Trail
from tollgate.model.record import NamedTuple
from tollgate.model.source import Source, Span


class Target(Protocol):
    """Something a rule can select: a container, a stage, a command …

    Rule paths run from it: `field` gives the value of a path's first key, either a node (whose own
    keys follow) or another target. Names are kebab- or camelCase as written in rules.
    """

    @property
    def source(self) -> Source: ...

    @property
    def node(self) -> Node | None:
        """The YAML node that paths run through; None for parts of a Dockerfile."""

    @property
    def document(self) -> int:
        """Index of the YAML document; 0 for Dockerfiles."""

    @property
    def trail(self) -> Trail:
        """Keys from the document's root to `node`; () for parts of a Dockerfile."""

    @property
    def object_name(self) -> str | None: ...

    @property
    def object_kind(self) -> str | None: ...

    def field(self, name: str) -> Node | Target | None:
        """The value called `name`, None if absent. A value that cannot be known is UNKNOWN."""

    def owner(self, noun: str) -> Target | None:
        """The enclosing target of that noun (`pod` of a container, `stage` of an instruction)."""

    def grip(self) -> Span:
        """The token that stands for this target where something is missing."""

    def identity(self) -> tuple[str, ...]:
        """What names this target in its file whatever line it is on; goes into fingerprints."""


Field: TypeAlias = Union[Node, Target, None]  # noqa: UP007


class Comment(NamedTuple):
    """A comment with its text after `#`, stripped.

    `start`, `end` are offsets of the whole comment. `first_line`, `last_line` (1-based) are the lines
    a suppression in it covers: the line it stands on, or what follows if it stands alone.
    """

    start: int
    end: int
    text: str
    first_line: int
    last_line: int


class Artifact(Protocol):
    """A parsed file."""

    @property
    def source(self) -> Source: ...

    @property
    def problems(self) -> Seq[InputProblem]: ...

    @property
    def notes(self) -> Seq[Note]: ...

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its objects, or the keywords of its instructions: the nouns in capitals it has."""

    @property
    def keys(self) -> frozenset[str] | None:
        """Every key of its mappings; None for what is no tree of keys."""

    def select(self, noun: str) -> Seq[Target]:
        """All targets of a noun, in document order; empty for a noun this kind of file lacks."""

    def comments(self) -> Seq[Comment]:
        """Every comment, in order; computed when first asked for."""
