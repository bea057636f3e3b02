"""Names, labels, annotations and prefixes that policy or convention asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.globs import path_matcher
from tollgate.model.kubernetes import Manifest, Part, items_at, text_at
from tollgate.model.node import Scalar, Sequence, descend
from tollgate.model.rule import Context

INSTANCE = "app.kubernetes.io/instance"


def instance_label(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """An instance label that is missing or is not the object's name."""
    labels = descend(manifest.node, ("metadata", "labels"))
    found = text_at(labels, INSTANCE)
    if manifest.name is None or found == manifest.name:
        return
    fields = {"label": found or "not there", "name": manifest.name}
    yield problem_at(manifest, "metadata", "labels", INSTANCE, fields=fields)


@lru_cache(maxsize=64)
def _globs(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    return path_matcher(patterns)


def annotation_forbidden(part: Part, context: Context) -> Iterator[Problem]:
    """Annotation keys that the option `forbidden` matches, or that `allowed`, if given, does not."""
    key = str(part.trail[-1])
    forbidden, allowed = (
        tuple(map(str, context.options.get(name) or ())) for name in ("forbidden", "allowed")
    )
    refused = bool(forbidden) and _matches(forbidden, key)
    if refused or (allowed and not _matches(allowed, key)):
        below = part.trail[len(part.manifest.trail) :]
        yield problem_at(part.manifest, *below, key_only=True, fields={"key": key})


def _matches(patterns: tuple[str, ...], key: str) -> bool:
    return _globs(patterns)(key)


def claim_annotations(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """Claim templates of a StatefulSet without the annotations that the option names."""
    wanted = [str(key) for key in context.options.get("annotations") or ()]
    for index, item in items_at(manifest.node.get("spec"), "volumeClaimTemplates"):
        for key in wanted:
            if text_at(descend(item, ("metadata", "annotations")), key) is None:
                at = ("spec", "volumeClaimTemplates", index, "metadata", "annotations", key)
                yield problem_at(manifest, *at, fields={"key": key}, key=f"{index} {key}")


_DOCKER_HUB = "docker.io"


def gatekeeper_prefixes(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Prefixes of allowed repositories that also cover other hosts or owners."""
    at = ("spec", "parameters", "repos")
    repos = descend(manifest.node, at)
    for index, item in enumerate(repos.items if isinstance(repos, Sequence) else ()):
        text = item.value if isinstance(item, Scalar) else None
        if not isinstance(text, str) or text.endswith("/") or not _is_open(text):
            continue
        change = Change("set", manifest.document, (*manifest.trail, *at, index), f"{text}/")
        fix = FixPlan(True, (change,), title=f"write `{text}/`")
        yield problem_at(manifest, *at, index, fields={"prefix": text}, fix=fix, key=text)


def _is_open(prefix: str) -> bool:
    """A host alone, or an owner on Docker Hub: what follows it may go on with the same name."""
    host, slash, rest = prefix.partition("/")
    return bool(prefix) and (not slash or (host == _DOCKER_HUB and "/" not in rest))
