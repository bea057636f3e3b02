"""What the command line, the hook and other programs call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from tollgate import catalog, resources
from tollgate._version import __version__
from tollgate.discovery import Discovery, FoundFile, find_root
from tollgate.engine.lint import FileResult, Linter
from tollgate.engine.many import Content, Work, lint_many
from tollgate.files import Home
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.policy import BASELINE_FILE_NAME, LEVELS, Policy
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report
from tollgate.model.rule import Rule
from tollgate.relating import add_relations, project_for
from tollgate.reporting import make_report
from tollgate.request import Request, TrustedRun, all_work, found_files, is_whole, reader

if TYPE_CHECKING:
    from tollgate.baselined import Run as BaselineRun
    from tollgate.model.baseline import Baseline
    from tollgate.options import LintOptions
    from tollgate.shellcheck import ShellAnswers
    from tollgate.trusted import Trusted

SHELLCHECK_RULE = "shell-script-problem"


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
    project = project_for(request, found)
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
    add_relations(request, found.files, results, linter)
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
    return Run(session.linter, request.policy, given, is_whole(request), exists)


def lint_files(
    request: Request, files: Sequence[FoundFile], linter: Linter, errors: list[str]
) -> list[FileResult]:
    """The results of the files; what could not be done is added to `errors`."""
    work = all_work(files, request)
    read = reader(request)
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
