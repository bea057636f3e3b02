"""Relational rules: what no file shows alone. They read the index; places are looked up afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from tollgate.checks.places import problem_at, related_at
from tollgate.engine.compiled import ReadyRule, import_check, option_values, version_of
from tollgate.engine.failures import OnFailure, guarded
from tollgate.engine.run import Hit, lower
from tollgate.engine.select import RuleSet
from tollgate.model.finding import FixPlan, RelatedSpan, Severity
from tollgate.model.hints import Any, TypeAlias
from tollgate.model.kubernetes import KIND_GROUPS, POD_PATHS, Manifest
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Mapping as Map, Node, Scalar, Sequence as Seq, Trail, descend
from tollgate.model.policy import Policy
from tollgate.model.project import IndexedObject, Project, RelatedObject, Relation
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context, Rule
from tollgate.model.source import Position, Region

DROPPED = frozenset(
    {"value", "command", "args", "binaryData", "last-applied-configuration"}
    | {"livenessProbe", "startupProbe", "lifecycle", "requests", "limits"}
)
"""Keys whose values stay out of the index: they may hold secrets, or are long, and no relation needs them."""

_KEYS_ONLY = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}

Load = Callable[[str], ManifestFile | None]


def index_file(file: ManifestFile) -> tuple[IndexedObject, ...]:
    """The index entries of a file."""
    found = tuple(_indexed(manifest) for manifest in file.manifests)
    if file.services:
        from tollgate.engine.index_services import index_services

        found += tuple(index_services(file.services))
    return found


def _indexed(manifest: Manifest) -> IndexedObject:
    pods = _pod_trails(manifest)
    kind, group = manifest.kind, manifest.group
    whole = bool(pods) or group in _WHOLE_GROUPS or kind in _WHOLE_KINDS or kind in POD_PATHS
    data = _plain(manifest.node, manifest, only=None if whole else ("metadata",))
    return IndexedObject(
        manifest.source.path,
        manifest.document,
        manifest.trail,
        manifest.api_version,
        manifest.kind,
        manifest.namespace,
        manifest.name,
        data,
        pods,
        manifest.partial,
    )


def _pod_trails(manifest: Manifest) -> tuple[Trail, ...]:
    """Where the pod specs are, or would be: a template without one has labels all the same."""
    start = len(manifest.trail)
    trails = tuple(pod.trail[start:] for pod in manifest.pods)
    groups, below = POD_PATHS.get(manifest.kind, (frozenset(), ()))
    if not trails and manifest.group in groups and isinstance(descend(manifest.node, below), Map):
        return ((*below, "spec"),)
    return trails


_WHOLE_GROUPS = frozenset(
    {
        "rbac.authorization.k8s.io",
        "networking.k8s.io",
        "autoscaling",
        "policy",
        "gateway.networking.k8s.io",
        "monitoring.coreos.com",
        "admissionregistration.k8s.io",
        "networking.istio.io",
        "security.istio.io",
        "policy.linkerd.io",
        "route.openshift.io",
        "external-secrets.io",
        "bitnami.com",
        "secrets.hashicorp.com",
        "cert-manager.io",
        "skaffold",
    }
)
_WHOLE_KINDS = frozenset(
    {
        "Service",
        "ServiceAccount",
        "PersistentVolumeClaim",
        "ConfigMap",
        "Secret",
        "Ingress",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "VerticalPodAutoscaler",
        "ScaledObject",
    }
)


def _plain(root: Map, manifest: Manifest, *, only: tuple[str, ...] | None) -> dict[str, Any]:
    """Plain data without what the index leaves out. Iterative: input decides the depth."""
    keys_only = _KEYS_ONLY.get(manifest.kind, ())
    masked = manifest.source.is_masked if manifest.source.masks else None
    top: dict[str, Any] = {}
    todo: list[tuple[Node, Any, str | int]] = []
    for key, entry in root.entries.items():
        if key in keys_only and isinstance(entry.value, Map):
            top[key] = dict.fromkeys(entry.value.entries)
        elif only is None or key in only:
            todo.append((entry.value, top, key))
    while todo:
        node, into, at = todo.pop()
        if isinstance(node, Map):
            inner: dict[str, Any] = {}
            into[at] = inner
            for key, entry in node.entries.items():
                inner[key] = None
                if key not in DROPPED:
                    todo.append((entry.value, inner, key))
        elif isinstance(node, Seq):
            into[at] = items = [None] * len(node.items)
            todo.extend((item, items, index) for index, item in enumerate(node.items))
        else:
            into[at] = None if masked is not None and masked(node.start, node.end) else _known(node)
    return top


def _known(node: Scalar) -> Any:
    return node.value if isinstance(node.value, str | int | float | bool) else None


class Found(NamedTuple):
    """A relation that a rule found on an object."""

    ready: ReadyRule
    subject: IndexedObject
    relation: Relation


_Sort: TypeAlias = tuple[frozenset[str], int, str, str, bool]
"""What decides which rules are asked about an object: the kinds of its project, the rules that are on for
its file, its own kind and version, and whether it holds pods."""

_WANTED_KEPT = 5_000


class Relations:
    """Relational rules over a project, whose index can be filled anew between two looks."""

    __slots__ = ("_failed", "_ready", "_rules_for", "_wanted", "project")

    def __init__(
        self,
        project: Project,
        rules_for: Callable[[str], RuleSet],
        failed: Callable[[str, str, Exception], None] | None = None,
    ) -> None:
        """`failed` is told the path, the rule that failed on it, and how; without it errors are raised."""
        self.project = project
        self._failed = failed
        self._rules_for = rules_for
        self._ready: dict[tuple[int, str], _Ready] = {}
        self._wanted: dict[_Sort, Sequence[_Ready]] = {}

    def find(
        self, *, given: frozenset[str] | None, among: frozenset[str] | None = None
    ) -> dict[str, list[Found]]:
        """All relations of the project by path that concern the `given` paths (all if None): problems in
        them, and problems elsewhere that relate to something in them. `among`: where to look at all."""
        found: dict[str, list[Found]] = {}
        if len(self._wanted) > _WANTED_KEPT:
            self._wanted.clear()
        for subject in self.project.objects:
            if not subject.partial and (among is None or subject.path in among):
                for this in self._found(subject):
                    if given is None or _concerns(this, given):
                        found.setdefault(subject.path, []).append(this)
        return found

    def _found(self, subject: IndexedObject) -> Iterator[Found]:
        rules, failed = self._rules_for(subject.path), self._failed
        key = (self.project.kinds, id(rules), subject.kind, subject.api_version, bool(subject.pods))
        wanted = self._wanted.get(key)
        if wanted is None:
            nouns = _nouns(subject)
            wanted = self._wanted[key] = [one for noun in nouns for one in self._on_noun(rules, noun)]
        for one in wanted:
            try:
                for relation in one.check(subject, one.context):
                    yield Found(one.rule, subject, relation)
            except Exception as error:
                if failed is None:
                    raise
                failed(subject.path, one.rule.rule.name, error)

    def _on_noun(self, rules: RuleSet, noun: str) -> Iterator[_Ready]:
        """The rules on a noun that have what they need in this project; others are not even imported."""
        for chosen in rules.relational(noun):
            rule = chosen[0]
            if self.project.holds(rule.needs):
                key = (id(rules), rule.name)
                if key not in self._ready:
                    self._ready[key] = _make_ready(*chosen, self.project, rules.policy)
                yield self._ready[key]


def relations_digest(found: Sequence[Found]) -> str:
    """Equal for equal relations of one file: the same rules, objects, places and messages."""
    from tollgate.model.digest import blake2b

    state = blake2b(digest_size=16)
    for ready, subject, relation in found:
        related = [(one.target.path, one.target.document, *one[1:]) for one in relation.related]
        where = (ready.rule.name, subject.document, subject.trail)
        state.update(repr((where, relation._replace(related=()), related)).encode("utf-8", "surrogatepass"))
    return state.hexdigest()


def _concerns(found: Found, given: frozenset[str]) -> bool:
    return found.subject.path in given or any(
        related.target.path in given for related in found.relation.related
    )


class _Ready(NamedTuple):
    rule: ReadyRule
    check: Callable[[IndexedObject, Context], Iterator[Relation]]
    context: Context


def _make_ready(
    rule: Rule, severity: Severity, options: Mapping[str, object], project: Project, policy: Policy
) -> _Ready:
    context = Context(project, policy, option_values(rule, options), version_of(policy.kubernetes_version))
    assert rule.check is not None
    return _Ready(ReadyRule(rule, severity, None, _never), import_check(rule.check), context)


def _never(_target: object, _root: object) -> Iterator[Any]:
    return iter(())


def _nouns(subject: IndexedObject) -> Iterator[str]:
    yield "manifest"
    if subject.pods:
        yield "workload"
    groups = KIND_GROUPS.get(subject.kind)
    if groups is None or subject.group in groups:
        yield subject.kind
    yield f"{subject.kind}.{subject.group}"


def relation_hits(
    file: ManifestFile, found: Sequence[Found], load: Load, failed: OnFailure | None = None
) -> list[Hit]:
    """The hits of a file's relations, at their places in it; `load` gives the files they relate to."""
    manifests = [(one, file.manifest_named(one.subject.document, one.subject.trail)) for one in found]
    return [
        hit
        for one, manifest in manifests
        if manifest is not None
        for hit in guarded(one.ready.rule.name, partial(_hits, one, manifest, load), failed)
    ]


