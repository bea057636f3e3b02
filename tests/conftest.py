"""What every test run shares: the same surroundings everywhere, and no silent skips."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.tools import missing, tools_are_required

_SKIPPED_FOR_TOOL = pytest.StashKey[bool]()
_CACHE_HOME = pytest.StashKey[str]()

# Other programs' settings that would change what Tollgate or git says.
_FOREIGN_VARIABLES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "CI",
)
_FOREIGN_PREFIXES = ("GIT_", "TOLLGATE_CACHE", "TOLLGATE_CONFIG")

_GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
}

# No deadline: shared machines stall. Derandomized under CI, so that a run says the same thing twice.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("ci" if os.environ.get("CI") else "local")
    for name in list(os.environ):
        if name in _FOREIGN_VARIABLES or name.startswith(_FOREIGN_PREFIXES):
            del os.environ[name]
    config.stash[_CACHE_HOME] = tempfile.mkdtemp(prefix="tollgate-test-cache-")
    os.environ.update(_GIT_ENVIRONMENT, XDG_CACHE_HOME=config.stash[_CACHE_HOME], COLUMNS="100")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_CACHE_HOME], ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    absent = sorted({name for marker in item.iter_markers("needs") for name in missing(marker.args)})
    if not absent:
        return
    reason = f"needs {', '.join(absent)}"
    if tools_are_required():
        pytest.fail(f"{reason}, and TOLLGATE_REQUIRE_TOOLS says that they are here", pytrace=False)
    item.stash[_SKIPPED_FOR_TOOL] = True
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not item.stash.get(_SKIPPED_FOR_TOOL, False):
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        _refuse(report)
    return report


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if hasattr(report, "wasxfail"):  # else pytest shows the failure but does not count it
        del report.wasxfail
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, but not by tests.tools.needs: {report.longrepr}"
