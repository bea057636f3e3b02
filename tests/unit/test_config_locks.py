"""What a policy locks: names, and the rest of the policy that has to keep to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tollgate import api
from tollgate.config import PolicyError
from tollgate.options import LintOptions


def problems(folder: Path, text: str, **options: object) -> list[str]:
    (folder / ".tollgate.yaml").write_text(text)
    try:
        api.policy_for(LintOptions(no_cache=True, **options), os.fspath(folder))  # type: ignore[arg-type]
    except PolicyError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_rules_sets_and_levels_can_be_locked(tmp_path: Path) -> None:
    text = "locked: [host-pid, pss-baseline, strict]\nrules: {host-pid: warning}\n"
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "locked: [host-pdi]\n",
            ".tollgate.yaml:1:10: there is no rule, set or level `host-pdi`; did you mean `host-pid`?",
        ),
        ("locked: host-pid\n", ".tollgate.yaml:1:9: `locked` must be a list, not a string"),
        (
            "locked: [host-pid]\nrules:\n  host-pid: off\n",
            ".tollgate.yaml:3:3: `host-pid` is locked, so it cannot be off",
        ),
        (
            "locked: [pss-baseline]\nrules:\n  host-pid: {severity: off}\n",
            ".tollgate.yaml:3:3: `host-pid` is locked by `pss-baseline`, so it cannot be off",
        ),
        (
            "locked: [baseline]\noverrides:\n  - paths: [a]\n    rules: {host-pid: note}\n",
            ".tollgate.yaml:4:13: `host-pid` is locked by `baseline`, so it is the same for all paths",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert problems(tmp_path, text) == [message]


def test_the_command_line_cannot_ignore_a_locked_rule(tmp_path: Path) -> None:
    found = problems(tmp_path, "locked: [pss-baseline]\n", ignore=("host-pid", "runs-as-root"))
    assert found == ["--ignore: policy locks `host-pid`, so it cannot be ignored; leave it out"]
    assert problems(tmp_path, "locked: [pss-baseline]\n", ignore=("runs-as-root",)) == []
