"""What the settings of another linter come to, before they are a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tollgate.files import MAX_POLICY_BYTES, read_file
from tollgate.model.hints import Any, Literal, TypeAlias
from tollgate.model.node import Node, Trail, descend, key_place, place_of, to_plain
from tollgate.model.record import NamedTuple
from tollgate.model.source import Source, decode
from tollgate.schema_check import read_document

Wish: TypeAlias = Literal["off", "error", "warning", "note", "on"]
"""What is asked for a check: no findings, a severity, or findings of whatever severity."""


class MigrateError(Exception):
    """The settings of another linter cannot be read, or the policy cannot be written; the text says why."""


class Asked(NamedTuple):
    """What a linter's settings ask for one of its checks. `paths`: only there; empty: everywhere."""

    check: str
    wish: Wish
    path: str
    line: int
    paths: tuple[str, ...] = ()


class Setting(NamedTuple):
    """A key of the policy, with its value and the place that asks for it."""

    trail: Trail
    value: Any
    path: str
    line: int
    said: str


class Lost(NamedTuple):
    """What has no counterpart, or a different one, and why."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class Reading(NamedTuple):
    """The settings of one linter.

    on        which of its checks are on if nobody says anything: all (None), or these
    except_on those of all that are not
    """

    peer: str
    paths: tuple[str, ...]
    asked: tuple[Asked, ...] = ()
    settings: tuple[Setting, ...] = ()
    lost: tuple[Lost, ...] = ()
    on: frozenset[str] | None = None
    except_on: frozenset[str] = frozenset()


class Document:
    """A YAML file with settings: values with their lines."""

    __slots__ = ("_root", "_source", "path", "plain")

    def __init__(self, path: str, source: Source, root: Node | None) -> None:
        self.path = path
        self._source = source
        self._root = root
        self.plain = to_plain(root)

    def get(self, *trail: str) -> Any:
        """The value at a trail of keys; None if there is none."""
        return to_plain(descend(self._root, trail)) if self._root is not None else None

    def line(self, trail: Trail) -> int:
        """The line of the value at a trail, or of the nearest above it that is there."""
        for length in range(len(trail), 0, -1):
            place = None if self._root is None else place_of(self._root, trail[:length])
            if place is not None:
                return self._source.position(place.start).line
        return 1

    def texts(self, *trail: str) -> Iterator[tuple[str, int]]:
        """The texts of a list, or of one text with commas, each with its line."""
        value = self.get(*trail)
        if isinstance(value, str):
            yield from ((part.strip(), self.line(trail)) for part in value.split(",") if part.strip())
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, str | int | float) and not isinstance(item, bool):
                yield from (
                    (part.strip(), self.line((*trail, index)))
                    for part in str(item).split(",")
                    if part.strip()
                )

    def entries(self, *trail: str) -> Iterator[tuple[str, Any, int]]:
        """The entries of a mapping with their lines."""
        value = self.get(*trail)
        for key, item in value.items() if isinstance(value, dict) else ():
            place = None if self._root is None else key_place(self._root, (*trail, key))
            yield key, item, 1 if place is None else self._source.position(place.start).line


def read_text(root: str, path: str) -> str:
    """A text file below the root. Raises MigrateError."""
    import os

    content = read_file(os.path.join(root, path), limit=MAX_POLICY_BYTES)
    if content.state != "ok":
        raise MigrateError(f"{path}: cannot be read: {content.detail}")
    return decode(path, content.data).text


def read_settings(root: str, path: str) -> Document:
    """A YAML file below the root. Raises MigrateError."""
    import os

    content = read_file(os.path.join(root, path), limit=MAX_POLICY_BYTES)
    if content.state != "ok":
        raise MigrateError(f"{path}: cannot be read: {content.detail}")
    source = decode(path, content.data)
    root_node, _, problems = read_document(source, whole="a file of settings")
    if problems:
        raise MigrateError(str(problems[0]))
    return Document(path, source, root_node)


class Draft:
    """Collects what a reader finds in one file."""

    __slots__ = ("asked", "document", "lost", "settings")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.asked: list[Asked] = []
        self.settings: list[Setting] = []
        self.lost: list[Lost] = []

    def ask(self, check: str, wish: Wish, line: int, paths: Sequence[str] = ()) -> None:
        self.asked.append(Asked(check, wish, self.document.path, line, tuple(paths)))

    def set(self, trail: Trail, value: Any, at: Trail, said: str) -> None:
        self.settings.append(Setting(trail, value, self.document.path, self.document.line(at), said))

    def lose(self, line: int, message: str) -> None:
        self.lost.append(Lost(self.document.path, line, message))

    def exclude(self, patterns: Sequence[tuple[str, int]]) -> None:
        """Patterns of paths to pass over; those that point out of the repository mean nothing to us."""
        from tollgate.model.globs import pattern_problem

        for written, line in patterns:
            pattern = written.removeprefix("./")
            reason = "it lies outside the repository" if pattern.startswith(("/", "~", "..")) else ""
            reason = reason or pattern_problem(pattern) or ""
            if reason:
                self.lose(line, f"the path {written!r} is not excluded: {reason}")
            else:
                trail: Trail = ("exclude", len([one for one in self.settings if one.trail[0] == "exclude"]))
                self.settings.append(Setting(trail, pattern, self.document.path, line, ""))

    def unknown(self, known: Mapping[str, str]) -> None:
        """Say of each key at the top what is wrong with it: nothing where `known` has no word on it."""
        for key, _, line in self.document.entries():
            if known.get(key, "is not known here"):
                self.lose(line, f"`{key}` {known.get(key, 'is not known here')}")

    def reading(self, peer: str, **fields: Any) -> Reading:
        return Reading(
            peer,
            (self.document.path,),
            tuple(self.asked),
            tuple(self.settings),
            tuple(self.lost),
            **fields,
        )
