"""How a change would weaken the policy that it is judged by: its files, those that it extends, its rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from tollgate import catalog
from tollgate.config import main_policy
from tollgate.config_layers import Homes, Layer, LayerReader, listed
from tollgate.config_merge import LOADING, Merged, merge
from tollgate.files import MAX_POLICY_BYTES, Home, PolicyFile, path_inside
from tollgate.git import GitError
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import Place, Trail, key_place, nearest_key, place_of
from tollgate.model.policy import POLICY_FILE_NAMES, PolicyProblem
from tollgate.model.source import Position, Region
from tollgate.policy_changes import policy_changes
from tollgate.policy_keys import PolicyChange
from tollgate.request import Request
from tollgate.trusted import Trusted, Weakened

if TYPE_CHECKING:
    from tollgate.config_check import Parsed

_WHOLE_FILE = Region(Position(1, 1), Position(1, 1))


def weakened_policy(request: Request, head: Home) -> Iterator[Weakened]:
    """What the change does to policy and rules. `head`: the files as the change has them."""
    assert request.trusted is not None
    side, options = request.trusted
    if options.no_config:
        return
    main = main_policy(request.root, options, side.home)
    named = None if options.config is None else path_inside(request.root, options.config)
    if options.config is not None and named is None:
        return  # it is no part of the repository
    names = [named] if named is not None else list(POLICY_FILE_NAMES)
    there = [name for name in names if head.read(name, MAX_POLICY_BYTES).state != "missing"]
    if len(there) > 1:
        message = f"there is {there[0]} too, and with two policies nothing can be judged"
        yield Weakened(there[1], message)
    elif main is not None and not there:
        yield Weakened(main.path, "the policy is taken away: without it, built-in defaults hold")
    elif there:
        yield from _of_policy(request, main, PolicyFile(head, there[0], there[0]), side)
    yield from _twins(request, side)
    yield from _of_rules(side, head)


def _of_policy(
    request: Request, main: PolicyFile | None, changed: PolicyFile, side: Trusted
) -> Iterator[Weakened]:
    content = changed.content()
    if content.state != "ok":
        yield Weakened(changed.path, f"the policy cannot be used: {content.detail}")
        return
    new = _read(changed, content.data, request.root)
    if isinstance(new, list):
        for problem in new:
            place = Position(max(problem.line, 1), max(problem.column, 1))
            message = f"the policy cannot be used: {problem.message}"
            yield Weakened(problem.path, message, region=Region(place, place))
        return
    before: Mapping[str, object] = {}
    layers: tuple[Layer, ...] = ()
    if main is not None:
        read = _read(main, main.content().data, request.root)
        assert not isinstance(read, list)  # the run goes by it
        before, layers = read[0].plain, read[1]
    touched = [number for number, layer in enumerate(new[1]) if not _is_from_before(layer.file, side)]
    if not touched:
        return
    heads = catalog.heads(request.policy.custom)
    for change in policy_changes(before, new[0].plain, heads):
        number, trail = _written(new[0], change.trail, touched)
        layer = new[1][number]
        region = _region(layer.parsed, change._replace(trail=trail))
        yield Weakened(layer.file.path, change.message, sure=change.sure, region=region)
    yield from _other_rules(layers, new[1], touched)


def _other_rules(
    before: Sequence[Layer], after: Sequence[Layer], touched: Sequence[int]
) -> Iterator[Weakened]:
    """Folders and packages of rules, and policies to extend, that the change names or names no more."""
    was, now = ({(key, name) for layer in side for key, name, _ in _loads(layer)} for side in (before, after))
    for layer in (after[number] for number in touched):
        for key, name, trail in _loads(layer):
            if (key, name) not in was:
                message = f"`{key}` names {name!r}; what that brings in holds once it is merged"
                region = _region(layer.parsed, PolicyChange(trail, message, at_key=False))
                yield Weakened(layer.file.path, message, sure=False, region=region)
    for key, name in sorted(was - now):
        layer = after[touched[-1]]
        message = f"`{key}` does not name {name!r} any more"
        region = _region(layer.parsed, PolicyChange((key,), message))
        yield Weakened(layer.file.path, message, region=region)


def _loads(layer: Layer) -> Iterator[tuple[str, str, Trail]]:
    for key in LOADING:
        for trail, written in listed(layer.parsed.mapping, key):
            yield key, written, trail


def _read(file: PolicyFile, data: bytes, root: str) -> tuple[Merged, tuple[Layer, ...]] | list[PolicyProblem]:
    """A policy with all that it extends, or what is wrong with it. Rules are not looked at: what their checks
    would import is the trusted side's affair."""
    from tollgate.config_check import judge
    from tollgate.config_names import KnownNames

    reader = LayerReader(Homes(file.home, root))
    reader.read(file, data, ())
    problems = list(reader.problems)
    for layer in reader.layers:
        problems += judge(layer.parsed, KnownNames())
    if problems:
        return sorted(problems)
    return merge([layer.parsed.mapping for layer in reader.layers]), tuple(reader.layers)


