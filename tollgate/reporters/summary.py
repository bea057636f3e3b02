"""What stands at the end of the text report: notes, statistics, what was linted and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tollgate.model.finding import SEVERITIES, Note
from tollgate.model.report import LintedFile, Report
from tollgate.reporters.counts import Counts, count, in_words, plural
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import printable
from tollgate.reporters.style import Style

_NOTES_SHOWN = 10

POLICY_CHANGED = (
    "the policy is a part of the change: what it newly asks of unchanged files is told without --since"
)


def closing(report: Report, options: RenderOptions, style: Style) -> Iterator[str]:
    """Everything after the findings, in pieces."""
    if options.show_files:
        yield from _files(report.linted, style)
    if options.statistics:
        yield from _statistics(report, style)
    yield from _notes(report.notes, style, limit=None if options.show_files else _NOTES_SHOWN)
    for error in report.errors:
        yield f"{style.paint('error', 'error')}: {printable(error)}\n"
    if report.since is not None and report.since.policy_changed:
        yield f"{style.paint('note', 'note')}: {POLICY_CHANGED}\n"
    yield summary_line(report, style) + "\n"


def summary_line(report: Report, style: Style) -> str:
    """`Found 3 errors in 2 of 41 files (0.08 s); 2 fixable with --fix`."""
    counted, summary = count(report), report.summary
    time = "" if summary.seconds is None else f" ({summary.seconds:.2f} s)"
    silenced = counted.suppressed - counted.accepted
    clauses = [
        _fixable(counted),
        f"{counted.accepted:,} in the baseline" if counted.accepted else "",
        f"{silenced:,} suppressed" if silenced else "",
    ]
    if summary.not_linted:
        clauses.append(f"{summary.not_linted:,} not linted")
    if report.since is not None and report.since.left_out:
        clauses.append(_left_out(report))
    after = ", ".join(clause for clause in clauses if clause)
    return f"{_found(report, counted, style)}{time}{'; ' + after if after else ''}"


def _found(report: Report, counted: Counts, style: Style) -> str:
    summary = report.summary
    fixed = f"Fixed {plural(summary.fixed, 'finding')}. " if summary.fixed else ""
    if counted.total:
        by_severity = in_words({severity: getattr(counted, severity) for severity in SEVERITIES})
        worst = report.worst() or "note"
        files = f"{counted.files:,} of {plural(max(summary.files, counted.files), 'file')}"
        return f"{fixed}{style.paint(worst, 'Found ' + by_severity)} in {files}"
    since = "" if report.since is None else f" changed since {printable(report.since.ref)}"
    if summary.files == 0:
        return f"{fixed}No Dockerfile and no manifest{since or ' found'}"
    return f"{fixed}{style.paint('help', 'No findings')} in {plural(summary.files, 'file')}{since}"


def _left_out(report: Report) -> str:
    """How many findings the change has nothing to do with."""
    if report.since is None:
        return ""
    number = report.since.left_out
    if any(finding.change == "outside" for finding in report.findings):
        return f"{number:,} more outside the change"
    return f"{number:,} outside the change (--since {printable(report.since.ref)} --all shows them)"


def _fixable(counted: Counts) -> str:
    if counted.safe and counted.unsafe:
        return f"{counted.safe:,} fixable with --fix, {counted.unsafe:,} more with --unsafe-fixes"
    if counted.safe:
        return f"{counted.safe:,} fixable with --fix"
    return f"{counted.unsafe:,} fixable with --unsafe-fixes" if counted.unsafe else ""


def note_place(note: Note) -> str:
    return f"{printable(note.path)}:{note.line}" if note.line else printable(note.path)


def _notes(notes: tuple[Note, ...], style: Style, *, limit: int | None) -> Iterator[str]:
    for note in notes[:limit]:
        kind = style.paint("note", f"note[{note.kind}]")
        yield f"{kind}: {note_place(note)}: {printable(note.message)}\n"
    if limit is not None and len(notes) > limit:
        yield f"{style.paint('note', 'note')}: and {len(notes) - limit:,} more; --show-files shows them\n"
    if notes:
        yield "\n"


def _statistics(report: Report, style: Style) -> Iterator[str]:
    """Rules by number of findings, most first, worst first among equals."""
    counted = Counter((finding.rule, finding.severity) for finding in report.active)
    fixable = Counter((finding.rule, finding.severity) for finding in report.active if finding.fix)
    rank = {severity: place for place, severity in enumerate(SEVERITIES)}
    ordered = sorted(counted.items(), key=lambda item: (-item[1], rank[item[0][1]], item[0][0]))
    width = max((len(f"{number:,}") for _, number in ordered), default=0)
    names = max((len(printable(rule)) for (rule, _), _ in ordered), default=0)
    for (rule, severity), number in ordered:
        title = printable(report.rules[rule].title) if rule in report.rules else ""
        mark = "[fix]" if fixable[rule, severity] else ""
        painted = style.paint(severity, f"{severity:7}")
        yield f"{number:>{width},}  {painted}  {printable(rule):{names}}  {mark:5}  {title}".rstrip() + "\n"
    if ordered:
        yield "\n"


def _files(linted: tuple[LintedFile, ...], style: Style) -> Iterator[str]:
    for path, kind, documents in linted:
        what = f"{kind}, {plural(documents, 'document')}" if documents else kind
        yield f"{printable(path)} {style.paint('faint', '(' + what + ')')}\n"
    if linted:
        yield "\n"
