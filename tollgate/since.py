"""Only what changed: the findings that the change since a commit has to do with.

The files of the change are linted as they are now and as they were at the merge base, by the same policy;
relations are looked for in both states of the repository. What did not change is read from the index of the
surroundings, once for both.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from tollgate import api
from tollgate.changes import base_tree, changes_since, explained, work_tree_top
from tollgate.discovery import Discovery, FoundFile, locate
from tollgate.discovery_files import Collector
from tollgate.engine.lint import FileResult
from tollgate.git import GitError
from tollgate.model.changes import Changes, LineRange, line_ranges, touches
from tollgate.model.finding import SEVERITIES, Finding, InChange
from tollgate.model.record import NamedTuple
from tollgate.model.report import MaskedText, Report, Since
from tollgate.model.source import Source, decode
from tollgate.reporting import make_report, text_loader
from tollgate.request import Request, everything, found_files, read_found
from tollgate.since_relations import changed_kustomizations, lint_side, with_related

_IGNORE_FILE = ".dockerignore"


class Compared(NamedTuple):
    """A report that is limited to a change, and what it came from.

    now, old                all results of the changed files as they are and were, by the paths that they have
                            and had
    source, old_source      the texts of files as they are and as they were; None where there is none
    old_text                the same of old ones, as reports may show it
    kinds                   what the linted files of the change are, or were if they are none any more
    """

    report: Report
    changes: Changes
    session: api.Session
    now: Mapping[str, FileResult]
    old: Mapping[str, FileResult]
    source: Callable[[str], Source | None]
    old_source: Callable[[str], Source | None]
    old_text: Callable[[str], MaskedText | None]
    kinds: Mapping[str, str]


def compare(request: Request, ref: str, *, everything: bool = False) -> Compared:
    """Lint what changed since the merge base with `ref`, up to the work tree, or to `request.tree`.

    everything   the findings outside the change are in the report as well, and told from the others

    Raises GitError with what to do about it, and as `api.run`.
    """
    started = time.monotonic()
    top = work_tree_top(request.root, "--since")
    try:
        changes = _changes(request, top, ref)
        return _compared(request, changes, everything=everything, started=started)
    except GitError as error:
        raise explained(top, error) from None


def changed(request: Request, ref: str) -> Discovery:
    """The files that `compare` would lint. Raises as it does."""
    top = work_tree_top(request.root, "--since")
    try:
        changes = _changes(request, top, ref)
        return _selected(request, _before_request(request, changes), changes)[1]
    except GitError as error:
        raise explained(top, error) from None


def _before_request(request: Request, changes: Changes) -> Request:
    return request._replace(tree=base_tree(request.root, changes, request.tree), edits=False)


def _selected(request: Request, before: Request, changes: Changes) -> tuple[Discovery, Discovery]:
    """What the request's paths mean, and what of it is to be linted."""
    found = found_files(request)
    touched = _touched_by(request, before, changed_kustomizations(changes))
    errors = tuple(error for error in found.errors if not _is_gone(error.path, request, changes))
    notes = tuple(note for note in found.notes if note.path in changes.files)
    return found, Discovery(_given(found.files, changes, touched), notes, errors)


def _changes(request: Request, top: str, ref: str) -> Changes:
    collector = Collector(top, request.policy)

    def interesting(path: str) -> bool:
        return collector.kind_of(path) is not None and collector.wants(path)

    return changes_since(
        top,
        ref,
        staged=request.tree is not None,
        read=lambda path: _read(request, path),
        interesting=interesting,
    )


def _read(request: Request, path: str) -> bytes | None:
    content = read_found(request, os.path.join(request.root, path))
    return content.data if content.state == "ok" else None


