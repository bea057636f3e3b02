"""A report under a baseline: what it accepts is suppressed, and what is to be said of its entries is found.

Imported only where there is a baseline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from tollgate.engine.baseline import Judged, judge, rule_counts, unused
from tollgate.engine.lint import Linter
from tollgate.engine.suppress_until import judge_end
from tollgate.model.baseline import Baseline, Entry, told_path
from tollgate.model.finding import SEVERITIES, Finding, InputProblem, RelatedSpan
from tollgate.model.policy import Policy
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report, report_order
from tollgate.model.source import Source, decode

SHELLCHECK_RULE = "shell-script-problem"
_MOST_RELATED = 20


class Run(NamedTuple):
    """What a run looked at, as far as the baseline goes by it.

    given    paths of the files that were linted, as opposed to those around them
    whole    everything below the root was linted
    exists   whether a file, relative to the root, is there
    """

    linter: Linter
    policy: Policy
    given: frozenset[str]
    whole: bool
    exists: Callable[[str], bool]


def judge_report(report: Report, baseline: Baseline, run: Run, *, today: str | None = None) -> Judged:
    """Which findings the baseline accepts. `today`: instead of the policy's, "" for entries without end."""
    return judge(
        report.findings,
        baseline,
        today=run.policy.today if today is None else today,
        may_accept=lambda finding: not finding.locked,
        exists=run.exists,
        current_name=run.linter.current_name,
    )


def unused_entries(report: Report, baseline: Baseline, judged: Judged, run: Run) -> dict[int, int]:
    """Index of an entry → how many findings fewer there are than it accepts, as far as this run can tell."""
    return unused(baseline.entries, judged.matches, _tells_of(report.findings, run))


def _tells_of(findings: Sequence[Finding], run: Run) -> Callable[[Entry], bool]:
    """Whether a run that did not find what an entry accepts means that it is gone.

    It does not where the rule was off, could not run, or the file could not be read through.
    """
    linter = run.linter
    given = {told_path(path): path for path in run.given}
    broken = {told_path(one.location.path) for one in findings if _says_unread(one.rule)}

    def tells(entry: Entry) -> bool:
        if entry.path not in given and not run.whole:  # of the hook's run most entries say nothing
            return False
        rule = linter.current_name(entry.rule)
        if not linter.is_known(rule) or linter.is_locked(rule):
            return True
        if entry.path not in given:
            return not run.exists(entry.path)
        if entry.path in broken or (rule == SHELLCHECK_RULE and _shellcheck_is_missing()):
            return False
        if linter.is_relational(rule) and not run.whole:
            return False
        return linter.is_on(rule, given[entry.path])

    return tells


def _says_unread(rule: str) -> bool:
    """Whether a file with a finding of this rule was not read through."""
    return rule == "parse-error" or rule.startswith("not-linted")


def _shellcheck_is_missing() -> bool:
    from tollgate.shellcheck import find_program

    return find_program() is None


def with_baseline(report: Report, baseline: Baseline, run: Run) -> Report:
    """The report with accepted findings suppressed, and with what is to be said of the baseline."""
    judged = judge_report(report, baseline, run)
    missing = unused_entries(report, baseline, judged, run)
    problems = [*_ends(baseline, judged, run), *_gone(baseline, judged, missing, run)]
    findings: Sequence[Finding] = judged.findings
    if problems:
        source = decode(baseline.path, baseline.data)
        told = run.linter.told(source, [_placed(source, baseline, problem) for problem in problems])
        findings = sorted((*judged.findings, *told), key=report_order)
    return report._replace(findings=tuple(findings))


class _Complaint(NamedTuple):
    """What is to be said of an entry, by its index."""

    entry: int
    code: str
    message: str
    others: Sequence[int] = ()
    related: tuple[RelatedSpan, ...] = ()


def _ends(baseline: Baseline, judged: Judged, run: Run) -> Iterator[_Complaint]:
    """Entries in use that have ended or soon will, one by one."""
    if not run.policy.today:
        return
    for index in dict.fromkeys(match.entry for match in judged.matches):
        entry = baseline.entries[index]
        if entry.until:
            end = judge_end(entry.until, f"the entry for `{entry.rule}`", today=run.policy.today)
            if end.problem:
                yield _Complaint(index, end.problem, f"{end.message} ({entry.path})")


