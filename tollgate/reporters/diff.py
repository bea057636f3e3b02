"""The annotated diff: what the fixes change, which rule asks for it and why, and what has no fix.

`git apply` and `patch -p1` take it as it is. Lines of the files stand in it byte for byte (write it with
`reporters.encode`); a hunk that would show a secret, or a character that acts on a terminal, is withheld and
listed as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from tollgate.model.finding import Finding
from tollgate.model.masked import ExactLine, MaskedText, split_after_line_feed, visible_character
from tollgate.model.report import AppliedFix, FixedFile, Report
from tollgate.model.source import Source
from tollgate.reporters.git_names import git_name
from tollgate.reporters.hunks import Change, Hunk, changes_between, hunks_of
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import printable
from tollgate.reporters.style import Style
from tollgate.reporters.summary import note_place, summary_line
from tollgate.reporters.texts import Texts, scrub_finding

_JOINERS = "\u200c\u200d"
"""Format characters that a diff shows as they are: scripts and emoji need them."""
_HEADING = 160
"""Characters after a hunk's `@@`, about."""


def render(report: Report, options: RenderOptions) -> Iterator[str]:
    style = Style(colour=options.colour)
    texts = Texts(report)
    yield from _comments(_preamble(report), style)
    fixed = {file.path: file for file in report.fixed}
    found = groupby(texts.active(), key=lambda finding: finding.location.path)
    findings = {path: list(group) for path, group in found}
    for path in sorted({*fixed, *findings}):
        yield "\n"
        yield from _file(path, fixed.get(path), findings.get(path, []), style)


def _preamble(report: Report) -> Iterator[str]:
    still = report._replace(summary=report.summary._replace(seconds=None))
    yield summary_line(still, Style(colour=False))
    for note in report.notes:
        yield f"{note.kind}: {note_place(note)}: {printable(note.message)}"
    for error in report.errors:
        yield f"error: {printable(error)}"


def _comments(lines: Iterator[str], style: Style) -> Iterator[str]:
    return (style.paint("faint", f"# {line}".rstrip()) + "\n" for line in lines)


def _file(path: str, fixed: FixedFile | None, findings: Sequence[Finding], style: Style) -> Iterator[str]:
    yield from _comments(iter([printable(path)]), style)
    changed = None if fixed is None else _Changed(fixed)
    applied = set() if changed is None else {(fix.rule, fix.finding.fingerprint) for fix in changed.applied}
    left = [finding for finding in findings if (finding.rule, finding.fingerprint) not in applied]
    yield from _comments(chain.from_iterable(map(_unfixed, left)), style)
    if changed is None:
        return
    yield from _comments(chain.from_iterable(map(_fixed, changed.applied)), style)
    yield from _comments(changed.withheld(), style)
    if changed.shown:
        yield style.paint("strong", f"diff --git {git_name('a', path)} {git_name('b', path)}") + "\n"
        yield style.paint("strong", f"--- {_header_name('a', path)}") + "\n"
        yield style.paint("strong", f"+++ {_header_name('b', path)}") + "\n"
        yield from changed.written(style)


def _header_name(prefix: str, path: str) -> str:
    """A blank could end the name for patch; git puts a tab behind such a name."""
    name = git_name(prefix, path)
    return f"{name}\t" if " " in name and not name.startswith('"') else name


def _says(finding: Finding) -> str:
    start = finding.location.region.start
    said = f"{finding.severity}[{printable(finding.rule)}]: {printable(finding.message)}"
    return f"  {start.line}:{start.column} {said}"


def _unfixed(finding: Finding) -> Iterator[str]:
    yield _says(finding)
    if finding.fix is None:
        yield "    no fix"
    else:
        option = "not applied" if finding.fix.safe else "needs --unsafe-fixes"
        yield f"    fix: {printable(finding.fix.title)} ({option})"


def _fixed(fix: AppliedFix) -> Iterator[str]:
    yield _says(fix.finding)
    yield f"    fixed below: {printable(fix.title)}"
    why = " ".join(printable(line) for line in fix.why.strip().split("\n\n")[0].splitlines())
    if why:
        yield f"    why: {why}"


