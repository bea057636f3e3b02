"""Patterns that compile when they are first used."""

from __future__ import annotations

import re

import pytest

from tollgate.model import lazy_re


def test_a_pattern_is_compiled_when_it_is_used_and_then_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, int]] = []

    def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
        made.append((pattern, flags))
        return re.compile(pattern, flags)

    monkeypatch.setattr(lazy_re, "_compile_now", compiled)
    pattern = lazy_re.compile("a(b)?", lazy_re.IGNORECASE)
    assert not made
    assert pattern.match("AB")
    assert pattern.search("xab", 2) is None
    assert [found.group() for found in pattern.finditer("aab")] == ["a", "ab"]
    assert made == [("a(b)?", re.IGNORECASE)]


def test_it_answers_what_a_compiled_one_answers() -> None:
    written = r"(?P<key>\w+)=(\w+)"
    ours, theirs, text = lazy_re.compile(written), re.compile(written), "a=1 b=2"
    assert ours.findall(text) == theirs.findall(text)
    assert ours.split(text) == theirs.split(text)
    assert ours.sub("-", text) == theirs.sub("-", text)
    assert ours.subn("-", text) == theirs.subn("-", text)
    assert (ours.pattern, ours.flags, ours.groups, dict(ours.groupindex)) == (
        theirs.pattern,
        theirs.flags,
        theirs.groups,
        dict(theirs.groupindex),
    )
    found = ours.fullmatch("a=1")
    assert found is not None
    assert found["key"] == "a"
    with pytest.raises(AttributeError):
        ours.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_a_wrong_pattern_fails_when_it_is_used() -> None:
    pattern = lazy_re.compile("(")
    with pytest.raises(re.error):
        pattern.match("")
