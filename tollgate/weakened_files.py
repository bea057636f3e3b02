"""What a change to linted files takes away from the gate: suppressions that it adds, files that it hides."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from tollgate.discovery_files import DESCRIPTION_BYTES, STDIN, Collector
from tollgate.files import Home
from tollgate.git_objects import index_files, read_blobs
from tollgate.model.changes import ChangedFile
from tollgate.model.file_kind import describes_builds
from tollgate.model.finding import Finding
from tollgate.model.hints import Literal
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report
from tollgate.request import Request, found_files
from tollgate.since import Compared
from tollgate.trusted import Trusted, Weakened

_IN_FILES = ("comment", "annotation", "peer")
_KINDS: Mapping[str, str] = {"dockerfile": "a Dockerfile", "manifest": "a manifest"}


class Refused(NamedTuple):
    """Suppressions that do not count: the findings by path and fingerprint, and what is said of them."""

    findings: frozenset[tuple[str, str]]
    said: tuple[Weakened, ...]


def refused_suppressions(report: Report, request: Request, compared: Compared, side: Trusted) -> Refused:
    """The suppressions in the files of a change that were not there before, by what they silence. Whatever
    comes on standard input is a change, too."""
    findings: set[tuple[str, str]] = set()
    said: dict[Weakened, None] = {}
    for path, now in _found_in_change(report, request, compared):
        changed = compared.changes.files.get(path)
        old = compared.old.get(changed.old_path) if changed is not None and changed.old_path else None
        before = {} if old is None else {one.fingerprint: one for one in old.findings if _is_hushed(one)}
        for finding in filter(_is_hushed, now):
            if finding.fingerprint not in before:
                findings.add((path, finding.fingerprint))
            said.update(dict.fromkeys(_compared(finding, before.get(finding.fingerprint), side)))
    return Refused(frozenset(findings), tuple(said))


def _found_in_change(
    report: Report, request: Request, compared: Compared
) -> Iterator[tuple[str, Sequence[Finding]]]:
    given: tuple[str, ...] = ()
    if STDIN in request.paths:
        given = tuple(file.path for file in found_files(request).files if file.absolute == STDIN)
    for path in given:
        yield path, [finding for finding in report.findings if finding.location.path == path]
    for path, result in compared.now.items():
        if path in compared.changes.files and path not in given:
            yield path, result.findings


def _is_hushed(finding: Finding) -> bool:
    return finding.suppressed is not None and finding.suppressed.kind in _IN_FILES


def _compared(finding: Finding, before: Finding | None, side: Trusted) -> Iterator[Weakened]:
    now = finding.suppressed
    assert now is not None
    what = f"the suppression of `{finding.rule}`"
    path = finding.location.path
    if before is None or before.suppressed is None:
        message = f"{what} is new: it silences nothing before it is at {side.ref}"
        for region in (now.region, *now.others):
            yield Weakened(path, message, region=region)
        return
    was = before.suppressed
    if was.until and (not now.until or now.until > was.until):
        yield Weakened(path, f"{what} holds longer than at {side.ref}: until {was.until}", region=now.region)
    elif finding.message != before.message:
        message = f"{what} was agreed to for something else: {before.message}"
        yield Weakened(path, message, sure=False, region=now.region)


def hidden_files(request: Request, compared: Compared, side: Trusted, head: Home) -> Iterator[Weakened]:
    """Files that were linted before and are passed over now, under whatever name."""
    collector = Collector(request.root, request.policy)
    linted = {path: result.kind for path, result in compared.now.items() if result.kind != "other"}
    for changed in compared.changes.files.values():
        old_path = changed.old_path
        if old_path and changed.path not in linted and _was_looked_at(old_path, request, collector):
            kind = _kind_before(changed, request, compared, collector)
            if kind is not None:
                yield _hidden(changed, kind, request, side, head)
    yield from _replaced(request, compared, collector)


def _was_looked_at(path: str, request: Request, collector: Collector) -> bool:
    if collector.kind_of(path) is None or not collector.wants(path):
        return False
    asked = (os.path.relpath(os.path.abspath(one), request.root) for one in request.paths if one != STDIN)
    return any(one in (".", path) or path.startswith(f"{one}/") for one in asked)


def _kind_before(
    changed: ChangedFile, request: Request, compared: Compared, collector: Collector
) -> Literal["dockerfile", "manifest"] | None:
    """What the file was; None if it was nothing to lint."""
    old = compared.old.get(changed.old_path)
    if old is None:
        kind = collector.kind_of(changed.old_path)
        data = read_blobs(request.root, [changed.old_blob]).get(changed.old_blob)
        if data is None or kind is None or len(data) > request.policy.max_file_bytes:
            return None
        old = compared.session.linter.lint_bytes(changed.old_path, data, kind)
    return None if old.kind == "other" else old.kind


def _hidden(changed: ChangedFile, kind: str, request: Request, side: Trusted, head: Home) -> Weakened:
    what = _KINDS[kind]
    if changed.path != changed.old_path:
        user = _user_of(changed.path, request, head)
        if user:
            message = (
                f"{user} uses this, which is not linted; {side.ref} has {what} called {changed.old_path}"
            )
            return Weakened(changed.path, message)
        message = f"not linted under this name; {side.ref} has {what} called {changed.old_path}"
        return Weakened(changed.path, message, sure=False)
    if os.path.islink(os.path.join(request.root, changed.path)):
        return Weakened(changed.path, f"a link, which is not followed, in place of {what}")
    return Weakened(changed.path, f"not linted as it is now; {side.ref} has {what} here", sure=False)


def _user_of(path: str, request: Request, head: Home) -> str:
    """A workflow, Makefile, Compose file or kustomization that names a file, by the last part of its path."""
    from tollgate.engine.kustomize import KUSTOMIZATION_NAMES

    name = os.fsencode(path.rpartition("/")[2])
    for one in sorted(_listed(request)):
        tells = describes_builds(one) or one.rpartition("/")[2] in KUSTOMIZATION_NAMES
        if tells and one != path and name in head.read(one, DESCRIPTION_BYTES).data:
            return one
    return ""


def _listed(request: Request) -> list[str]:
    from tollgate.git import work_tree_files

    return work_tree_files(request.root) if request.tree is None else request.tree.paths()


def _replaced(request: Request, compared: Compared, collector: Collector) -> Iterator[Weakened]:
    """Folders of linted files in whose place there is a link or a submodule."""
    gone = [path for path in compared.changes.deleted if _was_looked_at(path, request, collector)]
    if not gone:
        return
    others = {file.path: file.mode for file in index_files(request.root) if file.mode in ("120000", "160000")}
    told: set[str] = set()
    for path in gone:
        old = compared.old.get(path)
        for folder in _folders_above(path) if old is None or old.kind != "other" else ():
            is_link = os.path.islink(os.path.join(request.root, folder))
            if folder not in told and (is_link or folder in others):
                told.add(folder)
                what = "a link" if is_link or others[folder] == "120000" else "a submodule"
                message = f"{what} has taken the place of a folder with {path}, which was linted"
                yield Weakened(folder, f"{message}; nothing behind it is")


def _folders_above(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
