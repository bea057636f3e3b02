"""What silences a finding, and what is said about suppressions."""

from __future__ import annotations

import json

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.finding import Finding
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode

HEAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"
POD = HEAD + "{annotations}spec:\n{above}  hostPID: true{behind}\n  containers: []\n"


def lint(
    text: str, *, path: str = "pod.yaml", peers: str = "report", today: str = "2026-11-23"
) -> dict[str, Finding]:
    policy = Policy(peer_suppressions=peers, today=today)  # type: ignore[arg-type]
    linter = Linter(catalog.heads(), policy=policy, project=Project())
    kind = "dockerfile" if path == "Dockerfile" else "yaml"
    return {finding.rule: finding for finding in linter.lint(decode(path, text.encode()), kind).findings}  # type: ignore[arg-type]


def pod(*, annotations: str = "", above: str = "", behind: str = "") -> str:
    return POD.format(annotations=annotations, above=above, behind=behind)


@pytest.mark.parametrize(
    "text",
    [
        pod(behind=" # tollgate: ignore[host-pid] it is a monitor"),
        pod(above="  # tollgate: ignore[host-pid] it is a monitor\n"),
        pod(annotations="  annotations:\n    tollgate.dev/ignore.host-pid: it is a monitor\n"),
    ],
)
def test_ours_silence_with_their_reason(text: str) -> None:
    found = lint(text)
    assert found["host-pid"].suppressed is not None
    assert found["host-pid"].suppressed.reason == "it is a monitor"
    assert "suppression-unused" not in found


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (pod(behind=" # tollgate: ignore[host-pid]"), "suppression-without-reason"),
        (pod(above="  # tollgate: ignore[host-ipc] why not\n"), "suppression-unused"),
        (pod(above="  # tollgate: ignore[host-pd] why not\n"), "suppression-unknown-rule"),
        (pod(above="  # tollgate: ignore\n"), "suppression-unreadable"),
    ],
)
def test_what_is_wrong_with_a_suppression_is_said(text: str, rule: str) -> None:
    assert rule in lint(text)


def test_text_inside_a_scalar_silences_nothing() -> None:
    text = pod(annotations="  annotations:\n    note: |\n      # tollgate: ignore[host-pid] not a comment\n")
    assert lint(text)["host-pid"].suppressed is None


def test_a_locked_rule_cannot_be_silenced() -> None:
    text = "apiVersion: v1\nkind: Pod\n# tollgate: ignore[parse-error] please\n- x\n"
    assert lint(text)["parse-error"].suppressed is None


def test_a_peers_comment_silences_a_warning_by_its_id() -> None:
    text = "FROM alpine:3.20\n# hadolint ignore=DL3020\nADD app /app\nUSER 10001\n"
    found = lint(text, path="Dockerfile")["add-instead-of-copy"]
    assert found.suppressed is not None
    assert found.suppressed.kind == "peer"
    assert lint(text, path="Dockerfile", peers="off")["add-instead-of-copy"].suppressed is None


def test_a_peers_annotation_does_not_silence_an_error_unless_honoured() -> None:
    text = pod(annotations="  annotations:\n    ignore-check.kube-linter.io/host-pid: needed\n")
    shown = lint(text)["host-pid"]
    assert shown.suppressed is None
    assert any("kube-linter" in related.message for related in shown.related)
    assert lint(text, peers="honour")["host-pid"].suppressed is not None


def test_peers_wildcards_are_not_heard() -> None:
    text = pod(annotations="  annotations:\n    kube-linter.io/ignore-all: everything\n")
    assert lint(text, peers="honour")["host-pid"].suppressed is None


RELATIVE = "FROM alpine:3.20\n{above}WORKDIR app\nUSER 10001\n"


@pytest.mark.parametrize(
    "text",
    [
        "# check=skip=WorkdirRelativePath\n" + RELATIVE.format(above=""),
        "# syntax=docker/dockerfile:1\n# check = error=false ; skip = StageNameCasing, WorkdirRelativePath\n"
        + RELATIVE.format(above=""),
        RELATIVE.format(above="# check=skip=WorkdirRelativePath\n"),
    ],
)
def test_buildkits_own_comment_silences_its_checks(text: str) -> None:
    suppressed = lint(text, path="Dockerfile")["workdir-relative"].suppressed
    assert suppressed is not None
    assert suppressed.by == "buildkit WorkdirRelativePath"


@pytest.mark.parametrize(
    "text",
    [
        "# check=skip=JSONArgsRecommended\n" + RELATIVE.format(above=""),
        "# check=skip=all\n" + RELATIVE.format(above=""),
        "# note\n# check=skip=WorkdirRelativePath\n" + RELATIVE.format(above=""),
        RELATIVE.format(above="# check=skip=WorkdirRelativePath\nRUN true\n"),
        RELATIVE.format(above="# see check=skip=WorkdirRelativePath\n"),
    ],
)
def test_buildkits_own_comment_silences_nothing_else(text: str) -> None:
    assert lint(text, path="Dockerfile")["workdir-relative"].suppressed is None


def test_a_file_may_ask_for_errors_from_buildkits_checks() -> None:
    text = RELATIVE.format(above="")
    assert lint(text, path="Dockerfile")["workdir-relative"].severity == "warning"
    strict = "# check=error=true\n" + text
    assert lint(strict, path="Dockerfile")["workdir-relative"].severity == "error"
    assert lint(strict, path="Dockerfile", peers="off")["workdir-relative"].severity == "warning"
    skipped = lint("# check=skip=WorkdirRelativePath;error=true\n" + text, path="Dockerfile")
    assert skipped["workdir-relative"].suppressed is not None


