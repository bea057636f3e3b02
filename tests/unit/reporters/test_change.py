"""A change with its findings: every line where it belongs, and nothing that should stay inside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from tests.unit.reporters.build import At, Files, finding, report
from tests.unit.reporters.hostile import NASTY, SECRETS, hostile_report
from tollgate.model.change_view import ChangeView, FileView
from tollgate.model.changes import lines_of
from tollgate.model.finding import Finding
from tollgate.model.line_diff import changed_blocks
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report, RuleInfo, Since
from tollgate.model.source import Source, Span, decode
from tollgate.reporters.change_markdown import LONGEST, render_markdown
from tollgate.reporters.change_rows import hunks
from tollgate.reporters.change_text import render_text
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.suggestions import suggestions
from tollgate.reporters.texts import Texts

FORMATS = {"text": render_text, "markdown": render_markdown}
SINCE = Since("main", "0123456789abcdef")

OLD = "kind: Pod\nspec:\n  hostPID: false\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n  e: 5\n  f: 6\n  h: 8\n"
NEW = OLD.replace("false", "true").replace("h: 8", "h: 8\n  g: 7")


def view_of(old: str | None, new: str | None, *findings: Finding, path: str = "pod.yaml") -> FileView:
    before, after = source(old), source(new)
    blocks: Sequence[object] = ()
    if before is not None and after is not None:
        blocks = changed_blocks(lines_of(before), lines_of(after))
    return FileView(
        path,
        path if old is not None else "",
        None if before is None else MaskedText(before),
        None if after is None else MaskedText(after),
        tuple(blocks),  # type: ignore[arg-type]
        findings,
        deleted=new is None,
    )


def source(text: str | None) -> Source | None:
    return None if text is None else decode("pod.yaml", text.encode())


def shown(view: ChangeView, format_name: str = "text", *, colour: bool = False) -> str:
    return "".join(FORMATS[format_name](view, RenderOptions(colour=colour)))


def change(*files: FileView, of: Report | None = None) -> ChangeView:
    made = of or report(Files(), *(one for file in files for one in file.findings))
    return ChangeView(made._replace(since=SINCE), files, "the upstream")


def host_pid(files: Files) -> Finding:
    fix = files.fix("pod.yaml", "true", "false", title="do without")
    return finding(files, "host-pid", At("pod.yaml", "true"), "shares processes", fix=fix)


def test_a_finding_stands_under_its_line() -> None:
    files = Files(**{"pod.yaml": NEW})
    told = shown(change(view_of(OLD, NEW, host_pid(files)))).splitlines()
    start = told.index("@@ -1,6 +1,6 @@")
    assert told[start + 1 : start + 13] == [
        " kind: Pod",
        " spec:",
        "-  hostPID: false",
        "+  hostPID: true",
        "#           ^^^^ error[host-pid]: shares processes",
        "#  suggestion: do without (--fix writes it)",
        "#  line 3:",
        "#  -  hostPID: true",
        "#  +  hostPID: false",
        "   a: 1",
        "   b: 2",
        "   c: 3",
    ]
    assert told[start + 13 :][:5] == ["@@ -8,3 +8,4 @@", "   e: 5", "   f: 6", "   h: 8", "+  g: 7"]


def test_the_other_lines_are_those_of_a_diff() -> None:
    files = Files(**{"pod.yaml": NEW})
    plain = [
        line for line in shown(change(view_of(OLD, NEW, host_pid(files)))).splitlines() if line[:1] != "#"
    ]
    body = plain[plain.index("+++ b/pod.yaml") + 1 :]
    signs = [line for line in body if line.startswith(("+", "-"))]
    assert signs == ["-  hostPID: false", "+  hostPID: true", "+  g: 7"]


@pytest.mark.parametrize(
    ("old", "new", "heads"),
    [
        (None, "a\nb\n", ["@@ -0,0 +1,2 @@"]),
        ("a\nb\n", None, ["@@ -1,2 +0,0 @@"]),
        ("a\n", "a\n", []),
        ("", "a\n", ["@@ -0,0 +1,1 @@"]),
        ("a", "a\nb", ["@@ -1,1 +1,2 @@"]),
        ("x\n" * 20, "x\n" * 20 + "y\n", ["@@ -18,3 +18,4 @@"]),
    ],
)
def test_heads_of_hunks(old: str | None, new: str | None, heads: list[str]) -> None:
    assert [hunk.head() for hunk in hunks(view_of(old, new))] == heads


@given(st.lists(st.sampled_from("abcde"), max_size=20), st.lists(st.sampled_from("abcde"), max_size=20))
def test_the_rows_hold_both_texts(old: list[str], new: list[str]) -> None:
    view = view_of("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new))
    for hunk in hunks(view):
        assert [row.old for row in hunk.rows if row.sign != "+"] == list(
            range(hunk.old + 1, hunk.old + 1 + sum(row.sign != "+" for row in hunk.rows))
        )
        assert [row.new for row in hunk.rows if row.sign != "-"] == list(
            range(hunk.new + 1, hunk.new + 1 + sum(row.sign != "-" for row in hunk.rows))
        )
        assert all(old[row.old - 1] == new[row.new - 1] for row in hunk.rows if row.sign == " ")
    rows = [row for hunk in hunks(view) for row in hunk.rows]
    gone = {row.old - 1 for row in rows if row.sign == "-"}
    come = {row.new - 1 for row in rows if row.sign == "+"}
    kept_old = [line for number, line in enumerate(old) if number not in gone]
    kept_new = [line for number, line in enumerate(new) if number not in come]
    assert kept_old == kept_new


def test_a_finding_outside_all_changes_gets_a_hunk_of_its_own() -> None:
    files = Files(**{"pod.yaml": NEW})
    there = finding(files, "r", At("pod.yaml", "d: 4"), "m")
    heads = [hunk.head() for hunk in hunks(view_of(NEW, NEW, there))]
    assert heads == ["@@ -4,7 +4,7 @@"]
    lost = there._replace(location=there.location._replace(region=files.region("pod.yaml", "g: 7")))
    assert [hunk.head() for hunk in hunks(view_of("a\n", "a\n", lost))] == ["@@ -1,1 +1,1 @@"]


def test_colour_only_where_it_is_wanted() -> None:
    view = change(view_of(OLD, NEW, host_pid(Files(**{"pod.yaml": NEW}))))
    assert "\x1b" not in shown(view)
    assert "\x1b[32m+  hostPID: true\x1b[0m" in shown(view, colour=True)
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown(view, colour=True))
    assert plain == shown(view)


def test_markdown_has_the_hunk_and_a_suggestion() -> None:
    files = Files(**{"pod.yaml": NEW})
    told = shown(change(view_of(OLD, NEW, host_pid(files))), "markdown")
    assert "```diff\n@@ -1,6 +1,6 @@\n" in told
    assert "#           ^^^^ error[host-pid]\n" in told
    assert "```suggestion\n  hostPID: false\n```\n" in told
    assert "+  g: 7" not in told  # nothing is found there


def test_markdown_keeps_to_what_github_takes() -> None:
    files = Files()
    views = []
    for number in range(300):
        path = f"{number:03}.yaml"
        text = f"key: {'é' * 300}\n"
        files.add(path, text)
        told = finding(files, "r", At(path, "key"), "m" * 200, severity="error" if number == 299 else "note")
        views.append(view_of("", text, told, path=path))
    shown_text = shown(change(*views), "markdown")
    assert len(shown_text.encode()) <= LONGEST
    assert "299\\.yaml" in shown_text
    left = re.search(r"(\d+) more findings left out", shown_text)
    assert left is not None
    assert int(left[1]) + shown_text.count("#### ") == 300


def hostile_view() -> ChangeView:
    """The old side of every file holds the secrets, masked; the new one, too, and once more unmasked."""
    told = hostile_report()
    texts = Texts(told)
    by_path: dict[str, list[Finding]] = {}
    for one in texts.active():
        by_path.setdefault(one.location.path, []).append(one)
    files = []
    for path, found in by_path.items():
        new = told.load(path)
        assert new is not None
        old = told.load(path)
        files.append(FileView(path, path + NASTY, old, new, (), tuple(found)))
        moved = decode(path, "".join(f"moved{n}: {secret}\n" for n, secret in enumerate(SECRETS)).encode())
        blocks = changed_blocks(["x"] * 12, lines_of(moved))
        files.append(FileView(path, path, old, MaskedText(moved), tuple(blocks)))
        files.append(
            FileView(path, path, MaskedText(moved), old, tuple(changed_blocks(lines_of(moved), ["x"] * 12)))
        )
    return ChangeView(told._replace(since=SINCE._replace(ref=NASTY)), tuple(files), "")


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_secret_of_either_side_gets_out(format_name: str) -> None:
    told = shown(hostile_view(), format_name)
    read = re.sub(r"\\([^\w\s])", r"\1", told) if format_name == "markdown" else told
    for part in ("Zk4pQw8R", "MIIEvQ", "kiG9w0", "s3cr", "x1bword", "u001bword"):
        assert part not in read
    assert "[secret]" in read


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_acts(format_name: str) -> None:
    told = shown(hostile_view(), format_name)
    told.encode("utf-8", "backslashreplace").decode()
    acting = {char for char in told if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert acting <= {"\n", "\t"}


def test_markdown_cannot_be_left() -> None:
    text = "a: |\n  ````\n  @someone <img src=x> [x](y)\n  ```\nb: 1\n"
    path = "`@team` [x](http://evil.example).yaml"
    files = Files()
    files.add(path, text)
    message = "see @someone, `code` and <b>, https://evil.example #1"
    fix = files.fix(path, "````", "`````", title="@them")
    rule = RuleInfo("r", "R", "error", url="javascript:alert(1)")
    told = finding(files, "r", At(path, "````"), message, fix=fix)
    view = change(view_of("", text, told, path=path), of=report(files, told, rules=(rule,)))
    shown_text = shown(view, "markdown")
    outside, fence = [], ""
    for line in shown_text.splitlines():
        found = re.match(r"(`{3,})(\w*)$", line)
        if not fence and found:
            fence = found[1]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            outside.append(line)
    assert fence == ""
    said = "\n".join(outside)
    assert "@" not in said
    assert "://" not in said
    assert "javascript" not in said
    assert not re.search(r"(?<!\\)[`<\[]", said.replace("<sub>", "").replace("</sub>", ""))


def test_suggestions_take_whole_lines() -> None:
    files = Files(a="one: 1\ntwo: 2\nthree: 3\n")

    def of(start: int, end: int, text: str) -> object:
        edit = finding(files, "r", At("a", "one"), "m")._replace(fix=files.fix("a", "one", "x", title="t"))
        assert edit.fix is not None
        made = edit._replace(
            fix=edit.fix._replace(edits=(edit.fix.edits[0]._replace(start=start, end=end, text=text),))
        )
        places = suggestions(made, files.load("a"))
        assert places is not None
        return [(one.first, one.last, one.old, one.lines) for one in places]

    assert of(5, 6, "9") == [(1, 1, ("one: 1",), ("one: 9",))]
    assert of(7, 14, "") == [(2, 2, ("two: 2",), ())]
    assert of(7, 7, "new: 0\n") == [(2, 2, ("two: 2",), ("new: 0", "two: 2"))]
    assert of(6, 13, "\nx: y") == [(2, 2, ("two: 2",), ("x: y",))]


def test_a_suggestion_does_not_tell_what_is_masked() -> None:
    files = Files()
    text = files.add("a", "key: hunter2-hunter2 # x\n", secrets=("hunter2-hunter2",))
    told = finding(files, "r", At("a", "x"), "m", fix=files.fix("a", "x", "y", title="t"))
    assert suggestions(told, files.load("a")) is None
    plain = decode("a", text.data)
    assert suggestions(told, MaskedText(plain)) is not None
    assert suggestions(told, MaskedText(plain), files.load("a")) is None
    plain.mask([Span(0, 1)])
    assert suggestions(told, MaskedText(plain)) is None
