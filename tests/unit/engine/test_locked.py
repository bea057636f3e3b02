"""A rule that policy locks is on and heard everywhere."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.finding import Finding
from tollgate.model.policy import Override, Policy, RuleSetting
from tollgate.model.project import Project
from tollgate.model.source import decode


def lint(text: str, policy: Policy, *, path: str = "pod.yaml") -> dict[str, Finding]:
    linter = Linter(catalog.heads(), policy=policy._replace(today="2026-11-23"), project=Project())
    kind = "yaml" if path.endswith("yaml") else "dockerfile"
    return {finding.rule: finding for finding in linter.lint(decode(path, text.encode()), kind).findings}  # type: ignore[arg-type]


POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations: {{a: b{annotation}}}
spec:
{above}  hostPID: true{behind}
  containers: []
"""


def pod(*, annotation: str = "", above: str = "", behind: str = "") -> str:
    return POD.format(annotation=annotation and f", {annotation}", above=above, behind=behind)


OURS = [
    pod(behind=" # tollgate: ignore[host-pid] it is a monitor"),
    pod(behind=" # tollgate: ignore[host-ipc, host-pid] until: 2027-03-01 a monitor"),
    pod(above="  # tollgate: ignore[host-pid] it is a monitor\n"),
    pod(annotation="tollgate.dev/ignore.host-pid: it is a monitor"),
]
PEERS = [
    pod(annotation="ignore-check.kube-linter.io/host-pid: needed"),
    pod(annotation="checkov.io/skip1: CKV_K8S_17=needed"),
    pod(annotation="polaris.fairwinds.com/hostPIDSet-exempt: 'true'"),
    pod(above="  # checkov:skip=CKV_K8S_17: needed\n"),
    pod(behind=" # trivy:ignore:AVD-KSV-0010"),
    pod(above="  # trivy:ignore:KSV-0010\n"),
    pod(above="  # kics-scan disable=302736f4-b16c-41b8-befe-c0baffa0bd9d\n"),
]


@pytest.mark.parametrize("text", OURS + PEERS)
def test_nothing_in_a_manifest_silences_it(text: str) -> None:
    free = Policy(peer_suppressions="honour")
    assert lint(text, free)["host-pid"].suppressed is not None
    locked = lint(text, free._replace(locked=("host-pid",)))
    assert locked["host-pid"].suppressed is None
    assert locked["host-pid"].locked


@pytest.mark.parametrize("text", OURS)
def test_the_suppression_is_reported_at_the_name(text: str) -> None:
    found = lint(text, Policy(locked=("host-pid",)))["suppression-locked"]
    assert "`host-pid` is locked" in found.message
    start, end = found.location.region
    line = text.splitlines()[start.line - 1]
    assert line[start.column - 1 : end.column - 1].endswith("host-pid")
    assert "suppression-unused" not in lint(pod(behind=OURS[0]), Policy(locked=("host-pid",)))


@pytest.mark.parametrize("text", PEERS)
def test_a_peers_comment_is_shown_beside_it(text: str) -> None:
    related = lint(text, Policy(peer_suppressions="honour", locked=("host-pid",)))["host-pid"].related
    assert [one.message.endswith("the rule is locked") for one in related] == [True]


DOCKERFILES = [
    "FROM alpine:3.20\n# tollgate: ignore[add-instead-of-copy] x\nADD app /app\n",
    "FROM alpine:3.20\n# hadolint ignore=DL3020\nADD app /app\n",
    "# hadolint global ignore=DL3020\nFROM alpine:3.20\nADD app /app\n",
    "FROM alpine:3.20\nADD app /app\n# checkov:skip=CKV_DOCKER_4: x\n",
    "FROM alpine:3.20\n# trivy:ignore:AVD-DS-0005\nADD app /app\n",
]


