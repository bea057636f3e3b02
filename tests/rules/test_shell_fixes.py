"""Fixes of shell text: the fixed `bad` is `good`, byte for byte, and every command stays what it was
apart from the change that the rule intends."""

from __future__ import annotations

from typing import Literal, TypeAlias

import pytest

from tollgate import catalog
from tollgate.model.markers import strip_markers
from tollgate.model.shell import Script, command_list
from tollgate.model.source import decode
from tollgate.parsers import parse
from tollgate.rule_examples import Case, all_cases, fixed, lint_example

Change: TypeAlias = Literal["words more", "words less", "commands more", "commands less", "one word"]

FIXES: dict[str, tuple[bool, Change]] = {
    "package-install-asks": (True, "words more"),
    "recommended-packages-installed": (False, "words more"),
    "package-signatures-off": (False, "words less"),
    "apt-in-script": (True, "one word"),
    "apt-lists-left": (True, "commands more"),
    "package-cache-left": (True, "commands more"),
    "language-cache-left": (True, "commands more"),
    "sudo-in-build": (False, "words less"),
    "certificate-check-off": (False, "words less"),
    "lock-file-not-used": (False, "one word"),
    "cd-in-run": (False, "commands less"),
    "useradd-writes-sparse-log": (True, "words more"),
    "wget-progress-in-log": (True, "words more"),
    "download-over-plain-http": (False, "one word"),
}
"""Rules, whether their fixes are safe, and what they do to the command list. A rule that adds commands
may add words instead."""

CASES = [
    case
    for case in all_cases(catalog.rules(texts=True))
    if case.rule.name in FIXES and case.example.bad and case.example.good
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fixed_bad_is_good(case: Case) -> None:
    bad = strip_markers(case.example.bad or "").text
    assert fixed(case, bad) == strip_markers(case.example.good or "").text
    fixes = [one.fix for one in lint_example(case, bad) if one.rule == case.rule.name]
    assert {None if fix is None else fix.safe for fix in fixes} == {FIXES[case.rule.name][0]}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_commands_stay_what_they_were(case: Case) -> None:
    before = command_lists(strip_markers(case.example.bad or "").text)
    after = command_lists(strip_markers(case.example.good or "").text)
    assert len(before) == len(after)
    change = FIXES[case.rule.name][1]
    for old, new in zip(before, after, strict=True):
        assert stays(old, new, change), (old, new)


def test_every_rule_of_the_list_has_a_case() -> None:
    assert {case.rule.name for case in CASES} == set(FIXES)


Commands: TypeAlias = tuple[tuple[object, ...], ...]


def command_lists(text: str) -> list[Commands]:
    file = parse(decode("Dockerfile", text.encode()), "dockerfile")
    return [command_list(item) for item in file.select("script") if isinstance(item, Script)]


def stays(old: Commands, new: Commands, change: Change) -> bool:
    if change == "commands more" and len(old) != len(new):
        return is_part(names(old), names(new))
    if change == "commands less" and len(old) != len(new):
        return is_part(names(new), names(old))
    if len(old) != len(new):
        return False
    return all(_is_changed_only(one, other, change) for one, other in zip(old, new, strict=True))


def _is_changed_only(old: tuple[object, ...], new: tuple[object, ...], change: Change) -> bool:
    """The words differ as said; how the command is joined and where it stands does not, nor does it matter
    what a shell that it starts is given, as that is a script of its own."""
    first, second = list(old[0]), list(new[0])  # type: ignore[call-overload]
    if old[1:8] != new[1:8]:
        return False
    if change == "one word":
        return is_part(first, second) or (
            len(first) == len(second)
            and sum(one != other for one, other in zip(first, second, strict=True)) == 1
        )
    if first and first[0] in {"/bin/sh", "sh", "bash"}:
        return bool(first[:-1] == second[:-1])
    return is_less(second, first) if change == "words less" else is_part(first, second)


def names(commands: Commands) -> list[object]:
    return [command[0] for command in commands]


def is_less(part: list[object], whole: list[object]) -> bool:
    """As `is_part`; a bundle of flags may have lost a letter."""
    rest = iter(whole)
    return all(any(_is_shorter(str(item), str(one)) for one in rest) for item in part)


def _is_shorter(text: str, written: str) -> bool:
    return text == written or (text.startswith("-") and set(text) < set(written))


def is_part(part: list[object], whole: list[object]) -> bool:
    """Whether all of `part` stands in `whole` in that order."""
    rest = iter(whole)
    return all(any(item == one for one in rest) for item in part)
