"""Suppressions: what silences a finding, and what is wrong with the suppressions themselves.

Ours name rules and a reason: `# tollgate: ignore[rule-name] reason`, or the annotation
`tollgate.dev/ignore.<rule-name>: reason` on a manifest. Other tools' are read by `engine.peers`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from tollgate.engine.run import Hit
from tollgate.model import lazy_re as re
from tollgate.model.finding import InputProblem, Suppression
from tollgate.model.kubernetes import Manifest
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Scalar, descend
from tollgate.model.policy import SuppressionPolicy
from tollgate.model.record import NamedTuple
from tollgate.model.source import Span
from tollgate.model.target import Artifact, Comment

_MARKER = "tollgate:"
_COMMENT = re.compile(r"tollgate:\s*ignore\s*\[([^\]]*)\]\s*(?:[-:]\s*)?(.*)", re.DOTALL)
_ANNOTATION = "tollgate.dev/ignore."
SAID = ("until:", "approved-by:")
"""A reason without these is nothing but a reason."""

PEER_MARKERS = (
    "hadolint",
    "checkov",
    "trivy:",
    "tfsec:",
    "kics-scan",
    "check=",
    "check =",
    "kube-linter",
    "polaris.fairwinds.com",
    "kube-score",
    "nosemgrep",
)
"""A file without any of these has no peer's suppression."""


class Cover(NamedTuple):
    """One rule name of one suppression with what it covers: lines, or a whole manifest.

    `span`: the name in the comment, or the annotation's key. `peer`: whose comment it is. `only`: the key
    of the one problem that is meant, where a rule speaks for many of a peer's checks (ShellCheck's). `until`:
    the last day, if one is given. `approved_by`: who agreed.
    """

    rule: str
    reason: str
    span: Span
    first_line: int = 0
    last_line: int = 0
    manifest: Manifest | None = None
    peer: str | None = None
    written: str = ""
    only: str = ""
    until: str = ""
    approved_by: str = ""

    def covers(self, hit: Hit, line: int) -> bool:
        if self.only and hit.problem.key != self.only:
            return False
        if self.manifest is not None:
            return hit.target.owner("manifest") is self.manifest
        return self.first_line <= line <= self.last_line


def own_covers(
    artifact: Artifact,
    *,
    today: str,
    demands: SuppressionPolicy = SuppressionPolicy(),  # noqa: B008 (immutable)
) -> tuple[list[Cover], list[InputProblem]]:
    """Tollgate's suppressions in a file that hold, and problems with how they are written. `demands`: what
    policy wants every one of them to say."""
    covers: list[Cover] = []
    problems: list[InputProblem] = []
    if _MARKER in artifact.source.text:
        for comment in artifact.comments():
            if comment.text.startswith(_MARKER):
                _read_comment(comment, artifact.source.text, covers, problems)
    if isinstance(artifact, ManifestFile) and _ANNOTATION in artifact.source.text:
        for manifest in artifact.manifests:
            covers += _annotation_covers(manifest)
    if demands != SuppressionPolicy() or any(word in cover.reason for cover in covers for word in SAID):
        covers = list(_still_valid(covers, problems, demands, today=today))
    problems += [
        InputProblem(
            "suppression-without-reason", *cover.span, f"the suppression of `{cover.rule}` gives no reason"
        )
        for cover in covers
        if not cover.reason
    ]
    return covers, problems


def _still_valid(
    covers: Sequence[Cover], problems: list[InputProblem], demands: SuppressionPolicy, *, today: str
) -> Iterator[Cover]:
    """The covers that hold, with what their reasons say beside the reason."""
    from tollgate.engine.suppress_until import End, judge_end, read_reason, unmet_demand

    for cover in covers:
        said = read_reason(cover.reason)
        what = f"the suppression of `{cover.rule}`"
        unmet = unmet_demand(said, demands, today=today)
        if unmet:
            message = f"`{cover.rule}` is not silenced: {unmet}"
            problems.append(InputProblem("suppression-refused", *cover.span, message))
            continue
        end = End() if said.until is None else judge_end(said.until, what, today=today)
        if end.problem:
            problems.append(InputProblem(end.problem, *cover.span, end.message))
        if not end.over:
            yield cover._replace(reason=said.reason, until=said.until or "", approved_by=said.approved_by)


