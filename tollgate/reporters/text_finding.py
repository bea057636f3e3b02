"""One finding for a person: what is wrong, where, drawn into its lines, and what helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tollgate.model.finding import Finding, Related
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report, RuleInfo
from tollgate.reporters.cells import wrap
from tollgate.reporters.printable import place, printable
from tollgate.reporters.snippet import Mark, draw
from tollgate.reporters.style import Style, outside_mark

_RELATED_SHOWN = 5


class Drawing:
    """What is needed to draw the findings of one file; their line numbers share a column."""

    __slots__ = ("gutter", "report", "style", "text", "width")

    def __init__(
        self, report: Report, text: MaskedText | None, style: Style, width: int, *, gutter: int
    ) -> None:
        self.gutter = gutter
        self.report = report
        self.text = text
        self.style = style
        self.width = width


def draw_finding(
    finding: Finding, rule: RuleInfo | None, drawing: Drawing, *, explain: bool
) -> Iterator[str]:
    style = drawing.style
    start = finding.location.region.start
    gutter = drawing.gutter
    name = style.link(rule.url if rule else "", printable(finding.rule))
    header = style.paint(finding.severity, f"{finding.severity}[{name}]")
    message = style.paint("strong", ": " + printable(finding.message))
    yield f"{header}{message}{outside_mark(finding, style)}"
    where = place(finding.location.path, start.line, start.column)
    yield f"{'':{gutter}}{style.paint('gutter', '-->')} {where}"
    inside, elsewhere = _split_related(finding)
    if drawing.text is not None:
        marks = [Mark(finding.location.region, _label(finding), finding.severity, main=True)]
        marks += [Mark(item.location.region, printable(item.message), "gutter") for item in inside]
        yield from draw(drawing.text, marks, gutter=gutter, width=drawing.width, style=style)
    yield from _elsewhere(elsewhere, drawing)
    remarks = list(_remarks(finding, rule, explain=explain))
    if remarks and drawing.text is not None:
        yield style.paint("gutter", f"{'':{gutter}} |")
    for title, remark in remarks:
        yield from _remark(title, remark, drawing)


def gutter_width(findings: Sequence[Finding], text: MaskedText | None) -> int:
    """The width of the highest line number that can be shown."""
    last = 1
    for finding in findings:
        inside, elsewhere = _split_related(finding)
        here = max(item.region.end.line for item in (finding.location, *(item.location for item in inside)))
        there = (item.location.region.end.line for item in elsewhere)
        last = max(last, here if text is None else min(here, text.line_count), *there)
    return len(str(last))


def _split_related(finding: Finding) -> tuple[list[Related], list[Related]]:
    """Related places to draw in the same snippet, and those in other files."""
    here = finding.location.path
    inside = [item for item in finding.related if item.location.path == here]
    return inside[:_RELATED_SHOWN], [item for item in finding.related if item.location.path != here]


def _label(finding: Finding) -> str:
    """Which object or stage the underlined text belongs to."""
    kind = printable(finding.object_kind or ("stage" if finding.object_name is not None else ""))
    if not kind:
        return ""
    return f"in {kind}" if finding.object_name is None else f"in {kind} `{printable(finding.object_name)}`"


def _elsewhere(related: Sequence[Related], drawing: Drawing) -> Iterator[str]:
    style, gutter = drawing.style, drawing.gutter
    if related and drawing.text is not None:
        yield style.paint("gutter", f"{'':{gutter}} |")
    for item in related[:_RELATED_SHOWN]:
        path, region = item.location
        where = place(path, region.start.line, region.start.column)
        yield f"{'':{gutter}}{style.paint('gutter', ':::')} {where}"
        text = drawing.report.load(path)
        message = printable(item.message)
        if text is None:
            yield f"{'':{gutter}} {style.paint('gutter', '=')} {message}"
        else:
            mark = Mark(region, message, "gutter")
            yield from draw(text, [mark], gutter=gutter, width=drawing.width, style=style)
    if len(related) > _RELATED_SHOWN:
        yield f"{'':{gutter}}{style.paint('gutter', ':::')} and {len(related) - _RELATED_SHOWN} more places"


def _remarks(finding: Finding, rule: RuleInfo | None, *, explain: bool) -> Iterator[tuple[str, str]]:
    """What stands below the drawing. Why a rule matters is said where it speaks first."""
    if finding.fix is not None:
        option = "--fix" if finding.fix.safe else "--unsafe-fixes"
        yield "help", f"{printable(finding.fix.title) or 'can be fixed'} ({option} does it)"
    if rule is None or not explain:
        return
    if rule.why:
        yield "why", _first_paragraph(rule.why)
    if rule.url:
        yield "docs", printable(rule.url)


def _first_paragraph(text: str) -> str:
    paragraph = text.strip().split("\n\n")[0]
    return " ".join(printable(line) for line in paragraph.splitlines())


def _remark(title: str, remark: str, drawing: Drawing) -> Iterator[str]:
    style, gutter = drawing.style, drawing.gutter
    painted = style.paint("help" if title == "help" else "strong", f"{title}:")
    lead = f"{'':{gutter}} {style.paint('gutter', '=')} {painted} "
    indent = gutter + 3 + len(title) + 2
    first, *rest = wrap(remark, max(drawing.width - indent, 40))
    yield lead + first
    yield from (" " * indent + line for line in rest)
