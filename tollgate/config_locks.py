"""What a policy locks: are the names right, and does the rest of the policy keep to it?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from tollgate.config_names import KnownNames
from tollgate.engine.select import is_locked
from tollgate.model.finding import SEVERITIES
from tollgate.model.hints import Any
from tollgate.model.node import Trail
from tollgate.model.policy import LEVELS, Policy, PolicyProblem
from tollgate.model.rule import AnyRule
from tollgate.schema_check import Complaint, instead, quoted


def check_locks(plain: Mapping[str, Any], known: KnownNames) -> Iterator[Complaint]:
    """Names that are neither rule nor set nor level, and settings that a lock leaves without effect."""
    locked = plain.get("locked")
    if not isinstance(locked, list):
        return
    for index, name in enumerate(locked):
        reason = _name_problem(name, known) if isinstance(name, str) else None
        if reason:
            yield Complaint(("locked", index), reason)
    holders = locked_rules([name for name in locked if isinstance(name, str)], known)
    yield from _switched_off(plain.get("rules"), holders)
    for trail, rules in special_rules(plain):
        yield from _overridden(trail, rules, holders)


def locked_rules(locked: Collection[str], known: KnownNames) -> dict[str, str]:
    """Rule name to the name in `locked` that locks it: its own, a set's or a level's."""
    held = known.sets if isinstance(known.sets, Mapping) else {}
    return {rule: name for name in reversed(list(locked)) for rule in held.get(name, (name,))}


def weakened(
    plain: Mapping[str, Any], holders: Mapping[str, str], before: Any, own: Mapping[str, str]
) -> Iterator[Complaint]:
    """Where a policy weakens rules that a policy it extends has locked.

    holders   rule to the file that locks it
    before    what the extended policies say of `rules`
    own       the severities of rules of which they say nothing
    """
    before = before if isinstance(before, dict) else {}
    rules = plain.get("rules")
    for name, setting in rules.items() if isinstance(rules, dict) else ():
        reason = _weakening(setting, before.get(name), own.get(name)) if name in holders else ""
        if reason:
            message = f"{quoted(name)} is locked by {holders[name]}, so {reason}; remove this"
            yield Complaint(("rules", name), message, True)
    for trail, special in special_rules(plain):
        for name in special if isinstance(special, dict) else ():
            if name in holders:
                message = f"{quoted(name)} is locked by {holders[name]}, so it is the same for all paths"
                yield Complaint((*trail, name), message, True)


def _weakening(setting: Any, before: Any, own: str | None) -> str:
    severity, options = _parts(setting)
    was = _parts(before)[0] or own
    if severity in ("off", False):
        return "it cannot be off"
    if options:
        return "its options cannot be changed"
    if severity in SEVERITIES and was in SEVERITIES and SEVERITIES.index(severity) > SEVERITIES.index(was):
        return f"it cannot be less than {was}"
    return ""


def _parts(setting: Any) -> tuple[Any, Any]:
    if isinstance(setting, dict):
        return setting.get("severity"), setting.get("options")
    return setting, None


def special_rules(plain: Mapping[str, Any]) -> Iterator[tuple[Trail, Any]]:
    """The settings of rules that hold for some paths only, with their trails."""
    overrides = plain.get("overrides")
    for index, override in enumerate(overrides if isinstance(overrides, list) else ()):
        if isinstance(override, dict):
            yield ("overrides", index, "rules"), override.get("rules")
    environments = plain.get("environments")
    for name, environment in environments.items() if isinstance(environments, dict) else ():
        if isinstance(environment, dict):
            yield ("environments", name, "rules"), environment.get("rules")


def ignored_locks(policy: Policy, rules: Iterable[AnyRule]) -> list[PolicyProblem]:
    """What is wrong with `--ignore` where it names rules that policy locks."""
    asked = {name: rule for rule in rules for name in (rule.name, *rule.formerly) if name in policy.ignore}
    return [
        PolicyProblem("--ignore", 0, 0, f"policy locks {quoted(name)}, so it cannot be ignored; leave it out")
        for name, rule in sorted(asked.items())
        if is_locked(rule, policy)
    ]


def _name_problem(name: str, known: KnownNames) -> str | None:
    if known.rules is None or known.sets is None:
        return None
    names = {*known.rules, *LEVELS, *known.sets}
    return None if name in names else f"there is no rule, set or level {quoted(name)}{instead(name, names)}"


def _switched_off(rules: Any, holders: Mapping[str, str]) -> Iterator[Complaint]:
    for name, setting in rules.items() if isinstance(rules, dict) else ():
        severity = setting.get("severity") if isinstance(setting, dict) else setting
        if name in holders and severity in ("off", False):
            yield Complaint(("rules", name), f"{_is_locked(name, holders)}, so it cannot be off", True)


def _overridden(trail: Trail, rules: Any, holders: Mapping[str, str]) -> Iterator[Complaint]:
    for name in rules if isinstance(rules, dict) else ():
        if name in holders:
            message = f"{_is_locked(name, holders)}, so it is the same for all paths"
            yield Complaint((*trail, name), message, True)


def _is_locked(name: str, holders: Mapping[str, str]) -> str:
    by = "" if holders[name] == name else f" by {quoted(holders[name])}"
    return f"{quoted(name)} is locked{by}"
