"""Measure Tollgate beside hadolint and Checkov, all in one run.

Without folders it measures files that it generates; with folders, those. Nothing here can fail a build:
a machine has bad days, and a ratio is only worth what was measured beside it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import generate, tools
from benchmarks.measure import Command, peak_memory, run, time_side_by_side
from benchmarks.report import HOOK_RUNS, NOT_MEASURED, Input, Result, as_markdown, mebibytes, seconds
from benchmarks.tools import Tool

RESULTS = Path(__file__).resolve().parent / "results.md"

SIZES = (1_000, 5_000, 10_000)
ALL = ("tollgate", "hadolint", "checkov")

TRUSTED_AFTER_SECONDS = 3
"""Files younger than two seconds are not taken from an index."""

POLICY = """\
profile: recommended
kubernetes-version: "1.33"
fail-on: warning
images:
  internal:
    - registry.example.com/**
    - ghcr.io/example/*
  development:
    - dev.example.com/**
  production:
    paths: [deploy/production/]
    namespaces: [shop, "shop-*"]
extend-exclude:
  - third_party/
rules:
  privileged-container: error
overrides:
  - paths: ["**/testdata/"]
    profile: baseline
    rules: {privileged-container: warning}
"""


class Bench:
    """The tools of one run, and what was found with them so far."""

    def __init__(self, *, programs: Path | None, peers: dict[str, Tool], runs: int) -> None:
        self.programs = programs
        self.tollgate = None if programs is None else tools.tollgate(programs)
        self.peers = peers
        self.runs = runs

    def beside(
        self,
        what: str,
        peer: str,
        paths: list[str],
        folder: Path,
        *,
        goal: float | None = None,
        ours: Tool | None = None,
    ) -> Result:
        """Tollgate, or `ours`, and a peer over the same files; `goal`: how many times faster to be."""
        ours = ours or self.tollgate
        present = [tool for tool in (ours, self.peers.get(peer)) if tool is not None]
        timings = time_side_by_side([tool.command(paths, folder) for tool in present], runs=self.runs)
        shown = {
            tool.name: f"{seconds(timing.wall)} ({tool.findings(paths, folder):,})"
            for tool, timing in zip(present, timings, strict=True)
        }
        theirs = f"{present[-1].name} {shown[present[-1].name]}" if peer in self.peers else ""
        ratio = f"{timings[1].wall / timings[0].wall:.1f} times faster" if len(timings) == 2 else NOT_MEASURED
        wanted = "" if goal is None else f"{goal:g} times faster"
        return Result(
            what,
            shown.get("Tollgate", NOT_MEASURED),
            theirs,
            ratio,
            wanted,
        )

    def memory(
        self, what: str, paths: list[str], folder: Path, *, peer: str | None, goal: str = ""
    ) -> Result:
        ours = (
            NOT_MEASURED
            if self.tollgate is None
            else mebibytes(peak_memory(self.tollgate.command(paths, folder)))
        )
        theirs = ""
        if peer is not None and peer in self.peers:
            tool = self.peers[peer]
            theirs = f"{tool.name} {mebibytes(peak_memory(tool.command(paths, folder)))}"
        return Result(f"memory, {what}", ours, theirs, "", goal)

    def starts(
        self, what: str, arguments: Sequence[str], folder: Path, *, goal: float | None = None
    ) -> Result:
        """A program of ours beside the same Python that does nothing."""
        assert self.programs is not None
        environment = tools.clean_environment()
        python = Command([str(self.programs / "python"), "-c", "pass"], folder, environment)
        ours = Command([str(self.programs / arguments[0]), *arguments[1:]], folder, environment)
        bare, hook = time_side_by_side([python, ours], runs=HOOK_RUNS)
        wanted = "" if goal is None else f"at most {goal:g} times"
        return Result(
            what,
            seconds(hook.wall),
            f"python -c pass {seconds(bare.wall)}",
            f"{hook.wall / bare.wall:.1f} times",
            wanted,
        )


def main() -> int:
    arguments = _arguments()
    bench = _prepare(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tollgate-bench-") as name:
        folders = [Path(folder).resolve() for folder in arguments.folders] or _generated(Path(name))
        measured = _given(bench, folders) if arguments.folders else _standard(bench, Path(name))
        results = []
        for result in measured:
            print(
                f"{result.what}: {result.measured} | {result.beside} | {result.ratio}",
                file=sys.stderr,
                flush=True,
            )
            results.append(result)
        inputs = [Input(folder.name, *generate.describe(folder)) for folder in folders]
    page = as_markdown(results, inputs, versions=_versions(bench), runs=arguments.runs, load=load)
    print(page)
    if not arguments.folders and bench.tollgate is not None:
        RESULTS.write_text(page, encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "folders", nargs="*", metavar="FOLDER", help="measure these instead of generated files"
    )
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each measurement (default 3)")
    parser.add_argument("--tools", nargs="+", choices=ALL, default=ALL, help="measure only these")
    return parser.parse_args()


def _prepare(arguments: argparse.Namespace) -> Bench:
    wanted = arguments.tools
    makers = {"hadolint": tools.hadolint, "checkov": tools.checkov}
    peers = {name: make(tools.install_peer(name)) for name, make in makers.items() if name in wanted}
    programs = tools.install_tollgate() if "tollgate" in wanted else None
    return Bench(programs=programs, peers=peers, runs=arguments.runs)


def _generated(base: Path) -> list[Path]:
    dockerfiles, large = base / "dockerfiles", base / "large manifests"
    generate.make_dockerfiles(dockerfiles, 200)
    generate.make_large_manifests(large, 140)
    sets = [base / f"{count:,} manifests" for count in SIZES]
    for folder, count in zip(sets, SIZES, strict=True):
        generate.make_manifests(folder, count)
    return [dockerfiles, *sets, large]


def _standard(bench: Bench, base: Path) -> Iterator[Result]:
    dockerfiles = base / "dockerfiles"
    names = sorted(str(path.relative_to(dockerfiles)) for path in dockerfiles.rglob("Dockerfile"))
    if bench.programs is not None:
        yield from _starts(bench, base)
    yield bench.beside("200 Dockerfiles", "hadolint", names, dockerfiles, goal=5)
    if bench.programs is not None:
        ours = tools.tollgate(bench.programs, shellcheck=True)
        what = "200 Dockerfiles with ShellCheck, profile strict"
        yield bench.beside(what, "hadolint", names, dockerfiles, ours=ours)
    yield bench.beside("1,000 manifests", "checkov", ["."], base / "1,000 manifests", goal=20)
    yield bench.memory("1,000 manifests", ["."], base / "1,000 manifests", peer="checkov")
    if bench.tollgate is not None:
        yield bench.memory(
            "140 files, 14 MB", ["."], base / "large manifests", peer=None, goal="under 250 MiB"
        )
        yield bench.memory(
            "10,000 manifests", ["."], base / "10,000 manifests", peer=None, goal="under 150 MiB"
        )
        yield from _growth(bench, bench.tollgate, base)
    if bench.programs is not None:
        yield from _in_large_repository(bench, bench.programs, base / "10,000 manifests")


def _in_large_repository(bench: Bench, programs: Path, folder: Path) -> Iterator[Result]:
    """The hook on one Deployment, which is judged against the index of all manifests around it."""
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-C", str(folder)]
    for arguments in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "all")):
        subprocess.run([*git, *arguments], check=True)
    time.sleep(TRUSTED_AFTER_SECONDS)
    environment = tools.clean_environment()
    hook = [str(programs / "tollgate-hook"), "team-000/app-00000.yaml"]
    with tempfile.TemporaryDirectory() as cache:
        command = Command(hook, folder, {**environment, "TOLLGATE_CACHE_DIR": cache})
        cold = run(command)
        yield Result("hook, one of 10,000 manifests, no index yet", seconds(cold.wall), "", "")
        list_files = Command([*git, "ls-files", "-z"], folder, environment)
        listed, warm = time_side_by_side([list_files, command], runs=bench.runs)
        changed = _change_three(folder)
        time.sleep(TRUSTED_AFTER_SECONDS)
        since = Command([hook[0], "--since", "HEAD"], folder, command.environment)
        diff = Command([*git, "diff", "--stat", "HEAD"], folder, environment)
        asked, one, three = time_side_by_side([diff, command, since], runs=bench.runs)
    beside = f"git ls-files {seconds(listed.wall)}"
    yield Result("hook, one of 10,000 manifests, index at hand", seconds(warm.wall), beside, "")
    beside = f"git diff {seconds(asked.wall)}, hook on one {seconds(one.wall)}"
    goal = "under twice the hook and git's own time"
    yield Result(f"--since, {changed} of 10,000 changed", seconds(three.wall), beside, "", goal)
    with tempfile.TemporaryDirectory() as cache:
        cold = run(since._replace(environment={**environment, "TOLLGATE_CACHE_DIR": cache}))
    yield Result(f"--since, {changed} of 10,000 changed, no index yet", seconds(cold.wall), "", "")


def _change_three(folder: Path) -> int:
    """Touch a line that matters in three manifests; says how many those are."""
    paths = sorted(folder.rglob("app-*.yaml"))[1000:4000:1000]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"image: \S+", "image: nginx:latest", text, count=1), encoding="utf-8")
    return len(paths)


def _starts(bench: Bench, base: Path) -> Iterator[Result]:
    folder = base / "one small repository"
    generate.make_dockerfiles(folder, 1)
    generate.make_manifests(folder, 1)
    (folder / ".tollgate.yaml").write_text(POLICY, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", "."], cwd=folder, check=True)
    dockerfile, manifest = "service-0000/Dockerfile", "team-000/app-00000.yaml"
    yield bench.starts("hook, one Dockerfile", ["tollgate-hook", dockerfile], folder, goal=6)
    yield bench.starts("hook, one manifest", ["tollgate-hook", manifest], folder, goal=6)
    yield bench.starts("`tollgate lint`, one manifest", ["tollgate", "lint", manifest], folder)


def _growth(bench: Bench, tollgate: Tool, base: Path) -> Iterator[Result]:
    """Time per file must not grow with the number of files. Judged by processor time: what else the
    machine does, and the moment from which a second process pays, distort the wall time."""
    folders = [base / f"{count:,} manifests" for count in SIZES]
    timings = time_side_by_side([tollgate.command(["."], folder) for folder in folders], runs=bench.runs)
    first = timings[0].cpu / SIZES[0]
    for count, timing in zip(SIZES, timings, strict=True):
        growth = f"{timing.cpu / count / first:.2f} times the first"
        measured = f"{seconds(timing.wall)}, {seconds(timing.cpu)} of processor time"
        yield Result(
            f"growth, {count:,} manifests", measured, "", f"a file costs {growth}", "linear: about 1 or less"
        )
    (large,) = time_side_by_side([tollgate.command(["."], base / "large manifests")], runs=bench.runs)
    yield Result("140 files, 14 MB", f"{seconds(large.wall)}, {seconds(large.cpu)} of processor time", "", "")


def _given(bench: Bench, folders: Sequence[Path]) -> Iterator[Result]:
    for folder in folders:
        names = sorted(
            f"./{path.relative_to(folder)}" for path in folder.rglob("Dockerfile*") if path.is_file()
        )
        if names:
            yield bench.beside(f"{folder.name}: {len(names):,} Dockerfiles", "hadolint", names, folder)
        yield bench.beside(f"{folder.name}: everything", "checkov", ["."], folder)
        yield bench.memory(f"{folder.name}", ["."], folder, peer="checkov")


def _versions(bench: Bench) -> dict[str, str]:
    versions = {bench.peers[name].name: tools.PEERS[name].partition("==")[2] for name in bench.peers}
    if bench.programs is not None:
        shown = subprocess.run(
            [bench.programs / "tollgate", "--version"], capture_output=True, text=True, check=True
        )
        versions = {"Tollgate": shown.stdout.split()[-1], **versions}
    return versions


if __name__ == "__main__":
    sys.exit(main())
