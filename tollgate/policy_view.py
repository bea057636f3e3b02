"""`tollgate policy show` and `check`: what holds, and who says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping

from tollgate import api, catalog, resources
from tollgate.config import PolicyError, main_policy, policy_from_plain, said_by
from tollgate.config_layers import Layer
from tollgate.config_resolve import Resolved, Unresolved, resolve
from tollgate.discovery import find_root
from tollgate.engine.select import is_locked, severity_in
from tollgate.files import Home
from tollgate.model.hints import Any
from tollgate.model.node import Trail, key_place, place_of
from tollgate.model.policy import Policy, PolicyProblem, settings_by_path
from tollgate.model.record import NamedTuple
from tollgate.options import LintOptions
from tollgate.policy_text import as_yaml

DEFAULT, COMMAND_LINE = "default", "command line"


class View(NamedTuple):
    """A policy and who says what.

    plain     its content, as a policy file would have it
    origins   trail to `FILE:LINE`, `default` or `command line`
    files     the files that it is made of, the last one wins
    custom    the compiled rules that it brings along
    """

    plain: Mapping[str, Any]
    origins: Mapping[Trail, str]
    files: tuple[str, ...]
    custom: str

    def own_rules(self) -> list[str]:
        """The names of the rules that the policy brings along."""
        return sorted({rule.name for rule in catalog.heads(self.custom) if rule.is_custom})


def view(options: LintOptions, *, defaults: bool = False) -> View:
    """The policy that holds in the current folder. `defaults`: with what nobody says. Raises PolicyError."""
    root = find_root((os.curdir,))
    home = _home(options, root)
    api.policy_for(options, root, home=home)  # which also judges the options
    found = _resolved(root, options, home)
    plain: dict[str, Any] = {} if found is None else dict(found.merged.plain)
    origins = {} if found is None else dict(_told(found))
    for key, value in said_by(options).items():
        plain[key] = value
        origins = {trail: origin for trail, origin in origins.items() if trail[0] != key}
        origins[(key,)] = COMMAND_LINE
    if defaults:
        schema = json.loads(resources.schema_text("config.schema.json"))
        plain = _with_defaults(plain, schema, (), origins)
    files = () if found is None else tuple(layer.file.shown for layer in found.layers)
    return View(plain, origins, files, "" if found is None else found.custom)


def _home(options: LintOptions, root: str) -> Home | None:
    """The commit that policy is read from, if the options name one. Raises git.GitError."""
    if options.trusted_ref is None:
        return None
    from tollgate.trusted import trusted_side

    return trusted_side(root, options.trusted_ref).home


def _resolved(root: str, options: LintOptions, home: Home | None = None) -> Resolved | None:
    main = main_policy(root, options, home)
    if main is None:
        return None
    try:
        return resolve(
            main, main.content().data, root=root, known_rules=api.known_rules, known_sets=api.known_sets
        )
    except Unresolved as error:
        raise PolicyError(error.problems) from None


def _told(found: Resolved) -> Iterator[tuple[Trail, str]]:
    for trail, (number, written) in found.merged.origins.items():
        yield trail, _place(found.layers[number], written)


def _place(layer: Layer, trail: Trail) -> str:
    source, root = layer.parsed.source, layer.parsed.root
    assert root is not None
    place = key_place(root, trail) or place_of(root, trail)
    line = 1 if place is None else source.position(place.start).line
    return f"{layer.file.shown}:{line}"


def _with_defaults(
    plain: Mapping[str, Any], schema: Mapping[str, Any], trail: Trail, origins: dict[Trail, str]
) -> dict[str, Any]:
    """The keys of the schema's order, with its defaults where nothing is said."""
    filled: dict[str, Any] = {}
    for key, about in schema["properties"].items():
        at = (*trail, key)
        if "properties" in about and not (trail == () and key in plain and not isinstance(plain[key], dict)):
            inner = _with_defaults(plain.get(key, {}), about, at, origins)
            if inner:
                filled[key] = inner
        elif key in plain:
            filled[key] = plain[key]
        elif "default" in about and key not in ("extends", "rules-dir", "rule-packages"):
            filled[key] = about["default"]
            origins[at] = DEFAULT
    return filled


def shown(found: View, form: str) -> str:
    """A view as YAML with its origins in comments, or as JSON with them beside it."""
    if form == "yaml":
        own = found.own_rules() if found.custom else []
        return as_yaml(found.plain, found.origins, files=found.files, own_rules=own)
    origins = {".".join(str(key) for key in trail): origin for trail, origin in found.origins.items()}
    content = {
        "files": found.files,
        "own-rules": found.own_rules() if found.custom else [],
        "policy": found.plain,
        "origins": origins,
    }
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


