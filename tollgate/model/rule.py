"""A rule as its YAML file says it, and what a check is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tollgate.model.finding import Severity
from tollgate.model.hints import Any, Literal, TypeAlias, Union
from tollgate.model.policy import Level, Policy
from tollgate.model.project import Project
from tollgate.model.record import NamedTuple

Conditions: TypeAlias = Mapping[str, Any]
"""Paths to words, as written in the rule file; `vocabulary` gives them meaning."""

RULE_URL = "https://tollgate.dev/rules/{name}"
CUSTOM = "custom"
"""The category of rules that a policy brings along; subfolders stand behind it."""


class Example(NamedTuple):
    """`bad` and `good` as written, markers included. `policy`: the policy it is linted under. `beside`:
    other files of the project, by path."""

    bad: str | None
    good: str | None
    file: str | None = None
    policy: Mapping[str, Any] = {}
    kubernetes: str | None = None
    title: str = ""
    beside: Mapping[str, str] = {}


class Rule(NamedTuple):
    """One file of `rules/`. `why`, `references`, `examples`, `fix_by_check` are only there when asked for."""

    name: str
    title: str
    severity: Severity
    level: Level
    category: str
    """The file's folder below rules/, such as `kubernetes/pod-security`."""
    select: str
    message: str
    sets: tuple[str, ...] = ()
    equivalents: Mapping[str, tuple[str, ...]] = {}
    where: Conditions | None = None
    require: Conditions | None = None
    forbid: Conditions | None = None
    check: str | None = None
    fix: Mapping[str, Any] | None = None
    fix_by_check: Literal["", "safe", "unsafe", "depends"] = ""
    """How safe the fix is that the check builds, if it builds any."""
    instead_of: tuple[str, ...] = ()
    kubernetes: str | None = None
    options: Mapping[str, Mapping[str, Any]] = {}
    for_each: str | None = None
    report: str | None = None
    """A noun: the owner at which one finding stands for all selected nodes below it."""
    unknown: Literal["finding", "silent"] = "silent"
    formerly: tuple[str, ...] = ()
    security_severity: float | None = None
    extra: str = ""
    """The optional extra of the package without which it finds nothing."""
    relational: bool = False
    """`check` relates objects of the whole project: it is given an IndexedObject and yields Relations."""
    needs: tuple[str, ...] = ()
    """What there must be for the rule to say anything: kinds, one of which the project must hold, if it is
    relational, else keys or kinds, one of which the file must hold."""
    policy_section: str | None = None
    """Where policy does not have this section, the rule is off."""
    locked: bool = False
    """Cannot be suppressed from the linted tree."""
    also: Mapping[str, Mapping[str, Any]] = {}
    """Further nouns with the same defect; each with its own condition, message and fix."""
    why: str = ""
    references: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def marks(self) -> tuple[frozenset[str], ...]:
        """None: only the catalog's heads know them, and without them a rule is asked in every file."""
        return ()

    def whole(self) -> Rule:
        return self

    def variants(self) -> tuple[Rule, ...]:
        """The rule for each noun that it speaks about."""
        return (self, *map(self.about, self.also))

    def about(self, noun: str) -> Rule:
        """The rule as it is for one noun, which may have a level and severity of its own."""
        if noun == self.select:
            return self
        body: dict[str, Any] = dict.fromkeys(("where", "require", "forbid", "check", "fix"))
        return self._replace(select=noun, also={}, kubernetes=None, **{**body, **self.also[noun]})

    @property
    def is_custom(self) -> bool:
        return self.category.partition("/")[0] == CUSTOM

    @property
    def url(self) -> str:
        """Its page; of a policy's own rule, the first reference, or nothing."""
        if self.is_custom:
            return self.references[0] if self.references else ""
        return RULE_URL.format(name=self.name)


class RuleHead(NamedTuple):
    """What choosing among rules needs, once for each noun; `load(name)` gives the whole rule."""

    name: str
    severity: Severity
    level: Level
    category: str
    select: str
    sets: tuple[str, ...]
    formerly: tuple[str, ...]
    kubernetes: str | None
    relational: bool
    policy_section: str | None
    load: Callable[[str], Rule]
    marks: tuple[frozenset[str], ...] = ()
    """Of each of these sets a file must hold one, as a key or kind, for the rule to find anything in it."""

    def whole(self) -> Rule:
        return self.load(self.name).about(self.select)

    @property
    def is_custom(self) -> bool:
        return self.category.partition("/")[0] == CUSTOM

    def variants(self) -> tuple[RuleHead, ...]:
        return (self,)


AnyRule: TypeAlias = Union[Rule, RuleHead]  # noqa: UP007


class Context(NamedTuple):
    """What a check may know beside the node: the project, the policy, the rule's options."""

    project: Project
    policy: Policy
    options: Mapping[str, Any]
    kubernetes_version: tuple[int, int]
