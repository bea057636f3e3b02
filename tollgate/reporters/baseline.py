"""The entries of a baseline, for `tollgate baseline show`: a table by rule, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tollgate.model.baseline import Baseline, Entry, entry_order
from tollgate.model.days import SOON_DAYS, days_between
from tollgate.reporters.counts import plural
from tollgate.reporters.printable import printable

FORMAT_VERSION = 1
"""Grows when a field of the JSON changes its meaning or goes; new fields may come at any time."""

_WIDEST = 60

_Json = dict[str, object]


def show(baseline: Baseline, entries: Sequence[Entry], format_name: str, *, today: str) -> str:
    """`entries` of a baseline as a table or JSON, as they stand on the day `today`."""
    pieces = _json(baseline, entries, today) if format_name == "json" else _table(baseline, entries, today)
    return "".join(pieces)


def _by_rule(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Rules with their entries, those with most findings first."""
    grouped: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=entry_order):
        grouped.setdefault(entry.rule, []).append(entry)
    return sorted(grouped.items(), key=lambda item: (-_number(item[1]), item[0]))


def _number(entries: Sequence[Entry]) -> int:
    return sum(entry.number for entry in entries)


def _table(baseline: Baseline, entries: Sequence[Entry], today: str) -> Iterator[str]:
    for rule, group in _by_rule(entries):
        yield f"{printable(rule)} ({_number(group):,})\n"
        rows = [(_place(entry), _about(entry), _age(entry, today), _end(entry, today)) for entry in group]
        widths = [min(max(map(len, column)), _WIDEST) for column in zip(*rows, strict=True)]
        for entry, row in zip(group, rows, strict=True):
            cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True) if width]
            said = [printable(words) for words in (entry.approved_by, entry.reason) if words]
            yield f"  {'  '.join([*cells, ': '.join(said)])}".rstrip() + "\n"
        yield "\n"
    yield f"{printable(baseline.path)} accepts {plural(_number(entries), 'finding')}"
    yield f" of {plural(len({entry.rule for entry in entries}), 'rule')}"
    left = [days_between(today, entry.until) for entry in entries if entry.until]
    ended = sum(days is not None and days < 0 for days in left)
    soon = sum(days is not None and 0 <= days <= SOON_DAYS for days in left)
    yield f"; {ended:,} ended" if ended else ""
    yield f"; {soon:,} within {SOON_DAYS} days of the end" if soon else ""
    yield "\n"


def _place(entry: Entry) -> str:
    return printable(entry.path) + (f" (x{entry.number})" if entry.number > 1 else "")


def _about(entry: Entry) -> str:
    return printable(entry.object)


def _age(entry: Entry, today: str) -> str:
    days = days_between(entry.added, today) if entry.added else None
    if days is None:
        return ""
    return f"since {entry.added} ({plural(days, 'day')})" if days >= 0 else f"since {entry.added}"


def _end(entry: Entry, today: str) -> str:
    days = days_between(today, entry.until) if entry.until else None
    if days is None:
        return ""
    if days < 0:
        return f"ended {entry.until}"
    return f"until {entry.until}" + (f" ({plural(days, 'day')} left)" if days <= SOON_DAYS else "")


def _json(baseline: Baseline, entries: Sequence[Entry], today: str) -> Iterator[str]:
    head = {
        "format": FORMAT_VERSION,
        "path": printable(baseline.path),
        "today": today,
        "accepted": _number(entries),
        "rules": {rule: _number(group) for rule, group in _by_rule(entries)},
    }
    yield "{\n"
    for key, value in head.items():
        yield f"{json.dumps(key)}: {json.dumps(value)},\n"
    lines = [json.dumps(_object(entry, today)) for entry in sorted(entries, key=entry_order)]
    yield '"entries": [' + ",".join(f"\n{line}" for line in lines) + ("\n]" if lines else "]") + "\n}\n"


def _object(entry: Entry, today: str) -> _Json:
    left = days_between(today, entry.until) if entry.until else None
    return {
        "path": entry.path,
        "rule": entry.rule,
        "fingerprint": entry.fingerprint,
        "object": printable(entry.object) or None,
        "count": entry.number,
        "added": entry.added or None,
        "age_days": days_between(entry.added, today) if entry.added else None,
        "until": entry.until or None,
        "days_left": left,
        "ended": left is not None and left < 0,
        "approved_by": printable(entry.approved_by) or None,
        "reason": printable(entry.reason) or None,
        "line": entry.line,
    }