class _Changed:
    """A fixed file as hunks, those to show and those to withhold."""

    def __init__(self, fixed: FixedFile) -> None:
        old = fixed.old
        self._utf16 = old.encoding != "utf-8"
        self._bom = "\ufeff" if old.bom else ""
        self._old = old.exact_lines()
        self._new = split_after_line_feed(fixed.new_text)
        self.applied = tuple(_scrubbed(fix, old) for fix in fixed.applied)
        self._spans = [_new_lines(fix, fixed.new_text) for fix in fixed.applied]
        changes = changes_between([line.text for line in self._old], self._new)
        clear = [not self._utf16 and _may_show(line) for line in self._old]
        showable = [self._is_showable(change, clear, old) for change in changes]
        self._hunks = hunks_of(changes, clear=clear, showable=showable)
        self.shown = [hunk for hunk in self._hunks if not hunk.withheld]

    def _is_showable(self, change: Change, clear: Sequence[bool], old: MaskedText) -> bool:
        new = self._new[change.new_start : change.new_end]
        return (
            not self._utf16
            and all(clear[change.old_start : change.old_end])
            and not any(map(_acts, new))
            and not old.repeats_secret("".join(new))
        )

    def withheld(self) -> Iterator[str]:
        """What is not shown, and how to have it all the same."""
        for hunk in self._hunks:
            if hunk.withheld:
                first, last = hunk.old_start + 1, max(hunk.old_end, hunk.old_start + 1)
                lines = f"line {first}" if first == last else f"lines {first} to {last}"
                rules = ", ".join(sorted({printable(fix.rule) for fix in self._asking(hunk)}))
                yield f"  withheld: {lines} ({rules}): {self._reason(hunk)}; --fix writes it"

    def _reason(self, hunk: Hunk) -> str:
        if self._utf16:
            return "patch tools cannot change UTF-16"
        near = self._old[max(hunk.old_start - 1, 0) : hunk.old_end + 1]
        if any(_acts(line.text) for line in near) or any(
            map(_acts, self._new[hunk.new_start : hunk.new_end])
        ):
            return "it would show control characters"
        return "it would show a secret"

    def _asking(self, hunk: Hunk) -> list[AppliedFix]:
        """The fixes that a hunk is made of, or the nearest where none touches it."""
        distances = [_distance(span, hunk) for span in self._spans]
        nearest = min(distances, default=0)
        return [fix for fix, away in zip(self.applied, distances, strict=True) if away == nearest]

    def written(self, style: Style) -> Iterator[str]:
        """The shown hunks. Line numbers of the new text leave out what is withheld."""
        moved = 0
        for hunk in self.shown:
            yield from self._hunk(hunk, moved, style)
            moved += (hunk.new_end - hunk.new_start) - (hunk.old_end - hunk.old_start)

    def _hunk(self, hunk: Hunk, moved: int, style: Style) -> Iterator[str]:
        old = _range(hunk.old_start, hunk.old_end - hunk.old_start)
        new = _range(hunk.old_start + moved, hunk.new_end - hunk.new_start)
        yield f"{style.paint('gutter', f'@@ -{old} +{new} @@')} {_heading(self._asking(hunk))}\n"
        at = hunk.old_start
        for change in hunk.changes:
            yield from self._context(at, change.old_start)
            for line in range(change.old_start, change.old_end):
                yield self._line("-", self._old[line].text, first=line == 0, style=style)
            for line in range(change.new_start, change.new_end):
                yield self._line("+", self._new[line], first=line == 0, style=style)
            at = change.old_end
        yield from self._context(at, hunk.old_end)

    def _context(self, start: int, end: int) -> Iterator[str]:
        for line in range(start, end):
            yield self._line(" ", self._old[line].text, first=line == 0, style=None)

    def _line(self, sign: str, text: str, *, first: bool, style: Style | None) -> str:
        content = sign + (self._bom if first else "") + text.removesuffix("\n")
        if style is not None:
            content = style.paint("removed" if sign == "-" else "added", content)
        return f"{content}\n" if text.endswith("\n") else f"{content}\n\\ No newline at end of file\n"


def _range(start: int, length: int) -> str:
    """`first,length` as unified diffs have it: 1-based, and the line before where there is none."""
    return f"{start + 1 if length else start},{length}"


def _scrubbed(fix: AppliedFix, text: MaskedText) -> AppliedFix:
    return fix._replace(
        title=text.scrub(fix.title), why=text.scrub(fix.why), finding=scrub_finding(fix.finding, text)
    )


def _new_lines(fix: AppliedFix, new_text: str) -> tuple[int, int]:
    """The 0-based lines of the new text, counted by line feeds, that hold a fix's result."""
    starts = Source("", b"", new_text, encoding="utf-8", bom=b"").line_starts

    def line(number: int, column: int) -> int:
        offset = starts[min(max(number, 1), len(starts)) - 1] + column - 1
        return new_text.count("\n", 0, offset)

    start, end = fix.region
    return line(*start), line(*end)


def _distance(span: tuple[int, int], hunk: Hunk) -> int:
    """Lines between a fix's result and a hunk's changes; 0 if they touch."""
    first, last = span
    start, end = hunk.changes[0].new_start, hunk.changes[-1].new_end
    return max(first - end, start - last, 0)


def _heading(fixes: Sequence[AppliedFix]) -> str:
    said = "; ".join(dict.fromkeys(f"{printable(fix.rule)}: {printable(fix.title)}" for fix in fixes))
    return said if len(said) <= _HEADING else said[: _HEADING - 1] + "…"


def _may_show(line: ExactLine) -> bool:
    return not line.secret and not _acts(line.text)


def _acts(text: str) -> bool:
    """Whether a line holds something that acts on a terminal, beside its break, tabs and stray bytes."""
    content = text.removesuffix("\n").removesuffix("\r")
    return not content.isprintable() and any(
        visible_character(char) != char
        for char in content
        if char != "\t" and char not in _JOINERS and not "\udc80" <= char <= "\udcff"
    )
