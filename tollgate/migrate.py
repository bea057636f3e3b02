"""`tollgate migrate`: the policy that does what other linters' settings do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tollgate import api, catalog
from tollgate.engine.peers import index_equivalents, plain_id
from tollgate.engine.select import is_selected
from tollgate.migrate_model import Asked, Lost, MigrateError, Reading, Setting
from tollgate.migrate_text import Line, as_policy
from tollgate.model.finding import SEVERITIES
from tollgate.model.hints import Any
from tollgate.model.policy import DEFAULT_PROFILE
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Rule

__all__ = ["MigrateError", "Migrated", "migrated"]


class Migrated(NamedTuple):
    """The text of a policy, which says in comments what it is from, and what has no counterpart."""

    text: str
    lost: tuple[Lost, ...]


class _Rules:
    """The catalog, asked by other linters' ids."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.by_name = {rule.name: rule for rule in rules}
        self._look_up = index_equivalents({rule.name: rule.equivalents for rule in rules})

    def of(self, peer: str, check: str) -> Sequence[str]:
        if peer == "hadolint" and check.upper().startswith("SC"):
            return self._look_up(peer, "SC*")
        return self._look_up(peer, check)

    def checks(self, rule: str, peer: str) -> tuple[str, ...]:
        return tuple(self.by_name[rule].equivalents.get(peer, ()))


def migrated(readings: Sequence[Reading]) -> Migrated:
    """The policy for settings of one or more linters. Raises MigrateError if there are none."""
    if not readings:
        raise MigrateError("there are no settings of another linter here")
    rules = _Rules(catalog.rules())
    readings = _joined(readings)
    lost = [one for reading in readings for one in reading.lost]
    profile = _profile(readings)
    off: dict[str, list[Asked]] = {}
    for reading in readings:
        lost += _turned_off(reading, readings, rules, off)
    settings = {rule: Line(("rules", rule), "off", _reason(asked)) for rule, asked in off.items()}
    for reading in readings:
        lost += _given_severity(reading, rules, settings)
        _turned_on(reading, rules, settings, profile)
    overrides, more = _for_paths(readings, rules)
    lines = [*_general(readings, lost), *(settings[name] for name in sorted(settings)), *overrides]
    paths = tuple(path for reading in readings for path in reading.paths)
    lost = list(dict.fromkeys((*lost, *more)))
    return Migrated(as_policy(lines, paths=paths, lost=lost, profile=profile), tuple(lost))


def _joined(readings: Sequence[Reading]) -> list[Reading]:
    """One reading a linter: Trivy's settings are in more than one file."""
    by_peer: dict[str, Reading] = {}
    for one in readings:
        other = by_peer.get(one.peer)
        if other is None:
            by_peer[one.peer] = one
        else:
            by_peer[one.peer] = other._replace(
                paths=other.paths + one.paths,
                asked=other.asked + one.asked,
                settings=other.settings + one.settings,
                lost=other.lost + one.lost,
            )
    return list(by_peer.values())


def _profile(readings: Sequence[Reading]) -> str:
    """The lowest, if every linter that is used only runs what it is told to."""
    asked = [any(one.trail == ("profile",) for one in reading.settings) for reading in readings]
    return "baseline" if all(asked) else DEFAULT_PROFILE[0]


def _turned_off(
    reading: Reading, readings: Sequence[Reading], rules: _Rules, off: dict[str, list[Asked]]
) -> Iterator[Lost]:
    """Rules that nobody wants to hear; where only a part of what one stands for is ignored, it stays on."""
    everywhere = [one for one in reading.asked if not one.paths]
    ignored = {plain_id(one.check) for one in everywhere if one.wish == "off"}
    for one in everywhere:
        names = rules.of(reading.peer, one.check)
        if not names:
            yield _no_rule(reading.peer, one)
        if one.wish != "off":
            continue
        for name in names:
            if rules.checks(name, reading.peer) == ("SC*",):
                yield Lost(
                    one.path,
                    one.line,
                    f"{one.check}: `{name}` stands for all of ShellCheck and stays on",
                )
                continue
            rest = [check for check in rules.checks(name, reading.peer) if plain_id(check) not in ignored]
            rest_of = (
                f"{', '.join(rest)}, not ignored"
                if rest
                else _wanted_by_others(name, reading, readings, rules)
            )
            if rest_of:
                yield Lost(
                    one.path, one.line, f"{one.check}: `{name}` stays on, for it also stands for {rest_of}"
                )
            else:
                off.setdefault(name, []).append(one)


def _wanted_by_others(name: str, reading: Reading, readings: Sequence[Reading], rules: _Rules) -> str:
    for other in readings:
        if other.peer != reading.peer:
            ignored = {plain_id(one.check) for one in other.asked if one.wish == "off" and not one.paths}
            wanted = [
                check
                for check in rules.checks(name, other.peer)
                if plain_id(check) not in ignored and _is_on(other, check)
            ]
            if wanted:
                return f"{', '.join(wanted)} of {other.peer}, which is not ignored"
    return ""


def _is_on(reading: Reading, check: str) -> bool:
    asked = any(plain_id(one.check) == plain_id(check) and one.wish != "off" for one in reading.asked)
    by_default = check not in reading.except_on if reading.on is None else check in reading.on
    return asked or by_default


