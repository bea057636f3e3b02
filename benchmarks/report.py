"""Results as a Markdown table, for a person and for benchmarks/results.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from typing import NamedTuple

HOOK_RUNS = 41
"""Starting takes so little that only many runs tell."""

NOT_MEASURED = "-"


class Result(NamedTuple):
    """One line of the table. `goal` says what to reach, in words; empty where there is none."""

    what: str
    measured: str
    beside: str
    ratio: str
    goal: str = ""


class Input(NamedTuple):
    name: str
    files: int
    size: int
    digest: str


def as_markdown(
    results: Iterable[Result], inputs: Iterable[Input], *, versions: dict[str, str], runs: int, load: float
) -> str:
    """The whole of benchmarks/results.md. Holds no path and no name of the machine."""
    lines = ["# Measured side by side", "", *_table(results), "", *_conditions(inputs, versions, runs, load)]
    return "\n".join(lines) + "\n"


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def mebibytes(value: int) -> str:
    return f"{value / 1024**2:.0f} MiB"


def _table(results: Iterable[Result]) -> list[str]:
    lines = ["| what | Tollgate | beside it | ratio | to reach |", "| --- | --- | --- | --- | --- |"]
    return lines + [
        f"| {one.what} | {one.measured} | {one.beside} | {one.ratio} | {one.goal} |" for one in results
    ]


def _conditions(inputs: Iterable[Input], versions: dict[str, str], runs: int, load: float) -> list[str]:
    tools = ", ".join(f"{name} {version}" for name, version in versions.items())
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    lines = [
        f"{python}, {os.cpu_count()} cores. {tools}.",
        f"The machine's load was {load:.1f} before the first measurement (0: it did nothing else).",
        f"Times are medians of {runs} runs in turn ({HOOK_RUNS} for the hook), after one",
        "that warms the disk; in brackets the number of findings.",
        "Memory is the most that all processes of a tool held at one time (proportional set size).",
        "Tollgate runs without its cache wherever a peer stands beside it. The hook runs with it.",
        "",
        "| input | files | bytes | digest |",
        "| --- | --- | --- | --- |",
    ]
    return lines + [f"| {one.name} | {one.files:,} | {one.size:,} | `{one.digest}` |" for one in inputs]
