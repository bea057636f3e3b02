"""The small pieces of a Dockerfile: directives, flags, pairs and here-documents, with their places."""

from __future__ import annotations

from functools import lru_cache

from tollgate.model.node import Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.source import Span

KEYWORD_NAMES = (
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
)


@lru_cache(maxsize=512)  # a file in another language asks for the same words again and again
def nearest_keyword(word: str) -> str | None:
    """The keyword that an unknown one was probably meant to be."""
    from difflib import get_close_matches

    near = get_close_matches(word[:40].upper(), KEYWORD_NAMES, 1)
    return near[0] if near else None


class Directive(NamedTuple):
    """A parser directive, `# name=value`, before anything else. `name` is lower-case."""

    name: str
    value: Scalar
    start: int
    end: int


class Flag(NamedTuple):
    """`--name=value` between keyword and arguments. `value` has its quotes removed, as BuildKit does.

    `value` is None where there is no `=`. `start`, `end` span the whole flag.
    """

    name: str
    value: Scalar | None
    start: int
    end: int


class Pair(NamedTuple):
    """`key=value` of ENV, ARG or LABEL, as written: quotes and `$` still in it.

    `value` is None for `ARG key`.
    """

    key: Scalar
    value: Scalar | None


class HereDocument(NamedTuple):
    """A here-document of RUN, COPY or ADD (also behind ONBUILD).

    start, end   the body: whole lines, from the first up to the line that ends it
    pieces       the body as its reader gets it: one span a line, without the tabs that `<<-` strips
    expand       variables in it are expanded: no part of the name was quoted
    word         the `<<NAME` word in the instruction's arguments
    """

    name: str
    start: int
    end: int
    pieces: tuple[Span, ...]
    expand: bool
    strip_tabs: bool
    word: Span
