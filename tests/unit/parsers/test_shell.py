"""Shell reading against what POSIX and BuildKit make of the text, with exact places."""

from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import example, given, strategies as st

from tollgate.model.node import UNKNOWN, Scalar
from tollgate.model.shell import Command, Script
from tollgate.model.shell_text import TextMap
from tollgate.model.source import Source, Span, decode
from tollgate.parsers.dockerfile import parse_dockerfile
from tollgate.parsers.shell import parse_shell, with_nested
from tollgate.parsers.shell_lists import Options


def read_all(text: str, interpreter: str = "bash", *, pipefail: bool = False) -> tuple[Script, ...]:
    source = Source("script", b"", text, encoding="utf-8", bom=b"")
    options = Options(pipefail=pipefail)
    span, origin = Span(0, len(text)), TextMap([(len(text), 0, len(text))])
    return with_nested(parse_shell(source, text, origin, span=span, interpreter=interpreter, options=options))


def read(text: str, interpreter: str = "bash", *, pipefail: bool = False) -> Script:
    return read_all(text, interpreter, pipefail=pipefail)[0]


def scripts_of(dockerfile: str) -> list[Script]:
    found = parse_dockerfile(decode("Dockerfile", dockerfile.encode())).select("script")
    return [script for script in found if isinstance(script, Script)]


def values(command: Command) -> list[object]:
    return [word.value for word in command.words]


def written(command: Command, word: Scalar) -> str:
    return command.source.text[word.start : word.end]


def names(text: str) -> list[str]:
    return [command.name for script in read_all(text) for command in script.commands]


# Places in a Dockerfile


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ("FROM a\nRUN apt-get \\\n  install \\\n  curl\n", ["apt-get", "install", "curl"]),
        ("FROM a\nRUN apt-get \\\n# a comment\n\n  install curl\n", ["apt-get", "install", "curl"]),
        ("FROM a\r\nRUN apt-get \\\r\n  install curl\r\n", ["apt-get", "install", "curl"]),
        ("FROM a\nRUN apt-get in\\\nstall curl\n", ["apt-get", "in\\\nstall", "curl"]),
        ('FROM a\nRUN é😀 \'b c\' "d" e"f"\n', ["é😀", "'b c'", '"d"', 'e"f"']),
        ("FROM a\nRUN <<X\né && b\nX\n", ["é", "b"]),
        ("FROM a\nRUN --mount=type=cache,target=/x a b\n", ["a", "b"]),
        ("FROM a\nONBUILD RUN a b\n", ["a", "b"]),
        ("FROM a\nHEALTHCHECK --interval=1s CMD curl x\n", ["curl", "x"]),
        ("FROM a\nCMD exec b\n", ["exec", "b"]),
        (
            'FROM a\nRUN ["sh", "-c", "a \\"b\\" \\u00e9 \\ud83d\\ude00"]\n',
            ["a", '\\"b\\"', "\\u00e9", "\\ud83d\\ude00"],
        ),
        ('FROM a\nRUN ["sh", \\\n "-c", "a b"]\n', ["a", "b"]),
        ("FROM a\nRUN sh -c 'a \"b c\"'\n", ["a", '"b c"']),
        ('FROM a\nRUN sh -c "a \\"b c\\""\n', ["a", '\\"b c\\"']),
        ("FROM a\nRUN bash <<-X\n\ta b\n\tX\n", ["a", "b"]),
    ],
)
def test_words_stand_where_they_are_written(dockerfile: str, expected: list[str]) -> None:
    script = scripts_of(dockerfile)[-1]
    assert [written(command, word) for command in script.commands for word in command.words] == expected


def test_values_are_what_the_shell_gets() -> None:
    script = scripts_of('FROM a\nRUN ["sh", "-c", "a \\"b\\" \\u00e9 \\ud83d\\ude00"]\n')[-1]
    assert values(script.commands[0]) == ["a", "b", "é", "😀"]
    assert scripts_of("FROM a\nRUN in\\\nstall\n")[0].commands[0].name == "install"


