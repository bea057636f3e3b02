"""A summary in Markdown, for the page of a GitHub Actions job."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.finding import SEVERITIES, Finding
from tollgate.model.report import Report
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import markdown, place
from tollgate.reporters.style import Style
from tollgate.reporters.summary import summary_line
from tollgate.reporters.texts import Texts

SHOWN = 200
"""GitHub cuts a job summary at 1 MiB; so many rows stay far below it."""

_LONGEST_MESSAGE = 500

_LINK = re.compile(r"https://[\w./#-]+", re.ASCII)


def render(report: Report, _options: RenderOptions) -> Iterator[str]:
    texts = Texts(report)
    yield "## Tollgate\n\n"
    yield f"{markdown(summary_line(report, Style(colour=False)))}\n"
    worst = sorted(report.active, key=lambda finding: SEVERITIES.index(finding.severity))
    if worst:
        yield "\n| Severity | Place | Rule | What is wrong |\n| --- | --- | --- | --- |\n"
        for finding in worst[:SHOWN]:
            yield _row(texts.scrubbed(finding), report)
    if len(worst) > SHOWN:
        yield f"\n{len(worst) - SHOWN} more are not shown.\n"
    if report.notes:
        yield "\n**Not linted, or worth knowing**\n\n"
        for note in report.notes[:SHOWN]:
            yield f"- {markdown(note.path)}: {markdown(note.message)}\n"
    for error in report.errors:
        yield f"\n**Error:** {markdown(error)}\n"


def _row(finding: Finding, report: Report) -> str:
    start = finding.location.region.start
    rule = report.rules.get(finding.rule)
    name = markdown(finding.rule)
    if rule is not None and _LINK.fullmatch(rule.url):
        name = f"[{name}]({rule.url})"
    where = markdown(place(finding.location.path, start.line, start.column))
    message = markdown(finding.message[:_LONGEST_MESSAGE])
    return f"| {finding.severity} | {where} | {name} | {message} |\n"
