"""Readers: bytes of a file to an artifact with exact places."""

from __future__ import annotations

from tollgate.model.documents import Limits
from tollgate.model.file_kind import is_compose_name
from tollgate.model.hints import Literal
from tollgate.model.source import Source
from tollgate.model.target import Artifact


def parse(source: Source, kind: Literal["yaml", "dockerfile"], *, limits: Limits = Limits()) -> Artifact:  # noqa: B008
    """The artifact of a file. Never raises for any content: what is wrong is in `problems`."""
    if kind == "dockerfile":
        from tollgate.parsers.dockerfile import parse_dockerfile

        return parse_dockerfile(source)
    from tollgate.model.manifests import ManifestFile
    from tollgate.parsers.yaml import parse_yaml

    if is_compose_name(source.path) and "apiVersion" not in source.text:
        return ManifestFile(parse_yaml(source, limits=limits, every_document=True, compose=True))
    file = ManifestFile(parse_yaml(source, limits=limits))
    if "<<" in source.text and file.services:  # a Compose file by another name, whose merges mean others
        return ManifestFile(parse_yaml(source, limits=limits, compose=True))
    return file
