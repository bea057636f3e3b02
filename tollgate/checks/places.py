"""Problems at places in manifests, for checks: the value if it is there, else what lacks it."""

from __future__ import annotations

from collections.abc import Mapping

from tollgate.model.finding import FixPlan, Problem, RelatedSpan, Severity
from tollgate.model.hints import TypeAlias
from tollgate.model.kubernetes import Manifest, Owner as AnyOwner, trail_identity
from tollgate.model.node import Alias, Place, Trail, descend, key_place, nearest_key, place_of

Owner: TypeAlias = AnyOwner


def place_key(owner: Owner, *below: str | int) -> str:
    """A problem's key that names the place below the owner: list items by what they are known by, so that it
    stays when others come before them."""
    return " ".join(trail_identity(_manifest(owner).root, (*owner.trail, *below)))


def problem_at(
    owner: Owner,
    *below: str | int,
    key_only: bool = False,
    fields: Mapping[str, object] | None = None,
    key: str = "",
    severity: Severity | None = None,
    related: tuple[RelatedSpan, ...] = (),
    fix: FixPlan | None = None,
    message: str | None = None,
) -> Problem:
    """A problem at the value `below` the owner (at its key, with `key_only`). If it is missing: at the
    nearest existing ancestor's key, else at the owner's grip."""
    trail: Trail = (*owner.trail, *below)
    place, missing = _find(owner, trail, key_only=key_only)
    return Problem(
        place.start,
        place.end,
        fields=fields or {},
        message=message,
        related=(*anchored(place.anchor), *related),
        severity=severity,
        key=key,
        fix=fix,
        missing=missing,
    )


def _manifest(owner: Owner) -> Manifest:
    return owner if isinstance(owner, Manifest) else owner.manifest


def _find(owner: Owner, trail: Trail, *, key_only: bool) -> tuple[Place, bool]:
    root = _manifest(owner).root
    if len(trail) == len(owner.trail):
        return Place(*owner.grip()), False
    if descend(owner.node, trail[len(owner.trail) :]) is not None:
        place = key_place(root, trail) if key_only else place_of(root, trail)
        if place is not None:
            return place, False
    return nearest_key(root, trail, below=len(owner.trail)) or Place(*owner.grip()), True


def anchored(alias: Alias | None) -> tuple[RelatedSpan, ...]:
    """The related place of a value that is read through an alias or merge."""
    if alias is None:
        return ()
    return (RelatedSpan(f"`&{alias.name}` is defined here", alias.anchor_start, alias.anchor_end),)


def related_at(owner: Owner, *below: str | int, message: str) -> RelatedSpan:
    """A related place: the value `below` the owner, else its grip."""
    place, _ = _find(owner, (*owner.trail, *below), key_only=False)
    return RelatedSpan(message, place.start, place.end)
