"""What rules may ask of shell commands, and the helpers for checks and fixes."""

from __future__ import annotations

from typing import Any

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.node import UNKNOWN, Scalar, Sequence
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.shell import Command, Pipeline, Script, command_list, literal
from tollgate.model.shell_arguments import arguments, flag
from tollgate.model.shell_words import resolve, unquote
from tollgate.model.source import MASK, Span, decode
from tollgate.parsers.dockerfile import parse_dockerfile


def scripts_of(run: str) -> list[Script]:
    found = parse_dockerfile(decode("Dockerfile", f"FROM a AS base\n{run}\n".encode())).select("script")
    return [script for script in found if isinstance(script, Script)]


def command_of(shell: str) -> Command:
    return scripts_of(f"RUN {shell}")[0].commands[0]


def plain(value: object) -> object:
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    return value.value if isinstance(value, Scalar) else value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("name", "b"),
        ("words", ["sudo", "-u", "x", "/bin/b", "c d", UNKNOWN]),
        ("arguments", ["c d", UNKNOWN]),
        ("wrappers", ["sudo"]),
        ("assignments", ["A"]),
        ("redirects", ["f"]),
        ("text", "A=1 sudo -u x /bin/b 'c d' $e > f"),
        ("operator", "&&"),
        ("in-condition", False),
        ("interpreter", "sh"),
        ("unheard-of", None),
    ],
)
def test_fields_of_a_command(name: str, expected: object) -> None:
    assert plain(command_of("A=1 sudo -u x /bin/b 'c d' $e > f && g").field(name)) == expected


def test_fields_of_a_pipeline_and_a_script() -> None:
    (script,) = scripts_of("RUN set -o pipefail; curl x | tar z")
    (pipeline,) = script.pipelines
    assert plain(pipeline.field("commands")) == ["curl", "tar"]
    assert plain(pipeline.field("pipefail")) is True
    assert plain(pipeline.field("shell")) == "sh"
    assert plain(pipeline.field("length")) == 2
    assert plain(script.field("interpreter")) == "sh"
    assert plain(script.field("text")) == "set -o pipefail; curl x | tar z"


def test_an_unknown_name_is_unknown() -> None:
    assert plain(command_of("$X install").field("name")) is UNKNOWN
    assert command_of("A=1").field("name") is None


def test_owners() -> None:
    (script,) = scripts_of("RUN a | b")
    command = script.commands[0]
    nouns = ("command", "pipeline", "script", "instruction", "stage", "dockerfile")
    owners = [command.owner(noun) for noun in nouns]
    assert owners[:3] == [command, script.pipelines[0], script]
    assert [type(owner).__name__ for owner in owners[3:]] == ["Instruction", "Stage", "Dockerfile"]
    assert command.object_name == "base"
    assert command.owner("pod") is None


def test_grip_is_the_name() -> None:
    command = command_of("sudo /bin/b c")
    assert command.source.text[slice(*command.grip())] == "/bin/b"
    bare = command_of("A=1 B=2")
    assert bare.source.text[slice(*bare.grip())] == "A=1"


def test_identity_survives_layout_and_quotes_but_holds_no_secret() -> None:
    assert command_of("a \\\n  'b'").identity() == command_of('a   "b"').identity()
    assert command_of("a b").identity() != command_of("a c").identity()
    command = command_of("a --token s3cr3t")
    start = command.source.text.index("s3cr3t")
    command.source.mask([Span(start, start + 6)])
    for target in (command, command.script):
        assert "s3cr3t" not in str(target.identity())
    assert MASK in command.identity()


@pytest.mark.parametrize(
    ("shell", "names", "found"),
    [
        ("a -y", ("-y", "--yes"), ("-y", None, "-y")),
        ("a --yes", ("-y", "--yes"), ("--yes", None, "--yes")),
        ("a -qy x", ("-y",), ("-y", None, "-qy")),
        ("a --out=x", ("--out",), ("--out", "x", "--out=x")),
        ("a --out x", ("--out",), ("--out", "x", "--out")),
        ("a --out=$X", ("--out",), ("--out", UNKNOWN, "--out=$X")),
        ('a "--out=$X"', ("--out",), ("--out", UNKNOWN, '"--out=$X"')),
        ("a -ox", ("-o",), ("-o", "x", "-ox")),
        ("a -yo x", ("-o",), ("-o", "x", "-yo")),
        ("a -q=2", ("-q",), ("-q", "2", "-q=2")),
        ("a -o -y", ("-y",), None),
        ("a -- -y", ("-y",), None),
        ("a -oy", ("-y",), None),
        ("a y", ("-y",), None),
    ],
)
def test_flag(shell: str, names: tuple[str, ...], found: tuple[object, ...] | None) -> None:
    command = command_of(shell)
    result = flag(command, *names, values={"-o", "--out"})
    if result is None or found is None:
        assert result is found
        return
    text = command.source.text
    assert (result.name, plain(result.value), text[result.word.start : result.word.end]) == found


