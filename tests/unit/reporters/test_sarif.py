"""The schema is npm's `@microsoft/sarif-multitool-linux` 5.7.0, file sarif-2.1.0.json (MIT)."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest

from tests.tools import needs, tool
from tests.unit.reporters.build import At, Files, finding, report
from tests.unit.reporters.example import SECRET, example
from tests.unit.reporters.hostile import hostile_report
from tollgate.model.finding import Edit, Fix, Suppression
from tollgate.model.report import Report, RuleInfo
from tollgate.reporters import RenderOptions, render
from tollgate.reporters.sarif import MOST_RESULTS

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_bytes())


def written(made: Report, **options: bool) -> str:
    return "".join(render(made, "sarif", options=RenderOptions(**options)))


def run_of(made: Report, **options: bool) -> Any:
    return json.loads(written(made, **options))["runs"][0]


REPORTS = {
    "example": (example, {}),
    "suppressed": (example, {"sarif_suppressed": True}),
    "empty": (lambda: report(Files()), {}),
    "hostile": (hostile_report, {"sarif_suppressed": True}),
    "failed": (lambda: report(Files(), errors=("broke [x]",)), {}),
}


@pytest.mark.parametrize("name", REPORTS)
def test_follows_the_schema(name: str) -> None:
    make, options = REPORTS[name]
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(written(make(), **options)))


@needs("sarif-multitool")
def test_microsofts_validator_with_githubs_rules_has_nothing_to_say(tmp_path: Path) -> None:
    for name, (make, options) in REPORTS.items():
        (tmp_path / f"{name}.sarif").write_text(written(make(), **options))
    command = [tool("sarif-multitool"), "validate", *map(str, sorted(tmp_path.iterdir()))]
    command += ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{len(REPORTS)} files scanned" in done.stdout
    assert not re.search(r": (error|warning) ", done.stdout), done.stdout


def test_a_result_has_what_github_needs() -> None:
    run = run_of(example())
    (result,) = [item for item in run["results"] if item["ruleId"] == "privileged-container"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == "privileged-container"
    assert rule["properties"]["security-severity"] == "8.8"
    assert rule["properties"]["tags"][0] == "security"
    assert "every host device" in rule["help"]["markdown"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "deploy/web.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 16, "startColumn": 25, "endLine": 16, "endColumn": 29}
    assert result["message"]["text"] == "container `web` runs privileged ([this container](0))"
    assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "tollgate/v1"}
    replaced = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replaced == {"deletedRegion": place["region"], "insertedContent": {"text": "false"}}
    assert run["columnKind"] == "unicodeCodePoints"


def test_suppressed_results_only_when_asked() -> None:
    assert "host-network" not in {result["ruleId"] for result in run_of(example())["results"]}
    results = run_of(example(), sarif_suppressed=True)["results"]
    told = {result["ruleId"]: result["suppressions"] for result in results}
    where = {
        "artifactLocation": {"uri": "deploy/web.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 8},
    }
    assert told["host-network"] == [
        {
            "kind": "inSource",
            "status": "accepted",
            "justification": "the load balancer needs it",
            "location": {"physicalLocation": where},
        }
    ]
    assert told["host-pid"] == []


@pytest.mark.parametrize(
    ("kind", "line", "told"),
    [
        ("comment", 3, "inSource"),
        ("annotation", 3, "inSource"),
        ("peer", 3, "inSource"),
        ("baseline", 0, "external"),
    ],
)
def test_what_is_accepted_outside_the_file_has_no_place_in_it(
    kind: Literal["comment", "annotation", "peer", "baseline"], line: int, told: str
) -> None:
    files = Files()
    files.add("a.yaml", "x\n")
    made = finding(
        files,
        "r",
        At("a.yaml", "x"),
        "m",
        suppressed=Suppression(kind, "known \x1b", "r", line, "2027-03-01"),
    )
    log = json.loads(written(report(files, made), sarif_suppressed=True))
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    ((suppression,),) = [result["suppressions"] for result in log["runs"][0]["results"]]
    assert suppression["kind"] == told
    assert suppression["justification"] == "known \\x1b"
    assert suppression["properties"] == {"until": "2027-03-01"}
    assert ("location" in suppression) == (told == "inSource")


def test_notes_and_failures_are_notifications() -> None:
    run = run_of(example()._replace(errors=("the policy [x] is broken",)))
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    said = [(item["level"], item["message"]["text"]) for item in invocation["toolExecutionNotifications"]]
    assert said == [
        ("error", "the policy \\[x\\] is broken"),
        ("note", "a template; lint what `helm template` makes of it"),
        ("note", "larger than 5 MiB"),
    ]
    assert run_of(example())["invocations"][0]["executionSuccessful"] is True


def test_no_more_tags_than_github_takes() -> None:
    files = Files()
    files.add("a", "x")
    rule = RuleInfo("r", "t", "error", sets=tuple(f"set-{number}" for number in range(40)))
    run = run_of(report(files, finding(files, "r", At("a", "x"), "m"), rules=(rule,)))
    assert len(run["tool"]["driver"]["rules"][0]["properties"]["tags"]) == 20


def test_a_fix_that_would_tell_a_secret_is_left_out() -> None:
    files = Files()
    files.add("a", f"x {SECRET}", secrets=(SECRET,))
    fix = Fix("quote it", True, (Edit(2, 2 + len(SECRET), f'"{SECRET}"'),))
    (result,) = run_of(report(files, finding(files, "r", At("a", "x"), "m", fix=fix)))["results"]
    assert "fixes" not in result


def test_names_that_are_no_utf8_keep_their_bytes() -> None:
    files = Files()
    path = "dir with space/\udce4[1].yaml"
    files.add(path, "x")
    (result,) = run_of(report(files, finding(files, "r", At(path, "x"), "m")))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "dir%20with%20space/%E4%5B1%5D.yaml"


def test_beyond_the_limit_the_worst_are_kept_and_the_rest_is_counted() -> None:
    files = Files()
    files.add("a.yaml", "x\n")
    mild = finding(files, "mild-rule", At("a.yaml", "x"), "container `web` has no probe" * 4, severity="note")
    grave = mild._replace(rule="grave-rule", severity="error")
    many = tuple(mild._replace(fingerprint=f"{number:032x}") for number in range(MOST_RESULTS + 10))
    output = written(report(files)._replace(findings=(*many, grave)))
    run = json.loads(output)["runs"][0]
    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][0]["ruleId"] == "grave-rule"
    said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert said == "11 findings left out: GitHub takes 25,000 in one run."
    assert len(gzip.compress(output.encode(), 6)) < 10_000_000
