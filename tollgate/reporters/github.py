"""Workflow commands: the runner of GitHub Actions makes annotations on the changed lines of them.

GitHub shows ten annotations of a level and step, so the worst come first and the rest is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.finding import SEVERITIES, Finding, Note, Severity
from tollgate.model.report import Report, RuleInfo
from tollgate.reporters.counts import in_words
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import github_data, github_property, printable
from tollgate.reporters.style import Style
from tollgate.reporters.summary import summary_line
from tollgate.reporters.texts import Texts

SHOWN_OF_A_LEVEL = 10

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, options: RenderOptions) -> Iterator[str]:
    texts = Texts(report)
    left_out: dict[Severity, int] = {}
    for severity in SEVERITIES:
        findings = [finding for finding in report.active if finding.severity == severity]
        room = max(SHOWN_OF_A_LEVEL - (len(report.errors) if severity == "error" else 0), 0)
        worst = sorted(findings, key=lambda finding: -_score(report.rules.get(finding.rule)))[:room]
        yield from (_finding(texts.scrubbed(finding), report) for finding in worst)
        left_out[severity] = len(findings) - len(worst)
        if severity == "note":
            yield from map(_note, report.notes[: room - len(worst)])
            left_out["note"] += max(len(report.notes) - (room - len(worst)), 0)
    for error in report.errors:
        yield f"::error title=tollgate::{github_data(error)}\n"
    if any(left_out.values()):
        yield f"Not shown as annotations, because GitHub shows {SHOWN_OF_A_LEVEL} of a level: "
        yield f"{in_words(left_out)}.\n"
    yield summary_line(report, Style(colour=options.colour)) + "\n"


def _score(rule: RuleInfo | None) -> float:
    return float(rule.security_severity) if rule is not None and rule.security_severity else 0.0


def _finding(finding: Finding, report: Report) -> str:
    rule = report.rules.get(finding.rule)
    lines = [printable(finding.message)]
    if finding.fix is not None:
        option = "--fix" if finding.fix.safe else "--unsafe-fixes"
        lines.append(f"help: {printable(finding.fix.title) or 'can be fixed'} ({option} does it)")
    if rule is not None and rule.url:
        lines.append(printable(rule.url))
    data = "%0A".join(map(github_data, lines))
    title = github_property(f"tollgate[{finding.rule}]")
    return f"::{_COMMANDS[finding.severity]} {_place(finding)},title={title}::{data}\n"


def _place(finding: Finding) -> str:
    """The runner refuses columns where a region has more than one line."""
    path, ((first, start), (last, end)) = finding.location
    place = f"file={github_property(path)},line={first},endLine={last}"
    return f"{place},col={start},endColumn={end}" if first == last else place


def _note(note: Note) -> str:
    line = f",line={note.line}" if note.line else ""
    title = github_property(f"tollgate[{note.kind}]")
    return f"::notice file={github_property(note.path)}{line},title={title}::{github_data(note.message)}\n"
