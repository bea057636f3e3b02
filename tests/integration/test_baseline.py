"""`tollgate baseline` and linting under a baseline, as a user runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools import ROOT
from tollgate.arguments import parse
from tollgate.console import Console

NAME = ".tollgate-baseline.yaml"
TODAY = "--today=2026-11-23"
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n"
    "spec:\n{lines}  automountServiceAccountToken: false\n  containers: []\n"
)


class Ran:
    """A command's exit status and what it wrote."""

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status = status
        self.out = out.decode()
        self.err = err.decode()

    @property
    def found(self) -> list[tuple[str, str, int]]:
        """Of JSON: what counts, as (path, rule, line)."""
        return sorted(
            (one["location"]["path"], one["rule"], one["location"]["region"]["start"]["line"])
            for one in json.loads(self.out)["findings"]
            if one["suppressed"] is None
        )


def lint(*arguments: str) -> Ran:
    from tollgate.command import lint as run

    console = Console(io.BytesIO(), io.BytesIO(), io.BytesIO(), {}, False, False, 100)
    status = run(parse((TODAY, "--no-cache", *arguments), prog="tollgate lint"), console)
    return Ran(status, console.out.getvalue(), console.err.getvalue())  # type: ignore[attr-defined]


def baseline(*arguments: str) -> Ran:
    from typer.testing import CliRunner

    from tollgate.cli import app

    today = (TODAY,) if arguments[0] != "--help" and not any("--today" in one for one in arguments) else ()
    done = CliRunner().invoke(app, ["baseline", *arguments, *today])
    return Ran(done.exit_code, done.stdout_bytes, done.stderr_bytes)


