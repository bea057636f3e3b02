"""Which rules are on for a file, and how severe they are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial

from tollgate.engine.compiled import ReadyRule, applies_to, make_ready, version_of
from tollgate.model.finding import Severity
from tollgate.model.manifests import NOUN_KEYS
from tollgate.model.policy import LEVELS, PathSettings, Policy, RuleSetting, settings_by_path, severity_for
from tollgate.model.project import Project
from tollgate.model.rule import AnyRule, Rule

ALWAYS_ON = "input"
"""The noun whose baseline rules no profile leaves out: a gate says what it could not read."""


def is_selected(rule: AnyRule, profile: Sequence[str]) -> bool:
    """Whether a level or set of the profile holds the rule."""
    if rule.select == ALWAYS_ON and rule.level == "baseline":
        return True
    names = tuple(profile)
    return rule.level in _levels_of(names) or any(name in rule.sets for name in names)


@lru_cache(maxsize=64)
def _levels_of(profile: tuple[str, ...]) -> Sequence[str]:
    """The levels that those of a profile hold: a level holds all below it."""
    return LEVELS[: max((LEVELS.index(name) + 1 for name in profile if name in LEVELS), default=0)]


def is_locked(rule: AnyRule, policy: Policy) -> bool:
    """Whether policy locks the rule, by its name, a set or a level."""
    if not policy.locked:
        return False
    rank = LEVELS.index(rule.level)
    own = (rule.name, *rule.formerly, *rule.sets, *LEVELS[rank:])
    return any(name in policy.locked for name in own)


def severity_in(rule: AnyRule, settings: PathSettings, policy: Policy) -> Severity | None:
    """The rule's severity for a file with these settings; None where it is off.

    A severity named in policy turns a rule on; `--select` replaces the profile, `--ignore` wins. A locked
    rule is as policy has it for all files, whatever else is said.
    """
    if is_locked(rule, policy):
        general = _setting(rule, _everywhere(policy))
        return (
            (severity_for(general, rule.severity) or rule.severity) if _is_asked_for(rule, policy) else None
        )
    setting = _setting(rule, settings)
    severity = severity_for(setting, rule.severity)
    if severity is None or _is_among(rule, policy.ignore) or not _is_asked_for(rule, policy):
        return None
    if policy.select:
        chosen = _is_among(rule, policy.select) or (rule.select == ALWAYS_ON and rule.level == "baseline")
        return severity if chosen else None
    named = setting is not None and setting.severity is not None
    return severity if named or is_selected(rule, settings.profile) else None


def _is_among(rule: AnyRule, named: Sequence[str]) -> bool:
    return bool(named) and any(name in named for name in (rule.name, *rule.formerly))


def _everywhere(policy: Policy) -> PathSettings:
    return PathSettings(policy.profile, policy.rules)


def _is_asked_for(rule: AnyRule, policy: Policy) -> bool:
    """False for a rule about a section that policy does not have."""
    section = rule.policy_section
    return section is None or getattr(policy, section) != Policy._field_defaults[section]


class NounRules:
    """The rules on one noun that can find something in files that are alike."""

    __slots__ = ("_make", "_ready", "noun")

    def __init__(self, noun: str, make: Callable[[], tuple[ReadyRule, ...]]) -> None:
        self.noun = noun
        self._make = make
        self._ready: tuple[ReadyRule, ...] | None = None

    @property
    def ready(self) -> tuple[ReadyRule, ...]:
        """The rules, compiled when first asked for. Raises RuleError if one makes no sense."""
        if self._ready is None:
            self._ready = self._make()
        return self._ready


_Chosen = tuple[AnyRule, Severity, Mapping[str, object]]

_PLANS_KEPT = 500
"""More kinds of files than this are judged anew: who writes the files decides how many there are."""


class RuleSet:
    """The rules that are on for one group of files, compiled one by one when first asked for.

    Compiling imports checks, so a run over Dockerfiles never pays for the manifests' rules.
    """

    __slots__ = (
        "_any_relational",
        "_chosen",
        "_every",
        "_every_mark",
        "_groups",
        "_made",
        "_marks",
        "_names",
        "_plans",
        "_policy",
        "_project",
        "_relational",
    )

    def __init__(
        self,
        chosen: Mapping[str, Sequence[_Chosen]],
        *,
        policy: Policy,
        project: Project,
    ) -> None:
        self._chosen = chosen
        self._policy = policy
        self._project = project
        self._made: dict[tuple[str, int], ReadyRule] = {}
        self._names: frozenset[str] | None = None
        self._every: frozenset[str] | None = None
        self._marks: dict[str, frozenset[str]] = {}
        self._every_mark: frozenset[str] = frozenset()
        self._plans: dict[tuple[frozenset[str], frozenset[str] | None, str], Sequence[NounRules]] = {}
        self._groups: dict[tuple[str, frozenset[str] | None, str], NounRules | None] = {}
        self._any_relational: bool | None = None
        self._relational: dict[str, list[tuple[Rule, Severity, Mapping[str, object]]]] = {}

    @property
    def policy(self) -> Policy:
        """What these rules go by: the policy, with the images of the environment that the files are in."""
        return self._policy

    @property
    def nouns(self) -> Collection[str]:
        return self._chosen

    def plan(
        self, kinds: frozenset[str], keys: frozenset[str] | None, *, not_about: str = ""
    ) -> Sequence[NounRules]:
        """The rules over single files that can find something in a file with objects, or instructions, of
        these kinds, and with these keys (None: they say nothing). Rules of the category `not_about` are
        left out."""
        marks = None if keys is None else keys & self._all_marks()
        key = (kinds, marks, not_about)
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.clear()
                self._groups.clear()
            found = self._plans[key] = list(self._planned(kinds, marks, not_about))
        return found

    def _planned(
        self, kinds: frozenset[str], marks: frozenset[str] | None, not_about: str
    ) -> Iterator[NounRules]:
        held = None if marks is None else marks | kinds
        for noun in self._chosen:
            needed = NOUN_KEYS.get(noun)
            if noun[0].isupper() and noun.partition(".")[0] not in kinds:
                continue
            if held is None or needed is None or not held.isdisjoint(needed):
                rules = self._on_noun(noun, held, not_about)
                if rules is not None:
                    yield rules

    def _on_noun(self, noun: str, held: frozenset[str] | None, not_about: str) -> NounRules | None:
        """The rules on a noun that can find something; files differ in more than this noun's marks."""
        marks = None if held is None else held & self._marks_on(noun)
        key = (noun, marks, not_about)
        if key not in self._groups:
            wanted = [
                index
                for index, (rule, _, _) in enumerate(self._chosen[noun])
                if _is_for(rule, not_about) and (held is None or _has_marks(rule, held))
            ]
            make = partial(self._compiled, noun, wanted)
            self._groups[key] = NounRules(noun, make) if wanted else None
        return self._groups[key]

    def _marks_on(self, noun: str) -> frozenset[str]:
        if noun not in self._marks:
            self._marks[noun] = frozenset[str]().union(
                *(group for rule, _, _ in self._chosen[noun] for group in rule.marks)
            )
        return self._marks[noun]

    def _all_marks(self) -> frozenset[str]:
        if not self._every_mark:
            self._every_mark = frozenset[str]().union(*map(self._marks_on, self._chosen), *NOUN_KEYS.values())
        return self._every_mark

    def _compiled(self, noun: str, wanted: Sequence[int]) -> tuple[ReadyRule, ...]:
        for index in wanted:
            if (noun, index) not in self._made:
                rule, severity, options = self._chosen[noun][index]
                self._made[noun, index] = make_ready(
                    whole_rule(rule, self._policy),
                    severity=severity,
                    options=options,
                    policy=self._policy,
                    project=self._project,
                )
        return tuple(self._made[noun, index] for index in wanted)

    def relational(self, noun: str) -> Sequence[tuple[Rule, Severity, Mapping[str, object]]]:
        """The rules on `noun` that read the project's index, with severity and options."""
        if noun not in self._relational:
            self._relational[noun] = [
                (whole_rule(rule, self._policy), severity, options)
                for rule, severity, options in self._chosen.get(noun, ())
                if rule.relational
            ]
        return self._relational[noun]

    @property
    def has_relational(self) -> bool:
        if self._any_relational is None:
            chosen = self._chosen.values()
            self._any_relational = any(rule.relational for group in chosen for rule, _, _ in group)
        return self._any_relational

    def __contains__(self, name: object) -> bool:
        """Whether a rule of that name runs over single files."""
        if self._names is None:
            chosen = self._chosen.values()
            self._names = frozenset(
                rule.name for group in chosen for rule, _, _ in group if not rule.relational
            )
        return name in self._names

    def holds(self, name: str) -> bool:
        """Whether a rule of that name is on, over single files or relational."""
        if self._every is None:
            self._every = frozenset(rule.name for group in self._chosen.values() for rule, _, _ in group)
        return name in self._every


