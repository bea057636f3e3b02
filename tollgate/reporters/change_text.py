"""A change's diff for a person, with what is found in it; plain or in colour."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.change_view import ChangeView, FileView
from tollgate.reporters.change_hunk import Paper, draw_hunk
from tollgate.reporters.change_rows import hunks
from tollgate.reporters.counts import plural
from tollgate.reporters.git_names import git_name
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import printable
from tollgate.reporters.style import Style
from tollgate.reporters.summary import closing


def render_text(view: ChangeView, options: RenderOptions) -> Iterator[str]:
    """The diff in pieces; lines that begin with `#` are Tollgate's."""
    style = Style(colour=options.colour, hyperlinks=options.hyperlinks)
    paper = Paper(style, options.width)
    yield style.paint("faint", f"# {base_words(view)}") + "\n"
    for file in view.files:
        drawn = hunks(file)
        yield "\n" + "".join(f"{line}\n" for line in _head(file, style, named=bool(drawn)))
        for hunk in drawn:
            yield "".join(f"{line}\n" for line in draw_hunk(hunk, file, paper))
    yield "\n"
    if view.unread:
        unread = plural(view.unread, "changed file")
        yield style.paint("faint", f"# {unread} that Tollgate does not read left out") + "\n"
    yield from closing(view.report, options, style)


def base_words(view: ChangeView) -> str:
    """What the change is measured against."""
    since = view.report.since
    if since is None:
        return ""
    to = "the index" if since.staged else "the work tree"
    why = f" ({view.base_from})" if view.base_from else ""
    return f"from the merge base with {printable(since.ref)}{why}, {since.base[:12]}, to {to}"


def _head(file: FileView, style: Style, *, named: bool) -> Iterator[str]:
    old, new = git_name("a", file.old_path or file.path), git_name("b", file.path)
    yield style.paint("strong", f"diff --git {old} {new}")
    if file.deleted:
        yield style.paint("strong", "deleted file")
        new = "/dev/null"
    elif not file.old_path:
        yield style.paint("strong", "new file")
        old = "/dev/null"
    elif file.old_path != file.path:
        yield style.paint("strong", f"renamed from {printable(file.old_path)}")
    if named:
        yield style.paint("strong", f"--- {old}")
        yield style.paint("strong", f"+++ {new}")
    if file.new is None and not file.deleted:
        for finding in file.findings:
            said = f"{finding.severity}[{printable(finding.rule)}]: {printable(finding.message)}"
            yield style.paint(finding.severity, f"# {said}")
