"""What a change would take away from the gate that it is judged by, as findings for its reviewers.

Policy, rules and baseline are read from a commit that is trusted (`trusted`), so nothing of this has an
effect on the run; but once merged it would have one on all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tollgate import api
from tollgate.baseline_file import find_place
from tollgate.files import Home, folder_home
from tollgate.model.file_kind import kind_by_content, kind_by_name
from tollgate.model.finding import Finding, InputProblem, Note
from tollgate.model.masked import MaskedText
from tollgate.model.policy import POLICY_FILE_NAMES
from tollgate.model.report import Report, report_order
from tollgate.model.source import Position, Region, Source, decode
from tollgate.request import Request
from tollgate.since import Compared, compare
from tollgate.trusted import Trusted, Weakened, agreed_baseline
from tollgate.weakened_files import hidden_files, refused_suppressions
from tollgate.weakened_policy import weakened_policy

RULE = "gate-weakened"


def run_trusted(request: Request, since: str | None, *, everything: bool) -> tuple[api.Session, Report]:
    """Lint what a request names, going by its trusted commit. `since`, `everything`: as for `compare`.

    Raises GitError, and as `api.run`.
    """
    if since is None:
        session = api.open_session(request)
        return session, judged(api.run_session(session), request)
    compared = compare(request, since, everything=everything)
    return compared.session, judged(compared.report, request, compared=compared)


def judged(report: Report, request: Request, *, compared: Compared | None = None) -> Report:
    """The report of a run that goes by a trusted commit, with what the change tries to weaken; suppressions
    that it adds do not count. `compared`: the change, if it was looked at from the same commit.

    Raises GitError.
    """
    assert request.trusted is not None
    side = request.trusted.side
    if compared is None or compared.changes.base != side.fork:
        compared = compare(request, side.commit)
    head = _head(request)
    refused = refused_suppressions(report, request, compared, side)
    said = [
        *refused.said,
        *weakened_policy(request, head),
        *_accepted(request),
        *hidden_files(request, compared, side, head),
    ]
    texts, findings = _told(said, request, compared)
    findings += [_heard(finding, refused.findings) for finding in report.findings]
    notes = tuple(sorted((*report.notes, *_notes(report, request, side))))

    def load(path: str) -> MaskedText | None:
        return report.load(path) or texts.get(path)

    return report._replace(findings=tuple(sorted(findings, key=report_order)), notes=notes, load=load)


def _head(request: Request) -> Home:
    """The files as the change has them."""
    tree = request.tree
    if tree is None:
        return folder_home(request.root)
    return Home("", lambda path, limit: tree.read(path, limit=limit), lambda path: tree.paths([path]))


def _heard(finding: Finding, refused: frozenset[tuple[str, str]]) -> Finding:
    if finding.suppressed is None or finding.suppressed.kind == "baseline":
        return finding
    key = (finding.location.path, finding.fingerprint)
    return finding._replace(suppressed=None) if key in refused else finding


def _accepted(request: Request) -> Iterator[Weakened]:
    """Entries that the change adds to the baseline."""
    assert request.trusted is not None
    side, options = request.trusted
    if options.no_baseline or options.no_config:
        return
    place = find_place(request.root, option=options.baseline, policy=request.policy.baseline, home=side.home)
    agreed = agreed_baseline(place, side, request.root, cache_for=None)
    if agreed.head is None:
        return
    source = decode(place.path, agreed.head.data)
    for index in agreed.added:
        entry = agreed.head.entries[index]
        start = Position(entry.line, len(source.line(entry.line)) - len(source.line(entry.line).lstrip()) + 1)
        end = Position(entry.line, len(source.line(entry.line)) + 1)
        message = f"the baseline accepts more of `{entry.rule}` in {entry.path}; it counts once it is merged"
        yield Weakened(place.path, message, region=Region(start, end))


def _notes(report: Report, request: Request, side: Trusted) -> Iterator[Note]:
    if report.policy_path is None:
        message = f"there is no policy at {side.called}, so built-in defaults hold"
        yield Note(POLICY_FILE_NAMES[0], 0, message, "trust")


def _told(
    said: Iterable[Weakened], request: Request, compared: Compared
) -> tuple[Mapping[str, MaskedText], list[Finding]]:
    """The findings, and the texts of the files that they are in."""
    by_path: dict[str, list[Weakened]] = {}
    for one in dict.fromkeys(said):
        by_path.setdefault(one.path, []).append(one)
    texts: dict[str, MaskedText] = {}
    findings: list[Finding] = []
    for path in sorted(by_path):
        source = _masked(path, request, compared)
        texts[path] = MaskedText(source)
        findings += compared.session.linter.told(source, [_problem(source, one) for one in by_path[path]])
    return texts, findings


def _masked(path: str, request: Request, compared: Compared) -> Source:
    """A file as the change has it, its secrets masked; nothing if it cannot be read."""
    content = _head(request).read(path, request.policy.max_file_bytes)
    source = decode(path, content.data)
    known = compared.now.get(path)
    kind = "dockerfile" if known is not None and known.kind == "dockerfile" else kind_by_name(path)
    compared.session.linter.lint(source, kind or kind_by_content(content.data))
    return source


def _problem(source: Source, one: Weakened) -> InputProblem:
    severity = None if one.sure else "warning"
    region = one.region
    if region is None:
        return InputProblem(RULE, 0, 0, one.message, severity=severity)  # type: ignore[arg-type]
    starts = source.line_starts
    start, end = (
        min(starts[min(at.line, len(starts)) - 1] + at.column - 1, len(source.text)) for at in region
    )
    return InputProblem(RULE, start, max(start, end), one.message, severity=severity)  # type: ignore[arg-type]
