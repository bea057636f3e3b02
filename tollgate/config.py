"""The policy of a run: built-in defaults, then `.tollgate.yaml`, then the command line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain

from tollgate.files import MAX_POLICY_BYTES, Home, PolicyFile, folder_home, path_inside
from tollgate.model.hints import Any
from tollgate.model.policy import (
    ALL,
    DEFAULT_PROFILE,
    NOTHING,
    POLICY_FILE_NAMES,
    Cluster,
    HardeningPolicy,
    ImagePolicy,
    LabelPolicy,
    MeshPolicy,
    Override,
    Policy,
    PolicyProblem,
    RuleSetting,
    Scope,
    Segmentation,
    SuppressionPolicy,
    VaultPolicy,
)
from tollgate.options import LintOptions

# Part of the names under which checked policies are kept: to be raised when checking gets stricter.
_CACHE_FORMAT = 2
# Option to key of the policy file, for options that replace what the file says.
_REPLACING = {
    "profile": "profile",
    "fail_on": "fail-on",
    "peer_suppressions": "peer-suppressions",
    "kubernetes_version": "kubernetes-version",
    "today": "today",
    "include": "include",
    "exclude": "exclude",
    "strict_input": "strict-input",
    "ratchet": "ratchet",
}


class PolicyError(Exception):
    """A policy that cannot be used; `problems` are all that is wrong, by place."""

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def load_policy(
    root: str,
    *,
    options: LintOptions = LintOptions(),  # noqa: B008 (immutable)
    home: Home | None = None,
    known_rules: Callable[[], Mapping[str, Mapping[str, Mapping[str, object]]]] | None = None,
    known_sets: Callable[[], Collection[str]] | None = None,
    catalog_digest: str = "",
) -> Policy:
    """The policy for what is linted below `root`.

    home             where the policy and all that it names are read; None: the work tree at `root`
    known_rules      gives rule name → option name → its declaration; asked only if names are to be checked
    known_sets       gives the names of sets
    catalog_digest   stands for both; with it, a policy that was found right is not checked again

    Raises PolicyError with everything that is wrong.
    """
    main = main_policy(root, options, home)
    plain: dict[str, Any] = {}
    custom = ""
    if main is not None:
        digest = "" if options.no_cache else catalog_digest
        plain, custom = _load(main, root, digest, known_rules, known_sets)
    _check_options(options, custom, known_rules, known_sets)
    policy = policy_from_plain(_with_options(plain, options))
    return policy._replace(
        extend_exclude=policy.extend_exclude + options.extend_exclude,
        select=options.select,
        ignore=options.ignore,
        today=policy.today or time.strftime("%Y-%m-%d", time.gmtime()),
        source=None if main is None else main.shown,
        custom=custom,
    )


def main_policy(root: str, options: LintOptions, home: Home | None = None) -> PolicyFile | None:
    """The policy file of a run; None if there is none. `home`: as for `load_policy`.

    Raises PolicyError where there are two.
    """
    if options.no_config:
        return None
    home = home or folder_home(root)
    if options.config is None:
        return _found_policy(home)
    if home.name:
        named = path_inside(root, options.config)
        if named is not None:
            return PolicyFile(home, named, home.name + named)
    real = os.path.realpath(options.config)  # the user's own choice may be a link
    inside = os.path.relpath(real, os.path.realpath(root)).replace(os.sep, "/")
    if inside.startswith("../") or os.path.isabs(inside):
        return PolicyFile(folder_home(os.path.dirname(real)), os.path.basename(real), options.config)
    return PolicyFile(home, inside, home.name + options.config)


def _found_policy(home: Home) -> PolicyFile | None:
    found = [name for name in POLICY_FILE_NAMES if home.read(name, MAX_POLICY_BYTES).state != "missing"]
    if len(found) > 1:
        message = f"there is {found[1]} too, and only one of them can hold; remove one"
        raise PolicyError([PolicyProblem(home.name + found[0], 0, 0, message)])
    return PolicyFile(home, found[0], home.name + found[0]) if found else None


def policy_from_plain(plain: Mapping[str, Any]) -> Policy:
    """A policy from the content of a policy file that was found right; nothing is checked here."""
    fields = {
        name.replace("-", "_"): plain[name]
        for name in (
            "kubernetes-version",
            "today",
            "fail-on",
            "peer-suppressions",
            "max-file-bytes",
            "strict-input",
            "baseline",
            "ratchet",
        )
        if name in plain
    }
    for name in ("include", "exclude", "extend-exclude", "dockerfiles", "manifests", "locked"):
        fields[name.replace("-", "_")] = tuple(plain.get(name, ()))
    return Policy(
        profile=_profile(plain.get("profile", DEFAULT_PROFILE)),
        images=_images(plain.get("images", {})),
        vault=VaultPolicy(_scope(plain.get("vault", {}).get("required", False))),
        mesh=_mesh(plain.get("mesh", {})),
        segmentation=_segmentation(plain.get("segmentation", {})),
        labels=_labels(plain.get("labels", {})),
        hardening=_hardening(plain.get("hardening", {})),
        suppressions=_suppressions(plain.get("suppressions", {})),
        rules=_rules(plain.get("rules", {})),
        overrides=_overrides(plain),
        **fields,
    )


def _profile(written: str | Sequence[str]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written)


def _images(written: Mapping[str, Any]) -> ImagePolicy:
    return ImagePolicy(
        official=written.get("official", True),
        internal=tuple(written.get("internal", ())),
        development=tuple(written.get("development", ())),
        production=_scope(written.get("production", False)),
        nonroot=tuple(written.get("nonroot", ())),
        built=dict(written.get("built", {})),
    )


def _scope(written: bool | Mapping[str, Sequence[str]]) -> Scope:
    if isinstance(written, bool):
        return ALL if written else NOTHING
    return Scope(tuple(written.get("paths", ())), tuple(written.get("namespaces", ())))


def _mesh(written: Mapping[str, Any]) -> MeshPolicy:
    return MeshPolicy(
        _scope(written.get("required", False)),
        written.get("kind", "istio"),
        dict(written.get("injection", {})),
    )


def _segmentation(written: Mapping[str, Any]) -> Segmentation:
    clusters = [
        Cluster(
            one["name"],
            *(tuple(one.get(key, ())) for key in ("paths", "overlays", "groups")),
        )
        for one in written.get("clusters", ())
    ]
    return Segmentation(written.get("label", ""), tuple(clusters))


def _labels(written: Mapping[str, Any]) -> LabelPolicy:
    required, optional = (dict(written.get(key, {})) for key in ("required", "optional"))
    return LabelPolicy(required, optional, written.get("closed", False))


def _hardening(written: Mapping[str, Any]) -> HardeningPolicy:
    return HardeningPolicy(tuple(written.get("run", ())), tuple(written.get("copy-from", ())))


def _suppressions(written: Mapping[str, Any]) -> SuppressionPolicy:
    return SuppressionPolicy(
        written.get("require-until", False),
        written.get("max-days", 0),
        written.get("require-approver", False),
    )


def _rules(written: Mapping[str, Any]) -> dict[str, RuleSetting]:
    return {name: _setting(setting) for name, setting in written.items()}


def _setting(written: Any) -> RuleSetting:
    if isinstance(written, Mapping):
        return RuleSetting(_severity(written.get("severity")), dict(written.get("options", {})))
    return RuleSetting(_severity(written))


def _severity(written: Any) -> Any:
    return "off" if written is False else written


def _override(written: Mapping[str, Any], *, name: str = "", general: Mapping[str, Any]) -> Override:
    """`general`: what the policy says of images for all files, over which an environment says its own."""
    profile = written.get("profile")
    images = written.get("images")
    return Override(
        tuple(written.get("paths", ())),
        None if profile is None else _profile(profile),
        _rules(written.get("rules", {})),
        None if images is None else _images(_over(general, images)),
        name,
    )


def _over(general: Mapping[str, Any], images: Mapping[str, Any]) -> dict[str, Any]:
    """The images of an environment: what it says of them over what is said in general."""
    merged = {**general, **images}
    for key, added in images.items():
        name = key.removeprefix("extend-")
        if name != key:
            merged[name] = [*merged.get(name, ()), *added]
    return merged


def _overrides(plain: Mapping[str, Any]) -> tuple[Override, ...]:
    """Environments, then the exceptions from them."""
    general = plain.get("images", {})
    environments = plain.get("environments", {}).items()
    return (
        *(_override(written, name=name, general=general) for name, written in environments),
        *(_override(written, general=general) for written in plain.get("overrides", ())),
    )


def _load(
    main: PolicyFile,
    root: str,
    catalog_digest: str,
    known_rules: Callable[[], Mapping[str, Mapping[str, Mapping[str, object]]]] | None,
    known_sets: Callable[[], Collection[str]] | None,
) -> tuple[dict[str, Any], str]:
    """What a policy file says with all that it extends, and the rules that it brings along; checked now or,
    by the content of all of it, before."""
    content = main.content()
    if content.state != "ok":
        raise PolicyError([PolicyProblem(main.shown, 0, 0, f"the policy cannot be used: {content.detail}")])
    name = _cache_name(main, content.data, catalog_digest) if catalog_digest else None
    cached = None if name is None else _read_cached(name, main, root)
    if cached is not None:
        return cached["plain"], cached["custom"]

    from tollgate.config_resolve import Unresolved, resolve, state_of

    try:
        found = resolve(main, content.data, root=root, known_rules=known_rules, known_sets=known_sets)
    except Unresolved as error:
        raise PolicyError(error.problems) from None
    if name is not None:
        import json

        from tollgate.resources import write_cached

        state = state_of(main.home, root, found.uses) if found.uses else ""
        kept = {
            "plain": found.merged.plain,
            "custom": found.custom,
            "uses": found.uses,
            "modules": found.modules,
            "state": state,
        }
        write_cached(name, json.dumps(kept), root=root)
    return found.merged.plain, found.custom


def _cache_name(main: PolicyFile, data: bytes, catalog_digest: str) -> str:
    from tollgate._version import __version__
    from tollgate.model.digest import blake2b

    key = f"{__version__}\0{_CACHE_FORMAT}\0{catalog_digest}\0{main.shown}\0"
    state = blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16)
    state.update(data)
    return f"policy-{state.hexdigest()}.json"


def _read_cached(name: str, main: PolicyFile, root: str) -> dict[str, Any] | None:
    """What was kept of a policy, if all that it was made of is as it was."""
    from tollgate.resources import read_cached

    text = read_cached(name, root=root)
    if text is None:
        return None
    import json

    try:
        kept: dict[str, Any] = json.loads(text)
        uses, modules = kept["uses"], kept["modules"]
        usable = isinstance(kept["plain"], dict) and isinstance(kept["custom"], str)
    except (ValueError, TypeError, KeyError):
        return None  # damaged, so checked again
    if usable and uses:
        from tollgate.config_resolve import is_unchanged

        usable = is_unchanged(main.home, root, uses, modules, kept["state"])
    return kept if usable else None


def _with_options(plain: Mapping[str, Any], options: LintOptions) -> dict[str, Any]:
    return {**plain, **said_by(options)}


def said_by(options: LintOptions) -> dict[str, Any]:
    """What options of the command line put in place of what a policy file says, by its keys."""
    said = {key: getattr(options, option) for option, key in _REPLACING.items()}
    return {key: value for key, value in said.items() if value}


def _custom_names(custom: str) -> dict[str, dict[str, Any]]:
    """The names of a policy's own rules, each with the sets that hold it as keys."""
    from tollgate import catalog

    return {rule.name: dict.fromkeys(rule.sets) for rule in catalog.heads(custom) if rule.is_custom}


def _check_options(
    options: LintOptions,
    custom: str,
    known_rules: Callable[[], Mapping[str, Mapping[str, Mapping[str, object]]]] | None,
    known_sets: Callable[[], Collection[str]] | None,
) -> None:
    """Raises PolicyError for what the command line says wrongly, under the option's name."""
    said = {
        option: getattr(options, option) for option in (*_REPLACING, "extend_exclude", "select", "ignore")
    }
    if not any(said.values()):
        return
    from tollgate.config_names import KnownNames, check_option

    names = said["select"] or said["ignore"]
    own = _custom_names(custom) if custom else {}
    known = KnownNames(
        {**known_rules(), **own} if known_rules and names else None,
        {*known_sets(), *chain(*own.values())} if known_sets and said["profile"] else None,
    )
    problems = [
        PolicyProblem(f"--{option.replace('_', '-')}", 0, 0, message)
        for option, value in said.items()
        if value
        for message in check_option(option, value, known)
    ]
    if problems:
        raise PolicyError(problems)
