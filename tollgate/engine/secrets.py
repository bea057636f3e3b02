"""The pass that always runs: masks for every reporter, and targets of the noun `secret`."""

from __future__ import annotations

from tollgate.model.source import Span
from tollgate.model.target import Artifact, Target


def find_secrets(artifact: Artifact) -> tuple[list[Span], list[Target]]:
    return [], []
