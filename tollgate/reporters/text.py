"""The report for a person at a terminal: each finding with its lines, underlined; a summary last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tollgate.model.finding import Finding
from tollgate.model.report import Report
from tollgate.reporters.counts import in_words, severities
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import place, printable
from tollgate.reporters.style import Style, outside_mark
from tollgate.reporters.summary import closing
from tollgate.reporters.texts import Texts


def render(report: Report, options: RenderOptions) -> Iterator[str]:
    style = Style(colour=options.colour, hyperlinks=options.hyperlinks)
    if options.quiet:
        yield from (_one_line(finding, style) for finding in Texts(report).shown())
        return
    if any(finding.suppressed is None for finding in report.findings):
        yield from _findings(report, options, style)
    yield from closing(report, options, style)


def _findings(report: Report, options: RenderOptions, style: Style) -> Iterator[str]:
    # Most runs of the hook find nothing and need nothing of this.
    from tollgate.reporters.text_finding import Drawing, draw_finding, gutter_width

    texts = Texts(report)
    explained: set[str] = set()
    for path, findings in groupby(texts.shown(), key=lambda finding: finding.location.path):
        group = list(findings)
        yield _heading(path, group, style)
        text = texts.get(path)
        drawing = Drawing(report, text, style, options.width, gutter=gutter_width(group, text))
        for finding in group:
            rule = report.rules.get(finding.rule)
            new = finding.rule not in explained
            explained.add(finding.rule)
            yield "\n".join(draw_finding(finding, rule, drawing, explain=new)) + "\n\n"


def _one_line(finding: Finding, style: Style) -> str:
    start = finding.location.region.start
    where = style.paint("strong", place(finding.location.path, start.line, start.column))
    what = style.paint(finding.severity, f"{finding.severity}[{printable(finding.rule)}]")
    return f"{where}: {what}: {printable(finding.message)}{outside_mark(finding, style)}\n"


def _heading(path: str, findings: Sequence[Finding], style: Style) -> str:
    inside = [finding for finding in findings if finding.change != "outside"]
    others = len(findings) - len(inside)
    words = [in_words(severities(inside)), f"{others:,} outside the change" if others else ""]
    counted = style.paint("faint", f"({', '.join(filter(None, words))})")
    return f"{style.paint('strong', printable(path))} {counted}\n\n"
