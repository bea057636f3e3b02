"""Targets that are just a passage of text: what a reader reports, what looks like a secret."""

from __future__ import annotations

from tollgate.model.finding import RelatedSpan
from tollgate.model.node import Node, Scalar, Trail
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target


class Passage:
    """A stretch of a file with named facts. `subject` is what it stands in, if that is known."""

    __slots__ = ("_identity", "document", "facts", "noun", "related", "source", "span", "subject", "trail")

    def __init__(
        self,
        noun: str,
        source: Source,
        span: Span,
        facts: dict[str, str | bool],
        *,
        identity: tuple[str, ...] = (),
        related: tuple[RelatedSpan, ...] = (),
        subject: Target | None = None,
        document: int = 0,
        trail: Trail = (),
    ) -> None:
        self.noun = noun
        self.source = source
        self.span = span
        self.facts = facts
        self._identity = identity
        self.related = related
        self.subject = subject
        self.document = document
        self.trail = trail

    node: Node | None = None

    @property
    def object_name(self) -> str | None:
        return None if self.subject is None else self.subject.object_name

    @property
    def object_kind(self) -> str | None:
        return None if self.subject is None else self.subject.object_kind

    def field(self, name: str) -> Field:
        """A fact; it stands nowhere itself, so that the mask over the passage is not over it."""
        fact = self.facts.get(name)
        return None if fact is None else Scalar(fact, self.span.start, self.span.start)

    def owner(self, noun: str) -> Target | None:
        if noun == self.noun:
            return self
        return None if self.subject is None else self.subject.owner(noun)

    def grip(self) -> Span:
        return self.span

    def identity(self) -> tuple[str, ...]:
        return self._identity if self.subject is None else (*self.subject.identity(), *self._identity)
