"""`tollgate lint` from options to output and exit status, for the hook and the command line alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from tollgate import api
from tollgate.console import (
    CLEAN,
    FAILED,
    FINDINGS,
    Console,
    UsageError,
    explaining,
    in_actions,
    progress_bar,
    say,
)
from tollgate.discovery import find_root
from tollgate.model.finding import SEVERITIES
from tollgate.model.report import Report
from tollgate.options import LintOptions
from tollgate.reporters import FORMATS, SHOWS_EDITS, RenderOptions, encode, render
from tollgate.request import Request, found_files


def lint(options: LintOptions, console: Console) -> int:
    """Run, report, and give the exit status: 0 clean, 1 findings, 2 could not do its work."""
    return explaining(lambda: _lint(options, console), console)


def images(options: LintOptions, format_name: str, console: Console) -> int:
    """List images, and give the exit status: 0, or 2 if it could not do its work."""
    return explaining(lambda: _images(options, format_name, console), console)


def diff(options: LintOptions, base: str | None, format_name: str, console: Console) -> int:
    """Show a change with what is found in it, and give the exit status of `lint`."""
    return explaining(lambda: _diff(options, base, format_name, console), console)


def _lint(options: LintOptions, console: Console) -> int:
    targets = _targets(options)
    stdin = console.stdin.read() if "-" in options.paths else b""
    request = api.request_for(options, stdin=stdin, jobs=_jobs(options), cache=not options.no_cache)
    if options.all or options.staged or options.since is not None:
        request = _on_tree(options, request)
    if options.show_files:
        return _show_files(request, options.since, console)
    progress = progress_bar(options, console)
    edits = options.fix or options.diff or any(name in SHOWS_EDITS for name, _ in targets)
    session, report, again = _run(options, request._replace(progress=progress, edits=edits))
    if progress is not None:
        progress.clear()
    if options.fix or options.diff or any(name == "diff" for name, _ in targets):
        from tollgate.fixing import with_fixes

        report = with_fixes(
            session, report, unsafe=options.unsafe_fixes, write=options.fix and not options.diff, again=again
        )
    if options.compare is not None:
        _compare(options.compare, session, report, console)
        targets = [target for target in targets if target[1] is not None]
    for name, path in targets:
        _write(report, name, path, options, console)
    if not any(name == "text" and path is None for name, path in targets):
        for error in report.errors:
            say(console, f"error: {error}")
    return _status(report, request.policy.fail_on, strict=request.policy.strict_input)


def _compare(peer: str, session: api.Session, report: Report, console: Console) -> None:
    """Print what another linter says beside the report, in place of what goes to standard output."""
    if session.request.tree is not None or "-" in session.request.paths:
        raise UsageError("--compare has another linter read files, so it takes neither --staged nor -")
    from tollgate.comparing import as_text, compare
    from tollgate.peer_tools import PeerError
    from tollgate.reporters import without_commands

    try:
        compared = compare(peer, session, report)
    except PeerError as error:
        raise UsageError(f"--compare: {error}") from None
    pieces = as_text(compared)
    for piece in without_commands(pieces) if in_actions(console) else pieces:
        console.out.write(piece.encode("utf-8", "backslashreplace"))
    console.out.flush()


def _run(options: LintOptions, request: Request) -> tuple[api.Session, Report, Callable[[], Report] | None]:
    """The report, and how to make it again after files were written; None: as any other."""
    if request.trusted is not None:
        from tollgate.weakened import run_trusted

        ref, everything = options.since, options.all
        session, report = run_trusted(request, ref, everything=everything)
        return session, report, lambda: run_trusted(request, ref, everything=everything)[1]
    if options.since is None:
        session = api.open_session(request)
        return session, api.run_session(session), None
    from tollgate.since import compare

    ref, everything = options.since, options.all
    compared = compare(request, ref, everything=everything)
    return compared.session, compared.report, lambda: compare(request, ref, everything=everything).report


def _on_tree(options: LintOptions, request: Request) -> Request:
    """The request, looking at the index if that is asked for."""
    if options.all and options.since is None:
        raise UsageError("--all goes with --since, which says what else is left out")
    if "-" in options.paths and (options.since is not None or options.staged):
        raise UsageError("standard input is in no repository: --since and --staged take files and folders")
    if not options.staged:
        return request
    if options.fix and not options.diff:
        raise UsageError("--fix writes files, and --staged looks at what is in git's index instead")
    from tollgate.changes import explained, work_tree_top
    from tollgate.git import GitError
    from tollgate.trees import index_tree

    try:
        return request._replace(tree=index_tree(work_tree_top(request.root, "--staged")))
    except GitError as error:
        raise explained(request.root, error) from None


def _images(options: LintOptions, format_name: str, console: Console) -> int:
    from tollgate.inventory import take_inventory, write
    from tollgate.reporters.images import IMAGE_FORMATS

    if format_name not in IMAGE_FORMATS:
        raise UsageError(f"there is no format `{format_name}`; the formats are {', '.join(IMAGE_FORMATS)}")
    stdin = console.stdin.read() if "-" in options.paths else b""
    inventory = take_inventory(options, stdin=stdin)
    text = write(inventory, format_name, github_actions=in_actions(console))
    console.out.write(text.encode("utf-8", "backslashreplace"))
    console.out.flush()
    for one in inventory.unread:
        place = f"{one.path}:{one.line}" if one.line else one.path
        say(console, f"not read: {place}: {one.message}")
    if format_name == "list":
        unknown = sum(image.reference is None for image in inventory.images)
        if unknown:
            say(
                console,
                f"not listed: {unknown} that hold a variable or are no image; --format table shows them",
            )
    for error in inventory.errors:
        say(console, f"error: {error}")
    return FAILED if inventory.errors else CLEAN


def _diff(options: LintOptions, base: str | None, format_name: str, console: Console) -> int:
    from tollgate.diffing import DIFF_FORMATS, view_change, write

    if format_name not in DIFF_FORMATS:
        raise UsageError(f"there is no format `{format_name}`; the formats are {', '.join(DIFF_FORMATS)}")
    whole = options._replace(paths=(find_root((os.curdir,)),))
    request = api.request_for(whole, jobs=_jobs(options), cache=not options.no_cache)
    view = view_change(_on_tree(options, request), base)
    choices = _render_options(options, console, to_file=options.output is not None)
    _put(write(view, format_name, choices), "text", options.output, console)
    return _status(view.report, request.policy.fail_on, strict=request.policy.strict_input)


def _targets(options: LintOptions) -> list[tuple[str, str | None]]:
    """Each format with the file it goes to; None is standard output."""
    wanted = options.format or (("diff",) if options.diff else ("text",))
    targets: list[tuple[str, str | None]] = []
    for one in wanted:
        name, equals, path = one.partition("=")
        if name not in FORMATS:
            raise UsageError(f"there is no format `{name}`; the formats are {', '.join(FORMATS)}")
        if equals and not path:
            raise UsageError(f"--format {one}: name the file after the =")
        targets.append((name, path or None))
    unplaced = [index for index, (_, path) in enumerate(targets) if path is None]
    if len(unplaced) > 1:
        raise UsageError("only one format can go to standard output; write the others as FORMAT=FILE")
    if options.output is not None:
        if not unplaced:
            raise UsageError("--output has no format left to write: each --format names its file")
        targets[unplaced[0]] = (targets[unplaced[0]][0], options.output)
    return targets


def _jobs(options: LintOptions) -> int:
    if options.jobs is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not options.jobs.isdecimal() or int(options.jobs) < 1:
        raise UsageError(f"--jobs {options.jobs}: give a number of processes, at least 1")
    return int(options.jobs)


def _show_files(request: Request, since: str | None, console: Console) -> int:
    from tollgate.model.masked import visible

    if since is None:
        found = found_files(request)
    else:
        from tollgate.since import changed

        found = changed(request, since)
    for one in found.files:
        console.out.write(f"{visible(one.path)}\n".encode("utf-8", "backslashreplace"))
    for error in found.errors:
        say(console, f"error: {error}")
    return FAILED if found.errors else CLEAN


def _write(report: Report, name: str, path: str | None, options: LintOptions, console: Console) -> None:
    choices = _render_options(options, console, to_file=path is not None)
    _put(render(report, name, options=choices), name, path, console)


def _put(texts: Iterable[str], name: str, path: str | None, console: Console) -> None:
    """Write pieces of a format to a file, or to standard output."""
    pieces = (encode(text, name) for text in texts)
    if path is None:
        for piece in pieces:
            console.out.write(piece)
        console.out.flush()
        return
    from tollgate.engine.write import NotWritten, write_atomically

    try:
        write_atomically(path, b"".join(pieces))
    except (OSError, NotWritten) as error:
        raise UsageError(f"{path}: the report cannot be written: {error}") from None


def _render_options(options: LintOptions, console: Console, *, to_file: bool) -> RenderOptions:
    colour = console.out_is_terminal and not console.environment.get("NO_COLOR")
    if console.environment.get("TERM") == "dumb":
        colour = False
    if console.environment.get("FORCE_COLOR"):
        colour = True
    if options.color is not None and options.color != "auto":
        colour = options.color == "always"
    return RenderOptions(
        colour=colour and not to_file,
        width=console.width,
        hyperlinks=colour and console.out_is_terminal and not to_file,
        quiet=options.quiet,
        statistics=options.statistics,
        sarif_suppressed=options.sarif_suppressed,
        github_actions=in_actions(console) and not to_file,
    )


def _status(report: Report, fail_on: str, *, strict: bool) -> int:
    if report.errors:
        return FAILED
    if strict and report.summary.not_linted:
        return FINDINGS
    if fail_on == "never":
        return CLEAN
    counted: Sequence[str] = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return FINDINGS if any(finding.severity in counted for finding in report.active) else CLEAN
