"""Is a rule file right? Used when the catalog is compiled, never while linting."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.hints import Any
from tollgate.model.node import Node, Trail, to_plain
from tollgate.model.policy import PolicyProblem
from tollgate.model.source import Source, decode
from tollgate.parsers.yaml import parse_yaml
from tollgate.schema_check import Complaint, against_schema, placed, read_document, unknown_keys
from tollgate.vocabulary import RuleError, compile_conditions, parse_path

NAME = re.compile(r"[a-z][a-z0-9-]{2,50}")
_SCHEMA = "rule.schema.json"
_MEANINGS = {
    "sets": "must be a name of lower-case letters, digits and dashes",
    "references": "must begin with https://",
    "check": "must be written module.function",
    "kubernetes": 'must be a range of versions such as ">=1.25 <1.35"',
    "for-each": "must be an option, written $name",
}


def read_yaml(path: str) -> tuple[Any, list[str]]:
    """The file's single document as plain data, and what is wrong with it."""
    try:
        with open(path, "rb") as file:
            source = decode(path, file.read())
    except OSError as error:
        return None, [f"cannot be read: {error.strerror}"]
    text = parse_yaml(source)
    problems = [f"line {source.position(problem.start).line}: {problem.message}" for problem in text.problems]
    documents = [document for document in text.documents if document.state != "empty"]
    if len(documents) > 1 or any(document.state != "ok" for document in documents):
        problems.append("must be one YAML document")
    return (to_plain(documents[0].root) if documents else None), problems


def read_rule(shown: str, data: bytes) -> tuple[Source, Node | None, Any, list[PolicyProblem]]:
    """A rule file's text, tree and content, and what keeps it from being read.
    `shown`: its name in messages."""
    source = decode(shown, data)
    root, doubled, problems = read_document(source, whole="a rule")
    if root is None and not problems:
        problems = [PolicyProblem(shown, 1, 1, "the file is empty; a rule is one YAML document")]
    return source, root, to_plain(root), [*problems, *doubled]


def rule_complaints(name: str, loaded: Any) -> list[Complaint]:
    """What is wrong with a rule's content; empty if nothing is."""
    if not NAME.fullmatch(name):
        message = f"`{name}` is no rule name: lower-case letters, digits and dashes, 3 to 51 of them"
        return [Complaint((), message)]
    found = [
        *unknown_keys(_SCHEMA, loaded),
        *against_schema(_SCHEMA, loaded, whole="the rule", meanings=_MEANINGS),
    ]
    if found:
        return found
    bodies: list[tuple[Trail, Any]] = [((), loaded)]
    bodies += [
        (("also", noun), {**loaded, "fix": {}, **body}) for noun, body in loaded.get("also", {}).items()
    ]
    return [Complaint((*trail, *at), message) for trail, body in bodies for at, message in _check_words(body)]


def check_rule(shown: str, name: str, data: bytes) -> tuple[Any, list[PolicyProblem]]:
    """A rule file's content, and all that is wrong with it."""
    source, root, loaded, problems = read_rule(shown, data)
    if problems or root is None:
        return loaded, problems
    return loaded, [placed(source, root, one) for one in rule_complaints(name, loaded)]


def _check_words(loaded: dict[str, Any]) -> Iterator[tuple[Trail, str]]:
    options = {name: option["default"] for name, option in loaded.get("options", {}).items()}
    fix_safe = loaded.get("fix", {}).get("safe")
    conditions = {key: loaded.get(key) for key in ("where", "require", "forbid")}
    conditions["fix.safe"] = fix_safe if isinstance(fix_safe, dict) else None
    conditions["fix.when"] = loaded.get("fix", {}).get("when")
    for key, written in conditions.items():
        if written is not None:
            try:
                compile_conditions(written, options=_for_each_bound(loaded, options))
            except RuleError as error:
                yield tuple(key.split(".")), f"{key}: {error}"
    for placeholder in re.findall(r"\{([^{}\s]+)\}", loaded["message"]):
        try:
            parse_path(placeholder)
        except RuleError as error:
            yield ("message",), f"message: {error}"
    if "for-each" in loaded and loaded["for-each"][1:] not in options:
        yield ("for-each",), f"for-each: there is no option `{loaded['for-each'][1:]}`"


def _for_each_bound(loaded: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "key": "", "value": ""} if "for-each" in loaded else options
