"""The baseline's file: read by lines and as YAML alike, written so that merges go by lines."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, strategies as st

from tollgate import baseline_file
from tollgate.baseline_check import check_baseline
from tollgate.baseline_file import BaselineError, baseline_text, find_place, load_baseline, read_baseline
from tollgate.model.baseline import Entry, entry_order, told_path
from tollgate.model.node import to_plain
from tollgate.model.policy import PolicyProblem
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml
from tollgate.resources import schema_text

PRINT = "4f1d0a7c59b2e8836d20a1c4"
NAME = ".tollgate-baseline.yaml"
HEAD = "version: 1\nfindings:\n"
LINE = f'  - {{path: "a.yaml", rule: host-pid, fingerprint: "{PRINT}"}}\n'
DIGITS = "the 24 hexadecimal digits that `--format json` gives, in quotes"
TWICE = (
    "line 3 accepts this finding of `host-pid` already: remove one of the two, or say `count: 2` if there "
    "are two"
)
CONFLICT = (
    "a merge left a conflict here: keep the lines of both sides, take the marks (<<<<<<<, =======, >>>>>>>) "
    "away, and run `tollgate baseline prune`"
)

days = st.sampled_from(["", "2026-11-23", "2027-03-01", "2028-02-29"])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
entries = st.builds(
    Entry,
    path=words.filter(bool).map(told_path),
    rule=st.sampled_from(["host-pid", "literal-secret", "abc"]),
    fingerprint=st.text("0123456789abcdef", min_size=24, max_size=24),
    object=words.map(told_path),
    number=st.integers(1, 99),
    added=days,
    until=days,
    approved_by=words.map(told_path),
    reason=words.map(told_path),
    line=st.just(0),
)


def problems_of(data: bytes) -> tuple[PolicyProblem, ...]:
    try:
        read_baseline(data, NAME)
    except BaselineError as error:
        return error.problems
    return ()


def complaints(text: str) -> list[str]:
    with pytest.raises(BaselineError) as raised:
        read_baseline(text.encode(), NAME)
    return str(raised.value).splitlines()


@given(st.lists(entries, max_size=6, unique_by=lambda one: (one.path, one.rule, one.fingerprint)))
def test_what_is_written_is_read_back_by_lines_and_as_yaml(given: list[Entry]) -> None:
    text = baseline_text(given)
    wanted = sorted(given, key=entry_order)
    by_lines = baseline_file._read_lines(text.encode())
    assert by_lines is not None
    assert [entry._replace(line=0) for entry in by_lines] == wanted
    as_yaml, problems = check_baseline(decode(NAME, text.encode()))
    assert (as_yaml, problems) == (by_lines, [])
    assert baseline_text(by_lines) == text
    document = to_plain(parse_yaml(decode(NAME, text.encode()), every_document=True).documents[0].root)
    jsonschema.Draft202012Validator(json.loads(schema_text("baseline.schema.json"))).validate(document)


def test_a_line_is_an_entry_in_the_order_of_paths() -> None:
    text = baseline_text([Entry("b.yaml", "abc", PRINT), Entry("a.yaml", "xyz", PRINT, reason='it "is"')])
    assert text.splitlines()[-3:] == [
        "findings:",
        f'  - {{path: "a.yaml", rule: xyz, fingerprint: "{PRINT}", reason: "it \\"is\\""}}',
        f'  - {{path: "b.yaml", rule: abc, fingerprint: "{PRINT}"}}',
    ]


def test_other_notations_of_yaml_are_read(tmp_path: Path) -> None:
    text = f"""\
# by hand
version: 1
findings:
  - rule: host-pid   # the old agent
    path: 'a.yaml'
    fingerprint: {PRINT}
    until: 2027-03-01
    count: 2