def _no_rule(peer: str, asked: Asked) -> Lost:
    for check, reason in api.retired().get(peer, {}).items():
        if plain_id(check) == plain_id(asked.check):
            return Lost(asked.path, asked.line, f"{asked.check} ({peer}) has no rule: {reason}")
    return Lost(asked.path, asked.line, f"{asked.check} is no check of {peer} that is known here")


def _given_severity(reading: Reading, rules: _Rules, settings: dict[str, Line]) -> Iterator[Lost]:
    """A milder severity holds only if all that a rule stands for is to be milder."""
    wanted = {plain_id(one.check): one.wish for one in reading.asked if not one.paths}
    for one in reading.asked:
        if one.wish not in SEVERITIES or one.paths:
            continue
        for name in rules.of(reading.peer, one.check):
            rule = rules.by_name[name]
            others = [
                check
                for check in rules.checks(name, reading.peer)
                if wanted.get(plain_id(check)) not in (one.wish, "off")
            ]
            milder = SEVERITIES.index(one.wish) > SEVERITIES.index(rule.severity)
            if milder and others:
                message = (
                    f"{one.check}: `{name}` stays {rule.severity}, for it also stands for {', '.join(others)}"
                )
                yield Lost(one.path, one.line, message)
                continue
            there = settings.get(name)
            if there is None or there.value == "off" or _is_worse(one.wish, str(there.value)):
                settings[name] = Line(("rules", name), one.wish, _reason([one]))


def _is_worse(severity: str, than: str) -> bool:
    known: Sequence[str] = SEVERITIES
    return than not in known or known.index(severity) < known.index(than)


def _turned_on(reading: Reading, rules: _Rules, settings: dict[str, Line], profile: str) -> None:
    """Rules above the profile whose checks the other linter runs."""
    for name, rule in rules.by_name.items():
        if name in settings or rule.policy_section:
            continue
        if any(is_selected(one, (profile,)) for one in rule.variants()):
            continue
        on = [check for check in rules.checks(name, reading.peer) if _is_on(reading, check)]
        if on and not _is_ignored(reading, on):
            said = f"{', '.join(on)}, on in {reading.peer}"
            settings[name] = Line(("rules", name), rule.severity, said)


def _is_ignored(reading: Reading, checks: Iterable[str]) -> bool:
    ignored = {plain_id(one.check) for one in reading.asked if one.wish == "off" and not one.paths}
    return all(plain_id(check) in ignored for check in checks)


def _for_paths(readings: Sequence[Reading], rules: _Rules) -> tuple[list[Line], list[Lost]]:
    """What is ignored for some files only."""
    lost: list[Lost] = []
    by_paths: dict[tuple[str, ...], dict[str, str]] = {}
    for reading in readings:
        for one in reading.asked:
            if not one.paths:
                continue
            names = rules.of(reading.peer, one.check)
            if not names:
                lost.append(_no_rule(reading.peer, one))
            for name in names:
                others = [
                    check
                    for check in rules.checks(name, reading.peer)
                    if plain_id(check) != plain_id(one.check)
                ]
                if others:
                    message = f"{one.check}: `{name}` stays on, for it also stands for {', '.join(others)}"
                    lost.append(Lost(one.path, one.line, message))
                else:
                    by_paths.setdefault(one.paths, {})[name] = "off"
    lines = []
    for index, (paths, off) in enumerate(sorted(by_paths.items())):
        lines.append(Line(("overrides", index), {"paths": list(paths), "rules": off}, ""))
    return lines, lost


def _reason(asked: Sequence[Asked]) -> str:
    return ", ".join(
        f"{one.check} ({one.path}:{one.line})" if one.line else f"{one.check} ({one.path})" for one in asked
    )


def _general(readings: Sequence[Reading], lost: list[Lost]) -> list[Line]:
    """The keys of the policy but rules; where linters differ, the stricter one."""
    found: dict[tuple[str | int, ...], Setting] = {}
    lists: dict[tuple[str | int, ...], list[Setting]] = {}
    for reading in readings:
        for one in reading.settings:
            if one.trail == ("profile",):
                continue
            if isinstance(one.trail[-1], int):
                lists.setdefault(one.trail[:-1], []).append(one)
            elif one.trail not in found or _rank(one) < _rank(found[one.trail]):
                if one.trail in found:
                    lost.append(_overruled(found[one.trail], one))
                found[one.trail] = one
            elif one.value != found[one.trail].value:
                lost.append(_overruled(one, found[one.trail]))
    lines = [Line(one.trail, one.value, _said(one)) for one in found.values()]
    for trail, items in lists.items():
        values = list(dict.fromkeys(one.value for one in items))
        lines.append(Line(trail, values, f"{items[0].path}:{items[0].line}"))
    return lines


def _overruled(loser: Setting, winner: Setting) -> Lost:
    key = ".".join(map(str, loser.trail))
    return Lost(
        loser.path, loser.line, f"`{key}: {loser.value}` gives way to `{winner.value}` of {winner.path}"
    )


_STRICTER: Mapping[str, Sequence[Any]] = {
    "fail-on": ("note", "warning", "error", "never"),
    "peer-suppressions": ("off", "report", "honour"),
}


def _rank(setting: Setting) -> int:
    order = _STRICTER.get(str(setting.trail[0]), ())
    return order.index(setting.value) if setting.value in order else 0


def _said(setting: Setting) -> str:
    return (
        f"{setting.path}:{setting.line}: {setting.said}" if setting.said else f"{setting.path}:{setting.line}"
    )