def _compared(request: Request, changes: Changes, *, everything: bool, started: float) -> Compared:
    before = _before_request(request, changes)
    found, selected = _selected(request, before, changes)
    given, errors = selected.files, [str(error) for error in selected.errors]
    linter = api.linter_for(request, found)
    old_linter = api.linter_for(before, found)
    others = _others(request, found.files, frozenset(file.path for file in given))
    side = lint_side(request, linter, given, errors)
    old = lint_side(before, old_linter, _before(given, others, request, changes), [])
    results, old_results = with_related(side, old, others, changes)
    source, old_source = _sources(request), _sources(before)
    lines = line_ranges(changes, source, old_source)
    judge = _Judge(changes, lines, _fingerprints(old_results))
    judged = [_judged(result, judge, own=result.path in side.paths) for result in results]
    told = {result.path for result in results}
    shown = selected._replace(files=(*given, *(file for file in others if file.path in told)))
    session = api.Session(request, found._replace(files=given), linter, started)
    report = make_report(request, shown, judged, errors, seconds=time.monotonic() - started)
    if request.baseline is not None:
        from tollgate.baselined import with_baseline

        report = with_baseline(report, request.baseline, api.baseline_run(session)._replace(whole=False))
    left_out = sum(one.change == "outside" and one.suppressed is None for one in report.findings)
    report = report._replace(findings=tuple(one for one in report.findings if one.change != "outside"))
    report = report._replace(since=_since(request, changes, report, changed=len(given), left_out=left_out))
    if everything:
        whole = api.run_session(session._replace(found=found))
        report = _united(whole, report)
        session = session._replace(found=found)
    now, before_by_path = ({result.path: result for result in side} for side in (results, old_results))
    return Compared(
        report,
        changes,
        session,
        now,
        before_by_path,
        source,
        old_source,
        text_loader(before, old.files, old.results),
        _kinds(changes, side.results, old.results),
    )


def _since(request: Request, changes: Changes, report: Report, *, changed: int, left_out: int) -> Since:
    policy = report.policy_path in changes.files or report.policy_path in changes.deleted
    return Since(changes.ref, changes.base, request.tree is not None, changed, left_out, policy)


def _kinds(changes: Changes, now: Sequence[FileResult], old: Sequence[FileResult]) -> dict[str, str]:
    """By path as it is now; deleted files by the path that they had."""
    kinds = {result.path: result.kind for result in now}
    were = {result.path: result.kind for result in old}
    for path, file in (*changes.files.items(), *changes.deleted.items()):
        if kinds.get(path, "other") == "other" and file.old_path in were:
            kinds[path] = were[file.old_path]
    return dict(kinds)


def _is_gone(path: str, request: Request, changes: Changes) -> bool:
    """A file that the change deletes may well be named: callers pass on what git lists."""
    relative = os.path.relpath(locate(path), request.root)
    return relative in changes.deleted or any(file.old_path == relative for file in changes.files.values())


def _others(request: Request, found: Sequence[FoundFile], given: frozenset[str]) -> list[FoundFile]:
    """All other files of the repository."""
    whole = any(os.path.realpath(path) == request.root for path in request.paths)
    return [file for file in (found if whole else everything(request)) if file.path not in given]


def _given(files: Iterable[FoundFile], changes: Changes, touched: frozenset[str]) -> tuple[FoundFile, ...]:
    """The files to lint: what changed, and what other changed files say something about."""
    ignoring = {path for path in (*changes.files, *changes.deleted) if path.endswith(_IGNORE_FILE)}
    return tuple(
        file
        for file in files
        if file.path in changes.files
        or file.path in touched
        or (file.kind == "dockerfile" and ignoring and not ignoring.isdisjoint(_ignore_files(file.path)))
    )


def _ignore_files(dockerfile: str) -> tuple[str, str]:
    folder = dockerfile.rpartition("/")[0]
    return f"{dockerfile}{_IGNORE_FILE}", f"{folder}/{_IGNORE_FILE}".lstrip("/")


