"""What Compose reads differently from kubectl: merges, keys and what is told."""

from __future__ import annotations

from tollgate.model.documents import YamlText
from tollgate.model.node import Trail, descend, to_plain
from tollgate.model.source import decode
from tollgate.parsers import parse
from tollgate.parsers.yaml import parse_yaml


def read(text: str) -> YamlText:
    return parse_yaml(decode("compose.yaml", text.encode()), compose=True, every_document=True)


def value(text: str, *trail: str) -> object:
    found: Trail = trail
    return to_plain(descend(read(text).documents[0].root, found))


MERGED = "base: &base {a: 1, b: 2}\nother: &other {a: 3, c: 4}\n"


def test_a_written_key_wins_over_a_merged_one_wherever_it_stands() -> None:
    assert value(f"{MERGED}x:\n  a: 0\n  <<: *base\n", "x") == {"a": 0, "b": 2}
    assert value(f"{MERGED}x:\n  <<: *base\n  a: 0\n", "x") == {"a": 0, "b": 2}


def test_the_first_of_merged_ones_wins() -> None:
    assert value(f"{MERGED}x:\n  <<: [*base, *other]\n", "x") == {"a": 1, "b": 2, "c": 4}


def test_keys_are_what_is_written() -> None:
    assert value("services: {y: {}, on: {}, 1: {}}\n", "services") == {"y": {}, "on": {}, "1": {}}


def test_tags_of_compose() -> None:
    assert value(
        "x: {a: !reset true, b: !reset [1], c: !override true, d: !override [1], e: !override '1'}"
    ) == {"x": {"a": None, "b": None, "c": True, "d": [1], "e": "1"}}


def test_only_a_key_written_twice_is_told() -> None:
    problems = read(f"{MERGED}x:\n  a: yes\n  <<: *base\n  a: no\n").problems
    assert [problem.code for problem in problems] == ["duplicate-key"]
    assert "Compose refuses" in problems[0].message


def test_a_manifest_by_that_name_is_read_as_kubectl_reads_it() -> None:
    text = "apiVersion: v1\nkind: Pod\nbase: &base {a: 1}\nx:\n  a: 0\n  <<: *base\n"
    file = parse(decode("compose.yaml", text.encode()), "yaml")
    assert [problem.code for problem in file.problems] == ["read-differently"]
