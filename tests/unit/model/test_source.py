"""Decoding, positions and masks."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tollgate.model.source import MASK, Position, Span, decode, has_surrogate


@given(st.binary() | st.text().map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_every_byte_comes_back(data: bytes) -> None:
    source = decode("f", data)
    assert source.encode(source.text) == data
    assert len(source.parser_text()) == len(source.text)
    assert not has_surrogate(source.parser_text())


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"\xef\xbb\xbfa", "utf-8", "a"),
        (b"\xff\xfea\0", "utf-16-le", "a"),
        (b"\xfe\xff\0a", "utf-16-be", "a"),
        ("\u00e9\U0001f600".encode(), "utf-8", "\u00e9\U0001f600"),
        (b"\xff\xfea\0b", "utf-8", "\udcff\udcfea\0b"),
    ],
)
def test_the_mark_tells_the_encoding(data: bytes, encoding: str, text: str) -> None:
    source = decode("f", data)
    assert (source.encoding, source.text) == (encoding, text)


def test_bad_bytes_keep_offsets_and_are_replaced_for_parsers() -> None:
    source = decode("f", b"a\x80\xffb")
    assert source.text.index("b") == source.parser_text().index("b") == 3
    assert source.parser_text() == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("", 0, (1, 1)),
        ("ab", 2, (1, 3)),
        ("a\nb", 2, (2, 1)),
        ("a\r\nb", 3, (2, 1)),
        ("a\rb", 2, (2, 1)),
        ("a\r\n\r\nb", 5, (3, 1)),
        ("\U0001f600\u00e9b", 2, (1, 3)),
        ("a\u2028b", 2, (1, 3)),
        ("a\n", 2, (2, 1)),
    ],
)
def test_positions_count_lines_as_editors_do(text: str, offset: int, position: tuple[int, int]) -> None:
    assert decode("f", text.encode()).position(offset) == position


@given(st.text(st.sampled_from("ab\r\n\u2028\u00e9")), st.data())
def test_line_and_column_lead_back_to_the_offset(text: str, data: st.DataObject) -> None:
    source = decode("f", text.encode())
    offset = data.draw(st.integers(0, len(text)))
    line, column = source.position(offset)
    assert source.line_starts[line - 1] + column - 1 == offset


@given(st.text(st.sampled_from("ab\n\u2028\x0b\u00e9")))
def test_a_line_starts_behind_each_line_break(text: str) -> None:
    after_breaks = [index + 1 for index, character in enumerate(text) if character == "\n"]
    assert decode("f", text.encode()).line_starts == [0, *after_breaks]


def test_lines_come_without_their_breaks() -> None:
    source = decode("f", b"a\r\nb\rc\n\nd")
    assert [source.line(number) for number in range(1, 6)] == ["a", "b", "c", "", "d"]


def test_a_region_holds_both_ends() -> None:
    assert decode("f", b"a\nbc").region(0, 4) == (Position(1, 1), Position(2, 3))


def test_masked_text_is_scrubbed_from_messages() -> None:
    source = decode("f", b"key: hunter2 x")
    source.mask([Span(5, 12)])
    assert source.scrub("found hunter2 here") == f"found {MASK} here"
    assert source.is_masked(11, 14)
    assert not source.is_masked(12, 14)
    assert not source.is_masked(0, 5)


def test_masks_are_in_order_and_joined() -> None:
    source = decode("f", b"0123456789")
    source.mask([Span(7, 9), Span(1, 4), Span(3, 5), Span(6, 6)])
    assert source.masks == (Span(1, 5), Span(7, 9))
    assert source.masks_in(4, 8) == (Span(1, 5), Span(7, 9))
    assert source.masks_in(5, 7) == ()


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=6),
    st.integers(0, 30),
    st.integers(0, 8),
)
def test_is_masked_is_whether_any_span_overlaps(spans: list[tuple[int, int]], start: int, width: int) -> None:
    source = decode("f", b"x" * 40)
    source.mask(Span(first, first + length) for first, length in spans)
    overlaps = any(length and first < start + width and start < first + length for first, length in spans)
    assert source.is_masked(start, start + width) == overlaps


@given(st.lists(st.text("ab", min_size=4, max_size=7), max_size=5), st.text("ab ", max_size=30))
def test_no_secret_is_left_in_a_message(secrets: list[str], message: str) -> None:
    source = decode("f", "|".join(secrets).encode())
    starts = [sum(len(one) + 1 for one in secrets[:index]) for index in range(len(secrets))]
    source.mask(Span(start, start + len(one)) for start, one in zip(starts, secrets, strict=True))
    shown = source.scrub(message)
    assert not any(secret in shown for secret in secrets)
    if not any(secret in message for secret in secrets):
        assert shown == message
