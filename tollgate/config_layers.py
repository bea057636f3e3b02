"""The files that a policy is made of: where they are read, and in which order they extend each other."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tollgate.files import Home, PolicyFile
from tollgate.model.hints import TYPE_CHECKING, Any, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from tollgate.config_check import Parsed

_MOST_LAYERS = 50
_DEEPEST = 10

Use: TypeAlias = tuple[str, str, str]
"""What a policy consists of besides its main file: `file` or `rules`, which tree as `Homes` names it, and the
path there."""


class Layer(NamedTuple):
    """One policy file of several, and what it says."""

    file: PolicyFile
    parsed: Parsed


class Homes:
    """The trees that a policy is read from, by how `extends` names them; each is opened once.

    `python:NAME` a package's policy, `python-rules:NAME` its rules, `git:REF` a commit, "" the main tree.
    """

    __slots__ = ("_opened", "_root")

    def __init__(self, main: Home, root: str) -> None:
        self._root = root
        self._opened: dict[str, tuple[Home, str, str]] = {"": (main, "", "")}

    def open(self, at: str) -> tuple[Home, str, str]:
        """The tree, the path in it that a package means, and what beside its files stands for its state.
        Raises GitError or PackageError."""
        if at not in self._opened:
            self._opened[at] = self._open(at)
        return self._opened[at]

    def _open(self, at: str) -> tuple[Home, str, str]:
        kind, _, name = at.partition(":")
        if kind == "git":
            from tollgate.git import GitError, top_level
            from tollgate.git_objects import commit_home, resolve_commit

            if top_level(self._root) != self._root:
                raise GitError(f"{self._root} is no git repository's top folder")
            return commit_home(self._root, resolve_commit(self._root, name), name=f"{at}:"), "", ""
        from tollgate.packages import find_policy, find_rules

        return (find_policy if kind == "python" else find_rules)(name, self._root)


class LayerReader:
    """Reads a policy file and, first, those that it extends."""

    __slots__ = ("_homes", "_known", "layers", "problems", "uses")

    def __init__(self, homes: Homes) -> None:
        self._homes = homes
        self._known: set[tuple[str, str]] = set()
        self.layers: list[Layer] = []
        self.problems: list[PolicyProblem] = []
        self.uses: list[Use] = []

    def read(self, file: PolicyFile, data: bytes, chain: tuple[tuple[str, str], ...]) -> None:
        """`chain`: the files on the way here. Its length, and so the depth of this, is bounded."""
        from tollgate.config_check import parse_policy
        from tollgate.model.source import decode

        parsed = parse_policy(decode(file.shown, data))
        chain = (*chain, (file.at, file.path))
        self._known.add(chain[-1])
        for trail, written in listed(parsed.mapping, "extends"):
            try:
                self._extend(file, written, chain)
            except Wrong as wrong:
                self.problems.append(problem_in(parsed, trail, f"{written!r} {wrong}"))
        self.layers.append(Layer(file, parsed))

    def _extend(self, file: PolicyFile, written: str, chain: tuple[tuple[str, str], ...]) -> None:
        extended = self._locate(file, written)
        identity = (extended.at, extended.path)
        if identity in chain:
            raise Wrong(
                "goes in a circle: it is extended, in turn, by this file"
                if len(chain) > 1
                else "is this file itself"
            )
        if identity in self._known:
            return
        if len(chain) >= _DEEPEST or len(self._known) >= _MOST_LAYERS:
            raise Wrong(
                f"is one too many: at most {_MOST_LAYERS} files, {_DEEPEST} deep, may extend each other"
            )
        content = extended.content()
        if content.state != "ok":
            raise Wrong(f"cannot be read: {content.detail}")
        self.uses.append(("file", extended.at, extended.path))
        self.read(extended, content.data, chain)

    def _locate(self, file: PolicyFile, written: str) -> PolicyFile:
        from tollgate.git import GitError
        from tollgate.packages import PackageError

        kind, colon, rest = written.partition(":")
        if kind not in ("git", "python") or not colon:
            path = local_path(file.path, written)
            return PolicyFile(file.home, path, file.home.name + path, file.at)
        at, path = written, ""
        if kind == "git":
            ref, _, path = rest.partition(":")
            if not ref or not path:
                raise Wrong("must be written git:REF:PATH, such as git:origin/main:.tollgate.yaml")
            at, path = f"git:{ref}", local_path("", path)
        try:
            home, given, _ = self._homes.open(at)
        except (GitError, PackageError) as error:
            raise Wrong(f"cannot be used: {error}") from None
        path = path or given
        return PolicyFile(home, path, home.name + path, at)


class Wrong(ValueError):
    """Why something that a policy names cannot be used: a clause that goes on after the name."""


def local_path(policy: str, written: str) -> str:
    """A path that the policy at `policy` names, from the top of its tree. Raises Wrong."""
    if "://" in written:
        raise Wrong("is an address; nothing is fetched. Extend a file, python:PACKAGE or git:REF:PATH")
    if not written.strip() or "\0" in written:
        raise Wrong("is no path")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(policy), written))
    if path.startswith(("/", "../")) or path == "..":
        raise Wrong("lies outside the repository, where nothing is read")
    return path


def listed(plain: Any, key: str) -> Iterator[tuple[Trail, str]]:
    """The texts under a key that holds one or a list, with their trails."""
    value = plain.get(key) if isinstance(plain, dict) else None
    if isinstance(value, str):
        yield (key,), value
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (key, index), item


def problem_in(parsed: Parsed, trail: Trail, message: str) -> PolicyProblem:
    """What is wrong at `trail` in a policy that could be read."""
    from tollgate.schema_check import Complaint, placed

    assert parsed.root is not None
    return placed(parsed.source, parsed.root, Complaint(trail, message))
