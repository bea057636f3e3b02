"""Dockerfiles inside YAML: linted as files of their own, their findings put where the text stands.

Compose has them at `build.dockerfile_inline`, OpenShift's BuildConfig at `spec.source.dockerfile`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tollgate.engine.lint import FileResult, Inner
from tollgate.model.finding import Finding, Location, Related
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Node, Scalar, descend
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region, Source, Span

_BUILD_GROUPS = ("", "build.openshift.io")


class Embedded(NamedTuple):
    """A Dockerfile in a scalar of `outer`. `offsets`: where each of its characters, and its end, stands
    there; None if escapes or folds hide that. `owner` names what holds it."""

    source: Source
    outer: Source
    span: Span
    offsets: Sequence[int] | None
    owner: str


def embedded_in(file: ManifestFile) -> list[Embedded]:
    """The Dockerfiles of a file, each once however often its anchor is used."""
    found: dict[int, Embedded] = {}
    for node, owner, is_compose in _scalars(file):
        if isinstance(node, Scalar) and isinstance(node.value, str) and id(node) not in found:
            found[id(node)] = _embedded(file.source, node, node.value, owner, is_compose=is_compose)
    return list(found.values())


def _scalars(file: ManifestFile) -> Iterator[tuple[Node | None, str, bool]]:
    for service in file.services:
        yield descend(service.node, ("build", "dockerfile_inline")), "\0".join(service.identity()), True
    for manifest in file.manifests:
        if manifest.kind == "BuildConfig" and manifest.group in _BUILD_GROUPS:
            node = descend(manifest.node, ("spec", "source", "dockerfile"))
            yield node, "\0".join(manifest.identity()), False


def _embedded(outer: Source, node: Scalar, value: str, owner: str, *, is_compose: bool) -> Embedded:
    offsets = _offsets(outer, node, value)
    if is_compose and "$$" in value:  # what Compose makes a plain `$` of
        kept = list(_without_doubled_signs(value))
        value = "".join(value[index] for index in kept)
        if offsets is not None:
            offsets = [*(offsets[index] for index in kept), offsets[-1]]
    source = Source(outer.path, value.encode("utf-8", "surrogateescape"), value, encoding="utf-8", bom=b"")
    return Embedded(source, outer, Span(node.start, node.end), offsets, owner)


def _without_doubled_signs(text: str) -> Iterator[int]:
    at = 0
    while at < len(text):
        yield at
        at += 2 if text.startswith("$$", at) else 1


def _offsets(outer: Source, node: Scalar, value: str) -> list[int] | None:
    """For a literal block scalar: its lines are the text's without their common indentation."""
    if node.style != "|":
        return None
    from tollgate.parsers.yaml_spans import block_scalar_body

    text = outer.text
    at = block_scalar_body(text, node.start, len(text))
    at += text.startswith("\r\n", at - 1)
    indent: int | None = None
    offsets: list[int] = []
    for line in value.split("\n"):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        written = text[at:stop].rstrip("\r")
        if line and indent is None:
            indent = len(written) - len(line)
        lead = min(indent or 0, len(written))
        if line and (lead < 0 or written[lead:] != line):
            return None
        offsets.extend(range(at + lead, at + lead + len(line) + 1))
        at = min(stop + 1, len(text))
    offsets[-1] = min(offsets[-1], node.end)
    return offsets


def lint_embedded(file: ManifestFile, lint: Callable[[Source], FileResult]) -> Inner:
    """Findings and masks of the Dockerfiles in a file, in terms of that file. No fix is offered: its
    proof would have to hold for both languages."""
    findings: list[Finding] = []
    masks: list[Span] = []
    embedded = embedded_in(file)
    for one in embedded:
        result = lint(one.source)
        findings += [_moved(finding, one) for finding in result.findings]
        masks += [place_in_file(one, *mask) for mask in result.masks]
    return Inner(findings, masks, [one.span for one in embedded])


def _moved(finding: Finding, embedded: Embedded) -> Finding:
    suppressed = finding.suppressed
    if suppressed is not None:
        start = embedded.source.line_starts[max(suppressed.line, 1) - 1]
        line = embedded.outer.position(place_in_file(embedded, start, start).start).line
        region = suppressed.region
        if region is not None:
            region = _moved_region(region, embedded)
        others = tuple(_moved_region(one, embedded) for one in suppressed.others)
        suppressed = suppressed._replace(line=line, region=region, others=others)
    return finding._replace(
        location=_moved_location(finding.location, embedded),
        related=tuple(
            Related(_moved_location(one.location, embedded), one.message) for one in finding.related
        ),
        fingerprint=_fingerprint(embedded.owner, finding.fingerprint),
        fix=None,
        suppressed=suppressed,
    )


def _moved_region(region: Region, embedded: Embedded) -> Region:
    return _moved_location(Location(embedded.source.path, region), embedded).region


def _moved_location(location: Location, embedded: Embedded) -> Location:
    if location.path != embedded.source.path:
        return location
    starts = embedded.source.line_starts
    start, end = (starts[one.line - 1] + one.column - 1 for one in location.region)
    place = place_in_file(embedded, start, end)
    return Location(location.path, Region(*embedded.outer.region(*place)))


def place_in_file(embedded: Embedded, start: int, end: int) -> Span:
    """Where `start` to `end` of the Dockerfile stands in the file."""
    offsets = embedded.offsets
    if offsets is None:
        return embedded.span
    start = min(start, len(offsets) - 1)
    return Span(offsets[start], offsets[end - 1] + 1 if end > start else offsets[start])


def _fingerprint(owner: str, fingerprint: str) -> str:
    from tollgate.model.digest import blake2b

    return blake2b(f"{owner}\0{fingerprint}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
