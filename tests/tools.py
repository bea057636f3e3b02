"""Outside tools that some tests need, and the one way a test may be skipped.

    @needs("kubectl")
    def test_decodes_as_kubectl_does() -> None: ...

A test that needs a missing tool is skipped with the tool's name as the reason. Where
TOLLGATE_REQUIRE_TOOLS is set (.ci/run sets it) it fails instead. Nothing else may skip: see conftest.py.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from tollgate.peer_tools import find_program as find_peer
from tollgate.shellcheck import find_program

ROOT = Path(__file__).resolve().parent.parent
"""The checkout's top level."""

NODE_MODULES = ROOT / ".tools" / "node" / "node_modules"
"""Where .ci/run has npm put its packages."""


def _on_path(name: str) -> Callable[[], str | None]:
    return lambda: shutil.which(name)


def _sarif_multitool() -> str | None:
    """The binary itself: the wrapper script of the npm package breaks on a `;` in an argument."""
    binary = NODE_MODULES / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    return str(binary) if os.access(binary, os.X_OK) else None


def _re2() -> str | None:
    """A module and no program: the extra `regex`."""
    spec = find_spec("re2")
    return None if spec is None else spec.origin


TOOLS: Mapping[str, Callable[[], str | None]] = {
    "google-re2": _re2,
    "hadolint": lambda: find_peer("hadolint", os.devnull),
    "kubectl": _on_path("kubectl"),
    "npm": _on_path("npm"),
    "patch": _on_path("patch"),
    "sarif-multitool": _sarif_multitool,
    "shellcheck": find_program,
}
"""The outside tools that tests may need, each with how it is found."""


def needs(*tools: str) -> pytest.MarkDecorator:
    """Mark a test that cannot run without these tools. Raises KeyError for one not in TOOLS."""
    for tool in tools:
        TOOLS[tool]
    return pytest.mark.needs(*tools)


def tool(name: str) -> str:
    """The path of a tool that the running test `needs`. Raises LookupError if it is missing."""
    path = TOOLS[name]()
    if path is None:
        raise LookupError(f"{name} is missing; mark the test with @needs({name!r})")
    return path


def missing(tools: tuple[str, ...]) -> list[str]:
    """Those of the tools that this machine lacks."""
    return [name for name in tools if TOOLS[name]() is None]


def tools_are_required() -> bool:
    return bool(os.environ.get("TOLLGATE_REQUIRE_TOOLS"))
