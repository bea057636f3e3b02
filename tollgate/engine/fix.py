"""Applies fixes to a file's text, each proven before it is kept.

Fixes that go along with each other are made in one round; after it the file is read and linted
again. A fix that breaks a proof is found by halving and dropped, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence as Seq

from tollgate.engine.fix_place import result_span
from tollgate.engine.fix_proof import dockerfile_flaw, findings_flaw, yaml_flaw
from tollgate.engine.yaml_edit_changes import Claims, united
from tollgate.engine.yaml_edit_join import apply_edits, joined, moved_offset
from tollgate.engine.yaml_edit_text import Refused
from tollgate.model.documents import YamlText
from tollgate.model.finding import Change, Edit, Finding, Fix
from tollgate.model.hints import Literal, TypeAlias
from tollgate.model.manifests import ManifestFile
from tollgate.model.record import NamedTuple
from tollgate.model.report import AppliedFix
from tollgate.model.source import Source, Span, decode

MAX_ROUNDS = 10
MAX_ATTEMPTS = 200
"""Trial edits of one file; each costs as much as linting it."""

Relint: TypeAlias = Callable[[Source], Seq[Finding]]


class FixOutcome(NamedTuple):
    """`applied`: with regions in `new_source`, in order; `dropped`: fixes that were asked for and not
    made, each with the reason. `rounds` that changed something."""

    new_source: Source
    applied: tuple[AppliedFix, ...]
    dropped: tuple[tuple[Finding, str], ...]
    rounds: int


class _Wanted(NamedTuple):
    finding: Finding
    fix: Fix


class _Attempt(NamedTuple):
    """An edited file that passed all proofs."""

    batch: Seq[_Wanted]
    edits: tuple[Edit, ...]
    source: Source
    findings: Seq[Finding]
    spans: tuple[Span, ...]


class _Made(NamedTuple):
    wanted: _Wanted
    span: Span


def apply_fixes(
    source: Source,
    findings: Seq[Finding],
    *,
    kind: Literal["yaml", "dockerfile"],
    unsafe: bool,
    relint: Relint,
) -> FixOutcome:
    """`source` with the fixes of its findings made: the safe ones, with `unsafe` the others, too.

    `relint` gives all findings of an edited file, the suppressed ones included, as `findings` are
    those of `source`. Suppressed findings are not fixed. `AppliedFix.why` is left empty.
    """
    session = _Session(source, findings, kind=kind, unsafe=unsafe, relint=relint)
    while session.rounds < MAX_ROUNDS and session.attempts < MAX_ATTEMPTS and session.advance():
        pass
    return session.outcome()


class _Session:
    """The state between rounds."""

    __slots__ = (
        "attempts",
        "dropped",
        "findings",
        "kind",
        "made",
        "relint",
        "retry",
        "rounds",
        "source",
        "unsafe",
    )

    def __init__(
        self, source: Source, findings: Seq[Finding], *, kind: str, unsafe: bool, relint: Relint
    ) -> None:
        self.source = source
        self.findings = findings
        self.kind = kind
        self.unsafe = unsafe
        self.relint = relint
        self.made: list[_Made] = []
        self.dropped: dict[tuple[str, str], str] = {}
        self.retry = False
        self.rounds = 0
        self.attempts = 0

    def advance(self) -> bool:
        """One round. False when nothing more can be done."""
        wanted = self._wanted()
        batch = _side_by_side([one for one in wanted if _key(one.finding) not in self.dropped])
        if not batch:
            if not self.retry:
                return False
            self.retry = False
            batch = _side_by_side(wanted)
        attempt = self._best_of(batch)
        if attempt is not None:
            self._keep(attempt)
        return True

    def _wanted(self) -> list[_Wanted]:
        """Fixes to make, by position, then rule."""
        found = [
            _Wanted(finding, finding.fix)
            for finding in self.findings
            if finding.fix is not None
            and finding.suppressed is None
            and (finding.fix.safe or self.unsafe)
            and (finding.fix.edits or finding.fix.changes)
        ]
        return sorted(found, key=lambda one: (one.finding.location.region, one.finding.rule))

    def _best_of(self, batch: Seq[_Wanted]) -> _Attempt | None:
        """The whole batch if its proofs hold, else what remains when halving finds the culprits."""
        attempt = self._try(batch)
        if isinstance(attempt, _Attempt):
            return attempt
        if len(batch) == 1 or self.attempts >= MAX_ATTEMPTS:
            self.dropped.update((_key(one.finding), attempt) for one in batch)
            return None
        middle = len(batch) // 2
        first, second = self._best_of(batch[:middle]), self._best_of(batch[middle:])
        if first is None or second is None:
            return first or second
        both = self._try([*first.batch, *second.batch])
        return both if isinstance(both, _Attempt) else first

    def _try(self, batch: Seq[_Wanted]) -> _Attempt | str:
        """The file with these fixes made, or why it is not accepted."""
        self.attempts += 1
        changes = united([one.fix.changes for one in batch])
        old = self._read(self.source) if self.kind == "yaml" else None
        edits = _edits_of(self.source, old, batch, changes)
        if isinstance(edits, str):
            return edits
        text = apply_edits(self.source.text, edits)
        source = decode(self.source.path, self.source.encode(text))
        if source.text != text:
            return "the edited text would be decoded differently"
        new = self._read(source) if self.kind == "yaml" else None
        flaw = self._flaw(source, old, new, changes, edits)
        if flaw is not None:
            return flaw
        findings = self.relint(source)
        flaw = findings_flaw(self.findings, findings, [one.finding for one in batch])
        if flaw is not None:
            return flaw
        spans = tuple(result_span(one.fix, changes, edits, old, new) for one in batch)
        return _Attempt(batch, edits, source, findings, spans)

    def _read(self, source: Source) -> YamlText:
        from tollgate.parsers import parse

        file = parse(source, "yaml")
        assert isinstance(file, ManifestFile)
        return file.text

    def _flaw(
        self,
        source: Source,
        old: YamlText | None,
        new: YamlText | None,
        changes: Seq[Change],
        edits: Seq[Edit],
    ) -> str | None:
        if old is not None and new is not None:
            return yaml_flaw(old, new, changes)
        from tollgate.parsers.dockerfile import parse_dockerfile

        return dockerfile_flaw(parse_dockerfile(self.source), parse_dockerfile(source), edits)

    def _keep(self, attempt: _Attempt) -> None:
        self.made = [_Made(made.wanted, _moved(made.span, attempt.edits)) for made in self.made]
        self.made += map(_Made, attempt.batch, attempt.spans)
        self.source = attempt.source
        self.findings = attempt.findings
        self.retry = bool(self.dropped)
        self.rounds += 1

    def outcome(self) -> FixOutcome:
        applied = [
            AppliedFix(
                made.wanted.finding.rule,
                made.wanted.fix.title,
                "",
                made.wanted.finding,
                self.source.region(*made.span),
            )
            for made in sorted(self.made, key=lambda made: (made.span, made.wanted.finding.rule))
        ]
        late = f"not tried: {MAX_ROUNDS} rounds or {MAX_ATTEMPTS} attempts were not enough"
        dropped = [(one.finding, self.dropped.get(_key(one.finding), late)) for one in self._wanted()]
        return FixOutcome(self.source, tuple(applied), tuple(dropped), self.rounds)


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.fingerprint


def _moved(span: Span, edits: Seq[Edit]) -> Span:
    start = moved_offset(span.start, edits, after=True)
    return Span(start, max(start, moved_offset(span.end, edits)))


def _side_by_side(wanted: Iterable[_Wanted]) -> list[_Wanted]:
    """The fixes that go along with each other: of those in conflict, the first."""
    claims = Claims()
    taken: list[tuple[int, int]] = []
    chosen = []
    for one in wanted:
        if one.fix.changes:
            if claims.take(one.fix.changes):
                chosen.append(one)
        elif not any(_meet(edit, span) for edit in one.fix.edits for span in taken):
            taken += [(edit.start, edit.end) for edit in one.fix.edits]
            chosen.append(one)
    return chosen


def _meet(edit: Edit, span: tuple[int, int]) -> bool:
    """Whether two edits overlap; two insertions at one place do."""
    start, end = span
    return (edit.start < end and start < edit.end) or edit.start == start


def _edits_of(
    source: Source, yaml: YamlText | None, batch: Seq[_Wanted], changes: Seq[Change]
) -> tuple[Edit, ...] | str:
    """All edits of a batch together, or why they cannot be made."""
    found = [(0, edit) for one in batch if not one.fix.changes for edit in one.fix.edits]
    if changes and yaml is not None:
        from tollgate.engine.yaml_edit import Refusal, edits_for

        edits = edits_for(yaml, changes)
        if isinstance(edits, Refusal):
            return edits.reason
        found += [(1, edit) for edit in edits]
    try:
        edits = joined(source.text, found)
    except Refused as refused:
        return str(refused)
    if any(edit.start < 0 or edit.end > len(source.text) or edit.start > edit.end for edit in edits):
        return "the fix speaks of text that is not there"
    return edits or "the fix changes nothing"
