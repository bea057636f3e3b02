"""Rules made ready to run: closures for one rule under one policy, indexed by what they select."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping as Map, Sequence as Seq
from importlib import import_module

from tollgate.engine.place import culprit, failing_clause
from tollgate.engine.plan import Planner, compile_fix
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem, RelatedSpan, Severity
from tollgate.model.hints import Any
from tollgate.model.node import Node, Scalar
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context, Rule
from tollgate.model.target import Target
from tollgate.vocabulary import CANNOT_KNOW, Compiled, Condition, RuleError, compile_conditions

Check = Callable[[Target, Context], Iterator[Problem]]
Root = Callable[[int], Node | None]


class ReadyRule(NamedTuple):
    """`run(target, root)` yields the rule's problems on one target; `root` gives a document's root.
    `only` are the values of a target's own attribute that can pass `where`."""

    rule: Rule
    severity: Severity
    where: Condition | None
    run: Callable[[Target, Root], Iterable[Problem]]
    only: tuple[str, frozenset[str]] | None = None


def make_ready(
    rule: Rule,
    *,
    severity: Severity,
    options: Map[str, Any],
    policy: Policy,
    project: Project,
) -> ReadyRule:
    """Compile one rule. Raises RuleError naming the rule."""
    try:
        given = option_values(rule, options)
        only, rest = _narrowed(rule)
        where = None if rest is None else compile_conditions(rest, options=given)
        context = Context(project, policy, given, version_of(policy.kubernetes_version))
        runs = [_body(one, given, context) for one in _each(rule, given)]
    except RuleError as error:
        raise RuleError(f"rule {rule.name}: {error}") from None
    return ReadyRule(rule, severity, None if where is None else where.answer, _chain(runs), only)


_BY_ATTRIBUTE = {"instruction": "keyword", "command": "name"}
"""What most rules on a noun tell its targets apart by, and a plain attribute of them holds."""


def _narrowed(rule: Rule) -> tuple[tuple[str, frozenset[str]] | None, Map[str, Any] | None]:
    """The part of `where` that a plain comparison answers, and the rest.

    Most targets of a file are not for a given rule, so this is what a run over many files spends its time on.
    """
    where = rule.where
    attribute = _BY_ATTRIBUTE.get(rule.select)
    words = None if where is None or attribute is None else where.get(attribute)
    if where is None or attribute is None or not isinstance(words, dict) or len(words) != 1:
        return None, where
    values = words.get("in", [words.get("is")])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        return None, where
    rest = {path: others for path, others in where.items() if path != attribute}
    return (attribute, frozenset(values)), rest or None


def option_values(rule: Rule, options: Map[str, Any]) -> dict[str, Any]:
    """What policy says of a rule's options over their defaults."""
    return {**{name: option.get("default") for name, option in rule.options.items()}, **options}


def _chain(
    runs: Seq[Callable[[Target, Root], Iterable[Problem]]],
) -> Callable[[Target, Root], Iterable[Problem]]:
    if len(runs) == 1:
        return runs[0]

    def run(target: Target, root: Root) -> Iterator[Problem]:
        for one in runs:
            yield from one(target, root)

    return run


def _each(rule: Rule, options: Map[str, Any]) -> Iterator[Rule]:
    """The rule once for each entry of its `for-each` option, `{key}` and `{value}` filled in."""
    if rule.for_each is None:
        yield rule
        return
    entries = options.get(rule.for_each.removeprefix("$")) or {}
    pairs = entries.items() if isinstance(entries, dict) else ((entry, "") for entry in entries)
    for key, value in pairs:

        def bound(written: Any, key: Any = key, value: Any = value) -> Any:
            if isinstance(written, str):
                return (
                    value
                    if written == "{value}"
                    else written.replace("{key}", str(key)).replace("{value}", str(value))
                )
            if isinstance(written, dict):
                return {bound(name): bound(item) for name, item in written.items()}
            return [bound(item) for item in written] if isinstance(written, list) else written

        yield rule._replace(
            require=bound(rule.require),
            forbid=bound(rule.forbid),
            message=bound(rule.message),
            fix=bound(rule.fix),
        )


