"""`tollgate diff`: a change with what is found in it."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.changes import default_base, explained, work_tree_top
from tollgate.git import GitError
from tollgate.model.change_view import ChangeView, FileView
from tollgate.model.changes import lines_of
from tollgate.model.finding import Finding
from tollgate.model.line_diff import Block, changed_blocks
from tollgate.reporters import without_commands
from tollgate.reporters.change_markdown import render_markdown
from tollgate.reporters.change_text import render_text
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.texts import Texts, scrub_finding
from tollgate.request import Request
from tollgate.since import Compared, compare

DIFF_FORMATS = {"text": render_text, "markdown": render_markdown}


def view_change(request: Request, base: str | None) -> ChangeView:
    """The change since the merge base with `base`; None: with what a pull request would most likely be made
    against. Raises GitError, and as `api.run`."""
    why = ""
    if base is None:
        top = work_tree_top(request.root, "tollgate diff")
        try:
            base, why = default_base(top)
        except GitError as error:
            raise explained(top, error) from None
    compared = compare(request._replace(edits=True), base)
    if request.trusted is not None:
        from tollgate.weakened import judged

        compared = compared._replace(report=judged(compared.report, request, compared=compared))
    files = tuple(_files(compared))
    changes = compared.changes
    unread = {*changes.files, *changes.deleted} - {file.path for file in files}
    return ChangeView(compared.report, files, why, len(unread))


def write(view: ChangeView, format_name: str, options: RenderOptions) -> Iterator[str]:
    """The change in one of DIFF_FORMATS, in pieces; none of its lines is a workflow command."""
    pieces = DIFF_FORMATS[format_name](view, options)
    return without_commands(pieces) if options.github_actions else pieces


def _files(compared: Compared) -> Iterator[FileView]:
    """What is linted of the change, and the files that have findings because of it; by path. A file that
    nobody lints may hold secrets that nobody knows of, so it is not shown."""
    found: dict[str, list[Finding]] = {}
    for finding in Texts(compared.report).active():
        found.setdefault(finding.location.path, []).append(finding)
    changes = compared.changes
    changed = {
        path for path in (*changes.files, *changes.deleted) if compared.kinds.get(path, "other") != "other"
    }
    for path in sorted(changed | found.keys()):
        yield _file(path, tuple(found.get(path, ())), compared)


def _file(path: str, findings: tuple[Finding, ...], compared: Compared) -> FileView:
    changes = compared.changes
    file = changes.files.get(path)
    if file is None and path in changes.deleted and not findings:
        return FileView(path, path, compared.old_text(path), None, deleted=True)
    new = compared.report.load(path)
    if file is None:
        return FileView(path, path, None, new, findings=findings)
    old = compared.old_text(file.old_path) if file.old_path else None
    if old is not None:
        findings = tuple(scrub_finding(finding, old) for finding in findings)
    return FileView(path, file.old_path, old, new, _blocks(path, file.old_path, compared), findings)


def _blocks(path: str, old_path: str, compared: Compared) -> tuple[Block, ...]:
    old = compared.old_source(old_path) if old_path else None
    new = compared.source(path)
    return () if old is None or new is None else tuple(changed_blocks(lines_of(old), lines_of(new)))
