"""Runs the rules that are on for one file over its artifact and makes findings of the problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tollgate.engine.compiled import ReadyRule, owner_problem
from tollgate.engine.failures import OnFailure
from tollgate.engine.messages import render
from tollgate.engine.select import RuleSet
from tollgate.model.finding import (
    SEVERITIES,
    Finding,
    Fix,
    InputProblem,
    Location,
    Problem,
    Related,
    RelatedSpan,
    Severity,
    Suppression,
)
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Node
from tollgate.model.passage import Passage
from tollgate.model.record import NamedTuple
from tollgate.model.source import Source, Span
from tollgate.model.target import Artifact, Target

if TYPE_CHECKING:
    from tollgate.model.digest import blake2b as Hasher  # noqa: N812


class Hit(NamedTuple):
    """A problem with the rule and the target it was found on."""

    ready: ReadyRule
    target: Target
    problem: Problem
    severity: Severity
    equivalents: Mapping[str, tuple[str, ...]] | None = None
    sets: tuple[str, ...] = ()
    replaces: tuple[Hit, ...] = ()
    """What locked broader rules found, silent because this one speaks."""


def find_hits(
    artifact: Artifact,
    rules: RuleSet,
    extra: Mapping[str, Sequence[Target]],
    failed: OnFailure | None = None,
) -> list[Hit]:
    """Every problem in a file, the broader ones already silent. `extra` adds targets by noun. A rule that
    fails loses only its own problems if somebody is to be told of it."""
    root: Callable[[int], Node | None] = _no_root
    not_about = "kubernetes"
    if isinstance(artifact, ManifestFile):
        root, not_about = artifact.root, "dockerfile"
    hits: list[Hit] = []
    for group in rules.plan(artifact.kinds, artifact.keys, not_about=not_about):
        noun = group.noun
        targets = extra[noun] if noun in extra else artifact.select(noun)
        if targets:
            for ready in group.ready:
                found = _run(ready, targets, root, failed)
                if found:
                    hits += _by_owner(found, ready.rule.report) if ready.rule.report else found
    return _exact_only([hit for hit in hits if not (hit.problem.missing and _is_partial(hit.target))])


def _no_root(_document: int) -> Node | None:
    return None


def _run(
    ready: ReadyRule,
    targets: Sequence[Target],
    root: Callable[[int], Node | None],
    failed: OnFailure | None,
) -> Sequence[Hit]:
    rule, severity, where, run, only = ready
    if only is not None:
        attribute, values = only
        targets = [target for target in targets if getattr(target, attribute) in values]
    hits: list[Hit] | None = None  # for most rules there is none to make a list of
    try:
        for target in targets:
            if where is None or where(target) is True:
                for problem in run(target, root):
                    hits = hits or []
                    hits.append(Hit(ready, target, problem, lower(severity, problem.severity)))
    except Exception as error:
        if failed is None:
            raise
        failed(rule.name, error)
        return ()
    return hits or ()


def lower(severity: Severity, proposed: Severity | None) -> Severity:
    """The milder of the two."""
    if proposed is None:
        return severity
    return max(severity, proposed, key=SEVERITIES.index)


def _by_owner(hits: Sequence[Hit], noun: str) -> list[Hit]:
    groups: dict[tuple[object, ...], list[Hit]] = {}
    for hit in hits:
        owner = hit.target.owner(noun)
        groups.setdefault(node_key(owner or hit.target), []).append(hit)
    merged = []
    for group in groups.values():
        owner = group[0].target.owner(noun)
        if owner is None:
            merged += group
        else:
            problem = owner_problem(owner, [(hit.target, hit.problem) for hit in group])
            merged.append(group[0]._replace(target=owner, problem=problem))
    return merged


def node_key(target: Target) -> tuple[object, ...]:
    """The same for targets that stand on the same node, whatever noun they were selected by."""
    if target.node is not None:
        return (target.document, target.trail)
    return (target.grip(),)


def _is_partial(target: Target) -> bool:
    whole = target.owner("manifest") or target.owner("service")
    return bool(getattr(whole, "partial", False))


def _exact_only(hits: list[Hit]) -> list[Hit]:
    """Apply `instead-of`: the more exact rule speaks for the broader ones on the same node."""
    exact = [hit for hit in hits if hit.ready.rule.instead_of]
    if not exact:
        return hits
    silenced: dict[tuple[str, tuple[object, ...]], int] = {}
    for index, hit in enumerate(exact):
        for broader in hit.ready.rule.instead_of:
            silenced.setdefault((broader, node_key(hit.target)), index)
    broader_hits: dict[int, list[Hit]] = {}
    kept = []
    maybe_silent = {broader for broader, _ in silenced}
    for hit in hits:
        speaker = _speaker(hit, exact, silenced) if hit.ready.rule.name in maybe_silent else None
        if speaker is None:
            kept.append(hit)
        else:
            broader_hits.setdefault(speaker, []).append(hit)
    spoken = {id(exact[index]): found for index, found in broader_hits.items()}
    return [_speak_for(hit, spoken[id(hit)]) if id(hit) in spoken else hit for hit in kept]


def _speaker(
    hit: Hit, exact: Sequence[Hit], silenced: Mapping[tuple[str, tuple[object, ...]], int]
) -> int | None:
    """The index of the most exact hit that speaks for this one, through those that are silent themselves."""
    speaker = None
    for _ in exact:
        further = silenced.get((hit.ready.rule.name, node_key(hit.target)))
        if further is None or further == speaker:
            break
        speaker = further
        hit = exact[speaker]
    return speaker


def _speak_for(hit: Hit, broader: Sequence[Hit]) -> Hit:
    equivalents = {peer: tuple(ids) for peer, ids in hit.ready.rule.equivalents.items()}
    sets = list(hit.ready.rule.sets)
    severity = hit.severity
    for other in broader:
        for peer, ids in other.ready.rule.equivalents.items():
            equivalents[peer] = tuple(dict.fromkeys((*equivalents.get(peer, ()), *ids)))
        sets += [name for name in other.ready.rule.sets if name not in sets]
        severity = min(severity, other.severity, key=SEVERITIES.index)
    replaces = tuple(other for other in broader if other.ready.rule.locked)
    return hit._replace(severity=severity, equivalents=equivalents, sets=tuple(sets), replaces=replaces)


def input_targets(artifact: Artifact, problems: Sequence[InputProblem]) -> list[Target]:
    """What readers and the suppression pass report, as targets of the noun `input`."""
    return [_passage(artifact, problem) for problem in problems]


def _passage(artifact: Artifact, problem: InputProblem) -> Passage:
    facts: dict[str, str | bool] = {"code": problem.code, "message": problem.message}
    if problem.severity is not None:
        facts["severity"] = problem.severity
    passage = Passage(
        "input",
        artifact.source,
        Span(problem.start, problem.end),
        facts,
        identity=(problem.code, problem.message),
        related=problem.related,
    )
    if isinstance(artifact, ManifestFile):
        passage.subject = artifact.manifest_at(problem.start)
    return passage


def make_findings(
    source: Source, hits: Sequence[tuple[Hit, Suppression | None, Fix | None]]
) -> list[Finding]:
    """Findings in order of place, with fingerprints that count equal ones."""
    ordered = sorted(
        hits, key=lambda item: (item[0].problem.start, item[0].problem.end, item[0].ready.rule.name)
    )
    seen: dict[tuple[str, str, str], int] = {}
    begun: dict[str, tuple[Target, Hasher]] = {}
    named: dict[int, str] = {}
    findings = []
    for hit, suppression, fix in ordered:
        name, target = hit.ready.rule.name, hit.target
        identity = named.get(id(target))
        if identity is None:  # the hits hold the targets, so an id is of one of them
            identity = named[id(target)] = _identity(target)
        before, hasher = begun.get(name) or (None, None)
        if hasher is None or before is not target:
            # Once for a target, which may be a line of a megabyte with a finding on every word.
            hasher = _begin_fingerprint(hit, identity)
            begun[name] = (target, hasher)
        key = source.scrub(hit.problem.key)
        counted = (name, identity, key)
        ordinal = seen[counted] = seen.get(counted, -1) + 1
        findings.append(_finding(source, hit, suppression, fix, _fingerprint(hasher, key, ordinal)))
    return findings


def _identity(target: Target) -> str:
    scrub = target.source.scrub
    return "".join([f"{scrub(part)}\0" for part in target.identity()])


def _begin_fingerprint(hit: Hit, identity: str) -> Hasher:
    """The rule and what names its target, to which each finding adds its own."""
    from tollgate.model.digest import blake2b

    rule = hit.ready.rule
    name = rule.formerly[0] if rule.formerly else rule.name  # a new name does not make it another finding
    text = f"{hit.target.source.scrub(name)}\0{identity}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12)


def _fingerprint(begun: Hasher, key: str, ordinal: int) -> str:
    hasher = begun.copy()
    hasher.update(f"{key}\0{ordinal}".encode("utf-8", "surrogatepass"))
    return hasher.hexdigest()


def _finding(
    source: Source, hit: Hit, suppression: Suppression | None, fix: Fix | None, fingerprint: str
) -> Finding:
    problem, target = hit.problem, hit.target
    rule = hit.ready.rule
    return Finding(
        rule.name,
        hit.severity,
        render(problem.message or rule.message, target, problem.fields),
        Location(source.path, source.region(problem.start, problem.end)),
        fingerprint,
        target.object_name,
        target.object_kind,
        tuple([_related(source, related) for related in problem.related]),
        fix,
        suppression,
        hit.equivalents,
        hit.sets,
        locked=rule.locked or bool(hit.replaces),
    )


def _related(source: Source, related: RelatedSpan) -> Related:
    if related.path is not None and related.region is not None:
        return Related(Location(related.path, related.region), related.message)
    region = source.region(related.start, related.end)
    return Related(Location(source.path, region), source.scrub(related.message))
