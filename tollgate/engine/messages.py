"""A rule's message for one problem. Nothing masked gets into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map
from functools import lru_cache
from itertools import islice

from tollgate.model import lazy_re as re
from tollgate.model.node import UNKNOWN, Mapping, Scalar, Sequence
from tollgate.model.record import NamedTuple
from tollgate.model.source import MASK, Source
from tollgate.model.target import Target
from tollgate.vocabulary import Getter, RuleError, getter, parse_path

_PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
_LONGEST = 120
_MOST_ITEMS = 60
"""More would be cut off anyway."""


class _Slot(NamedTuple):
    """A `{name}` of a template with the text before it; `get` is None where the name is no path."""

    before: str
    name: str
    written: str
    get: Getter | None


@lru_cache(maxsize=1024)  # of each rule's message, hardly ever more
def _slots(template: str) -> tuple[tuple[_Slot, ...], str]:
    """A template cut at its placeholders, and what follows the last."""
    slots = []
    at = 0
    for found in _PLACEHOLDER.finditer(template):
        try:
            get = getter(parse_path(found[1]))
        except RuleError:
            get = None
        slots.append(_Slot(template[at : found.start()], found[1], found[0], get))
        at = found.end()
    return tuple(slots), template[at:]


def render(template: str, target: Target, fields: Map[str, object]) -> str:
    """Fill `{field}`s from `fields`, else from the target by path, then leave out secrets."""
    source = target.source
    slots, rest = _slots(template)
    parts: list[str] = []
    for before, name, written, get in slots:
        if name in fields:
            text = shown(fields[name], source)
        elif get is None:
            text = written
        else:
            field = get(target)
            text = _ordinal(target) if field is None and name == "name" else shown(field, source)
        parts += (before, text)
    return source.scrub("".join((*parts, rest)))


def _ordinal(target: Target) -> str:
    """What to call a target without a name: its place in the list, else its object."""
    if target.trail and isinstance(target.trail[-1], int):
        return f"{target.trail[-2]}[{target.trail[-1]}]" if len(target.trail) > 1 else f"#{target.trail[-1]}"
    return target.object_name or target.object_kind or "?"


def shown(value: object, source: Source) -> str:
    """A value as messages say it: YAML's spelling, one line, at most 120 characters. Of a list its scalars,
    of a mapping its keys; an object is called by its name."""
    if value is None:
        return ""
    if value is UNKNOWN:
        return "(not known before run time)"
    if isinstance(value, bool):
        return "true" if value else "false"
    # A secret that is cut in the middle would not be found afterwards.
    text = " ".join(_text(value, source).split())
    return text if len(text) <= _LONGEST else f"{source.scrub(text)[:_LONGEST]}…"


def _text(value: object, source: Source) -> str:
    if isinstance(value, Scalar):
        masked = source.is_masked(value.start, value.end)
        return MASK if masked else shown(value.value, source)
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(islice(value.entries, _MOST_ITEMS))
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(_item(item, source) for item in value))
    items = value.items if isinstance(value, Sequence) else value
    if isinstance(items, tuple | list):
        return ", ".join(_item(item, source) for item in islice(items, _MOST_ITEMS))
    return _called(value, source)


def _item(item: object, source: Source) -> str:
    """An item of a list. What is deeper is not gone into: the input decides how deep it is."""
    if isinstance(item, Mapping):
        return "{…}"
    if isinstance(item, Sequence | tuple | list | set | frozenset):
        return "[…]"
    return shown(item, source)


def _called(value: object, source: Source) -> str:
    """What to call another target, such as the container of a port."""
    field: Callable[[str], object] | None = getattr(value, "field", None)
    if field is None:
        raise TypeError(f"a message has a field that is a {type(value).__name__}")
    name = field("name")
    return "" if name is None else shown(name, source)
