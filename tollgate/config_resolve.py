"""A policy file with all that it extends, and the rules that they bring along, as one policy.

Used when a policy is seen for the first time or something that it names has changed; and, by `state_of`, to
see whether it has.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from tollgate.files import MAX_POLICY_BYTES, Home, PolicyFile
from tollgate.model.node import Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from tollgate.config_check import Parsed
    from tollgate.config_merge import Merged
    from tollgate.config_names import KnownNames
    from tollgate.schema_check import Complaint

_MOST_LAYERS = 50
_DEEPEST = 10

KnownRules: TypeAlias = Mapping[str, Mapping[str, Mapping[str, object]]]
Use: TypeAlias = tuple[str, str, str]
"""What a policy consists of besides its main file: `file` or `rules`, which tree as `Homes` names it, and the
path there."""


class Layer(NamedTuple):
    """One policy file of several, and what it says."""

    file: PolicyFile
    parsed: Parsed


class Resolved(NamedTuple):
    """A policy in one piece.

    layers   the files, the main one last
    custom   the compiled catalog of the policy's own rules; empty if it brings none
    uses     what else was read; `state_of` says whether it is still the same
    modules  those of installed packages that checks of its rules are in
    """

    merged: Merged
    layers: tuple[Layer, ...]
    custom: str
    uses: tuple[Use, ...]
    modules: tuple[str, ...]


class Unresolved(Exception):
    """What is wrong with a policy or something that it names, by place."""

    def __init__(self, problems: Collection[PolicyProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(
            sorted(set(problems), key=lambda one: (one.path, one.line, one.column, one.message))
        )


def resolve(
    main: PolicyFile,
    data: bytes,
    *,
    root: str,
    known_rules: Callable[[], KnownRules] | None = None,
    known_sets: Callable[[], Collection[str]] | None = None,
) -> Resolved:
    """Read, check and merge a policy whose main file holds `data`. Raises Unresolved."""
    from tollgate.config_merge import merge
    from tollgate.config_names import KnownNames
    from tollgate.config_rules import policy_rules

    homes = Homes(main.home, root)
    reader = _Reader(homes)
    reader.read(main, data, ())
    custom = policy_rules(reader.layers, homes, {} if known_rules is None else known_rules(), root=root)
    rules = None if known_rules is None else {**known_rules(), **custom.options}
    sets = None if known_sets is None else custom.with_sets(known_sets())
    problems = [*reader.problems, *custom.problems, *_judged(reader.layers, KnownNames(rules, sets))]
    if problems:
        raise Unresolved(problems)
    merged = merge([layer.parsed.plain for layer in reader.layers])
    return Resolved(
        merged, tuple(reader.layers), custom.compiled, (*reader.uses, *custom.uses), custom.modules
    )


def _judged(layers: Sequence[Layer], known: KnownNames) -> Iterator[PolicyProblem]:
    """What is wrong with each file, and where one weakens what a file that it extends has locked."""
    from tollgate.config_check import judge
    from tollgate.config_locks import locked_rules, weakened
    from tollgate.config_merge import merge

    holders: dict[str, str] = {}
    for number, layer in enumerate(layers):
        plain = layer.parsed.mapping
        more: tuple[Complaint, ...] = ()
        if holders:
            before = merge([one.parsed.mapping for one in layers[:number]]).plain
            more = tuple(weakened(plain, holders, before.get("rules")))
        yield from judge(layer.parsed, known, more)
        names = plain.get("locked")
        locked = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        holders = {**dict.fromkeys(locked_rules(locked, known), layer.file.shown), **holders}


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


def is_unchanged(
    main: Home, root: str, uses: Sequence[Sequence[str]], modules: Sequence[str], state: str
) -> bool:
    """Whether a policy that was resolved before can be taken as it was; then its checks are imported."""
    from tollgate.packages import PackageError, import_checks

    if not state or state_of(main, root, uses) != state:
        return False
    try:
        import_checks(modules, root)
    except PackageError:
        return False
    return True


def state_of(main: Home, root: str, uses: Sequence[Sequence[str]]) -> str:
    """A digest of all that a policy was read from besides its main file; empty if something is not there."""
    from tollgate.git import GitError
    from tollgate.model.digest import blake2b
    from tollgate.packages import PackageError

    state = blake2b(b"", digest_size=16)
    homes = Homes(main, root)
    for kind, at, path in uses:
        try:
            home, _, extra = homes.open(at)
            paths = home.below(path) if kind == "rules" else (path,)
            state.update(f"{kind}\0{at}\0{path}\0{extra}\0{len(paths)}\0".encode("utf-8", "surrogateescape"))
            for one in paths:
                content = home.read(one, MAX_POLICY_BYTES)
                state.update(
                    f"{one}\0{content.state}\0{len(content.data)}\0".encode("utf-8", "surrogateescape")
                )
                state.update(content.data)
        except (GitError, PackageError):
            return ""
    return state.hexdigest()


class _Reader:
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
                self.problems.append(_placed(parsed, trail, f"{written!r} {wrong}"))
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


def _placed(parsed: Parsed, trail: Trail, message: str) -> PolicyProblem:
    from tollgate.schema_check import Complaint, placed

    assert parsed.root is not None
    return placed(parsed.source, parsed.root, Complaint(trail, message))
