"""The resolved policy: plain data that the engine, the checks and the caches read.

`tollgate.config` makes it from `.tollgate.yaml` and the command line; nothing else does, save tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tollgate.model.finding import Severity
from tollgate.model.globs import path_matcher
from tollgate.model.hints import Literal, TypeAlias
from tollgate.model.record import NamedTuple

Level: TypeAlias = Literal["baseline", "recommended", "strict", "all"]

LEVELS: tuple[Level, ...] = ("baseline", "recommended", "strict", "all")
"""The ladder, lowest first: each holds the rules of those before it."""

DEFAULT_PROFILE: tuple[str, ...] = ("recommended",)
DEFAULT_KUBERNETES_VERSION = "1.37"
DEFAULT_MAX_FILE_BYTES = 5 * 1024 * 1024

POLICY_FILE_NAMES = (".tollgate.yaml", ".tollgate.yml")
"""Looked for at the root only."""

BASELINE_FILE_NAME = ".tollgate-baseline.yaml"
"""Looked for at the root, unless policy says where it is."""

FailOn: TypeAlias = Literal["error", "warning", "note", "never"]
PeerSuppressions: TypeAlias = Literal["report", "honour", "off"]
RuleSeverity: TypeAlias = Literal["off", "error", "warning", "note"]

_NO_RULES: Mapping[str, RuleSetting] = {}
_NO_BUILDS: Mapping[str, str] = {}
_NO_OPTIONS: Mapping[str, object] = {}
_NO_LABELS: Mapping[str, str] = {}


class RuleSetting(NamedTuple):
    """What policy says of one rule. `severity` None: the rule's own; "off": not selected."""

    severity: RuleSeverity | None = None
    options: Mapping[str, object] = _NO_OPTIONS


class Scope(NamedTuple):
    """Some of the manifests: those in a file that `paths` match, or in a namespace that `namespaces`
    match (`*` and `?` as in paths). Both empty: none. `ALL` is everything."""

    paths: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


ALL = Scope(paths=("**",))
NOTHING = Scope()


class ImagePolicy(NamedTuple):
    """Where images may come from. Patterns match normalised references part by part: the host exactly
    or `*.corp.example`, `*` within one segment, `**` over segments, never across host and repository.

    official      Docker official images (docker.io/library/*) are allowed
    internal      patterns of the registries and repositories that are ours
    development   patterns of those that `production` must not use
    nonroot       patterns of bases that are known not to run as root
    built         names of images to the Dockerfiles that they are built from
    """

    official: bool = True
    internal: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    production: Scope = NOTHING
    nonroot: tuple[str, ...] = ()
    built: Mapping[str, str] = _NO_BUILDS


class VaultPolicy(NamedTuple):
    """`required`: where secrets must come from Vault rather than from Kubernetes Secrets."""

    required: Scope = NOTHING


MeshKind: TypeAlias = Literal["istio", "linkerd", "nebula"]


class MeshPolicy(NamedTuple):
    """`required`: where pods must have a mesh's sidecar.

    injection   labels or annotations of a pod or its namespace, with the value that brings the sidecar in,
                beside those that the mesh itself knows. A mesh of kind nebula knows none.
    """

    required: Scope = NOTHING
    kind: MeshKind = "istio"
    injection: Mapping[str, str] = {}


class Cluster(NamedTuple):
    """A cluster and what may run there.

    paths      files whose manifests go there
    overlays   kustomization folders whose build goes there
    groups     the workload groups that may
    """

    name: str
    paths: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Segmentation(NamedTuple):
    """Which workloads may share a cluster. `label` names a workload's group."""

    label: str = ""
    clusters: tuple[Cluster, ...] = ()


class LabelPolicy(NamedTuple):
    """The labels of images: name to kind (text, url, semver, hash, rfc3339, spdx, email).

    `closed`: an image has no others.
    """

    required: Mapping[str, str] = _NO_LABELS
    optional: Mapping[str, str] = _NO_LABELS
    closed: bool = False


class HardeningPolicy(NamedTuple):
    """What the final stage must do, itself or through a stage it is built on.

    run         scripts or programs that a RUN must run: a path, or a bare name for any folder
    copy_from   names of stages, or patterns of images, that it must copy from
    """

    run: tuple[str, ...] = ()
    copy_from: tuple[str, ...] = ()


class SuppressionPolicy(NamedTuple):
    """What every comment and annotation that silences a rule must say, or it silences nothing.

    require_until      an end
    max_days           an end that is at most so many days away; 0: any
    require_approver   who agreed
    """

    require_until: bool = False
    max_days: int = 0
    require_approver: bool = False


class Override(NamedTuple):
    """What differs for files that `paths` match. `profile` or `images` None: as elsewhere. Later ones win.
    `name`: the environment that it describes, if it does."""

    paths: tuple[str, ...]
    profile: tuple[str, ...] | None = None
    rules: Mapping[str, RuleSetting] = _NO_RULES
    images: ImagePolicy | None = None
    name: str = ""