def _gone(baseline: Baseline, judged: Judged, missing: Mapping[int, int], run: Run) -> Iterator[_Complaint]:
    """Entries that nothing answers to any more; with a ratchet, how the numbers of findings differ."""
    silent: Collection[str] = ()
    if run.policy.ratchet:
        drifts = list(_drifts(baseline, judged, missing, run))
        yield from drifts
        silent = {run.linter.current_name(baseline.entries[drift.entry].rule) for drift in drifts}
    for index in missing:
        entry = baseline.entries[index]
        if run.linter.current_name(entry.rule) not in silent:
            yield _Complaint(index, "baseline-entry-unused", _unused_message(entry, missing[index], run))


def _unused_message(entry: Entry, missing: int, run: Run) -> str:
    rule = run.linter.current_name(entry.rule)
    if not run.linter.is_known(rule):
        return f"run `tollgate baseline prune`: there is no rule `{entry.rule}`"
    if run.linter.is_locked(rule):
        return f"nobody can accept findings of `{entry.rule}`, so the entry does nothing"
    number = "" if entry.number == 1 else f"{missing} of {entry.number} "
    return f"run `tollgate baseline prune`: {number}`{entry.rule}` is gone from {entry.path}"


def _drifts(baseline: Baseline, judged: Judged, missing: Mapping[int, int], run: Run) -> Iterator[_Complaint]:
    """Rules with more findings than the baseline accepts, or with fewer."""
    name = run.linter.current_name
    accepted = rule_counts(baseline.entries, name)
    known = {match.finding for match in judged.matches}
    new: dict[str, list[Finding]] = {}
    for number, finding in enumerate(judged.findings):
        if finding.suppressed is None and number not in known and finding.rule in accepted:
            new.setdefault(finding.rule, []).append(finding)
    gone: Counter[str] = Counter()
    for index, number in missing.items():
        gone[name(baseline.entries[index].rule)] += number
    for rule in sorted({*new, *gone}):
        found = new.get(rule, [])
        at = [index for index, entry in enumerate(baseline.entries) if name(entry.rule) == rule]
        if len(found) > gone[rule] and not _fails(found, run.policy):
            yield _more(at[0], rule, len(found) - gone[rule], found)
        elif gone[rule] > len(found):
            yield _fewer([index for index in at if index in missing], rule, gone[rule] - len(found))


def _more(entry: int, rule: str, number: int, found: Sequence[Finding]) -> _Complaint:
    places = tuple(
        RelatedSpan("found here", path=one.location.path, region=one.location.region)
        for one in found[:_MOST_RELATED]
    )
    findings = "1 finding" if number == 1 else f"{number} findings"
    message = f"{findings} of `{rule}` more than the baseline accepts, and the number may only go down"
    return _Complaint(entry, "baseline-ratchet", message, related=places)


def _fewer(entries: Sequence[int], rule: str, number: int) -> _Complaint:
    findings, are = ("1 finding", "is") if number == 1 else (f"{number} findings", "are")
    message = f"run `tollgate baseline prune`: {findings} of `{rule}` that the baseline accepts {are} gone"
    return _Complaint(entries[0], "baseline-ratchet", message, entries[1 : _MOST_RELATED + 1])


def _fails(findings: Sequence[Finding], policy: Policy) -> bool:
    """Whether these findings make a run fail by themselves."""
    if policy.fail_on == "never":
        return False
    counted: Sequence[str] = SEVERITIES[: SEVERITIES.index(policy.fail_on) + 1]
    return any(finding.severity in counted for finding in findings)


def _placed(source: Source, baseline: Baseline, complaint: _Complaint) -> InputProblem:
    start, end = _span(source, baseline.entries[complaint.entry])
    others = tuple(
        RelatedSpan("also here", *_span(source, baseline.entries[one])) for one in complaint.others
    )
    return InputProblem(complaint.code, start, end, complaint.message, (*complaint.related, *others))


def _span(source: Source, entry: Entry) -> tuple[int, int]:
    """The rule's name in the line where an entry begins, else the line."""
    first = source.line_starts[entry.line - 1]
    end = first + len(source.line(entry.line))
    at = source.text.find(f" {entry.rule},", first, end)
    return (first, end) if at < 0 else (at + 1, at + 1 + len(entry.rule))
