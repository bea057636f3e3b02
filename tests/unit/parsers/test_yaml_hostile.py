"""Hostile YAML: bounds hold, and no amount of anything takes more than a few seconds."""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest

from tollgate.model.documents import Limits, YamlText
from tollgate.model.node import to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml
from tollgate.parsers.yaml_problems import MOST_PROBLEMS

HEAD = "apiVersion: v1\nkind: Pod\n"
_SECONDS = 20.0
"""Far more than is needed; what is not linear takes minutes."""


@pytest.fixture(autouse=True)
def _in_bounded_time() -> Generator[None]:
    began = time.perf_counter()
    yield
    assert time.perf_counter() - began < _SECONDS


def read(text: str, limits: Limits = Limits()) -> YamlText:  # noqa: B008
    parsed = parse_yaml(decode("file.yaml", text.encode("utf-8", "surrogateescape")), limits=limits)
    parsed.comments()
    return parsed


def codes(text: str) -> list[str]:
    return [problem.code for problem in read(text).problems]


def test_billion_laughs() -> None:
    lines = ["a: &a [" + ",".join(["lol"] * 9) + "]"]
    lines += [f"{name}: &{name} [" + ",".join([f"*{chr(ord(name) - 1)}"] * 9) + "]" for name in "bcdefghi"]
    assert codes(HEAD + "\n".join(lines)) == ["not-linted-too-many-aliases"]


@pytest.mark.parametrize(
    "body",
    [
        "- <<: *a\n" * 20_000,
        "- {<<: [" + "*a, " * 20_000 + "]}\n",
        "- *a\n" * 20_000,
    ],
)
def test_merges_and_aliases_that_expand(body: str) -> None:
    anchor = "a: &a {" + ", ".join(f"k{index}: 1" for index in range(500)) + "}\n"
    assert codes(f"{HEAD}{anchor}b:\n{body}") == ["not-linted-too-many-aliases"]


def test_a_modest_use_of_anchors_is_no_expansion() -> None:
    anchor = "a: &a {" + ", ".join(f"k{index}: 1" for index in range(100)) + "}\n"
    assert codes(f"{HEAD}{anchor}b:\n" + "- *a\n" * 40) == []


@pytest.mark.parametrize(
    "body", ["[" * 100_000, "{a: " * 100_000, "[" * 100_000 + "]" * 100_000, "\n" + "- " * 100_000]
)
def test_deep_nesting(body: str) -> None:
    assert codes(f"{HEAD}a: {body}")[0] in {"not-linted-too-deep", "parse-error"}


def test_deep_block_nesting() -> None:
    text = f"{HEAD}a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 2_000))
    assert codes(text) == ["not-linted-too-deep"]


def test_deep_json() -> None:
    assert codes('{"apiVersion": "v1", "kind": ' + "[" * 100_000) == ["not-linted-too-deep"]


def test_depth_counts_through_aliases() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{index + 1}: &a{index + 1} [*a{index}]\n" for index in range(120))
    assert codes(HEAD + chain) == []
    deep = f"{HEAD}{chain}b: " + "[" * 100 + "*a120" + "]" * 100 + "\n"
    assert codes(deep) == ["not-linted-too-deep"]


def test_the_depth_that_is_allowed() -> None:
    limits = Limits(nesting=5)
    assert not read(HEAD + "a: [[[[x]]]]\n", limits).problems
    assert [problem.code for problem in read(HEAD + "a: [[[[[x]]]]]\n", limits).problems] == [
        "not-linted-too-deep"
    ]


def test_too_deep_data_that_is_no_manifest_is_only_noted() -> None:
    parsed = read("a: " + "[" * 300 + "]" * 300)
    assert not parsed.problems
    assert [note.kind for note in parsed.notes] == ["skipped"]


@pytest.mark.parametrize(
    "text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a\n  <<: *a\n", "a: &a\n  b: [{c: *a}]\n"]
)
def test_cycles(text: str) -> None:
    assert codes(HEAD + text) == ["parse-error"]


def test_many_anchors() -> None:
    assert codes(HEAD + "a:\n" + "".join(f"- &a{index} x\n- *a{index}\n" for index in range(20_000))) == []


