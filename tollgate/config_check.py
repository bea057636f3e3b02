"""Is a policy file right? What is wrong is said with its line and column, all at once.

Only used for a policy that was not seen before: it imports the YAML reader and jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, TypeAlias

from tollgate.config_names import PATTERN_MEANINGS, KnownNames, check_names
from tollgate.model import node as nodes
from tollgate.model.node import Node, Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.source import Source
from tollgate.schema_check import Complaint, against_schema, placed, quoted, read_document, unknown_keys

Plain: TypeAlias = dict[str, Any]
"""A policy as JSON can hold it: keys as written, nulls left out, a severity `off` as the string."""

_SCHEMA = "config.schema.json"
_MOST_PROBLEMS = 50
_MUST_BE_TEXT: tuple[Trail, ...] = (("kubernetes-version",),)


def check_policy(source: Source, known: KnownNames) -> tuple[Plain, list[PolicyProblem]]:
    """The policy's content, and what is wrong with it; the content is of use only if nothing is."""
    root, doubled, problems = read_document(source, whole="a policy")
    if problems or root is None:
        return {}, problems
    plain = _plain(source, root)
    complaints = chain(
        _hidden_by_merges(root), unknown_keys(_SCHEMA, nodes.to_plain(root)), _complaints(plain, known)
    )
    found = {placed(source, root, complaint) for complaint in islice(complaints, _MOST_PROBLEMS)}
    return plain, sorted(
        found.union(doubled[:_MOST_PROBLEMS]),
        key=lambda problem: (problem.line, problem.column, problem.message),
    )


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
        yield from (found for found in check_names(plain, known) if found.trail not in broken)


def _plain(source: Source, root: Node) -> Any:
    plain = nodes.to_plain(root)
    for trail in _MUST_BE_TEXT:
        # 1.30 as a number would be 1.3.
        found = nodes.descend(root, trail)
        is_number = isinstance(found, nodes.Scalar) and isinstance(found.value, float | int)
        if isinstance(plain, dict) and found is not None and is_number:
            plain[trail[0]] = source.text[found.start : found.end]
    return _normalised(plain)


def _normalised(plain: Any) -> Any:
    """Without nulls (a key whose lines are all commented out), and with `off` as a string."""
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
        for rules in (plain.get("rules"), *_override_rules(plain)):
            _name_off(rules)
    return plain


def _override_rules(plain: Plain) -> Iterator[Any]:
    overrides = plain.get("overrides")
    if isinstance(overrides, list):
        yield from (override.get("rules") for override in overrides if isinstance(override, dict))


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
