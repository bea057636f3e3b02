"""Compiles the rules into the wheel, so that starting Tollgate never parses hundreds of YAML files."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalog(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]  # hatchling's way
    """Adds `tollgate/_data/catalog.txt`. An editable install reads rules/ and needs none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="tollgate-build-")
        compiled = Path(self._folder.name) / "catalog.txt"
        compiled.write_text(_compile(Path(self.root)), encoding="utf-8")
        build_data["force_include"][str(compiled)] = "tollgate/_data/catalog.txt"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()


def _compile(root: Path) -> str:
    """The catalog as the code of this very checkout compiles it, whatever else is installed."""
    sys.path.insert(0, str(root))
    try:
        from tollgate.catalog import compile_catalog

        return compile_catalog(str(root / "rules"))
    finally:
        sys.path.remove(str(root))
