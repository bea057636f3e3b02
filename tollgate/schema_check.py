"""A YAML file against a schema of ours: what is wrong, in plain words and at its place.

Policies and rules are read and judged with it; jsonschema and the YAML reader are imported when they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from tollgate.model import node as nodes
from tollgate.model.hints import Any
from tollgate.model.node import Node, Trail
from tollgate.model.policy import PolicyProblem
from tollgate.model.record import NamedTuple
from tollgate.model.source import Position, Source

_NAMES_SHOWN = 12
_LONGEST_SHOWN = 80
# About what kubectl and kustomize make of a file, neither of which reads ours.
_IGNORED_CODES = frozenset({"read-differently"})


class Complaint(NamedTuple):
    """Something wrong at `trail`; `at_key`: the key is what is wrong, not its value."""

    trail: Trail
    message: str
    at_key: bool = False


def quoted(text: str) -> str:
    """A name as messages show it: its beginning, if it is very long."""
    return f"`{text}`" if len(text) <= _LONGEST_SHOWN else f"`{text[:_LONGEST_SHOWN]}…`"


def nearest(written: object, allowed: Collection[str]) -> str:
    """A question that names the nearest of `allowed`; empty where none is near."""
    from difflib import get_close_matches

    # Far longer than any name of ours, so near to none, and slow to compare.
    if not isinstance(written, str) or len(written) > _LONGEST_SHOWN:
        return ""
    near = get_close_matches(written.lower(), allowed, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def instead(written: object, allowed: Collection[str]) -> str:
    """A nearest name, or all of them where they are few."""
    near = nearest(written, allowed)
    if near or not allowed or len(allowed) > _NAMES_SHOWN:
        return near
    return f"; there are {', '.join(f'`{name}`' for name in sorted(allowed))}"


def kind_of(value: object) -> str:
    """What a value is, in the words of messages."""
    kinds = ((bool, "true or false"), (str, "a string"), (int | float, "a number"), (list, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "a mapping")


def read_document(
    source: Source, *, whole: str
) -> tuple[Node | None, list[PolicyProblem], list[PolicyProblem]]:
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
            into.append(problem_at(source, problem.start, message))
    documents = [document for document in text.documents if document.state != "empty"]
    if not problems and len(documents) > 1:
        problems = [problem_at(source, documents[1].start, f"{whole} is one document; here begins another")]
    if not problems and documents and documents[0].state != "ok":
        problems = [problem_at(source, documents[0].start, "this cannot be read as YAML")]
    return (documents[0].root if documents else None), doubled, problems


def problem_at(source: Source, offset: int, message: str) -> PolicyProblem:
    return PolicyProblem(source.path, *source.position(offset), message)


def placed(source: Source, root: Node, complaint: Complaint) -> PolicyProblem:
    """A complaint with its line and column."""
    place = None
    if complaint.at_key and complaint.trail:
        place = nodes.key_place(root, complaint.trail)
    place = place or nodes.place_of(root, complaint.trail) or nodes.place_of(root, complaint.trail[:1])
    position = Position(1, 1) if place is None else source.position(place.start)
    return PolicyProblem(source.path, position.line, position.column, complaint.message)


@lru_cache(maxsize=4)
def _validator(schema: str) -> Any:
    """The validator of a file of schemas/."""
    import json

    import jsonschema

    from tollgate import resources

    return jsonschema.Draft202012Validator(json.loads(resources.schema_text(schema)))


def unknown_keys(schema: str, plain: object) -> Iterator[Complaint]:
    """Asked before nulls are left out, for a key is unknown whatever its value."""
    for error in _validator(schema).iter_errors(plain):
        if error.validator == "additionalProperties":
            allowed = list(error.schema["properties"])
            for key in error.instance:
                if key not in allowed:
                    message = f"there is no key {quoted(key)} here{instead(key, allowed)}"
                    yield Complaint((*error.absolute_path, key), message, True)


def against_schema(
    schema: str, plain: object, *, whole: str, meanings: Mapping[str, str]
) -> Iterator[Complaint]:
    """All but unknown keys. `whole`: what messages call the document; `meanings`: what a value must be whose
    pattern says it to machines only, by its key."""
    for error in _validator(schema).iter_errors(plain):
        trail = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            message = f"{quoted(error.instance)} is no {_name_of_what(trail, meanings)}"
            yield Complaint((*trail, error.instance), message, True)
        elif error.validator != "additionalProperties":
            message = _schema_message(error, _name(trail, whole), trail, meanings)
            yield Complaint(trail, message, error.validator in _ABOUT_THE_KEY)


def _name_of_what(trail: Trail, meanings: Mapping[str, str]) -> str:
    return meanings.get(f"{trail[-1]}.*", "name") if trail else "name"


_ABOUT_THE_KEY = frozenset({"minProperties", "minItems", "required", "oneOf", "anyOf"})

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
    "uniqueItems": "must not name anything twice",
}


def _schema_message(error: Any, name: str, trail: Trail, meanings: Mapping[str, str]) -> str:
    value = error.validator_value
    if error.validator in ("oneOf", "anyOf"):
        return _choice_message(error, name)
    if error.validator in ("minLength", "maxLength") and value > 1:
        bound = "at least" if error.validator == "minLength" else "at most"
        return f"{name} must have {bound} {value} characters, not {len(error.instance)}"
    if error.validator in _BOUNDS:
        return f"{name} {_BOUNDS[error.validator].format(value)}"
    return _other_message(error, name, trail, meanings)


def _choice_message(error: Any, name: str) -> str:
    branches = error.validator_value
    if not all("required" in one for one in branches):
        return f"{name} has a form that is not understood"
    keys = ", ".join(f"`{key}`" for one in branches for key in one["required"])
    return f"{name} needs {'exactly' if error.validator == 'oneOf' else 'at least'} one of {keys}"


def _other_message(error: Any, name: str, trail: Trail, meanings: Mapping[str, str]) -> str:
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
        return f"{name} {meanings.get(key, 'has a form that is not understood')}"
    if error.validator == "required":
        missing = next(key for key in value if key not in error.instance)
        return f"{name} lacks `{missing}`"
    if error.validator == "minProperties":
        return f"{name} changes nothing: {' or '.join(error.schema['properties'])} is missing"
    if error.validator == "const":
        return f"{name} must be {value}, which is what this version of Tollgate reads"
    return f"{name}: {error.message[:200]}"


def _name(trail: Trail, whole: str) -> str:
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in trail)
    return quoted(parts.removeprefix(".")) if trail else whole
