"""What relational rules find in a run: the project's index, the repository around the given files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from tollgate import catalog, resources
from tollgate._version import __version__
from tollgate.discovery import Discovery, FoundFile
from tollgate.discovery_files import STDIN
from tollgate.engine.lint import FileResult, Linter, content_digest
from tollgate.engine.many import lint_many, lint_one
from tollgate.model.finding import Finding
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.manifests import ManifestFile
from tollgate.model.project import IndexedObject, Project, unpack_objects
from tollgate.request import Request, all_work, everything, is_whole, read_found, reader, work_for

if TYPE_CHECKING:
    from tollgate.surroundings import Around

_NAMING = ("compose", "docker-compose", "skaffold")


def project_for(request: Request, found: Discovery) -> Project:
    from tollgate.engine.kustomize import KUSTOMIZATION_NAMES, kustomize_index

    def kustomizations() -> Iterator[str]:
        if request.tree is not None:
            listed = request.tree.paths()
            wanted = [path for path in listed if path.rsplit("/", 1)[-1] in KUSTOMIZATION_NAMES]
            request.tree.expect(wanted)
            yield from wanted
        else:
            yield from _kustomizations(request.root, [one.path for one in found.files], KUSTOMIZATION_NAMES)

    def read(path: str) -> bytes | None:
        content = read_found(request, os.path.join(request.root, path))
        return content.data if content.state == "ok" else None

    return Project(kustomize=kustomize_index(kustomizations, read), read_file=read)


def _kustomizations(root: str, paths: Sequence[str], names: Sequence[str]) -> list[str]:
    """Every kustomization of the repository; outside git, those in the files' folders and above."""
    from tollgate.git import GitError, top_level, work_tree_files

    if top_level(root) == root:
        try:
            return [path for path in work_tree_files(root) if path.rsplit("/", 1)[-1] in names]
        except GitError:
            pass  # outside a usable work tree the folders at hand have to do
    candidates = [f"{folder}/{name}".lstrip("/") for folder in _folders_above(paths) for name in names]
    return [path for path in candidates if os.path.isfile(os.path.join(root, path))]


def add_relations(
    request: Request, files: Sequence[FoundFile], results: list[FileResult], linter: Linter
) -> None:
    """Put what relational rules find into the results, now that every file has been read. The index is let
    go: with that of a large repository, it and the report would be the most that a run ever holds."""
    dockerfiles = [result.path for result in results if result.objects and result.kind == "dockerfile"]
    others_too = any(result.objects and result.kind != "dockerfile" for result in results)
    if not others_too and not (dockerfiles and _images_are_named(request, dockerfiles)):
        return
    own = list(unpack_objects(*(result.objects for result in results)))
    for at, result in enumerate(results):
        results[at] = result._replace(objects="")
    stats: dict[str, os.stat_result] = {}
    others = _files_around(request, files, stats)
    given = among = None
    if others:
        around = around_files(request, others, linter, stats)
        _fill(linter.project, chain(own, around.objects()))
        given = frozenset(file.path for file in files)
        among = given.union(around.mentioning(own))
        if dockerfiles:
            made = linter.project.images_from(dockerfiles, request.policy.images.built)
            among = among.union(around.naming(made))
    else:
        _fill(linter.project, own)
    load = manifest_loader(request, (*files, *others), linter)
    foretold = {result.path: result.foretold for result in results}
    found = linter.relations(given=given, among=among, load=load, foretold=foretold)
    linter.project.fill(())
    for at, result in enumerate(results):
        results[at] = linter.joined(result, found.get(result.path, ()))
    results += [
        caused_elsewhere(request, file, found[file.path], linter) for file in others if file.path in found
    ]


def _images_are_named(request: Request, paths: Sequence[str]) -> bool:
    """Whether something says which images these Dockerfiles make: policy, or Compose's or Skaffold's file in
    a folder above one. Asked without git, for a hook that is given a Dockerfile; what only a file
    elsewhere says is left to the run over everything."""
    if request.policy.images.built:
        return True
    for folder in _folders_above(paths):
        try:
            names = os.listdir(os.path.join(request.root, folder))
        except OSError:
            continue
        if any(name.startswith(_NAMING) and name.endswith((".yaml", ".yml")) for name in names):
            return True
    return False


def _folders_above(paths: Sequence[str]) -> list[str]:
    """The folders that hold the paths, and all above these, relative to the root; "" is the root."""
    folders = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(folders)


def _fill(project: Project, objects: Iterable[IndexedObject]) -> None:
    """All of the index is kept, so that it would be a waste to look for garbage in it meanwhile."""
    import gc

    enabled = gc.isenabled()
    gc.disable()
    try:
        project.fill(objects)
    finally:
        if enabled:
            gc.enable()


def _files_around(
    request: Request, files: Sequence[FoundFile], stats: dict[str, os.stat_result]
) -> tuple[FoundFile, ...]:
    """The rest of the repository, where a part of it was given; `stats` as `discover` takes it. Standard
    input stands for itself, and outside a work tree nobody says where the project ends."""
    from tollgate.git import top_level

    given = {file.path for file in files}
    if is_whole(request) or STDIN in request.paths or top_level(request.root) != request.root:
        return ()
    every = everything(request, stats)
    return tuple(file for file in every if file.path not in given)


def around_files(
    request: Request,
    files: Sequence[FoundFile],
    linter: Linter,
    stats: Mapping[str, os.stat_result] | None = None,
) -> Around:
    """The index of files that are not linted themselves."""
    from tollgate.surroundings import IndexCache, around

    tree = request.tree
    state = "" if tree is None else "git-"
    key = f"{state}{__version__}-{catalog.digest()}-{request.policy.digest}-{request.root}"
    name = f"entries-{content_digest(key.encode('utf-8', 'surrogateescape'))}.txt"
    cache = IndexCache(
        lambda: resources.read_cached(name, root=request.root) if request.cache else None,
        lambda text: resources.write_cached(name, text, root=request.root) if request.cache else None,
    )

    def lint(missing: Sequence[FoundFile]) -> Sequence[FileResult]:
        work = all_work(missing, request)
        return lint_many(work, linter=linter, read=reader(request), jobs=request.jobs)

    def stamp(file: FoundFile) -> str:
        return (tree and tree.stamp(file.path)) or ""

    return around(files, lint=lint, cache=cache, stamp=None if tree is None else stamp, stats=stats)


def caused_elsewhere(
    request: Request, file: FoundFile, findings: Sequence[Finding], linter: Linter
) -> FileResult:
    """The result of a file that was not given: only what the given ones cause in it, which is mended there
    by hand."""
    result = lint_one(linter, reader(request), work_for(file, request))
    return result._replace(findings=tuple(one._replace(fix=None) for one in findings), notes=(), objects="")


def manifest_loader(
    request: Request, files: Sequence[FoundFile], linter: Linter
) -> Callable[[str], ManifestFile | None]:
    """Reads a linted file once more; the last few are kept."""
    from functools import lru_cache

    from tollgate.model.source import decode

    known = {one.path: one for one in files}
    read = reader(request)

    @lru_cache(maxsize=16)
    def load(path: str) -> ManifestFile | None:
        content = read(work_for(known[path], request)).data if path in known else None
        return None if content is None else linter.read_again(decode(path, content))

    return load
