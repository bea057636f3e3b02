"""Which lines a suppression in a comment covers."""

from __future__ import annotations

import pytest

from tollgate.model.source import decode
from tollgate.parsers.dockerfile import parse_dockerfile


def covered(text: str) -> list[tuple[str, int, int]]:
    file = parse_dockerfile(decode("Dockerfile", text.encode()))
    for comment in file.comments():
        assert file.source.text[comment.start] == "#"
    return [(comment.text, comment.first_line, comment.last_line) for comment in file.comments()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a\nFROM x\n", [("a", 2, 2)]),
        ("# a\r\nFROM x\r\n", [("a", 2, 2)]),
        ("# a\n# b\nFROM x\n", [("a", 3, 3), ("b", 3, 3)]),
        ("# a\n\nFROM x\n", [("a", 1, 1)]),
        ("# a\n\n# b\nFROM x\n", [("a", 1, 1), ("b", 4, 4)]),
        ("FROM x\n## a\nRUN b \\\n c\n", [("a", 3, 4)]),
        ("FROM x\n# a", [("a", 2, 2)]),
        ("FROM x\n  # a\n  RUN b", [("a", 3, 3)]),
        ("FROM x\nRUN b \\\n# a\n c \\\n d\n", [("a", 4, 4)]),
        ("FROM x\nRUN b \\\n# a\n\n # b\n c\n", [("a", 6, 6), ("b", 6, 6)]),
        ("FROM x\nRUN b \\\n# a\n", [("a", 3, 3)]),
        ("FROM x\n# a\nRUN <<E\nb\nE\n", [("a", 3, 3)]),
        ("FROM x\nRUN <<E\n# a\nb\n# c\nE\n", [("a", 4, 4), ("c", 5, 5)]),
        ("FROM x\nRUN <<E\n#!/bin/sh\n\t# a\nb\nE\n", [("a", 5, 5)]),
        ("FROM x\nRUN b # a\n", []),
        ("FROM x\nUSER b # a\n", []),
    ],
)
def test_lines_that_a_comment_covers(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert covered(text) == expected