def _hits(found: Found, manifest: Manifest, load: Load) -> Iterator[Hit]:
    yield _hit(found, manifest, load)


def _hit(found: Found, manifest: Manifest, load: Load) -> Hit:
    relation = found.relation
    related = [_related(one, manifest, load) for one in relation.related]
    plan = FixPlan(relation.safe, relation.changes, title=relation.fix_title) if relation.changes else None
    problem = problem_at(
        manifest,
        *relation.trail,
        key_only=relation.at_key,
        fields=relation.fields,
        key=relation.key,
        related=tuple(one for one in related if one is not None),
        fix=plan,
        message=relation.message,
    )
    return Hit(found.ready, manifest, problem, lower(found.ready.severity, relation.severity))


def _related(related: RelatedObject, manifest: Manifest, load: Load) -> RelatedSpan | None:
    if not related.target.api_version:
        return _related_build(related)
    file = load(related.target.path)
    other = None if file is None else file.manifest_named(related.target.document, related.target.trail)
    if other is None:
        return None
    span = related_at(other, *related.trail, message=related.message)
    if other.source.path == manifest.source.path:
        return span
    region = other.source.region(span.start, span.end)
    return RelatedSpan(related.message, path=other.source.path, region=region)


def _related_build(related: RelatedObject) -> RelatedSpan | None:
    if related.region is None:
        return None
    line, column, last_line, last_column = related.region
    region = Region(Position(line, column), Position(last_line, last_column))
    return RelatedSpan(related.message, path=related.target.path, region=region)
