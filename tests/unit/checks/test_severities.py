"""Where the same defect weighs less."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode


def severities(rule: str, text: str) -> list[str]:
    linter = Linter(catalog.rules(), policy=Policy(select=(rule,)), project=Project())
    return [one.severity for one in linter.lint(decode("Dockerfile", text.encode()), "dockerfile").findings]


@pytest.mark.parametrize(
    ("step", "severity"),
    [
        ("curl https://a.example | tar -x", "warning"),
        ("cat a | make | tee b", "warning"),
        ("find / | sort | tee b", "note"),
        ("dpkg --print-architecture | awk '{ print $1 }'", "note"),
    ],
)
def test_a_look_at_files_hardly_fails(step: str, severity: str) -> None:
    assert severities("pipe-without-pipefail", f"FROM a\nRUN {step}\n") == [severity]


def test_a_file_system_on_scratch_is_mostly_meant() -> None:
    text = "FROM a AS b\nFROM {}\nCOPY --from=b / /\n"
    assert severities("whole-filesystem-copied", text.format("scratch")) == ["note"]
    assert severities("whole-filesystem-copied", text.format("c")) == ["warning"]


def test_credentials_in_a_stage_that_nobody_ships() -> None:
    text = "FROM a AS b\nCOPY id_rsa /\nFROM {}\n"
    assert severities("credential-file-copied", text.format("c")) == ["note"]
    assert severities("credential-file-copied", text.format("b")) == ["warning"]
