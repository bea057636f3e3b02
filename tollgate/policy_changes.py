"""What a change to a policy takes away from the gate.

Where it can be said, only what weakens it is told: a rule that goes off or milder, a file that is passed
over, a registry that becomes allowed. Of other changes nobody but a reviewer can say which way they go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from tollgate.config import policy_from_plain
from tollgate.engine.select import severity_in
from tollgate.model.finding import SEVERITIES
from tollgate.model.hints import Any, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.policy import PathSettings, Policy, policy_for_path
from tollgate.model.record import NamedTuple
from tollgate.model.rule import AnyRule

Plain: TypeAlias = Mapping[str, Any]

_MOST_CHANGES = 100
_NAMES_SHOWN = 3
_TEXT_SHOWN = 60


class PolicyChange(NamedTuple):
    """`trail`: where it stands in the new policy, or would; `at_key`: the key tells it better than its value.
    `sure`: it weakens; else it changes what is found in a way that a reviewer has to judge."""

    trail: Trail
    message: str
    sure: bool = True
    at_key: bool = True


def policy_changes(old: Plain, new: Plain, rules: Sequence[AnyRule]) -> list[PolicyChange]:
    """How `new` weakens the gate that `old` is, by plain content of right policies; the first hundred."""
    changed = [key for key in sorted({*old, *new}) if _mark(old.get(key)) != _mark(new.get(key))]
    single = (
        _KEYS.get(key, _unsure)((key,), old.get(key), new.get(key))
        for key in changed
        if key not in ("profile", "rules", "overrides")
    )
    found = chain(_rules(old, new, rules), _overrides(old, new, rules), *single)
    return sorted(islice(found, _MOST_CHANGES), key=lambda one: (list(map(str, one.trail)), one.message))


def _mark(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + '…'}`"


def _added(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int, Any]]:
    known = {_mark(item) for item in old}
    return [(index, item) for index, item in enumerate(new) if _mark(item) not in known]


def _name(trail: Trail) -> str:
    return f"`{'.'.join(str(part) for part in trail)}`"


# Rules and overrides: by what comes of them, whatever key did it.


def _strength(severity: str | None) -> int:
    return 0 if severity is None else len(SEVERITIES) - SEVERITIES.index(severity)


def _lowered(
    rules: Iterable[AnyRule], before: tuple[PathSettings, Policy], after: tuple[PathSettings, Policy]
) -> Iterator[tuple[AnyRule, str]]:
    """Rules that are milder or off under the second settings, with the change in words; each rule once."""
    told = set()
    for rule in rules:
        was, now = severity_in(rule, *before), severity_in(rule, *after)
        if _strength(now) < _strength(was) and rule.name not in told:
            told.add(rule.name)
            yield rule, f"from {was} to {now or 'off'}"


def _general(policy: Policy) -> tuple[PathSettings, Policy]:
    return PathSettings(policy.profile, policy.rules), policy


def _rules(old: Plain, new: Plain, rules: Sequence[AnyRule]) -> Iterator[PolicyChange]:
    before, after = policy_from_plain(old), policy_from_plain(new)
    said = (old.get("rules", {}), new.get("rules", {}))
    others = []
    for rule, how in _lowered(rules, _general(before), _general(after)):
        names = (rule.name, *rule.formerly)
        named = next((name for name in names if said[0].get(name) != said[1].get(name)), None)
        if named is not None:
            yield PolicyChange(("rules", named), f"`{rule.name}` goes {how}")
        elif rule.policy_section is None or before.profile != after.profile:
            others.append(rule.name)
    if others:
        key = "profile" if before.profile != after.profile else "locked"
        yield PolicyChange((key,), f"with this {_name((key,))}, {_names(others)} milder or off")
    for name in sorted({*said[0], *said[1]}):
        yield from _options(("rules", name), said[0].get(name), said[1].get(name))


def _names(names: Sequence[str]) -> str:
    """With the verb."""
    if len(names) == 1:
        return f"`{names[0]}` is"
    if len(names) <= _NAMES_SHOWN:
        return f"{', '.join(f'`{name}`' for name in names[:-1])} and `{names[-1]}` are"
    return f"{len(names)} rules (`{names[0]}`, `{names[1]}` …) are"


_ALLOWING = frozenset({"allow", "allowed", "accepted", "known", "prefixes"})
"""Options that list what is let through."""


def _options(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    before, after = ((one.get("options") or {}) if isinstance(one, Mapping) else {} for one in (old, new))
    for option in sorted({*before, *after}):
        was, now = before.get(option), after.get(option)
        at = (*trail, "options", option)
        if _mark(was) == _mark(now):
            continue
        if option in _ALLOWING and isinstance(now, list) and now and isinstance(was, list | None):
            for index, item in _added(was or [], now):
                yield PolicyChange(
                    (*at, index), f"{_shown(item)} is let through by {_name(at)}", at_key=False
                )
        else:
            yield PolicyChange(at, f"{_name(at)} changes", sure=False)


def _overrides(old: Plain, new: Plain, rules: Sequence[AnyRule]) -> Iterator[PolicyChange]:
    before, after = old.get("overrides", []), new.get("overrides", [])
    base, head = policy_from_plain({**old, "overrides": []}), policy_from_plain({**new, "overrides": []})
    elsewhere = {_mark({**one, "paths": 0}): one for one in before}
    for index, entry in _added(before, after):
        widened = elsewhere.get(_mark({**entry, "paths": 0}))
        yield from _override(("overrides", index), entry, widened, head, rules)
    for _, entry in _added(after, before):
        back = list(_lowered(rules, _settings(base, entry), _general(base)))
        if back:
            paths = ", ".join(_shown(path) for path in entry["paths"])
            gone = _names([rule.name for rule, _ in back])
            message = f"the entry for {paths} is gone or changed, by which {gone} stricter there"
            yield PolicyChange(("overrides",), message)
    if before != after and sorted(map(_mark, before)) == sorted(map(_mark, after)):
        yield PolicyChange(("overrides",), "the order of `overrides` changes, and the last one wins", False)


def _settings(policy: Policy, entry: Plain) -> tuple[PathSettings, Policy]:
    """What an override makes of its files, alone."""
    made = policy_from_plain({"overrides": [{**entry, "paths": ["**"]}]}).overrides
    alone = policy._replace(overrides=made)
    return policy_for_path(alone, "a"), alone


def _override(
    trail: Trail, entry: Plain, widened: Plain | None, policy: Policy, rules: Sequence[AnyRule]
) -> Iterator[PolicyChange]:
    lowered = list(_lowered(rules, _general(policy), _settings(policy, entry)))
    if lowered and widened is not None:
        milder = _names([rule.name for rule, _ in lowered])
        for index, path in _added(widened["paths"], entry["paths"]):
            message = f"{milder} milder or off for {_shown(path)}"
            yield PolicyChange((*trail, "paths", index), message, at_key=False)
        return
    paths = ", ".join(_shown(path) for path in entry["paths"])
    others = []
    for rule, how in lowered:
        named = next((name for name in (rule.name, *rule.formerly) if name in entry.get("rules", {})), None)
        if named is None:
            others.append(rule.name)
        else:
            yield PolicyChange((*trail, "rules", named), f"`{rule.name}` goes {how} for {paths}")
    if others:
        yield PolicyChange((*trail, "profile"), f"{_names(others)} milder or off for {paths}")
    for name, setting in entry.get("rules", {}).items():
        yield from _options((*trail, "rules", name), None, setting)


# Single keys.

Compare = Callable[[Trail, Any, Any], Iterator[PolicyChange]]


def _unsure(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """The deepest keys that differ."""
    todo = [(trail, old, new)]
    while todo:
        at, was, now = todo.pop()
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            keys = [key for key in sorted({*was, *now}) if _mark(was.get(key)) != _mark(now.get(key))]
            todo += [((*at, key), was.get(key), now.get(key)) for key in keys]
        else:
            yield PolicyChange(at, f"{_name(at)} changes", sure=False)


def _section(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """Part after part, where it is known which way a part goes."""
    if new is None and len(trail) == 1:
        yield PolicyChange(trail, f"{_name(trail)} is gone, and with it the rules that go by it")
        return
    for key in sorted({*(old or {}), *(new or {})}):
        was, now = (old or {}).get(key), (new or {}).get(key)
        if _mark(was) != _mark(now):
            compare = _PARTS.get((*(str(part) for part in trail), key), _unsure)
            yield from compare((*trail, key), was, now)


def _opens(what: str) -> Compare:
    """A list or mapping whose new entries let more through."""

    def compare(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
        if isinstance(new, Mapping):
            for key in sorted(new):
                if (old or {}).get(key) != new[key]:
                    yield PolicyChange((*trail, key), f"{_shown(key)} {what}")
            return
        for index, item in _added(old or [], new or []):
            yield PolicyChange((*trail, index), f"{_shown(item)} {what}", at_key=False)

    return compare


def _demands(what: str) -> Compare:
    """A list or mapping whose entries ask for something."""

    def compare(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
        if isinstance(old, Mapping):
            for key in sorted(old):
                if (new or {}).get(key) != old[key]:
                    yield PolicyChange((*trail, key), f"{_shown(key)} {what}")
            return
        for _, item in _added(new or [], old or []):
            yield PolicyChange(trail, f"{_shown(item)} {what}")

    return compare


def _passed_over(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """Patterns of files that are not linted; `!` takes one back."""
    for index, pattern in _added(old or [], new or []):
        if not pattern.startswith("!"):
            yield PolicyChange(
                (*trail, index), f"files that match {_shown(pattern)} are passed over", at_key=False
            )
    for _, pattern in _added(new or [], old or []):
        if pattern.startswith("!"):
            yield PolicyChange(trail, f"files that match {_shown(pattern[1:])} are passed over again")
    reordered = sorted(old or []) == sorted(new or [])
    if reordered and any(pattern.startswith("!") for pattern in new or []):
        yield PolicyChange(trail, f"the order of {_name(trail)} changes, and the last one wins", sure=False)


def _looked_at(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """`include`: with none, every file is looked at."""
    if new and not old:
        yield PolicyChange(trail, "only files that match these patterns are looked at now")
    elif new:
        yield from _demands("is not looked at any more")(trail, old, new)
        for index, pattern in _added(old, new):
            if pattern.startswith("!"):
                message = f"{_shown(pattern[1:])} is not looked at any more"
                yield PolicyChange((*trail, index), message, at_key=False)


def _file_kinds(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """`dockerfiles`, `manifests`: a pattern may take files in, or have them read as the other kind."""
    yield from _demands("is not looked at by its pattern any more")(trail, old, new)
    for index, pattern in _added(old or [], new or []):
        message = f"files that match {_shown(pattern)} are read as {trail[-1]}"
        yield PolicyChange((*trail, index), message, sure=False, at_key=False)


def _falls(*order: object, default: object, what: str) -> Compare:
    """`order`: the values, strictest first."""

    def compare(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
        was, now = (default if one is None else one for one in (old, new))
        if order.index(now) > order.index(was):
            yield PolicyChange(
                trail, f"{_name(trail)} goes from {_shown(was)} to {_shown(now)}: {what}", at_key=False
            )

    return compare


def _scope(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    """Where something is demanded: everywhere, nowhere, or in some files and namespaces."""
    if new is True or not old:
        return
    if old is True or not new:
        yield PolicyChange(trail, f"{_name(trail)} holds in fewer places")
        return
    for key in ("paths", "namespaces"):
        yield from _passed_in_scope((*trail, key), old.get(key), new.get(key))


def _passed_in_scope(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    yield from _demands("is out of its scope")(trail, old, new)
    for index, pattern in _added(old or [], new or []):
        if pattern.startswith("!"):
            yield PolicyChange((*trail, index), f"{_shown(pattern[1:])} is out of its scope", at_key=False)


def _locks(trail: Trail, old: Any, new: Any) -> Iterator[PolicyChange]:
    yield from _demands("is not locked any more")(trail, old, new)


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
    "images": _section,
    "vault": _section,
    "mesh": _section,
    "segmentation": _section,
    "labels": _section,
    "hardening": _section,
}

_PARTS: Mapping[tuple[str, ...], Compare] = {
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