def _body(
    rule: Rule, options: Map[str, Any], context: Context
) -> Callable[[Target, Root], Iterable[Problem]]:
    planner = None if rule.fix is None else compile_fix(rule.fix, options=options)
    if rule.check is not None:
        return _checked(rule.check, planner, context)
    conditions = rule.require if rule.require is not None else rule.forbid
    if conditions is None:
        raise RuleError("needs one of require, forbid, check")
    compiled = compile_conditions(conditions, options=options)
    return _declared(rule, compiled, planner)


def _declared(
    rule: Rule, compiled: Compiled, planner: Planner | None
) -> Callable[[Target, Root], Iterable[Problem]]:
    wanted = rule.require is not None
    tell_unknown = rule.unknown == "finding"

    def run(target: Target, root: Root) -> Iterable[Problem]:
        truth = compiled.answer(target)
        failed = tell_unknown if truth is CANNOT_KNOW else (truth is True) is not wanted
        return (problem(target, root),) if failed else ()

    def problem(target: Target, root: Root) -> Problem:
        clause = failing_clause(compiled, target, wanted=wanted)
        at = culprit(clause, target, root(target.document))
        fields = {} if not isinstance(at.value, Scalar) else {"value": at.value}
        return Problem(
            at.start,
            at.end,
            fields=fields,
            message=rule.message,
            related=at.related,
            key=_problem_key(rule),
            fix=None if planner is None else planner(target),
            missing=at.missing,
        )

    return run


def _problem_key(rule: Rule) -> str:
    return "" if rule.for_each is None else rule.message


def _checked(
    name: str, planner: Planner | None, context: Context
) -> Callable[[Target, Root], Iterable[Problem]]:
    check: Check | None = None

    def run(target: Target, _root: Root) -> Iterable[Problem]:
        nonlocal check
        if check is None:  # imported when `where` lets the first target pass: for most files it never does
            check = import_check(name)
        found = check(target, context)
        return found if planner is None else [_with_fix(one, planner, target) for one in found]

    return run


def _with_fix(problem: Problem, planner: Planner, target: Target) -> Problem:
    return problem if problem.fix is not None else problem._replace(fix=planner(target))


def import_check(name: str) -> Any:
    """`module.function` below tollgate.checks, or `package.module:function` of an installed package: that was
    imported with the policy, where it is known what may be."""
    package, colon, function = name.partition(":")
    if colon:
        check = getattr(sys.modules.get(package), function, None)
        if check is None:
            raise RuleError(f"`{package}` has no check `{function}`")
        return check
    module_name, _, function = name.rpartition(".")
    try:
        return getattr(import_module(f"tollgate.checks.{module_name}"), function)
    except (ImportError, AttributeError) as error:
        raise RuleError(f"there is no check `{name}`: {error}") from None


def version_of(text: str) -> tuple[int, int]:
    """ "1.31" as (1, 31). Raises RuleError."""
    found = re.fullmatch(r"v?(\d{1,4})\.(\d{1,4})(?:\.\d+)?", text)
    if found is None:
        raise RuleError(f"`{text}` is no Kubernetes version; write one such as 1.31")
    return int(found[1]), int(found[2])


_BOUND = re.compile(r"(>=|<=|<|>|==?)\s*(\d+)\.(\d+)")


def applies_to(constraint: str | None, version: tuple[int, int]) -> bool:
    """Whether `>=1.25 <1.35` holds for a version. Raises RuleError for what it cannot read."""
    if constraint is None:
        return True
    bounds = _BOUND.findall(constraint)
    if not bounds:
        raise RuleError(f"`{constraint}` is no version constraint; write one such as >=1.25 <1.35")
    for sign, major, minor in bounds:
        limit = (int(major), int(minor))
        holds = {
            ">=": version >= limit,
            "<=": version <= limit,
            "<": version < limit,
            ">": version > limit,
        }.get(sign, version == limit)
        if not holds:
            return False
    return True


def owner_problem(owner: Target, members: Seq[tuple[Target, Problem]]) -> Problem:
    """One problem at the owner that stands for those of its members (`report: owner`)."""
    span = owner.grip()
    first = members[0][1]
    related = tuple(RelatedSpan("here", problem.start, problem.end) for _, problem in members)
    return first._replace(start=span.start, end=span.end, related=related)
