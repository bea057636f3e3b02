from __future__ import annotations

import json
from typing import Any

from tests.unit.reporters.build import At, Files, finding, report
from tests.unit.reporters.example import SECRET, example
from tollgate.model.finding import Edit, Fix
from tollgate.model.report import Report
from tollgate.reporters import render


def parsed(made: Report) -> Any:
    return json.loads("".join(render(made, "json")))


def test_an_empty_report() -> None:
    made = parsed(report(Files()))
    assert made["findings"] == made["notes"] == made["rules"] == made["errors"] == []
    assert made["summary"]["findings"] == {"error": 0, "warning": 0, "note": 0}


def test_every_finding_is_told_with_its_place() -> None:
    made = parsed(example())
    assert len(made["findings"]) == len(example().findings)
    (told,) = [item for item in made["findings"] if item["rule"] == "privileged-container"]
    assert told["location"] == {
        "path": "deploy/web.yaml",
        "uri": "deploy/web.yaml",
        "region": {"start": {"line": 16, "column": 25}, "end": {"line": 16, "column": 29}},
    }
    assert told["fix"]["edits"] == [{"region": told["location"]["region"], "text": "false"}]
    assert told["related"][0]["message"] == "this container"
    assert (told["object_kind"], told["object_name"]) == ("Deployment", "web")


def test_suppressed_findings_say_why() -> None:
    told = [item["suppressed"] for item in parsed(example())["findings"] if item["suppressed"]]
    assert told == [
        {
            "kind": "comment",
            "by": "host-network",
            "reason": "the load balancer needs it",
            "line": 8,
            "until": None,
            "approved_by": None,
        }
    ]


def test_the_time_taken_is_not_told() -> None:
    slow = example()._replace(summary=example().summary._replace(seconds=99.0))
    assert parsed(slow) == parsed(example())


def test_edits_that_would_tell_a_secret_are_left_out() -> None:
    files = Files()
    files.add("a.yaml", f"a: {SECRET}\nb: c\n", secrets=(SECRET,))
    moves = Fix("move it", True, (Edit(0, 3, f"x: {SECRET}"),))
    made = parsed(report(files, finding(files, "r", At("a.yaml", "b"), "m", fix=moves)))
    assert made["findings"][0]["fix"] == {"title": "move it", "safe": True, "edits": None}


def test_only_ascii_is_written_and_names_stay_exact() -> None:
    files = Files()
    odd, bytes_name = 'a\n"運\u202e.yaml', "b\udcff.yaml"
    for path in (odd, bytes_name):
        files.add(path, "x")
    written = "".join(
        render(
            report(files, *(finding(files, "r", At(path, "x"), "m\x1b") for path in (odd, bytes_name))),
            "json",
        )
    )
    assert written.isascii()
    first, second = json.loads(written)["findings"]
    assert first["location"]["path"] == odd
    assert first["message"] == "m\\x1b"
    assert second["location"]["path"] == "b\\udcff.yaml"
    assert second["location"]["uri"] == "b%FF.yaml"
