"""Findings and the text they are about, with no secret in either."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tollgate.model.finding import Edit, Finding, Related
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report
from tollgate.model.source import has_surrogate

LONGEST_MESSAGE = 1_000
"""Characters that a report gives of one message."""


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
        """The finding without any secret of its file in its messages, and with no endless ones.

        Whoever makes a message leaves secrets out; this is the second lock on the door.
        """
        text = self.get(finding.location.path)
        related = tuple(map(self._scrubbed_related, finding.related))
        finding = finding._replace(related=related)
        return _rewritten(finding if text is None else scrub_finding(finding, text), _shortened)

    def _scrubbed_related(self, related: Related) -> Related:
        """A place in another file may be told with that file's secrets."""
        if related.location.path == self._path:
            return related
        text = self._report.load(related.location.path)
        return related if text is None else related._replace(message=text.scrub(related.message))

    def active(self) -> Iterator[Finding]:
        """The findings that count, scrubbed."""
        return (self.scrubbed(finding) for finding in self._report.active)

    def shown(self) -> Iterator[Finding]:
        """The findings that count and, where they are told at all, those outside the change, scrubbed."""
        found = (finding for finding in self._report.findings if finding.suppressed is None)
        return (self.scrubbed(finding) for finding in found)


def scrub_finding(finding: Finding, text: MaskedText) -> Finding:
    """The finding with every secret of `text` replaced in everything that is said."""
    return _rewritten(finding, text.scrub)


def _rewritten(finding: Finding, rewrite: Callable[[str], str]) -> Finding:
    """The finding with `rewrite` applied to its words."""
    fix, suppressed = finding.fix, finding.suppressed
    return finding._replace(
        message=rewrite(finding.message),
        object_name=None if finding.object_name is None else rewrite(finding.object_name),
        object_kind=None if finding.object_kind is None else rewrite(finding.object_kind),
        related=tuple(related._replace(message=rewrite(related.message)) for related in finding.related),
        fix=None if fix is None else fix._replace(title=rewrite(fix.title)),
        suppressed=None
        if suppressed is None
        else suppressed._replace(
            reason=rewrite(suppressed.reason), approved_by=rewrite(suppressed.approved_by)
        ),
    )


def _shortened(words: str) -> str:
    """`words` without what goes beyond a reader's patience: values in them may have any length."""
    return words if len(words) <= LONGEST_MESSAGE else words[:LONGEST_MESSAGE] + "…"


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
