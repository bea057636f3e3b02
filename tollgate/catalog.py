"""The catalog: every file of rules/ as a Rule, validated; and its compiled form for a fast start.

The compiled form is text of two parts. Its first line is a JSON object: the digest, the rules' heads
(what choosing among them needs), and where the rest lies in what follows the line: one JSON text for each
rule, one for its texts. A run decodes the rules that it can use, a report the texts of what was found.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from tollgate import resources
from tollgate.model.hints import Any
from tollgate.model.rule import Example, Rule, RuleHead

RETIRED = "RETIRED.yaml"


class CatalogError(Exception):
    """A rule file is wrong; the text says which, where and why."""


_RENAMED = {
    "instead-of": "instead_of",
    "for-each": "for_each",
    "fix-by-check": "fix_by_check",
    "security-severity": "security_severity",
    "policy-section": "policy_section",
}
_TEXTS = frozenset({"why", "references", "examples", "fix_by_check"})
_TUPLES = frozenset({"sets", "instead_of", "formerly", "references", "needs"})
_HEAD = (
    "name",
    "severity",
    "level",
    "category",
    "select",
    "sets",
    "formerly",
    "kubernetes",
    "relational",
    "policy_section",
)
_DEFAULTS: Mapping[str, Any] = {"sets": (), "formerly": (), "relational": False}


class _Compiled:
    """The compiled form. `parts` says from where to where a rule goes in `lean`, and in what `texts` reads:
    what linting needs, and what only reports ask for, which is twice as long."""

    __slots__ = ("_lean", "_texts", "digest", "heads", "parts", "retired")

    def __init__(self, index: dict[str, Any], lean: str, texts: Callable[[int, int], str]) -> None:
        self._lean = lean
        self._texts = texts
        self.digest: str = index["digest"]
        self.heads: list[list[Any]] = index["heads"]
        self.parts: dict[str, tuple[int, int, int, int]] = index["parts"]
        self.retired: dict[str, dict[str, str]] = index["retired"]

    def rule(self, name: str, *, texts: bool = False) -> Rule:
        start, end, first, last = self.parts[name]
        fields = json.loads(self._lean[start:end])
        return _rule({**fields, **json.loads(self._texts(first, last))} if texts else fields)


def rules(*, texts: bool = False, custom: str = "") -> tuple[Rule, ...]:
    """All rules, by name. `texts`: with `why`, `references` and `examples`. `custom`: the compiled rules of a
    policy, which are among them.

    Raises CatalogError.
    """
    found = [one.rule(name, texts=texts) for one in _catalogs(custom) for name in one.parts]
    return tuple(sorted(found, key=lambda rule: rule.name))


def heads(custom: str = "") -> tuple[RuleHead, ...]:
    """What choosing among the rules needs; the rest of each when it is asked for. Raises CatalogError."""
    found = []
    for compiled in _catalogs(custom):
        for name, severity, level, category, select, sets, formerly, *rest in compiled.heads:
            kubernetes, relational, policy_section, marks = rest
            found.append(
                RuleHead(
                    name,
                    severity,
                    level,
                    category,
                    select,
                    tuple(sets),
                    tuple(formerly),
                    kubernetes,
                    relational,
                    policy_section,
                    compiled.rule,
                    tuple(map(frozenset, marks)),
                )
            )
    return tuple(found)


def by_name(custom: str = "") -> Callable[[str], Rule]:
    """A function from a name to the rule with all its texts; it raises KeyError where there is none.

    Raises CatalogError.
    """
    found = {name: one for one in reversed(_catalogs(custom)) for name in one.parts}
    return lambda name: found[name].rule(name, texts=True)


def _catalogs(custom: str) -> Sequence[_Compiled]:
    return (_load_compiled(), _of_policy(custom)) if custom else (_load_compiled(),)


@lru_cache(maxsize=2)
def _of_policy(text: str) -> _Compiled:
    return _of_text(text)


def retired() -> dict[str, dict[str, str]]:
    """Peer → id → one sentence why no rule covers it."""
    return _load_compiled().retired


def digest() -> str:
    """Names the catalog's content; part of every cache key."""
    return _load_compiled().digest


def _load_compiled() -> _Compiled:
    """From the wheel, else from the cache of this checkout's rules/, else compiled now."""
    shipped = resources.compiled_catalog_path()
    if shipped is not None:
        return _shipped(shipped)
    folder = resources.rules_dir()
    return _of_checkout(folder, _stamp(folder))


