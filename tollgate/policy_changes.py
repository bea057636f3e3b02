"""What a change to a policy takes away from the gate.

Where it can be said, only what weakens it is told: a rule that goes off or milder, a file that is passed
over, a registry that becomes allowed. Of other changes nobody but a reviewer can say which way they go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from tollgate.config import policy_from_plain
from tollgate.engine.select import severity_in
from tollgate.model.finding import SEVERITIES
from tollgate.model.hints import Any, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.policy import PathSettings, Policy, settings_by_path
from tollgate.model.rule import AnyRule
from tollgate.policy_keys import PolicyChange, added_to, dotted, key_changes, mark, shown

Plain: TypeAlias = Mapping[str, Any]

_MOST_CHANGES = 100
_NAMES_SHOWN = 3


def policy_changes(old: Plain, new: Plain, rules: Sequence[AnyRule]) -> list[PolicyChange]:
    """How `new` weakens the gate that `old` is, by plain content of right policies; the first hundred."""
    changed = [key for key in sorted({*old, *new}) if mark(old.get(key)) != mark(new.get(key))]
    single = (
        key_changes((key,), old.get(key), new.get(key))
        for key in changed
        if key not in ("profile", "rules", "overrides", "environments")
    )
    by_effect = (compare(old, new, rules) for compare in (_rules, _overrides, _environments))
    found = chain(*by_effect, *single)
    return sorted(islice(found, _MOST_CHANGES), key=lambda one: (list(map(str, one.trail)), one.message))


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
        yield PolicyChange((key,), f"with this {dotted((key,))}, {_names(others)} milder or off")
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
        if mark(was) == mark(now):
            continue
        if option in _ALLOWING and isinstance(now, list) and now and isinstance(was, list | None):
            for index, item in added_to(was or [], now):
                yield PolicyChange(
                    (*at, index), f"{shown(item)} is let through by {dotted(at)}", at_key=False
                )
        else:
            yield PolicyChange(at, f"{dotted(at)} changes", sure=False)


def _overrides(old: Plain, new: Plain, rules: Sequence[AnyRule]) -> Iterator[PolicyChange]:
    before, after = old.get("overrides", []), new.get("overrides", [])
    base, head = policy_from_plain({**old, "overrides": []}), policy_from_plain({**new, "overrides": []})
    elsewhere = {mark({**one, "paths": 0}): one for one in before}
    for index, entry in added_to(before, after):
        widened = elsewhere.get(mark({**entry, "paths": 0}))
        yield from _override(("overrides", index), entry, widened, head, rules)
    for _, entry in added_to(after, before):
        back = list(_lowered(rules, _settings(base, entry), _general(base)))
        if back:
            paths = ", ".join(shown(path) for path in entry["paths"])
            gone = _names([rule.name for rule, _ in back])
            message = f"the entry for {paths} is gone or changed, by which {gone} stricter there"
            yield PolicyChange(("overrides",), message)
    if before != after and sorted(map(mark, before)) == sorted(map(mark, after)):
        yield PolicyChange(("overrides",), "the order of `overrides` changes, and the last one wins", False)


def _settings(policy: Policy, entry: Plain) -> tuple[PathSettings, Policy]:
    """What an override makes of its files, alone."""
    said = {key: entry[key] for key in ("profile", "rules") if key in entry}
    made = policy_from_plain({"overrides": [{**said, "paths": ["**"]}]}).overrides
    alone = policy._replace(overrides=made)
    return settings_by_path(alone)("a"), alone


def _override(
    trail: Trail, entry: Plain, widened: Plain | None, policy: Policy, rules: Sequence[AnyRule]
) -> Iterator[PolicyChange]:
    lowered = list(_lowered(rules, _general(policy), _settings(policy, entry)))
    if lowered and widened is not None:
        milder = _names([rule.name for rule, _ in lowered])
        for index, path in added_to(widened["paths"], entry["paths"]):
            message = f"{milder} milder or off for {shown(path)}"
            yield PolicyChange((*trail, "paths", index), message, at_key=False)
        return
    paths = ", ".join(shown(path) for path in entry["paths"])
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


def _environments(old: Plain, new: Plain, rules: Sequence[AnyRule]) -> Iterator[PolicyChange]:
    """Each environment before and after; one that is new, or gone, was or is as everywhere else."""
    before, after = old.get("environments", {}), new.get("environments", {})
    base, head = (policy_from_plain({**one, "overrides": [], "environments": {}}) for one in (old, new))
    for name in sorted({*before, *after}):
        was, now = before.get(name, {}), after.get(name, {})
        if mark(was) != mark(now):
            yield from _environment(("environments", name), (was, base, old), (now, head, new), rules)


_Side: TypeAlias = tuple[Plain, Policy, Plain]
"""An environment, the policy around it, and that as plain data."""


def _environment(
    trail: Trail, before: _Side, after: _Side, rules: Sequence[AnyRule]
) -> Iterator[PolicyChange]:
    (was, base, old), (now, head, new) = before, after
    lowered = list(_lowered(rules, _settings(base, was), _settings(head, now)))
    general = {rule.name for rule, _ in _lowered(rules, _general(base), _general(head))}
    others = []
    for rule, how in lowered:
        named = next((name for name in (rule.name, *rule.formerly) if name in now.get("rules", {})), None)
        if named is not None:
            yield PolicyChange((*trail, "rules", named), f"`{rule.name}` goes {how} in {dotted(trail[1:])}")
        elif rule.name not in general:  # else it is told once for all
            others.append(rule.name)
    if others:
        yield PolicyChange((*trail, "profile"), f"{_names(others)} milder or off in {dotted(trail[1:])}")
    if was and mark(was.get("paths")) != mark(now.get("paths")):
        yield PolicyChange((*trail, "paths"), f"{dotted((*trail, 'paths'))} changes", sure=False)
    images = [{**whole.get("images", {}), **one.get("images", {})} for one, whole in ((was, old), (now, new))]
    for key in sorted({*was.get("images", {}), *now.get("images", {})}):
        if mark(images[0].get(key)) != mark(images[1].get(key)):
            yield from key_changes((*trail, "images", key), images[0].get(key), images[1].get(key))
