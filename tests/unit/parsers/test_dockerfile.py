"""Reading Dockerfiles: places of every piece, and where we follow BuildKit v0.25.0."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.parsers.dockerfile_texts import dockerfiles
from tollgate.model.dockerfile import Dockerfile, Instruction
from tollgate.model.node import Scalar
from tollgate.model.source import Span, decode
from tollgate.parsers.dockerfile import parse_dockerfile


def read(text: str) -> Dockerfile:
    return parse_dockerfile(decode("Dockerfile", text.encode("utf-8", "surrogateescape")))


def only(text: str) -> Instruction:
    """The last instruction of a file that is otherwise fine."""
    file = read(text if text.startswith(("FROM", "#", "ARG")) else f"FROM a\n{text}")
    assert not file.problems
    return file.instructions[-1]


def written(item: Instruction, place: Scalar | Span) -> str:
    return item.source.text[place.start : place.end]


# Lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN a \\\n b", "a  b"),
        ("RUN a \\  \n b", "a  b"),
        ("RUN a \\\r\n b\r\n", "a  b"),
        ("RUN a \\\n\n\n b", "a  b"),
        ("RUN a \\\n# note\n  # more\n b", "a  b"),
        ("RUN a \\\\\nUSER b", "b"),
        ("RUN a && \\\n  b # c \\\n  d", "a &&   b # c   d"),
        ("  RUN a", "a"),
        ("RUN\ta", "a"),
        ("\\\nRUN a", "a"),
        ("RU\\\nN a", "a"),
        ("RUN a\\", "a"),
        ("# escape=`\nFROM a\nRUN a `\n b \\", "a  b \\"),
        ("#escape=`\nFROM a\nRUN a ``\nUSER b", "b"),
        ("# syntax=x\n# escape = ` \nFROM a\nRUN a`\nb", "ab"),
        ("# note\n# escape=`\nFROM a\nRUN a \\\nb", "a b"),
        ("#!/bin/x\n# escape=`\nFROM a\nRUN a \\\nb", "a b"),
    ],
)
def test_logical_lines(text: str, expected: str) -> None:
    assert only(text).text == expected


def test_pieces_leave_out_what_the_shell_does_not_see() -> None:
    item = only("RUN a \\\n# note\n\n  b \\\n  c\n")
    assert [written(item, piece) for piece in item.body] == ["a ", "  b ", "  c"]
    assert [written(item, comment) for comment in item.comments] == ["# note"]
    assert written(item, item.span).startswith("RUN a")
    assert written(item, item.span).endswith("  c")


def test_only_line_feeds_end_a_line() -> None:
    assert only("USER a\vb\fc\n").words[0].value == "a\vb\fc"
    assert read("FROM a\nEXPOSE 80\r81\n").instructions[1].words[1].value == "81"


def test_byte_order_mark_nul_bad_bytes() -> None:
    file = parse_dockerfile(decode("Dockerfile", b"\xef\xbb\xbfFROM a\nLABEL x=\xff\x00y\n"))
    assert [item.keyword for item in file.instructions] == ["FROM", "LABEL"]
    assert file.instructions[1].pairs[0].value is not None
    assert file.instructions[1].pairs[0].value.value == "\ufffd\x00y"


# Keywords


def test_keywords_are_read_as_go_lowers_them() -> None:
    kelvin = read("FROM a\nwor\u212adir /x\nOnBu\u0130ld user b\n")
    assert [item.keyword for item in kelvin.instructions] == ["FROM", "WORKDIR", "ONBUILD"]


def test_letters_that_python_alone_folds_make_no_keyword() -> None:
    assert [found.code for found in read("FROM a\nu\u017fer b\n").problems] == ["unknown-instruction"]


# Flags


def test_flags() -> None:
    item = only("RUN --mount=type=cache,target=/x --network=none \\\n --security=insecure a --b")
    assert [(flag.name, flag.value and flag.value.value) for flag in item.flags] == [
        ("mount", "type=cache,target=/x"),
        ("network", "none"),
        ("security", "insecure"),
    ]
    assert item.text == "a --b"
    assert written(item, Span(item.flags[1].start, item.flags[1].end)) == "--network=none"
    assert item.flags[2].value is not None
    assert written(item, item.flags[2].value) == "insecure"


@pytest.mark.parametrize(
    ("text", "value", "place"),
    [
        ('--chown="a b"', "a b", "a b"),
        ("--chown='a'b", "ab", "'a'b"),
        ("--chown=a\\ b", "a b", "a\\ b"),
        ('--ch"own=a"', "a", 'a"'),
        ("--chown=", "", ""),
    ],
)
def test_quotes_in_flags(text: str, value: str, place: str) -> None:
    item = only(f"COPY {text} x /y")
    flag = item.flags[0]
    assert flag.name == "chown"
    assert flag.value is not None
    assert flag.value.value == value
    assert written(item, flag.value) == place
    assert written(item, Span(flag.start, flag.end)) == text


def test_a_flag_without_a_value_and_the_end_of_flags() -> None:
    item = only("COPY --link -- --x /y")
    assert [(flag.name, flag.value) for flag in item.flags] == [("link", None)]
    assert [word.value for word in item.words] == ["--x", "/y"]


def test_the_escape_character_counts_in_flags() -> None:
    value = only("# escape=`\nFROM a\nCOPY --chown=a` b x /y").flags[0].value
    assert value is not None
    assert value.value == "a b"


# JSON


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('["a", "b c"]', ["a", "b c"]),
        ('[ "a" , "\\u0041\\n\\\\" ]', ["a", "A\n\\"]),
        ("[]", []),
        ("[ ]", []),
        ('["\\ud83d\\ude00\\ud800"]', ["\U0001f600\ufffd"]),
        ('["a" \\\n , "b"]', ["a", "b"]),
    ],
)
def test_json_form(text: str, words: list[str]) -> None:
    item = only(f"CMD {text}")
    assert item.is_json
    assert [word.value for word in item.words] == words


@pytest.mark.parametrize(
    "text",
    ['["a",]', "['a']", '["a"] b', '["a"', '["a" "b"]', '["\t"]', '["\\x41"]', "[NaN]", "[,]", '["a",,"b"]'],
)
def test_what_is_no_json_is_shell_text(text: str) -> None:
    item = only(f"CMD {text}")
    assert not item.is_json
    assert [word.value for word in item.words] == [text]


@pytest.mark.parametrize("text", ["[1]", '["a", null]', '[["a"]]', '["a", {"b": 1e999}]', f"[{'9' * 5000}]"])
def test_json_that_holds_other_than_strings_is_refused(text: str) -> None:
    assert [found.code for found in read(f"FROM a\nCMD {text}\n").problems] == ["json-form-invalid"]


def test_json_places_include_the_quotes() -> None:
    item = only('ENTRYPOINT ["a", \\\n  "\\u0041"]')
    assert [written(item, word) for word in item.words] == ['"a"', '"\\u0041"']


# Pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ENV a=1 b=2", [("a", "1"), ("b", "2")]),
        ('ENV a="1 2"  b=\\\n 3\\ 4', [("a", '"1 2"'), ("b", ""), ("3\\ 4", None)]),
        ('ENV a="1 2"  b=\\\n3\\ 4', [("a", '"1 2"'), ("b", "3\\ 4")]),
        ("ENV a b  c=d", [("a", "b  c=d")]),
        ("LABEL 'a b'=c \"d\"=e", [("'a b'", "c"), ('"d"', "e")]),
        ("ARG a", [("a", None)]),
        ("ARG a=1 b c=", [("a", "1"), ("b", None), ("c", "")]),
        ("ENV a=b=c", [("a", "b=c")]),
    ],
)
def test_pairs(text: str, pairs: list[tuple[str, str | None]]) -> None:
    item = read(f"FROM a\n{text}\n").instructions[1]
    expected = [pair for pair in pairs if pair[1] is not None or item.keyword == "ARG"]
    assert [(key.value, value and value.value) for key, value in item.pairs] == expected
    for key, value in item.pairs:
        assert written(item, key) == key.value
        assert value is None or written(item, value) == value.value


# Here-documents


def test_here_documents() -> None:
    text = "RUN <<EOF cat <<-'a b' 3<<\"X\"\n$one\nEOF\n\ttwo\n\t\ta b\nX\n"
    item = only(text)
    names = [(here.name, here.expand, here.strip_tabs) for here in item.heredocs]
    assert names == [("EOF", True, False), ("a b", False, True), ("X", False, False)]
    bodies = [written(item, Span(here.start, here.end)) for here in item.heredocs]
    assert bodies == ["$one\n", "\ttwo\n", ""]
    assert ["".join(written(item, piece) for piece in here.pieces) for here in item.heredocs] == [
        "$one\n",
        "two\n",
        "",
    ]
    assert [written(item, here.word) for here in item.heredocs] == ["<<EOF", "<<-'a b'", '3<<"X"']
    assert item.text == "<<EOF cat <<-'a b' 3<<\"X\""
    assert item.source.text[: item.span.end] == f"FROM a\n{text}".rstrip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "CMD cat <<EOF",
        'RUN echo "<<EOF"',
        "RUN cat <<<EOF",
        "RUN echo $((1 <<2))x'",
        'RUN ["cat", "<<EOF"]',
        "RUN echo <<",
    ],
)
def test_what_opens_no_here_document(text: str) -> None:
    file = read(f"FROM a\n{text}\nUSER b\n")
    assert [item.keyword for item in file.instructions][-1] == "USER"


def test_blanks_before_the_name_as_in_new_buildkit() -> None:
    assert only("RUN cat << EOF\nx\nEOF\n").heredocs[0].name == "EOF"


def test_a_here_document_behind_onbuild_belongs_to_the_inner_instruction() -> None:
    item = only("ONBUILD COPY <<E /x\ny\nE\n")
    assert item.onbuild is not None
    assert item.heredocs == ()
    assert [here.name for here in item.onbuild.heredocs] == ["E"]
    assert item.span.end == item.onbuild.span.end == len(item.source.text) - 1


def test_reading_goes_on_after_an_unterminated_here_document() -> None:
    file = read("FROM a\nRUN <<EOF\nx\n EOF\nUSER b\nEXPOSE 80\n")
    assert [item.keyword for item in file.instructions] == ["FROM", "RUN", "USER", "EXPOSE"]
    assert [(found.code, found.start) for found in file.problems] == [("here-document-unterminated", 11)]


# ONBUILD


def test_onbuild() -> None:
    item = only("ONBUILD  RUN --network=none a \\\n b")
    inner = item.onbuild
    assert inner is not None
    assert (inner.keyword, inner.text, inner.outer) == ("RUN", "a  b", item)
    assert inner.flags[0].name == "network"
    assert written(item, inner.keyword_span) == "RUN"
    assert item.text == "RUN --network=none a  b"


# Any input


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=80), dockerfiles.map(lambda text: text.encode())))
def test_any_bytes_give_pieces_that_fit_together(data: bytes) -> None:
    file = parse_dockerfile(decode("Dockerfile", data))
    text = file.source.parser_text()
    end = 0
    for item in file.instructions:
        assert end <= item.span.start <= item.keyword_span.start < item.keyword_span.end <= item.span.end
        assert item.head_end <= item.span.end <= len(text)
        end = item.span.end
        for piece in item.body:
            assert item.keyword_span.end <= piece.start < piece.end <= item.head_end
        for word in item.words:
            assert item.keyword_span.end <= word.start <= word.end <= item.head_end
            if not item.is_json and len(item.body) == 1:
                assert text[word.start : word.end] == word.value
        for here in item.heredocs:
            assert item.head_end <= here.start <= here.end
            assert not text[item.span.end : here.end].strip("\r\n")
    for found in file.problems:
        assert 0 <= found.start <= found.end <= len(text) + 1
    file.comments()
    for stage in file.select("stage"):
        for name in ("user", "workdir", "env", "labels", "exposed", "cmd", "base"):
            stage.field(name)
    for item in file.instructions:
        for name in ("words", "flags", "pairs", "mounts", "heredocs"):
            item.field(name)
    assert len(file.select("image")) <= 4 * len(file.instructions) + 2


HOSTILE = {
    "long line": "FROM a\nRUN " + "x" * 500_000,
    "continuations": "FROM a\nRUN a" + " \\\n b" * 20_000,
    "escapes": "FROM a\nENV a=" + "\\x" * 50_000,
    "single quotes": "FROM a\nENV a=" + "'x'" * 50_000,
    "double quotes": "FROM a\nENV a=" + '"x"' * 50_000,
    "words": "FROM a\nEXPOSE" + " 1" * 50_000,
    "onbuild": "FROM a\n" + "ONBUILD " * 20_000 + "RUN x",
    "flags": "FROM a\nRUN" + " --mount=x" * 10_000,
    "here-documents": "FROM a\nRUN " + "<<E " * 2_000 + "\n" + "x\nE\n" * 2_000,
    "unterminated": "FROM a\n" + "RUN <<E\n" * 10_000,
    "unterminated, many names": "FROM a\n" + "".join(f"RUN <<E{n}\n" for n in range(10_000)),
    "stages": "FROM a AS a\n" * 10_000,
    "chain": "FROM a AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\nENV A{n}=1\n" for n in range(2_000)),
    "fan": "FROM a AS s\n" + "ENV A=1\n" * 1_000 + "FROM s\nENV B=1\n" * 1_000,
    "growth": "FROM scratch\nENV A=xxxxxxxxxx\n" + "ENV A=$A$A\n" * 2_000,
    "json": "FROM a\nCMD " + "[" * 50_000,
    "comments": "FROM a\n" + "# x\n" * 20_000,
    "hidden": "FROM a\n" + "RUN \u202e\n" * 10_000,
    "nothing": "\n" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_read_in_bounded_time(name: str) -> None:
    started = time.perf_counter()
    file = read(HOSTILE[name])
    file.comments()
    for stage in file.select("stage"):
        for field in ("user", "workdir", "env", "cmd"):
            stage.field(field)
    for item in file.instructions:
        item.field("words")
        item.field("pairs")
    file.select("image")
    assert time.perf_counter() - started < 10
