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


def test_the_table_of_images_is_real_output() -> None:
    page = (ROOT / "docs" / "images.md").read_text(encoding="utf-8")
    found = re.search(r"```console\n\$ tollgate ([^\n]+)\n(.*?)```", page, re.DOTALL)
    assert found is not None
    done = subprocess.run(
        [sys.executable, "-m", "tollgate", *found[1].split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == found[2]


@needs("hadolint")
def test_the_comparison_is_real_output() -> None:
    page = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
    found = re.search(r"```console\n\$ tollgate ([^\n]+)\n(.*?)```", page, re.DOTALL)
    assert found is not None
    done = subprocess.run(
        [sys.executable, "-m", "tollgate", *found[1].split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == found[2]
