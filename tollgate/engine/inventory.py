"""The images that one file names, and what the rules about their origin say of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tollgate.checks.images import Written, read
from tollgate.engine.embedded import Embedded, embedded_in, place_in_file
from tollgate.engine.lint import MARKERS, Kind
from tollgate.engine.run import find_hits
from tollgate.engine.secrets import find_secrets
from tollgate.engine.select import RuleSet, rule_sets
from tollgate.model.documents import Limits
from tollgate.model.image_reference import parse_image
from tollgate.model.inventory import ImagePlace, Unread
from tollgate.model.manifests import ManifestFile
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.record import NamedTuple
from tollgate.model.rule import AnyRule
from tollgate.model.source import MASK, Source, Span
from tollgate.model.target import Artifact, Target
from tollgate.parsers import parse

ORIGIN_RULES = frozenset(
    {
        "development-image-in-production",
        "image-not-official",
        "image-outside-allowlist",
        "image-registry-blocked",
    }
)
"""What they find is not allowed, unless it is no more than a note: then nobody can say."""


class FileImages(NamedTuple):
    places: tuple[ImagePlace, ...]
    unread: tuple[Unread, ...]


class _Reader(NamedTuple):
    rules_for: Callable[[str], RuleSet]
    limits: Limits


def image_finder(rules: Sequence[AnyRule], *, policy: Policy) -> Callable[[Source, Kind], FileImages]:
    """A function from a file to its images."""
    origin = [rule for rule in rules if rule.name in ORIGIN_RULES]
    reader = _Reader(
        rule_sets(origin, policy=policy, project=Project()), Limits(file_bytes=policy.max_file_bytes)
    )

    def find(source: Source, kind: Kind) -> FileImages:
        artifact = parse(source, kind, limits=reader.limits)
        inner = [] if kind == "dockerfile" else list(_inner(artifact, reader))
        masks = [*find_secrets(artifact)[0]]
        for one, parsed in inner:
            found = find_secrets(parsed)[0]
            one.source.mask(found)
            masks += [place_in_file(one, *span) for span in found]
        source.mask(masks)
        places = [*_places(artifact, reader, source)]
        for one, parsed in inner:
            places += _places(parsed, reader, source, one)
        places.sort(key=lambda place: place.region)
        return FileImages(tuple(places), tuple(_unread(artifact)))

    return find


def _allowlist(policy: Policy) -> str:
    """The rule that holds every image against what policy trusts; others only refuse."""
    only_official = policy.images.official and not policy.images.internal
    return "image-not-official" if only_official else "image-outside-allowlist"


def _inner(artifact: Artifact, reader: _Reader) -> Iterator[tuple[Embedded, Artifact]]:
    """The Dockerfiles inside a YAML file."""
    if isinstance(artifact, ManifestFile) and any(one in artifact.source.text for one in MARKERS):
        for one in embedded_in(artifact):
            yield one, parse(one.source, "dockerfile", limits=reader.limits)


def _places(
    artifact: Artifact, reader: _Reader, file: Source, embedded: Embedded | None = None
) -> Iterator[ImagePlace]:
    """`file` is what a person opens: the artifact's own source, or the one that it is embedded in."""
    rules = reader.rules_for(file.path)
    judged = _allowlist(rules.policy) in rules
    targets = artifact.select("image")
    refused: dict[int, set[str]] = {}
    doubted: set[int] = set()
    for hit in find_hits(artifact, rules, {"image": targets}):
        if hit.severity == "note":
            doubted.add(id(hit.target))
        else:
            refused.setdefault(id(hit.target), set()).add(hit.ready.rule.name)
    for target in targets:
        image = read(target)
        if image is not None:
            span = Span(image.start, image.end)
            if embedded is not None:
                span = place_in_file(embedded, *span)
            place = _place(target, image, file, span)
            against = tuple(sorted(refused.get(id(target), ())))
            vouched = judged and place.reference is not None and id(target) not in doubted
            allowed = False if against else True if vouched else None
            yield place._replace(allowed=allowed, refused_by=against)


def _place(target: Target, image: Written, file: Source, span: Span) -> ImagePlace:
    def scrubbed(text: str) -> str:
        return file.scrub(target.source.scrub(text))

    hidden = file.is_masked(*span)
    written = MASK if hidden else scrubbed(image.shown)
    text = image.text
    reference = None if hidden or text is None or scrubbed(text) != text else parse_image(text)
    kind, name = target.object_kind, target.object_name
    return ImagePlace(
        file.path,
        file.region(*span),
        written,
        reference,
        image.use,
        None if kind is None else scrubbed(kind),
        None if name is None else scrubbed(name),
    )


def _unread(artifact: Artifact) -> Iterator[Unread]:
    source = artifact.source
    for problem in artifact.problems:
        if problem.code == "parse-error" or problem.code.startswith("not-linted"):
            line = source.position(problem.start).line
            yield Unread(source.path, line, source.scrub(problem.message))
    for note in artifact.notes:
        yield Unread(note.path, note.line, source.scrub(note.message))
