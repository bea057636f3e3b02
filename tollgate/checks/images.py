"""Images in manifests and Dockerfiles: where they come from, and how surely the same one is pulled again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from tollgate.checks.places import anchored
from tollgate.model.finding import Change, Edit, FixPlan, Problem, RelatedSpan
from tollgate.model.image import (
    ImagePattern,
    ImageReference,
    compile_pattern,
    matches,
    parse_image,
    why_no_image,
)
from tollgate.model.kubernetes import Container, Manifest, Part
from tollgate.model.node import Scalar, place_of
from tollgate.model.policy import Scope, scope_matcher
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.target import Target

FROZEN_REGISTRY = "k8s.gcr.io/"
FROZEN_SUCCESSOR = "registry.k8s.io/"

_FRONTENDS = ("docker/dockerfile", "docker/dockerfile-upstream")
"""BuildKit's own frontends: Docker publishes them as it does the official images."""


class Written(NamedTuple):
    """An image as a target gives it. `text` None: only the build or the deployment knows it."""

    text: str | None
    shown: str
    use: str
    start: int
    end: int
    related: tuple[RelatedSpan, ...] = ()


def read(target: Target) -> Written | None:
    """What the noun `image` selected; None if it is no text at all."""
    if not isinstance(target, Part):
        return _read(target)
    if target.worked_out is None:  # ten rules ask for the same
        target.worked_out = (_read(target),)
    found: Written | None = target.worked_out[0]
    return found


def _read(target: Target) -> Written | None:
    reference, written, use = (target.field(name) for name in ("reference", "written", "use"))
    if not isinstance(reference, Scalar):
        return None
    at = written if isinstance(written, Scalar) else reference
    shown = str(at.value) if isinstance(at.value, str) else ""
    kind = str(use.value) if isinstance(use, Scalar) else "container"
    text = reference.value if isinstance(reference.value, str) else None
    if text is not None and not isinstance(written, Scalar) and ("$" in text or "{{" in text):
        text = None
    start, end = at.start, at.end
    related: tuple[RelatedSpan, ...] = ()
    if isinstance(target, Part):
        place = place_of(target.manifest.root, target.trail)
        if place is not None:
            start, end = place.start, place.end
            related = anchored(place.anchor)
    return Written(text, shown, kind, start, end, related)


def _problem(image: Written, *, message: str | None = None, **fields: object) -> Problem:
    given = {"image": image.shown, **fields}
    return Problem(image.start, image.end, fields=given, message=message, related=image.related)


@lru_cache(maxsize=64)
def _patterns(texts: tuple[str, ...]) -> tuple[ImagePattern, ...]:
    return tuple(compile_pattern(text) for text in texts)


def covered(texts: tuple[str, ...], reference: ImageReference) -> bool:
    """Whether a pattern of a policy covers the reference."""
    return any(matches(pattern, reference) for pattern in _patterns(texts))


def is_docker_official(reference: ImageReference) -> bool:
    """A Docker official image, or BuildKit's own frontend."""
    return reference.is_official or (reference.host == "docker.io" and reference.repository in _FRONTENDS)


def outside_allowlist(target: Target, context: Context) -> Iterator[Problem]:
    """Images that policy's list of registries does not cover; silent while policy has no list."""
    policy = context.policy.images
    if policy.official and not policy.internal:
        return
    yield from _refused(
        target,
        lambda reference: (
            (policy.official and is_docker_official(reference)) or covered(policy.internal, reference)
        ),
        "an allowed registry",
    )


def not_official(target: Target, context: Context) -> Iterator[Problem]:
    """Images that are not Docker's, where policy names no registry of one's own."""
    policy = context.policy.images
    if policy.official and not policy.internal:
        for problem in _refused(target, is_docker_official, "Docker's official images"):
            yield problem._replace(severity="note") if isinstance(target, Part) else problem


def _refused(target: Target, allows: Callable[[ImageReference], bool], where: str) -> Iterator[Problem]:
    image = read(target)
    if image is None:
        return
    if image.text is None:
        yield _problem(image, message="image `{image}` cannot be known, so nobody can say where it is from")
        return
    reference = parse_image(image.text)
    if reference is not None and not allows(reference):
        shown = reference._replace(tag=None, digest=None)
        yield _problem(image, registry=reference.host, repository=shown.familiar, where=where)


def blocked(target: Target, context: Context) -> Iterator[Problem]:
    """Images from what the option `registries` lists."""
    image = read(target)
    reference = None if image is None or image.text is None else parse_image(image.text)
    texts = tuple(str(text) for text in context.options.get("registries") or ())
    if image is not None and reference is not None and covered(texts, reference):
        yield _problem(image, registry=reference.name)