def _written(merged: Merged, trail: Trail, touched: Sequence[int]) -> tuple[int, Trail]:
    """The layer that says what stands at a trail, and where. Where the change did not touch that one, it took
    something away in another that it touched."""
    for length in range(len(trail), 0, -1):
        found = merged.origins.get(trail[:length])
        if found is not None and found[0] in touched:
            return found[0], (*found[1], *trail[length:])
    return touched[-1], trail


def _is_from_before(file: PolicyFile, side: Trusted) -> bool:
    """Whether the change left a file as it was where it began. What stands in packages and other commits, no
    change can touch."""
    if file.at:
        return True
    return file.content().data == side.before.read(file.path, MAX_POLICY_BYTES).data


def _region(parsed: Parsed, change: PolicyChange) -> Region:
    root, trail = parsed.root, change.trail
    if root is None:
        return _WHOLE_FILE
    place: Place | None = key_place(root, trail) if change.at_key else place_of(root, trail)
    place = place or nearest_key(root, trail, below=0)
    return _WHOLE_FILE if place is None else parsed.source.region(place.start, place.end)


def _twins(request: Request, side: Trusted) -> Iterator[Weakened]:
    """Names that are a policy's where case does not matter, as on many laptops."""
    if request.tree is not None:
        listed = [path for path in request.tree.paths() if "/" not in path]
    else:
        listed = os.listdir(request.root)
    for name in sorted(listed):
        is_twin = name.lower() in POLICY_FILE_NAMES and name not in POLICY_FILE_NAMES
        if is_twin and side.before.read(name, MAX_POLICY_BYTES).state == "missing":
            message = (
                "no policy here, but one on computers whose file names have no case; remove or rename it"
            )
            yield Weakened(name, message, sure=False)


def _of_rules(side: Trusted, head: Home) -> Iterator[Weakened]:
    for folder, is_folder in sorted(side.asked.items()):
        if is_folder:
            yield from _of_folder(folder, side, head)


def _of_folder(folder: str, side: Trusted, head: Home) -> Iterator[Weakened]:
    """Rule files that the change touches."""
    try:
        listed = (home.below(folder) for home in (side.home, side.before, head))
        trusted, before, now = (frozenset(path for path in one if _is_rule(path)) for one in listed)
    except GitError:
        return
    for path in sorted(trusted | now):
        if path not in now:
            if path in before:
                yield Weakened(path, f"the rule is taken away; the one at {side.called} holds")
        elif path not in trusted:
            if path not in before:
                message = "a new rule; it holds once it is merged, and may then silence others"
                yield Weakened(path, message, sure=False)
        elif not _same(path, head, side.home) and not _same(path, head, side.before):
            yield Weakened(path, f"the rule is changed; the one at {side.called} holds")


def _is_rule(path: str) -> bool:
    return path.endswith((".yaml", ".yml"))


def _same(path: str, one: Home, other: Home) -> bool:
    return one.read(path, MAX_POLICY_BYTES) == other.read(path, MAX_POLICY_BYTES)