ENDS = {
    "comment": lambda reason: pod(behind=f" # tollgate: ignore[host-pid] {reason}"),
    "annotation": lambda reason: pod(
        annotations=f"  annotations:\n    tollgate.dev/ignore.host-pid: {json.dumps(reason)}\n"
    ),
}


@pytest.mark.parametrize("kind", ENDS)
@pytest.mark.parametrize(
    ("reason", "kept", "until", "said"),
    [
        ("a monitor until: 2027-03-01", "a monitor", "2027-03-01", None),
        ("until: 2027-03-01 a monitor", "a monitor", "2027-03-01", None),
        ("a monitor (until: 2027-03-01), says ana", "a monitor says ana", "2027-03-01", None),
        ("a monitor until:2026-12-23", "a monitor", "2026-12-23", "suppression-ends-soon"),
        ("a monitor until: 2026-12-24", "a monitor", "2026-12-24", None),
        ("a monitor until: 2026-11-23", "a monitor", "2026-11-23", "suppression-ends-soon"),
        ("a monitor until: 2026-11-22", None, "", "suppression-expired"),
        ("a monitor until: soon", None, "", "suppression-unreadable"),
        ("a monitor until: 20270301", None, "", "suppression-unreadable"),
        ("a monitor until: 2027-02-30", None, "", "suppression-unreadable"),
        ("a monitor until:", None, "", "suppression-unreadable"),
        ("until: 2027-03-01", "", "2027-03-01", "suppression-without-reason"),
        ("a monitor until the end", "a monitor until the end", "", None),
    ],
)
def test_a_suppression_may_end(
    kind: str, reason: str, kept: str | None, until: str, said: str | None
) -> None:
    found = lint(ENDS[kind](reason))
    suppressed = found["host-pid"].suppressed
    assert (None if suppressed is None else suppressed.reason) == kept
    assert suppressed is None or suppressed.until == until
    assert {name for name in found if name.startswith("suppression-")} == ({said} if said else set())


def test_without_a_day_nothing_has_ended() -> None:
    found = lint(ENDS["comment"]("a monitor until: 2001-01-01"), today="")
    assert found["host-pid"].suppressed is not None
    assert not [name for name in found if name.startswith("suppression-")]


def test_each_rule_of_an_ended_suppression_counts_again() -> None:
    comment = "# tollgate: ignore[add-instead-of-copy,runs-as-root] x until: 2026-01-01"
    text = f"FROM alpine:3.20\n{comment}\nADD a /a\n"
    linter = Linter(catalog.heads(), policy=Policy(today="2026-11-23"), project=Project())
    found = linter.lint(decode("Dockerfile", text.encode()), "dockerfile").findings
    assert sum(finding.rule == "suppression-expired" for finding in found) == 2
    assert not [finding for finding in found if finding.suppressed is not None]


def demanding(text: str, **demands: object) -> dict[str, Finding]:
    from tollgate.model.policy import SuppressionPolicy

    wanted = SuppressionPolicy(**demands)  # type: ignore[arg-type]
    linter = Linter(
        catalog.heads(), policy=Policy(today="2026-11-23", suppressions=wanted), project=Project()
    )
    return {one.rule: one for one in linter.lint(decode("pod.yaml", text.encode()), "yaml").findings}


@pytest.mark.parametrize("form", ["comment", "annotation"])
@pytest.mark.parametrize(
    ("reason", "kept", "approver"),
    [
        ("a monitor, approved-by: Ana Lima", "a monitor", "Ana Lima"),
        ("approved-by: ana@example.com, a monitor", "a monitor", "ana@example.com"),
        ("a monitor (approved-by: Ana; until: 2027-03-01)", "a monitor", "Ana"),
        ("a monitor until: 2027-03-01 approved-by: Ana Lima", "a monitor", "Ana Lima"),
        ("a monitor approved-by:", "a monitor", ""),
        ("approved by nobody", "approved by nobody", ""),
    ],
)
def test_a_reason_may_name_who_agreed(form: str, reason: str, kept: str, approver: str) -> None:
    suppressed = lint(ENDS[form](reason))["host-pid"].suppressed
    assert suppressed is not None
    assert (suppressed.reason, suppressed.approved_by) == (kept, approver)


@pytest.mark.parametrize("form", ["comment", "annotation"])
@pytest.mark.parametrize(
    ("demands", "reason", "said"),
    [
        ({"require_until": True}, "a monitor", "policy demands an end, such as `until: 2027-03-01`"),
        ({"require_until": True}, "a monitor until: 2029-03-01", None),
        ({"max_days": 180}, "a monitor", None),
        ({"max_days": 180}, "a monitor until: 2027-05-22", None),
        (
            {"max_days": 180},
            "a monitor until: 2027-05-23",
            "policy allows 180 days from now, and 2027-05-23 is 181 days away",
        ),
        ({"require_approver": True}, "a monitor", "policy demands `approved-by:` and a name"),
        ({"require_approver": True}, "a monitor, approved-by: ,", "policy demands `approved-by:` and a name"),
        ({"require_approver": True}, "a monitor, approved-by: Ana", None),
    ],
)
def test_a_suppression_that_lacks_what_policy_demands_silences_nothing(
    form: str, demands: dict[str, object], reason: str, said: str | None
) -> None:
    found = demanding(ENDS[form](reason), **demands)
    assert (found["host-pid"].suppressed is None) == (said is not None)
    told = found.get("suppression-refused")
    assert (told and told.message) == (said and f"`host-pid` is not silenced: {said}")
    assert "suppression-unused" not in found
