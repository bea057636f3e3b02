"""What a run makes of a baseline: entries that stay, go and come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from tollgate.baselined import Run, judge_report, unused_entries
from tollgate.engine.baseline import Judged, has_ended, rule_counts
from tollgate.model.baseline import Baseline, Entry, told_path
from tollgate.model.finding import Finding
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report

NEVER_ACCEPTED = frozenset({"suppression-ends-soon"})
"""What a baseline cannot hold besides locked rules: a reminder that goes by itself."""

_LONGEST_OBJECT = 120


class Terms(NamedTuple):
    """What new entries say besides what they accept."""

    added: str = ""
    until: str = ""
    approved_by: str = ""
    reason: str = ""


class Update(NamedTuple):
    """A baseline as it is to be.

    entries    all, in no order
    added      findings that get an entry
    kept       how many findings the entries that stay accept
    removed    entries that go, with the number of findings that are gone
    moved      entries that follow a file, with its path before
    renewed    entries that had ended and get new terms
    ended      entries that have ended and stay as they are, so that their findings count
    refused    findings that nobody can accept
    """

    entries: tuple[Entry, ...]
    added: tuple[Finding, ...] = ()
    kept: int = 0
    removed: tuple[Entry, ...] = ()
    moved: tuple[tuple[Entry, str], ...] = ()
    renewed: tuple[Entry, ...] = ()
    ended: tuple[Entry, ...] = ()
    refused: tuple[Finding, ...] = ()


def update(
    report: Report,
    before: Baseline,
    run: Run,
    *,
    terms: Terms | None,
    rules: Collection[str] = (),
    describe: Callable[[Finding], Finding] = lambda finding: finding,
) -> Update:
    """What becomes of `before` under a report that was made without it.

    terms      for findings that have no entry; None: they get none
    rules      only entries and findings of these; empty: of all
    describe   gives a finding without secrets in what it says
    """
    judged = judge_report(report, before, run, today="")  # those that have ended are entries, too
    missing = unused_entries(report, before, judged, run)
    changes = _Changes()
    moves = _moves(report, judged)
    speaking = {match.entry for match in judged.matches}
    for index, entry in enumerate(before.entries):
        if rules and run.linter.current_name(entry.rule) not in rules:
            changes.entries.append(entry)
            continue
        pieces = changes.pieces(entry, missing.get(index, 0), moves.get(index, {}))
        if index in speaking and has_ended(entry, run.policy.today):
            pieces = changes.at_an_end(pieces, terms)
        changes.entries += pieces
    kept = sum(entry.number for entry in changes.entries)
    added, refused = ((), ()) if terms is None else _new(judged, before, run, rules)
    told = [describe(finding) for finding in added]
    entries = changes.entries if terms is None else [*changes.entries, *(_entry(one, terms) for one in told)]
    return Update(
        _united(entries),
        tuple(told),
        kept,
        tuple(changes.removed),
        tuple(changes.moved),
        tuple(changes.renewed),
        tuple(changes.ended),
        tuple(refused),
    )


class _Changes:
    """The lists of an `Update` while entries are looked at."""

    __slots__ = ("ended", "entries", "moved", "removed", "renewed")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.removed: list[Entry] = []
        self.moved: list[tuple[Entry, str]] = []
        self.renewed: list[Entry] = []
        self.ended: list[Entry] = []

    def pieces(self, entry: Entry, gone: int, away: Mapping[str, int]) -> list[Entry]:
        """What is left of an entry: without the findings that are gone, and in the files that they are in."""
        if gone:
            self.removed.append(entry._replace(number=gone))
        pieces = [entry._replace(path=path, number=number) for path, number in sorted(away.items())]
        self.moved += [(piece, entry.path) for piece in pieces]
        left = entry.number - gone - sum(away.values())
        return [*pieces, entry._replace(number=left)] if left else pieces

    def at_an_end(self, pieces: list[Entry], terms: Terms | None) -> list[Entry]:
        """Entries that have ended: with a new end they begin again."""
        if terms is None or not terms.until:
            self.ended += pieces
            return pieces
        renewed = [
            one._replace(
                until=terms.until,
                added=terms.added,
                approved_by=terms.approved_by or one.approved_by,
                reason=terms.reason or one.reason,
            )
            for one in pieces
        ]
        self.renewed += renewed
        return renewed


def _moves(report: Report, judged: Judged) -> dict[int, Counter[str]]:
    """Index of an entry whose file is gone → where its findings are now, and how many."""
    moves: dict[int, Counter[str]] = {}
    for match in judged.matches:
        if match.moved:
            path = told_path(report.findings[match.finding].location.path)
            moves.setdefault(match.entry, Counter())[path] += 1
    return moves


def _new(
    judged: Judged, before: Baseline, run: Run, rules: Collection[str]
) -> tuple[Sequence[Finding], Sequence[Finding]]:
    """Findings without an entry: those that can have one, and those that cannot."""
    known = {match.finding for match in judged.matches}
    new = [
        finding
        for number, finding in enumerate(judged.findings)
        if finding.suppressed is None
        and number not in known
        and (not rules or finding.rule in rules)
        and finding.location.path != before.path
        and finding.rule not in NEVER_ACCEPTED
    ]
    return (
        [finding for finding in new if not finding.locked],
        [finding for finding in new if finding.locked],
    )


def _entry(finding: Finding, terms: Terms) -> Entry:
    return Entry(
        told_path(finding.location.path),
        finding.rule,
        finding.fingerprint,
        _about(finding),
        1,
        terms.added,
        terms.until,
        terms.approved_by,
        terms.reason,
    )


def _about(finding: Finding) -> str:
    """What a finding is about, for readers of the file."""
    kind, name = finding.object_kind or "stage", finding.object_name
    if finding.object_kind is None and name is None:
        return ""
    about = kind if name is None else f"{kind}/{name}"
    return about if len(about) <= _LONGEST_OBJECT else about[:_LONGEST_OBJECT] + "…"


def _united(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries with those of the same finding as one, under the terms of the first."""
    united: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        key = (entry.path, entry.rule, entry.fingerprint)
        first = united.get(key)
        united[key] = entry if first is None else first._replace(number=first.number + entry.number)
    return tuple(united.values())


def raised(before: Baseline, after: Update, run: Run) -> dict[str, tuple[int, int]]:
    """Rules of which more findings are accepted than before, with both numbers."""
    name = run.linter.current_name
    old, new = rule_counts(before.entries, name), rule_counts(after.entries, name)
    return {rule: (old.get(rule, 0), new[rule]) for rule in sorted(new) if new[rule] > old.get(rule, 0)}
