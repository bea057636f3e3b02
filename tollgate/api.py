"""What the command line, the hook and other programs call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from tollgate import catalog, resources
from tollgate._version import __version__
from tollgate.discovery import Discovery, FoundFile, discover, find_root
from tollgate.discovery_files import STDIN
from tollgate.engine.lint import FileResult, Linter, content_digest
from tollgate.engine.many import Content, Work, lint_many, lint_one
from tollgate.files import FileContent, Home, read_file
from tollgate.model.finding import Finding
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.manifests import ManifestFile
from tollgate.model.policy import BASELINE_FILE_NAME, LEVELS, Policy
from tollgate.model.project import IndexedObject, Project, unpack_objects
from tollgate.model.record import NamedTuple
from tollgate.model.report import LintedFile, MaskedText, Report, RuleInfo, Summary, report_order
from tollgate.model.rule import Rule

if TYPE_CHECKING:
    from tollgate.baselined import Run as BaselineRun
    from tollgate.model.baseline import Baseline
    from tollgate.options import LintOptions
    from tollgate.shellcheck import ShellAnswers
    from tollgate.surroundings import Around
    from tollgate.trees import Tree
    from tollgate.trusted import Trusted

SHELLCHECK_RULE = "shell-script-problem"

Progress = Callable[[int, int], None]
"""Told how many of how many files are done."""


class TrustedRun(NamedTuple):
    """The commit that a run goes by, and the options under which it does."""

    side: Trusted
    options: LintOptions


class Request(NamedTuple):
    """One run: what to lint, under which policy, and how.

    stdin      the text that the path `-` stands for
    jobs       processes at most
    cache      results of earlier runs may be used and are kept
    baseline   the findings that are accepted
    trusted    where policy was read, and what else the run goes by; the options that said so
    tree       what is read in place of the disk: the index or a commit of the work tree at `root`
    """

    paths: tuple[str, ...]
    policy: Policy
    root: str
    stdin_filename: str | None = None
    stdin: bytes = b""
    jobs: int = 1
    edits: bool = True
    cache: bool = False
    baseline: Baseline | None = None
    progress: Progress | None = None
    tree: Tree | None = None
    trusted: TrustedRun | None = None


def rules(policy: Policy | None = None) -> tuple[Rule, ...]:
    """Every rule, sorted by name, with all its texts; those that `policy` brings along are among them.
    Raises catalog.CatalogError."""
    return catalog.rules(texts=True, custom="" if policy is None else policy.custom)


def retired() -> dict[str, dict[str, str]]:
    """Peer → id → why no rule covers that check any more."""
    return catalog.retired()


def lint(
    paths: Sequence[str | os.PathLike[str]],
    *,
    profile: str | Sequence[str] | None = None,
    config: str | os.PathLike[str] | None = "auto",
    kubernetes_version: str | None = None,
    today: str | None = None,
    jobs: int = 1,
) -> Report:
    """Lint files and folders.

    config   "auto": what the command line does, that is .tollgate.yaml at the root; a path: that policy
             file; None: built-in defaults, neither policy nor baseline is read from disk
    profile  names of levels or sets, instead of the policy's

    Raises config.PolicyError for a policy that cannot be used, baseline_file.BaselineError for a baseline,
    discovery.PathError for a path that does not exist. Problems with what is linted are findings, never
    exceptions.
    """
    from tollgate.options import LintOptions

    options = LintOptions(
        paths=tuple(os.fspath(path) for path in paths),
        profile=() if profile is None else (profile,) if isinstance(profile, str) else tuple(profile),
        config=None if config is None or config == "auto" else os.fspath(config),
        no_config=config is None,
        kubernetes_version=kubernetes_version,
        today=today,
    )
    return run(request_for(options, jobs=jobs))


def request_for(options: LintOptions, *, stdin: bytes = b"", jobs: int = 1, cache: bool = False) -> Request:
    """A run as the options say. Raises config.PolicyError, baseline_file.BaselineError."""
    paths = options.paths or (os.curdir,)
    root = find_root(paths)
    trusted = None
    if options.trusted_ref is not None:
        from tollgate.trusted import trusted_side

        trusted = trusted_side(root, options.trusted_ref)
    policy = policy_for(options, root, home=None if trusted is None else trusted.home)
    return Request(
        paths,
        policy,
        root,
        stdin_filename=options.stdin_filename,
        stdin=stdin,
        jobs=jobs,
        cache=cache,
        baseline=baseline_for(options, policy, root, trusted=trusted),
        trusted=None if trusted is None else TrustedRun(trusted, options),
    )


def baseline_for(
    options: LintOptions, policy: Policy, root: str, *, trusted: Trusted | None = None
) -> Baseline | None:
    """The baseline that holds under these options, as far as it is `trusted`; None if there is none. Raises
    baseline_file.BaselineError."""
    if options.no_baseline or (options.no_config and options.baseline is None):
        return None
    chosen = options.baseline or policy.baseline
    if chosen is None and trusted is None and not os.path.lexists(os.path.join(root, BASELINE_FILE_NAME)):
        return None
    from tollgate.baseline_file import find_place, load_baseline

    home = None if trusted is None else trusted.home
    place = find_place(root, option=options.baseline, policy=policy.baseline, home=home)
    cache_for = None if options.no_cache else root
    if trusted is None:
        return load_baseline(place, cache_for=cache_for)
    from tollgate.trusted import agreed_baseline

    return agreed_baseline(place, trusted, root, cache_for=cache_for).counts


def policy_for(options: LintOptions, root: str, *, home: Home | None = None) -> Policy:
    """The policy that holds for a root under these options, read from `home` if that is given (a commit
    that is trusted) and not from the work tree. Raises config.PolicyError."""
    from tollgate.config import load_policy

    policy = load_policy(
        root,
        options=options,
        home=home,
        known_rules=known_rules,
        known_sets=known_sets,
        catalog_digest=catalog.digest(),
    )
    if policy.locked and policy.ignore:
        from tollgate.config import PolicyError
        from tollgate.config_locks import ignored_locks

        problems = ignored_locks(policy, catalog.heads(policy.custom))
        if problems:
            raise PolicyError(problems)
    return policy


def known_rules() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Rule names, former ones too, with their options."""
    return {name: rule.options for rule in catalog.rules() for name in (rule.name, *rule.formerly)}


