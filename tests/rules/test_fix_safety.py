"""Where the safety of a rule's fix depends on the rest of the manifest, both sides of it."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.model.rule import Example
from tollgate.rule_examples import Case, lint_example

RULES = {rule.name: rule for rule in catalog.rules()}

UNCONFINED = "appArmorProfile: {type: Unconfined}"
CONFINED = f"seccompProfile: {{type: RuntimeDefault}}, {UNCONFINED}"


@pytest.mark.parametrize(
    ("name", "pod", "container", "safe"),
    [
        # The API server refuses an unmasked /proc outside a user namespace, so nothing runs that needs it.
        ("proc-mount-unmasked", "", "procMount: Unmasked", True),
        ("proc-mount-unmasked", "hostUsers: true", "procMount: Unmasked", True),
        ("proc-mount-unmasked", "hostUsers: false", "procMount: Unmasked", False),
        ("proc-mount-not-default", "", "procMount: none", True),
        ("proc-mount-not-default", "hostUsers: false", "procMount: Unmasked", False),
        # What AppArmor would refuse has to be out of reach already.
        ("apparmor-unconfined", "", CONFINED, True),
        ("apparmor-unconfined", "", f"{CONFINED}, capabilities: {{add: [], drop: [ALL]}}", True),
        (
            "apparmor-unconfined",
            "securityContext: {seccompProfile: {type: RuntimeDefault}}",
            UNCONFINED,
            True,
        ),
        ("apparmor-unconfined", "", UNCONFINED, False),
        ("apparmor-unconfined", "", f"{CONFINED}, capabilities: {{add: [SYS_PTRACE]}}", False),
        ("apparmor-unconfined", "", f"{CONFINED}, privileged: true", False),
        ("apparmor-unconfined", "hostPID: true", CONFINED, False),
        ("apparmor-unconfined", "securityContext: {appArmorProfile: {type: Unconfined}}", "", False),
        ("seccomp-unconfined", "", "seccompProfile: {type: Unconfined}", False),
        ("net-raw-not-dropped", "", "capabilities: {drop: [CHOWN]}", True),
        ("net-raw-not-dropped", "", "capabilities: {drop: [CHOWN], add: [NET_RAW]}", False),
    ],
)
def test_fix_is_safe_only_where_a_correct_workload_goes_on(
    name: str, pod: str, container: str, safe: bool
) -> None:
    text = f"""apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  {pod}
  containers:
    - {{name: web, image: "nginx:1.27", securityContext: {{{container}}}}}
"""
    case = Case(RULES[name], Example(text, None, kubernetes="1.34"), 1)
    found = [finding for finding in lint_example(case, text) if finding.rule == name]
    assert [finding.fix is not None and finding.fix.safe for finding in found] == [safe]
