"""`tollgate lint --compare TOOL`: what both linters say, side by side, and why one of them is silent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from tollgate import api, catalog, resources
from tollgate.engine.peers import index_equivalents, plain_id
from tollgate.engine.select import severity_in
from tollgate.model.finding import Finding
from tollgate.model.masked import visible
from tollgate.model.policy import settings_by_path
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report
from tollgate.model.rule import Rule
from tollgate.peer_tools import END, PEERS, PeerFinding, run_peer
from tollgate.request import read_found

_COLUMN = 26


class Row(NamedTuple):
    """A line of the comparison. `check` or `rule` empty: that linter is silent; `why` says why we are."""

    path: str
    line: int
    check: str
    rule: str
    why: str = ""


class Comparison(NamedTuple):
    """All rows, and how many findings of ours the other linter has no check for."""

    peer: str
    rows: tuple[Row, ...]
    beyond: int


def compare(peer: str, session: api.Session, report: Report) -> Comparison:
    """Run the other linter over the files of the report. Raises peer_tools.PeerError."""
    files = {one.path: one.kind for one in report.linted}
    theirs = run_peer(peer, session.request.root, files)
    rules = {rule.name: rule for rule in catalog.rules(custom=session.request.policy.custom)}
    starts = _instruction_starts(session, {one.path for one in theirs if files[one.path] == "dockerfile"})
    kinds = PEERS[peer].kinds
    ours = [one for one in report.findings if files.get(one.location.path) in kinds]
    rows, beyond = _rows(peer, theirs, ours, rules, starts)
    why = _reasons(peer, session, ours, rules)
    explained = [row if row.check == "" or row.rule else row._replace(why=why(row)) for row in rows]
    return Comparison(peer, tuple(sorted(explained)), beyond)


def _instruction_starts(session: api.Session, paths: set[str]) -> Mapping[str, Callable[[int], int]]:
    """For each Dockerfile, the first line of the instruction that a line is in: what others report."""
    return {path: _starts(session, path) for path in paths}


def _starts(session: api.Session, path: str) -> Callable[[int], int]:
    from bisect import bisect_right

    from tollgate.model.dockerfile import Dockerfile
    from tollgate.model.source import decode
    from tollgate.parsers import parse

    content = read_found(session.request, os.path.join(session.request.root, path))
    artifact = parse(decode(path, content.data), "dockerfile")
    assert isinstance(artifact, Dockerfile)
    lines = [artifact.source.position(one.span.start).line for one in artifact.instructions]

    def start(line: int) -> int:
        index = bisect_right(lines, line)
        return lines[index - 1] if index else line

    return start


def _rows(
    peer: str,
    theirs: Sequence[PeerFinding],
    ours: Sequence[Finding],
    rules: Mapping[str, Rule],
    starts: Mapping[str, Callable[[int], int]],
) -> tuple[list[Row], int]:
    """Each of theirs with ours that mean the same there, then ours that stand alone."""
    by_check: dict[tuple[str, str], list[int]] = {}
    beyond = 0
    for index, one in enumerate(ours):
        checks = _checks(one, rules, peer)
        beyond += not checks and one.suppressed is None
        for check in checks:
            by_check.setdefault((one.location.path, check), []).append(index)
    met: set[int] = set()
    rows: set[Row] = set()
    for other in theirs:
        start = starts.get(other.path, int)
        same = [
            index
            for index in by_check.get((other.path, _key(peer, other.check)), ())
            if other.first <= start(ours[index].location.region.start.line) <= other.last
            and ours[index].suppressed is None
        ]
        met.update(same)
        line = other.first if other.last != END else 0
        rows.update(Row(other.path, line, other.check, ours[index].rule) for index in same)
        if not same:
            rows.add(Row(other.path, line, other.check, ""))
    alone = [one for index, one in enumerate(ours) if index not in met and one.suppressed is None]
    rows.update(
        Row(one.location.path, one.location.region.start.line, "", one.rule)
        for one in alone
        if _checks(one, rules, peer)
    )
    return list(rows), beyond


def _checks(finding: Finding, rules: Mapping[str, Rule], peer: str) -> set[str]:
    equivalents = finding.equivalents or (rules[finding.rule].equivalents if finding.rule in rules else {})
    return {plain_id(check) for check in equivalents.get(peer, ())}


def _key(peer: str, check: str) -> str:
    """One rule of ours stands for all of ShellCheck."""
    is_shellcheck = peer == "hadolint" and check.startswith("SC")
    return plain_id("SC*" if is_shellcheck else check)


def _reasons(
    peer: str, session: api.Session, ours: Sequence[Finding], rules: Mapping[str, Rule]
) -> Callable[[Row], str]:
    """Why we are silent where they are not."""
    look_up = index_equivalents({rule.name: rule.equivalents for rule in rules.values()})
    gone = {plain_id(check): why for check, why in api.retired().get(peer, {}).items()}
    notes = _differences(peer)
    policy = session.request.policy
    settings = settings_by_path(policy)
    silenced = {(one.location.path, one.rule) for one in ours if one.suppressed is not None}

    def why(row: Row) -> str:
        key = _key(peer, row.check)
        names = look_up(peer, "SC*" if key == plain_id("SC*") else row.check)
        if not names:
            return gone.get(key) or f"no rule stands for {row.check}"
        if any((row.path, name) in silenced for name in names):
            return "suppressed"
        here = settings(row.path)
        off = [
            name
            for name in names
            if not any(severity_in(one, here, policy) for one in rules[name].variants())
        ]
        if len(off) == len(names):
            return f"{', '.join(off)}: off here"
        return notes.get(key) or f"{', '.join(name for name in names if name not in off)}: judged otherwise"

    return why


def _differences(peer: str) -> dict[str, str]:
    """What docs/peers.md says of checks that a rule of ours means otherwise."""
    from tollgate.catalog_check import read_yaml

    path = resources.differences_path()
    loaded, problems = read_yaml(path)
    assert not problems, problems
    notes: dict[str, list[str]] = {}
    for one in loaded:
        if one["peer"] == peer:
            for check in one["checks"]:
                notes.setdefault(plain_id(check), []).append(" ".join(one["note"].split()))
    return {check: _first_sentence(" ".join(said)) for check, said in notes.items()}


def _first_sentence(text: str) -> str:
    first, dot, _ = text.partition(". ")
    return f"{first}." if dot else text


def as_text(found: Comparison) -> Iterator[str]:
    """The comparison, file by file, and its sums."""
    path = None
    for row in found.rows:
        if row.path != path:
            path = row.path
            yield f"{'' if path == found.rows[0].path else chr(10)}{visible(path)}\n"
            yield f"  {'line':>5}  {found.peer:{_COLUMN}}  Tollgate\n"
        line = str(row.line) if row.line else ""
        ours = row.rule or f"—  {row.why}"
        yield f"  {line:>5}  {visible(row.check or '—'):{_COLUMN}}  {visible(ours)}\n"
    both = sum(bool(row.check and row.rule) for row in found.rows)
    theirs = sum(not row.rule for row in found.rows)
    yield "\n" if found.rows else ""
    yield (
        f"{both} both, {theirs} only {found.peer}, {len(found.rows) - both - theirs} only Tollgate, "
        f"and {found.beyond} of Tollgate's that {found.peer} has no check for\n"
    )