def test_command_text_is_one_line() -> None:
    script = scripts_of("FROM a\nRUN a \\\n# x\n  b && c\n")[0]
    assert script.commands[0].text == "a   b"
    assert scripts_of('FROM a\nRUN ["a", "b c"]\n')[0].commands[0].text == "a b c"


# Interpreters


@pytest.mark.parametrize(
    ("dockerfile", "interpreters"),
    [
        ("FROM a\nRUN b\n", ["sh"]),
        ('FROM a\nSHELL ["/bin/bash", "-c"]\nRUN b\n', ["bash"]),
        ('FROM a\nSHELL ["conda", "run", "-n", "x", "/bin/bash", "-c"]\nRUN b\n', ["bash"]),
        ('FROM a\nSHELL ["pwsh", "-Command"]\nRUN b\n', ["powershell"]),
        ("# escape=`\nFROM a\nCOPY c d\nCMD e\nRUN b\n", ["sh", "sh"]),
        ('# escape=`\nFROM a\nRUN b\nSHELL ["cmd", "/S", "/C"]\n', ["cmd"]),
        ("# escape=`\nFROM a\nRUN b\nWORKDIR C:\\b\n", ["cmd"]),
        ("# escape=`\nFROM a\nRUN powershell -Command b\n", ["cmd"]),
        ("# escape=`\nFROM debian:13\nRUN b\nWORKDIR C:\\b\n", ["sh"]),
        ("# escape=`\nFROM golang:1.24\nRUN b\nCOPY a C:/b\n", ["cmd"]),
        ("# escape=`\nFROM --platform=linux/amd64 a\nRUN b.exe\n", ["sh"]),
        ("FROM mcr.microsoft.com/windows/nanoserver:ltsc2025\nRUN b\n", ["cmd"]),
        ('FROM a\nRUN ["b"]\n', ["exec"]),
        ("FROM a\nRUN <<X\nb\nX\n", ["sh"]),
        ("FROM a\nRUN <<X\n#!/usr/bin/env python3\nb\nX\n", ["python"]),
        ("FROM a\nRUN <<X\n#!/bin/bash\nb\nX\n", ["bash"]),
        ("FROM a\nRUN <<X python3\nb()\nX\n", ["sh", "python"]),
        ("FROM a\nRUN python3 - <<X\nb()\nX\n", ["sh", "python"]),
        ("FROM a\nRUN python3 b.py <<X\nb\nX\n", ["sh"]),
        ("FROM a\nRUN bash -s <<X\nb\nX\n", ["sh", "bash"]),
        ("FROM a\nHEALTHCHECK NONE\n", []),
        ("FROM a\nUSER b\n", []),
    ],
)
def test_interpreter(dockerfile: str, interpreters: list[str]) -> None:
    assert [script.interpreter for script in scripts_of(dockerfile)] == interpreters


def test_other_languages_have_no_commands() -> None:
    for dockerfile in ('FROM a\nSHELL ["pwsh"]\nRUN b\n', "FROM a\nRUN <<X python3\nb()\nX\n"):
        script = scripts_of(dockerfile)[-1]
        assert not script.is_posix
        assert script.commands == ()


# Structure


def test_redirects_bind_to_their_command_only() -> None:
    script = read("a && b >f 2>&1 | c > g")
    assert [
        [(item.descriptor, item.operator, item.target.value) for item in command.redirects]
        for command in script.commands
    ] == [
        [],
        [("", ">", "f"), ("2", ">&", "1")],
        [("", ">", "g")],
    ]
    (pipeline,) = script.pipelines
    assert [command.name for command in pipeline.commands] == ["b", "c"]
    assert script.source.text[slice(*pipeline.span)] == "b >f 2>&1 | c > g"


