"""What CI servers, editors and reviewdog make of their formats.

The schema of rdjson is reviewdog's own (MIT; the notice is in the file).
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from tests.unit.reporters.build import At, Files, finding, report
from tests.unit.reporters.example import DOCKERFILE, SECRET, example
from tests.unit.reporters.hostile import hostile_report
from tollgate.api import lint
from tollgate.model.finding import Edit, Fix, Note, Suppression
from tollgate.model.report import LintedFile, Report
from tollgate.reporters import render

REPORTS: dict[str, Callable[[], Report]] = {
    "example": example,
    "empty": lambda: report(Files()),
    "hostile": hostile_report,
    "failed": lambda: report(Files(), errors=("broke <it>",)),
}

every_report = pytest.mark.parametrize("name", REPORTS)


def written(made: Report, format_name: str) -> str:
    return "".join(render(made, format_name))


def one(path: str = "a.yaml", text: str = "x: 1\n", **more: Any) -> Report:
    files = Files()
    files.add(path, text)
    return report(files, finding(files, "some-rule", At(path, "x"), more.pop("message", "m"), **more))


# GitLab


@every_report
def test_gitlab_has_the_documented_fields(name: str) -> None:
    made = REPORTS[name]()
    items = json.loads(written(made, "gitlab"))
    assert len(items) == len(made.active) + len(made.notes)
    for item in items:
        assert set(item) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert item["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert item["location"]["lines"]["begin"] >= 1
        assert not item["location"]["path"].startswith(("/", "./"))
    assert len({item["fingerprint"] for item in items}) == len(items)


def test_gitlab_fingerprints_outlive_a_move_and_tell_files_apart(tmp_path: Path) -> None:
    def prints(name: str, text: str) -> list[str]:
        (tmp_path / name).write_text(text)
        made = lint([tmp_path / name], config=None)
        return [item["fingerprint"] for item in json.loads(written(made, "gitlab"))]

    plain = "FROM debian:12\nRUN sudo true\nUSER app\n"
    first = prints("Dockerfile", plain)
    assert first
    assert first == prints("Dockerfile", "# moved\n\n" + plain)
    assert not set(first) & set(prints("b.dockerfile", plain))


# Checkstyle


@every_report
def test_checkstyle_reads_as_xml(name: str) -> None:
    made = REPORTS[name]()
    root = ET.fromstring(written(made, "checkstyle"))
    assert root.tag == "checkstyle"
    assert root.get("version")
    errors = root.findall("./file/error")
    assert len(errors) == len(made.active) + len(made.notes)
    for error in errors:
        assert error.get("severity") in {"error", "warning", "info", "ignore"}
        assert int(error.attrib["line"]) >= 1
        assert error.attrib["source"].startswith("tollgate.")
    assert len(list(root.iter())) == 1 + len(root.findall("file")) + len(errors)


def test_checkstyle_says_what_was_said() -> None:
    said = "a < b & \"c\" 'd' ]]> \x00\x1b\ufffe"
    (error,) = ET.fromstring(written(one(message=said), "checkstyle")).iter("error")
    assert error.attrib["message"] == "a < b & \"c\" 'd' ]]> \\x00\\x1b\ufffd"
    assert (error.attrib["line"], error.attrib["column"]) == ("1", "1")


@given(st.text(st.characters(), max_size=40), st.sampled_from(["checkstyle", "junit"]))
def test_xml_stays_whole_whatever_is_said(said: str, format_name: str) -> None:
    made = one(message=said, object_name=said, object_kind=said)
    root = ET.fromstring(written(made, format_name).encode("utf-8"))
    assert len(list(root.iter("error" if format_name == "checkstyle" else "failure"))) == 1


# JUnit


def junit(made: Report) -> JUnitXml:
    return JUnitXml.fromstring(written(made, "junit").encode("utf-8"))


def cases(made: Report) -> dict[tuple[str, str], TestCase]:
    found = {}
    for suite in junit(made):
        assert isinstance(suite, TestSuite)
        for case in suite:
            assert (case.classname, case.name) not in found
            found[case.classname, case.name] = case
    return found


@every_report
def test_junit_counts_what_it_holds(name: str) -> None:
    made = REPORTS[name]()
    parsed = junit(made)
    stated = (parsed.tests, parsed.failures, parsed.errors, parsed.skipped)
    found = cases(made).values()
    assert stated[0] == len(found)
    outcomes = Counter(type(case.result[0]) for case in found if case.result)
    assert stated[1:] == (outcomes[Failure], outcomes[Error], outcomes[Skipped])
    assert parsed.failures == len(made.active)
    assert parsed.errors == len(made.errors)


def test_junit_tells_failures_from_what_is_suppressed_or_passed_over() -> None:
    found = cases(example())
    (failure,) = found["deploy/web.yaml", "privileged-container in Deployment web"].result
    assert isinstance(failure, Failure)
    assert failure.message == "container `web` runs privileged"
    assert failure.type == "error"
    assert "deploy/web.yaml:16:25: error[privileged-container]" in (failure.text or "")
    (suppressed,) = found["deploy/web.yaml", "host-network in Deployment web"].result
    assert isinstance(suppressed, Skipped)
    assert "the load balancer needs it" in str(suppressed.message)
    (skipped,) = found["vendor/huge.yaml", "too-large"].result
    assert isinstance(skipped, Skipped)


def test_junit_has_a_passing_test_for_a_clean_file_and_an_error_for_what_broke() -> None:
    made = report(Files(), errors=("no <such> file",))._replace(
        linted=(LintedFile("clean.yaml", "manifest", 1), LintedFile("data.json", "other"))
    )
    found = cases(made)
    assert set(found) == {("clean.yaml", "no findings"), ("tollgate", "run")}
    assert found["clean.yaml", "no findings"].is_passed
    (broken,) = found["tollgate", "run"].result
    assert isinstance(broken, Error)
    assert broken.message == "no <such> file"


def test_junit_names_hold_no_line_and_equal_ones_are_counted() -> None:
    def names(text: str) -> list[str]:
        files = Files()
        files.add("a", text)
        two = [finding(files, "r", At("a", "x", nth), "m", object_name="web") for nth in (0, 1)]
        return [name for _, name in cases(report(files, *two))]

    assert names("x\nx\n") == names("#\n\nx\n\nx\n") == ["r in web", "r in web (2)"]


# reviewdog

SCHEMA = json.loads((Path(__file__).parent / "rdjson-schema.json").read_bytes())


def closed(schema: Any) -> Any:
    """The schema without room for fields that it does not name, which older reviewdogs refuse."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items() if key != "additionalProperties"}
    return {**inner, "additionalProperties": False} if "properties" in schema else inner


