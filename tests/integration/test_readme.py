"""What the README shows is what the commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.tools import ROOT, needs


def test_the_sample_is_real_output() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```console\n\$ tollgate ([^\n]+)\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    done = subprocess.run(
        [sys.executable, "-m", "tollgate", *found[1].split(), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(found[2])
    assert "error[read-differently]" in done.stdout


def _shown_and_printed(page: str) -> tuple[str, str]:
    """The output that a page of docs/ shows for its first command, and what that command prints."""
    found = re.search(
        r"```console\n\$ tollgate ([^\n]+)\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    done = subprocess.run(
        [sys.executable, "-m", "tollgate", *found[1].split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return found[2], done.stdout


def test_the_table_of_images_is_real_output() -> None:
    shown, printed = _shown_and_printed("images.md")
    assert printed == shown


@needs("hadolint")
def test_the_comparison_is_real_output() -> None:
    shown, printed = _shown_and_printed("migrating.md")
    assert printed == shown
