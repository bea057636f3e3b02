"""The expected values were computed by github/codeql-action; they stand in its own tests."""

from __future__ import annotations

import pytest

from tollgate.model.masked import MaskedText
from tollgate.model.source import Span, decode
from tollgate.reporters.line_hash import line_hashes

GREETINGS = [
    "e9496ae3ebfced30",
    "fb7c023a8b9ccb3f",
    "ce8ba1a563dcdaca",
    "e20e36e16fcb0cc8",
    "b3edc88f2938467e",
    "c8e28b0b4002a3a0",
    "c129715d7a2bc9a3",
]
BREAKS = ["LF LF LF LF LF", "CR CR CR CR CR", "CRLF CRLF CRLF CRLF CRLF", "CRLF LF CR CR CRLF"]


def hashes(text: str) -> list[str]:
    return line_hashes(MaskedText(decode("a", text.encode())))


def test_a_short_text() -> None:
    assert hashes("") == ["c129715d7a2bc9a3:1"]
    assert hashes(" a\nb\n  \t\tc\n d") == [
        "271789c17abda88f:1",
        "54703d4cd895b18:1",
        "180aee12dab6264:1",
        "a23a3dc5e078b07b:1",
    ]


@pytest.mark.parametrize("breaks", BREAKS)
def test_line_breaks_and_blanks_do_not_count(breaks: str) -> None:
    one, two, three, four, five = breaks.replace("CR", "\r").replace("LF", "\n").split(" ")
    text = f" hello; \t{one}world!!!{two}{three}{four}  \t\tGreetings{five} End{one}"
    assert hashes(text) == [f"{value}:1" for value in GREETINGS]


def test_equal_lines_are_counted() -> None:
    found = hashes("Lorem ipsum dolor sit amet.\n" * 10)
    assert found[:6] == [f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)]
    assert found[6:] == [
        "a7f2ff1481e87703:1",
        "a9cf91f7bbf1862b:1",
        "55ec222b86bcae53:1",
        "cc97dc7b1d7d8f7b:1",
        "c129715d7a2bc9a3:1",
    ]


def test_a_secret_does_not_reach_the_hash() -> None:
    def with_secret(secret: str) -> list[str]:
        source = decode("a", f"key: {secret}\n".encode())
        source.mask([Span(5, 5 + len(secret))])
        return line_hashes(MaskedText(source))

    assert with_secret("hunter2") == with_secret("something else entirely")


def test_one_hash_for_each_line() -> None:
    text = "🚀 a\r\n\n\rb\udcff\n"
    source = decode("a", text.encode("utf-8", "surrogateescape"))
    assert len(line_hashes(MaskedText(source))) == len(source.line_starts)
