"""The files in which linters keep their settings."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping, Sequence

from tollgate.migrate_ignores import read_trivy, read_trivy_ignores, read_trivyignore
from tollgate.migrate_model import Document, MigrateError, Reading, read_settings, read_text
from tollgate.migrate_readers import read_checkov, read_hadolint, read_kube_linter, read_polaris

_READERS: Mapping[str, Callable[[Document], Reading]] = {
    ".hadolint.yaml": read_hadolint,
    ".hadolint.yml": read_hadolint,
    ".kube-linter.yaml": read_kube_linter,
    ".kube-linter.yml": read_kube_linter,
    ".checkov.yaml": read_checkov,
    ".checkov.yml": read_checkov,
    "trivy.yaml": read_trivy,
    ".trivyignore.yaml": read_trivy_ignores,
    ".trivyignore.yml": read_trivy_ignores,
    "polaris.yaml": read_polaris,
    "polaris.yml": read_polaris,
    ".polaris.yaml": read_polaris,
    ".polaris.yml": read_polaris,
}
KNOWN_FILES = (*_READERS, ".trivyignore")
"""What is looked for in a folder."""


def read_all(root: str, paths: Sequence[str]) -> list[Reading]:
    """The settings in files of these names. Raises MigrateError."""
    readings = []
    for path in paths:
        name = posixpath.basename(path)
        if name == ".trivyignore":
            readings.append(read_trivyignore(path, read_text(root, path)))
            continue
        reader = _READERS.get(name)
        if reader is None:
            known = ", ".join(KNOWN_FILES)
            raise MigrateError(f"{path}: no linter's settings are in a file of this name; known are {known}")
        document = read_settings(root, path)
        if document.plain is not None and not isinstance(document.plain, dict):
            raise MigrateError(f"{path}:1: must be a mapping")
        readings.append(reader(document))
    return readings


def found_files(root: str) -> list[str]:
    """The files of settings in a folder."""
    return [name for name in KNOWN_FILES if os.path.lexists(os.path.join(root, name))]
