"""The command line, read by hand and by argparse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tollgate.arguments import parse, parse_plainly
from tollgate.options import LINT_OPTIONS, LintOptions, Option, from_parsed
from tollgate.usage import make_parser, parse_slowly

_NAMES = [name for one in LINT_OPTIONS for name in (one.flag, one.short) if name]
_CHOICES = [choice for one in LINT_OPTIONS for choice in one.choices]
_VALUES = st.sampled_from([*_CHOICES, "a", "a,b", " a , ", "", "x=y", "-", "recommended", "text=out.txt"])
_WORDS = st.one_of(
    st.sampled_from(_NAMES),
    st.sampled_from(
        ["--", "-x", "--conf", "--unknown", "-qq", "-q=1", "--fix=yes", "--no-config=", "-5", "--form"]
    ),
    st.builds("{}={}".format, st.sampled_from(_NAMES), _VALUES),
    _VALUES,
)


@settings(max_examples=500, deadline=None)
@given(st.lists(_WORDS, max_size=8))
def test_both_ways_read_the_same(arguments: list[str]) -> None:
    plain = parse_plainly(arguments)
    if plain is None:
        return
    assert from_parsed(plain) == from_parsed(parse_slowly(arguments, prog="t"))


@pytest.mark.parametrize("option", LINT_OPTIONS, ids=lambda one: one.name)
def test_every_option_is_read_without_argparse(option: Option) -> None:
    flag, value = option.flag, option.choices[0] if option.choices else "value"
    written = [[flag]] if option.kind == "flag" else [[flag, value], [f"{flag}={value}"]]
    for arguments in written:
        plain = parse_plainly([*arguments, "path"])
        assert plain is not None
        options = from_parsed(plain)
        assert options.paths == ("path",)
        assert options != LintOptions(paths=("path",))
        assert options == from_parsed(parse_slowly([*arguments, "path"], prog="t"))


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["a", "-q", "b"], ("a", "b")),
        (["-q", "--", "-x", "--fix"], ("-x", "--fix")),
        (["a", "--", "--"], ("a", "--")),
        (["-"], ("-",)),
        (["--output", "-", "a"], ("a",)),
    ],
)
def test_paths_stand_anywhere(arguments: list[str], paths: tuple[str, ...]) -> None:
    plain = parse_plainly(arguments)
    assert plain is not None
    assert from_parsed(plain).paths == paths
    assert from_parsed(parse_slowly(arguments, prog="t")).paths == paths


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--conf", "x"], "unrecognized arguments: --conf"),
        (["a", "--bogus", "-q", "b"], "unrecognized arguments: --bogus\n"),
        (["--output"], "argument --output: expected one argument"),
        (["--output", "--quiet"], "argument --output: expected one argument"),
        (["--output", "--"], "argument --output: expected one argument"),
        (["--fail-on", "bad"], "invalid choice: 'bad'"),
        (["--quiet=yes"], "argument -q/--quiet: ignored explicit argument 'yes'"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(arguments, prog="tollgate-hook")
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.endswith("Try `tollgate-hook --help`.\n")


def test_help_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(["--help"], prog="tollgate-hook")
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told for name in _NAMES)


def test_short_flags_in_one_word_are_left_to_argparse() -> None:
    assert parse(["-qq", "a"], prog="t") == LintOptions(paths=("a",), quiet=True)


def test_a_file_that_looks_like_an_option_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "--config=x.yaml").touch()
    with pytest.raises(SystemExit) as left:
        parse(["--config=x.yaml"], prog="t")
    assert left.value.code == 2
    assert "looks like an option" in capsys.readouterr().err
    assert parse(["--", "--config=x.yaml"], prog="t").paths == ("--config=x.yaml",)


def test_the_parser_abbreviates_nothing() -> None:
    assert make_parser("t").allow_abbrev is False
