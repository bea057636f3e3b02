"""Fixes of Dockerfiles: instructions that no fix names stay as they are."""

from __future__ import annotations

import pytest

from tests.unit.engine.test_fix import fix, slices
from tests.unit.engine.toy_rules import Relint, finding, text_rule, together
from tollgate.model.finding import Edit, Finding, Fix
from tollgate.model.source import Source

SAMPLE = """# syntax=docker/dockerfile:1
FROM alpine:3.20 AS build
MAINTAINER me
ADD a.txt \\
    # about b
    b.txt /x/
RUN <<EOF
ADD is text here
EOF
CMD ["sh"]
"""


def insertion(rule: str, before: str, new: str) -> Relint:
    """The text `new` is missing before the first `before`."""

    def relint(source: Source) -> list[Finding]:
        at = source.text.find(before)
        if new in source.text or at < 0:
            return []
        return [finding(source, rule, at, Fix("insert", True, (Edit(at, at, new),)))]

    return relint


def test_edits_inside_and_between_instructions() -> None:
    rules = together(
        text_rule("add", r"(?m)^ADD(?= a)", "COPY"),
        text_rule("maintainer", r"(?m)^MAINTAINER .*\n", ""),
        insertion("user", "CMD", "USER 1000\n"),
    )
    outcome = fix(SAMPLE, rules, kind="dockerfile")
    wanted = SAMPLE.replace("ADD a", "COPY a").replace("MAINTAINER me\n", "")
    assert outcome.new_source.text == wanted.replace("CMD", "USER 1000\nCMD")
    assert outcome.rounds == 1
    assert slices(outcome) == [("maintainer", ""), ("add", "COPY"), ("user", "USER 1000\n")]


def test_bytes_and_line_ends_stay() -> None:
    data = b"FROM a\r\nADD \xff /x\r\nUSER root"
    outcome = fix(data, text_rule("add", "ADD", "COPY"), kind="dockerfile")
    assert outcome.new_source.data == b"FROM a\r\nCOPY \xff /x\r\nUSER root"


@pytest.mark.parametrize(
    ("pattern", "new", "reason"),
    [
        ("EOF\nADD", "EOF\nEOF\nADD", "could not be read"),
        (r"me\n", r"me \\\n", "would change"),
        ("CMD", "CND", "could not be read"),
        ("# syntax=docker/dockerfile:1\n", "# escape=`\n", "escape character"),
        ("FROM", "FRM", "could not be read"),
        (r"EOF\nCMD", "EOF\nUSER x\nCMD", None),
        (r"MAINTAINER me\n", "", None),
    ],
)
def test_what_would_break_the_file_is_dropped(pattern: str, new: str, reason: str | None) -> None:
    def relint(source: Source) -> list[Finding]:
        return [] if source.text != SAMPLE else list(text_rule("r", pattern, new)(source))[:1]

    outcome = fix(SAMPLE, relint, kind="dockerfile")
    if reason is None:
        assert outcome.dropped == ()
        assert outcome.new_source.text != SAMPLE
        return
    assert outcome.new_source.text == SAMPLE
    assert reason in outcome.dropped[0][1]


def test_of_overlapping_edits_the_first_is_made() -> None:
    rules = together(text_rule("b", "apt-get install", "apk add"), text_rule("a", "RUN apt-get", "RUN apt"))
    outcome = fix("FROM a\nRUN apt-get install x\n", rules, kind="dockerfile")
    assert outcome.new_source.text == "FROM a\nRUN apt install x\n"
    assert [applied.rule for applied in outcome.applied] == ["a"]


def test_insertions_at_one_place_take_two_rounds() -> None:
    rules = together(insertion("b", "CMD", "USER 1\n"), insertion("a", "CMD", "WORKDIR /x\n"))
    outcome = fix("FROM a\nCMD x\n", rules, kind="dockerfile")
    assert outcome.new_source.text == "FROM a\nWORKDIR /x\nUSER 1\nCMD x\n"
    assert outcome.rounds == 2
    assert slices(outcome) == [("a", "WORKDIR /x\n"), ("b", "USER 1\n")]
