"""The catalog: every file of rules/ as a Rule, validated; and its compiled form for a fast start.

The compiled form is one JSON object. `rules` holds what linting needs, `texts` what only reports and
documentation need; each is a JSON text of its own, so that linting does not decode the second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tollgate import resources
from tollgate.model.rule import Example, Rule

RETIRED = "RETIRED.yaml"


class CatalogError(Exception):
    """A rule file is wrong; the text says which, where and why."""


_RENAMED = {"instead-of": "instead_of", "for-each": "for_each", "security-severity": "security_severity"}
_TEXTS = frozenset({"why", "references", "examples"})
_TUPLES = frozenset({"sets", "instead_of", "formerly", "references"})


def rules(*, texts: bool = False) -> tuple[Rule, ...]:
    """All rules, by name. `texts`: with `why`, `references` and `examples`.

    Raises CatalogError.
    """
    compiled = _load_compiled()
    told = json.loads(compiled["texts"]) if texts else {}
    return tuple(
        _rule({**fields, **told.get(fields["name"], {})}) for fields in json.loads(compiled["rules"])
    )


def retired() -> dict[str, dict[str, str]]:
    """Peer → id → one sentence why no rule covers it."""
    found: dict[str, dict[str, str]] = json.loads(_load_compiled()["retired"])
    return found


def digest() -> str:
    """Names the catalog's content; part of every cache key."""
    found: str = _load_compiled()["digest"]
    return found


def _load_compiled() -> dict[str, str]:
    """From the wheel, else from the cache of this checkout's rules/, else compiled now."""
    shipped = resources.compiled_catalog_path()
    if shipped is not None:
        return _shipped(shipped)
    folder = resources.rules_dir()
    return _of_checkout(folder, _stamp(folder))


@lru_cache(maxsize=1)  # a run asks for the digest, the rules, and then their texts
def _shipped(path: str) -> dict[str, str]:
    with open(path, encoding="utf-8") as file:
        return _object(file.read())


@lru_cache(maxsize=1)
def _of_checkout(folder: str, stamp: str) -> dict[str, str]:
    name = f"catalog-{stamp}.json"
    cached = resources.read_cached(name)
    if cached is None:
        cached = compile_catalog(folder)
        resources.write_cached(name, cached)
    return _object(cached)


def _object(text: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads(text)
    return loaded


def rule_files(folder: str) -> Iterator[tuple[str, str]]:
    """Each rule file's path and category, sorted."""
    for parent, folders, names in sorted(os.walk(folder)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".yaml") and name != RETIRED:
                category = os.path.relpath(parent, folder).replace(os.sep, "/")
                yield os.path.join(parent, name), category


def _stamp(folder: str) -> str:
    """Changes when a file of the folder does; reads no content, so that starting stays fast."""
    from hashlib import blake2b

    state = blake2b(os.fsencode(os.path.abspath(folder)), digest_size=16)
    paths = [path for path, _ in rule_files(folder)]
    for path in (*paths, os.path.join(folder, RETIRED), __file__):
        try:
            found = os.stat(path)
        except OSError:
            continue
        state.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\0".encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def compile_catalog(folder: str) -> str:
    """The compiled form of a rules folder as JSON text. Raises CatalogError listing every wrong file."""
    from hashlib import blake2b

    from tollgate.catalog_check import check_rule, read_yaml

    errors: list[str] = []
    lean: list[dict[str, Any]] = []
    texts: dict[str, dict[str, Any]] = {}
    for path, category in rule_files(folder):
        name = os.path.basename(path).removesuffix(".yaml")
        loaded, problems = read_yaml(path)
        problems = problems or check_rule(name, loaded)
        errors += [f"{path}: {problem}" for problem in problems]
        if not problems:
            fields = {"name": name, "category": category, **_normalised(loaded)}
            texts[name] = {key: value for key, value in fields.items() if key in _TEXTS}
            lean.append({key: value for key, value in fields.items() if key not in _TEXTS})
    lean.sort(key=lambda fields: str(fields["name"]))
    errors += _doubles([str(fields["name"]) for fields in lean])
    gone, problems = read_yaml(os.path.join(folder, RETIRED))
    errors += problems
    if errors:
        raise CatalogError("\n".join(errors))
    parts = {"rules": _json(lean), "texts": _json(texts), "retired": _json(gone or {})}
    state = blake2b("\0".join(parts.values()).encode(), digest_size=16).hexdigest()
    return _json({"digest": state, **parts})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _doubles(names: Sequence[str]) -> list[str]:
    return [
        f"rule {name}: two files have this name" for name in sorted({n for n in names if names.count(n) > 1})
    ]


def _normalised(loaded: Mapping[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(key, key): value for key, value in loaded.items()}


def _rule(fields: dict[str, Any]) -> Rule:
    for key in _TUPLES & fields.keys():
        fields[key] = tuple(fields[key])
    if "equivalents" in fields:
        fields["equivalents"] = {peer: tuple(ids) for peer, ids in fields["equivalents"].items()}
    if "examples" in fields:
        fields["examples"] = tuple(_example(example) for example in fields["examples"])
    return Rule(**fields)


def _example(fields: dict[str, Any]) -> Example:
    return Example(
        bad=fields.get("bad"),
        good=fields.get("good"),
        file=fields.get("file"),
        policy=fields.get("policy", {}),
        kubernetes=fields.get("kubernetes"),
        title=fields.get("title", ""),
    )
