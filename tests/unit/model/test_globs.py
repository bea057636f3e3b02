"""Patterns of paths: what they match, in how much time, and what is refused."""

from __future__ import annotations

import subprocess
import time
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, strategies as st

from tollgate.model.globs import MAX_PATTERN_LENGTH, PatternError, path_matcher, pattern_problem

MATCHES = [
    ("*.yaml", "a.yaml"),
    ("*.yaml", "deep/down/a.yaml"),
    ("*.yaml", ".hidden.yaml"),
    ("deploy", "deploy"),
    ("deploy", "deploy/a.yaml"),
    ("deploy", "x/deploy/y/a.yaml"),
    ("deploy/", "x/deploy/y/a.yaml"),
    ("/deploy", "deploy/a.yaml"),
    ("./deploy", "deploy/a.yaml"),
    ("a/b", "a/b/c"),
    ("a/*/c", "a/x/c"),
    ("a/**/c", "a/c"),
    ("a/**/c", "a/x/y/c"),
    ("**/c", "c"),
    ("**/c", "a/b/c/d"),
    ("a/**", "a/b"),
    ("a/**", "a/b/c"),
    ("**", "anything/at all"),
    ("a**b", "axxb"),
    ("?.yml", "x.yml"),
    ("[a-c]x", "bx"),
    ("[!a-c]x", "dx"),
    ("[]]x", "]x"),
    (r"\*x", "*x"),
    (r"\!x", "!x"),
    ("a/**/b/**/c", "a/1/b/2/b/c"),
    ("*a*b", "xaxbxab"),
    ("{{cookiecutter.name}}/", "{{cookiecutter.name}}/x.yaml"),
    ("*.yaml", "line\nbreak.yaml"),
    ("*.yaml", "\udcff.yaml"),
    ("**/", "a/b"),
    ("a/**/", "a/b/c"),
    ("/**/x", "x"),
]

MISSES = [
    ("*.yaml", "a.yml"),
    ("*.yaml", "a.yaml\n"),
    ("deploy/", "deploy"),
    ("deploy/", "x/deploy"),
    ("/deploy", "x/deploy/a.yaml"),
    ("a/b", "x/a/b"),
    ("a/*/c", "a/x/y/c"),
    ("a/*", "a"),
    ("a/**", "a"),
    ("a/**/c", "a/xc"),
    ("a**b", "a/b"),
    ("?.yml", "xy.yml"),
    ("[+-9]", "/"),
    ("a[!b]c", "a/c"),
    ("*.YAML", "a.yaml"),
    ("deploy", "deployment/x"),
    ("**/", "a"),
    ("a/**/", "a/b"),
    ("*", ""),
]


@pytest.mark.parametrize(("pattern", "path"), MATCHES)
def test_matches(pattern: str, path: str) -> None:
    assert path_matcher([pattern])(path)


@pytest.mark.parametrize(("pattern", "path"), MISSES)
def test_does_not_match(pattern: str, path: str) -> None:
    assert not path_matcher([pattern])(path)


def test_a_folder_is_asked_for_with_a_slash_so_that_walks_can_stop_there() -> None:
    for pattern in ("build/", "build", "build/**", "/build"):
        assert path_matcher([pattern])("build/")
    assert not path_matcher(["build/x"])("build/")


def test_any_of_several_patterns_and_none_of_none() -> None:
    matches = path_matcher(["*a*b*", "*c*d*"])
    assert [matches(path) for path in ("xaxb", "cd", "ad")] == [True, True, False]
    assert not path_matcher([])("a")


@pytest.mark.parametrize(
    "pattern",
    [
        "*.{yaml,yml}",
        "a\0b",
        "a" * (MAX_PATTERN_LENGTH + 1),
        "[a/b]",
        "[",
        "",
        "/",
        ".",
        "//",
        "a//b",
        "a/../b",
        "a/./b",
        "../x",
        "!x",
        "[a",
        "[z-a]",
        "[[:alpha:]]",
        "x\\",
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(pattern: str) -> None:
    assert pattern_problem(pattern)
    with pytest.raises(PatternError) as caught:
        path_matcher([pattern])
    assert caught.value.pattern == pattern
    assert caught.value.reason in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 400 + "b", "a" * 4000),
        ("**/" * 300 + "b", "a/" * 2000 + "a"),
        ("**/a/" * 190 + "b", "a/" * 2000 + "a"),
        ("**/*a*a*a*a*a*a/" * 50 + "b", ("a" * 100 + "/") * 40 + "c"),
        ("?*" * 480, "a" * 4000 + "/" + "b" * 90),
        ("[!a]*" * 190 + "x", "b" * 4000),
        ("*" * 999, "a" * 4000 + "/"),
        ("**/*a/*a/*a/*a/*a/*b", ("a" * 200 + "/") * 20 + "a"),
    ],
)
def test_hostile_patterns_take_no_time(pattern: str, path: str) -> None:
    matches = path_matcher([pattern])
    start = time.process_time()
    matches(path)
    assert time.process_time() - start < 0.5


