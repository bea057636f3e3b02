"""What we ship is whole: wheel and sdist, built once and used away from the checkout."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tools import ROOT

# One worker for all: the distributions are built once.
pytestmark = pytest.mark.xdist_group("packaging")

BAD_DOCKERFILE = "FROM debian:12\nUSER root\n"
BAD_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.27
      securityContext: {privileged: true}
"""

COMPILE_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))
from tollgate.catalog import compile_catalog
compile_catalog(sys.argv[1] + "/rules")
"""


class Built(NamedTuple):
    wheel: Path
    sdist: Path
    wheel_of_sdist: Path


class Installed(NamedTuple):
    """A clean environment that holds the wheel, and a folder that is not the checkout."""

    programs: Path
    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    sdist = _build("--sdist", ROOT, folder)
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):  # Debian 12's Python 3.11.2 has none
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder / "unpacked")  # noqa: S202 (made by ourselves a moment ago)
    (unpacked,) = (folder / "unpacked").iterdir()
    return Built(
        _build("--wheel", ROOT, folder / "of-checkout"),
        sdist,
        _build("--wheel", unpacked, folder / "of-sdist"),
    )


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own; its dependencies are lent by the tests' environment.

    The lending line comes after the environment's own packages and runs no `.pth` file, so that an
    editable install in the tests' environment stays invisible.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    programs = folder / "env" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(built.wheel)], check=True)
    (packages,) = (folder / "env" / "lib").glob("python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installed(programs, elsewhere)


def test_wheel_holds_every_rule_and_schema(built: Built) -> None:
    shipped = _wheel_files(built.wheel)
    for folder in ("rules", "schemas"):
        for path in _files(ROOT / folder):
            assert shipped[f"tollgate/_data/{path.relative_to(ROOT).as_posix()}"] == path.read_bytes()
    differences = (ROOT / "docs" / "differences.yaml").read_bytes()
    assert shipped["tollgate/_data/differences.yaml"] == differences
    assert "tollgate/py.typed" in shipped
    assert not [name for name in shipped if name.startswith(("tests/", "rules/", "benchmarks/"))]


def test_wheel_holds_the_compiled_catalog(built: Built) -> None:
    from tollgate.catalog import compile_catalog

    compiled = _wheel_files(built.wheel)["tollgate/_data/catalog.txt"].decode()
    assert compiled == compile_catalog(str(ROOT / "rules"))


def test_wheel_of_the_sdist_is_that_of_the_checkout(built: Built) -> None:
    assert _wheel_files(built.wheel_of_sdist) == _wheel_files(built.wheel)


def test_sdist_holds_what_developers_need(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("docs", "examples", "rules", "schemas", "tests"):
        tracked = _tracked(folder)
        assert tracked, f"{folder}/ is empty"
        assert tracked <= names
    assert {"Makefile", "LICENSE", "CHANGELOG.md", "README.md", "hatch_build.py", ".ci/run"} <= names


def test_every_import_is_a_declared_dependency(built: Built) -> None:
    """The lent packages of `installed` cannot tell, so the imports are read."""
    declared = _requirements(_metadata(built.wheel).get_all("Requires-Dist") or ())
    owners = {"re2": ["google-re2"], **importlib.metadata.packages_distributions()}  # an extra may be missing
    for path in _files(ROOT / "tollgate", ".py"):
        for module in _imported(path) - set(sys.stdlib_module_names) - {"tollgate"}:
            names = {_normal(name) for name in owners.get(module, [module])}
            assert names & declared, f"{path.relative_to(ROOT)} imports {module}"


def test_building_needs_only_what_it_declares() -> None:
    """The catalog compiles where every package is hidden that an isolated build would lack."""
    allowed = _closure(_build_requirements())
    owners = importlib.metadata.packages_distributions()
    hidden = [module for module, names in owners.items() if not {_normal(name) for name in names} & allowed]
    assert "pytest" in hidden
    command = [sys.executable, "-c", COMPILE_WITHOUT, str(ROOT), *(set(hidden) - {"tollgate"})]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_version_is_one(built: Built, installed: Installed) -> None:
    from tollgate._version import __version__

    assert _metadata(built.wheel)["Version"] == __version__
    assert __version__ in installed.run("tollgate", "--version").stdout


def test_code_and_rules_come_from_the_wheel(installed: Installed) -> None:
    shown = installed.run(
        "python", "-c", "import tollgate; print(tollgate.__file__); print(len(tollgate.rules()))"
    )
    assert shown.returncode == 0, shown.stderr
    path, count = shown.stdout.split("\n")[:2]
    assert Path(path).is_relative_to(installed.programs.parent)
    assert int(count) == len([rule for rule in _files(ROOT / "rules", ".yaml") if rule.stem != "RETIRED"])


def test_rules_are_listed_away_from_the_checkout(installed: Installed) -> None:
    shown = installed.run("tollgate", "rules")
    assert shown.returncode == 0, shown.stderr
    assert "privileged-container" in shown.stdout


def test_lints_away_from_the_checkout(installed: Installed) -> None:
    (installed.folder / "Dockerfile").write_text(BAD_DOCKERFILE)
    (installed.folder / "pod.yaml").write_text(BAD_POD)
    shown = installed.run("tollgate", "lint", "--format", "json", ".")
    assert shown.returncode == 1, shown.stderr
    found = {finding["rule"] for finding in json.loads(shown.stdout)["findings"]}
    assert "privileged-container" in found


def test_hook_runs_away_from_the_checkout(installed: Installed) -> None:
    (installed.folder / "pod.yaml").write_text(BAD_POD)
    shown = installed.run("tollgate-hook", "pod.yaml")
    assert shown.returncode == 1, shown.stderr
    assert "privileged-container" in shown.stdout


def _build(kind: str, source: Path, target: Path) -> Path:
    """Without isolation: the developers' environment has what a build needs, so no network is asked."""
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = (path for path in target.iterdir() if path.is_file())
    return found


def _wheel_files(wheel: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _metadata(wheel: Path) -> importlib.metadata.PackageMetadata:
    (name,) = (name for name in _wheel_files(wheel) if name.endswith(".dist-info/METADATA"))
    return importlib.metadata.PathDistribution(zipfile.Path(wheel, name.rpartition("/")[0] + "/")).metadata


def _files(folder: Path, suffix: str = "") -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name.endswith(suffix) and "__pycache__" not in path.parts
    ]


def _tracked(folder: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


def _imported(path: Path) -> set[str]:
    """The top-level names of what a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            found.add(node.module.partition(".")[0])
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(lines: Iterable[str]) -> set[str]:
    """The normalised names of requirement lines, but for those of the extra `dev`."""
    wanted = [line for line in lines if not re.search(r"extra == .dev.", line)]
    return {_normal(match[0]) for line in wanted if (match := re.match(r"[A-Za-z0-9._-]+", line))}


def _build_requirements() -> set[str]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    match = re.search(r"^requires = (\[.*\])$", text, re.MULTILINE)
    assert match is not None
    requirements: Sequence[str] = ast.literal_eval(match[1])
    return _requirements(requirements)


def _closure(names: set[str]) -> set[str]:
    """The packages that installing these brings along here."""
    found: set[str] = set()
    todo = set(names)
    while todo:
        name = todo.pop()
        found.add(name)
        lines = [line for line in importlib.metadata.requires(name) or () if "extra ==" not in line]
        todo |= {other for other in _requirements(lines) if other not in found and _is_installed(other)}
    return found


def _is_installed(name: str) -> bool:
    return any(True for _ in importlib.metadata.distributions(name=name))
