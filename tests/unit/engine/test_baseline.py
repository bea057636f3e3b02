"""Which findings a baseline's entries speak of."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, strategies as st

from tollgate.engine.baseline import Judged, judge, match_entries, rule_counts, unused
from tollgate.model.baseline import Baseline, Entry
from tollgate.model.finding import Finding, Location, Suppression
from tollgate.model.source import Position, Region

HERE = Region(Position(1, 1), Position(1, 2))


def finding(path: str, fingerprint: str = "f", rule: str = "host-pid") -> Finding:
    return Finding(rule, "error", "m", Location(path, HERE), fingerprint)


def entry(path: str, fingerprint: str = "f", rule: str = "host-pid", **more: object) -> Entry:
    return Entry(path, rule, fingerprint)._replace(**more)  # type: ignore[arg-type]


def judged(
    findings: Sequence[Finding],
    entries: Sequence[Entry],
    *,
    there: Sequence[str] = (),
    today: str = "2026-11-23",
) -> Judged:
    return judge(
        findings,
        Baseline(".tollgate-baseline.yaml", tuple(entries)),
        today=today,
        may_accept=lambda one: one.rule != "parse-error",
        exists=lambda path: path in there,
    )


def accepted(found: Judged) -> list[bool]:
    return [one.suppressed is not None for one in found.findings]


def test_path_rule_and_fingerprint_together_are_the_finding() -> None:
    found = [finding("a"), finding("a", "g"), finding("a", rule="host-ipc"), finding("b")]
    assert accepted(judged(found, [entry("a")], there=["a", "b"])) == [True, False, False, False]


def test_what_is_accepted_says_who_until_when_and_where() -> None:
    one = entry("a", until="2027-03-01", approved_by="Ana", reason="old", line=7)
    assert judged([finding("a")], [one]).findings[0].suppressed == Suppression(
        "baseline", "old", ".tollgate-baseline.yaml", 7, "2027-03-01", "Ana"
    )


def test_equal_findings_need_as_many_entries() -> None:
    assert accepted(judged([finding("a"), finding("a")], [entry("a")])) == [True, False]
    assert accepted(judged([finding("a"), finding("a")], [entry("a", number=2)])) == [True, True]


def test_what_nobody_can_accept_counts() -> None:
    assert accepted(judged([finding("a", rule="parse-error")], [entry("a", rule="parse-error")])) == [False]


def test_what_a_comment_silences_needs_no_entry() -> None:
    silent = finding("a")._replace(suppressed=Suppression("comment", "r", "host-pid"))
    found = judged([silent], [entry("a")])
    assert found.findings == (silent,)
    assert found.matches == ()


def test_an_entry_follows_a_file_that_was_renamed() -> None:
    found = judged([finding("new")], [entry("old")])
    assert accepted(found) == [True]
    assert found.matches[0].moved


def test_an_entry_of_a_file_that_is_there_follows_no_copy() -> None:
    assert accepted(judged([finding("copy")], [entry("a")], there=["a"])) == [False]


def test_nobody_says_which_of_two_copies_was_there_before() -> None:
    assert accepted(judged([finding("x"), finding("y")], [entry("old")])) == [False, False]


def test_two_renamed_files_keep_both_and_names_tell_them_apart() -> None:
    entries = [entry("a/one", until="2026-01-01"), entry("a/two")]
    found = judged([finding("b/one"), finding("b/two")], entries)
    assert accepted(found) == [False, True]
    assert found.ended == (0,)


def test_after_its_last_day_an_entry_accepts_nothing() -> None:
    last = entry("a", until="2026-11-23")
    assert accepted(judged([finding("a")], [last])) == [True]
    assert accepted(judged([finding("a")], [last], today="2026-11-24")) == [False]
    assert accepted(judged([finding("a")], [last], today="")) == [True]


def test_a_rule_that_was_renamed_is_still_meant() -> None:
    matches = match_entries(
        [finding("a", rule="new-name")],
        [entry("a", rule="old-name")],
        may_accept=lambda _: True,
        exists=lambda _: True,
        current_name=lambda name: name.replace("old", "new"),
    )
    assert [match.entry for match in matches] == [0]


def test_unused_entries_are_told_as_far_as_a_run_can_tell() -> None:
    entries = [entry("a", number=3), entry("b"), entry("c")]
    found = judged([finding("a")], entries, there=["a", "b", "c"])
    assert unused(entries, found.matches, lambda one: one.path != "c") == {0: 2, 1: 1}
    assert rule_counts(entries) == {"host-pid": 5}


paths = st.sampled_from(["a", "b", "c"])
prints = st.sampled_from(["f", "g"])
findings_of = st.lists(st.builds(finding, paths, prints), max_size=8)
entries_of = st.lists(
    st.builds(entry, paths, prints), max_size=6, unique_by=lambda one: (one.path, one.fingerprint)
)


@given(findings_of, entries_of, st.sets(paths))
def test_never_more_than_the_entries_say(
    findings: list[Finding], entries: list[Entry], there: set[str]
) -> None:
    found = judged(findings, entries, there=sorted(there))
    used = [match.entry for match in found.matches]
    assert len(set(used)) == len(used)
    assert len({match.finding for match in found.matches}) == len(used)
    for match in found.matches:
        one, its = findings[match.finding], entries[match.entry]
        assert one.fingerprint == its.fingerprint
        assert one.location.path == its.path or (match.moved and its.path not in there)