SEGMENT = st.text(alphabet="ab*?[]!-", min_size=1, max_size=5)
PATTERN = st.builds(
    lambda front, parts, back: front + "/".join(parts) + back,
    st.sampled_from(["", "/"]),
    st.lists(st.one_of(st.just("**"), SEGMENT, st.sampled_from(["a", "b", "*"])), min_size=1, max_size=5),
    st.sampled_from(["", "/"]),
)
PATH = st.lists(st.text(alphabet="ab]-", min_size=1, max_size=4), min_size=1, max_size=6).map("/".join)


@given(PATTERN, PATH)
def test_agrees_with_a_slow_reading_of_the_rules(pattern: str, path: str) -> None:
    if pattern_problem(pattern) is None:
        assert path_matcher([pattern])(path) == slow_match(pattern, path)


def test_reads_patterns_as_git_does(tmp_path: Path) -> None:
    """git itself is asked about a hundred random patterns and two hundred paths."""
    random = Random(20)
    segments = [
        "a",
        "b",
        "*",
        "**",
        "a*",
        "*b",
        "?",
        "[ab]",
        "[!a]",
        "a**b",
        "*a*",
        "x.y",
        "*.y",
        "[a-b]b",
        "\\a",
    ]
    names = ["a", "b", "ab", "aab", "x.y", "axb", ".y", "ba", "*", "b-b"]
    paths = {"/".join(random.choices(names, k=random.randint(1, 5))) for _ in range(250)}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ask = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    for _ in range(100):
        middle = "/".join(random.choices(segments, k=random.randint(1, 4)))
        pattern = random.choice(["", "/"]) + middle + random.choice(["", "/"])
        (tmp_path / ".gitignore").write_text(pattern)
        done = subprocess.run(
            ask, cwd=tmp_path, input="\0".join(paths).encode(), capture_output=True, check=False
        )
        ignored = set(done.stdout.decode().split("\0")) - {""}
        assert {path for path in paths if path_matcher([pattern])(path)} == ignored, pattern


@given(st.text(), st.text())
def test_any_text_at_all_is_a_pattern_or_is_refused(pattern: str, path: str) -> None:
    reason = pattern_problem(pattern)
    if reason is None:
        path_matcher([pattern])(path)
    else:
        assert reason


def slow_match(pattern: str, path: str) -> bool:
    """The rules, tried in every way: a file matches if it, or a folder above it, does."""
    folder_only = pattern.endswith("/")
    body = pattern.rstrip("/")
    segments = body.removeprefix("/").split("/")
    if "/" not in body:
        segments.insert(0, "**")
    names = path.split("/")
    ends = range(1, len(names)) if folder_only else range(1, len(names) + 1)
    return any(slow_segments(tuple(segments), tuple(names[:end])) for end in ends)


@cache
def slow_segments(segments: tuple[str, ...], names: tuple[str, ...]) -> bool:
    if not segments:
        return not names
    if segments[0] == "**":
        if len(segments) == 1:
            return bool(names)
        return any(slow_segments(segments[1:], names[skip:]) for skip in range(len(names) + 1))
    return bool(names) and slow_name(segments[0], names[0]) and slow_segments(segments[1:], names[1:])


@cache
def slow_name(glob: str, name: str) -> bool:
    if not glob:
        return not name
    if glob[0] == "*":
        return any(slow_name(glob[1:], name[skip:]) for skip in range(len(name) + 1))
    if not name:
        return False
    if glob[0] == "[":
        end = glob.index("]", 3 if glob[1] in "!^" else 2)
        return slow_set(glob[1:end], name[0]) and slow_name(glob[end + 1 :], name[1:])
    return glob[0] in ("?", name[0]) and slow_name(glob[1:], name[1:])


def slow_set(members: str, character: str) -> bool:
    negated = members[0] in "!^"
    members = members[1:] if negated else members
    found = False
    while members:
        if len(members) > 2 and members[1] == "-":
            found |= members[0] <= character <= members[2]
            members = members[3:]
        else:
            found |= members[0] == character
            members = members[1:]
    return found != negated
