"""YAML and JSON files as documents, before anything is known of Kubernetes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tollgate.model.finding import InputProblem, Note
from tollgate.model.hints import Literal
from tollgate.model.node import Node
from tollgate.model.record import NamedTuple
from tollgate.model.source import Source
from tollgate.model.target import Comment


class Limits(NamedTuple):
    """Bounds on what is read; beyond any of them a file is a finding, not a crash."""

    file_bytes: int = 5 * 1024 * 1024
    nesting: int = 200
    expansion: int = 20
    """Expanded nodes may be this many times the written ones …"""
    expansion_floor: int = 10_000
    """… and any document may expand to this many."""
    documents: int = 20_000


class Document:
    """One document. `start`, `end`: offsets of its text between separators.

    state      ok: `root` is its content; empty: nothing but comments; broken: `problems` of the file
               say why; template: no parser can read it and it holds `{{` outside comments and quotes
    keys       those of all its mappings, if the reader came by them
    """

    __slots__ = ("end", "index", "keys", "root", "start", "state")

    def __init__(
        self,
        index: int,
        start: int,
        end: int,
        root: Node | None,
        state: Literal["ok", "empty", "broken", "template"],
    ) -> None:
        self.index = index
        self.start = start
        self.end = end
        self.root = root
        self.state = state
        self.keys: frozenset[str] | None = None


class YamlText:
    """A file's documents with what the reader has to say about them."""

    __slots__ = ("_find_comments", "documents", "notes", "problems", "source")

    def __init__(
        self,
        source: Source,
        documents: Sequence[Document],
        problems: Sequence[InputProblem],
        notes: Sequence[Note],
        find_comments: Callable[[], Sequence[Comment]],
    ) -> None:
        self.source = source
        self.documents = documents
        self.problems = problems
        self.notes = notes
        self._find_comments = find_comments

    def comments(self) -> Sequence[Comment]:
        return self._find_comments()
