"""One document read from the events of libyaml, with its refusals in our words.

Imported only when a document needs it: ruamel.yaml takes longer to import than a simple document to lint.
"""

from __future__ import annotations

from collections.abc import Callable

from _ruamel_yaml import CParser  # type: ignore[import-not-found]
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from tollgate.model.documents import Limits
from tollgate.model.hints import Any
from tollgate.parsers.yaml_build import Builder
from tollgate.parsers.yaml_colons import colon_refused, stand_in, with_colons, without_colons
from tollgate.parsers.yaml_problems import RefusedError
from tollgate.parsers.yaml_split import BREAKS, Piece, directive_count

_MOST_DIRECTIVES = 64
_MOST_COLONS = 8
"""How often a document is read again for colons that its text alone does not tell from keys'."""

_POINTS_TO_CONTEXT = ("found unexpected end of stream", "could not find expected ':'")


def build(text: str, piece: Piece, limits: Limits, *, compose: bool = False) -> Builder:
    """Build the document `piece` of `text`. Raises RefusedError where kubectl or a bound refuses it."""
    return _Reading(text, limits, compose=compose).build(piece)


class _Reading:
    """What stays the same while one document is read once or several times."""

    __slots__ = ("_compose", "_limits", "_text")

    def __init__(self, text: str, limits: Limits, *, compose: bool) -> None:
        self._text = text
        self._limits = limits
        self._compose = compose

    def build(self, piece: Piece) -> Builder:
        start = piece.start + (self._text[piece.start : piece.start + 1] == "\ufeff")
        text = self._text[start : piece.end]
        directives = directive_count(text) if "%" in text else 0
        if directives > _MOST_DIRECTIVES:
            raise RefusedError(
                "parse-error", start, start + 1, "kubectl refuses `%` lines, and here are very many"
            )
        try:
            return self._built(start, CParser(text).get_event)
        except YAMLError as error:
            if colon_refused(error) is None or directives:
                raise self._refusal(error, start, piece.end) from None
            return self._build_with_colons(text, start, piece.end, error)

    def _built(self, start: int, get_event: Callable[[], Any]) -> Builder:
        builder = Builder(self._text, start, self._limits, compose=self._compose)
        builder.run(get_event)
        return builder

    def _build_with_colons(self, text: str, start: int, end: int, error: YAMLError) -> Builder:
        """Build what libyaml 0.1 and not kubectl refuses; `error` is how it did so. At most a few passes."""
        filler = stand_in(text)
        hidden = without_colons(text, filler) if filler else text
        for _ in range(_MOST_COLONS if filler else 0):
            try:
                return self._built(start, with_colons(CParser(hidden).get_event, filler))
            except YAMLError as next_error:
                error = next_error
                at = colon_refused(error)
                if at is None:
                    break
                hidden = f"{hidden[:at]}{filler}{hidden[at + 1 :]}"
        raise self._refusal(error, start, end) from None

    def _refusal(self, error: YAMLError, start: int, end: int) -> RefusedError:
        """The parser's error with its place. Parsers name tokens and characters, never whole values."""
        if isinstance(error, ReaderError):
            before = self._text[start:end].encode("utf-8", "replace")[: error.position]
            at = start + len(before.decode("utf-8", "ignore"))
            return RefusedError(
                "parse-error", at, self._one_after(at), "control characters are not allowed in YAML"
            )
        at, message = start, "this is no YAML"
        if isinstance(error, MarkedYAMLError):
            mark = error.problem_mark
            if error.context_mark is not None and error.problem in _POINTS_TO_CONTEXT:
                mark = error.context_mark
            at = start if mark is None else self._last_visible(start, min(start + mark.index, end - 1))
            message = f"{error.problem or message}{f' {error.context}' if error.context else ''}"
        return RefusedError("parse-error", at, self._one_after(at), message)

    def _last_visible(self, start: int, at: int) -> int:
        """`at`, or the last character before it that can be underlined, if a line ends at `at`."""
        if self._text[at] not in BREAKS:
            return at
        return max(len(self._text[start:at].rstrip()) - 1, 0) + start

    def _one_after(self, at: int) -> int:
        return min(at + 1, len(self._text))