@lru_cache(maxsize=1)  # a run asks for the digest, the rules, and then their texts
def _shipped(path: str) -> _Compiled:
    with open(path, "rb") as file:  # it is all ASCII, so that bytes count as characters do
        first = file.readline()
        index = json.loads(first.decode())
        lean = file.read(index["lean"]).decode()
        texts_at = file.tell()

    def texts(start: int, end: int) -> str:
        with open(path, "rb") as file:
            file.seek(texts_at + start)
            return file.read(end - start).decode()

    return _Compiled(index, lean, texts)


@lru_cache(maxsize=1)
def _of_checkout(folder: str, stamp: str) -> _Compiled:
    name = f"catalog-{stamp}.txt"
    cached = resources.read_cached(name)
    if cached is None:
        cached = compile_catalog(folder)
        resources.write_cached(name, cached)
    return _of_text(cached)


def _of_text(text: str) -> _Compiled:
    first, _, blob = text.partition("\n")
    index = json.loads(first)
    lean, texts = blob[: index["lean"]], blob[index["lean"] :]
    return _Compiled(index, lean, lambda start, end: texts[start:end])


def rule_files(folder: str) -> Iterator[tuple[str, str]]:
    """Each rule file's path and category, sorted."""
    for parent, folders, names in sorted(os.walk(folder)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".yaml") and name != RETIRED:
                category = os.path.relpath(parent, folder).replace(os.sep, "/")
                yield os.path.join(parent, name), category


@lru_cache(maxsize=4)  # within a run the folder does not change
def _stamp(folder: str) -> str:
    """Changes when a file of the folder does; reads no content, so that starting stays fast."""
    from tollgate.model.digest import blake2b

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
    """The compiled form of a rules folder. Raises CatalogError listing every wrong file."""
    from tollgate.catalog_check import check_rule, read_yaml

    errors: list[str] = []
    found: list[dict[str, Any]] = []
    for path, category in rule_files(folder):
        name = os.path.basename(path).removesuffix(".yaml")
        with open(path, "rb") as file:
            loaded, wrong = check_rule(path, name, file.read())
        errors += map(str, wrong)
        if not wrong:
            found.append(rule_fields(name, category, loaded))
    errors += _doubles([str(fields["name"]) for fields in found])
    gone, problems = read_yaml(os.path.join(folder, RETIRED))
    errors += problems
    if errors:
        raise CatalogError("\n".join(errors))
    return compiled_text(found, gone or {})


def rule_fields(name: str, category: str, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's content under the names of `Rule`'s fields."""
    return {
        "name": name,
        "category": category,
        **{_RENAMED.get(key, key): value for key, value in loaded.items()},
    }


def compiled_text(found: Sequence[Mapping[str, Any]], gone: Mapping[str, Any], *, origin: str = "") -> str:
    """The compiled form of rules given as `rule_fields`. `origin`: what else its digest is to depend on."""
    from tollgate.marks import marks_of
    from tollgate.model.digest import blake2b

    found = sorted(found, key=lambda fields: str(fields["name"]))
    lean: list[str] = []
    texts: list[str] = []
    parts: dict[str, tuple[int, int, int, int]] = {}
    at = texts_at = 0
    for fields in found:
        lean.append(_json({key: value for key, value in fields.items() if key not in _TEXTS}))
        texts.append(_json({key: value for key, value in fields.items() if key in _TEXTS}))
        end, texts_end = at + len(lean[-1]), texts_at + len(texts[-1])
        parts[fields["name"]] = (at, end, texts_at, texts_end)
        at, texts_at = end, texts_end
    blob = "".join((*lean, *texts))
    state = blake2b(f"{blob}\0{_json(gone)}\0{origin}".encode(), digest_size=16).hexdigest()
    chosen_by = [
        [*(one.get(key, _DEFAULTS.get(key)) for key in _HEAD), marks_of(one)]
        for fields in found
        for one in _for_each_noun(fields)
    ]
    index = {"digest": state, "heads": chosen_by, "parts": parts, "lean": at, "retired": gone}
    return f"{_json(index)}\n{blob}"


def _for_each_noun(fields: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A rule's fields, and those of each noun that it also speaks about, as `Rule.about` has them."""
    yield fields
    own = dict.fromkeys(("kubernetes", "where", "require", "forbid", "check", "fix", "needs"))
    for noun, body in fields.get("also", {}).items():
        yield {**fields, **own, "select": noun, **body}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _doubles(names: Sequence[str]) -> list[str]:
    return [
        f"rule {name}: two files have this name" for name in sorted({n for n in names if names.count(n) > 1})
    ]


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
        beside=fields.get("beside", {}),
    )