def test_operators_join_neighbours() -> None:
    script = read("a && b || c; d & e\nf | g |& h;")
    assert [command.operator for command in script.commands] == ["&&", "||", ";", "&", ";", "|", "|&", ""]
    assert [command.name for command in script.commands if command.background] == ["d"]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("if a; then b; elif c; then d; else e; fi", ["a", "c"]),
        ("while a; do b; done; until c; do d; done", ["a", "c"]),
        ("a && b || c", ["a", "b"]),
        ("a; b || c", ["b"]),
        ("(a; b) || c", ["a", "b"]),
        ("! a | b; c", ["a", "b"]),
        ("f() { a || b; }; if x; then f; fi", ["a", "x"]),
        ("a && b", []),
    ],
)
def test_failures_that_do_not_count(text: str, conditions: list[str]) -> None:
    assert [command.name for command in read(text).commands if command.in_condition] == conditions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set -o pipefail; a | b", [True]),
        ("set -euxo pipefail && a | b", [True]),
        ("a | b; set -o pipefail; c | d; set +o pipefail; e | f", [False, True, False]),
        ("(set -o pipefail; a | b); c | d", [True, False]),
        ("x=$(set -o pipefail; a | b); c | d", [True, False]),
        ("f() { set -o pipefail; }; a | b", [False]),
        ("{ set -o pipefail; a | b; }; c | d", [True, True]),
        ("set -o errexit; a | b", [False]),
        ("echo set -o pipefail; a | b", [False]),
    ],
)
def test_pipefail_in_force(text: str, expected: list[bool]) -> None:
    assert [pipeline.pipefail for pipeline in read(text).pipelines] == expected


def test_pipefail_comes_from_the_shell() -> None:
    dockerfile = 'FROM a\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN a | b\nRUN sh -c "c | d"\n'
    first, second, nested = scripts_of(dockerfile)
    assert first.pipelines[0].pipefail
    assert first.errexit
    assert not second.pipelines
    assert not nested.pipelines[0].pipefail
    (_, inner) = read_all("bash -o pipefail -c 'a | b'")
    assert inner.pipelines[0].pipefail


@pytest.mark.parametrize(
    ("text", "errexit"),
    [("set -eu; a", True), ("a; set -e", False), ("set -x\nset -e\na", True), ("set +e; a", False)],
)
def test_errexit(text: str, errexit: bool) -> None:
    assert read(text).errexit is errexit