def pod(name: str, *fields: str) -> str:
    return POD.format(name=name, lines="".join(f"  {field}\n" for field in fields))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.yaml").write_text(pod("a", "hostPID: true", "hostIPC: true"))
    (tmp_path / "b.yaml").write_text(pod("b", "hostPID: true"))
    subprocess.run(["git", "init", "-q", os.fspath(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entries(project: Path) -> list[dict[str, Any]]:
    shown: dict[str, Any] = json.loads(baseline("show", "--format", "json").out)
    return list(shown["entries"])


def test_write_accepts_what_is_there_and_lint_counts_what_is_new(project: Path) -> None:
    assert lint(".").status == 1
    done = baseline("write")
    assert (done.status, done.err) == (0, "")
    assert "accepts 3 findings: 3 added, 0 kept, 0 removed" in done.out
    assert "+ 2 host-pid" in done.out
    done = lint(".")
    assert (done.status, done.out.split(" (")[0]) == (0, "No findings in 2 files")
    assert "3 in the baseline" in done.out
    (project / "a.yaml").write_text(
        "# new\n" + pod("a", "hostPID: true", "hostIPC: true", "hostNetwork: true")
    )
    done = lint(".", "--format", "json")
    assert (done.status, done.found) == (1, [("a.yaml", "host-network", 8)])
    assert json.loads(done.out)["summary"]["in_baseline"] == 3
    assert len(lint(".", "--no-baseline", "--format", "json").found) == 4


def test_entries_keep_their_terms_and_new_ones_get_theirs(project: Path) -> None:
    baseline(
        "write", "a.yaml", "--until", "2027-03-01", "--approved-by", "Ana Lima", "--reason", 'an "old" one'
    )
    before = entries(project)
    assert {(one["until"], one["approved_by"], one["reason"]) for one in before} == {
        ("2027-03-01", "Ana Lima", 'an "old" one')
    }
    done = baseline("write", "--reason", "later", "--today=2026-12-01")
    assert "1 added, 2 kept" in done.out
    after = entries(project)
    assert [one for one in after if one["path"] == "a.yaml"] == before
    assert [(one["added"], one["reason"]) for one in after if one["path"] == "b.yaml"] == [
        ("2026-12-01", "later")
    ]


def test_a_part_of_the_repository_says_nothing_of_the_rest(project: Path) -> None:
    baseline("write")
    (project / "b.yaml").write_text(pod("b"))
    assert lint("a.yaml", "--format", "json").found == []
    assert lint("b.yaml", "--format", "json").found == [(NAME, "baseline-entry-unused", 8)]
    assert "0 removed" in baseline("write", "a.yaml").out
    done = baseline("prune", "b.yaml")
    assert (done.status, done.out) == (
        0,
        f"{NAME} accepts 2 findings: 1 removed\n  - b.yaml: host-pid (Pod/b)\n",
    )
    assert baseline("prune").out == f"{NAME} accepts nothing that is gone: 2 findings\n"


def test_a_file_that_is_gone_is_told_by_a_run_over_everything(project: Path) -> None:
    baseline("write")
    (project / "b.yaml").unlink()
    assert lint("a.yaml", "--format", "json").found == []
    assert lint(".", "--format", "json").found == [(NAME, "baseline-entry-unused", 8)]


def test_an_entry_follows_a_renamed_file(project: Path) -> None:
    baseline("write")
    (project / "sub").mkdir()
    (project / "b.yaml").rename(project / "sub" / "b.yaml")
    assert lint("sub/b.yaml", "--format", "json").found == []
    assert lint(".", "--format", "json").found == []
    assert "> host-pid: b.yaml is sub/b.yaml now" in baseline("prune").out
    assert [one["path"] for one in entries(project)] == ["a.yaml", "a.yaml", "sub/b.yaml"]


def test_a_copy_is_new(project: Path) -> None:
    baseline("write")
    (project / "c.yaml").write_text((project / "b.yaml").read_text())
    assert lint(".", "--format", "json").found == [("c.yaml", "host-pid", 5)]


def test_what_cannot_be_read_says_nothing_of_its_entries(project: Path) -> None:
    baseline("write")
    (project / "b.yaml").write_text(pod("b", "hostPID: true") + "  bad: [\n")
    found = [rule for _, rule, _ in lint(".", "--format", "json").found]
    assert "parse-error" in found
    assert "baseline-entry-unused" not in found
    done = baseline("write")
    assert done.status == 1
    assert "These cannot be accepted, so that they count:\n  b.yaml:8:8: parse-error\n" in done.out
    assert {one["rule"] for one in entries(project)} == {"host-pid", "host-ipc"}


def test_a_locked_rule_that_was_written_by_hand_does_nothing(project: Path) -> None:
    (project / "b.yaml").write_text(pod("b", "hostPID: true") + "  bad: [\n")
    (found,) = [
        one
        for one in json.loads(lint(".", "--format", "json").out)["findings"]
        if one["rule"] == "parse-error"
    ]
    line = f'  - {{path: "b.yaml", rule: parse-error, fingerprint: "{found["fingerprint"]}"}}\n'
    (project / NAME).write_text(f"version: 1\nfindings:\n{line}")
    done = lint(".", "--format", "json")
    assert (NAME, "baseline-entry-unused", 3) in done.found
    assert ("b.yaml", "parse-error", 8) in done.found
    assert "nobody can accept findings of `parse-error`" in done.out


def test_a_finding_of_a_locked_rule_does_not_make_a_file_unread(project: Path) -> None:
    baseline("write", "--rule", "host-pid")
    (project / ".tollgate.yaml").write_text("locked: [host-ipc]\n")
    (project / "a.yaml").write_text(pod("a", "hostIPC: true"))
    found = lint("a.yaml", "--format", "json").found
    assert found == [(NAME, "baseline-entry-unused", 6), ("a.yaml", "host-ipc", 5)]
    done = baseline("write")
    assert (done.status, "a.yaml:5:12: host-ipc" in done.out) == (1, True)


def test_a_rule_that_is_off_leaves_its_entries_alone(project: Path) -> None:
    baseline("write")
    (project / "b.yaml").write_text(pod("b"))
    assert lint(".", "--ignore", "host-pid", "--format", "json").found == []
    (project / ".tollgate.yaml").write_text("rules: {host-pid: off}\n")
    assert "nothing that is gone" in baseline("prune").out


def test_a_rule_that_there_is_not_is_told_and_pruned(project: Path) -> None:
    baseline("write")
    text = (project / NAME).read_text().replace("host-ipc", "host-xyz")
    (project / NAME).write_text(text)
    done = lint(".", "--format", "json")
    assert done.found == [(NAME, "baseline-entry-unused", 6), ("a.yaml", "host-ipc", 6)]
    assert "there is no rule `host-xyz`" in done.out
    assert "- a.yaml: host-xyz" in baseline("prune").out


def test_the_last_day_counts_and_the_next_does_not(project: Path) -> None:
    baseline("write", "--until", "2026-12-10")
    soon = lint("b.yaml", "--format", "json")
    assert soon.found == [(NAME, "suppression-ends-soon", 8)]
    assert soon.status == 0
    done = lint("b.yaml", "--today=2026-12-11", "--format", "json")
    assert done.found == [(NAME, "suppression-expired", 8), ("b.yaml", "host-pid", 5)]
    assert done.status == 1
    written = baseline("write", "--today=2026-12-11")
    assert written.status == 1
    assert "These have ended and count again; --until DAY renews them:\n  a.yaml: host-ipc" in written.out
    renewed = baseline("write", "--today=2026-12-11", "--until=2027-06-01")
    assert (renewed.status, renewed.out.splitlines()[-1]) == (
        0,
        "3 exceptions had ended: now until 2027-06-01",
    )
    assert lint(".", "--today=2026-12-11").status == 0


def test_one_rule_alone(project: Path) -> None:
    assert "+ 1 host-ipc" in baseline("write", "--rule", "host-ipc").out
    assert [rule for _, rule, _ in lint(".", "--format", "json").found] == ["host-pid", "host-pid"]
    (project / "a.yaml").write_text(pod("a", "hostPID: true"))
    assert "2 added, 1 kept, 0 removed" in baseline("write", "--rule", "host-pid").out
    assert "0 added, 2 kept, 1 removed" not in baseline("write", "--rule", "host-pid").out
    done = baseline("write", "--rule", "host-pidd")
    assert (done.status, done.err) == (
        2,
        "tollgate: error: --rule host-pidd: there is no such rule; did you mean `host-pid`?\n",
    )


def test_write_with_a_ratchet_refuses_more(project: Path) -> None:
    assert baseline("write", "--ratchet").status == 0
    text = (project / NAME).read_text()
    (project / "c.yaml").write_text(pod("c", "hostPID: true"))
    done = baseline("write", "--ratchet")
    assert done.status == 1
    assert "the number of accepted findings may only go down" in done.out
    assert "  host-pid: 2 → 3\n    c.yaml:5:12: host-pid\n" in done.out
    assert (project / NAME).read_text() == text
    (project / ".tollgate.yaml").write_text("ratchet: true\n")
    assert baseline("write").status == 1
    assert baseline("write", "--no-ratchet").status == 0
    (project / "c.yaml").unlink()
    (project / "d.yaml").write_text(pod("d", "hostPID: true", "hostUsers: false"))
    assert "1 removed" in baseline("write").out, "one for another is no more than before"


def test_lint_with_a_ratchet_wants_the_baseline_to_shrink(project: Path) -> None:
    baseline("write")
    assert lint(".", "--ratchet").status == 0
    (project / "b.yaml").write_text(pod("b"))
    assert lint(".").status == 0
    done = lint(".", "--ratchet", "--format", "json")
    assert (done.status, done.found) == (1, [(NAME, "baseline-ratchet", 8)])
    assert "run `tollgate baseline prune`: 1 finding of `host-pid`" in done.out
    baseline("prune")
    assert lint(".", "--ratchet").status == 0


def test_lint_with_a_ratchet_fails_for_more_of_a_rule_whatever_its_severity(project: Path) -> None:
    (project / ".tollgate.yaml").write_text("rules: {host-pid: note}\n")
    baseline("write")
    (project / "c.yaml").write_text(pod("c", "hostPID: true"))
    assert lint(".").status == 0
    done = lint(".", "--ratchet", "--format", "json")
    assert done.status == 1
    assert done.found == [(NAME, "baseline-ratchet", 7), ("c.yaml", "host-pid", 5)]
    (told,) = [one for one in json.loads(done.out)["findings"] if one["rule"] == "baseline-ratchet"]
    assert told["related"][0]["location"]["path"] == "c.yaml"
    (project / ".tollgate.yaml").unlink()
    assert [rule for _, rule, _ in lint(".", "--ratchet", "--format", "json").found] == ["host-pid"], (
        "what fails by itself is told once"
    )


def test_fix_leaves_what_is_accepted(project: Path) -> None:
    path = project / "Dockerfile"
    path.write_text("FROM alpine:3.22\nADD a /a/\nUSER 10001\n")
    baseline("write")
    path.write_text("FROM alpine:3.22\nADD a /a/\nADD b /b/\nUSER 10001\n")
    assert lint(".").status == 1
    assert lint(".", "--fix").status == 0
    assert path.read_text() == "FROM alpine:3.22\nADD a /a/\nCOPY b /b/\nUSER 10001\n"
    lint(".", "--fix", "--no-baseline")
    assert "ADD" not in path.read_text()


def test_sarif_tells_accepted_findings_where_they_are_wanted(project: Path) -> None:
    baseline("write", "--approved-by", "Ana", "--reason", "old", "--until", "2027-03-01")
    assert json.loads(lint(".", "--format", "sarif").out)["runs"][0]["results"] == []
    results = json.loads(lint(".", "--format", "sarif", "--sarif-suppressed").out)["runs"][0]["results"]
    assert [one["suppressions"][0]["kind"] for one in results] == ["external"] * 3
    told = results[0]["suppressions"][0]
    assert told["justification"] == "old"
    assert told["properties"] == {"until": "2027-03-01", "approvedBy": "Ana"}
    assert told["location"]["physicalLocation"]["artifactLocation"]["uri"] == NAME


def test_policy_says_where_the_baseline_is(project: Path) -> None:
    (project / ".tollgate.yaml").write_text("baseline: ci/accepted.yaml\n")
    done = lint(".")
    assert (done.status, done.err) == (
        2,
        "tollgate: error: ci/accepted.yaml: there is no such baseline; `tollgate baseline write` makes it\n",
    )
    assert "cannot be written" in baseline("write").err
    (project / "ci").mkdir()
    assert baseline("write").status == 0
    assert lint(".").status == 0
    assert lint(".", "--no-config").status == 1
    assert lint(".", "--no-config", "--baseline", "ci/accepted.yaml").status == 0


def test_a_broken_baseline_ends_every_command_with_its_place(project: Path) -> None:
    (project / NAME).write_text("version: 1\nfindings:\n  - {path: a.yaml, rule: host-pid, fingerprnt: x}\n")
    said = f"{NAME}:3:36: there is no key `fingerprnt` here; did you mean `fingerprint`?\n"
    for ran in (lint("."), baseline("write"), baseline("prune"), baseline("show")):
        assert (ran.status, ran.out) == (2, "")
        assert said in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("write", "--until", "tomorrow"), "--until tomorrow: give a day such as 2027-03-01"),
        (("write", "-"), "a baseline is about files: standard input has none"),
        (("write", "nope.yaml"), "nope.yaml: no such file or folder"),
        (("write", ".", "nope.yaml"), f"{NAME} stays as it was"),
        (("prune",), f"{NAME}: there is no baseline to prune"),
        (("show",), f"{NAME}: there is no baseline; `tollgate baseline write` makes it"),
        (("show", "--format", "xml"), "--format xml: give table or json"),
    ],
)
def test_what_makes_no_sense_is_said(project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = baseline(*arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not (project / NAME).exists()


def test_show_counts_by_rule_with_age_and_end(project: Path) -> None:
    baseline(
        "write", "--today=2026-11-01", "--until", "2026-12-01", "--approved-by", "Ana", "--reason", "old"
    )
    assert baseline("show", "--rule", "host-pid").out == (
        "host-pid (2)\n"
        "  a.yaml  Pod/a  since 2026-11-01 (22 days)  until 2026-12-01 (8 days left)  Ana: old\n"
        "  b.yaml  Pod/b  since 2026-11-01 (22 days)  until 2026-12-01 (8 days left)  Ana: old\n"
        "\n"
        f"{NAME} accepts 2 findings of 1 rule; 2 within 30 days of the end\n"
    )
    shown = json.loads(baseline("show", "--format", "json", "--today=2027-01-01").out)
    assert (shown["accepted"], shown["rules"]) == (3, {"host-pid": 2, "host-ipc": 1})
    assert {(one["age_days"], one["days_left"], one["ended"]) for one in shown["entries"]} == {
        (61, -31, True)
    }


def test_names_that_are_no_utf_8_and_secrets_are_no_trouble(project: Path) -> None:
    secret = "AKIA" + "Q7RT5VXYZ2ABCD3E"
    name = os.fsdecode(b"we\xffird\x1b.yaml")
    text = pod("w", "hostPID: true") + f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {secret}}}\n"
    (project / name).write_text(text)
    assert baseline("write").status == 0
    assert secret not in (project / NAME).read_text()
    assert lint(".").status == 0
    assert "\x1b" not in baseline("show").out


