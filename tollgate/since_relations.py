"""What a change causes: relations between files on both sides of it.

What did not change is read from the index of the surroundings, once for both sides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from tollgate import api
from tollgate.discovery import FoundFile
from tollgate.engine.kustomize import KUSTOMIZATION_NAMES
from tollgate.engine.lint import FileResult, FoundRelations, Linter
from tollgate.engine.relations import Found, relations_digest
from tollgate.model.changes import Changes
from tollgate.model.project import IndexedObject, unpack_objects
from tollgate.model.record import NamedTuple
from tollgate.relating import around_files, caused_elsewhere, manifest_loader
from tollgate.request import Request
from tollgate.surroundings import Around


class Side(NamedTuple):
    """The files of the change as they are, or as they were; `own`: what they add to the index."""

    request: Request
    linter: Linter
    files: tuple[FoundFile, ...]
    results: list[FileResult]
    own: list[IndexedObject]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(file.path for file in self.files)


def lint_side(request: Request, linter: Linter, files: tuple[FoundFile, ...], errors: list[str]) -> Side:
    """One side of a change, linted; what could not be done at all is added to `errors`."""
    results = api.lint_files(request, files, linter, errors)
    own = list(unpack_objects(*(result.objects for result in results)))
    return Side(request, linter, files, results, own)


def with_related(
    now: Side, old: Side, others: Sequence[FoundFile], changes: Changes
) -> tuple[list[FileResult], list[FileResult]]:
    """The results of both sides with what relational rules find, and those of other files in which that
    is not the same before and now, or relates to a changed file."""
    kustomizations = changed_kustomizations(changes)
    if not now.own and not old.own and not kustomizations:
        return now.results, old.results
    around = around_files(now.request, others, now.linter)
    unchanged = list(around.objects())
    for side in (now, old):
        side.linter.project.fill(chain(side.own, unchanged))
    elsewhere = frozenset(_elsewhere(now, old, around, kustomizations))
    found = now.linter.found_relations(given=None, among=now.paths | elsewhere)
    was = old.linter.found_relations(given=None, among=old.paths | elsewhere)
    differing = {
        path
        for path in elsewhere
        if _differs(found.by_path.get(path, ()), was.by_path.get(path, ()), changes)
    }
    by_path = {file.path: file for file in others if file.path in elsewhere}
    return (
        _with_relations(now, found, differing, by_path, shown=True),
        _with_relations(old, was, differing, by_path, shown=False),
    )


def _elsewhere(now: Side, old: Side, around: Around, kustomizations: Sequence[str]) -> Iterator[str]:
    """Other files in which the change may cause something."""
    yield from around.mentioning([*now.own, *old.own])
    built = now.request.policy.images.built
    images, were = (side.linter.project.built_images(built) for side in (now, old))
    changed = (name for name in {*images, *were} if images.get(name) != were.get(name))
    yield from around.holding(name.rpartition("/")[2] for name in changed)
    if kustomizations:
        folders = {path.rpartition("/")[0] for path in kustomizations}
        for path in around.packed:
            for side in (now, old):
                if any(one.folder in folders for one in side.linter.project.kustomize().builds_of(path)):
                    yield path


def _differs(found: Sequence[Found], was: Sequence[Found], changes: Changes) -> bool:
    if any(related.target.path in changes.files for one in found for related in one.relation.related):
        return True
    return bool(found) and relations_digest(found) != relations_digest(was)


def _with_relations(
    side: Side,
    found: FoundRelations,
    differing: set[str],
    others: Mapping[str, FoundFile],
    *,
    shown: bool,
) -> list[FileResult]:
    """`shown`: the texts of other files will be, so that their secrets have to be known."""
    wanted = side.paths | differing
    relations = FoundRelations(
        {path: found.by_path[path] for path in sorted(found.by_path) if path in wanted},
        {path: found.failures[path] for path in found.failures if path in wanted},
    )
    load = manifest_loader(side.request, (*side.files, *_related_files(relations, side, others)), side.linter)
    foretold = {result.path: result.foretold for result in side.results}
    placed = side.linter.placed(relations, load=load, foretold=foretold)
    joined = [side.linter.joined(result, placed.get(result.path, ())) for result in side.results]
    there = [path for path in sorted(differing) if path in placed and path in others]
    if not shown:
        return joined + [FileResult(path, "manifest", 0, tuple(placed[path]), (), ()) for path in there]
    return joined + [
        caused_elsewhere(side.request, others[path], placed[path], side.linter) for path in there
    ]


def _related_files(
    relations: FoundRelations, side: Side, others: Mapping[str, FoundFile]
) -> Iterator[FoundFile]:
    """The files that the places of these relations are in."""
    paths = set(relations.by_path)
    for found in relations.by_path.values():
        paths.update(related.target.path for one in found for related in one.relation.related)
    for path in paths - side.paths:
        known = others.get(path)
        yield known or FoundFile(path, "yaml", False, os.path.join(side.request.root, path))


def changed_kustomizations(changes: Changes) -> list[str]:
    """Kustomizations that changed, by the paths that they have or had."""
    paths = {*changes.files, *changes.deleted, *(file.old_path for file in changes.files.values())}
    return sorted(path for path in paths if path.rpartition("/")[2] in KUSTOMIZATION_NAMES)