def found_files(request: Request) -> Discovery:
    """The files of a request. Raises globs.PatternError, git.GitError."""
    found = _found(request, request.paths)
    if request.baseline is None:
        return found
    kept = tuple(file for file in found.files if file.path != request.baseline.path)
    return found._replace(files=kept)  # the baseline is read already, and is no manifest


def _found(
    request: Request, paths: Sequence[str], stats: dict[str, os.stat_result] | None = None
) -> Discovery:
    if request.tree is not None:
        from tollgate.trees import discover_in

        return discover_in(request.tree, paths, policy=request.policy)
    return discover(
        paths,
        root=request.root,
        policy=request.policy,
        stdin_filename=request.stdin_filename,
        stdin=request.stdin,
        stats=stats,
    )


def known_sets() -> Mapping[str, Collection[str]]:
    """Sets and levels with the rules that each holds."""
    held: dict[str, set[str]] = {}
    for rule in catalog.heads():
        for name in (*rule.sets, *LEVELS[LEVELS.index(rule.level) :]):
            held.setdefault(name, set()).add(rule.name)
    return held


class Session(NamedTuple):
    """A request with the files it means and the linter for them: what linting them again needs.

    `started`: when it was opened, by the monotonic clock; the report says how long it all took.
    """

    request: Request
    found: Discovery
    linter: Linter
    started: float


def open_session(request: Request) -> Session:
    """Find the files and make the rules ready. Raises discovery.PathError if a path does not exist and
    nothing else was given to lint."""
    started = time.monotonic()
    found = found_files(request)
    if found.errors and not found.files:
        raise found.errors[0]
    return Session(request, found, linter_for(request, found), started)


def linter_for(request: Request, found: Discovery) -> Linter:
    """The rules of a request, ready for the project that these files belong to."""
    project = _project(request, found)
    return Linter(
        catalog.heads(request.policy.custom),
        policy=request.policy,
        project=project,
        edits=request.edits,
        tell_failures=True,
    )


def run(request: Request) -> Report:
    """Lint what a request names. Raises as `open_session`; what else is missing the report's `errors` say."""
    return run_session(open_session(request))


def run_session(session: Session) -> Report:
    """Lint the files of a session as they are now."""
    request, found, linter, started = session
    errors = [str(error) for error in found.errors]
    results = lint_files(request, found.files, linter, errors)
    _add_relations(request, found.files, results, linter)
    report = make_report(request, found, results, errors, seconds=time.monotonic() - started)
    if request.baseline is None:
        return report
    from tollgate.baselined import with_baseline

    return with_baseline(report, request.baseline, baseline_run(session))


def baseline_run(session: Session) -> BaselineRun:
    """What a session looks at, for judging its findings by a baseline."""
    from tollgate.baselined import Run

    request = session.request

    def exists(path: str) -> bool:
        if request.tree is not None:
            return request.tree.mode(path) != 0
        return os.path.lexists(os.path.join(request.root, path))

    given = frozenset(file.path for file in session.found.files)
    return Run(session.linter, request.policy, given, _is_whole(request), exists)


