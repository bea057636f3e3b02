"""A file's own findings and those of relational rules: `instead-of` counts between them, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tollgate.model.finding import SEVERITIES, Finding
from tollgate.model.rule import Rule


def join_findings(
    findings: Sequence[Finding], related: Sequence[Finding], rule_of: Callable[[str], Rule]
) -> tuple[Finding, ...]:
    """All of them, but where a relation is the more exact finding at a place the broader one is silent."""
    spoken, kept = list(related), []
    exact = {
        (broader, one.location.region): index
        for index, one in enumerate(related)
        for broader in rule_of(one.rule).instead_of
    }
    for one in findings:
        index = exact.get((one.rule, one.location.region)) if exact else None
        if index is None or (one.locked and spoken[index].suppressed is not None):
            kept.append(one)
        else:
            spoken[index] = _speaks_for(spoken[index], one, rule_of)
    return (*kept, *spoken)


def _speaks_for(exact: Finding, broader: Finding, rule_of: Callable[[str], Rule]) -> Finding:
    equivalents: dict[str, tuple[str, ...]] = {}
    for one in (exact, broader):
        for peer, ids in (one.equivalents or rule_of(one.rule).equivalents).items():
            equivalents[peer] = tuple(dict.fromkeys((*equivalents.get(peer, ()), *ids)))
    return exact._replace(
        severity=min(exact.severity, broader.severity, key=SEVERITIES.index),
        equivalents=equivalents,
        sets=tuple(dict.fromkeys((*exact.sets, *broader.sets))),
        locked=exact.locked or broader.locked,
    )
