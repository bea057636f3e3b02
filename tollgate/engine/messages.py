"""A rule's message for one problem. Nothing masked gets into it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tollgate.model.node import UNKNOWN, Scalar, Sequence
from tollgate.model.source import MASK, Source
from tollgate.model.target import Field, Target
from tollgate.vocabulary import RuleError, getter, parse_path

_PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
_LONGEST = 120


def render(template: str, target: Target, fields: Mapping[str, object]) -> str:
    """Fill `{field}`s from `fields`, else from the target by path, then leave out secrets."""

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        if name in fields:
            return shown(fields[name], target.source)
        try:
            field = getter(parse_path(name))(target)
        except RuleError:
            return found[0]
        if field is None and name == "name":
            return _ordinal(target)
        return shown(field, target.source)

    return target.source.scrub(_PLACEHOLDER.sub(filled, template))


def _ordinal(target: Target) -> str:
    """What to call a target without a name: its place in the list, else its object."""
    if target.trail and isinstance(target.trail[-1], int):
        return f"{target.trail[-2]}[{target.trail[-1]}]" if len(target.trail) > 1 else f"#{target.trail[-1]}"
    return target.object_name or target.object_kind or "?"


def shown(value: Field | object, source: Source) -> str:
    """A value as messages say it: YAML's spelling, one line, at most 120 characters."""
    if isinstance(value, Scalar):
        if source.is_masked(value.start, value.end):
            return MASK
        value = value.value
    if isinstance(value, Sequence):
        value = ", ".join(shown(item, source) for item in value.items if isinstance(item, Scalar))
    if value is None:
        return ""
    if value is UNKNOWN:
        return "(not known before run time)"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    # A secret that is cut in the middle would not be found afterwards.
    return text if len(text) <= _LONGEST else f"{source.scrub(text)[:_LONGEST]}…"
