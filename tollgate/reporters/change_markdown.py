"""A change's findings as a review comment for GitHub: the hunks that have any, and the fixes as suggestions.

Content stands in fences longer than any run of backquotes in it, everything else is escaped, so that no file
can break out of its block, mention a person or make a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tollgate.model.change_view import ChangeView, FileView
from tollgate.model.finding import SEVERITIES, Finding
from tollgate.reporters.change_hunk import Paper, draw_hunk
from tollgate.reporters.change_rows import hunks
from tollgate.reporters.change_text import base_words
from tollgate.reporters.counts import plural
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import is_link, markdown, place
from tollgate.reporters.style import Style
from tollgate.reporters.suggestions import suggestions
from tollgate.reporters.summary import POLICY_CHANGED, summary_line

LONGEST = 65_536
"""What GitHub takes in one comment; counted here in bytes, which are never fewer than its characters."""

_KEPT_FREE = 300
"""Room for saying what was left out."""

_WIDTH = 100
_RELATED_SHOWN = 3


def render_markdown(view: ChangeView, _options: RenderOptions) -> Iterator[str]:
    """The comment in pieces, the files with the worst findings first."""
    report = view.report
    yield (head := _heading(view))
    room = LONGEST - _KEPT_FREE - _size(head)
    left_out = 0
    for file in sorted((one for one in view.files if one.findings), key=_worst_first):
        title = f"\n#### {markdown(file.path)}\n"
        parts = list(_parts(file, view))
        for findings, text in parts:
            if left_out or _size(title) + _size(text) > room:
                left_out += findings
                continue
            yield title + text
            room -= _size(title) + _size(text)
            title = ""
    if left_out:
        since = "" if report.since is None else f" {report.since.base[:12]}"
        yield (
            f"\n{plural(left_out, 'more finding')} left out: a comment has no room for more. "
            f"`tollgate diff{since}` shows all.\n"
        )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _heading(view: ChangeView) -> str:
    report = view.report._replace(summary=view.report.summary._replace(seconds=None))
    lines = ["### Tollgate\n", markdown(summary_line(report, Style(colour=False))), ""]
    lines += [f"<sub>{markdown(base_words(view))}</sub>", ""]
    for error in report.errors[:_MOST_ERRORS]:
        lines += [f"**Error:** {markdown(error[:_LONGEST_ERROR])}", ""]
    if report.since is not None and report.since.policy_changed:
        lines += [f"**Note:** {markdown(POLICY_CHANGED)}", ""]
    return "\n".join(lines)


_MOST_ERRORS, _LONGEST_ERROR = 10, 500


def _worst_first(file: FileView) -> tuple[int, str]:
    return min(SEVERITIES.index(finding.severity) for finding in file.findings), file.path


def _parts(file: FileView, view: ChangeView) -> Iterator[tuple[int, str]]:
    """Each hunk that has findings, with how many those are, and what is said of them."""
    paper = Paper(Style(colour=False), _WIDTH, brief=True)
    told: set[int] = set()
    for hunk in hunks(file, whole=False):
        here = [finding for row in hunk.rows for finding in row.findings]
        told.update(map(id, here))
        drawn = _fenced("diff", list(draw_hunk(hunk, file, paper)))
        said = "".join(_finding(finding, file, view) for finding in here)
        yield len(here), f"\n{drawn}\n{said}"
    rest = [finding for finding in file.findings if id(finding) not in told]
    if rest:
        yield len(rest), "\n" + "".join(_finding(finding, file, view) for finding in rest)


def _fenced(language: str, lines: Sequence[str]) -> str:
    longest = 2
    while any("`" * (longest + 1) in line for line in lines):
        longest += 1
    fence = "`" * (longest + 1)
    return "\n".join((f"{fence}{language}", *lines, fence)) + "\n"


def _finding(finding: Finding, file: FileView, view: ChangeView) -> str:
    rule = view.report.rules.get(finding.rule)
    name = markdown(finding.rule)
    if rule is not None and is_link(rule.url):
        name = f"[{name}]({rule.url})"
    line = finding.location.region.start.line
    said = f"**{finding.severity}** {name}, line {line}: {markdown(finding.message)}\n\n"
    for related in finding.related[:_RELATED_SHOWN]:
        where = markdown(place(related.location.path, *related.location.region.start))
        said += f"See {where}: {markdown(related.message)}\n\n"
    if finding.fix is None:
        return said
    caution = "" if finding.fix.safe else " (it may change behaviour)"
    title = markdown(finding.fix.title) or "it can be fixed"
    places = suggestions(finding, file.new, file.old)
    if places is None:
        return f"{said}Fix: {title}{caution}; `tollgate lint --fix` writes it.\n\n"
    blocks = []
    for one in places:
        where = f"line {one.first}" if one.first == one.last else f"lines {one.first} to {one.last}"
        blocks.append(f"Fix: {title}{caution}, {where}:\n\n{_fenced('suggestion', one.lines)}\n")
    return said + "".join(blocks)
