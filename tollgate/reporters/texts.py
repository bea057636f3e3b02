"""Findings and the text they are about, with no secret in either."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.finding import Edit, Finding
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report
from tollgate.model.source import has_surrogate


class Texts:
    """Loads each file's text once while its findings are written; findings come sorted by path."""

    __slots__ = ("_path", "_report", "_text")

    def __init__(self, report: Report) -> None:
        self._report = report
        self._path: str | None = None
        self._text: MaskedText | None = None

    def get(self, path: str) -> MaskedText | None:
        """The text of a linted file; None if it can no longer be shown."""
        if path != self._path:
            self._text = self._report.load(path)
            self._path = path
        return self._text

    def scrubbed(self, finding: Finding) -> Finding:
        """The finding without any secret of its file in its messages.

        Whoever makes a message leaves secrets out; this is the second lock on the door.
        """
        text = self.get(finding.location.path)
        return finding if text is None else scrub_finding(finding, text)

    def active(self) -> Iterator[Finding]:
        """The findings that count, scrubbed."""
        return (self.scrubbed(finding) for finding in self._report.findings if finding.suppressed is None)


def scrub_finding(finding: Finding, text: MaskedText) -> Finding:
    """The finding with every secret of `text` replaced in everything that is said."""
    fix, suppressed = finding.fix, finding.suppressed
    return finding._replace(
        message=text.scrub(finding.message),
        object_name=None if finding.object_name is None else text.scrub(finding.object_name),
        related=tuple(related._replace(message=text.scrub(related.message)) for related in finding.related),
        fix=None if fix is None else fix._replace(title=text.scrub(fix.title)),
        suppressed=None if suppressed is None else suppressed._replace(reason=text.scrub(suppressed.reason)),
    )


def tellable_edits(finding: Finding, text: MaskedText | None) -> tuple[Edit, ...] | None:
    """The fix's edits; None if there are none, or if one of them would tell a secret.

    Positions in an unknown text mean nothing, and a lone surrogate has no place in JSON: both give None.
    """
    if finding.fix is None or text is None or not finding.fix.edits:
        return None
    for edit in finding.fix.edits:
        if text.repeats_secret(edit.text) or has_surrogate(edit.text):
            return None
    return finding.fix.edits
