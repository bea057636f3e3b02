"""Messages show every kind of value, and nothing that is masked, however long the value is."""

from __future__ import annotations

from pathlib import Path

import pytest

import tollgate
from tollgate.engine.messages import shown
from tollgate.model.node import UNKNOWN, Mapping, child
from tollgate.model.source import Span, decode
from tollgate.parsers.yaml import parse_yaml

SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"  # made up; the shape is GitHub's


def test_a_value_that_is_cut_shows_no_part_of_a_secret(tmp_path: Path) -> None:
    for padding in range(40, 120, 5):
        file = tmp_path / "Dockerfile"
        file.write_text(f"FROM a\nRUN pip install {'p' * padding} git+https://u:{SECRET}@git.example/b.git\n")
        result = tollgate.lint([file], profile="all", config=None)
        messages = [one.message for one in result.findings if one.rule == "language-package-unpinned"]
        assert len(messages) == 1
        assert SECRET[:6] not in messages[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "true"),
        ("null", ""),
        ("1.50", "1.5"),
        ('"a\\n  b"', "a b"),
        ("[a, 1, no, [x], {y: z}]", "a, 1, false, […], {…}"),
        ("{a: 1, b: {c: 2}}", "a, b"),
        ("{}", ""),
        (f"[{'long, ' * 1000}]", f"{'long, ' * 20}…"),
    ],
)
def test_a_node_is_shown_as_yaml_spells_it(text: str, said: str) -> None:
    source = decode("x.yaml", f"a: {text}\n".encode())
    assert shown(child(parse_yaml(source).documents[0].root, "a"), source) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (UNKNOWN, "(not known before run time)"),
        (("a", 2, None, True), "a, 2, , true"),
        (["a", ("b",)], "a, […]"),
        (frozenset({"b", "a"}), "a, b"),
    ],
)
def test_fields_of_checks_are_shown_whatever_they_are(value: object, said: str) -> None:
    assert shown(value, decode("x", b"")) == said


def test_a_field_that_nobody_could_read_is_a_defect() -> None:
    with pytest.raises(TypeError, match="bytes"):
        shown(b"x", decode("x", b""))


def test_masked_items_are_not_shown() -> None:
    source = decode("x.yaml", b"a: [open, hidden]\n")
    root = parse_yaml(source).documents[0].root
    assert isinstance(root, Mapping)
    source.mask([Span(10, 16)])
    assert "hidden" not in shown(root.get("a"), source)
    assert shown(root.get("a"), source).startswith("open, ")
