"""What linting gives: the Report, which is all that reporters see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tollgate.model.finding import SEVERITIES, Finding, Note, Severity
from tollgate.model.hints import Literal
from tollgate.model.masked import MaskedText as MaskedText  # noqa: PLC0414 (re-exported)
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region


class RuleInfo(NamedTuple):
    """What reports say about a rule. Texts that were not loaded to lint (`why`) are empty."""

    name: str
    title: str
    severity: Severity
    level: str = "recommended"
    why: str = ""
    sets: tuple[str, ...] = ()
    equivalents: Mapping[str, tuple[str, ...]] = {}
    """Peer to that peer's rule ids."""
    references: tuple[str, ...] = ()
    url: str = ""
    """The rule's documentation page."""
    security_severity: str | None = None
    """GitHub's score, "0.0" to "10.0"; None where the rule is not about security."""
    category: str = ""
    """The rule's folder, such as `kubernetes/pod-security`."""


class LintedFile(NamedTuple):
    """A file that was read. `documents` counts its manifests and Compose documents, 0 for a
    Dockerfile."""

    path: str
    kind: Literal["dockerfile", "manifest", "other"]
    documents: int = 0


class Summary(NamedTuple):
    """How much was done. `files` counts Dockerfiles and files that hold a manifest."""

    files: int = 0
    dockerfiles: int = 0
    manifests: int = 0
    """Documents, not files."""
    other: int = 0
    """YAML and JSON files without a manifest, passed over."""
    not_linted: int = 0
    """Files and documents that should have been linted and were not: templates, too large …"""
    fixed: int = 0
    """Findings whose fix was written."""
    seconds: float | None = None
    """Only the text for a person says it; None says nothing."""


class AppliedFix(NamedTuple):
    """A fix in a `FixedFile`. `region` is where its result stands in the new text."""

    rule: str
    title: str
    why: str
    finding: Finding
    region: Region


class FixedFile(NamedTuple):
    """One file before and after its fixes. `new_text` decodes as `old` does, without the BOM."""

    path: str
    old: MaskedText
    new_text: str
    applied: tuple[AppliedFix, ...]


class Since(NamedTuple):
    """The change that a report is limited to.

    ref, base        the name that was given, and the merge base with it, a commit's id
    staged           it ends in the index, else in the work tree
    changed          how many files of it were linted
    left_out         findings in these files that it has nothing to do with
    policy_changed   the policy file is a part of it: both sides are judged by the policy as it is now
    """

    ref: str
    base: str
    staged: bool = False
    changed: int = 0
    left_out: int = 0
    policy_changed: bool = False


def _no_text(path: str) -> MaskedText | None:
    return None


class Report(NamedTuple):
    """The outcome of one run.

    findings            sorted by path, start, rule; suppressed ones included
    rules               at least those named in `findings`
    root                what all paths are relative to: the git top level if there is one
    kubernetes_version  the target version, such as "1.32"; `today` is an ISO day; both are inputs
    load                gives a linted file's text; None if it cannot be shown any more
    errors              what could not be done at all; the exit status is 2 if there is any
    since               the change that it is limited to; findings outside it may be there, and do not count
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    summary: Summary = Summary()
    rules: Mapping[str, RuleInfo] = {}
    root: str = "."
    kubernetes_version: str = ""
    today: str = ""
    policy_path: str | None = None
    tool_version: str = ""
    load: Callable[[str], MaskedText | None] = _no_text
    fixed: tuple[FixedFile, ...] = ()
    linted: tuple[LintedFile, ...] = ()
    errors: tuple[str, ...] = ()
    since: Since | None = None

    @property
    def active(self) -> tuple[Finding, ...]:
        """The findings that count: those not suppressed, and not outside the change that is looked at."""
        return tuple(finding for finding in self.inside if finding.suppressed is None)

    @property
    def inside(self) -> tuple[Finding, ...]:
        """The findings, suppressed ones included, but for those outside the change that is looked at."""
        if self.since is None:
            return self.findings
        return tuple(finding for finding in self.findings if finding.change != "outside")

    def worst(self) -> Severity | None:
        """The worst severity among `active`; None if there is no finding."""
        found = {finding.severity for finding in self.active}
        return next((severity for severity in SEVERITIES if severity in found), None)


def report_order(finding: Finding) -> tuple[str, int, int, str, str, str]:
    """The sort key of findings in a Report."""
    start = finding.location.region.start
    return (
        finding.location.path,
        start.line,
        start.column,
        finding.rule,
        finding.fingerprint,
        finding.message,
    )
