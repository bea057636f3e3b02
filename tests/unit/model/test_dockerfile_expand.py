"""Expanding words: BuildKit's recorded answers, what is unknown, and what hostile words cost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tollgate.model.dockerfile_expand import UNSET, QuotingError, Variable, expand, expand_text, raw_words
from tollgate.model.dockerfile_glob import replace_matches, trim_prefix, trim_suffix
from tollgate.model.node import UNKNOWN

ENVIRONMENT = {"A": "abc", "B": "", "C": "x/y.z/y", "E": "foo.tar.gz", "é": "u", "1": "one"}

# Word, escape character, what moby/buildkit v0.25.0's shell.Lex makes of it; None: it refuses the word.
# A row for the backquote stands only where it gives something else.
RECORDED: tuple[tuple[str, str, str | None], ...] = (
    ("plain", "\\", "plain"),
    ("$A", "\\", "abc"),
    ("${A}", "\\", "abc"),
    ("$A$A", "\\", "abcabc"),
    ("x${A}y", "\\", "xabcy"),
    ("$X", "\\", ""),
    ("${X}", "\\", ""),
    ("$Ab", "\\", ""),
    ("${A}b", "\\", "abcb"),
    ("$A.b", "\\", "abc.b"),
    ("$1", "\\", "one"),
    ("$12", "\\", ""),
    ("$é", "\\", "u"),
    ("${é}", "\\", "u"),
    ("$", "\\", "$"),
    ("$$", "\\", ""),
    ("$@", "\\", ""),
    ("a$", "\\", "a$"),
    ("$(A)", "\\", "$(A)"),
    ("${A:-d}", "\\", "abc"),
    ("${B:-d}", "\\", "d"),
    ("${B-d}", "\\", ""),
    ("${X:-d}", "\\", "d"),
    ("${X-d}", "\\", "d"),
    ("${X:-}", "\\", ""),
    ("${X:-$A}", "\\", "abc"),
    ("${X:-${B:-deep}}", "\\", "deep"),
    ('${X:-"q q"}', "\\", "q q"),
    ("${X:-'$A'}", "\\", "$A"),
    ("${A:+s}", "\\", "s"),
    ("${B:+s}", "\\", ""),
    ("${B+s}", "\\", "s"),
    ("${X+s}", "\\", ""),
    ("${X:+s}", "\\", ""),
    ("${A:?m}", "\\", "abc"),
    ("${B:?m}", "\\", None),
    ("${B?m}", "\\", ""),
    ("${X?m}", "\\", None),
    ("${X:?}", "\\", None),
    ("${E#*.}", "\\", "tar.gz"),
    ("${E##*.}", "\\", "gz"),
    ("${E%.*}", "\\", "foo.tar"),
    ("${E%%.*}", "\\", "foo"),
    ("${E#foo}", "\\", ".tar.gz"),
    ("${E#fo?}", "\\", ".tar.gz"),
    ("${E%gz}", "\\", "foo.tar."),
    ("${E%??}", "\\", "foo.tar."),
    ("${E#x}", "\\", "foo.tar.gz"),
    ("${E#}", "\\", "foo.tar.gz"),
    ("${A#a*c}", "\\", ""),
    ("${A##*}", "\\", ""),
    ("${A#*}", "\\", "abc"),
    ("${C/y/Q}", "\\", "x/Q.z/y"),
    ("${C//y/Q}", "\\", "x/Q.z/Q"),
    ("${C/\\//-}", "\\", "x-y.z/y"),
    ("${C/\\//-}", "`", None),
    ("${C//\\//-}", "\\", "x-y.z-y"),
    ("${C//\\//-}", "`", None),
    ("${C/y}", "\\", None),
    ("${C/y/}", "\\", "x/.z/y"),
    ("${C//?/-}", "\\", "-------"),
    ("${A/*/x}", "\\", "x"),
    ("${A//*/x}", "\\", "x"),
    ("${A//b/}", "\\", "ac"),
    ("${X/a/b}", "\\", ""),
    ("${A/$B/x}", "\\", "xabc"),
    ("${E#$A}", "\\", "foo.tar.gz"),
    ("${X#a}", "\\", ""),
    ("'$A'", "\\", "$A"),
    ('"$A"', "\\", "abc"),
    ('"a $A b"', "\\", "a abc b"),
    ("'a b'", "\\", "a b"),
    ("\"a 'q' b\"", "\\", "a 'q' b"),
    ("'a \"q\" b'", "\\", 'a "q" b'),
    ("a'b'c\"d\"", "\\", "abcd"),
    ('"\\$A"', "\\", "$A"),
    ('"\\$A"', "`", "\\abc"),
    ("\\$A", "\\", "$A"),
    ("\\$A", "`", "\\abc"),
    ('"\\a"', "\\", "\\a"),
    ("\\a", "\\", "a"),
    ("\\a", "`", "\\a"),
    ('"\\\\"', "\\", "\\"),
    ('"\\\\"', "`", "\\\\"),
    ("\\\\", "\\", "\\"),
    ("\\\\", "`", "\\\\"),
    ('"\\""', "\\", '"'),
    ('"\\""', "`", None),
    ("a\\ b", "\\", "a b"),
    ("a\\ b", "`", "a\\ b"),
    ("a\\", "\\", "a"),
    ("a\\", "`", "a\\"),
    ('"a', "\\", None),
    ("'a", "\\", None),
    ('"a\\', "\\", None),
    ("${", "\\", None),
    ("${}", "\\", None),
    ("${A", "\\", None),
    ("${A:", "\\", None),
    ("${A:-", "\\", None),
    ("${A:-x", "\\", None),
    ("${A:=x}", "\\", None),
    ("${A!x}", "\\", None),
    ("${:x}", "\\", None),
    ("${{A}}", "\\", None),
    ("${A }", "\\", None),
    ("${-}", "\\", ""),
    ("${A:#b}", "\\", None),
    ("a b  c", "\\", "a b  c"),
    ('" a b "', "\\", " a b "),
    ("$B x", "\\", " x"),
    ("<<EOF", "\\", "<<EOF"),
    ("<< EOF", "\\", "<< EOF"),
    ("<", "\\", "<"),
    ("${X:-a}b}", "\\", "ab}"),
    ("${X:-\\}}", "\\", "}"),
    ("${X:-\\}}", "`", "\\}"),
    ("${A%\\*}", "\\", "abc"),
    ("${A#\\a}", "\\", None),
    ('""', "\\", ""),
    ("''", "\\", ""),
    ('${B:-""}', "\\", ""),
    ("[$A]", "\\", "[abc]"),
    ("{$A}", "\\", "{abc}"),
    ("$A:$A", "\\", "abc:abc"),
    ("${A}:${X:-latest}", "\\", "abc:latest"),
    ("$A/$C", "\\", "abc/x/y.z/y"),
    ("~", "\\", "~"),
    ("*", "\\", "*"),
    (";&|", "\\", ";&|"),
)


def known(name: str) -> Variable:
    return Variable("set", ENVIRONMENT[name]) if name in ENVIRONMENT else UNSET


@pytest.mark.parametrize(("word", "escape", "expected"), RECORDED)
def test_as_buildkit(word: str, escape: str, expected: str | None) -> None:
    found = expand(word, known, escape)
    assert found.value == (UNKNOWN if expected is None else expected)


STATES = {
    "SET": Variable("set", "v", 10, 11),
    "SOME": Variable("set"),
    "ARG": Variable("default-unset", UNKNOWN, 4, 7),
    "BASE": Variable("unknown"),
    "UNSET": UNSET,
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("$ARG", UNKNOWN),
        ("x-${ARG}", UNKNOWN),
        ("${ARG:-d}", "d"),
        ("${ARG-d}", "d"),
        ("i${ARG:+-$ARG}", "i"),
        ("${ARG:?no}", UNKNOWN),
        ("${ARG#x}", UNKNOWN),
        ("$BASE", UNKNOWN),
        ("${BASE:-d}", UNKNOWN),
        ("${BASE:+d}", UNKNOWN),
        ("$SOME", UNKNOWN),
        ("${SOME+d}", "d"),
        ("${SOME:+d}", UNKNOWN),
        ("${SOME-d}", UNKNOWN),
        ("${UNSET-d}$SET", "dv"),
        ("${SET:-$ARG}", "v"),
        ("${SET:+$ARG}", UNKNOWN),
        ("${UNSET:+$ARG}", ""),
        ("${SET/$ARG/x}", UNKNOWN),
        ("'$ARG'", "$ARG"),
    ],
)
def test_what_cannot_be_known(word: str, expected: object) -> None:
    assert expand(word, STATES.__getitem__).value == expected


def test_says_which_variables_were_read() -> None:
    assert expand("$SET-${ARG:-x}", STATES.__getitem__).used == {"SET": STATES["SET"], "ARG": STATES["ARG"]}


def test_splits_at_blanks_that_come_out_of_variables() -> None:
    environment = {"P": "80 443"}
    found = expand("$P '1 2' 3", lambda name: Variable("set", environment[name]))
    assert found.words == ("80", "443", "1 2", "3")


def test_the_error_does_not_quote_the_word() -> None:
    assert "hunter2" not in expand("'hunter2", known).error
    assert expand("'hunter2", known).error


def test_a_here_documents_text_keeps_its_quotes() -> None:
    assert expand_text("a='$A' \\$A \"${B:-x}\"\n", known).value == "a='abc' $A \"x\"\n"


def test_raw_words_keep_everything_with_places() -> None:
    line = "cat '<<x y' <<EOF \"a b\" << END"
    assert [word.text for word in raw_words(line)] == ["cat", "'<<x y'", "<<EOF", '"a b"', "<< END"]
    assert all(line[start:end] == text for text, start, end in raw_words(line))
    with pytest.raises(QuotingError):
        raw_words("cat 'x")


def test_growth_is_bounded() -> None:
    big = {"A": "x" * 4000}
    started = time.perf_counter()
    found = expand("$A" * 100_000, lambda name: Variable("set", big[name]))
    assert found.value is UNKNOWN
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "word", ["${A:-" * 100_000, "${A:-" * 60 + "x" + "}" * 60, '"' * 99_999, "${" * 50_000]
)
def test_nesting_is_bounded(word: str) -> None:
    assert expand(word, known).value is UNKNOWN


@given(st.text(alphabet="$'\"\\`{}:-+?#%/<ABXa *\n", max_size=30), st.sampled_from("\\`"))
def test_any_word_gives_a_value_or_an_error(word: str, escape: str) -> None:
    found = expand(word, known, escape)
    assert isinstance(found.value, str) != bool(found.error) or found.value is UNKNOWN


@given(st.text(alphabet="abc/.", max_size=20))
def test_a_word_without_special_characters_stays(word: str) -> None:
    assert expand(word, known).value == word
    assert expand(f"'{word}'", known).value == word


@given(st.text(alphabet="ab?*", max_size=6), st.text(alphabet="ab", max_size=8), st.booleans())
def test_trimming_agrees_with_trying_every_end(pattern: str, value: str, greedy: bool) -> None:
    from fnmatch import fnmatchcase

    ends = [end for end in range(len(value) + 1) if fnmatchcase(value[:end], pattern)]
    chosen = (max if greedy else min)(ends) if ends else 0
    assert trim_prefix(pattern, value, greedy=greedy) == value[chosen:]
    starts = [start for start in range(len(value) + 1) if fnmatchcase(value[start:], pattern)]
    chosen = (min if greedy else max)(starts) if starts else len(value)
    assert trim_suffix(pattern, value, greedy=greedy) == value[:chosen]


def test_a_pattern_costs_no_backtracking() -> None:
    started = time.perf_counter()
    trim_prefix("*a" * 400 + "b", "a" * 1000, greedy=True)
    replace_matches("*a" * 400 + "b", "a" * 1000, "", everywhere=True)
    assert time.perf_counter() - started < 2
