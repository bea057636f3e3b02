"""What a policy's schema cannot know: names of rules, sets and options, patterns, the calendar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from tollgate.model import lazy_re as re
from tollgate.model.globs import pattern_problem
from tollgate.model.hints import Any, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.policy import LEVELS
from tollgate.model.record import NamedTuple
from tollgate.schema_check import Complaint, instead, kind_of, nearest, quoted

# The command line is checked on the hot path, where the schema would cost more than all else.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"1\.(0|[1-9][0-9]{0,2})")
_CHOICES = {
    "fail_on": ("error", "warning", "note", "never"),
    "peer_suppressions": ("report", "honour", "off"),
}

SHORT_VERSIONS = ("1.1", "1.2", "1.3", "1.4")
"""Versions that, as numbers, are also what is left of one that ended in a zero."""

PATTERN_MEANINGS = {
    "rules.*": "rule name",
    "environments.*": "name: it has letters, digits, dots, dashes and underscores, at most 51",
    "kubernetes-version": 'must be a minor version of Kubernetes such as "1.35"',
    "today": "must be a day such as 2026-11-23",
    "namespaces": "must be a namespace's name, without `/`",
}

_PATH_PATTERNS = (
    "paths",
    "include",
    "exclude",
    "extend-exclude",
    "dockerfiles",
    "extend-dockerfiles",
    "manifests",
    "extend-manifests",
)

RuleOptions: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The options of a rule: name to declaration (`default`, `description`, perhaps `type`)."""


class KnownNames(NamedTuple):
    """What names a policy may use. None: not checked. `sets` as a mapping also says which rules each set and
    level holds, so that settings of rules that a set locks can be told."""

    rules: Mapping[str, RuleOptions] | None = None
    sets: Collection[str] | None = None


def check_names(plain: Mapping[str, Any], known: KnownNames) -> Iterator[Complaint]:
    """What a schema cannot know: names of rules, sets and options, patterns, the calendar."""
    scoped: list[tuple[Trail, Mapping[str, Any]]] = [((), plain)]
    overrides, environments = plain.get("overrides"), plain.get("environments")
    if isinstance(environments, dict):
        scoped += [
            (("environments", name), one) for name, one in environments.items() if isinstance(one, dict)
        ]
    if isinstance(overrides, list):
        scoped += [
            (("overrides", index), override)
            for index, override in enumerate(overrides)
            if isinstance(override, dict)
        ]
    for trail, part in scoped:
        yield from _profile_names((*trail, "profile"), part.get("profile"), known)
        yield from _rule_names((*trail, "rules"), part.get("rules"), known)
        for key in _PATH_PATTERNS:
            yield from _patterns((*trail, key), part.get(key), _path_pattern_problem)
        images: Any = part.get("images")
        if isinstance(images, dict):
            yield from _image_names((*trail, "images"), images)
    for trail in (("vault", "required"), ("mesh", "required")):
        scope = _at(plain, trail)
        for key in ("paths", "namespaces") if isinstance(scope, dict) else ():
            yield from _patterns((*trail, key), scope.get(key), _path_pattern_problem)
    clusters = _at(plain, ("segmentation", "clusters"))
    for index, cluster in enumerate(clusters if isinstance(clusters, list) else ()):
        for key in ("paths", "overlays") if isinstance(cluster, dict) else ():
            at = ("segmentation", "clusters", index, key)
            yield from _patterns(at, cluster.get(key), _path_pattern_problem)
    for key in ("copy-from", "extend-copy-from"):
        yield from _patterns(("hardening", key), _at(plain, ("hardening", key)), _source_problem)
    yield from (Complaint(("today",), reason) for reason in day_problems(plain.get("today")))
    version = plain.get("kubernetes-version")
    if isinstance(version, float) and f"{version}" in SHORT_VERSIONS:
        which = f'"{version}0" or "{version}"'
        message = f"the number {version}0 is {version}, too: write the version in quotes, {which}"
        yield Complaint(("kubernetes-version",), message)


def _image_names(trail: Trail, images: Mapping[str, Any]) -> Iterator[Complaint]:
    for key in ("internal", "development", "nonroot"):
        for name in (key, f"extend-{key}"):
            yield from _patterns((*trail, name), images.get(name), _image_pattern_problem)
    scope: Any = images.get("production")
    for key in ("paths", "namespaces") if isinstance(scope, dict) else ():
        yield from _patterns((*trail, "production", key), scope.get(key), _path_pattern_problem)


def _at(plain: Any, trail: Trail) -> Any:
    for key in trail:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain


def day_problems(day: object) -> Iterator[str]:
    """Why a day in the right form is none; nothing for other values, of which the schema speaks."""
    if isinstance(day, str) and _DAY.fullmatch(day):
        from datetime import date

        try:
            date.fromisoformat(day)
        except ValueError:
            yield f"`{day}` is no day of the calendar"


