"""One file from bytes to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tollgate.engine.failures import OnFailure, rule_failure
from tollgate.engine.fixes import planned_fixes
from tollgate.engine.kustomize import is_incomplete
from tollgate.engine.readings import that_matter
from tollgate.engine.run import Hit, find_hits, input_targets, make_findings
from tollgate.engine.select import RuleSet, rule_sets, whole_rule
from tollgate.engine.suppress import PEER_MARKERS, Cover, match_covers, own_covers, unused_problems
from tollgate.model.documents import Limits
from tollgate.model.finding import (
    Finding,
    Fix,
    InputProblem,
    Note,
    RelatedSpan,
    Suppression,
)
from tollgate.model.hints import TYPE_CHECKING, Literal
from tollgate.model.manifests import ManifestFile
from tollgate.model.policy import Policy
from tollgate.model.project import Project, pack_objects
from tollgate.model.record import NamedTuple
from tollgate.model.rule import AnyRule
from tollgate.model.source import Source, Span, decode
from tollgate.model.target import Artifact, Comment, Target
from tollgate.parsers import parse

if TYPE_CHECKING:
    from tollgate.checks.shellcheck import ShellText
    from tollgate.engine.relations import Found, Load, Relations

Kind = Literal["yaml", "dockerfile"]


class Foretold(NamedTuple):
    """What relational rules find in a file when nothing else is known: nearly always the answer, and
    then nobody has to read the file again for its places."""

    digest: str = ""
    """Of the relations; empty if there are none."""
    findings: tuple[Finding, ...] = ()


class FoundRelations(NamedTuple):
    """What relational rules found, by path, and the rules that failed there."""

    by_path: Mapping[str, Sequence[Found]]
    failures: Mapping[str, Mapping[str, InputProblem]] = {}


class FileResult(NamedTuple):
    """What linting one file gave. `masks`: spans of secrets, for whoever shows the text."""

    path: str
    kind: Literal["dockerfile", "manifest", "other"]
    documents: int
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    masks: tuple[Span, ...]
    content: str = ""
    """Digest of the bytes that were linted."""
    objects: str = ""
    """The file's entries in the project's index, packed; empty if no rule asks for them."""
    foretold: Foretold = Foretold()
    cacheable: bool = False
    """It depends on nothing but the content, the policy and the catalog."""


def content_digest(data: bytes) -> str:
    from tollgate.model.digest import blake2b

    return blake2b(data, digest_size=16).hexdigest()


MARKERS = ("dockerfile_inline", "BuildConfig")
"""A YAML file without any of these holds no Dockerfile."""


class Inner(NamedTuple):
    """What the Dockerfiles inside a YAML file gave, in terms of that file, and where they stand in it."""

    findings: Sequence[Finding] = ()
    masks: Sequence[Span] = ()
    spans: Sequence[Span] = ()

    def has_not(self, offset: int) -> bool:
        return not any(start <= offset < end for start, end in self.spans)


class Linter:
    """Rules made ready for one policy; `lint` runs them over files one at a time."""

    __slots__ = (
        "_edits",
        "_foreteller",
        "_known",
        "_limits",
        "_policy",
        "_project",
        "_rules",
        "_rules_for",
        "_rules_of",
        "_tell_failures",
    )

    def __init__(
        self,
        rules: Sequence[AnyRule],
        *,
        policy: Policy,
        project: Project,
        edits: bool = True,
        tell_failures: bool = False,
    ) -> None:
        """`edits`: work out what each fix would write, which plain lists of findings do not show.
        `tell_failures`: a rule that fails on a file is a finding there, and no exception."""
        self._tell_failures = tell_failures
        self._policy = policy
        self._edits = edits
        self._project = project
        self._limits = Limits(file_bytes=policy.max_file_bytes)
        self._rules_for = rule_sets(rules, policy=policy, project=project)
        self._rules = {rule.name: rule for rule in rules}
        self._known = frozenset(name for rule in rules for name in (rule.name, *rule.formerly))
        self._rules_of = _lazily(lambda: _equivalents_of(rules))
        self._foreteller: Relations | None = None

    def lint_bytes(self, path: str, data: bytes, kind: Kind) -> FileResult:
        return self.lint(decode(path, data), kind)

    def lint(self, source: Source, kind: Kind) -> FileResult:
        """Never raises for any content, unless a rule fails and that is not to be told."""
        artifact = parse(source, kind, limits=self._limits)
        return self._result(artifact, kind)

    def refused(self, path: str, code: str, message: str) -> FileResult:
        """The result for a file that could not be read at all: one problem at its first character."""
        source = decode(path, b"")
        findings = self.told(source, [InputProblem(code, 0, 0, message)])
        return FileResult(path, "other", 0, tuple(findings), (), ())

    def _result(self, artifact: Artifact, kind: Kind) -> FileResult:
        from tollgate.engine.secrets import find_secrets

        source = artifact.source
        rules = self._rules_for(source.path)
        masks, secrets = find_secrets(artifact)
        inner = self._embedded(artifact)
        masks = [*masks, *inner.masks]
        source.mask(masks)
        cacheable = not isinstance(artifact, ManifestFile) or self._mark_partial(artifact)
        extra: dict[str, Sequence[Target]] = {
            "input": input_targets(artifact, that_matter(artifact, rules.nouns)),
            "secret": [one for one in secrets if inner.has_not(one.grip().start)],
        }
        self._project.has_read = False
        failures: dict[str, InputProblem] = {}
        hits = find_hits(artifact, rules, extra, self._collector(failures))
        judged = self._suppress(artifact, rules, hits)
        judged += [(hit, None) for hit in self._reported(artifact, list(failures.values()))]
        findings = [*make_findings(source, list(self._with_fixes(artifact, judged))), *inner.findings]
        found_kind, documents = _what_it_is(artifact, kind)
        return FileResult(
            source.path,
            found_kind,
            documents,
            tuple(findings),
            tuple(artifact.notes),
            tuple(masks),
            content_digest(source.data),
            *self._related(artifact, rules),
            cacheable and not failures and not self._project.has_read,
        )

    def _embedded(self, artifact: Artifact) -> Inner:
        """What the Dockerfiles inside a YAML file give."""
        if not isinstance(artifact, ManifestFile) or not any(one in artifact.source.text for one in MARKERS):
            return Inner()
        from tollgate.engine.embedded import lint_embedded

        return lint_embedded(artifact, lambda one: self.lint(one, "dockerfile"))

    def _related(self, artifact: Artifact, rules: RuleSet) -> tuple[str, Foretold]:
        """The file's index entries, and its relational findings if it stood alone."""
        if not rules.has_relational:
            return "", Foretold()
        if not isinstance(artifact, ManifestFile):
            from tollgate.engine.index_dockerfile import index_dockerfile
            from tollgate.model.dockerfile import Dockerfile

            assert isinstance(artifact, Dockerfile)
            return pack_objects(index_dockerfile(artifact)), Foretold()
        from tollgate.engine.relations import index_file, relations_digest

        objects = index_file(artifact)
        if self._foreteller is None:
            self._foreteller = self._relations_of(Project(kustomize=self._project.kustomize))
        self._foreteller.project.fill(objects)
        found = self._foreteller.find(given=None).get(artifact.source.path, ())
        if not found:
            return pack_objects(objects), Foretold()
        alone = {artifact.source.path: artifact}
        failures: dict[str, InputProblem] = {}
        findings = self._place(artifact, found, alone.get, failures)
        if failures:
            return pack_objects(objects), Foretold()
        return pack_objects(objects), Foretold(relations_digest(found), tuple(findings))

    def _collector(self, failures: dict[str, InputProblem]) -> OnFailure | None:
        """Keeps one problem for each rule that fails in a file; None if failures are to be raised."""
        if not self._tell_failures:
            return None

        def failed(rule: str, error: Exception) -> None:
            failures.setdefault(rule, rule_failure(rule, error))

        return failed

    def _relations_of(
        self, project: Project, failures: dict[str, dict[str, InputProblem]] | None = None
    ) -> Relations:
        """`failures`: by path and rule, where they are wanted; else rules that fail find nothing more."""
        from tollgate.engine.relations import Relations

        def failed(path: str, rule: str, error: Exception) -> None:
            if failures is not None:
                failures.setdefault(path, {}).setdefault(rule, rule_failure(rule, error))

        return Relations(project, self._rules_for, failed if self._tell_failures else None)

    def read_again(self, source: Source) -> ManifestFile:
        """A file that was linted before, for looking up places; its secrets are masked."""
        from tollgate.engine.secrets import find_secrets

        artifact = parse(source, "yaml", limits=self._limits)
        assert isinstance(artifact, ManifestFile)
        source.mask([*find_secrets(artifact)[0], *self._embedded(artifact).masks])
        return artifact

    def relations(
        self,
        *,
        given: frozenset[str] | None,
        load: Load,
        foretold: Mapping[str, Foretold],
        among: frozenset[str] | None = None,
    ) -> dict[str, Sequence[Finding]]:
        """What relational rules find in the project, whose index is filled, by path; `given` and `among` as
        in `Relations.find`. `foretold`: what each file's result says of itself; a file with other relations
        is loaded for their places."""
        return self.placed(self.found_relations(given=given, among=among), load=load, foretold=foretold)

    def found_relations(
        self, *, given: frozenset[str] | None, among: frozenset[str] | None
    ) -> FoundRelations:
        """The same without places, which `placed` looks up."""
        failures: dict[str, dict[str, InputProblem]] = {}
        found = self._relations_of(self._project, failures).find(given=given, among=among)
        return FoundRelations(found, failures)

    def placed(
        self, relations: FoundRelations, *, load: Load, foretold: Mapping[str, Foretold]
    ) -> dict[str, Sequence[Finding]]:
        """Relations as findings, by path; `load` and `foretold` as in `relations`."""
        from tollgate.engine.relations import relations_digest

        results: dict[str, Sequence[Finding]] = {}
        failures = {path: dict(by_rule) for path, by_rule in relations.failures.items()}
        for path, found in relations.by_path.items():
            known = foretold.get(path)
            if known is not None and known.digest == relations_digest(found):
                results[path] = known.findings
                continue
            file = load(path)
            if file is not None:
                results[path] = self._place(file, found, load, failures.setdefault(path, {}))
        for path, by_rule in failures.items():
            hits = self._reported(_Unread(decode(path, b"")), list(by_rule.values()))
            told = make_findings(decode(path, b""), [(hit, None, None) for hit in hits])
            results[path] = [*results.get(path, ()), *told]
        return results

    def joined(self, result: FileResult, related: Sequence[Finding]) -> FileResult:
        """A file's result with what relational rules found in it."""
        from tollgate.engine.join import join_findings

        joined = join_findings(result.findings, related, lambda name: self._rules[name].whole())
        return result._replace(findings=joined, objects="")

    def _place(
        self, file: ManifestFile, found: Sequence[Found], load: Load, failures: dict[str, InputProblem]
    ) -> list[Finding]:
        from tollgate.engine.relations import relation_hits

        hits = relation_hits(file, found, load, self._collector(failures))
        judged = self._judged(hits, self._covers(file)[0])[0]
        return make_findings(file.source, list(self._with_fixes(file, judged)))

    @property
    def project(self) -> Project:
        return self._project

    def runs(self, rule: str, path: str) -> bool:
        """Whether a rule about single files is on for a path."""
        return rule in self._rules_for(path)

    def told(self, source: Source, problems: Sequence[InputProblem]) -> list[Finding]:
        """What is to be said of a file that was not linted, as far as policy wants it."""
        hits = self._reported(_Unread(source), problems)
        return make_findings(source, [(hit, None, None) for hit in hits])

    def current_name(self, rule: str) -> str:
        """The name that a rule has now; its own for a rule that is not known."""
        if rule in self._rules:
            return rule
        return next((one.name for one in self._rules.values() if rule in one.formerly), rule)

    def is_on(self, rule: str, path: str) -> bool:
        """Whether a rule, relational or not, is on for a path."""
        return self._rules_for(path).holds(rule)

    def is_relational(self, rule: str) -> bool:
        return rule in self._rules and self._rules[rule].relational

    def is_known(self, rule: str) -> bool:
        """Whether there is a rule of that name, or was."""
        return rule in self._known

    def is_locked(self, rule: str) -> bool:
        """Whether nothing can silence a rule: policy locks it, or it says what could not be linted."""
        found = self._rules.get(self.current_name(rule))
        return found is not None and whole_rule(found, self._policy).locked

    def shell_texts(self, path: str, data: bytes) -> list[ShellText]:
        """What ShellCheck is to be given for a Dockerfile."""
        from tollgate.checks.shellcheck import shell_texts
        from tollgate.model.dockerfile import Dockerfile

        artifact = parse(decode(path, data), "dockerfile", limits=self._limits)
        return shell_texts(artifact) if isinstance(artifact, Dockerfile) else []

    def _mark_partial(self, file: ManifestFile) -> bool:
        """Find the manifests that are patches; false if that took a look at other files."""
        incomplete = [manifest for manifest in file.manifests if is_incomplete(manifest)]
        for manifest in incomplete:
            manifest.partial = self._project.kustomize().is_patch(file.source.path)
        return not incomplete

    def _suppress(
        self, artifact: Artifact, rules: RuleSet, hits: list[Hit]
    ) -> list[tuple[Hit, Suppression | None]]:
        covers, problems = self._covers(artifact)
        judged, used = self._judged(hits, covers)
        if self._reads_peers(artifact):
            from tollgate.engine.peers import wants_errors

            if wants_errors(artifact):
                judged = [(_as_build_error(hit), suppression) for hit, suppression in judged]
        selected = {cover.rule for cover in covers if cover.rule in rules}
        named = {cover.rule for cover in covers if cover.peer is None and cover.rule in self._known}
        locked = {name for name in named if self.is_locked(name)}
        problems += unused_problems(covers, used, selected=selected, known=self._known, locked=locked)
        return judged + [(hit, None) for hit in self._reported(artifact, problems)]

    def _covers(self, artifact: Artifact) -> tuple[list[Cover], list[InputProblem]]:
        covers, problems = own_covers(artifact, today=self._policy.today, demands=self._policy.suppressions)
        if self._reads_peers(artifact):
            from tollgate.engine.peers import peer_covers

            covers += peer_covers(artifact, self._rules_of)
        return covers, problems

    def _reads_peers(self, artifact: Artifact) -> bool:
        text = artifact.source.text
        return self._policy.peer_suppressions != "off" and any(marker in text for marker in PEER_MARKERS)

    def _judged(
        self, hits: Sequence[Hit], covers: Sequence[Cover]
    ) -> tuple[list[tuple[Hit, Suppression | None]], set[int]]:
        matched, used = match_covers(hits, covers, peer_suppressions=self._policy.peer_suppressions)
        return [(_with_peer_note(hit, cover), suppression) for hit, suppression, cover in matched], used

    def _with_fixes(
        self, artifact: Artifact, judged: Sequence[tuple[Hit, Suppression | None]]
    ) -> Iterator[tuple[Hit, Suppression | None, Fix | None]]:
        plans = [
            (hit.ready.rule.name, None if suppression is not None else hit.problem.fix)
            for hit, suppression in judged
        ]
        for (hit, suppression), fix in zip(
            judged, planned_fixes(artifact, plans, edits=self._edits), strict=True
        ):
            yield hit, suppression, fix

    def _reported(self, artifact: Artifact, problems: Sequence[InputProblem]) -> list[Hit]:
        if not problems:
            return []
        rules = self._rules_for(artifact.source.path)
        extra: Mapping[str, Sequence[Target]] = {"input": input_targets(artifact, problems)}
        return find_hits(_Unread(artifact.source), rules, extra)