def test_no_file_name_is_a_command_to_github(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "::warning::x.yaml").write_text(pod("x", "hostPID: true"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for ran in (baseline("write"), baseline("show"), baseline("prune")):
        first, *_, last = ran.out.splitlines()
        assert (first[:17], last) == ("::stop-commands::", f"::{first[17:]}::")
    assert baseline("show", "--format", "json").out.startswith("{")


def test_without_a_baseline_nothing_of_it_is_imported(project: Path) -> None:
    program = (
        "import sys; from tollgate.hook import run; run(['a.yaml'], prog='x');"
        "print([name for name in sys.modules if 'baseline' in name], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "[]\n"


def test_other_programs_get_what_the_command_line_gets(project: Path) -> None:
    import tollgate

    baseline("write")
    assert tollgate.lint(["."], today="2026-11-23").active == ()
    assert len(tollgate.lint(["."], today="2026-11-23", config=None).active) == 3


def test_help_names_the_commands() -> None:
    done = baseline("--help")
    assert done.status == 0
    assert all(word in done.out for word in ("write", "prune", "show"))


def git(project: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", os.fspath(project), *arguments], check=True, capture_output=True)


def test_what_is_accepted_does_not_count_in_a_change_either(project: Path) -> None:
    baseline("write")
    git(project, "add", ".")
    git(project, "commit", "-qm", "old")
    path = project / "a.yaml"
    path.write_text(path.read_text().replace("hostIPC: true", "hostIPC: true # why\n  hostNetwork: true"))
    done = lint("--since", "HEAD", "--format", "json")
    assert done.found == [("a.yaml", "host-network", 7)]
    suppressed = [one for one in json.loads(done.out)["findings"] if one["suppressed"]]
    assert [one["rule"] for one in suppressed] == ["host-ipc"], "it stands on a changed line"
    path.write_text(pod("a", "hostPID: true"))
    assert lint("--since", "HEAD", "--format", "json").found == [(NAME, "baseline-entry-unused", 6)]
    assert lint("--since", "HEAD", "--ratchet").status == 1
    assert lint("--staged", "--since", "HEAD", "--format", "json").found == []
    git(project, "mv", "b.yaml", "c.yaml")
    git(project, "checkout", "-q", "a.yaml")
    assert lint("--staged", ".", "--format", "json").found == []