"""
    (entry,) = read_baseline(text.encode(), NAME).entries
    assert entry == Entry("a.yaml", "host-pid", PRINT, number=2, until="2027-03-01", line=4)


def test_lines_may_end_as_windows_ends_them() -> None:
    assert read_baseline((HEAD + LINE).replace("\n", "\r\n").encode(), NAME).entries[0].line == 3


def test_comments_between_entries_do_not_cost_the_fast_way() -> None:
    other = LINE.replace("a.yaml", "b.yaml")
    found = baseline_file._read_lines(f"# one\n{HEAD}{LINE}\n# two\n{other}".encode())
    assert found is not None
    assert [entry.line for entry in found] == [4, 7]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", [f"{NAME}:1:1: the file says nothing: `version: 1` and `findings:` are missing"]),
        ("version: 1\nfindings: 1\n", [f"{NAME}:2:11: `findings` must be a list, not a number"]),
        ("version: 1\n", [f"{NAME}:1:1: the baseline lacks `findings`"]),
        (
            "version: 2\nfindings: []\n",
            [f"{NAME}:1:10: `version` must be 1, which is what this version of Tollgate reads"],
        ),
        (
            HEAD + LINE.replace("rule", "rul"),
            [
                f"{NAME}:3:5: `findings[0]` lacks `rule`",
                f"{NAME}:3:22: there is no key `rul` here; did you mean `rule`?",
            ],
        ),
        (
            HEAD + LINE.replace(PRINT, "123"),
            [
                f"{NAME}:3:51: `findings[0].fingerprint` must be {DIGITS}",
            ],
        ),
        (
            HEAD + LINE.replace("}", ", until: 2027-02-30}"),
            [f"{NAME}:3:86: `2027-02-30` is no day of the calendar"],
        ),
        (
            HEAD + LINE + LINE,
            [
                f"{NAME}:4:5: {TWICE}",
            ],
        ),
        (
            f"{HEAD}<<<<<<< HEAD\n{LINE}=======\n{LINE}>>>>>>> other\n",
            [
                f"{NAME}:3:1: {CONFLICT}",
            ],
        ),
        (HEAD + "  - {path: [\n", None),
        (HEAD + LINE + "---\nversion: 1\n", [f"{NAME}:5:1: a baseline is one document; here begins another"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: list[str] | None) -> None:
    found = complaints(text)
    assert found == said if said is not None else found[0].startswith(f"{NAME}:")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for data in (text.encode("utf-8", "surrogatepass"), f"{HEAD}{text}".encode("utf-8", "surrogatepass")):
        problems = problems_of(data)
        assert all(problem.line and problem.message for problem in problems)


def test_a_result_read_as_yaml_is_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLGATE_CACHE_DIR", os.fspath(tmp_path / "cache"))
    data = f"version: 1\nfindings: [{{path: a, rule: abc, fingerprint: '{PRINT}'}}]\n".encode()
    first = read_baseline(data, NAME, cache_for="/somewhere")
    monkeypatch.setattr("tollgate.baseline_check.check_baseline", None)
    assert read_baseline(data, NAME, cache_for="/somewhere") == first
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_text("{damaged")
    with pytest.raises(TypeError):
        read_baseline(data, NAME, cache_for="/somewhere")


def test_only_our_own_lines_may_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline_file, "_MOST_YAML", 100)
    lines = "".join(LINE.replace("a.yaml", f"{number}.yaml") for number in range(9))
    assert len(read_baseline((HEAD + lines).encode(), NAME).entries) == 9
    (said,) = complaints(f"{HEAD}{lines}  - {{}}\n")
    assert said.startswith(
        f"{NAME}:1:1: the baseline cannot be used: it is longer than 5 MiB and holds lines"
    )


def test_policy_names_a_file_below_the_root_only(tmp_path: Path) -> None:
    root = os.fspath(tmp_path)
    for path in ("../x.yaml", "/etc/x.yaml", ".."):
        with pytest.raises(BaselineError, match="must name a file below the root"):
            find_place(root, option=None, policy=path)
    place = find_place(root, option=None, policy="./ci/x.yaml")
    assert (place.shown, place.absolute) == ("ci/x.yaml", f"{root}/ci/x.yaml")
    with pytest.raises(BaselineError, match=r"ci/x\.yaml: there is no such baseline"):
        load_baseline(place)
    assert load_baseline(place, may_lack=True) is None


def test_no_file_and_nobody_who_named_one_is_no_baseline(tmp_path: Path) -> None:
    assert load_baseline(find_place(os.fspath(tmp_path), option=None, policy=None)) is None


def test_a_link_in_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(HEAD + LINE)
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BaselineError, match="the baseline cannot be used: it is a link"):
        load_baseline(find_place(os.fspath(tmp_path), option=None, policy=None))


def test_branches_that_touch_different_files_merge_without_conflict(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", os.fspath(tmp_path), *arguments], check=True, capture_output=True)

    def commit(entries: list[Entry]) -> None:
        (tmp_path / NAME).write_text(baseline_text(entries))
        git("add", ".")
        git("commit", "-qm", "x")

    old = [Entry(f"{letter}.yaml", "host-pid", PRINT) for letter in "bdfhj"]
    git("init", "-q", "-b", "main")
    commit(old)
    git("checkout", "-qb", "other")
    commit([*old, Entry("a.yaml", "host-pid", PRINT), Entry("c.yaml", "abc", PRINT)])
    git("checkout", "-q", "main")
    commit([*old[:-1], Entry("g.yaml", "host-pid", PRINT)])
    git("merge", "-q", "other", "-m", "both")
    merged = read_baseline((tmp_path / NAME).read_bytes(), NAME)
    assert [entry.path[0] for entry in merged.entries] == list("abcdfgh")


def test_the_schema_documents_every_key() -> None:
    schema = json.loads(schema_text("baseline.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    items = schema["properties"]["findings"]["items"]
    for properties in (schema["properties"], items["properties"]):
        assert all(value["description"] and value["examples"] for value in properties.values())
    for example in items["examples"]:
        jsonschema.Draft202012Validator(items).validate(example)