class _Unread:
    """An artifact with nothing to select: only what is said about the file can be found."""

    __slots__ = ("source",)
    problems: Sequence[InputProblem] = ()
    notes: Sequence[Note] = ()
    kinds: frozenset[str] = frozenset()
    keys: frozenset[str] | None = None

    def __init__(self, source: Source) -> None:
        self.source = source

    def select(self, _noun: str) -> Sequence[Target]:
        return ()

    def comments(self) -> Sequence[Comment]:
        return ()


def _lazily(
    make: Callable[[], Callable[[str, str], Sequence[str]]],
) -> Callable[[], Callable[[str, str], Sequence[str]]]:
    made: list[Callable[[str, str], Sequence[str]]] = []

    def get() -> Callable[[str, str], Sequence[str]]:
        if not made:
            made.append(make())
        return made[0]

    return get


def _as_build_error(hit: Hit) -> Hit:
    """What BuildKit's own checks would find is an error in a file that asks for that."""
    equivalents = hit.ready.rule.equivalents if hit.equivalents is None else hit.equivalents
    return hit._replace(severity="error") if "buildkit" in equivalents else hit


def _with_peer_note(hit: Hit, cover: Cover | None) -> Hit:
    """A peer's comment that policy does not honour is shown beside the finding."""
    if cover is None:
        return hit
    why = "the rule is locked" if hit.ready.rule.locked else "policy does not honour that for errors"
    message = f"{cover.peer} is told to ignore this; {why}"
    related = (*hit.problem.related, RelatedSpan(message, *cover.span))
    return hit._replace(problem=hit.problem._replace(related=related))


def _equivalents_of(rules: Sequence[AnyRule]) -> Callable[[str, str], Sequence[str]]:
    from tollgate.engine.peers import index_equivalents

    return index_equivalents({rule.name: rule.whole().equivalents for rule in rules})


def _what_it_is(artifact: Artifact, kind: Kind) -> tuple[Literal["dockerfile", "manifest", "other"], int]:
    if kind == "dockerfile":
        return "dockerfile", 0
    assert isinstance(artifact, ManifestFile)
    documents = len(artifact.manifests) + len(artifact.select("compose"))
    return ("manifest" if documents else "other"), documents
