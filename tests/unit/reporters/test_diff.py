"""Diffs are applied with the real `git apply` and `patch -p1`, to files byte for byte."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.tools import needs, tool
from tests.unit.reporters.build import At, Files, finding, fixed, report
from tests.unit.reporters.example import DOCKERFILE, example
from tests.unit.reporters.hostile import NAMES, hostile_report
from tollgate.model.finding import Finding, Location
from tollgate.model.report import AppliedFix, FixedFile, Report
from tollgate.model.source import Position, Region
from tollgate.reporters import RenderOptions, encode, render

Apply = Callable[[Path, bytes], None]


def git_apply(root: Path, diff: bytes) -> None:
    _run(root, ["git", "apply", "--whitespace=nowarn", "-"], diff)


def patch(root: Path, diff: bytes) -> None:
    _run(root, [tool("patch"), "-p1", "--batch", "--fuzz=0", "--no-backup-if-mismatch"], diff)
    assert not list(root.rglob("*.rej"))


def _run(root: Path, command: list[str], diff: bytes) -> None:
    done = subprocess.run(command, cwd=root, input=diff, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace") + diff.decode("utf-8", "replace")


APPLIERS = [pytest.param(git_apply, id="git"), pytest.param(patch, id="patch", marks=needs("patch"))]


def diff_of(made: Report, **options: bool) -> bytes:
    pieces = render(made, "diff", options=RenderOptions(**options))
    return b"".join(encode(piece, "diff") for piece in pieces)


def tree(root: Path) -> dict[bytes, bytes]:
    return {
        os.fsencode(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def place(root: Path, path: str, content: bytes) -> None:
    at = root / path
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(content)


def rewrite(files: Files, path: str, content: bytes, new_text: str) -> FixedFile:
    """A fixed file whose one fix may be anywhere in it."""
    files.add(path, content)
    return _fixed_anywhere(files, path, new_text)


def rewrite_masked(files: Files, path: str, new_text: str) -> FixedFile:
    """The same for a file that is there already, with its secrets."""
    return _fixed_anywhere(files, path, new_text)


def _fixed_anywhere(files: Files, path: str, new_text: str) -> FixedFile:
    text = files.load(path)
    assert text is not None
    start = Position(1, 1)
    found = Finding("some-rule", "error", "m", Location(path, Region(start, start)), "f")
    everywhere = Region(start, Position(10_000, 1))
    return FixedFile(path, text, new_text, (AppliedFix("some-rule", "do it", "Because.", found, everywhere),))


CASES: dict[str, tuple[bytes, bytes]] = {
    "Dockerfile": (b"FROM a\nADD x y\n", b"FROM a\nCOPY x y\n"),
    "no/final/newline": (b"a\nb", b"a\nc"),
    "newline/added": (b"a\nb", b"a\nb\n"),
    "newline/removed": (b"a\nb\n", b"a\nb"),
    "crlf.yaml": (b"a: 1\r\nb: 2\r\nc: 3\r\n", b"a: 1\r\nb: 3\r\nc: 3\r\n"),
    "bom.yaml": (b"\xef\xbb\xbfa: 1\nb: 2\n", b"\xef\xbb\xbfa: 2\nb: 2\n"),
    "bom-far.yaml": (
        b"\xef\xbb\xbf" + b"a: 1\n" * 9 + b"b: 2\n",
        b"\xef\xbb\xbf" + b"a: 1\n" * 9 + b"b: 3\n",
    ),
    "latin.yaml": (b"# caf\xe9 \x93quoted\x94\na: 1\n", b"# caf\xe9 \x93quoted\x94\na: 2\n"),
    "emptied": (b"a\n", b""),
    "one-line": (b"a", b"b"),
    "grown.yaml": (b"a:\n  b: 1\n" * 9, b"a:\n  b: 1\n" * 4 + b"a:\n  b: 1\n  c: 2\n" + b"a:\n  b: 1\n" * 4),
    "shrunk.yaml": (b"x\n" * 30, b"x\n" * 25),
    "top": (b"x\ny\n" * 9, b"new\n" + b"x\ny\n" * 9),
    "bottom": (b"x\ny\n" * 9, b"x\ny\n" * 9 + b"new\n"),
    "looks-like-a-diff": (b"-- a/x\n++ b/y\n@@ -1 +1 @@\n", b"-- a/z\n++ b/y\n@@ -1 +1 @@\n"),
    "with space.yaml": (b"a\n", b"b\n"),
    'quo"te\\back.yaml': (b"a\n", b"b\n"),
    "tab\tname\nline.yaml": (b"a\n", b"b\n"),
    "運用/🚀.yaml": (b"a\n", b"b\n"),
    "bytes\udcff.yaml": (b"a\n", b"b\n"),
    "-dash.yaml": (b"a\n", b"b\n"),
    "emoji\u200d.yaml": ("# 👩\u200d💻\na\n".encode(), "# 👩\u200d💻\nb\n".encode()),
}


@pytest.mark.parametrize("apply", APPLIERS)
def test_applies_byte_for_byte(apply: Apply, tmp_path: Path) -> None:
    files = Files()
    changed = []
    for path, (old, new) in CASES.items():
        place(tmp_path, path, old)
        text = new.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        changed.append(rewrite(files, path, old, text))
    apply(tmp_path, diff_of(report(files, fixed=tuple(changed))))
    expected = {os.fsencode(path): new for path, (_, new) in CASES.items() if new}
    found = {path: content for path, content in tree(tmp_path).items() if content}
    assert found == expected


some_lines = st.lists(
    st.sampled_from(["a\n", "b\n", "  c: 1\n", "- d\n", "\n", "e\r\n"]), min_size=1, max_size=25
)


@pytest.mark.parametrize("apply", APPLIERS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.tuples(some_lines, some_lines, st.booleans()), min_size=8, max_size=20))
def test_any_change_applies(
    apply: Apply, cases: list[tuple[list[str], list[str], bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("applied")
    files, changed, expected = Files(), [], {}
    for number, (old, new, cut) in enumerate(cases):
        before, after = "".join(old), "".join(new)
        if cut:
            before, after = before.rstrip("\n") or "x", after.rstrip("\n") or "x"
        path = f"{number}.yaml"
        place(root, path, before.encode())
        changed.append(rewrite(files, path, before.encode(), after))
        expected[path.encode()] = after.encode()
    diff = diff_of(report(files, fixed=tuple(changed)))
    if b"\ndiff --git" in diff:
        apply(root, diff)
    assert tree(root) == expected


@pytest.mark.parametrize("apply", APPLIERS)
def test_what_is_withheld_is_left_as_it_was(apply: Apply, tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    old = ["a: 1\n", "b: 2\n", f"password: {secret}\n", *(f"k{n}: 1\n" for n in range(12)), "z: 1\n"]
    new = list(old)
    new[0] = "a: one\nand: more\n"
    new[2] = f"secret: {secret}\nand: more\n"
    new[4] = "k1: one\n"
    new[12] = "k9: one\n"
    files = Files()
    source = files.add("a.yaml", "".join(old), secrets=(secret,))
    place(tmp_path, "a.yaml", source.data)
    changed = rewrite_masked(files, "a.yaml", "".join(new))
    diff = diff_of(report(files, fixed=(changed,)))
    assert secret.encode() not in diff
    assert re.findall(rb"^@@ .* @@", diff, re.MULTILINE) == [
        b"@@ -1,2 +1,3 @@",
        b"@@ -4,3 +5,3 @@",
        b"@@ -10,7 +11,7 @@",
    ]
    assert b"#   withheld: line 3 (some-rule): it would show a secret; --fix writes it\n" in diff
    apply(tmp_path, diff)
    expected = list(new)
    expected[2] = old[2]
    assert (tmp_path / "a.yaml").read_text() == "".join(expected)


def test_a_fix_does_not_tell_a_secret_in_its_words() -> None:
    files = Files()
    files.add("a.yaml", "a: 1\nb: 2\nc: 3\nd: 4\nx: hunter2-hunter2\n", secrets=("hunter2-hunter2",))
    changed = rewrite_masked(files, "a.yaml", "a: 2\nb: 2\nc: 3\nd: 4\nx: hunter2-hunter2\n")
    said = "away with hunter2-hunter2"
    telling = changed.applied[0]._replace(
        title=said, why=said, finding=changed.applied[0].finding._replace(message=said)
    )
    diff = diff_of(report(files, fixed=(changed._replace(applied=(telling,)),)))
    assert diff.count(b"away with [secret]") == 4
    assert b"hunter2" not in diff


def test_a_secret_that_a_fix_moves_is_not_shown() -> None:
    files = Files()
    files.add("a.yaml", "a: 1\n" * 20 + "x: hunter2-hunter2\n", secrets=("hunter2-hunter2",))
    new = "a: 1\n" * 3 + "y: hunter2-hunter2\n" + "a: 1\n" * 17
    diff = diff_of(report(files, fixed=(rewrite_masked(files, "a.yaml", new),)))
    assert b"hunter2" not in diff
    assert diff.count(b"withheld") == 2


def test_hunks_that_would_act_on_a_terminal_are_withheld() -> None:
    files = Files()
    changed = rewrite(files, "a.yaml", b"a: 1 # \x1b[2J\n", "a: 2 # \x1b[2J\n")
    diff = diff_of(report(files, fixed=(changed,)))
    assert b"withheld: line 1 (some-rule): it would show control characters; --fix writes it\n" in diff
    assert b"\x1b" not in diff
    assert b"diff --git" not in diff


def test_utf16_is_withheld() -> None:
    files = Files()
    changed = rewrite(files, "a.yaml", "\ufeffa: 1\n".encode("utf-16-le"), "a: 2\n")
    assert b"patch tools cannot change UTF-16" in diff_of(report(files, fixed=(changed,)))


def test_each_hunk_says_which_rule_asks_for_it() -> None:
    files = Files()
    text = "".join(f"k{number}: old\n" for number in range(30))
    files.add("a.yaml", text)
    first = finding(
        files, "rule-one", At("a.yaml", "old", 2), "m", fix=files.fix("a.yaml", "old", "new", title="renew")
    )
    second = first._replace(
        rule="rule-two", location=first.location._replace(region=files.region("a.yaml", "old", nth=20))
    )
    new = text.replace("k2: old", "k2: new").replace("k20: old", "k20: new")
    lines = diff_of(
        report(files, first, second, fixed=(fixed(files, "a.yaml", new, first, second),))
    ).decode()
    headings = [line.split(" @@ ")[1] for line in lines.splitlines() if line.startswith("@@")]
    assert headings == ["rule-one: renew", "rule-two: renew"]
    assert "#   3:5 error[rule-one]: m\n#     fixed below: renew\n#     why: It matters.\n" in lines


def test_findings_without_a_fix_precede_their_file() -> None:
    lines = diff_of(example()).decode().splitlines()
    start = lines.index("diff --git a/Dockerfile b/Dockerfile")
    said = "#   2:6 warning[untagged-image]: `python` has neither tag nor digest"
    assert lines.index("# Dockerfile") < lines.index(said) < start
    assert lines[lines.index(said) + 1] == "#     no fix"
    assert "#     fix: set `securityContext.privileged` to `false` (needs --unsafe-fixes)" in lines


@pytest.mark.parametrize("apply", APPLIERS)
def test_the_example_applies(apply: Apply, tmp_path: Path) -> None:
    place(tmp_path, "Dockerfile", DOCKERFILE.encode())
    place(tmp_path, "deploy/no-final-newline.yaml", b"kind: Pod\nspec:\n  hostPID: true")
    apply(tmp_path, diff_of(example()))
    assert (tmp_path / "Dockerfile").read_text() == DOCKERFILE.replace("ADD", "COPY")
    assert (tmp_path / "deploy/no-final-newline.yaml").read_bytes() == b"kind: Pod\nspec:\n  hostPID: false"


@pytest.mark.parametrize("apply", APPLIERS)
def test_a_hostile_repository_is_patched_all_the_same(apply: Apply, tmp_path: Path) -> None:
    made = hostile_report()
    for file in made.fixed:
        place(
            tmp_path,
            file.path,
            "".join(line.text for line in file.old.exact_lines()).encode("utf-8", "surrogateescape"),
        )
    apply(tmp_path, diff_of(made))
    assert len(tree(tmp_path)) == len(NAMES)
    assert all(b"\nfix: you\n" in content for content in tree(tmp_path).values())


def test_colour_is_for_terminals_only() -> None:
    assert b"\x1b" not in diff_of(example())
    assert b"\x1b[32m+COPY ./src /app\x1b[0m\n" in diff_of(example(), colour=True)
