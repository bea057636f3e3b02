"""A policy as YAML text, each value with a comment that says where it is from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from tollgate.model import lazy_re as re
from tollgate.model.hints import Any
from tollgate.model.masked import visible
from tollgate.model.node import Trail

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
# What YAML takes for something else than a text.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_COLUMN = 44
# Deeper than anything of a policy but the values of options: those stand in one line.
_DEEPEST = 8


def as_yaml(
    plain: Mapping[str, Any], origins: Mapping[Trail, str], *, files: Sequence[str], own_rules: Sequence[str]
) -> str:
    """The text; without values, one that says that there are none."""
    head = ["# Merged from, the last one wins:", *(f"#   {name}" for name in files)] if files else []
    if own_rules:
        head += ["# Rules of its own:", *(f"#   {name}" for name in own_rules)]
    body = [_with_comment(text, origin) for text, origin in _mapping(plain, (), origins, "")]
    return "".join(f"{visible(line)}\n" for line in (*head, *(body or ["{}"])))


def _with_comment(text: str, origin: str) -> str:
    return f"{text:{_COLUMN}}  # {origin}" if origin else text


def _mapping(
    plain: Mapping[str, Any], trail: Trail, origins: Mapping[Trail, str], indent: str
) -> Iterator[tuple[str, str]]:
    for key, value in plain.items():
        yield from _entry(f"{indent}{scalar(key)}:", value, (*trail, key), origins, f"{indent}  ")


def _entry(
    head: str, value: Any, trail: Trail, origins: Mapping[Trail, str], indent: str
) -> Iterator[tuple[str, str]]:
    origin = origins.get(trail, "")
    if not isinstance(value, dict | list) or not value or len(trail) > _DEEPEST:
        yield f"{head} {scalar(value)}", origin
    elif isinstance(value, dict):
        yield head, "" if any(at[: len(trail)] == trail and at != trail for at in origins) else origin
        yield from _mapping(value, trail, origins, indent)
    else:
        yield head, ""
        for index, item in enumerate(value):
            at = (*trail, index)
            lines = [(f"{indent}- {scalar(item)}", origins.get(at, origin))]
            if isinstance(item, dict) and item:
                inner = list(_mapping(item, at, origins, f"{indent}  "))
                first, _ = inner[0]
                lines = [(f"{indent}- {first.lstrip()}", origins.get(at, origin)), *inner[1:]]
            yield from lines


def scalar(value: Any) -> str:
    """A value in one line, as YAML that means just that."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