@pytest.mark.parametrize("text", DOCKERFILES)
def test_nothing_in_a_dockerfile_silences_it(text: str) -> None:
    free = Policy(peer_suppressions="honour")
    assert lint(text, free, path="Dockerfile")["add-instead-of-copy"].suppressed is not None
    found = lint(text, free._replace(locked=("add-instead-of-copy",)), path="Dockerfile")
    assert found["add-instead-of-copy"].suppressed is None


@pytest.mark.parametrize(
    "text",
    [
        "# check=skip=WorkdirRelativePath\nFROM alpine:3.20\nWORKDIR app\n",
        "FROM alpine:3.20\n# check=skip=WorkdirRelativePath\nWORKDIR app\n",
    ],
)
def test_buildkits_own_skip_does_not(text: str) -> None:
    assert lint(text, Policy(), path="Dockerfile")["workdir-relative"].suppressed is not None
    locked = Policy(locked=("workdir-relative",))
    assert lint(text, locked, path="Dockerfile")["workdir-relative"].suppressed is None


SUDO = [
    "FROM alpine:3.20\nRUN true && \\\n# tollgate: ignore[sudo-in-build] x\n  sudo true\n",
    "FROM alpine:3.20\nRUN <<EOF\n# tollgate: ignore[sudo-in-build] x\nsudo true\nEOF\n",
]


@pytest.mark.parametrize("text", SUDO)
def test_a_comment_inside_an_instruction_does_not(text: str) -> None:
    assert lint(text, Policy(), path="Dockerfile")["sudo-in-build"].suppressed is not None
    found = lint(text, Policy(locked=("sudo-in-build",)), path="Dockerfile")
    assert found["sudo-in-build"].suppressed is None
    assert "suppression-locked" in found


@pytest.mark.parametrize("name", ["host-pid", "pss-baseline", "baseline", "all"])
@pytest.mark.parametrize(
    "policy",
    [
        Policy(rules={"host-pid": RuleSetting("off")}),
        Policy(ignore=("host-pid",)),
        Policy(select=("runs-as-root",)),
        Policy(overrides=(Override(("*.yaml",), rules={"host-pid": RuleSetting("off")}),)),
        Policy(overrides=(Override(("*.yaml",), rules={"host-pid": RuleSetting("note")}),)),
    ],
)
def test_no_setting_reaches_it(name: str, policy: Policy) -> None:
    unlocked = lint(pod(), policy).get("host-pid")
    assert unlocked is None or unlocked.severity == "note"
    assert lint(pod(), policy._replace(locked=(name,)))["host-pid"].severity == "error"


def test_the_general_severity_stays() -> None:
    policy = Policy(rules={"host-pid": RuleSetting("warning")}, locked=("host-pid",))
    assert lint(pod(), policy)["host-pid"].severity == "warning"


def test_it_is_on_whatever_the_profile() -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: b}]}\n"
    low = Policy(("baseline",))
    assert "writable-root-filesystem" not in lint(text, low)
    assert "writable-root-filesystem" in lint(text, low._replace(locked=("writable-root-filesystem",)))


EXACT, BROAD = "sys-admin-capability", "capability-added"
CAPABLE = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      securityContext:
        capabilities:
          # tollgate: ignore[sys-admin-capability] it mounts disks
          add: [SYS_ADMIN]
"""


def test_the_broader_rule_speaks_where_it_is_locked_and_the_exact_one_is_suppressed() -> None:
    both_silent = lint(CAPABLE, Policy())
    assert both_silent[EXACT].suppressed is not None
    assert BROAD not in both_silent
    found = lint(CAPABLE, Policy(locked=(BROAD,)))
    assert found[EXACT].suppressed is not None
    assert found[BROAD].suppressed is None
    assert "suppression-locked" not in found


def test_without_a_suppression_only_the_exact_rule_speaks() -> None:
    found = lint(CAPABLE.replace("# tollgate", "# about"), Policy(locked=(BROAD,)))
    assert BROAD not in found
    assert found[EXACT].suppressed is None
    assert found[EXACT].locked
