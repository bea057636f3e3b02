"""What a change to a single key of a policy takes away from the gate: which way its values go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from tollgate.model.hints import Any, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.record import NamedTuple

_TEXT_SHOWN = 60


class PolicyChange(NamedTuple):
    """`trail`: where it stands in the new policy, or would; `at_key`: the key tells it better than its value.
    `sure`: it weakens; else it changes what is found in a way that a reviewer has to judge."""

    trail: Trail
    message: str
    sure: bool = True
    at_key: bool = True


def mark(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + '…'}`"


def added_to(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int, Any]]:
    known = {mark(item) for item in old}
    return [(index, item) for index, item in enumerate(new) if mark(item) not in known]


def dotted(trail: Trail) -> str:
    return f"`{'.'.join(str(part) for part in trail)}`"


Compare: TypeAlias = Callable[[Trail, Any, Any], Iterator[PolicyChange]]


def _unsure(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """The deepest keys that differ."""
    todo = [(trail, old, new)]
    while todo:
        at, was, now = todo.pop()
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            keys = [key for key in sorted({*was, *now}) if mark(was.get(key)) != mark(now.get(key))]
            todo += [((*at, key), was.get(key), now.get(key)) for key in keys]
        else:
            yield PolicyChange(at, f"{dotted(at)} changes", sure=False)


def _section(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """Part after part, where it is known which way a part goes."""
    if new is None and len(trail) == 1:
        yield PolicyChange(trail, f"{dotted(trail)} is gone, and with it the rules that go by it")
        return
    for key in sorted({*(old or {}), *(new or {})}):
        was, now = (old or {}).get(key), (new or {}).get(key)
        if mark(was) != mark(now):
            compare = _PARTS.get((str(trail[-1]), key), _unsure)
            yield from compare((*trail, key), was, now)


def _opens(what: str) -> Compare:
    """A list or mapping whose new entries let more through."""

    def compare(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
        if isinstance(new, Mapping):
            for key in sorted(new):
                if (old or {}).get(key) != new[key]:
                    yield PolicyChange((*trail, key), f"{shown(key)} {what}")
            return
        for index, item in added_to(old or [], new or []):
            yield PolicyChange((*trail, index), f"{shown(item)} {what}", at_key=False)

    return compare


def _demands(what: str) -> Compare:
    """A list or mapping whose entries ask for something."""

    def compare(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
        if isinstance(old, Mapping):
            for key in sorted(old):
                if (new or {}).get(key) != old[key]:
                    yield PolicyChange((*trail, key), f"{shown(key)} {what}")
            return
        for _, item in added_to(new or [], old or []):
            yield PolicyChange(trail, f"{shown(item)} {what}")

    return compare


def _passed_over(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """Patterns of files that are not linted; `!` takes one back."""
    for index, pattern in added_to(old or [], new or []):
        if not pattern.startswith("!"):
            yield PolicyChange(
                (*trail, index), f"files that match {shown(pattern)} are passed over", at_key=False
            )
    for _, pattern in added_to(new or [], old or []):
        if pattern.startswith("!"):
            yield PolicyChange(trail, f"files that match {shown(pattern[1:])} are passed over again")
    reordered = sorted(old or []) == sorted(new or [])
    if reordered and any(pattern.startswith("!") for pattern in new or []):
        yield PolicyChange(trail, f"the order of {dotted(trail)} changes, and the last one wins", sure=False)


def _looked_at(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """`include`: with none, every file is looked at."""
    if new and not old:
        yield PolicyChange(trail, "only files that match these patterns are looked at now")
    elif new:
        yield from _demands("is not looked at any more")(trail, old, new)
        for index, pattern in added_to(old, new):
            if pattern.startswith("!"):
                message = f"{shown(pattern[1:])} is not looked at any more"
                yield PolicyChange((*trail, index), message, at_key=False)


def _file_kinds(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """`dockerfiles`, `manifests`: a pattern may take files in, or have them read as the other kind."""
    yield from _demands("is not looked at by its pattern any more")(trail, old, new)
    for index, pattern in added_to(old or [], new or []):
        message = f"files that match {shown(pattern)} are read as {trail[-1]}"
        yield PolicyChange((*trail, index), message, sure=False, at_key=False)


def _falls(*order: object, default: object, what: str) -> Compare:
    """`order`: the values, strictest first."""

    def compare(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
        was, now = (default if one is None else one for one in (old, new))
        if order.index(now) > order.index(was):
            yield PolicyChange(
                trail, f"{dotted(trail)} goes from {shown(was)} to {shown(now)}: {what}", at_key=False
            )

    return compare


def _scope(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """Where something is demanded: everywhere, nowhere, or in some files and namespaces."""
    if new is True or not old:
        return
    if old is True or not new:
        yield PolicyChange(trail, f"{dotted(trail)} holds in fewer places")
        return
    for key in ("paths", "namespaces"):
        yield from _passed_in_scope((*trail, key), old.get(key), new.get(key))


def _passed_in_scope(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    yield from _demands("is out of its scope")(trail, old, new)
    for index, pattern in added_to(old or [], new or []):
        if pattern.startswith("!"):
            yield PolicyChange((*trail, index), f"{shown(pattern[1:])} is out of its scope", at_key=False)


def _locks(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    yield from _demands("is not locked any more")(trail, old, new)


def _most_days(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    if old is not None and (new is None or new > old):
        yield PolicyChange(trail, "suppressions may hold longer")


def _another_baseline(trail: Trail, _old: Any, _new: Any) -> Iterator[PolicyChange]:
    yield PolicyChange(trail, "another file says which findings are accepted", at_key=False)


_KEYS: Mapping[str, Compare] = {
    "fail-on": _falls(
        "note", "warning", "error", "never", default="warning", what="less of what is found fails"
    ),
    "include": _looked_at,
    "exclude": _passed_over,
    "extend-exclude": _passed_over,
    "dockerfiles": _file_kinds,
    "manifests": _file_kinds,
    "peer-suppressions": _falls(
        "off", "report", "honour", default="report", what="other linters' comments silence more"
    ),
    "strict-input": _falls(True, False, default=False, what="what cannot be linted passes"),
    "locked": _locks,
    "baseline": _another_baseline,
    "ratchet": _falls(True, False, default=False, what="findings may become more"),
    "suppressions": _section,
    "images": _section,
    "vault": _section,
    "mesh": _section,
    "segmentation": _section,
    "labels": _section,
    "hardening": _section,
}

_PARTS: Mapping[tuple[str, ...], Compare] = {
    ("suppressions", "require-until"): _falls(True, False, default=False, what="suppressions need no end"),
    ("suppressions", "require-approver"): _falls(
        True, False, default=False, what="suppressions need nobody who agrees"
    ),
    ("suppressions", "max-days"): _most_days,
    ("images", "official"): _falls(False, True, default=True, what="Docker official images are allowed"),
    ("images", "internal"): _opens("is allowed"),
    ("images", "development"): _demands("is not refused in production any more"),
    ("images", "production"): _scope,
    ("images", "nonroot"): _opens("is taken as a base that does not run as root"),
    ("vault", "required"): _scope,
    ("mesh", "required"): _scope,
    ("mesh", "injection"): _opens("counts as a sidecar"),
    ("labels", "required"): _demands("is not demanded in that way any more"),
    ("labels", "closed"): _falls(True, False, default=False, what="images may have other labels"),
    ("hardening", "run"): _demands("need not run any more"),
    ("hardening", "copy-from"): _demands("need not be copied from any more"),
}


def key_changes(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """How the value of a policy's key weakens the gate, where the values differ. A longer trail ends with a
    section and a part of it."""
    compare = _KEYS.get(str(trail[0])) if len(trail) == 1 else _PARTS.get((str(trail[-2]), str(trail[-1])))
    yield from (compare or _unsure)(trail, old, new)
