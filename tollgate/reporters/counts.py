"""Counting findings, and saying numbers in words."""

from __future__ import annotations

from collections.abc import Iterable

from tollgate.model.finding import SEVERITIES, Finding, Severity
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report


class Counts(NamedTuple):
    """Findings that count by severity, files they are in, and what can be fixed. `suppressed` findings are
    all that do not count, `accepted` those of them that are in the baseline."""

    error: int = 0
    warning: int = 0
    note: int = 0
    suppressed: int = 0
    files: int = 0
    safe: int = 0
    unsafe: int = 0
    accepted: int = 0

    @property
    def total(self) -> int:
        return self.error + self.warning + self.note


def count(report: Report) -> Counts:
    active = report.active
    by_severity = severities(active)
    return Counts(
        error=by_severity["error"],
        warning=by_severity["warning"],
        note=by_severity["note"],
        suppressed=len(report.inside) - len(active),
        files=len({finding.location.path for finding in active}),
        safe=sum(finding.fix is not None and finding.fix.safe for finding in active),
        unsafe=sum(finding.fix is not None and not finding.fix.safe for finding in active),
        accepted=sum(
            finding.suppressed is not None and finding.suppressed.kind == "baseline"
            for finding in report.findings
        ),
    )


def severities(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity, worst first; all severities are there."""
    counted: dict[Severity, int] = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counted[finding.severity] += 1
    return counted


def in_words(counted: dict[Severity, int]) -> str:
    """`2 errors, 1 note`: only what there is."""
    return ", ".join(plural(number, severity) for severity, number in counted.items() if number)


def plural(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
