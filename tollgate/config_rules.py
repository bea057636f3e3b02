"""The rules that policies bring along, from folders (`rules-dir`) and installed packages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tollgate.catalog_custom import (
    CustomRules,
    RuleFolder,
    check_modules,
    compile_custom,
    read_folders,
)
from tollgate.config_layers import Homes, Layer, Use, Wrong, listed, local_path, problem_in
from tollgate.model.hints import Any
from tollgate.model.node import Trail
from tollgate.model.policy import LEVELS, PolicyProblem
from tollgate.model.record import NamedTuple
from tollgate.packages import PackageError, import_checks


class PolicyRules(NamedTuple):
    """The rules that a policy's files bring along.

    compiled   as `Policy.custom` holds them
    rules      as `catalog.rule_fields` has them; those that are right
    names      of all of them
    uses       the folders, as `config_resolve.state_of` reads them again
    modules    those that the rules' checks are in; they are imported
    """

    compiled: str
    rules: Sequence[Mapping[str, Any]]
    names: Collection[str]
    uses: tuple[Use, ...]
    modules: tuple[str, ...]
    problems: tuple[PolicyProblem, ...]

    @property
    def options(self) -> dict[str, Mapping[str, Mapping[str, object]]]:
        """The options of each rule, by its names."""
        declared: dict[str, Mapping[str, Mapping[str, object]]] = {name: {} for name in self.names}
        for rule in self.rules:
            for name in (rule["name"], *rule.get("formerly", ())):
                declared[name] = rule.get("options", {})
        return declared

    def with_sets(self, known: Collection[str]) -> Mapping[str, Collection[str]]:
        """Sets and levels with the rules that each holds, those of the policy added."""
        held = {name: set(known[name]) if isinstance(known, Mapping) else set() for name in known}
        for rule in self.rules:
            for name in (*rule.get("sets", ()), *LEVELS[LEVELS.index(rule["level"]) :]):
                held.setdefault(name, set()).add(rule["name"])
        return held


def policy_rules(layers: Sequence[Layer], homes: Homes, known: Collection[str], *, root: str) -> PolicyRules:
    """The rules of all files of a policy. `known`: names of the catalog's rules."""
    folders: list[RuleFolder] = []
    uses: dict[Use, None] = {}
    states: list[str] = []
    problems: list[PolicyProblem] = []
    for layer, trail, key, written in _named(layers):
        try:
            use = _use(layer, key, written)
            if use in uses:
                continue
            uses[use] = None
            home, path, state = homes.open(use[1])
            folders.append(RuleFolder(home, path or use[2], use[1].startswith("python-rules:")))
            states.append(state)
        except (PackageError, Wrong) as error:
            problems.append(problem_in(layer.parsed, trail, f"{written!r} {error}"))
    if not folders:
        return PolicyRules("", (), (), (), (), tuple(problems))
    read: CustomRules = read_folders(folders, known)
    compiled = compile_custom(read.found, origin="\0".join(states))
    modules = tuple(sorted(check_modules(read.found)))
    try:
        import_checks(modules, root)
    except PackageError as error:
        problems.append(PolicyProblem(layers[-1].file.shown, 0, 0, str(error)))
    return PolicyRules(compiled, read.found, read.names, tuple(uses), modules, (*problems, *read.problems))


def _named(layers: Sequence[Layer]) -> Iterator[tuple[Layer, Trail, str, str]]:
    for layer in layers:
        for key in ("rules-dir", "rule-packages"):
            for trail, written in listed(layer.parsed.mapping, key):
                yield layer, trail, key, written


def _use(layer: Layer, key: str, written: str) -> Use:
    if key == "rule-packages":
        return ("rules", f"python-rules:{written.removeprefix('python:')}", "")
    return ("rules", layer.file.at, local_path(layer.file.path, written))