def _read_comment(comment: Comment, text: str, covers: list[Cover], problems: list[InputProblem]) -> None:
    found = _COMMENT.fullmatch(comment.text)
    names = [] if found is None else [name.strip() for name in found[1].split(",") if name.strip()]
    if found is None or not names:
        problems.append(
            InputProblem(
                "suppression-unreadable",
                comment.start,
                comment.end,
                "this is no suppression: write `# tollgate: ignore[rule-name] reason`",
            )
        )
        return
    for name in names:
        at = text.find(name, text.find("[", comment.start))
        span = Span(at, at + len(name)) if 0 <= at < comment.end else Span(comment.start, comment.end)
        covers.append(
            Cover(name, found[2].strip(), span, comment.first_line, comment.last_line, written=name)
        )


def _annotation_covers(manifest: Manifest) -> Iterator[Cover]:
    annotations = descend(manifest.node, ("metadata", "annotations"))
    for key, entry in getattr(annotations, "entries", {}).items():
        if key.startswith(_ANNOTATION):
            value = entry.value
            reason = value.value.strip() if isinstance(value, Scalar) and isinstance(value.value, str) else ""
            rule = key.removeprefix(_ANNOTATION)
            yield Cover(rule, reason, Span(entry.key_start, entry.key_end), manifest=manifest, written=rule)


def match_covers(
    hits: Sequence[Hit], covers: Sequence[Cover], *, peer_suppressions: str
) -> tuple[list[tuple[Hit, Suppression | None, Cover | None]], set[int]]:
    """Each hit with what suppresses it, or with the peer's comment that policy does not honour; and
    the indices of covers that covered something. Where the more exact rule is suppressed, the locked broader
    ones that it speaks for are hits of their own."""
    by_rule: dict[str, list[int]] = {}
    for index, cover in enumerate(covers):
        by_rule.setdefault(cover.rule, []).append(index)
    used: set[int] = set()
    matched: list[tuple[Hit, Suppression | None, Cover | None]] = []
    for hit in hits:
        rule = hit.ready.rule
        line = hit.target.source.position(hit.problem.start).line if by_rule else 0
        found: Cover | None = None
        every: list[Cover] = []
        for name in (rule.name, *rule.formerly):
            for index in by_rule.get(name, ()):
                if covers[index].covers(hit, line):
                    used.add(index)
                    every.append(covers[index])
                    if found is None or found.peer is not None:
                        found = covers[index]
        judged = _judge(hit, found, peer_suppressions)
        if judged[1] is not None and len(every) > 1:
            judged = (hit, _with_others(hit, judged[1], every, peer_suppressions), None)
        matched.append(judged)
        if judged[1] is not None:
            matched += [(broader, None, None) for broader in hit.replaces]
    return matched, used


def _judge(
    hit: Hit, cover: Cover | None, peer_suppressions: str
) -> tuple[Hit, Suppression | None, Cover | None]:
    if cover is None or hit.ready.rule.locked:
        return hit, None, None if cover is None or cover.peer is None else cover
    if cover.peer is not None and peer_suppressions == "report" and hit.severity == "error":
        return hit, None, cover
    region = hit.target.source.region(*cover.span)
    kind = "peer" if cover.peer else "comment" if cover.manifest is None else "annotation"
    by = f"{cover.peer} {cover.written}" if cover.peer else cover.written
    said = Suppression(
        kind,  # type: ignore[arg-type]
        cover.reason,
        by,
        region.start.line,
        cover.until,
        cover.approved_by,
        region,
    )
    return hit, said, None


def _with_others(hit: Hit, said: Suppression, covers: Sequence[Cover], peer_suppressions: str) -> Suppression:
    judged = [_judge(hit, cover, peer_suppressions)[1] for cover in covers]
    regions = {one.region for one in judged if one is not None and one.region is not None}
    return said._replace(others=tuple(sorted(regions - {said.region})))


def unused_problems(
    covers: Sequence[Cover],
    used: Collection[int],
    *,
    selected: Collection[str],
    known: Collection[str],
    locked: Collection[str],
) -> Iterator[InputProblem]:
    """Suppressions that name no rule or a locked one, or silence nothing. One for a rule that is off may be
    of use to another profile, so nothing is said of it."""
    for index, cover in enumerate(covers):
        if cover.peer is None and cover.rule in locked:
            message = f"`{cover.rule}` is locked: nothing silences it, and this suppression has no effect"
            yield InputProblem("suppression-locked", *cover.span, message)
        elif index in used or cover.peer is not None:
            continue
        elif cover.rule not in known:
            yield InputProblem("suppression-unknown-rule", *cover.span, _unknown(cover.rule, known))
        elif cover.rule in selected:
            message = f"nothing here is reported by `{cover.rule}`, so its suppression can go"
            yield InputProblem("suppression-unused", *cover.span, message)


def _unknown(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f"there is no rule `{name}`" + (f"; did you mean `{near[0]}`?" if near else "")
