"""Fixes for a whole report: made, proved, and written or only shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tollgate import api
from tollgate.discovery import FoundFile
from tollgate.engine.fix import FixOutcome, apply_fixes
from tollgate.engine.lint import Linter
from tollgate.engine.write import NotWritten, write_atomically
from tollgate.files import read_file
from tollgate.model.finding import Finding, Note
from tollgate.model.report import AppliedFix, FixedFile, MaskedText, Report, RuleInfo, report_order
from tollgate.model.source import Source, decode


class _Change(NamedTuple):
    """One file with its fixes: what it was and is, and what is found in it now."""

    path: str
    fixed: FixedFile | None
    remaining: tuple[Finding, ...]
    notes: tuple[Note, ...]


def with_fixes(request: api.Request, report: Report, *, unsafe: bool, write: bool) -> Report:
    """The report with `fixed` filled in; with `write` the files are written and their findings are those
    that remain. A file that cannot be fixed or written stays as it was, and a note says why."""
    linter = api.linter_for(request)
    by_path: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_path.setdefault(finding.location.path, []).append(finding)
    changes = [
        change
        for found in api.found_files(request).files
        if (change := _fix_file(found, by_path.get(found.path, ()), request, linter, report, unsafe, write))
    ]
    return _merged(report, changes, write=write)


def _fix_file(
    found: FoundFile,
    findings: Sequence[Finding],
    request: api.Request,
    linter: Linter,
    report: Report,
    unsafe: bool,
    write: bool,
) -> _Change | None:
    wanted = [one for one in findings if one.fix is not None and (one.fix.safe or unsafe)]
    if not wanted:
        return None
    data = _data(found, request)
    if data is None:
        return None
    source = decode(found.path, data)
    linter.lint(source, found.kind)  # fills in the masks

    def relint(changed: Source) -> Sequence[Finding]:
        return linter.lint(changed, found.kind).findings

    outcome = apply_fixes(source, findings, kind=found.kind, unsafe=unsafe, relint=relint)
    notes = [_dropped(finding, reason) for finding, reason in outcome.dropped]
    if not outcome.applied:
        return _Change(found.path, None, tuple(findings), tuple(notes))
    if write:
        try:
            _write(found, outcome.new_source, data)
        except (NotWritten, OSError) as error:
            notes.append(Note(found.path, 0, f"not fixed: {error}", "fix-dropped"))
            return _Change(found.path, None, tuple(findings), tuple(notes))
    remaining = tuple(relint(outcome.new_source))
    return _Change(found.path, _fixed_file(source, outcome, report.rules), remaining, tuple(notes))


def _data(found: FoundFile, request: api.Request) -> bytes | None:
    if found.absolute == "-":
        return request.stdin
    content = read_file(found.absolute, limit=request.policy.max_file_bytes)
    return content.data if content.state == "ok" else None


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


def _merged(report: Report, changes: Sequence[_Change], *, write: bool) -> Report:
    fixed = tuple(change.fixed for change in changes if change.fixed is not None)
    notes = tuple(sorted((*report.notes, *(note for change in changes for note in change.notes))))
    if not write:
        return report._replace(fixed=fixed, notes=notes)
    written = {change.path: change for change in changes if change.fixed is not None}
    kept = [finding for finding in report.findings if finding.location.path not in written]
    kept += [finding for change in written.values() for finding in change.remaining]
    made = sum(len(one.applied) for one in fixed)
    return report._replace(
        findings=tuple(sorted(kept, key=report_order)),
        fixed=fixed,
        notes=notes,
        summary=report.summary._replace(fixed=made),
    )
