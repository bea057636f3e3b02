"""What the masking pass finds in a file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from tollgate.model.record import NamedTuple


class SecretHit(NamedTuple):
    """A secret at `Source.text[start:end]`, the value alone.

    kind       for messages: `GitHub token`, `password`; never part of the value
    name       the variable, key or flag it stands under; "" if none
    where      env, args, configmap, secret-object, annotation, label, arg, run, heredoc, text
    reported   a defect; else it is only hidden: a placeholder, the content of a Secret
    """

    start: int
    end: int
    kind: str
    name: str
    where: str
    reported: bool = True


def without_overlaps(
    known: Iterable[SecretHit], tokens: Iterable[SecretHit], guessed: Iterable[SecretHit]
) -> list[SecretHit]:
    """All hits by place, none overlapping.

    known      from the structure of the file: says best what a hit is and where it ends
    tokens     by shape, anywhere: what stands out from a known one is hidden with it
    guessed    by names in lines of text: dropped where they touch others, as they may end too late
    """
    kept = _merged([*known], [*tokens])
    starts = [hit.start for hit in kept]
    for hit in _merged([], [*guessed]):
        index = bisect_left(starts, hit.end)
        if hit.end > hit.start and (index == 0 or kept[index - 1].end <= hit.start):
            kept.append(hit)
    return sorted(kept)


def _merged(known: list[SecretHit], tokens: list[SecretHit]) -> list[SecretHit]:
    ranked = [(hit, rank) for rank, hits in enumerate((known, tokens)) for hit in hits]
    kept: list[tuple[SecretHit, int]] = []
    for hit, rank in sorted(ranked, key=lambda item: (item[0].start, item[1], -item[0].end)):
        if hit.end <= hit.start:
            continue
        if not kept or hit.start >= kept[-1][0].end:
            kept.append((hit, rank))
            continue
        last, last_rank = kept[-1]
        best = min((not last.reported, last_rank, last), (not hit.reported, rank, hit))
        whole = best[2]._replace(start=last.start, end=max(last.end, hit.end))
        kept[-1] = (whole, best[1])
    return [hit for hit, _ in kept]
