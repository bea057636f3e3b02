from __future__ import annotations

import pytest

from tests.unit.reporters.build import At, Files, finding, report
from tests.unit.reporters.example import example
from tollgate.model.finding import Finding, Note, Related, Suppression
from tollgate.model.report import LintedFile, Report, RuleInfo, Summary
from tollgate.reporters import RenderOptions, render


def text(made: Report, **options: object) -> str:
    return "".join(render(made, "text", options=RenderOptions(**options)))  # type: ignore[arg-type]


def last_line(made: Report) -> str:
    return text(made).splitlines()[-1]


@pytest.fixture
def files() -> Files:
    made = Files()
    made.add("a.yaml", "kind: Pod\nname: x\nspec: {}\n")
    made.add("b.yaml", "kind: Pod\n")
    return made


def kind(files: Files, path: str = "a.yaml", **more: object) -> Finding:
    return finding(files, "some-rule", At(path, "Pod"), "it is bad", **more)  # type: ignore[arg-type]


def test_a_finding_names_its_place_so_that_terminals_link_it(files: Files) -> None:
    lines = text(report(files, kind(files))).splitlines()
    assert lines[:6] == [
        "a.yaml (1 error)",
        "",
        "error[some-rule]: it is bad",
        " --> a.yaml:1:7",
        "  |",
        "1 | kind: Pod",
    ]


def test_quiet_is_one_line_a_finding_and_nothing_else(files: Files) -> None:
    made = report(files, kind(files), kind(files, "b.yaml", severity="note"))
    assert text(made, quiet=True) == (
        "a.yaml:1:7: error[some-rule]: it is bad\nb.yaml:1:7: note[some-rule]: it is bad\n"
    )


def test_a_rule_is_explained_where_it_speaks_first(files: Files) -> None:
    rule = RuleInfo(
        "some-rule", "A rule", "error", why="Because.\nIt is.\n\nMore.", url="https://x.example/r"
    )
    shown = text(report(files, kind(files), kind(files, "b.yaml"), rules=(rule,)))
    assert shown.count("= why: Because. It is.\n") == 1
    assert shown.count("= docs: https://x.example/r\n") == 1
    assert "More." not in shown


def test_help_says_which_option_fixes(files: Files) -> None:
    safe = kind(files, fix=files.fix("a.yaml", "Pod", "Job", title="make it a Job"))
    unsafe = kind(files, fix=files.fix("a.yaml", "Pod", "Job", title="make it a Job", safe=False))
    assert "= help: make it a Job (--fix does it)" in text(report(files, safe))
    assert "= help: make it a Job (--unsafe-fixes does it)" in text(report(files, unsafe))


def test_suppressed_findings_are_only_counted(files: Files) -> None:
    suppressed = kind(files, suppressed=Suppression("comment", "we know", "some-rule"))
    shown = text(report(files, suppressed))
    assert shown == "No findings in 2 files; 1 suppressed\n"


def test_a_file_that_is_gone_costs_only_its_drawing(files: Files) -> None:
    made = report(files, kind(files))._replace(load=lambda _path: None)
    assert text(made).splitlines()[2:4] == ["error[some-rule]: it is bad", " --> a.yaml:1:7"]


def test_related_places_in_other_files_are_drawn_too(files: Files) -> None:
    there = files.related("b.yaml", "Pod", "the other one")
    gone = Related(there.location._replace(path="gone.yaml"), "and this")
    shown = text(report(files, kind(files, related=(there, gone))))
    assert "::: b.yaml:1:7\n  |\n1 | kind: Pod\n  |       --- the other one\n" in shown
    assert "::: gone.yaml:1:7\n  = and this\n" in shown


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (Summary(), "No Dockerfile and no manifest found"),
        (Summary(files=1), "No findings in 1 file"),
        (Summary(files=1200, seconds=0.084), "No findings in 1,200 files (0.08 s)"),
        (Summary(files=3, not_linted=2, fixed=1), "Fixed 1 finding. No findings in 3 files; 2 not linted"),
    ],
)
def test_summary_without_findings(summary: Summary, expected: str) -> None:
    assert last_line(report(Files(), summary=summary)) == expected


def test_summary_counts() -> None:
    assert last_line(example()) == (
        "Found 4 errors, 3 warnings, 2 notes in 3 of 41 files (0.08 s); 2 fixable with --fix, "
        "1 more with --unsafe-fixes, 1 suppressed, 2 not linted"
    )


def test_statistics_and_files(files: Files) -> None:
    made = report(
        files,
        kind(files),
        kind(files, "b.yaml"),
        finding(files, "other", At("a.yaml", "name"), "m", severity="note"),
        rules=(RuleInfo("some-rule", "A rule", "error"),),
        linted=(LintedFile("a.yaml", "manifest", 1), LintedFile("Dockerfile", "dockerfile")),
    )
    shown = text(made, statistics=True, show_files=True)
    assert "2  error    some-rule         A rule\n1  note     other             About other\n" in shown
    assert "a.yaml (manifest, 1 document)\nDockerfile (dockerfile)\n" in shown


def test_many_notes_are_cut_and_counted(files: Files) -> None:
    notes = tuple(Note(f"{number}.yaml", 0, "a template", "template") for number in range(25))
    assert text(report(files, notes=notes)).count("note[template]") == 10
    assert "note: and 15 more; --show-files shows them\n" in text(report(files, notes=notes))
    assert text(report(files, notes=notes), show_files=True).count("note[template]") == 25


def test_errors_of_the_run_are_said(files: Files) -> None:
    assert "error: could not read x\\n\n" in text(report(files, errors=("could not read x\n",)))


def test_messages_have_an_end(files: Files) -> None:
    shown = text(report(files, kind(files)._replace(message="y" * 50_000)), quiet=True)
    assert len(shown) < 1_100
    assert shown.endswith("y…\n")


def test_colour_and_links_only_when_asked() -> None:
    plain, painted = text(example()), text(example(), colour=True, hyperlinks=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31merror[" in painted
    assert "\x1b]8;;https://tollgate.dev/rules/secret-in-env\x1b\\secret-in-env\x1b]8;;\x1b\\" in painted


def test_a_hostile_link_is_no_link(files: Files) -> None:
    rule = RuleInfo("some-rule", "A rule", "error", url="https://x.example/\x1b]8;;evil\x1b\\")
    assert "\x1b]8" not in text(report(files, kind(files), rules=(rule,)), hyperlinks=True)
