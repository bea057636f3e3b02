from __future__ import annotations

from hypothesis import given, strategies as st

from tollgate.model.masked import Columns, MaskedText
from tollgate.model.source import MASK, Span, decode

anything = st.text(st.sampled_from("ab \t\n\r\x1b\u202e運🚀\udcff'"), max_size=60)


def masked(text: str, *masks: tuple[int, int]) -> MaskedText:
    source = decode("a.yaml", text.encode("utf-8", "surrogateescape"))
    source.mask(Span(start, end) for start, end in masks)
    return MaskedText(source)


def test_a_line_shows_neither_secrets_nor_controls() -> None:
    text = masked("key: hunter2 # \x1b[31m\nnext\tone\n", (5, 12))
    assert text.line(1) == f"key: {MASK} # \\x1b[31m"
    assert text.lines(1, 3) == [f"key: {MASK} # \\x1b[31m", "next\tone", ""]
    assert text.line(0) == text.line(99) == ""


def test_spans_follow_what_is_shown() -> None:
    text = masked("\tx: hunter2 \u202ey", (4, 11))
    shown = text.shown(1, [Columns(2, 3), Columns(6, 8), Columns(13, 14), Columns(14, 15), Columns(99, 120)])
    assert shown.text == f"    x: {MASK} \\u202ey"
    cut = [shown.text[start - 1 : end - 1] for start, end in shown.spans]
    assert cut == ["x", MASK, "\\u202e", "y", ""]


def test_tabs_reach_the_next_stop() -> None:
    assert masked("a\tbcd\te").shown(1).text == "a   bcd e"


def test_a_secret_over_lines_hides_each_of_them() -> None:
    text = masked("k: |\n  one\n  two\nend\n", (7, 16))
    assert text.lines(1, 4) == ["k: |", f"  {MASK}", MASK, "end"]
    assert [line.secret for line in text.exact_lines()] == [False, True, True, False]
    assert text.masked() == f"k: |\n  {MASK}\nend\n"
    assert text.repeats_secret("here is two")
    assert not text.repeats_secret("here is three")


def test_overlapping_masks_are_one() -> None:
    assert masked("abcdefgh", (1, 4), (3, 6), (6, 6)).masked() == f"a{MASK}gh"


@given(anything, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=3))
def test_any_text_can_be_shown(text: str, spans: list[tuple[int, int]]) -> None:
    shown = masked(text, *[(min(span), max(span)) for span in spans])
    for number in range(1, shown.line_count + 1):
        columns = [Columns(start, end) for start, end in spans if 0 < start <= end]
        line = shown.shown(number, columns)
        assert line.text.isprintable()
        for start, end in line.spans:
            assert 1 <= start <= end <= len(line.text) + 1
    assert "".join(line.text for line in shown.exact_lines()) == text


@given(st.text(st.sampled_from("ab \t\n"), max_size=40), st.integers(0, 20))
def test_no_masked_character_is_shown(text: str, at: int) -> None:
    secret = "QXZ\nJVW"
    whole = text[:at] + secret + text[at:]
    start = whole.index(secret)
    shown = masked(whole, (start, start + len(secret)))
    everything = "".join(shown.lines(1, shown.line_count)) + shown.masked() + shown.scrub(f"is {secret}")
    assert not set(everything) & set("QXZJVW")


def test_a_line_that_is_kept_hides_what_is_masked_later() -> None:
    source = decode("x", b"a hunter b\nother\n")
    text = MaskedText(source)
    assert text.shown(1).text == "a hunter b"
    source.mask([Span(2, 8)])
    assert text.shown(1).text == f"a {MASK} b"
    assert text.shown(2).text == "other"


def test_a_long_line_with_very_many_places_is_laid_out_once() -> None:
    from time import perf_counter

    text = MaskedText(decode("x", b"x" * 500_000))
    start = perf_counter()
    for column in range(1, 500):
        assert text.shown(1, [Columns(column, column + 1)]).spans == (Columns(column, column + 1),)
    assert perf_counter() - start < 20


def test_a_line_tells_a_secret_that_only_the_other_text_knows() -> None:
    before = decode("a", b"password: hunter2-hunter2\nkey: |\n  BEGIN\n  abcdefgh\n")
    start = before.text.index("BEGIN")
    before.mask([Span(10, 25), Span(start, len(before.text) - 1)])
    old = MaskedText(before)
    after = decode("a", b"password: hunter2-hunter2\n# was hunter2-hunter2\n# abcdefgh\n# abc\n")
    after.mask([Span(10, 25)])
    new = MaskedText(after)
    assert [number for number in range(7) if new.line_tells(number, old)] == [2, 3]
    assert not any(old.line_tells(number, new) for number in range(7))
    before.mask([])
    assert not old.tells_secret("hunter2-hunter2")
