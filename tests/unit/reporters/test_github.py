from __future__ import annotations

import re

from tests.unit.reporters.build import At, Files, finding, report
from tollgate.model.finding import Note, Severity
from tollgate.model.report import Report, RuleInfo
from tollgate.reporters import RenderOptions, encode, render, without_commands


def lines(made: Report) -> list[str]:
    return "".join(render(made, "github")).splitlines()


def crowd(number: int, severity: Severity, *, rule: str = "some-rule") -> Report:
    files = Files()
    files.add("a.yaml", "x\n" * number)
    found = [finding(files, rule, At("a.yaml", "x", line), "m", severity=severity) for line in range(number)]
    return report(files, *found)


def test_ten_of_a_level_are_shown_and_the_rest_counted() -> None:
    errors, warnings = crowd(13, "error"), crowd(10, "warning")
    both = errors._replace(findings=(*errors.findings, *warnings.findings))
    shown = lines(both)
    assert [line.split(" ")[0] for line in shown[:20]] == ["::error"] * 10 + ["::warning"] * 10
    assert shown[20] == "Not shown as annotations, because GitHub shows 10 of a level: 3 errors."
    assert len(shown) == 22


def test_notes_and_errors_of_the_run_have_a_place_among_the_ten() -> None:
    made = crowd(12, "note")._replace(
        notes=tuple(Note("t.yaml", 0, "a template", "template") for _ in range(3)), errors=("broke\n",)
    )
    shown = lines(made)
    assert sum(line.startswith("::notice") for line in shown) == 10
    assert "::error title=tollgate::broke\\n" in shown
    assert shown[-2].endswith(": 5 notes.")


def test_the_worst_come_first() -> None:
    files = Files()
    files.add("a.yaml", "x\n" * 12)
    found = [
        finding(files, "mild" if line < 11 else "grave", At("a.yaml", "x", line), "m") for line in range(12)
    ]
    rules = (RuleInfo("grave", "g", "error", security_severity="9.8"), RuleInfo("mild", "m", "error"))
    shown = lines(report(files, *found, rules=rules))
    assert "line=12," in shown[0]
    assert "grave" in shown[0]


def test_several_lines_have_no_columns() -> None:
    files = Files()
    files.add("a.yaml", "one\ntwo\n")
    shown = lines(report(files, finding(files, "r", At("a.yaml", "one\ntwo"), "m")))
    assert shown[0] == "::error file=a.yaml,line=1,endLine=2,title=tollgate[r]::m"


def test_hostile_text_makes_no_command() -> None:
    files = Files()
    path = "a,b:c%\n::error::x.yaml"
    files.add(path, "x")
    shown = lines(report(files, finding(files, "r", At(path, "x"), "50%\n::set-output name=x::y")))
    assert shown[0] == (
        "::error file=a%2Cb%3Ac%25\\n%3A%3Aerror%3A%3Ax.yaml,line=1,endLine=1,col=1,endColumn=2,"
        "title=tollgate[r]::50%25\\n::set-output name=x::y"
    )
    assert len(shown) == 2


def test_other_formats_stand_where_commands_are_stopped() -> None:
    made = crowd(1, "error")
    options = RenderOptions(github_actions=True)
    first, *_, last = "".join(render(made, "text", options=options)).splitlines()
    stopped = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", first)
    assert stopped
    assert last == f"::{stopped.group(1)}::"
    again = "".join(render(made, "text", options=options)).splitlines()[0]
    assert again != first
    assert "stop-commands" not in "".join(render(made, "github", options=options))


def test_the_end_of_the_pause_has_its_own_line() -> None:
    assert "".join(without_commands(["no line feed", ""], token="t")) == (
        "::stop-commands::t\nno line feed\n::t::\n"
    )


def test_streams_take_any_text() -> None:
    assert encode("é\ud800", "text") == b"\xc3\xa9\\ud800"
    assert encode("\udcff", "diff") == b"\xff"
