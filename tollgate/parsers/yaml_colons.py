"""Flow scalars with `:` in them (`{image: nginx:1.25}`), which libyaml 0.1 refuses and kubectl reads.

The same text with such colons as another character of the same length is read by the same parser, so that
places, bounds and all else that it refuses stay as they are; afterwards scalars get their colons back.
"""

from __future__ import annotations

from collections.abc import Callable

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent

from tollgate.model import lazy_re as re
from tollgate.model.hints import Any

_FIRST, _LAST = 0xE000, 0xE0FF
"""Characters for private use: the parsers take them for letters."""

_COLONS = re.compile(
    r"""(?<![^\s,\[\]{}])[!&*][^\s,\[\]{}]*(?:[ \t]+:)?"""  # tags, anchors and aliases are no scalars
    r"""|(?<=[^\s,\[\]{}?"':])[ \t]*(:+)"""
)
"""Runs of colons that stand after a letter: no key and no value of flow collections begins there."""


def colon_refused(error: YAMLError) -> int | None:
    """Where the `:` is, if that is what was refused: all that libyaml 0.1 and not kubectl refuses."""
    if not isinstance(error, MarkedYAMLError) or error.problem != "found unexpected ':'":
        return None
    mark = error.problem_mark
    return None if mark is None else int(mark.index)


def stand_in(text: str) -> str:
    """A character that the text does not hold; "" if there is none left."""
    return next((char for char in map(chr, range(_FIRST, _LAST)) if char not in text), "")


def without_colons(text: str, filler: str) -> str:
    """The text with `filler` for each colon that can only be part of a scalar."""

    def replaced(found: re.Match[str]) -> str:
        run = found[1]
        if not run:
            return found[0]
        following = text[found.end() : found.end() + 1]
        ends_key = not following or following.isspace()
        kept = ":" if ends_key else ""
        return f"{found[0][: -len(run)]}{filler * (len(run) - len(kept))}{kept}"

    return _COLONS.sub(replaced, text)


def with_colons(get_event: Callable[[], Any], filler: str) -> Callable[[], Any]:
    """The events of a text without colons, as they are with them."""

    def get() -> Any:
        event = get_event()
        if type(event) is ScalarEvent and filler in event.value:
            event.value = event.value.replace(filler, ":")
        return event

    return get
