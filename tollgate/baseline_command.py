"""What `tollgate baseline write`, `prune` and `show` do: each gives its text and exit status."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence

from tollgate import api, catalog
from tollgate.baseline_file import Place, baseline_text, find_place, load_baseline
from tollgate.baseline_update import Terms, Update, raised, update
from tollgate.console import CLEAN, FINDINGS, Answer, UsageError
from tollgate.discovery import find_root
from tollgate.engine.write import NotWritten, write_atomically
from tollgate.model.baseline import Baseline, Entry
from tollgate.model.days import is_day
from tollgate.model.finding import Finding
from tollgate.model.masked import visible
from tollgate.model.record import NamedTuple
from tollgate.options import LintOptions
from tollgate.reporters.baseline import show as render
from tollgate.reporters.counts import plural
from tollgate.reporters.printable import place as shown_place
from tollgate.reporters.texts import Texts

_SHOWN = 20


class Wish(NamedTuple):
    """What `write` is asked for besides the options of linting. `ratchet` None: as policy says."""

    until: str = ""
    approved_by: str = ""
    reason: str = ""
    rules: tuple[str, ...] = ()
    ratchet: bool | None = None


class _Judged(NamedTuple):
    """The baseline as it is, where it is, and what linting makes of it."""

    place: Place
    before: Baseline | None
    after: Update
    more: dict[str, tuple[int, int]]
    ratchet: bool


def write(options: LintOptions, wish: Wish) -> Answer:
    """Accept what is found now. Raises UsageError, and as linting and reading a baseline do."""
    if wish.until and not is_day(wish.until):
        raise UsageError(f"--until {wish.until}: give a day such as 2027-03-01")
    judged = _judge(options, wish, accept=True)
    ratchet = judged.ratchet if wish.ratchet is None else wish.ratchet
    if ratchet and judged.before is not None and judged.more:
        return Answer("".join(_refusal(judged)), FINDINGS)
    _save(judged)
    text = "".join(_written(judged, wish))
    return Answer(text, FINDINGS if judged.after.refused or judged.after.ended else CLEAN)


def prune(options: LintOptions) -> Answer:
    """Take away what is mended. Raises as `write`."""
    judged = _judge(options, Wish(), accept=False)
    if judged.before is None:
        raise UsageError(f"{judged.place.shown}: there is no baseline to prune")
    _save(judged)
    return Answer("".join(_pruned(judged)), CLEAN)


def show(options: LintOptions, format_name: str, rules: Sequence[str] = ()) -> Answer:
    """List what is accepted. Raises as `write`."""
    if format_name not in ("table", "json"):
        raise UsageError(f"--format {format_name}: give table or json")
    root = find_root(options.paths or (os.curdir,))
    policy = api.policy_for(options, root)
    place = find_place(root, option=options.baseline, policy=policy.baseline)
    baseline = load_baseline(place)
    if baseline is None:
        raise UsageError(f"{place.shown}: there is no baseline; `tollgate baseline write` makes it")
    chosen = [entry for entry in baseline.entries if not rules or entry.rule in rules]
    text = render(baseline, chosen, format_name, today=policy.today)
    return Answer(text, CLEAN, for_program=format_name == "json")


def _judge(options: LintOptions, wish: Wish, *, accept: bool) -> _Judged:
    if "-" in options.paths:
        raise UsageError("a baseline is about files: standard input has none")
    rules = _known_rules(wish.rules)
    request = api.request_for(options._replace(no_baseline=True), cache=not options.no_cache, jobs=_jobs())
    policy = request.policy
    place = find_place(request.root, option=options.baseline, policy=policy.baseline)
    before = load_baseline(place, may_lack=True)
    session = api.open_session(request._replace(edits=False))
    report = api.run_session(session)
    if report.errors:
        raise UsageError("\n".join((*report.errors, f"{place.shown} stays as it was")))
    known = before or Baseline(place.shown)
    run = api.baseline_run(session)
    terms = Terms(policy.today, wish.until, wish.approved_by.strip(), wish.reason.strip())
    after = update(
        report, known, run, terms=terms if accept else None, rules=rules, describe=Texts(report).scrubbed
    )
    return _Judged(place, before, after, raised(known, after, run), policy.ratchet)


def _jobs() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _known_rules(names: Sequence[str]) -> frozenset[str]:
    """The names that rules have now. Raises UsageError for one that there is not."""
    current = {name: head.name for head in catalog.heads() for name in (*head.formerly, head.name)}
    for name in names:
        if name not in current:
            from tollgate.schema_check import nearest

            raise UsageError(f"--rule {name}: there is no such rule{nearest(name, current)}")
    return frozenset(current[name] for name in names)


def _save(judged: _Judged) -> None:
    data = baseline_text(judged.after.entries).encode("utf-8")
    before = None if judged.before is None else judged.before.data
    if data == before or (before is not None and _says_the_same(judged)):
        return
    try:
        write_atomically(judged.place.absolute, data, expected=before)
    except (OSError, NotWritten) as error:
        raise UsageError(f"{judged.place.shown}: the baseline cannot be written: {error}") from None


def _says_the_same(judged: _Judged) -> bool:
    """Whether nothing changed, so that lines in another form and comments may stay."""
    assert judged.before is not None
    return set(judged.before.entries) == set(judged.after.entries)


def _written(judged: _Judged, wish: Wish) -> Iterator[str]:
    after, name = judged.after, judged.place.shown
    total = sum(entry.number for entry in after.entries)
    removed = sum(entry.number for entry in after.removed)
    yield f"{visible(name)} accepts {plural(total, 'finding')}: "
    yield f"{len(after.added):,} added, {after.kept:,} kept, {removed:,} removed\n"
    counted = Counter(finding.rule for finding in after.added).most_common(_SHOWN + 1)
    for rule, number in counted[:_SHOWN]:
        yield f"  + {number:,} {rule}\n"
    if len(counted) > _SHOWN:
        yield "  + …\n"
    yield from _entries("-", after.removed)
    yield from _moves(after)
    if after.renewed:
        yield f"{plural(len(after.renewed), 'exception')} had ended: now until {wish.until}\n"
    if after.ended:
        yield from _list(
            "These have ended and count again; --until DAY renews them:", map(_line, after.ended)
        )
    if after.refused:
        yield from _list("These cannot be accepted, so that they count:", map(_place, after.refused))


def _pruned(judged: _Judged) -> Iterator[str]:
    after, name = judged.after, visible(judged.place.shown)
    removed = sum(entry.number for entry in after.removed)
    if not removed and not after.moved:
        yield f"{name} accepts nothing that is gone: {plural(after.kept, 'finding')}\n"
        return
    yield f"{name} accepts {plural(after.kept, 'finding')}: {removed:,} removed\n"
    yield from _entries("-", after.removed)
    yield from _moves(after)


def _refusal(judged: _Judged) -> Iterator[str]:
    yield f"{visible(judged.place.shown)} stays as it was: the number of accepted findings may only go down\n"
    for rule, (old, new) in judged.more.items():
        yield f"  {rule}: {old:,} → {new:,}\n"
        places = [_place(finding) for finding in judged.after.added if finding.rule == rule]
        yield from (f"    {place}\n" for place in places[:_SHOWN])
        if len(places) > _SHOWN:
            yield f"    and {len(places) - _SHOWN:,} more\n"
    yield "Mend them, or accept them on purpose with --no-ratchet.\n"


def _entries(sign: str, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries[:_SHOWN]:
        yield f"  {sign} {_line(entry)}\n"
    if len(entries) > _SHOWN:
        yield f"  {sign} and {len(entries) - _SHOWN:,} more\n"


def _moves(after: Update) -> Iterator[str]:
    for entry, path in after.moved[:_SHOWN]:
        yield f"  > {entry.rule}: {visible(path)} is {visible(entry.path)} now\n"
    if len(after.moved) > _SHOWN:
        yield f"  > and {len(after.moved) - _SHOWN:,} more\n"


def _list(head: str, lines: Iterator[str] | map[str]) -> Iterator[str]:
    told = list(lines)
    yield f"{head}\n"
    yield from (f"  {line}\n" for line in told[:_SHOWN])
    if len(told) > _SHOWN:
        yield f"  and {len(told) - _SHOWN:,} more\n"


def _line(entry: Entry) -> str:
    about = f" ({visible(entry.object)})" if entry.object else ""
    times = f" (x{entry.number})" if entry.number > 1 else ""
    return f"{visible(entry.path)}: {entry.rule}{about}{times}"


def _place(finding: Finding) -> str:
    return f"{shown_place(finding.location.path, *finding.location.region.start)}: {finding.rule}"
