"""Which of the places that two readers read differently matter: those that some rule looks at."""

from __future__ import annotations

from collections.abc import Container, Sequence

from tollgate.model.finding import InputProblem
from tollgate.model.kubernetes import Manifest
from tollgate.model.manifests import ManifestFile
from tollgate.model.target import Artifact

_DIFFERENTLY = "read-differently"


def that_matter(artifact: Artifact, nouns: Container[str]) -> Sequence[InputProblem]:
    """The problems of a file but for different readings of what only a custom resource's own controller
    knows. `nouns`: what the rules that are on select."""
    problems = artifact.problems
    if not isinstance(artifact, ManifestFile) or not any(one.code == _DIFFERENTLY for one in problems):
        return problems
    return [one for one in problems if one.code != _DIFFERENTLY or _matters(one, artifact, nouns)]


def _matters(problem: InputProblem, file: ManifestFile, nouns: Container[str]) -> bool:
    manifest = file.manifest_at(problem.start)
    return manifest is None or _is_looked_at(manifest, nouns) or not _is_below_own_keys(problem, manifest)


def _is_looked_at(manifest: Manifest, nouns: Container[str]) -> bool:
    kind, group = manifest.kind, manifest.group
    own = "." not in group or group.endswith(".k8s.io")
    return own or bool(manifest.pods) or kind in nouns or f"{kind}.{group}" in nouns


def _is_below_own_keys(problem: InputProblem, manifest: Manifest) -> bool:
    """Whether it is below a key that only this kind knows: every object has the others."""
    for key in ("apiVersion", "kind", "metadata"):
        entry = manifest.node.entries.get(key)
        if entry is not None and entry.key_start <= problem.start < max(entry.value.end, entry.key_end):
            return False
    return not any(entry.key_start == problem.start for entry in manifest.node.entries.values())
