"""Rules that a policy brings along: files as those of the catalog, read, checked and compiled like them.

What is asked of them beyond that: names of their own, regular expressions that run in linear time whoever
wrote them, nouns that exist, and no Python but that of installed packages.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence

from tollgate.catalog import compiled_text, rule_fields
from tollgate.catalog_check import read_rule, rule_complaints
from tollgate.files import Home
from tollgate.model.hints import Any
from tollgate.model.manifests import NOUNS
from tollgate.model.node import Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple
from tollgate.model.rule import CUSTOM
from tollgate.schema_check import Complaint, instead, placed, quoted
from tollgate.words import WORDS, UnknownWordError

_MAX_RULE_BYTES = 256 * 1024
_MOST_RULES = 2000
_IN_DOCKERFILES = frozenset(
    {"dockerfile", "stage", "final-stage", "instruction", "image", "script", "command", "pipeline"}
)
_NOUNS = frozenset({*NOUNS, *_IN_DOCKERFILES, "secret", "input"})
_CONDITIONS = ("where", "require", "forbid")
_REGEX, _LINEAR = "matches", "matches_linear"


class RuleFolder(NamedTuple):
    """A folder of rule files. `python`: their checks are functions of an installed package."""

    home: Home
    path: str
    python: bool = False


class CustomRules(NamedTuple):
    """The rules found, as `catalog.rule_fields` has them; the names of all; what is wrong with some."""

    found: Sequence[Mapping[str, Any]] = ()
    names: Collection[str] = ()
    problems: Sequence[PolicyProblem] = ()


def read_folders(folders: Sequence[RuleFolder], known: Collection[str]) -> CustomRules:
    """The rules of all folders. `known`: names of the catalog's rules, former ones too."""
    found: dict[str, Mapping[str, Any]] = {}
    shown_at: dict[str, str] = {}
    problems: list[PolicyProblem] = []
    for folder in folders:
        for path in _rule_paths(folder, problems):
            shown = folder.home.name + path
            name = posixpath.basename(path).rpartition(".")[0]
            twin = shown_at.get(name) or ("Tollgate itself" if name in known else "")
            if twin:
                message = f"there is a rule {quoted(name)} already, in {twin}; give this one another name"
                problems.append(PolicyProblem(shown, 1, 1, message))
                continue
            shown_at[name] = shown
            fields, wrong = _read(folder, path, shown, name)
            problems += wrong
            if fields is not None:
                found[name] = fields
    names = {*known, *shown_at}
    problems += [
        PolicyProblem(shown_at[name], 1, 1, f"`instead-of` names {quoted(other)}, which is no rule")
        for name, fields in found.items()
        for other in fields.get("instead_of", ())
        if other not in names
    ]
    return CustomRules([found[name] for name in sorted(found)], tuple(shown_at), problems)


def compile_custom(rules: Sequence[Mapping[str, Any]], *, origin: str = "") -> str:
    """The compiled form, as `Policy.custom` holds it; empty if there are none. `origin`: the state of the
    code that their checks are in."""
    return compiled_text(rules, {}, origin=origin) if rules else ""


def check_modules(rules: Sequence[Mapping[str, Any]]) -> set[str]:
    """The modules of packages that the rules' checks are in."""
    bodies = [body for rule in rules for body in (rule, *rule.get("also", {}).values())]
    return {body["check"].partition(":")[0] for body in bodies if ":" in body.get("check", "")}


def _rule_paths(folder: RuleFolder, problems: list[PolicyProblem]) -> Sequence[str]:
    paths = [path for path in folder.home.below(folder.path) if path.endswith((".yaml", ".yml"))]
    shown = folder.home.name + (folder.path or ".")
    if not paths:
        problems.append(PolicyProblem(shown, 0, 0, "there is no rule in this folder: no file ends in .yaml"))
    if len(paths) > _MOST_RULES:
        message = f"there are {len(paths):,} rules in this folder, and at most {_MOST_RULES:,} are read"
        problems.append(PolicyProblem(shown, 0, 0, message))
        return ()
    return paths


def _read(
    folder: RuleFolder, path: str, shown: str, name: str
) -> tuple[Mapping[str, Any] | None, list[PolicyProblem]]:
    content = folder.home.read(path, _MAX_RULE_BYTES)
    if content.state != "ok":
        return None, [PolicyProblem(shown, 0, 0, f"the rule cannot be used: {content.detail}")]
    source, root, loaded, problems = read_rule(shown, content.data)
    if problems or root is None:
        return None, problems
    complaints = list(_of_outside(loaded, python=folder.python)) if isinstance(loaded, dict) else []
    complaints = complaints or rule_complaints(name, loaded)
    if complaints:
        return None, sorted({placed(source, root, one) for one in complaints}, key=lambda one: one[1:])
    inner = posixpath.relpath(posixpath.dirname(path) or ".", folder.path or ".")
    category = CUSTOM if inner == "." else f"{CUSTOM}/{inner}"
    return rule_fields(name, category, _with_own_checks(loaded)), []


def _of_outside(loaded: dict[str, Any], *, python: bool) -> Iterator[Complaint]:
    """What rules from outside may not say; their regular expressions become linear ones."""
    also = loaded.get("also")
    bodies: list[tuple[Trail, dict[str, Any]]] = [((), loaded)]
    bodies += [
        (("also", noun), body)
        for noun, body in (also.items() if isinstance(also, dict) else ())
        if isinstance(body, dict)
    ]
    nouns = [(("select",), loaded.get("select")), *((trail, trail[1]) for trail, _ in bodies[1:])]
    for at, noun in nouns:
        if isinstance(noun, str) and noun and not noun[0].isupper() and noun not in _NOUNS:
            message = f"there is nothing called {quoted(noun)} to select{instead(noun, _NOUNS)}"
            yield Complaint(at, message, len(at) > 1)
    for trail, body in bodies:
        if "check" in body and not python:
            message = "a check in Python is taken from an installed package only; nothing here is executed"
            yield Complaint((*trail, "check"), message, True)
        fix = body.get("fix")
        parts = [((*trail, key), body.get(key)) for key in _CONDITIONS]
        parts += [((*trail, "fix", key), fix.get(key)) for key in ("safe", "when") if isinstance(fix, dict)]
        for at, conditions in parts:
            yield from _linear(at, conditions)


def _linear(trail: Trail, conditions: Any) -> Iterator[Complaint]:
    """Put the word for linear regular expressions in place of the other; say where one cannot be used."""
    pending: list[tuple[Trail, Any]] = [(trail, conditions)]
    while pending:
        at, current = pending.pop()
        if isinstance(current, dict):
            pattern = current.get(_REGEX)
            if isinstance(pattern, str):
                current[_LINEAR] = current.pop(_REGEX)
                try:
                    if not pattern.startswith("$"):
                        WORDS[_LINEAR](pattern)
                except UnknownWordError as error:
                    yield Complaint((*at, _REGEX), str(error))
            pending.extend(((*at, key), value) for key, value in current.items())
        elif isinstance(current, list):
            pending.extend(((*at, index), item) for index, item in enumerate(current))


def _with_own_checks(loaded: dict[str, Any]) -> dict[str, Any]:
    """`package.module.function` with a colon before the function: not below tollgate.checks."""
    for body in (loaded, *loaded.get("also", {}).values()):
        if "check" in body:
            module, _, function = body["check"].rpartition(".")
            body["check"] = f"{module}:{function}"
    return loaded