@lru_cache(maxsize=16)
def _in_scope(scope: Scope) -> Callable[[str, str | None], bool]:
    return scope_matcher(scope)


def development_in_production(target: Target, context: Context) -> Iterator[Problem]:
    """Images from policy's development registries under its production paths and namespaces."""
    policy = context.policy.images
    if not policy.development:
        return
    image = read(target)
    reference = None if image is None or image.text is None else parse_image(image.text)
    if image is None or reference is None or not covered(policy.development, reference):
        return
    manifest = target.owner("manifest")
    namespace = manifest.namespace if isinstance(manifest, Manifest) else None
    if _in_scope(policy.production)(target.source.path, namespace):
        yield _problem(image, registry=reference.host)


def invalid(target: Target, context: Context) -> Iterator[Problem]:
    """References that every runtime refuses. What holds a variable is somebody else's to fill in, and what
    lacks one that is declared nowhere has a rule of its own."""
    image = read(target)
    if image is None or image.text is None:
        return
    reason = why_no_image(image.text)
    if reason is not None and not (
        image.use == "from" and "$" in image.shown and _lacks_one(target, context)
    ):
        yield _problem(image, reason=reason)


def _lacks_one(target: Target, context: Context) -> bool:
    from tollgate.checks.base_image_lines import undeclared

    instruction = target.owner("instruction")
    return instruction is not None and any(undeclared(instruction, context))


def _reference(target: Target) -> tuple[Written, ImageReference] | None:
    image = read(target)
    reference = None if image is None or image.text is None else parse_image(image.text)
    return None if image is None or reference is None else (image, reference)


def untagged(target: Target, _context: Context) -> Iterator[Problem]:
    found = _reference(target)
    if found is not None and found[1].tag is None and found[1].digest is None:
        yield _problem(found[0])


def latest(target: Target, _context: Context) -> Iterator[Problem]:
    found = _reference(target)
    if found is not None and found[1].tag == "latest" and found[1].digest is None:
        yield _problem(found[0])


def without_digest(target: Target, _context: Context) -> Iterator[Problem]:
    found = _reference(target)
    if found is not None and found[1].digest is None:
        yield _problem(found[0])


def frozen_registry(target: Target, _context: Context) -> Iterator[Problem]:
    """Images from the frozen registry of Kubernetes, with the edit that moves them."""
    image = read(target)
    if image is None or not (image.text or "").startswith(FROZEN_REGISTRY):
        return
    problem = _problem(image)
    moved = FROZEN_SUCCESSOR + (image.text or "").removeprefix(FROZEN_REGISTRY)
    if isinstance(target, Part):
        plan = FixPlan(True, (Change("set", target.document, target.trail, moved),), title=f"pull `{moved}`")
        yield problem._replace(fix=plan)
        return
    text = target.source.text
    at = text.find(FROZEN_REGISTRY, image.start, image.end)
    if at < 0:
        yield problem
        return
    edit = Edit(at, at + len(FROZEN_REGISTRY), FROZEN_SUCCESSOR)
    yield problem._replace(fix=FixPlan(True, edits=(edit,), title=f"pull from `{FROZEN_SUCCESSOR[:-1]}`"))


def pull_policy(container: Container, _context: Context) -> Iterator[Problem]:
    """A tagged image that the node does not look up again: another node may run another image."""
    reference = _container_image(container)
    if reference is None or reference.digest is not None or _pulls_always(container, reference):
        return
    yield _policy_problem(container)


def stale_latest(container: Container, _context: Context) -> Iterator[Problem]:
    """The tag says newest, the pull policy says whatever the node has."""
    reference = _container_image(container)
    if reference is None or reference.effective_tag != "latest" or reference.digest is not None:
        return
    if not _pulls_always(container, reference):
        yield _policy_problem(container)


def _container_image(container: Container) -> ImageReference | None:
    image = container.node.get("image")
    text = image.value if isinstance(image, Scalar) else None
    return parse_image(text) if isinstance(text, str) and "$" not in text else None


def _pulls_always(container: Container, reference: ImageReference) -> bool:
    """The API's default is Always for `latest`, else IfNotPresent."""
    written = container.node.get("imagePullPolicy")
    value = written.value if isinstance(written, Scalar) else None
    if value is None or value == "":
        return reference.effective_tag == "latest"
    return value == "Always"


def _policy_problem(container: Container) -> Problem:
    from tollgate.checks.places import problem_at

    written = container.node.get("imagePullPolicy")
    value = written.value if isinstance(written, Scalar) and written.value else "IfNotPresent"
    return problem_at(container, "imagePullPolicy", fields={"policy": value})._replace(missing=False)
