"""Other linters' inline suppressions, read at their own scope.

A comment silences only rules that list that very id among their `equivalents`; whoever asks to
ignore everything is not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tollgate.engine.suppress import Cover
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Directive, Dockerfile
from tollgate.model.kubernetes import Manifest
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Mapping as Map, Scalar, descend
from tollgate.model.record import NamedTuple
from tollgate.model.source import Span
from tollgate.model.target import Artifact, Comment

WHOLE_FILE = 2**31
_SHELLCHECK = re.compile(r"SC\d{4}", re.IGNORECASE)
"""One rule speaks for all of ShellCheck's; a problem's key says which it is."""
_BUILD_CHECK = re.compile(r"check\s*=\s*(.*)", re.IGNORECASE)


class PeerComment(NamedTuple):
    """`whole_file`: the peer applies it to the file wherever it stands."""

    peer: str
    pattern: re.Pattern[str]
    whole_file: bool


_COMMENTS = (
    PeerComment("hadolint", re.compile(r"hadolint\s+ignore\s*=\s*([\w\s,]+)"), whole_file=False),
    PeerComment("hadolint", re.compile(r"hadolint\s+global\s+ignore\s*=\s*([\w\s,]+)"), whole_file=True),
    PeerComment("checkov", re.compile(r"checkov:\s*skip\s*=\s*([\w]+)"), whole_file=True),
    PeerComment("trivy", re.compile(r"(?:trivy|tfsec):ignore:([\w-]+)"), whole_file=False),
    PeerComment("kics", re.compile(r"kics-scan\s+disable\s*=\s*([\w\s,-]+)"), whole_file=True),
    PeerComment("semgrep", re.compile(r"nosemgrep:\s*([\w.,\s-]+)"), whole_file=False),
)


def peer_covers(
    artifact: Artifact, equivalents: Callable[[], Callable[[str, str], Sequence[str]]]
) -> Iterator[Cover]:
    """Covers for each rule that a peer's suppression names. `equivalents` gives the look-up of rules by
    peer and id."""
    rules_of = equivalents()
    if isinstance(artifact, ManifestFile):
        for manifest in artifact.manifests:
            yield from _annotations(manifest, rules_of)
    for comment in artifact.comments():
        yield from _comment(comment, rules_of)
    if isinstance(artifact, Dockerfile):
        yield from _build_checks(artifact, rules_of)


def _build_checks(file: Dockerfile, rules_of: Callable[[str, str], Sequence[str]]) -> Iterator[Cover]:
    """BuildKit's `# check=skip=…`: as a directive it is for the whole file, above an instruction for that."""
    directive = check_directive(file)
    start = -1
    if directive is not None:
        start = directive.start
        skipped = check_options(str(directive.value.value)).get("skip", "")
        yield from _skipped(skipped, Span(start, directive.end), 1, WHOLE_FILE, rules_of)
    for comment in file.comments():
        found = _BUILD_CHECK.match(comment.text)
        if found is not None and comment.start != start:
            skipped = check_options(found[1]).get("skip", "")
            span = Span(comment.start, comment.end)
            yield from _skipped(skipped, span, comment.first_line, comment.last_line, rules_of)


def _skipped(
    names: str, span: Span, first: int, last: int, rules_of: Callable[[str, str], Sequence[str]]
) -> Iterator[Cover]:
    for check in filter(None, map(str.strip, names.split(","))):
        for rule in rules_of("buildkit", check):
            yield Cover(rule, "", span, first, last, peer="buildkit", written=check)


def check_directive(file: Dockerfile) -> Directive | None:
    """BuildKit's `# check=` at the top of the file."""
    return next((directive for directive in file.directives if directive.name == "check"), None)


def check_options(value: str) -> dict[str, str]:
    """The options of BuildKit's `check`: `skip=A,B;error=true`."""
    parts = (part.partition("=") for part in value.split(";"))
    return {key.strip(): text.strip() for key, _, text in parts}


def wants_errors(artifact: Artifact) -> bool:
    """Whether a Dockerfile says that what BuildKit's checks find is an error (`# check=error=true`)."""
    directive = check_directive(artifact) if isinstance(artifact, Dockerfile) else None
    options = {} if directive is None else check_options(str(directive.value.value))
    return options.get("error", "").lower() in ("true", "t", "1")


def _comment(comment: Comment, rules_of: Callable[[str, str], Sequence[str]]) -> Iterator[Cover]:
    for peer, pattern, whole_file in _COMMENTS:
        found = pattern.search(comment.text)
        if found is None:
            continue
        first, last = (1, WHOLE_FILE) if whole_file else (comment.first_line, comment.last_line)
        reason = comment.text[found.end() :].strip(" :#-\t")
        for check in re.split(r"[,\s]+", found[1].strip()):
            is_shellcheck = _SHELLCHECK.fullmatch(check) is not None
            only = check.upper() if is_shellcheck else ""
            for rule in rules_of(peer, "SC*" if is_shellcheck else check):
                span = Span(comment.start, comment.end)
                yield Cover(rule, reason, span, first, last, peer=peer, written=check, only=only)


def _annotations(manifest: Manifest, rules_of: Callable[[str, str], Sequence[str]]) -> Iterator[Cover]:
    annotations = descend(manifest.node, ("metadata", "annotations"))
    if not isinstance(annotations, Map):
        return
    for key, entry in annotations.entries.items():
        value = entry.value.value if isinstance(entry.value, Scalar) else None
        text = value if isinstance(value, str) else ""
        for peer, check, reason in _annotated(key, text):
            for rule in rules_of(peer, check):
                span = Span(entry.key_start, entry.key_end)
                yield Cover(rule, reason, span, manifest=manifest, peer=peer, written=check)


def _annotated(key: str, value: str) -> Iterator[tuple[str, str, str]]:
    """Peer, check id and reason of one annotation."""
    if key.startswith("ignore-check.kube-linter.io/"):
        yield "kube-linter", key.partition("/")[2], value
    elif key.startswith("checkov.io/skip"):
        check, _, reason = value.partition("=")
        yield "checkov", check.strip(), reason.strip()
    elif key == "kube-score/ignore":
        for check in value.split(","):
            yield "kube-score", check.strip(), ""
    elif key.startswith("polaris.fairwinds.com/") and key.endswith("-exempt") and value.lower() == "true":
        yield "polaris", key.partition("/")[2].removesuffix("-exempt"), ""


def index_equivalents(
    equivalents: Mapping[str, Mapping[str, Sequence[str]]],
) -> Callable[[str, str], Sequence[str]]:
    """From each rule's equivalents to a look-up of rules by peer and id, whatever case it is in."""
    table: dict[tuple[str, str], list[str]] = {}
    for rule, peers in equivalents.items():
        for peer, checks in peers.items():
            for check in checks:
                table.setdefault((peer, plain_id(check)), []).append(rule)
    return lambda peer, check: table.get((peer, plain_id(check)), ())


def plain_id(check: str) -> str:
    """Case and Trivy's spellings (`AVD-DS-0002`, `DS002`, `DS-0002`) do not matter."""
    text = check.lower().removeprefix("avd-").replace("-", "").replace("_", "")
    found = re.fullmatch(r"([a-z]+)0*(\d+)", text)
    return text if found is None else f"{found[1]}{found[2]}"
