"""Is a policy file right? What is wrong is said with its line and column, all at once.

Only used for a policy that was not seen before: it imports the YAML reader and jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeAlias

from tollgate.config_names import (
    PATTERN_MEANINGS,
    Complaint,
    KnownNames,
    check_names,
    instead,
    kind_of,
    nearest,
    quoted,
)
from tollgate.model import node as nodes
from tollgate.model.node import Node, Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.source import Position, Source

Plain: TypeAlias = dict[str, Any]
"""A policy as JSON can hold it: keys as written, nulls left out, a severity `off` as the string."""

# About what kubectl and kustomize make of a file, neither of which reads a policy.
_IGNORED_CODES = frozenset({"read-differently"})
_MOST_PROBLEMS = 50
_MUST_BE_TEXT: tuple[Trail, ...] = (("kubernetes-version",),)


def check_policy(source: Source, known: KnownNames) -> tuple[Plain, list[PolicyProblem]]:
    """The policy's content, and what is wrong with it; the content is of use only if nothing is."""
    root, doubled, problems = _read(source)
    if problems or root is None:
        return {}, problems
    plain = _plain(source, root)
    complaints = chain(
        _hidden_by_merges(root), _unknown_keys(nodes.to_plain(root)), _complaints(plain, known)
    )
    found = {_placed(source, root, complaint) for complaint in islice(complaints, _MOST_PROBLEMS)}
    return plain, sorted(
        found.union(doubled[:_MOST_PROBLEMS]),
        key=lambda problem: (problem.line, problem.column, problem.message),
    )


def check_plain(plain: object, known: KnownNames) -> list[Complaint]:
    """What is wrong with a policy given as plain data; the first fifty problems at most."""
    return list(islice(chain(_unknown_keys(plain), _complaints(plain, known)), _MOST_PROBLEMS))


def _complaints(plain: object, known: KnownNames) -> Iterator[Complaint]:
    """All but unknown keys. Lazy, for a policy may be hostile and finding the nearest of many names slow."""
    broken: set[Trail] = set()
    for complaint in _against_schema(plain):
        broken.add(complaint.trail)
        yield complaint
    if isinstance(plain, dict):
        yield from (found for found in check_names(plain, known) if found.trail not in broken)


def _read(source: Source) -> tuple[Node | None, list[PolicyProblem], list[PolicyProblem]]:
    """The document, keys that stand twice, and what makes reading on useless."""
    from tollgate.parsers.yaml import parse_yaml

    text = parse_yaml(source, every_document=True)
    doubled: list[PolicyProblem] = []
    problems: list[PolicyProblem] = []
    for problem in text.problems:
        if problem.code not in _IGNORED_CODES:
            into, message = problems, problem.message
            if problem.code == "duplicate-key":  # what it means to kubectl says nothing here
                key = quoted(source.text[problem.start : problem.end])
                into, message = doubled, f"{key} stands twice in this mapping; remove one"
            into.append(_problem(source, problem.start, message))
    documents = [document for document in text.documents if document.state != "empty"]
    if not problems and len(documents) > 1:
        problems = [_problem(source, documents[1].start, "a policy is one document; here begins another")]
    if not problems and documents and documents[0].state != "ok":
        problems = [_problem(source, documents[0].start, "this cannot be read as YAML")]
    return (documents[0].root if documents else None), doubled, problems


def _problem(source: Source, offset: int, message: str) -> PolicyProblem:
    return PolicyProblem(source.path, *source.position(offset), message)


def _placed(source: Source, root: Node, complaint: Complaint) -> PolicyProblem:
    place = None
    if complaint.at_key and complaint.trail:
        place = nodes.key_place(root, complaint.trail)
    place = place or nodes.place_of(root, complaint.trail) or nodes.place_of(root, complaint.trail[:1])
    position = Position(1, 1) if place is None else source.position(place.start)
    return PolicyProblem(source.path, position.line, position.column, complaint.message)


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


@lru_cache(maxsize=1)
def _validator() -> Any:
    import json

    import jsonschema

    from tollgate import resources

    return jsonschema.Draft202012Validator(json.loads(resources.schema_text("config.schema.json")))


def _unknown_keys(plain: object) -> Iterator[Complaint]:
    """Asked before nulls are left out, for a key is unknown whatever its value."""
    for error in _validator().iter_errors(plain):
        if error.validator == "additionalProperties":
            allowed = list(error.schema["properties"])
            for key in error.instance:
                if key not in allowed:
                    message = f"there is no key {quoted(key)} here{instead(key, allowed)}"
                    yield Complaint((*error.absolute_path, key), message, True)


def _against_schema(plain: object) -> Iterator[Complaint]:
    for error in _validator().iter_errors(plain):
        trail = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            message = f"{quoted(error.instance)} is no rule name"
            yield Complaint((*trail, error.instance), message, True)
        elif error.validator != "additionalProperties":
            yield Complaint(trail, _schema_message(error, trail), error.validator in _ABOUT_THE_KEY)


_ABOUT_THE_KEY = frozenset({"minProperties", "minItems", "required"})

_TYPE_NAMES = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


_BOUNDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "maxItems": "may hold {} entries at most",
    "minItems": "must not be empty",
    "minLength": "must not be empty",
}


def _schema_message(error: Any, trail: Trail) -> str:
    name = _name(trail)
    value = error.validator_value
    if error.validator == "type":
        kinds = [value] if isinstance(value, str) else value
        wanted = " or ".join(_TYPE_NAMES[kind] for kind in kinds)
        return f"{name} must be {wanted}, not {kind_of(error.instance)}"
    if error.validator == "enum":
        allowed = [word for word in value if isinstance(word, str)]
        return f"{name} must be one of {', '.join(allowed)}{nearest(error.instance, allowed)}"
    if error.validator == "pattern":
        key = next((part for part in reversed(trail) if isinstance(part, str)), "")
        return f"{name} {PATTERN_MEANINGS.get(key, 'has a form that is not understood')}"
    if error.validator == "required":
        missing = next(key for key in value if key not in error.instance)
        return f"{name} lacks `{missing}`"
    if error.validator == "minProperties":
        return f"{name} changes nothing: {' or '.join(error.schema['properties'])} is missing"
    if error.validator in _BOUNDS:
        return f"{name} {_BOUNDS[error.validator].format(value)}"
    return f"{name}: {error.message[:200]}"


def _name(trail: Trail) -> str:
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in trail)
    return quoted(parts.removeprefix(".")) if trail else "the policy"
