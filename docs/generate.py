"""Writes the generated pages: one for each rule, and their index. `make docs`; a test checks freshness."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tollgate import catalog
from tollgate.catalog_check import read_yaml
from tollgate.model.markers import strip_markers
from tollgate.model.rule import Example, Rule

FOLDER = Path(__file__).parent / "rules"
PEERS = Path(__file__).parent / "peers.md"
DIFFERENCES = Path(__file__).parent / "differences.yaml"


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    rules = catalog.rules(texts=True)
    return {
        "README.md": "".join(_index(rules)),
        **{f"{rule.name}.md": "".join(_page(rule)) for rule in rules},
    }


def peers_page() -> str:
    """The text of docs/peers.md: which rule means what each peer's check means, and where it does not."""
    return "".join(_peers(catalog.rules(), catalog.retired(), differences()))


class Difference(NamedTuple):
    """One entry of differences.yaml."""

    peer: str
    checks: list[str]
    point: str
    note: str


def differences() -> list[Difference]:
    loaded, problems = read_yaml(str(DIFFERENCES))
    if problems:
        raise ValueError(f"{DIFFERENCES.name}: {problems}")
    return [Difference(**fields) for fields in loaded]


def _peers(
    rules: tuple[Rule, ...], retired: Mapping[str, Mapping[str, str]], noted: list[Difference]
) -> Iterator[str]:
    found: dict[str, dict[str, list[str]]] = {}
    for rule in rules:
        for peer, checks in rule.equivalents.items():
            for check in checks:
                found.setdefault(peer, {}).setdefault(check, []).append(rule.name)
    notes = {(one.peer, check): f"{one.note.strip()} ({one.point})" for one in noted for check in one.checks}
    yield "# Other linters' checks\n\nGenerated from `rules/` and `docs/differences.yaml` by `make docs`. "
    yield "A note says where our rule differs on purpose, with the point on which the field disagrees.\n"
    for peer in sorted({*found, *retired}):
        yield f"\n## {peer}\n\n| check | rules | note |\n|---|---|---|\n"
        gone = {check: f"none: {why}" for check, why in retired.get(peer, {}).items()}
        here = found.get(peer, {})
        for check in sorted({*here, *gone}):
            names = ", ".join(f"[{name}](rules/{name}.md)" for name in here.get(check, ()))
            yield f"| `{check}` | {names} | {notes.get((peer, check), gone.get(check, ''))} |\n"


def _index(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "# Rules\n\nGenerated from `rules/` by `make docs`.\n"
    category = None
    for rule in sorted(rules, key=lambda rule: (rule.category, rule.name)):
        if rule.category != category:
            category = rule.category
            yield f"\n## {category}\n\n| rule | severity | level | what is wrong |\n|---|---|---|---|\n"
        yield f"| [{rule.name}]({rule.name}.md) | {rule.severity} | {rule.level} | {rule.title} |\n"


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.name}\n\n**{rule.title}**\n\n"
    sets = f" · sets: {', '.join(rule.sets)}" if rule.sets else ""
    yield f"{rule.severity} · level {rule.level} · `{rule.category}`{sets}\n\n{rule.why.strip()}\n"
    for one in rule.variants()[1:]:
        yield f"\nAlso for `{one.select}`: {one.severity} · level {one.level}.\n"
    safe = (
        {"safe": True, "unsafe": False}.get(rule.fix_by_check) if rule.fix is None else rule.fix.get("safe")
    )
    if rule.fix is not None or rule.fix_by_check:
        said = "safe where that is certain"
        if isinstance(safe, bool):
            said = "safe (`--fix`)" if safe else "unsafe (`--unsafe-fixes`)"
        yield f"\nThere is a fix: {said}.\n"
    if rule.options:
        yield "\n## Options\n\n"
        for name, option in rule.options.items():
            yield f"- `{name}` (default `{json.dumps(option['default'])}`): {option['description']}\n"
    for example in rule.examples:
        yield from _example(example, rule)
    if rule.equivalents:
        yield "\n## The same elsewhere\n\n"
        for peer, ids in sorted(rule.equivalents.items()):
            yield f"- {peer}: {', '.join(f'`{check}`' for check in ids)}\n"
    if rule.references:
        yield "\n## References\n\n"
        yield from (f"- <{reference}>\n" for reference in rule.references)


def _example(example: Example, rule: Rule) -> Iterator[str]:
    language = "dockerfile" if rule.category.startswith("dockerfile") else "yaml"
    title = f": {example.title}" if example.title else ""
    for heading, text in (("Bad", example.bad), ("Good", example.good)):
        if text is not None:
            shown = strip_markers(text).text.replace("\r\n", "\n").rstrip()
            yield f"\n## {heading}{title}\n\n````{language}\n{shown}\n````\n"
    for path, text in example.beside.items():
        yield f"\nBeside it, `{path}`:\n\n````\n{text.rstrip()}\n````\n"


def main() -> None:
    """Write the pages anew and take away those of rules that are gone."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    PEERS.write_text(peers_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
