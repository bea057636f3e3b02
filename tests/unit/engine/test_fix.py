"""Fixes are made in rounds, proven, and attributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest

from tests.unit.engine.toy_rules import (
    Relint,
    containers,
    finding,
    text_rule,
    together,
    wanted_keys,
    yaml_rules,
)
from tollgate.engine import fix as fix_engine
from tollgate.engine.fix import FixOutcome, apply_fixes
from tollgate.model.documents import YamlText
from tollgate.model.finding import Change, Edit, Finding, Fix
from tollgate.model.node import child, descend
from tollgate.model.source import Source, Span, decode

PRIVILEGED = (("securityContext", "privileged"), False)
READ_ONLY = (("securityContext", "readOnlyRootFilesystem"), True)
DROP = (("securityContext", "capabilities", "drop"), ["ALL"])
SECCOMP = (("securityContext", "seccompProfile", "type"), "RuntimeDefault")


def fix(
    text: str | bytes, relint: Relint, *, kind: Literal["yaml", "dockerfile"] = "yaml", unsafe: bool = False
) -> FixOutcome:
    source = decode("a", text if isinstance(text, bytes) else text.encode())
    outcome = apply_fixes(source, relint(source), kind=kind, unsafe=unsafe, relint=relint)
    again = apply_fixes(
        outcome.new_source, relint(outcome.new_source), kind=kind, unsafe=unsafe, relint=relint
    )
    assert again.new_source.data == outcome.new_source.data
    assert again.applied == ()
    return outcome


def slices(outcome: FixOutcome) -> list[tuple[str, str]]:
    """Each applied fix with the text of its region."""
    source = outcome.new_source
    starts = source.line_starts
    found = []
    for applied in outcome.applied:
        (first, column), (last, end) = applied.region
        text = source.text[starts[first - 1] + column - 1 : starts[last - 1] + end - 1]
        found.append((applied.rule, text))
    return found


def test_many_keys_of_a_missing_parent_take_one_round() -> None:
    outcome = fix(
        "containers:\n- name: a\n- name: b # b\n  securityContext: {privileged: true}\n",
        wanted_keys(PRIVILEGED, READ_ONLY, DROP, SECCOMP),
    )
    assert outcome.new_source.text == (
        "containers:\n"
        "- name: a\n"
        "  securityContext:\n"
        "    capabilities:\n"
        "      drop:\n"
        "      - ALL\n"
        "    privileged: false\n"
        "    readOnlyRootFilesystem: true\n"
        "    seccompProfile:\n"
        "      type: RuntimeDefault\n"
        "- name: b # b\n"
        "  securityContext: {privileged: false, capabilities: {drop: [ALL]}, "
        "readOnlyRootFilesystem: true, seccompProfile: {type: RuntimeDefault}}\n"
    )
    assert (outcome.rounds, outcome.dropped, len(outcome.applied)) == (1, (), 8)
    assert slices(outcome)[:4] == [
        ("want-securityContext-capabilities-drop", "drop:\n      - ALL"),
        ("want-securityContext-privileged", "privileged: false"),
        ("want-securityContext-readOnlyRootFilesystem", "readOnlyRootFilesystem: true"),
        ("want-securityContext-seccompProfile-type", "type: RuntimeDefault"),
    ]


def test_unsafe_fixes_wait_to_be_asked_for() -> None:
    text = "containers:\n- name: a\n"
    relint = wanted_keys(PRIVILEGED, safe=False)
    assert fix(text, relint).new_source.text == text
    assert fix(text, relint).dropped == ()
    assert "privileged: false" in fix(text, relint, unsafe=True).new_source.text


def test_suppressed_findings_are_left() -> None:
    def relint(source: Source) -> list[Finding]:
        edit = Fix("t", True, (Edit(0, 0, "# x\n"),))
        return [finding(source, "r", 0, edit, suppressed=True)]

    assert fix("a: 1\n", relint).new_source.text == "a: 1\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfcontainers:\r\n- name: a\r\n  x: \xff # \xc3\r\n",
        "containers:\r\n- name: é😀 # ü\r\n".encode("utf-16"),
        b"containers:\n- name: a",
        b"---\ncontainers: []\n---\ncontainers:\n- name: a\n--- # \xf0\n{}\n...\n",
    ],
)
def test_other_bytes_stay(data: bytes) -> None:
    outcome = fix(data, wanted_keys(PRIVILEGED, SECCOMP))
    old, new = decode("a", data).text, outcome.new_source.text
    assert len(outcome.applied) == 2
    start = next(at for at in range(len(old) + 1) if old[at : at + 1] != new[at : at + 1] or at == len(old))
    tail = len(old) - start
    assert new.startswith(old[:start])
    assert new.endswith(old[start:] if tail else "")
    first = outcome.new_source.data
    assert first.startswith(data[: data.index(b"\x65") if data[:2] == b"\xff\xfe" else 10])
    assert outcome.new_source.bom == decode("a", data).bom


def test_an_anchor_is_edited_when_every_use_has_the_finding() -> None:
    text = "x: &sc {privileged: true}\ncontainers:\n- securityContext: *sc\n- securityContext: *sc\n"
    outcome = fix(text, wanted_keys(PRIVILEGED))
    assert outcome.new_source.text == text  # `x` is no container: it has no finding
    text = "containers:\n- securityContext: &sc\n    privileged: true\n- securityContext: *sc\n"
    outcome = fix(text, wanted_keys(PRIVILEGED))
    assert outcome.new_source.text == text.replace("true", "false")
    assert len(outcome.applied) == 2
    assert outcome.rounds == 1


def test_a_merged_key_gets_its_own_when_not_every_use_has_the_finding() -> None:
    text = "x: &base\n  stdin: true\ncontainers:\n- <<: *base\n  name: a\n"
    outcome = fix(text, wanted_keys((("stdin",), False)))
    assert outcome.new_source.text == text + "  stdin: false\n"


def set_when_missing(*pairs: tuple[str, str, object]) -> Relint:
    """Top-level keys: each rule sets one while it has another value."""

    def plans(yaml: YamlText) -> list[tuple[str, tuple[str, ...], tuple[Change, ...], bool]]:
        found: list[tuple[str, tuple[str, ...], tuple[Change, ...], bool]] = []
        for rule, key, value in pairs:
            node = child(yaml.documents[0].root, key)
            if node is None or getattr(node, "value", None) != value:
                found.append((rule, (key,), (Change("set", 0, (key,), value),), True))
        return found

    return yaml_rules(plans)


def test_of_two_fixes_in_conflict_the_first_wins_and_quarrels_end() -> None:
    outcome = fix("a: 0\nb: 0\n", set_when_missing(("one", "a", 1), ("other", "b", 1)))
    assert outcome.new_source.text == "a: 1\nb: 1\n"
    relint = set_when_missing(("one", "a", 1), ("two", "a", 2))
    source = decode("a", b"a: 0\n")
    outcome = apply_fixes(source, relint(source), kind="yaml", unsafe=False, relint=relint)
    assert outcome.new_source.text == "a: 1\n"
    assert [(one.rule, reason) for one, reason in outcome.dropped] == [
        ("two", "a new finding of `one` would appear")
    ]
    assert outcome.rounds == 1


def test_a_fix_that_brings_a_new_finding_is_dropped_and_the_rest_is_made() -> None:
    bad = text_rule("bad", "evil: true", "evil: false")
    relint = together(wanted_keys(PRIVILEGED, READ_ONLY, DROP), set_when_missing(("bad", "evil", 1)), bad)

    def with_new(source: Source) -> Sequence[Finding]:
        found = list(relint(source))
        if "evil: 1" in source.text:
            found.append(finding(source, "worse", 0, None))
        return found

    source = decode("a", b"containers:\n- name: a\n- name: b\n")
    outcome = apply_fixes(source, with_new(source), kind="yaml", unsafe=False, relint=with_new)
    assert [(one.rule, reason) for one, reason in outcome.dropped] == [
        ("bad", "a new finding of `worse` would appear")
    ]
    assert len(outcome.applied) == 6
    assert "evil" not in outcome.new_source.text


def test_a_fix_that_cures_nothing_is_dropped() -> None:
    def relint(source: Source) -> list[Finding]:
        return [finding(source, "r", 0, Fix("t", True, (Edit(0, 0, "# x\n"),)))]

    source = decode("a", b"a: 1\n")
    outcome = apply_fixes(source, relint(source), kind="yaml", unsafe=False, relint=relint)
    assert outcome.new_source is source
    assert [reason for _, reason in outcome.dropped] == ["the finding of `r` would stay"]


def test_an_edit_that_changes_the_tree_unasked_is_dropped() -> None:
    outcome = fix("a: 1 # x\nb: 2\n", text_rule("r", " # x", "0"))
    assert [reason for _, reason in outcome.dropped] == [
        "the edited text would not mean what the fix declares"
    ]
    outcome = fix("a: yes # x\nb: 2\n", text_rule("r", "yes", "true"))
    assert outcome.new_source.text == "a: true # x\nb: 2\n"
    assert slices(outcome) == [("r", "true")]


def test_an_edit_of_another_document_is_dropped() -> None:
    def relint(source: Source) -> list[Finding]:
        at = source.text.find("b: 1")
        edits = (Edit(at + 3, at + 4, "2"),)
        return [] if at < 0 else [finding(source, "r", 0, Fix("t", True, edits))]

    outcome = fix("a: 1\n---\nb: 1\n", relint)
    assert outcome.new_source.text == "a: 1\n---\nb: 1\n"


def test_an_edit_outside_the_text_is_dropped() -> None:
    def relint(source: Source) -> list[Finding]:
        return [finding(source, "r", 0, Fix("t", True, (Edit(90, 99, ""),)))]

    outcome = fix("a: 1\n", relint)
    assert [reason for _, reason in outcome.dropped] == ["the fix speaks of text that is not there"]


def test_a_fix_that_succeeds_only_after_another_one_is_tried_again() -> None:
    first = set_when_missing(("z-late", "b", 1))
    second = set_when_missing(("a-early", "a", 1))

    def relint(source: Source) -> Sequence[Finding]:
        found = [*second(source), *first(source)]
        if "a: 1" in source.text and "b: 1" not in source.text:
            found.append(finding(source, "unbalanced", 0, None))
        return found

    source = decode("a", b"a: 0\nb: 0\n")
    outcome = apply_fixes(source, relint(source), kind="yaml", unsafe=False, relint=relint)
    assert outcome.new_source.text == "a: 1\nb: 1\n"
    assert outcome.dropped == ()


def test_regions_follow_later_rounds() -> None:
    def plans(yaml: YamlText) -> list[tuple[str, tuple[str, ...], tuple[Change, ...], bool]]:
        root = yaml.documents[0].root
        if child(root, "z") is None:
            return [("late", (), (Change("set", 0, ("z",), 1),), True)]
        if child(root, "a") is not None:
            return [("early", ("a",), (Change("remove", 0, ("a",)),), True)]
        return []

    source = decode("a", b"a: 1\nb: 2\n")
    relint = yaml_rules(plans)

    def relint_from(source: Source) -> Sequence[Finding]:
        return [*relint(source)]

    findings = relint(source)
    ghost = finding(source, "early", 0, None)  # known from the start, so that it does not count as new
    outcome = apply_fixes(source, [*findings, ghost], kind="yaml", unsafe=False, relint=relint_from)
    assert outcome.new_source.text == "b: 2\nz: 1\n"
    assert outcome.rounds == 2
    assert slices(outcome) == [("early", ""), ("late", "z: 1")]


def test_regions_of_removed_moved_renamed_appended() -> None:
    text = "a:\n  l: [x, y, z]\n  k: v # c\nm:\n  q: 1\n"
    steps = [
        Change("remove", 0, ("a", "l", 0)),
        Change("append", 0, ("a", "l"), "w"),
        Change("move", 0, ("a", "k"), ("m", "k")),
        Change("rename", 0, ("m", "q"), "r"),
        Change("set", 0, ("a", "l", 2), "Z"),
    ]

    def relint(source: Source) -> Sequence[Finding]:
        if source.text != text:
            return []
        return yaml_rules(lambda _: [(step.verb, step.path[:1], (step,), True) for step in steps])(source)

    outcome = fix(text, relint)
    assert outcome.new_source.text == "a:\n  l: [y, Z, w]\nm:\n  r: 1\n  k: v # c\n"
    assert slices(outcome) == [
        ("remove", ""),
        ("set", "Z"),
        ("append", "w"),
        ("rename", "r: 1"),
        ("move", "k: v"),
    ]


def test_no_fix_repeats_a_secret() -> None:
    text = "containers:\n- name: a\n  env: hunter2hunter2\n"

    def plans(yaml: YamlText) -> list[tuple[str, tuple[str | int, ...], tuple[Change, ...], bool]]:
        at = yaml.source.text.index("hunter2hunter2")
        yaml.source.mask([Span(at, at + 14)])
        return [
            ("move", trail, (Change("move", 0, (*trail, "env"), ("env",)),), True)
            for _, trail in containers(yaml)
            if descend(yaml.documents[0].root, (*trail, "env")) is not None
        ]

    outcome = fix(text, yaml_rules(plans))
    assert outcome.new_source.text == text


def test_forty_fixes_with_one_bad_apple() -> None:
    rules = [(f"r{at:03}", f"k{at:03}", 1) for at in range(40)]
    relint = set_when_missing(*rules)

    def sour(source: Source) -> Sequence[Finding]:
        extra = [finding(source, "new", 0, None)] if "k017" in source.text else []
        return [*relint(source), *extra]

    source = decode("a", b"a: 0\n")
    outcome = apply_fixes(source, sour(source), kind="yaml", unsafe=False, relint=sour)
    assert [one.rule for one, _ in outcome.dropped] == ["r017"]
    assert len(outcome.applied) == 39
    assert outcome.new_source.text.count("\n") == 40


def test_work_is_bounded_when_nothing_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix_engine, "MAX_ATTEMPTS", 20)
    rules = [(f"r{at:03}", f"k{at:03}", 1) for at in range(60)]
    relint = set_when_missing(*rules)
    runs = 0

    def hopeless(source: Source) -> Sequence[Finding]:
        nonlocal runs
        runs += 1
        extra = [finding(source, "new", 0, None)] if "k" in source.text else []
        return [*relint(source), *extra]

    source = decode("a", b"a: 0\n")
    outcome = apply_fixes(source, hopeless(source), kind="yaml", unsafe=False, relint=hopeless)
    assert outcome.new_source is source
    assert len(outcome.dropped) == 60
    assert runs <= 30