def _has_marks(rule: AnyRule, held: frozenset[str]) -> bool:
    return not any(held.isdisjoint(group) for group in rule.marks)


def whole_rule(rule: AnyRule, policy: Policy) -> Rule:
    """The rule with all that running it needs, locked if policy says so."""
    whole = rule.whole()
    return whole._replace(locked=True) if is_locked(rule, policy) else whole


def _is_for(rule: AnyRule, not_about: str) -> bool:
    return not rule.relational and rule.category.partition("/")[0] != not_about


def rule_sets(rules: Sequence[AnyRule], *, policy: Policy, project: Project) -> Callable[[str], RuleSet]:
    """A function from a path to the rules that are on for it, one object for equal settings."""
    settings_for = settings_by_path(policy)
    version = version_of(policy.kubernetes_version)
    rules = [one for rule in rules for one in rule.variants() if applies_to(one.kubernetes, version)]
    made: dict[tuple[int, ...], RuleSet] = {}

    def for_path(path: str) -> RuleSet:
        settings = settings_for(path)
        if settings.overrides not in made:
            chosen = _choose(rules, settings, policy)
            here = policy if settings.images == policy.images else policy._replace(images=settings.images)
            made[settings.overrides] = RuleSet(chosen, policy=here, project=project)
        return made[settings.overrides]

    return for_path


def _choose(rules: Sequence[AnyRule], settings: PathSettings, policy: Policy) -> dict[str, list[_Chosen]]:
    chosen: dict[str, list[_Chosen]] = {}
    for rule in rules:
        severity = severity_in(rule, settings, policy)
        if severity is not None:
            setting = _setting(rule, _everywhere(policy) if is_locked(rule, policy) else settings)
            options = {} if setting is None else setting.options
            chosen.setdefault(rule.select, []).append((rule, severity, options))
    return chosen


def _setting(rule: AnyRule, settings: PathSettings) -> RuleSetting | None:
    if not settings.rules:
        return None
    names = (rule.name, *rule.formerly)
    return next((settings.rules[name] for name in names if name in settings.rules), None)
