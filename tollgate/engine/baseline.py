"""Which findings a baseline accepts, and which of its entries nothing answers to any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tollgate.model.baseline import Baseline, Entry, told_path
from tollgate.model.finding import Finding, Suppression
from tollgate.model.record import NamedTuple

_Key = tuple[str, str]
"""Rule and fingerprint."""


class Match(NamedTuple):
    """A finding (its index) with the entry that speaks of it (its index). `moved`: the entry's file is gone,
    and the finding stands in another."""

    finding: int
    entry: int
    moved: bool = False


def match_entries(
    findings: Sequence[Finding],
    entries: Sequence[Entry],
    *,
    may_accept: Callable[[Finding], bool],
    exists: Callable[[str], bool],
    current_name: Callable[[str], str] = str,
) -> list[Match]:
    """Findings that entries speak of, each entry at most as often as its `number`.

    may_accept     false for findings that nobody can accept; asked only where an entry speaks of one
    exists         whether a file, relative to the root, is there
    current_name   the name that a rule has now

    An entry speaks of findings of its rule and fingerprint in its file. One whose file is gone speaks of
    those elsewhere, if all such entries together are enough for all that nothing else speaks of: else
    nobody could say which of them was there before.
    """
    by_key: dict[_Key, list[int]] = {}
    for index, entry in enumerate(entries):
        by_key.setdefault((current_name(entry.rule), entry.fingerprint), []).append(index)
    left = [entry.number for entry in entries]
    matches: list[Match] = []
    strangers: dict[_Key, list[int]] = {}
    for number, finding in enumerate(findings):
        key = (finding.rule, finding.fingerprint)
        if finding.suppressed is not None or key not in by_key or not may_accept(finding):
            continue
        path = told_path(finding.location.path)
        at = next((one for one in by_key[key] if entries[one].path == path and left[one]), None)
        if at is None:
            strangers.setdefault(key, []).append(number)
        else:
            left[at] -= 1
            matches.append(Match(number, at))
    for key, numbers in strangers.items():
        orphans = [one for one in by_key[key] if left[one] and not exists(entries[one].path)]
        if sum(left[one] for one in orphans) >= len(numbers):
            places = [entries[one].path for one in orphans for _ in range(left[one])]
            owners = [one for one in orphans for _ in range(left[one])]
            for number in numbers:
                at = _nearest(told_path(findings[number].location.path), places)
                matches.append(Match(number, owners.pop(at), moved=True))
                places.pop(at)
    return sorted(matches)


def _nearest(path: str, places: Sequence[str]) -> int:
    """Of the files that are gone, the one that is most likely the one that became `path`: of the same name,
    else in the same folder, else the first."""
    folder, _, name = path.rpartition("/")
    for part, own in ((2, name), (0, folder)):
        for index, place in enumerate(places):
            if place.rpartition("/")[part] == own:
                return index
    return 0


class Judged(NamedTuple):
    """What a baseline makes of findings.

    findings   in the same order, the accepted ones suppressed
    matches    which entries speak of which findings
    ended      indices of entries that speak of a finding and have ended, so that it counts
    """

    findings: tuple[Finding, ...]
    matches: tuple[Match, ...]
    ended: tuple[int, ...]


def judge(
    findings: Sequence[Finding],
    baseline: Baseline,
    *,
    today: str,
    may_accept: Callable[[Finding], bool],
    exists: Callable[[str], bool],
    current_name: Callable[[str], str] = str,
) -> Judged:
    """`findings` under `baseline`; arguments as for `match_entries`. Without a `today` nothing has ended."""
    entries = baseline.entries
    matches = match_entries(
        findings, entries, may_accept=may_accept, exists=exists, current_name=current_name
    )
    judged = list(findings)
    ended = []
    for number, at, _ in matches:
        entry = entries[at]
        if has_ended(entry, today):
            ended.append(at)
        else:
            accepted = Suppression(
                "baseline", entry.reason, baseline.path, entry.line, entry.until, entry.approved_by
            )
            judged[number] = judged[number]._replace(suppressed=accepted, fix=None)
    return Judged(tuple(judged), tuple(matches), tuple(dict.fromkeys(ended)))


def has_ended(entry: Entry, today: str) -> bool:
    """Whether the last day of an entry has passed. ISO days compare as text."""
    return bool(entry.until and today and entry.until < today)


def unused(
    entries: Sequence[Entry], matches: Sequence[Match], is_judged: Callable[[Entry], bool]
) -> dict[int, int]:
    """Index of an entry → how many findings fewer there are than it accepts; only entries of which this run
    can tell."""
    used = Counter(match.entry for match in matches)
    return {
        index: entry.number - used[index]
        for index, entry in enumerate(entries)
        if used[index] < entry.number and is_judged(entry)
    }


def rule_counts(entries: Sequence[Entry], current_name: Callable[[str], str] = str) -> Mapping[str, int]:
    """How many findings entries accept, by rule."""
    counts: Counter[str] = Counter()
    for entry in entries:
        counts[current_name(entry.rule)] += entry.number
    return counts
