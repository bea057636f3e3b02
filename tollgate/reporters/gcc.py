"""One line for a place, as compilers print them: what editors and `errorformat` read.

`path:line:column: severity: message [rule]`, and a line `note` for each related place below it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.finding import Finding, Location, Note
from tollgate.model.report import Report
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import place, printable
from tollgate.reporters.texts import Texts


def render(report: Report, _options: RenderOptions) -> Iterator[str]:
    for finding in Texts(report).active():
        yield from _finding(finding)
    yield from map(_note, report.notes)


def _finding(finding: Finding) -> Iterator[str]:
    said = f"{printable(finding.message)} [{printable(finding.rule)}]"
    yield f"{_place(finding.location)}: {finding.severity}: {said}\n"
    for related in finding.related:
        yield f"{_place(related.location)}: note: {printable(related.message)}\n"


def _place(location: Location) -> str:
    start = location.region.start
    return place(location.path, start.line, start.column)


def _note(note: Note) -> str:
    where = place(note.path, max(note.line, 1), 1)
    return f"{where}: note: {printable(note.message)} [{note.kind}]\n"
