"""The examples of rules as tests: exact regions under `bad`, silence under `good`, fixes byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tollgate import catalog
from tollgate.config import policy_from_plain
from tollgate.engine.lint import Linter
from tollgate.model.file_kind import kind_by_name
from tollgate.model.finding import Finding
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.markers import strip_markers
from tollgate.model.policy import Policy
from tollgate.model.project import Project, ShellProblem, unpack_objects
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Example, Rule
from tollgate.model.source import Region, Source, decode
from tollgate.shellcheck import HOW_TO_GET, check, find_program

if TYPE_CHECKING:
    from tollgate.model.source import Position

TODAY = "2026-11-23"
"""The day that examples are judged by whose policy names none."""

_IN_DOCKERFILES = frozenset(
    {"dockerfile", "stage", "final-stage", "instruction", "script", "command", "pipeline"}
)
_IN_COMPOSE = frozenset({"compose", "service", "service-volume", "service-port"})


class Case(NamedTuple):
    """One example of a rule. `custom`: the compiled rules that it is one of, if it is not a shipped one."""

    rule: Rule
    example: Example
    number: int
    origin: str = "example"
    custom: str = ""

    def __str__(self) -> str:
        return f"{self.rule.name}-{self.origin}-{self.number}"


def all_cases(rules: Sequence[Rule], *, custom: str = "") -> list[Case]:
    """The examples of the rules, numbered from 1."""
    return [
        Case(rule, example, number, custom=custom)
        for rule in rules
        for number, example in enumerate(rule.examples, 1)
    ]


def problems_of(case: Case) -> Iterator[tuple[str, str]]:
    """What does not hold: the key of the example (`bad`, `good`) and a sentence.

    Raises ValueError for markers, policies and rules that make no sense.
    """
    for key, judged in (
        ("bad", _bad_problem(case)),
        ("good", _good_problem(case)),
        ("good", _fix_problem(case)),
    ):
        if judged:
            yield key, judged


def _bad_problem(case: Case) -> str:
    if not case.example.bad:
        return ""
    marked = strip_markers(case.example.bad)
    found = [one.location.region for one in lint_example(case, marked.text) if one.rule == case.rule.name]
    if not found:
        return "nothing was found"
    if not marked.regions and not marked.starts:
        return ""
    exact = {region for region in found if region.start not in marked.starts}
    starts = {region.start for region in found}
    if exact == set(marked.regions) and set(marked.starts) <= starts:
        return ""
    return f"marked {_places(marked.regions, marked.starts)}, but found {_places(sorted(set(found)))}"


def _places(regions: Sequence[Region], starts: Sequence[Position] = ()) -> str:
    shown = [f"{start.line}:{start.column}-{end.line}:{end.column}" for start, end in sorted(regions)]
    return ", ".join([*shown, *(f"{start.line}:{start.column}" for start in starts)])


def _good_problem(case: Case) -> str:
    if not case.example.good:
        return ""
    found = lint_example(case, strip_markers(case.example.good).text)
    wrong = [one.location.region for one in found if one.rule == case.rule.name]
    return f"there is a finding at {_places(wrong)}" if wrong else ""


def _fix_problem(case: Case) -> str:
    if not (case.rule.fix and case.example.bad and case.example.good):
        return ""
    made = fixed(case, strip_markers(case.example.bad).text)
    good = strip_markers(case.example.good).text
    if made == good:
        return ""
    from difflib import unified_diff

    difference = unified_diff(good.splitlines(), made.splitlines(), "good", "fixed bad", lineterm="")
    return "\n".join(["`bad` is not `good` once it is fixed:", *difference])


def file_name(case: Case) -> str:
    """What the example's file is called."""
    if case.example.file is not None:
        return case.example.file
    if case.rule.is_custom:
        return _name_by_noun(case.rule.select)
    if case.rule.category == "compose":
        return "compose.yaml"
    return "Dockerfile" if case.rule.category.startswith("dockerfile") else "manifest.yaml"


def _name_by_noun(noun: str) -> str:
    if noun in _IN_COMPOSE:
        return "compose.yaml"
    return "Dockerfile" if noun in _IN_DOCKERFILES or noun.isupper() else "manifest.yaml"


def policy_of(case: Case) -> Policy:
    """The policy that the example is linted under: its own, with this rule alone."""
    written = dict(case.example.policy)
    if case.example.kubernetes is not None:
        written["kubernetes-version"] = case.example.kubernetes
    base = policy_from_plain(written) if written else Policy()
    return base._replace(select=(case.rule.name,), today=base.today or TODAY, custom=case.custom)


def lint_example(case: Case, text: str) -> list[Finding]:
    """All findings in a text that stands for the example's file."""
    return list(_lint(case, decode(file_name(case), text.encode("utf-8", "surrogateescape"))))


def _lint(case: Case, source: Source) -> Sequence[Finding]:
    beside = {path: text.encode() for path, text in case.example.beside.items()}
    linter = Linter(catalog.heads(case.custom), policy=policy_of(case), project=Project(read_file=beside.get))
    kind = kind_by_name(source.path) or "yaml"
    if case.rule.extra:
        linter.project.shell_problems = _shell_problems(linter, source)
    result = linter.lint(source, kind)
    if not case.rule.relational:
        return result.findings
    others = [
        linter.lint(decode(path, text.encode()), kind_by_name(path) or "yaml")
        for path, text in case.example.beside.items()
    ]
    linter.project.fill(one for file in (result, *others) for one in unpack_objects(file.objects))
    related = linter.relations(given=None, load=lambda _path: linter.read_again(source), foretold={})
    return [*result.findings, *(finding for findings in related.values() for finding in findings)]


def _shell_problems(linter: Linter, source: Source) -> Mapping[str, Sequence[ShellProblem]]:
    program = find_program()
    if program is None:
        raise ValueError(HOW_TO_GET)
    texts = [one.text for one in linter.shell_texts(source.path, source.data)]
    return check(program, texts).problems


def fixed(case: Case, text: str) -> str:
    """The text after every fix of the rule, safe or not. Raises ValueError for a fix that does not hold."""
    from tollgate.engine.fix import apply_fixes

    source = decode(file_name(case), text.encode("utf-8", "surrogateescape"))
    outcome = apply_fixes(
        source,
        [finding for finding in _lint(case, source) if finding.rule == case.rule.name],
        kind=kind_by_name(source.path) or "yaml",
        unsafe=True,
        relint=lambda changed: _lint(case, changed),
    )
    if outcome.dropped:
        raise ValueError(f"a fix does not hold: {outcome.dropped}")
    return outcome.new_source.text