def test_parts_of_a_pipeline_hold_what_groups_hold() -> None:
    (pipeline,) = read("{ a; b $(x); } | (c) | d").pipelines
    assert [[command.name for command in part] for part in pipeline.parts] == [["a", "b"], ["c"], ["d"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("case $x in a|(b)) c;; *) d; esac; e", ["c", "d", "e"]),
        ("case x in\n# note\na) b\n;;\nesac", ["b"]),
        ("for i in a $(b) c; do d; done", ["b", "d"]),
        ("for i do a; done", ["a"]),
        ("for ((i=0; i<3; i++)); do a; done", ["a"]),
        ("function f { a; }; f", ["a", "f"]),
        ("f() (a); f", ["a", "f"]),
        ("f()\n{\na\n}\nb", ["a", "b"]),
        ('echo $(a `b "$(c)"`)', ["echo", "a", "b", "c"]),
        ('echo "${x:-$(a)}" $((1 + $(b))) <(c)', ["echo", "a", "b", "c"]),
        ("echo $((a); b)", ["echo", "a", "b"]),
        ("((i++)) || a", ["a"]),
        ("time { a; b; }; time -p if c; then d; fi; time e", ["a", "b", "c", "d", "e"]),
        ("[ -f a ] && [[ b == (c|d) || e < f ]] && g", ["[", "[[", "g"]),
        ("a # b; c\nd", ["a", "d"]),
        ("a#b c", ["a#b"]),
        ('a "$x)"; b', ["a", "b"]),
        ('a "<("; b', ["a", "b"]),
        ('a "$x("; b "${c})$(d)"', ["a", "b", "d"]),
        ("a 'b'}; c", ["a", "c"]),
        ("a ${b}(; c", ["a", "c"]),
        ("a `# b`; c", ["a", "c"]),
        ("a `# b <<X`; c\nd", ["a", "c", "d"]),
        ("eval 'a; b'", ["eval", "a", "b"]),
        ("eval a '; b'", ["eval", "a", "b"]),
        ("su - x -c 'a'", ["su", "a"]),
        ('bash -c "$(curl x)"', ["bash", "curl", ""]),
        ("bash <(curl x)", ["bash", "curl"]),
        ("bash <<< 'a; b'", ["bash", "a", "b"]),
        ("cat <<X | b\n$(a) \\$(no)\nX\nc", ["cat", "b", "c", "a"]),
        ("cat <<'X'\n$(no)\nX\nc", ["cat", "c"]),
        ("cat <<X <<Y; a\nb\nX\nc\nY\nd", ["cat", "a", "d"]),
        ("echo $((1 << 2)); a\nb", ["echo", "a", "b"]),
        ("echo '<<X'; a\nb", ["echo", "a", "b"]),
        ("A=1 B=2 a; C=$(b)", ["a", "", "b"]),
        ("> f; a", ["", "a"]),
        ("done; a", ["a"]),
        ("a )", ["a"]),
        ("a 'b; c", ["a"]),
        ("if a; then b", ["a", "b"]),
        ("echo if then; fi=1 a", ["echo", "a"]),
        ("sh -c 'sh -c \"a; b\"'", ["sh", "sh", "a", "b"]),
    ],
)
def test_commands(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("a && b", []),
        ("a )", [")"]),
        ("done", ["done"]),
        ("a 'b", ["'b"]),
        ('a "b', ['"b']),
        ("if a; then b", ["i"]),
        ("(a", ["("]),
        ("a $(b", ["$"]),
    ],
)
def test_errors_have_places(text: str, errors: list[str]) -> None:
    assert [text[slice(*span)] for span in read(text).errors] == errors


def test_substitutions_inside_nested_text_count_once() -> None:
    outer, inner = read_all('sh -c "a $(b) `c`"')
    assert [command.name for command in outer.commands] == ["sh", "b", "c"]
    assert [command.name for command in inner.commands] == ["a"]
    assert values(inner.commands[0]) == ["a", UNKNOWN, UNKNOWN]


def test_nesting_of_shell_texts_is_bounded() -> None:
    assert len(read_all("eval " * 30 + "a")) == 9


# Wrappers


@pytest.mark.parametrize(
    ("text", "name", "wrappers"),
    [
        (
            "sudo -u x env A=1 nice timeout 5 xargs -n 1 /usr/bin/apt-get -y",
            "apt-get",
            ["sudo", "env", "nice", "timeout", "xargs"],
        ),
        ("sudo -nu root --group=x A=1 b", "b", ["sudo"]),
        ("sudo -u $U b", "b", ["sudo"]),
        ("sudo --user=$U A=$B b", "b", ["sudo"]),
        ("env -i PATH=/bin b", "b", ["env"]),
        ("command -v b", "command", []),
        ("exec -- b", "b", ["exec"]),
        ("xargs -0 -I{} b {}", "b", ["xargs"]),
        ("conda run -n x b", "b", ["conda"]),
        ("conda install b", "conda", []),
        ("sudo", "sudo", []),
        ("sudo -l", "sudo", []),
        ("gosu x:y b", "b", ["gosu"]),
        ("busybox wget x", "wget", ["busybox"]),
        ("chroot /x b", "b", ["chroot"]),
        ("'/usr/bin/s'udo \"b\"", "b", ["sudo"]),
        ("$S b", "", []),
        ("sudo $S b", "", ["sudo"]),
    ],
)
def test_wrappers(text: str, name: str, wrappers: list[str]) -> None:
    command = read(text).commands[0]
    assert command.name == name
    assert [wrapper.name for wrapper in command.wrappers] == wrappers
    if command.wrappers and command.name_word is not None:
        assert command.wrappers[-1].words[-1].end < command.name_word.start


