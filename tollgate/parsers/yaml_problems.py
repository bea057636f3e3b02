"""What the YAML and JSON readers say: reasons to refuse a document, and problems of one that is read."""

from __future__ import annotations

from tollgate.model.finding import InputProblem, RelatedSpan
from tollgate.model.node import Alias, Entry

MOST_PROBLEMS = 1_000
"""Problems told per document: hostile input could hold a million, and one already fails the file."""

_LONGEST_KEY = 60


class RefusedError(Exception):
    """The document cannot be built: kubectl refuses it, or a bound of ours does."""

    def __init__(self, code: str, start: int, end: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.start = start
        self.end = end
        self.message = message


def too_deep(nesting: int, start: int, end: int) -> RefusedError:
    return RefusedError("not-linted-too-deep", start, end, f"collections are nested more than {nesting} deep")


def shown(key: str) -> str:
    """A key as messages quote it. Values are never quoted: they may be secrets."""
    return key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "…"


class Problems:
    """Collects the problems of one document, up to a bound.

    `compose`: Compose reads it, not kubectl or kustomize, so what they read differently does not matter.
    """

    __slots__ = ("_compose", "found")

    def __init__(self, *, compose: bool = False) -> None:
        self.found: list[InputProblem] = []
        self._compose = compose

    def word(self, key: str | None, value: object, start: int, end: int) -> None:
        """A plain word is a boolean to kubectl only; `key` is the last one on the way to it."""
        where = f"`{shown(key)}`: " if key is not None else ""
        told = "true" if value else "false"
        message = f"{where}kubectl reads this word as the boolean {told}, kustomize as a string"
        self._add("read-differently", start, end, message)

    def key(self, written: str, key: str, start: int, end: int) -> None:
        message = f"kubectl reads the key `{shown(written)}` as `{key}`, kustomize as it is written: quote it"
        self._add("read-differently", start, end, message)

    def duplicate(self, key: str, first: Entry, last: Entry) -> None:
        meaning = "kubectl merges both" if key == "<<" else "only the last one counts"
        told = "Compose refuses the file" if self._compose else f"{meaning}, kustomize refuses the file"
        related = RelatedSpan("first written here", first.key_start, first.key_end)
        message = f"the key `{shown(key)}` is written twice: {told}"
        self._add("duplicate-key", last.key_start, last.key_end, message, related)

    def merge(self, key: str, written: Entry, use: Alias) -> None:
        """A value is merged in after it was written, so that kubectl and kustomize take different ones."""
        message = f"`{shown(key)}`: kubectl takes the value merged in below, kustomize the one written here"
        related = RelatedSpan("the value is merged in here", use.start, use.end)
        place = written.alias or written.value
        self._add("read-differently", place.start, place.end, message, related)

    def _add(self, code: str, start: int, end: int, message: str, *related: RelatedSpan) -> None:
        if self._compose and code == "read-differently":
            return
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(InputProblem(code, start, end, message, related))
