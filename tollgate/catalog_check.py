"""Is a rule file right? Used when the catalog is compiled, never while linting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from tollgate import resources
from tollgate.model import lazy_re as re
from tollgate.model.hints import Any
from tollgate.model.node import to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml
from tollgate.vocabulary import RuleError, compile_conditions, parse_path

NAME = re.compile(r"[a-z][a-z0-9-]{2,50}")


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


@lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema

    schema = json.loads(resources.schema_text("rule.schema.json"))
    return jsonschema.Draft202012Validator(schema)


def check_rule(name: str, loaded: Any) -> list[str]:
    """What is wrong with a rule's content; empty if nothing is."""
    if not NAME.fullmatch(name):
        return [f"`{name}` is no rule name: lower-case letters, digits and dashes, 3 to 51 of them"]
    problems = [
        f"{'.'.join(str(key) for key in error.absolute_path) or 'the file'}: {error.message}"
        for error in _validator().iter_errors(loaded)
    ]
    if problems:
        return problems
    bodies = [loaded, *({**loaded, "fix": {}, **body} for body in loaded.get("also", {}).values())]
    return [problem for body in bodies for problem in _check_words(body)]


def _check_words(loaded: dict[str, Any]) -> Iterator[str]:
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
                yield f"{key}: {error}"
    for placeholder in re.findall(r"\{([^{}\s]+)\}", loaded["message"]):
        try:
            parse_path(placeholder)
        except RuleError as error:
            yield f"message: {error}"
    if "for-each" in loaded and loaded["for-each"][1:] not in options:
        yield f"for-each: there is no option `{loaded['for-each'][1:]}`"


def _for_each_bound(loaded: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "key": "", "value": ""} if "for-each" in loaded else options
