"""Ways through a tree of nodes."""

from __future__ import annotations

import pytest

from tollgate.model.node import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Trail,
    child,
    descend,
    key_place,
    to_plain,
)
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml


def tree(text: str) -> Node:
    root = parse_yaml(decode("f", text.encode())).documents[0].root
    assert root is not None
    return root


TEXT = "a: &x {p: [1, 2]}\nb: *x\nc:\n  <<: *x\n  q: ~\n"


@pytest.mark.parametrize(
    ("trail", "expected"),
    [
        (("a", "p", 1), 2),
        (("b", "p", -1), 2),
        (("c", "p", 0), 1),
        (("c", "q"), None),
        ((), {"a": {"p": [1, 2]}, "b": {"p": [1, 2]}, "c": {"p": [1, 2], "q": None}}),
    ],
)
def test_a_trail_leads_to_a_value(trail: Trail, expected: object) -> None:
    node = descend(tree(TEXT), trail)
    assert node is not None
    assert to_plain(node) == expected


@pytest.mark.parametrize(
    "trail", [("z",), ("a", "p", 2), ("a", "p", -3), ("a", "p", "0"), ("a", 0), ("c", "q", "r")]
)
def test_a_trail_that_leads_nowhere(trail: Trail) -> None:
    assert descend(tree(TEXT), trail) is None


def test_null_is_a_node_and_absence_is_none() -> None:
    mapping = descend(tree(TEXT), ("c",))
    assert isinstance(mapping, Mapping)
    null = mapping.get("q")
    assert isinstance(null, Scalar)
    assert null.value is None
    assert mapping.get("r") is None
    assert child(None, "a") is None


@pytest.mark.parametrize(
    ("trail", "expected"),
    [
        (("a",), "a"),
        (("a", "p"), "p"),
        (("a", "p", 1), "2"),
        (("b",), "b"),
        (("b", "p"), "*x"),
        (("c", "p"), "*x"),
        (("c", "q"), "q"),
    ],
)
def test_the_place_of_a_key_is_inside_the_object_that_uses_it(trail: Trail, expected: str) -> None:
    place = key_place(tree(TEXT), trail)
    assert place is not None
    assert TEXT[place.start : place.end] == expected


def test_the_place_of_an_absent_key_is_none() -> None:
    assert key_place(tree(TEXT), ("a", "z")) is None
    assert key_place(tree(TEXT), ("z", "z")) is None


def test_plain_values_of_any_depth() -> None:
    node: Node = Scalar("x", 0, 1)
    for _ in range(50_000):
        outer = Sequence(0, 1)
        outer.items.append(node)
        node = outer
    plain, depth = to_plain(node), 0
    while isinstance(plain, list):
        plain, depth = plain[0], depth + 1
    assert (plain, depth) == ("x", 50_000)


def test_plain_values_keep_the_order_of_keys() -> None:
    mapping = Mapping(0, 1)
    for key in "cab":
        mapping.entries[key] = Entry(0, 1, Scalar(key, 0, 1))
    plain = to_plain(mapping)
    assert isinstance(plain, dict)
    assert list(plain) == ["c", "a", "b"]