def rdjson(made: Report) -> Any:
    return json.loads(written(made, "rdjson"))["diagnostics"]


@every_report
def test_rdjson_follows_the_published_schema(name: str) -> None:
    made = REPORTS[name]()
    log = json.loads(written(made, "rdjson"))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    jsonschema.Draft4Validator(closed(SCHEMA)).validate(log)
    assert len(log["diagnostics"]) == len(made.active) + len(made.notes)


def test_a_closed_schema_refuses_a_stranger() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(closed(SCHEMA)).validate({"diagnostics": [{"strange": 1}]})


def applied(text: str, suggestion: Any) -> str:
    """What reviewdog makes of a file: lines end at LF, columns count bytes."""
    data = text.encode("utf-8", "surrogateescape")
    lines = data.split(b"\n")

    def offset(position: Any) -> int:
        line = int(position["line"])
        return sum(len(one) + 1 for one in lines[: line - 1]) + int(position["column"]) - 1

    start, end = (offset(suggestion["range"][key]) for key in ("start", "end"))
    new: bytes = suggestion["text"].encode()
    return (data[:start] + new + data[end:]).decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "edits", "wanted"),
    [
        ("é運🚀 old\n", (Edit(4, 7, "new"),), "é運🚀 new\n"),
        ("\udcff old\n", (Edit(2, 5, "new"),), "\udcff new\n"),
        ("\ufeffold\n", (Edit(0, 3, "new"),), "\ufeffnew\n"),
        ("a: 1\r\nb: 2\r\nc: 3\r\n", (Edit(12, 16, "d: 4"), Edit(3, 4, "é")), "a: é\r\nb: 2\r\nd: 4\r\n"),
        ("a\nb\nc\n", (Edit(2, 4, ""),), "a\nc\n"),
        ("a\nb", (Edit(3, 3, " # end"),), "a\nb # end"),
    ],
)
def test_a_suggestion_is_the_whole_fix(text: str, edits: tuple[Edit, ...], wanted: str) -> None:
    files = Files()
    files.add("f", text)
    made = finding(files, "r", At("f", files.sources["f"].text[:1]), "m", fix=Fix("mend it", True, edits))
    ((suggestion,),) = [item["suggestions"] for item in rdjson(report(files, made))]
    assert applied(text, suggestion) == wanted