def test_a_value_in_its_flags_word_has_its_own_place() -> None:
    command = command_of("a \\\n --out=file")
    found = flag(command, "--out")
    assert found is not None
    assert found.value is not None
    assert command.source.text[found.value.start : found.value.end] == "file"


def test_operands_leave_out_flags_and_their_values() -> None:
    found = arguments(command_of("apt-get -o x=1 install -y curl $P -- -z"), values={"-o"})
    assert [plain(word) for word in found.operands] == ["install", "curl", UNKNOWN, "-z"]
    assert [item.name for item in found.flags] == ["-o", "-y"]


@pytest.mark.parametrize(
    ("raw", "value", "style"),
    [
        ("a", "a", ""),
        ("'a b'", "a b", "'"),
        ('"a b"', "a b", '"'),
        ('"a"b', "ab", ""),
        ("a\\ b", "a b", ""),
        ('"\\$a \\b"', "$a \\b", '"'),
        ("$'a\\n\\x41'", "a\nA", ""),
        ("a\\\nb", "ab", ""),
        ("a$", "a$", ""),
        ("'$a'", "$a", "'"),
        ("$a", None, ""),
        ('"$a"', None, '"'),
        ("`a`", None, ""),
        ("x${a}", None, ""),
        ("<(a)", None, ""),
        ("''", "", "'"),
    ],
)
def test_quote_removal(raw: str, value: str | None, style: str) -> None:
    assert unquote(raw) == (value, style)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("$A/b", "x/b"),
        ('"${A}"', "x"),
        ("${N}", None),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${A:-d}", "x"),
        ("${A:+d}", "d"),
        ("${E:+d}", ""),
        ("'$A'", "$A"),
        ("\\$A", "$A"),
        ("$(a)", None),
        ("${A#x}", None),
    ],
)
def test_variables_are_filled_in_where_known(raw: str, expected: str | None) -> None:
    assert resolve(raw, {"A": "x", "E": ""}) == expected
    command = command_of(f"a {raw}")
    assert literal(command, command.arguments[0], {"A": "x", "E": ""}) == expected


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("a && b", "a \\\n  && b", True),
        ("a 'b'", 'a "b"', True),
        ("a && b", "a; b", False),
        ("a | b", "a && b", False),
        ("a > f", "a > g", False),
        ("a b", "a", False),
        ("(a)", "$(a)", False),
        ("if a; then b; fi", "a; b", False),
    ],
)
def test_command_list_tells_whether_commands_were_kept(before: str, after: str, is_same: bool) -> None:
    lists = [command_list(scripts_of(f"RUN {text}")[0]) for text in (before, after)]
    assert (lists[0] == lists[1]) is is_same


def test_command_list_holds_here_documents() -> None:
    lists = [command_list(scripts_of(f"RUN cat <<X\n{body}\nX")[0]) for body in ("a", "b")]
    assert lists[0] != lists[1]


def test_a_long_pipe_is_walked_once_and_not_for_each_of_its_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """It took an hour for a megabyte of `cat | cat | …`."""
    walks: list[Pipeline] = []
    plain_parts: Any = vars(Pipeline)["parts"]

    def counted(pipeline: Pipeline) -> object:
        walks.append(pipeline)
        return plain_parts.fget(pipeline)

    monkeypatch.setattr(Pipeline, "parts", property(counted))
    linter = Linter(catalog.heads(), policy=Policy(profile=("all",)), project=Project())
    for command in ("cat", "echo a", "tee /etc/yum.conf"):
        text = f"FROM a\nRUN {' | '.join([command] * 300)}\n"
        linter.lint_bytes("Dockerfile", text.encode(), "dockerfile")
    assert 0 < len(walks) <= 30


def test_the_names_in_a_pipe() -> None:
    (script,) = scripts_of("RUN a | (b; c) | d")
    outer = next(one for one in script.pipelines if len(one.ranges) == 3)
    assert outer.names == {"a", "b", "c", "d"}
    assert outer.commands is outer.commands


def test_places_in_a_string_with_escapes_are_exact() -> None:
    outer, inner = scripts_of(r"RUN bash -c $'a\x41 b\tc\n'")
    places = [inner.source.text[word.start : word.end] for word in inner.commands[0].words]
    assert [word.value for word in inner.commands[0].words] == ["aA", "b", "c"]
    assert places == [r"a\x41", "b", "c"]
    assert outer.commands[0].words[-1].value == "aA b\tc\n"