# Any text at all

LETTERS = "abc \n\t;&|()<>'\"`$\\{}#!=*?[]1é😀\r\0"
TOKENS = (
    *(
        "$(",
        "${",
        "$((",
        "))",
        "&&",
        "||",
        "<<E",
        "\nE\n",
        "\\\n",
        "{ ",
        "}",
        "[[ ",
        " ]]",
        "f() ",
        "A=",
        "sh -c ",
    ),
    *("eval ", "if ", "then ", "fi ", "case ", " in ", "esac", "do ", "done", "for ", "time "),
)
FRAGMENTS = st.lists(st.sampled_from([*LETTERS, *TOKENS]), max_size=40).map("".join)


@given(st.one_of(FRAGMENTS, st.text()))
@example("sh -c a$'{ a")
def test_any_text_gives_commands_in_place(text: str) -> None:
    for script in read_all(text):
        starts = [command.span.start for command in script.commands if command.words]
        assert starts == sorted(starts)
        for command in script.commands:
            at = 0
            for word in command.words:
                assert at <= word.start < word.end <= len(text)
                at = word.end
            assert command.span.start <= command.span.end <= len(text)


@given(FRAGMENTS)
@example("<<E\n'")
def test_any_instruction_gives_words_inside_it(text: str) -> None:
    source = decode("Dockerfile", f"FROM a\nRUN {text}\nRUN b\n".encode())
    for instruction in parse_dockerfile(source).instructions:
        for script in instruction.dockerfile.scripts(instruction):
            for command in script.commands:
                for word in command.words:
                    assert instruction.span.start <= word.start <= word.end <= instruction.span.end


SAFE_WORD = st.text("abcXYZ019_./:@%+,-", min_size=1, max_size=6).filter(lambda word: not word.isdigit())
QUOTED_WORD = st.one_of(
    SAFE_WORD,
    st.text('ab $;|&<>()"\\`#é', max_size=6).map(lambda word: f"'{word}'"),
    st.text("ab ;|&<>()'#é", max_size=6).map(lambda word: f'"{word}"'),
    st.text(" ;|&<>()'\"#$`ab\\", min_size=1, max_size=4).map(
        lambda word: "".join("\\" + letter for letter in word)
    ),
)
WORD = st.lists(QUOTED_WORD, min_size=1, max_size=3).map("".join)
COMMAND = st.lists(WORD, min_size=1, max_size=4).map(lambda words: "printf '%s\\0' " + " ".join(words))


@given(st.lists(COMMAND, min_size=1, max_size=5), st.sampled_from([";", "\n", " && ", " ; \\\n "]))
def test_words_are_those_of_bash(commands: list[str], joint: str) -> None:
    text = joint.join(commands)
    found = [str(word.value) for command in read(text).commands for word in command.words[2:]]
    done = subprocess.run(["bash", "-c", text], capture_output=True, timeout=20, check=True)
    assert found == done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000,
        "$(" * 20_000,
        "echo " + "$(" * 20_000 + "a" + ")" * 20_000,
        "(a|" * 20_000 + "a" + ")" * 20_000,
        "`" * 20_000,
        '"$(' * 20_000,
        "{ a;" * 20_000,
        "a || " * 20_000,
        "A=(" * 20_000,
        "a |" * 20_000,
        "cat <<E\n" * 20_000,
        "[[ ( " * 20_000,
        "eval " * 20_000,
        "sh -c " * 20_000,
        "case x in " * 20_000,
        "${" * 20_000,
        "'" * 20_001,
        "$((" * 20_000,
    ],
)  # fmt: skip
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    started = time.process_time()
    read_all(text)
    assert time.process_time() - started < 10  # linear: well under a second; what is quadratic takes minutes