class ForPath(NamedTuple):
    """What holds for one file.

    environments, overrides   those that match, with their places
    rules                     name, what it is there (`off` or a severity), and who says so, of the rules that
                              policy speaks of
    on, known                 how many rules are on, and how many there are
    """

    path: str
    profile: tuple[str, ...]
    environments: tuple[tuple[str, str], ...]
    overrides: tuple[str, ...]
    rules: tuple[tuple[str, str, str], ...]
    on: int
    known: int


def for_path(options: LintOptions, path: str) -> ForPath:
    """What policy says of one path. Raises PolicyError."""
    root = find_root((os.curdir,))
    home = _home(options, root)
    policy = api.policy_for(options, root, home=home)
    found = _resolved(root, options, home)
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    if relative.startswith("../") or os.path.isabs(relative):
        raise PolicyError([PolicyProblem(path, 0, 0, f"it is not below {root}, whose policy this is")])
    origins = {} if found is None else dict(_told(found))
    settings = settings_by_path(policy)(relative)
    heads = {head.name: head for head in catalog.heads(policy.custom)}
    on = [head for head in heads.values() if severity_in(head, settings, policy)]
    trails = _override_trails(policy)
    environments = [
        (policy.overrides[index].name, origins.get(trails[index], ""))
        for index in settings.overrides
        if policy.overrides[index].name
    ]
    overrides = [
        origins.get(trails[index], "") for index in settings.overrides if not policy.overrides[index].name
    ]
    matching = [trails[index] for index in settings.overrides]
    rules = [
        (
            name,
            (severity_in(heads[name], settings, policy) or "off")
            + (", locked" if is_locked(heads[name], policy) else ""),
            _last_origin(name, [(), *matching], origins),
        )
        for name in sorted(settings.rules)
        if name in heads
    ]
    return ForPath(
        relative,
        settings.profile,
        tuple(environments),
        tuple(overrides),
        tuple(rules),
        len(on),
        len(heads),
    )


def _override_trails(policy: Policy) -> list[Trail]:
    """The trails of `Policy.overrides`, which has the environments first."""
    trails: list[Trail] = []
    for override in policy.overrides:
        number = sum(trail[0] == "overrides" for trail in trails)
        trails.append(("environments", override.name) if override.name else ("overrides", number))
    return trails


def _last_origin(name: str, trails: list[Trail], origins: Mapping[Trail, str]) -> str:
    """Who has the last word on a rule: an entry of `overrides` is one value, told by its own place."""
    for trail in reversed(trails):
        found = origins.get((*trail, "rules", name)) or (
            origins.get(trail) if trail[:1] == ("overrides",) else None
        )
        if found:
            return found
    return ""


def path_text(found: ForPath) -> str:
    """What holds for a path, for a person."""
    lines = [found.path, f"  profile: {', '.join(found.profile)}"]
    lines += [f"  environment: {name}  # {origin}" for name, origin in found.environments]
    lines += [f"  override: {origin}" for origin in found.overrides]
    lines.append(f"  {found.on} of {found.known} rules are on")
    width = max((len(name) + len(what) for name, what, _ in found.rules), default=0)
    if found.rules:
        lines.append("  rules that policy speaks of:")
    for name, what, origin in found.rules:
        padding = " " * (width - len(name) - len(what))
        lines.append(f"    {name}: {what}{padding}  # {origin}")
    return "\n".join(lines) + "\n"


def check(options: LintOptions) -> str:
    """What is to be said of a policy that is right. Raises PolicyError with all that is wrong with one."""
    root = find_root((os.curdir,))
    if options.config is not None and not os.path.lexists(options.config):
        raise PolicyError([PolicyProblem(options.config, 0, 0, "there is no such file")])
    found = _resolved(root, options)
    if found is None:
        return "There is no policy file; built-in defaults hold.\n"
    policy_from_plain(found.merged.plain)
    lines = [f"ok: {found.layers[-1].file.shown}"]
    lines += [f"  extends {layer.file.shown}" for layer in found.layers[:-1]]
    view_of = View(found.merged.plain, {}, (), found.custom)
    if found.custom:
        lines.append(f"  rules of its own: {', '.join(view_of.own_rules())}")
    environments = found.merged.plain.get("environments", {})
    lines += [
        f"  note: the environment `{name}` names no paths, so nothing is in it"
        for name, environment in environments.items()
        if not environment.get("paths")
    ]
    return "\n".join(lines) + "\n"