def _touched_by(request: Request, before: Request, kustomizations: Sequence[str]) -> frozenset[str]:
    """The files that changed kustomizations name: whether a file is a patch is judged in it."""
    if not kustomizations:
        return frozenset()
    from tollgate.engine.kustomize import read_kustomization

    named: set[str] = set()
    for path in kustomizations:
        for side in (request, before):
            data = _read(side, path)
            if data is not None:
                said = read_kustomization(path, data)
                named.update(said.files, said.patches)
    return frozenset(named)


def _is_there(request: Request, path: str) -> bool:
    """A sparse checkout leaves out files that are not deleted for all that."""
    return os.path.lexists(os.path.join(request.root, path)) if request.tree is None else True


def _before(
    given: Sequence[FoundFile], others: Sequence[FoundFile], request: Request, changes: Changes
) -> tuple[FoundFile, ...]:
    """The files as they were called at the base, with those that are none now: deleted, or a link, or under a
    name that nobody looks at."""
    collector = Collector(request.root, request.policy)
    found = {}
    for file in given:
        changed = changes.files.get(file.path)
        path = file.path if changed is None else changed.old_path
        if path:
            found[path] = file._replace(path=path, absolute=os.path.join(request.root, path))
    linted = {file.path for file in (*given, *others)}
    unseen = (
        one for one in changes.files.values() if one.path not in linted and _is_there(request, one.path)
    )
    for one in (*changes.deleted.values(), *unseen):
        kind = collector.kind_of(one.old_path) if one.old_path else None
        if kind is not None and collector.wants(one.old_path):
            absolute = os.path.join(request.root, one.old_path)
            found[one.old_path] = FoundFile(one.old_path, kind, False, absolute)
    return tuple(found[path] for path in sorted(found))


def _sources(request: Request) -> Callable[[str], Source | None]:
    @cache
    def source(path: str) -> Source | None:
        data = _read(request, path)
        return None if data is None else decode(path, data)

    return source


def _fingerprints(results: Iterable[FileResult]) -> dict[str, dict[str, int]]:
    """Path → fingerprint → how bad it is, of all findings that counted."""
    return {
        result.path: {
            finding.fingerprint: SEVERITIES.index(finding.severity)
            for finding in result.findings
            if finding.suppressed is None
        }
        for result in results
    }


class _Judge(NamedTuple):
    """What is needed to say what a finding has to do with the change. `known`: the base's findings."""

    changes: Changes
    lines: Callable[[str], Sequence[LineRange]]
    known: Mapping[str, Mapping[str, int]]

    def of(self, finding: Finding) -> InChange:
        path, region = finding.location
        changed = self.changes.files.get(path)
        if changed is not None and not changed.old_path:
            return "new-file"
        if touches(region, self.lines(path)):
            return "changed-line"
        if any(touches(one.location.region, self.lines(one.location.path)) for one in finding.related):
            return "related"
        known = self.known.get(path if changed is None else changed.old_path, {})
        was = known.get(finding.fingerprint)
        # A finding that got worse, or was suppressed, is news as well.
        return "new" if was is None or SEVERITIES.index(finding.severity) < was else "outside"


def _judged(result: FileResult, judge: _Judge, *, own: bool) -> FileResult:
    findings = tuple(finding._replace(change=judge.of(finding)) for finding in result.findings)
    if not own:  # elsewhere the rest is another run's affair
        findings = tuple(finding for finding in findings if finding.change != "outside")
    return result._replace(findings=findings)


def _united(whole: Report, limited: Report) -> Report:
    """The whole report, in which every finding says whether it is in the limited one."""
    from tollgate.model.report import report_order

    told = {_key(finding): finding for finding in limited.findings}
    findings = [told.pop(_key(finding), finding._replace(change="outside")) for finding in whole.findings]
    since = limited.since
    outside = sum(one.change == "outside" and one.suppressed is None for one in findings)

    def load(path: str) -> MaskedText | None:
        return whole.load(path) or limited.load(path)

    return whole._replace(
        findings=tuple(sorted((*findings, *told.values()), key=report_order)),
        since=None if since is None else since._replace(left_out=outside),
        load=load,
    )


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.location, finding.fingerprint, finding.message
