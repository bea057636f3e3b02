"""JUnit's XML: a suite for each file, a failure for each finding, a passing test for a file without any.

The name of a test case is the rule and the object, with a number among equal ones and no line, so that a
server which compares two runs sees the same test after a move. What is suppressed or was not linted is
skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tollgate.model.finding import Finding, Note
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import place
from tollgate.reporters.texts import Texts
from tollgate.reporters.xml_element import DECLARATION, element, start

_RUN = "tollgate"


class _Case(NamedTuple):
    """`outcome`: passed, failure, error or skipped; `said` is its message, `kind` its type."""

    path: str
    name: str
    line: int
    outcome: str = "passed"
    said: str = ""
    kind: str = ""
    body: tuple[str, ...] = ()


def render(report: Report, _options: RenderOptions) -> Iterator[str]:
    suites = _suites(report)
    every = [case for cases in suites.values() for case in cases]
    yield DECLARATION + start("testsuites", {"name": _RUN, **_counted(every)}) + "\n"
    for path, cases in suites.items():
        yield from _suite(path, cases)
    yield "</testsuites>\n"


def _suites(report: Report) -> Mapping[str, list[_Case]]:
    """The cases of each file by path; what could not be done at all comes last."""
    found: dict[str, list[_Case]] = {file.path: [] for file in report.linted if file.kind != "other"}
    texts = Texts(report)
    for finding in report.inside:
        found.setdefault(finding.location.path, []).append(_finding(texts.scrubbed(finding), report))
    for note in report.notes:
        found.setdefault(note.path, []).append(_note(note))
    suites = {path: _numbered(found[path] or [_Case(path, "no findings", 0)]) for path in sorted(found)}
    errors = [_Case(_RUN, "run", 0, "error", error, "error") for error in report.errors]
    if errors:
        suites[_RUN] = _numbered([*suites.get(_RUN, ()), *errors])
    return suites


def _finding(finding: Finding, report: Report) -> _Case:
    path, region = finding.location
    owner = " ".join(part for part in (finding.object_kind, finding.object_name) if part is not None)
    name = f"{finding.rule} in {owner}" if owner else finding.rule
    if finding.suppressed is not None:
        why = f"suppressed by {finding.suppressed.kind}: {finding.suppressed.reason}"
        return _Case(path, name, region.start.line, "skipped", why)
    body = tuple(_body(finding, report))
    return _Case(path, name, region.start.line, "failure", finding.message, finding.severity, body)


def _body(finding: Finding, report: Report) -> Iterator[str]:
    path, region = finding.location
    where = place(path, region.start.line, region.start.column)
    yield f"{where}: {finding.severity}[{finding.rule}]: {finding.message}"
    for item in finding.related:
        there = item.location.region.start
        yield f"{place(item.location.path, there.line, there.column)}: {item.message}"
    if finding.fix is not None:
        option = "--fix" if finding.fix.safe else "--unsafe-fixes"
        yield f"help: {finding.fix.title or 'can be fixed'} ({option} does it)"
    rule = report.rules.get(finding.rule)
    if rule is not None and rule.url:
        yield rule.url


def _note(note: Note) -> _Case:
    return _Case(note.path, note.kind, note.line, "skipped", note.message)


def _numbered(cases: Sequence[_Case]) -> list[_Case]:
    """Each name once: servers take two cases of one name for two runs of one test."""
    seen: Counter[str] = Counter()
    named = []
    for case in cases:
        seen[case.name] += 1
        number = seen[case.name]
        named.append(case if number == 1 else case._replace(name=f"{case.name} ({number})"))
    return named


def _counted(cases: Sequence[_Case]) -> dict[str, object]:
    outcomes = Counter(case.outcome for case in cases)
    return {
        "tests": len(cases),
        "failures": outcomes["failure"],
        "errors": outcomes["error"],
        "skipped": outcomes["skipped"],
    }


def _suite(path: str, cases: Sequence[_Case]) -> Iterator[str]:
    counted = _counted(cases)
    yield f"  {start('testsuite', {'name': path, **counted})}\n"
    for case in cases:
        named: dict[str, object] = {"classname": case.path, "name": case.name}
        if case.line:
            named |= {"file": case.path, "line": case.line}
        if case.outcome == "passed":
            yield f"    {element('testcase', named)}\n"
            continue
        told: dict[str, object] = {"message": case.said}
        if case.kind:
            told["type"] = case.kind
        yield f"    {start('testcase', named)}\n"
        yield f"      {element(case.outcome, told, case.body)}\n    </testcase>\n"
    yield "  </testsuite>\n"
