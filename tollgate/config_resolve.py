"""A policy file with all that it extends, and the rules that they bring along, as one policy.

Used when a policy is seen for the first time or something that it names has changed; and, by `state_of`, to
see whether it has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from tollgate.config_layers import Homes, Layer, LayerReader, Use
from tollgate.files import MAX_POLICY_BYTES, Home, PolicyFile
from tollgate.model.hints import TYPE_CHECKING, TypeAlias
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    from tollgate.config_merge import Merged
    from tollgate.config_names import KnownNames
    from tollgate.schema_check import Complaint


KnownRules: TypeAlias = Mapping[str, Mapping[str, Mapping[str, object]]]


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
    reader = LayerReader(homes)
    reader.read(main, data, ())
    shipped_rules = None if known_rules is None else known_rules()
    custom = policy_rules(reader.layers, homes, shipped_rules or {}, root=root)
    rules = None if shipped_rules is None else {**shipped_rules, **custom.options}
    sets = None if known_sets is None else custom.with_sets(known_sets())
    known, own = KnownNames(rules, sets), _own_severities(custom.compiled)
    problems = [*reader.problems, *custom.problems, *_judged(reader.layers, known, own)]
    if problems:
        raise Unresolved(problems)
    merged = merge([layer.parsed.plain for layer in reader.layers])
    return Resolved(
        merged, tuple(reader.layers), custom.compiled, (*reader.uses, *custom.uses), custom.modules
    )


def _own_severities(custom: str) -> dict[str, str]:
    """The worst severity that each rule has by itself."""
    from tollgate import catalog
    from tollgate.model.finding import SEVERITIES

    heads = sorted(catalog.heads(custom), key=lambda head: -SEVERITIES.index(head.severity))
    return {name: head.severity for head in heads for name in (head.name, *head.formerly)}


def _judged(layers: Sequence[Layer], known: KnownNames, own: Mapping[str, str]) -> Iterator[PolicyProblem]:
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
            more = tuple(weakened(plain, holders, before.get("rules"), own))
        yield from judge(layer.parsed, known, more)
        names = plain.get("locked")
        locked = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        holders = {**dict.fromkeys(locked_rules(locked, known), layer.file.shown), **holders}


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
