"""Is a policy file right? What is wrong is said with its line and column, all at once.

Only used for a policy that was not seen before: it imports the YAML reader and jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from tollgate.config_locks import check_locks, special_rules
from tollgate.config_names import PATTERN_MEANINGS, SHORT_VERSIONS, KnownNames, check_names
from tollgate.model import node as nodes
from tollgate.model.hints import Any, TypeAlias
from tollgate.model.node import Node, Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple
from tollgate.model.source import Source
from tollgate.schema_check import Complaint, against_schema, placed, quoted, read_document, unknown_keys

Plain: TypeAlias = dict[str, Any]
"""A policy as JSON can hold it: keys as written, nulls left out, a severity `off` as the string."""

_SCHEMA = "config.schema.json"
_MOST_PROBLEMS = 50
_MUST_BE_TEXT: tuple[Trail, ...] = (("kubernetes-version",),)


class Parsed(NamedTuple):
    """A policy file as it was read.

    root      None where it is empty or cannot be read
    plain     its content; of use only where nothing is wrong with it
    doubled   keys that stand twice
    broken    what keeps it from being read
    """

    source: Source
    root: Node | None
    plain: Any
    doubled: tuple[PolicyProblem, ...] = ()
    broken: tuple[PolicyProblem, ...] = ()

    @property
    def mapping(self) -> Plain:
        """The content, where it is a mapping as it ought to be; else nothing."""
        return self.plain if isinstance(self.plain, dict) else {}


def parse_policy(source: Source) -> Parsed:
    """Read a policy file; whether what it says is right `judge` tells."""
    root, doubled, problems = read_document(source, whole="a policy")
    if problems or root is None:
        return Parsed(source, None, {}, broken=tuple(problems))
    return Parsed(source, root, _plain(source, root), tuple(doubled[:_MOST_PROBLEMS]))


def judge(parsed: Parsed, known: KnownNames, more: Iterable[Complaint] = ()) -> list[PolicyProblem]:
    """All that is wrong with a policy file, by place. `more`: what others have to say of it."""
    source, root = parsed.source, parsed.root
    if root is None:
        return list(parsed.broken)
    complaints = chain(
        _hidden_by_merges(root),
        unknown_keys(_SCHEMA, nodes.to_plain(root)),
        _complaints(parsed.plain, known),
        more,
    )
    found = {placed(source, root, complaint) for complaint in islice(complaints, _MOST_PROBLEMS)}
    return sorted(
        found.union(parsed.doubled),
        key=lambda problem: (problem.line, problem.column, problem.message),
    )


def check_policy(source: Source, known: KnownNames) -> tuple[Plain, list[PolicyProblem]]:
    """A single policy file's content, and what is wrong with it."""
    parsed = parse_policy(source)
    return parsed.plain, judge(parsed, known)


def check_plain(plain: object, known: KnownNames) -> list[Complaint]:
    """What is wrong with a policy given as plain data; the first fifty problems at most."""
    return list(islice(chain(unknown_keys(_SCHEMA, plain), _complaints(plain, known)), _MOST_PROBLEMS))


def _complaints(plain: object, known: KnownNames) -> Iterator[Complaint]:
    """All but unknown keys. Lazy, for a policy may be hostile and finding the nearest of many names slow."""
    broken: set[Trail] = set()
    for complaint in against_schema(_SCHEMA, plain, whole="the policy", meanings=PATTERN_MEANINGS):
        broken.add(complaint.trail)
        yield complaint
    if isinstance(plain, dict):
        found = chain(check_names(plain, known), check_locks(plain, known))
        yield from (one for one in found if one.trail not in broken)


def _plain(source: Source, root: Node) -> Any:
    plain = nodes.to_plain(root)
    for trail in _MUST_BE_TEXT:
        # 1.30 as a number would be 1.3.
        found = nodes.descend(root, trail)
        is_number = isinstance(found, nodes.Scalar) and isinstance(found.value, float | int)
        if isinstance(plain, dict) and found is not None and is_number:
            written = source.text[found.start : found.end]
            if written not in SHORT_VERSIONS:
                plain[trail[0]] = written
    return _normalised(plain)


def _normalised(plain: Any) -> Any:
    """Without nulls (a key whose lines are all commented out), and with `off` (false to YAML) as a string."""
    pending = [plain]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            for key in [key for key, value in current.items() if value is None]:
                del current[key]
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    if isinstance(plain, dict):
        for rules in (plain.get("rules"), *(rules for _, rules in special_rules(plain))):
            _name_off(rules)
        if plain.get("peer-suppressions") is False:
            plain["peer-suppressions"] = "off"
    return plain


def _name_off(rules: Any) -> None:
    if not isinstance(rules, dict):
        return
    for name, setting in rules.items():
        if setting is False:
            rules[name] = "off"
        elif isinstance(setting, dict) and setting.get("severity") is False:
            setting["severity"] = "off"


def _hidden_by_merges(root: Node) -> Iterator[Complaint]:
    """Keys that a merge below them overrides, which nobody means who writes them."""
    pending: list[tuple[Trail, Node]] = [((), root)]
    seen: set[int] = set()
    while pending:
        trail, current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, nodes.Mapping):
            for key, hidden in current.shadowed or ():
                alias = current.entries[key].alias
                if hidden.alias is None and alias is not None and alias.merged:
                    message = f"the merge overrides {quoted(key)} above it; write the key after `<<`"
                    yield Complaint((*trail, key), message, True)
            pending.extend(((*trail, key), entry.value) for key, entry in current.entries.items())
        elif isinstance(current, nodes.Sequence):
            pending.extend(((*trail, index), item) for index, item in enumerate(current.items))