@pytest.mark.parametrize(
    "edits",
    [
        (Edit(0, 1, "z"), Edit(len(DOCKERFILE) - 1, len(DOCKERFILE), "")),  # a secret stands between
        (Edit(0, 0, SECRET),),
        (Edit(0, 0, "\udcff"),),
        (),
    ],
)
def test_no_suggestion_where_it_would_tell_a_secret_or_cannot_be_said(edits: tuple[Edit, ...]) -> None:
    files = Files()
    files.add("Dockerfile", DOCKERFILE, secrets=(SECRET,))
    made = finding(files, "r", At("Dockerfile", "ADD"), "m", fix=Fix("mend it", False, edits))
    (item,) = rdjson(report(files, made))
    assert "suggestions" not in item
    assert SECRET not in json.dumps(item)
    assert item["message"] == "m\nfix: mend it (unsafe: look at what it changes)"


def test_no_suggestion_across_half_a_file() -> None:
    files = Files()
    files.add("f", "x\n" * 5_000)
    made = finding(
        files, "r", At("f", "x"), "m", fix=Fix("far", True, (Edit(0, 1, "y"), Edit(9_000, 9_001, "y")))
    )
    (item,) = rdjson(report(files, made))
    assert "suggestions" not in item


def test_rdjson_tells_related_places() -> None:
    (item,) = [item for item in rdjson(example()) if item["code"]["value"] == "privileged-container"]
    (related,) = item["related_locations"]
    assert related["message"] == "this container"
    assert related["location"]["path"] == "deploy/web.yaml"
    assert item["severity"] == "ERROR"
    assert item["location"]["range"]["start"] == {"line": 16, "column": 25}


# Editors

LINE = re.compile(
    r"(?P<path>[^\n]+?):(?P<line>\d+):(?P<column>\d+): (?P<type>error|warning|note): (?P<said>.+)"
)


@every_report
def test_each_gcc_line_is_one_place(name: str) -> None:
    made = REPORTS[name]()
    lines = written(made, "gcc").splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    related = sum(len(item.related) for item in made.active)
    assert len(lines) == len(made.active) + related + len(made.notes)


def test_gcc_says_rule_and_related_places() -> None:
    shown = written(example(), "gcc")
    assert (
        "deploy/web.yaml:16:25: error: container `web` runs privileged [privileged-container]\n"
        "deploy/web.yaml:10:11: note: this container\n"
    ) in shown
    assert "vendor/huge.yaml:1:1: note: larger than 5 MiB [too-large]\n" in shown
    assert "host-network" not in shown


def test_a_suppressed_finding_is_only_in_junit() -> None:
    hushed = one(message="hush", suppressed=Suppression("comment", "for a reason", "some-rule", 1))
    for format_name in ("gcc", "gitlab", "checkstyle", "rdjson"):
        assert "hush" not in written(hushed, format_name)
    assert "for a reason" in written(hushed, "junit")


def test_a_note_without_a_line_stands_at_the_first() -> None:
    made = report(Files(), notes=(Note("a.yaml", 0, "too large", "too-large"),))
    assert json.loads(written(made, "gitlab"))[0]["location"]["lines"] == {"begin": 1}
    assert rdjson(made)[0]["location"]["range"] == {"start": {"line": 1}}