def profile_problem(name: str, known: KnownNames) -> str | None:
    """Why `name` is no profile; None if it is, or cannot be told."""
    if known.sets is None or name in LEVELS or name in known.sets:
        return None
    return f"there is no level or set {quoted(name)}{instead(name, {*LEVELS, *known.sets})}"


def rule_problem(name: str, known: KnownNames) -> str | None:
    """Why `name` is no rule; None if it is, or cannot be told."""
    if known.rules is None or name in known.rules:
        return None
    return f"there is no rule {quoted(name)}{instead(name, known.rules)}"


def check_option(option: str, value: Any, known: KnownNames) -> Iterator[str]:
    """What is wrong with the value of an option of the command line, by `LintOptions`' names."""
    if option in ("select", "ignore"):
        yield from (reason for name in value if (reason := rule_problem(name, known)))
    elif option == "profile":
        yield from (reason for name in value if (reason := profile_problem(name, known)))
    elif option in ("include", "exclude", "extend_exclude"):
        yield from (complaint.message for complaint in _patterns((), value, _path_pattern_problem))
    elif option == "today":
        if not _DAY.fullmatch(value):
            yield PATTERN_MEANINGS["today"]
        yield from day_problems(value)
    elif option == "kubernetes_version" and not _VERSION.fullmatch(value):
        yield PATTERN_MEANINGS["kubernetes-version"]
    elif option in _CHOICES and value not in _CHOICES[option]:
        allowed = _CHOICES[option]
        yield f"must be one of {', '.join(allowed)}{nearest(value, allowed)}"


def _profile_names(trail: Trail, profile: Any, known: KnownNames) -> Iterator[Complaint]:
    if isinstance(profile, str):
        reason = profile_problem(profile, known)
        if reason:
            yield Complaint(trail, reason)
    elif isinstance(profile, list):
        for index, name in enumerate(profile):
            reason = profile_problem(name, known) if isinstance(name, str) else None
            if reason:
                yield Complaint((*trail, index), reason)


def _rule_names(trail: Trail, rules: Any, known: KnownNames) -> Iterator[Complaint]:
    if not isinstance(rules, dict) or known.rules is None:
        return
    for name, setting in rules.items():
        reason = rule_problem(name, known)
        if reason:
            yield Complaint((*trail, name), reason, True)
        elif isinstance(setting, dict) and isinstance(setting.get("options"), dict):
            yield from _options((*trail, name, "options"), setting["options"], known.rules[name], name)


def _options(
    trail: Trail, options: Mapping[str, Any], declared: RuleOptions, rule: str
) -> Iterator[Complaint]:
    for option, value in options.items():
        if option not in declared:
            advice = instead(option, declared) if declared else "; it has none"
            yield Complaint((*trail, option), f"`{rule}` has no option {quoted(option)}{advice}", True)
            continue
        wanted = declared[option].get("type") or _type_of(declared[option].get("default"))
        if wanted is not None and not _is_a(value, wanted):
            named, _ = _OPTION_TYPES[wanted]
            yield Complaint((*trail, option), f"`{option}` must be {named}, not {kind_of(value)}")


_OPTION_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "boolean": ("true or false", (bool,)),
    "string": ("a string", (str,)),
    "integer": ("a whole number", (int,)),
    "number": ("a number", (int, float)),
    "list": ("a list", (list,)),
    "mapping": ("a mapping", (dict,)),
}


def _type_of(value: object) -> str | None:
    return next((name for name, (_, kinds) in _OPTION_TYPES.items() if isinstance(value, kinds)), None)


def _is_a(value: object, wanted: str) -> bool:
    _, kinds = _OPTION_TYPES[wanted]
    return isinstance(value, kinds) and (wanted == "boolean" or not isinstance(value, bool))


def _patterns(trail: Trail, patterns: Any, problem_of: Callable[[str], str | None]) -> Iterator[Complaint]:
    for index, pattern in enumerate(patterns if isinstance(patterns, list | tuple) else ()):
        problem = problem_of(pattern) if isinstance(pattern, str) and pattern else None
        if problem:
            yield Complaint((*trail, index), problem)


def _path_pattern_problem(pattern: str) -> str | None:
    reason = pattern_problem(pattern)
    return f"the pattern {quoted(pattern)} {reason}" if reason else None


def _source_problem(source: str) -> str | None:
    """A stage's name is none that could be wrong."""
    return _image_pattern_problem(source) if any(sign in source for sign in "/*:") else None


def _image_pattern_problem(pattern: str) -> str | None:
    from tollgate.model.image_pattern import compile_pattern

    try:
        compile_pattern(pattern)
    except ValueError as error:
        return str(error)
    return None