def _is_whole(request: Request) -> bool:
    return any(os.path.realpath(path) == request.root for path in request.paths)


def _add_relations(
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


_NAMING = ("compose", "docker-compose", "skaffold")


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
    if _is_whole(request) or STDIN in request.paths or top_level(request.root) != request.root:
        return ()
    every = everything(request, stats)
    return tuple(file for file in every if file.path not in given)


def everything(request: Request, stats: dict[str, os.stat_result] | None = None) -> tuple[FoundFile, ...]:
    """All files of the repository that a request belongs to; `stats` as `discover` takes it."""
    return _found(request, (request.root,), stats).files


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
        work = _all_work(missing, request)
        return lint_many(work, linter=linter, read=_reader(request), jobs=request.jobs)

    def stamp(file: FoundFile) -> str:
        return (tree and tree.stamp(file.path)) or ""

    return around(files, lint=lint, cache=cache, stamp=None if tree is None else stamp, stats=stats)


def caused_elsewhere(
    request: Request, file: FoundFile, findings: Sequence[Finding], linter: Linter
) -> FileResult:
    """The result of a file that was not given: only what the given ones cause in it, which is mended there
    by hand."""
    result = lint_one(linter, _reader(request), _work(file, request))
    return result._replace(findings=tuple(one._replace(fix=None) for one in findings), notes=(), objects="")


def manifest_loader(
    request: Request, files: Sequence[FoundFile], linter: Linter
) -> Callable[[str], ManifestFile | None]:
    """Reads a linted file once more; the last few are kept."""
    from functools import lru_cache

    from tollgate.model.source import decode

    known = {one.path: one for one in files}
    read = _reader(request)

    @lru_cache(maxsize=16)
    def load(path: str) -> ManifestFile | None:
        content = read(_work(known[path], request)).data if path in known else None
        return None if content is None else linter.read_again(decode(path, content))

    return load


def _project(request: Request, found: Discovery) -> Project:
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


def lint_files(
    request: Request, files: Sequence[FoundFile], linter: Linter, errors: list[str]
) -> list[FileResult]:
    """The results of the files; what could not be done is added to `errors`."""
    work = _all_work(files, request)
    read = _reader(request)
    shell = _ask_shellcheck(work, read, linter)
    if shell is not None:
        errors += shell.errors
    progress = request.progress

    def done(count: int) -> None:
        if progress is not None:
            progress(count, len(work))

    results = _lint_or_look_up(work, read, linter, request, done, shell.state if shell is not None else "")
    if shell is None or not shell.notes:
        return results
    return [one._replace(notes=(*one.notes, *shell.notes.get(one.path, ()))) for one in results]


def _lint_or_look_up(
    work: Sequence[Work],
    read: Callable[[Work], Content],
    linter: Linter,
    request: Request,
    done: Callable[[int], None],
    shell_state: str,
) -> list[FileResult]:
    from tollgate.engine.cache import WORTH_FILES

    if request.cache and len(work) >= WORTH_FILES:
        from functools import partial

        from tollgate.engine.cached import lint_cached

        state = f"{__version__}-{catalog.digest()}-{request.policy.digest}-{shell_state}"
        key = f"{state}-{request.edits:d}-{request.root}"
        return lint_cached(
            work,
            linter=linter,
            read=read,
            jobs=request.jobs,
            done=done,
            key=key,
            load=partial(resources.read_cached, root=request.root),
            store=partial(resources.write_cached, root=request.root),
        )
    return lint_many(work, linter=linter, read=read, jobs=request.jobs, done=done)


def _ask_shellcheck(
    work: Sequence[Work], read: Callable[[Work], Content], linter: Linter
) -> ShellAnswers | None:
    asked = [one for one in work if one.kind == "dockerfile" and linter.runs(SHELLCHECK_RULE, one.path)]
    if not asked:
        return None
    from tollgate.shellcheck import ask

    return ask(linter, ((one.path, read(one).data) for one in asked))


def _all_work(files: Sequence[FoundFile], request: Request) -> list[Work]:
    if request.tree is not None:
        request.tree.expect(one.path for one in files)
    return [_work(one, request) for one in files]


def _work(found: FoundFile, request: Request) -> Work:
    if request.tree is not None:
        return Work(found.path, found.absolute, found.kind, request.tree.size(found.path))
    try:
        size = len(request.stdin) if found.absolute == STDIN else os.stat(found.absolute).st_size
    except (OSError, ValueError):
        size = 0
    return Work(found.path, found.absolute, found.kind, size)


_REFUSED = {
    "too-large": "not-linted-too-large",
    "not-regular": "not-linted-unreadable",
    "missing": "not-linted-unreadable",
    "unreadable": "not-linted-unreadable",
}


def read_found(request: Request, absolute: str) -> FileContent:
    """The content of a file of the request; `-` is its standard input."""
    limit = request.policy.max_file_bytes
    if request.tree is not None:
        return request.tree.read(absolute.removeprefix(os.path.join(request.root, "")), limit=limit)
    if absolute != STDIN:
        return read_file(absolute, limit=limit)
    if len(request.stdin) > limit:
        return FileContent("too-large", detail=f"the input is longer than {limit:,} bytes")
    return FileContent("ok", request.stdin)


def _reader(request: Request) -> Callable[[Work], Content]:
    def read(work: Work) -> Content:
        content = read_found(request, work.absolute)
        if content.state == "ok":
            return Content(content.data)
        return Content(None, _REFUSED[content.state], f"the file was not linted: {content.detail}")

    return read


def make_report(
    request: Request,
    found: Discovery,
    results: Sequence[FileResult],
    errors: Sequence[str],
    *,
    seconds: float,
) -> Report:
    """The report on the files of `found`, and on others that results are given for."""
    findings = sorted((finding for result in results for finding in result.findings), key=report_order)
    notes = sorted((*found.notes, *(note for result in results for note in result.notes)))
    return Report(
        findings=tuple(findings),
        notes=tuple(notes),
        summary=_summary(results, len(notes), seconds),
        rules=RuleTexts(request.policy.custom),
        root=request.root,
        kubernetes_version=request.policy.kubernetes_version,
        today=request.policy.today,
        policy_path=request.policy.source,
        tool_version=__version__,
        load=text_loader(request, found.files, results),
        linted=tuple(LintedFile(result.path, result.kind, result.documents) for result in results),
        errors=tuple(errors),
    )


def _summary(results: Sequence[FileResult], notes: int, seconds: float) -> Summary:
    refused = sum(finding.rule.startswith("not-linted") for result in results for finding in result.findings)
    kinds = [result.kind for result in results]
    return Summary(
        files=len(kinds) - kinds.count("other"),
        dockerfiles=kinds.count("dockerfile"),
        manifests=sum(result.documents for result in results),
        other=kinds.count("other"),
        not_linted=notes + refused,
        seconds=seconds,
    )


def text_loader(
    request: Request, files: Sequence[FoundFile], results: Sequence[FileResult]
) -> Callable[[str], MaskedText | None]:
    """Gives a linted file's text with its secrets masked; the last one asked for is kept. A file that was
    not read through has none: where its secrets are is not known."""
    from tollgate.model.source import decode

    linted = {result.path for result in results if result.content}
    opened = {path: os.path.join(request.root, path) for path in linted}
    opened.update((one.path, one.absolute) for one in files)
    masks = {result.path: result.masks for result in results if result.masks}
    kept: dict[str, MaskedText | None] = {}

    def load(path: str) -> MaskedText | None:
        if path not in kept:
            kept.clear()
            kept[path] = text(path)
        return kept[path]

    def text(path: str) -> MaskedText | None:
        absolute = opened.get(path)
        if absolute is None:
            return None
        content = read_found(request, absolute)
        if content.state != "ok":
            return None
        source = decode(path, content.data)
        source.mask(masks.get(path, ()))
        return MaskedText(source)

    return load


class RuleTexts(Mapping[str, RuleInfo]):
    """What reports say about rules; each is read from the catalog when first asked for."""

    __slots__ = ("_custom", "_known", "_load")

    def __init__(self, custom: str = "") -> None:
        """`custom`: the compiled rules of a policy."""
        self._custom = custom
        self._known: dict[str, RuleInfo] = {}
        self._load: Callable[[str], Rule] | None = None

    def __getitem__(self, name: str) -> RuleInfo:
        if name not in self._known:
            if self._load is None:
                self._load = catalog.by_name(self._custom)
            self._known[name] = rule_info(self._load(name))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return (head.name for head in catalog.heads(self._custom))

    def __len__(self) -> int:
        return len(catalog.heads(self._custom))


_SCORES = {"error": 8.0, "warning": 5.5, "note": 2.0}


def rule_info(rule: Rule) -> RuleInfo:
    """A rule as reports see it. Its score is its own `security-severity`, else its severity's."""
    score = rule.security_severity or _SCORES[rule.severity]
    return RuleInfo(
        rule.name,
        rule.title,
        rule.severity,
        rule.level,
        rule.why,
        rule.sets,
        rule.equivalents,
        rule.references,
        rule.url,
        f"{score:.1f}",
        rule.category,
    )
