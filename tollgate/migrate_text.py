"""A policy that `tollgate migrate` writes, with what it is from in comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tollgate.migrate_model import Lost
from tollgate.model.hints import Any
from tollgate.model.masked import visible
from tollgate.model.node import Trail
from tollgate.model.record import NamedTuple
from tollgate.policy_text import scalar

_ORDER = ("profile", "fail-on", "peer-suppressions", "exclude", "images", "labels", "rules", "overrides")
_COLUMN = 44


class Line(NamedTuple):
    """A value of the policy and what to say of it."""

    trail: Trail
    value: Any
    said: str


def as_policy(lines: Sequence[Line], *, paths: Sequence[str], lost: Sequence[Lost], profile: str) -> str:
    """The text of the policy file."""
    from tollgate.config_starter import SCHEMA

    head = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "#",
        f"# From {', '.join(paths)}, by `tollgate migrate`.",
        "# What Tollgate finds beyond them is not turned off; `tollgate lint --compare TOOL` shows it.",
        f"profile: {profile}",
    ]
    ordered = sorted(lines, key=lambda line: _ORDER.index(str(line.trail[0])))
    tree: dict[str, Any] = {}
    for line in ordered:
        _put(tree, line)
    body = list(_written(tree, ""))
    foot = []
    if lost:
        foot = ["", "# Without counterpart, or not quite the same:"]
        foot += [f"#   {one}" for one in lost]
    return "".join(f"{visible(text)}\n" for text in (*head, *body, *foot))


def _put(tree: dict[str, Any], line: Line) -> None:
    *above, last = line.trail
    for key in above:
        tree = tree.setdefault(str(key), {})
    tree[str(last)] = line


def _written(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, Line):
            yield from _entry(key, value, indent)
        elif all(key.isdigit() for key in value):
            yield f"{indent}{key}:"
            for line in value.values():
                yield from _item(line.value, f"{indent}  ")
        else:
            yield f"{indent}{scalar(key)}:"
            yield from _written(value, f"{indent}  ")


def _entry(key: str, line: Line, indent: str) -> Iterator[str]:
    head = f"{indent}{scalar(key)}:"
    if isinstance(line.value, list):
        yield _with_comment(head, line.said)
        for item in line.value:
            yield f"{indent}  - {scalar(item)}"
    else:
        yield _with_comment(f"{head} {scalar(line.value)}", line.said)


def _item(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    paths = ", ".join(scalar(path) for path in value["paths"])
    yield f"{indent}- paths: [{paths}]"
    yield f"{indent}  rules:"
    for name, setting in value["rules"].items():
        yield f"{indent}    {name}: {scalar(setting)}"


def _with_comment(text: str, said: str) -> str:
    return f"{text:{_COLUMN}}  # {said}" if said else text
