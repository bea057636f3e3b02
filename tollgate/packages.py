"""Policies and rules of installed Python packages, by their entry points.

Only what is installed is looked at and imported: entries of the module path that lie in the linted tree are
left out, unless they are this Python's own (a `.venv` in the repository), so that a repository brings no code
of its own along.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tollgate.files import FileContent, Home, folder_home
from tollgate.model import lazy_re as re
from tollgate.model.hints import TYPE_CHECKING, Any
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

POLICIES = "tollgate.policies"
RULES = "tollgate.rules"
_POLICY_FILE = "policy.yaml"
_RULES_FOLDER = "rules"


class PackageError(Exception):
    """A package that is not there or does not give what its entry point promises; the text says which."""


class Found(NamedTuple):
    """Where a package's policy or rules lie. `path`: of the file or folder in `home`; `version` names the
    package's release and, where it has code that rules run, that code's state."""

    home: Home
    path: str
    version: str


def find_policy(name: str, root: str) -> Found:
    """The policy of an installed package: by the name of an entry point of `tollgate.policies`, or of a
    package that has just one. Raises PackageError."""
    entry = _entry_point(POLICIES, name, root)
    given = _load(entry, root)
    home_name = f"python:{name}:"
    if isinstance(given, str) and "\n" in given:
        data = given.encode("utf-8", "surrogateescape")
        home = Home(home_name, lambda _path, _limit: FileContent("ok", data), lambda _path: ())
        return Found(home, _POLICY_FILE, _version(entry))
    path = _path_of(entry, given, _POLICY_FILE)
    if not os.path.isfile(path):
        raise PackageError(f"the policy of {_described(entry)} is to be at {path}, where no file is")
    home = folder_home(os.path.dirname(path), name=home_name)
    return Found(home, os.path.basename(path), _version(entry))


def find_rules(name: str, root: str) -> Found:
    """The folder of rules of an installed package, found as `find_policy` does by entry points of
    `tollgate.rules`. Raises PackageError."""
    entry = _entry_point(RULES, name, root)
    path = _path_of(entry, _load(entry, root), _RULES_FOLDER)
    if not os.path.isdir(path):
        raise PackageError(f"the rules of {_described(entry)} are to be in {path}, where no folder is")
    state = f"{_version(entry)} {_code_state(entry)}"
    return Found(folder_home(path, name=f"python:{name}:"), "", state)


def import_checks(modules: Iterable[str], root: str) -> None:
    """Import the modules that rules of packages take their checks from. Raises PackageError."""
    for module in sorted(set(modules)):
        _imported(module, root, f"a rule's check is in `{module}`")


def _entry_point(group: str, name: str, root: str) -> EntryPoint:
    from importlib.metadata import distributions

    named: list[EntryPoint] = []
    of_package: list[EntryPoint] = []
    known: set[str] = set()
    for distribution in distributions(path=_trusted_path(root)):
        for entry in distribution.entry_points:
            if entry.group == group:
                known.add(entry.name)
                if entry.name == name:
                    named.append(entry)
                if _same_name(distribution.metadata["Name"] or "", name):
                    of_package.append(entry)
    found = list({(entry.name, entry.value): entry for entry in named or of_package}.values())
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(f"`{entry.name}`" for entry in found))
        raise PackageError(
            f"`{name}` may be any of the entry points {names} of `{group}`; name one that is single"
        )
    there = f"there are {', '.join(f'`{one}`' for one in sorted(known))}" if known else "there is none at all"
    raise PackageError(
        f"no installed package has an entry point `{name}` of the group `{group}` ({there}); "
        f"install the package where Tollgate is installed"
    )


def _same_name(left: str, right: str) -> bool:
    return re.sub(r"[-_.]+", "-", left).lower() == re.sub(r"[-_.]+", "-", right).lower()


def _described(entry: EntryPoint) -> str:
    return f"`{entry.name} = {entry.value}`"


def _version(entry: EntryPoint) -> str:
    return "" if entry.dist is None else f"{entry.dist.metadata['Name']} {entry.dist.version}"


def _load(entry: EntryPoint, root: str) -> Any:
    """What the entry point stands for: a module, or what is under a name in it."""
    given = _imported(entry.module, root, f"the entry point {_described(entry)} names it")
    for part in filter(None, (entry.attr or "").split(".")):
        if not hasattr(given, part):
            raise PackageError(f"`{entry.module}` has no `{entry.attr}`, which {_described(entry)} names")
        given = getattr(given, part)
    return given


def _path_of(entry: EntryPoint, given: Any, default: str) -> str:
    """The path that an entry point means: a path or text, relative to its module, or a package whose folder
    holds `default`."""
    folder = os.path.dirname(getattr(sys.modules[entry.module], "__file__", None) or "")
    if isinstance(given, str | os.PathLike):
        return os.path.realpath(os.path.join(folder, os.fspath(given)))
    if getattr(given, "__path__", None):
        return os.path.realpath(os.path.join(folder, default))
    raise PackageError(
        f"{_described(entry)} must name a package, a path, or a text; it is {type(given).__name__}"
    )


def _imported(module: str, root: str, why: str) -> Any:
    from importlib import import_module

    try:
        with _only_installed(root):
            found = import_module(module)
    except Exception as error:  # the package's own code runs here
        raise PackageError(f"the module `{module}` cannot be imported ({why}): {_told(error)}") from error
    path = getattr(found, "__file__", None)
    if path is not None and not _is_trusted(os.path.dirname(os.path.realpath(path)), root):
        raise PackageError(
            f"the module `{module}` ({why}) would come from {path}, inside of what is linted; "
            "only installed packages are used"
        )
    return found


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


@contextmanager
def _only_installed(root: str) -> Iterator[None]:
    before = sys.path[:]
    sys.path[:] = _trusted_path(root)
    try:
        yield
    finally:
        sys.path[:] = before


def _trusted_path(root: str) -> list[str]:
    return [entry for entry in sys.path if entry and _is_trusted(os.path.realpath(entry), root)]


def _is_trusted(folder: str, root: str) -> bool:
    """Outside the linted tree, or where this Python keeps its packages."""
    own = {os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)}
    top = os.path.realpath(root)
    return not _is_below(folder, top) or any(
        _is_below(prefix, top) and _is_below(folder, prefix) for prefix in own
    )


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(os.path.join(top, ""))


def _code_state(entry: EntryPoint) -> str:
    """Changes when a Python file of the package does: what its checks found before is not taken then."""
    from tollgate.model.digest import blake2b

    state = blake2b(b"", digest_size=8)
    top = sys.modules[entry.module.partition(".")[0]]
    folder = os.path.dirname(getattr(top, "__file__", None) or "")
    for parent, folders, names in os.walk(folder) if folder else ():
        folders.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                found = os.stat(os.path.join(parent, name))
                state.update(
                    f"{parent}/{name}\0{found.st_mtime_ns}\0{found.st_size}\0".encode("utf-8", "replace")
                )
    return state.hexdigest()
