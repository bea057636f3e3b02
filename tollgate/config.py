"""The policy of a run: built-in defaults, then `.tollgate.yaml`, then the command line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tollgate.files import FileContent, Home, folder_home, path_inside
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
from tollgate.model.record import NamedTuple
from tollgate.options import LintOptions

MAX_POLICY_BYTES = 256 * 1024
# Part of the names under which checked policies are kept: to be raised when checking gets stricter.
_CACHE_FORMAT = 1
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
    if main is not None:
        digest = "" if options.no_cache else catalog_digest
        plain = _load(main, root, digest, known_rules, known_sets)
    _check_options(options, known_rules, known_sets)
    policy = policy_from_plain(_with_options(plain, options))
    return policy._replace(
        extend_exclude=policy.extend_exclude + options.extend_exclude,
        select=options.select,
        ignore=options.ignore,
        today=policy.today or time.strftime("%Y-%m-%d", time.gmtime()),
        source=None if main is None else main.shown,
    )


class PolicyFile(NamedTuple):
    """A policy file: where it is read, its path there, and what messages call it."""

    home: Home
    path: str
    shown: str

    def content(self) -> FileContent:
        return self.home.read(self.path, MAX_POLICY_BYTES)


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
    images = plain.get("images", {})
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
        images=ImagePolicy(
            official=images.get("official", True),
            internal=tuple(images.get("internal", ())),
            development=tuple(images.get("development", ())),
            production=_scope(images.get("production", False)),
            nonroot=tuple(images.get("nonroot", ())),
            built=dict(images.get("built", {})),
        ),
        vault=VaultPolicy(_scope(plain.get("vault", {}).get("required", False))),
        mesh=_mesh(plain.get("mesh", {})),
        segmentation=_segmentation(plain.get("segmentation", {})),
        labels=_labels(plain.get("labels", {})),
        hardening=_hardening(plain.get("hardening", {})),
        suppressions=_suppressions(plain.get("suppressions", {})),
        rules=_rules(plain.get("rules", {})),
        overrides=tuple(_override(override) for override in plain.get("overrides", ())),
        **fields,
    )


def _profile(written: str | Sequence[str]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written)


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


def _override(written: Mapping[str, Any]) -> Override:
    profile = written.get("profile")
    return Override(
        tuple(written["paths"]),
        None if profile is None else _profile(profile),
        _rules(written.get("rules", {})),
    )


def _load(
    main: PolicyFile,
    root: str,
    catalog_digest: str,
    known_rules: Callable[[], Mapping[str, Mapping[str, Mapping[str, object]]]] | None,
    known_sets: Callable[[], Collection[str]] | None,
) -> dict[str, Any]:
    """The content of a policy file, checked now or, by its content, before."""
    content = main.content()
    if content.state != "ok":
        raise PolicyError([PolicyProblem(main.shown, 0, 0, f"the policy cannot be used: {content.detail}")])
    name = _cache_name(content.data, catalog_digest) if catalog_digest else None
    cached = None if name is None else _read_cached(name, root)
    if cached is not None:
        return cached

    from tollgate.config_check import check_policy
    from tollgate.config_names import KnownNames
    from tollgate.model.source import decode

    known = KnownNames(known_rules and known_rules(), known_sets and known_sets())
    plain, problems = check_policy(decode(main.shown, content.data), known)
    if problems:
        raise PolicyError(problems)
    if name is not None:
        import json

        from tollgate.resources import write_cached

        write_cached(name, json.dumps(plain), root=root)
    return plain


def _cache_name(data: bytes, catalog_digest: str) -> str:
    from tollgate._version import __version__
    from tollgate.model.digest import blake2b

    state = blake2b(f"{__version__}\0{_CACHE_FORMAT}\0{catalog_digest}\0".encode(), digest_size=16)
    state.update(data)
    return f"policy-{state.hexdigest()}.json"


def _read_cached(name: str, root: str) -> dict[str, Any] | None:
    from tollgate.resources import read_cached

    text = read_cached(name, root=root)
    if text is None:
        return None
    import json

    try:
        plain = json.loads(text)
    except ValueError:
        return None  # damaged, so checked again
    return plain if isinstance(plain, dict) else None


def _with_options(plain: Mapping[str, Any], options: LintOptions) -> dict[str, Any]:
    said = {key: getattr(options, option) for option, key in _REPLACING.items()}
    return {**plain, **{key: value for key, value in said.items() if value}}


def _check_options(
    options: LintOptions,
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
    known = KnownNames(
        known_rules() if known_rules and names else None,
        known_sets() if known_sets and said["profile"] else None,
    )
    problems = [
        PolicyProblem(f"--{option.replace('_', '-')}", 0, 0, message)
        for option, value in said.items()
        if value
        for message in check_option(option, value, known)
    ]
    if problems:
        raise PolicyError(problems)
