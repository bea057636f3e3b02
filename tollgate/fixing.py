"""Fixes for a whole report: made, proved, and written or only shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from tollgate import api
from tollgate.discovery import FoundFile
from tollgate.engine.fix import FixOutcome, apply_fixes
from tollgate.engine.lint import Linter
from tollgate.engine.write import NotWritten, write_atomically
from tollgate.model.finding import Finding, Note, Suppression
from tollgate.model.record import NamedTuple
from tollgate.model.report import AppliedFix, FixedFile, MaskedText, Report, RuleInfo
from tollgate.model.source import Source, decode
from tollgate.request import read_found


class _Outcome(NamedTuple):
    """What became of one file's fixes; `fixed` is None where it stays as it was."""

    fixed: FixedFile | None
    notes: tuple[Note, ...]


def with_fixes(
    session: api.Session,
    report: Report,
    *,
    unsafe: bool,
    write: bool,
    again: Callable[[], Report] | None = None,
) -> Report:
    """The report with `fixed` filled in; of a report that is limited to a change, what counts is fixed. With
    `write` the files are written, and then linted again, so that findings, places and masks are those of
    the new texts. A file that cannot be fixed or written stays as it was, and a note says why. `again`
    lints once more, if that takes more than the session."""
    by_path: dict[str, list[Finding]] = {}
    for finding in report.findings if report.since is None else report.active:
        by_path.setdefault(finding.location.path, []).append(finding)
    outcomes = []
    for found in session.found.files:
        findings = by_path.get(found.path, [])
        if any(one.fix is not None and (one.fix.safe or unsafe) for one in findings):
            only = None if report.since is None else frozenset(one.fingerprint for one in findings)
            outcomes.append(
                _fix_file(found, findings, session, report.rules, unsafe=unsafe, write=write, only=only)
            )
    fixed = tuple(outcome.fixed for outcome in outcomes if outcome.fixed is not None)
    if write and fixed:
        made = sum(len(one.applied) for one in fixed)
        report = api.run_session(session) if again is None else again()
        report = report._replace(summary=report.summary._replace(fixed=made))
    notes = (*report.notes, *(note for outcome in outcomes for note in outcome.notes))
    return report._replace(fixed=fixed, notes=tuple(sorted(notes)))


def _fix_file(
    found: FoundFile,
    findings: Sequence[Finding],
    session: api.Session,
    rules: Mapping[str, RuleInfo],
    *,
    unsafe: bool,
    write: bool,
    only: frozenset[str] | None,
) -> _Outcome:
    content = read_found(session.request, found.absolute)
    if content.state != "ok":
        return _Outcome(None, (Note(found.path, 0, f"not fixed: {content.detail}", "fix-dropped"),))
    source = decode(found.path, content.data)
    outcome = _fixes(found, source, findings, session.linter, unsafe=unsafe, only=only)
    notes = [_dropped(finding, reason) for finding, reason in outcome.dropped]
    if not outcome.applied:
        return _Outcome(None, tuple(notes))
    if write:
        try:
            _write(found, outcome.new_source, content.data)
        except (NotWritten, OSError) as error:
            notes.append(Note(found.path, 0, f"not fixed: {error}", "fix-dropped"))
            return _Outcome(None, tuple(notes))
    return _Outcome(_fixed_file(source, outcome, rules), tuple(notes))


def _fixes(
    found: FoundFile,
    source: Source,
    findings: Sequence[Finding],
    linter: Linter,
    *,
    unsafe: bool,
    only: frozenset[str] | None,
) -> FixOutcome:
    """`only`: the fingerprints of what may be fixed."""
    every = linter.lint(source, found.kind).findings  # says where the secrets are, for the edits and the diff

    def allowed(found: Sequence[Finding]) -> Sequence[Finding]:
        if only is None:
            return found
        return [one if one.fingerprint in only else one._replace(fix=None) for one in found]

    accepted = {
        (one.rule, one.fingerprint): one.suppressed
        for one in findings
        if one.suppressed is not None and one.suppressed.kind == "baseline"
    }

    def relint(changed: Source) -> Sequence[Finding]:
        again = allowed(linter.lint(changed, found.kind).findings)
        return [_still_accepted(one, accepted) for one in again] if accepted else again

    if only is not None:  # what may not be fixed must not become more, either
        known = {(one.rule, one.fingerprint) for one in findings}
        findings = [*findings, *(one for one in allowed(every) if (one.rule, one.fingerprint) not in known)]
    return apply_fixes(source, findings, kind=found.kind, unsafe=unsafe, relint=relint)


def _still_accepted(finding: Finding, accepted: Mapping[tuple[str, str], Suppression]) -> Finding:
    """What the baseline accepts is not fixed in a later round either."""
    suppressed = accepted.get((finding.rule, finding.fingerprint))
    return finding if suppressed is None else finding._replace(suppressed=suppressed, fix=None)


def _write(found: FoundFile, changed: Source, data: bytes) -> None:
    if found.absolute == "-":
        raise NotWritten("standard input has no file to write to; --diff shows what would change")
    write_atomically(os.path.abspath(found.absolute), changed.encode(changed.text), expected=data)


def _dropped(finding: Finding, reason: str) -> Note:
    message = f"the fix for {finding.rule} was left out: {reason}"
    return Note(finding.location.path, finding.location.region.start.line, message, "fix-dropped")


def _fixed_file(source: Source, outcome: FixOutcome, rules: Mapping[str, RuleInfo]) -> FixedFile:
    applied = tuple(_explained(one, rules) for one in outcome.applied)
    return FixedFile(source.path, MaskedText(source), outcome.new_source.text, applied)


def _explained(applied: AppliedFix, rules: Mapping[str, RuleInfo]) -> AppliedFix:
    return applied._replace(why=" ".join(rules[applied.rule].why.split()))
