"""Comments: in the gaps between tokens, with the lines a suppression in them covers."""

from __future__ import annotations

import pytest

from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml


def comments(text: str) -> list[tuple[str, int]]:
    """Each comment's text with the line it covers."""
    found = parse_yaml(decode("file.yaml", text.encode())).comments()
    assert all(comment.first_line == comment.last_line for comment in found)
    assert all(text[comment.start : comment.end].lstrip("#").strip() == comment.text for comment in found)
    return [(comment.text, comment.first_line) for comment in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b # c\n", [("c", 1)]),
        ("# c\na: b\n", [("c", 2)]),
        ("# c\n# d\n\n# e\na: b\n", [("c", 5), ("d", 5), ("e", 5)]),
        ("a:\n  # c\n  - b\n", [("c", 3)]),
        ("a: # c\n  - b\n", [("c", 1)]),
        ("a: b\n# c\n", [("c", 2)]),
        ("a: b\n#c", [("c", 2)]),
        ("#\na: 1\n", [("", 2)]),
        ("a: [b, # c\n  # d\n  e]\n", [("c", 1), ("d", 3)]),
        ("a: 'b'#c\n", [("c", 1)]),
        ("a: &x # c\n  b\nd: *x # e\n", [("c", 1), ("e", 3)]),
        ("--- # c\na: b\n", [("c", 1)]),
        ("a: b\n---\n# c\n\nd: e\n", [("c", 5)]),
        ("# c\n", [("c", 1)]),
        ("a: b # c\r\n# d\r\ne: f\r\n", [("c", 1), ("d", 3)]),
        ("a: # c\rb: d\n", [("c", 1)]),
        ("a: 1\na: 2 # c\n<<: {b: '#'} # d\n", [("c", 2), ("d", 3)]),
        ("a: {image: nginx:1} # c\n", [("c", 1)]),
    ],
)
def test_comments_are_found_with_the_line_they_cover(text: str, expected: list[tuple[str, int]]) -> None:
    assert comments(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: b#c\n",
        "a: 'b # c'\n",
        'a: "b # c"\n',
        'a: "b\n  # c"\n',
        "a: |\n  # c\n  b # d\n",
        "a: >\n  b\n  # c\n",
        "'a # b': c\n",
        "a: 1\n'# x': 2\na: 3\n'# x': 4\n",
        "b: &x\n  <<: {c: '# d'}\n",
        '{"a": "# b"}',
        "a: [\n# not looked into\n",
        "a: 1\n...\n'# dropped'\n",
    ],
)
def test_no_comment_is_found_inside_a_scalar(text: str) -> None:
    assert comments(text) == []


def test_comments_around_a_block_scalar_are_found() -> None:
    text = "a: | # head\n  # body\n  b\n\n # after\nc: d\n"
    assert comments(text) == [("head", 1), ("after", 6)]


def test_an_anchor_used_often_is_walked_once() -> None:
    aliases = "".join(f"k{index}: *x # {index}\n" for index in range(50))
    assert len(comments(f"a: &x {{b: '#'}}\n{aliases}")) == 50
