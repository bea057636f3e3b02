"""Checkstyle's XML: what Jenkins, SonarQube, reviewdog and many editors read of any linter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tollgate.model.finding import Finding, Note, Severity
from tollgate.model.report import Report
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.texts import Texts
from tollgate.reporters.xml_element import DECLARATION, element, start

_VERSION = "4.3"
"""Of Checkstyle, when its format got the shape that everybody writes since."""

_SEVERITIES: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "info"}


def render(report: Report, _options: RenderOptions) -> Iterator[str]:
    yield DECLARATION + start("checkstyle", {"version": _VERSION}) + "\n"
    open_path: str | None = None
    for path, line in _lines(Texts(report).active(), report.notes):
        if path != open_path:
            yield ("" if open_path is None else "  </file>\n") + f"  {start('file', {'name': path})}\n"
            open_path = path
        yield f"    {line}\n"
    yield ("" if open_path is None else "  </file>\n") + "</checkstyle>\n"


def _lines(findings: Iterable[Finding], notes: Iterable[Note]) -> Iterator[tuple[str, str]]:
    """Paths with what is said of them: findings by path, then notes by path."""
    for finding in findings:
        begin = finding.location.region.start
        yield (
            finding.location.path,
            element(
                "error",
                {
                    "line": begin.line,
                    "column": begin.column,
                    "severity": _SEVERITIES[finding.severity],
                    "message": finding.message,
                    "source": f"tollgate.{finding.rule}",
                },
            ),
        )
    for note in notes:
        said = {"line": max(note.line, 1), "severity": "info", "message": note.message}
        yield note.path, element("error", {**said, "source": f"tollgate.{note.kind}"})
