"""`tollgate rules test`: do the examples of a folder's rules hold?"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence

from tollgate import catalog
from tollgate.catalog_check import read_rule
from tollgate.catalog_custom import RuleFolder, check_modules, compile_custom, read_folders
from tollgate.config_check import check_plain
from tollgate.config_names import KnownNames
from tollgate.files import Home, folder_home
from tollgate.model.globs import PatternError
from tollgate.model.hints import Any
from tollgate.model.node import place_of
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Rule
from tollgate.packages import find_rules, import_checks
from tollgate.rule_examples import Case, all_cases, problems_of
from tollgate.vocabulary import RuleError

_MAX_RULE_BYTES = 256 * 1024
_PACKAGE = "python:"


class Tested(NamedTuple):
    """What testing gave: how many rules and examples there are, what cannot be read, and which examples
    do not hold, by place."""

    rules: int
    examples: int
    unreadable: tuple[PolicyProblem, ...]
    problems: tuple[PolicyProblem, ...]


def test_rules(where: Sequence[str], *, root: str) -> Tested:
    """Test the rules of folders, of single files, and of installed packages (`python:NAME`).

    Raises packages.PackageError for a package that cannot be used, OSError for a path that does not exist.
    """
    folders = [_folder(one, root) for one in where]
    known = {name for rule in catalog.heads() for name in (rule.name, *rule.formerly)}
    read = read_folders(folders, known)
    custom = compile_custom(read.found)
    import_checks(check_modules(read.found), root)
    own = {fields["name"] for fields in read.found}
    rules = [rule for rule in catalog.rules(texts=True, custom=custom) if rule.name in own]
    cases = all_cases(rules, custom=custom)
    failures = tuple(_failures(cases, _paths(folders)))
    return Tested(len(rules), len(cases), tuple(read.problems), failures)


def as_text(tested: Tested) -> str:
    """A line for each thing that does not hold, and a sum."""
    lines = [str(problem) for problem in (*tested.unreadable, *tested.problems)]
    sums = f"{_count(tested.rules, 'rule')}, {_count(tested.examples, 'example')}"
    lines.append(f"{sums}: {'all hold' if not lines else _count(len(lines), 'problem')}")
    return "\n".join(lines)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _folder(where: str, root: str) -> RuleFolder:
    if where.startswith(_PACKAGE):
        found = find_rules(where.removeprefix(_PACKAGE), root)
        return RuleFolder(found.home, found.path, python=True)
    os.stat(where)  # says in its own words what is not there
    prefix = "" if where in ("", ".") else f"{where.rstrip('/')}/"
    if os.path.isdir(where):
        return RuleFolder(folder_home(where, name=prefix), "")
    home = folder_home(os.path.dirname(where) or ".", name=where.removesuffix(os.path.basename(where)))
    single = os.path.basename(where)
    return RuleFolder(Home(home.name, home.read, lambda _path: [single]), "")


def _paths(folders: Sequence[RuleFolder]) -> Mapping[str, tuple[Home, str]]:
    """Rule name to its file."""
    return {
        posixpath.basename(path).rpartition(".")[0]: (folder.home, path)
        for folder in folders
        for path in folder.home.below(folder.path)
    }


def _failures(cases: Sequence[Case], paths: Mapping[str, tuple[Home, str]]) -> Iterator[PolicyProblem]:
    for case in cases:
        home, path = paths[case.rule.name]
        for key, message in _judged(case):
            yield _placed(home, path, case.rule, case.number, key, message)


def _judged(case: Case) -> Iterator[tuple[str, str]]:
    wrong = check_plain(dict(case.example.policy), KnownNames())
    if wrong:
        yield "policy", f"the policy makes no sense: {wrong[0].message}"
        return
    try:
        yield from problems_of(case)
    except (RuleError, PatternError, ValueError) as error:
        yield "bad", str(error)


def _placed(home: Home, path: str, rule: Rule, number: int, key: str, message: str) -> PolicyProblem:
    shown = home.name + path
    source, root, _, _ = read_rule(shown, home.read(path, _MAX_RULE_BYTES).data)
    trail: tuple[Any, ...] = ("examples", number - 1, key)
    place = None if root is None else place_of(root, trail) or place_of(root, trail[:2])
    line, column = (0, 0) if place is None else source.position(place.start)
    return PolicyProblem(shown, line, column, f"{rule.name}, example {number}, {key}: {message}")