class Policy(NamedTuple):
    """All that a run depends on besides the files. Patterns of paths are those of `model.globs`.

    profile              names of levels or sets; a rule is selected if one of them has it
    kubernetes_version   the target, "major.minor"
    today                ISO date; "" where no rule may depend on the day
    fail_on              the least severity that makes the run fail
    include              only files that match are looked at in folders; empty: all
    exclude              files in folders that match are not looked at; the command line's replaces the
                         policy file's
    extend_exclude       the same, added to whatever `exclude` is
    dockerfiles, manifests   files to read as such whatever their names say
    peer_suppressions    what other tools' ignore comments do: silence all but errors, which are shown with
                         the comment (report), silence all (honour), nothing (off)
    max_file_bytes       longer files are not linted, which is a finding
    strict_input         what could not be linted makes the run fail
    suppressions         what a suppression must say
    baseline             the file of accepted findings, relative to the root; None: where it is looked for
    ratchet              the number of accepted findings of a rule may only go down
    select, ignore       from the command line: only these rules; not these rules
    locked               rules, sets and levels that nothing turns off, milder or silent; on everywhere
    source               the policy file as reports name it; None: built-in defaults
    custom               the compiled catalog of the policy's own rules; empty if it brings none
    """

    profile: tuple[str, ...] = DEFAULT_PROFILE
    kubernetes_version: str = DEFAULT_KUBERNETES_VERSION
    today: str = ""
    fail_on: FailOn = "warning"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    dockerfiles: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    peer_suppressions: PeerSuppressions = "report"
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES
    strict_input: bool = False
    images: ImagePolicy = ImagePolicy()
    vault: VaultPolicy = VaultPolicy()
    mesh: MeshPolicy = MeshPolicy()
    segmentation: Segmentation = Segmentation()
    labels: LabelPolicy = LabelPolicy()
    hardening: HardeningPolicy = HardeningPolicy()
    rules: Mapping[str, RuleSetting] = _NO_RULES
    overrides: tuple[Override, ...] = ()
    suppressions: SuppressionPolicy = SuppressionPolicy()
    baseline: str | None = None
    ratchet: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    source: str | None = None
    custom: str = ""

    @property
    def digest(self) -> str:
        """Hash of all that can change what is found in a file; the same on every machine.

        Which files are looked at, and what fails the run, is not in it: neither changes a finding.
        """
        return policy_digest(self)


class PolicyProblem(NamedTuple):
    """What is wrong with a policy. `path` as reports name it, or the option (`--fail-on`); 1-based `line` and
    `column`, both 0 where there is no place."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.path}{place}: {self.message}"


class PathSettings(NamedTuple):
    """What policy says for one file. `overrides`: indexes of those that match; files with equal ones have
    the same settings (the very same object from one `settings_by_path`)."""

    profile: tuple[str, ...]
    rules: Mapping[str, RuleSetting]
    overrides: tuple[int, ...] = ()
    images: ImagePolicy = ImagePolicy()


def settings_by_path(policy: Policy) -> Callable[[str], PathSettings]:
    """A function from a path (relative to the root) to its settings.

    Patterns are compiled once and settings merged once for each set of overrides that match together,
    so that asking for 10,000 files is cheap. Raises PatternError for a bad pattern.
    """
    matchers = [path_matcher(override.paths) for override in policy.overrides]
    general = PathSettings(policy.profile, policy.rules, images=policy.images)
    merged: dict[tuple[int, ...], PathSettings] = {(): general}

    def settings_for(path: str) -> PathSettings:
        matching = tuple([index for index, matches in enumerate(matchers) if matches(path)])
        settings = merged.get(matching)
        if settings is None:
            settings = merged[matching] = _merge(policy, matching)
        return settings

    return settings_for


def _merge(policy: Policy, matching: tuple[int, ...]) -> PathSettings:
    profile = policy.profile
    rules = dict(policy.rules)
    images = policy.images
    for index in matching:
        override = policy.overrides[index]
        images = images if override.images is None else override.images
        if override.profile is not None:
            profile = override.profile
        for name, setting in override.rules.items():
            rules[name] = merge_setting(rules.get(name), setting)
    return PathSettings(profile, rules, matching, images)


def merge_setting(general: RuleSetting | None, special: RuleSetting) -> RuleSetting:
    """`special` over `general`: what it does not say stays; options are merged one by one."""
    if general is None:
        return special
    severity = general.severity if special.severity is None else special.severity
    return RuleSetting(severity, {**general.options, **special.options})


def severity_for(setting: RuleSetting | None, own: Severity) -> Severity | None:
    """The severity of a rule whose own is `own`; None where policy turns it off."""
    if setting is None or setting.severity is None:
        return own
    return None if setting.severity == "off" else setting.severity


def scope_matcher(scope: Scope) -> Callable[[str, str | None], bool]:
    """A function that says whether a manifest (path of its file, namespace or None) is in `scope`."""
    in_paths = path_matcher(scope.paths)
    in_namespaces = path_matcher(scope.namespaces)
    return lambda path, namespace: in_paths(path) or (bool(namespace) and in_namespaces(namespace or ""))


def policy_digest(policy: Policy) -> str:
    """See `Policy.digest`; hexadecimal, 32 characters."""
    import json

    from tollgate.model.digest import blake2b

    verdict = policy._replace(
        fail_on="never",
        include=(),
        exclude=(),
        extend_exclude=(),
        dockerfiles=(),
        manifests=(),
        strict_input=False,
        baseline=None,
        ratchet=False,
        source=None,
    )
    text = json.dumps(verdict, sort_keys=True, ensure_ascii=True)
    return blake2b(text.encode("ascii"), digest_size=16).hexdigest()