@pytest.mark.parametrize("line_break", ["\n", "\r"])
def test_many_directives(line_break: str) -> None:
    parsed = read(f"%TAG !a! tag:x{line_break}" * 100_000 + f"---{line_break}{HEAD}")
    assert parsed.documents[0].state == "broken"


def test_a_hundred_megabytes() -> None:
    parsed = parse_yaml(decode("file.yaml", HEAD.encode() + b"a: xxxxxxxxxxxx\n" * 6_500_000))
    assert [problem.code for problem in parsed.problems] == ["not-linted-too-large"]
    assert not parsed.documents


def test_a_large_file_that_cannot_be_a_manifest_is_only_noted() -> None:
    parsed = read("a: 1\n" * 20, Limits(file_bytes=50))
    assert not parsed.problems
    assert [note.kind for note in parsed.notes] == ["too-large"]


@pytest.mark.parametrize(
    "rest", ["---\napiVersion: v1\nkind: Pod\n", "--- apiVersion kind\n", "---\nkind: b\n"]
)
def test_very_many_documents(rest: str) -> None:
    parsed = read("a: 1\n" + "---\n- b\n" * 400 + rest * 3, Limits(documents=402))
    assert len(parsed.documents) == 402
    at = parsed.documents[-1].end
    if "apiVersion" in rest:
        (problem,) = [found for found in parsed.problems if found.code == "not-linted-too-large"]
        assert problem.start > at
        assert "more than 402 documents" in problem.message
    else:
        assert [(note.line, note.kind) for note in parsed.notes] == [(805, "too-large")]


def test_very_many_json_documents() -> None:
    parsed = read('{"apiVersion": "v1", "kind": "Pod"}\n' * 11, Limits(documents=10))
    assert [(found.code, found.start) for found in parsed.problems] == [("not-linted-too-large", 360)]
    assert len(parsed.documents) == 10


def test_a_large_file_cannot_hide_its_kind_behind_escapes() -> None:
    text = '"api\\x56ersion": v1\n"\\x6bind": Pod\n' + "#" * 50
    assert [problem.code for problem in read(text, Limits(file_bytes=50)).problems] == [
        "not-linted-too-large"
    ]


def test_many_duplicates_are_told_up_to_a_bound() -> None:
    assert codes(HEAD + "a: 1\n" * 20_000) == ["duplicate-key"] * MOST_PROBLEMS


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "# c\n" * 200_000,
        "---\n#\n" * 20_000,
        "--- x\n" * 20_000,
        HEAD + "---x\n" * 200_000,
        HEAD + "a: \u200b\n" * 200_000,
        HEAD + "a: b\rc: d # e\r" * 20_000,
        HEAD + "a: {{ x }}\n" * 100_000,
        HEAD + "a: [\n" + "'" * 1_000_000,
        HEAD + "a: [\n" + " " * 1_000_000,
        HEAD + "a: {" + "b: c:d, " * 30_000 + "}",
        HEAD + "a: [c:d, " + "[" * 190 + "x, " * 3_000 + "]" * 191,
        HEAD + "a: " + "[" * 190 + "x, " * 100_000 + "]" * 190,
        HEAD + "a: " + "1" * 1_000_000,
        '{"a": ["\\u0041"' + ', "\\u0041"' * 50_000 + "]}",
        '{"a": 1}' * 20_000,
        "{" + " " * 1_000_000,
        "\0" * 1_000_000,
    ],
)
def test_much_of_one_thing(text: str) -> None:
    assert read(text).documents


def test_values_of_unreadable_documents_are_not_quoted() -> None:
    """Not even where colons in flow scalars had it read twice."""
    for problem in read(f"{HEAD}a: {{b: c:hunter2hunter2, d: [}}\n").problems:
        assert "hunter2" not in problem.message


@pytest.mark.parametrize(
    "text", ['a: "\\ud83d"\n', 'a: {b: c:1, d: "\\uDC00"}\n', 'a: {b: c:1, d: "\\U0000d800"}\n']
)
def test_half_characters_are_refused(text: str) -> None:
    assert codes(HEAD + text) == ["parse-error"]


def test_half_characters_in_json_are_replaced() -> None:
    root = read('{"apiVersion": "v1", "kind": "\\ud83d"}').documents[0].root
    assert to_plain(root) == {"apiVersion": "v1", "kind": "\ufffd"}
