"""The pass that always runs: masks for every reporter, and targets of the noun `secret`."""

from __future__ import annotations

from collections.abc import Callable

from tollgate.checks.secret_hits import SecretHit
from tollgate.model.manifests import ManifestFile
from tollgate.model.passage import Passage
from tollgate.model.source import Span
from tollgate.model.target import Artifact, Target


def find_secrets(artifact: Artifact) -> tuple[list[Span], list[Target]]:
    """Spans that no report may print, and a passage for each hit: kind, name, where, reported."""
    if isinstance(artifact, ManifestFile):
        from tollgate.checks.secrets_yaml import yaml_secrets

        hits = yaml_secrets(artifact.text)
        subject_at: Callable[[int], Target | None] = artifact.manifest_at
    else:
        from tollgate.checks.secrets_dockerfile import dockerfile_secrets
        from tollgate.model.dockerfile import Dockerfile

        assert isinstance(artifact, Dockerfile)
        hits = dockerfile_secrets(artifact)
        subject_at = artifact.instruction_at
    return [Span(hit.start, hit.end) for hit in hits], [_passage(artifact, hit, subject_at) for hit in hits]


def _passage(artifact: Artifact, hit: SecretHit, subject_at: Callable[[int], Target | None]) -> Passage:
    return Passage(
        "secret",
        artifact.source,
        Span(hit.start, hit.end),
        {"kind": hit.kind, "name": hit.name or "the text", "where": hit.where, "reported": hit.reported},
        identity=(hit.where, hit.name, hit.kind),
        subject=subject_at(hit.start),
    )
