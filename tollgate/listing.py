"""What `tollgate rules` and `tollgate explain` print."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent

from tollgate.model.markers import strip_markers
from tollgate.model.policy import LEVELS
from tollgate.model.rule import Rule
from tollgate.shellcheck import HOW_TO_GET, find_program

CONTROLS = {"cis-kubernetes": "cis", "cis-docker": "cis-docker"}
"""Sets whose controls have numbers, and the key under which a rule's `equivalents` hold them."""


def in_profile(rules: Sequence[Rule], profile: str | None) -> list[Rule]:
    """The rules of a level or set. Raises ValueError if there is neither of that name."""
    if profile is None:
        return list(rules)
    if profile in LEVELS:
        rank = LEVELS.index(profile)
        return [rule for rule in rules if LEVELS.index(rule.level) <= rank]
    chosen = [rule for rule in rules if profile in rule.sets]
    if not chosen:
        sets = sorted({name for rule in rules for name in rule.sets})
        raise ValueError(f"there is no level or set `{profile}`; there are {', '.join((*LEVELS, *sets))}")
    return chosen


def as_table(rules: Sequence[Rule], *, profile: str | None = None) -> str:
    """One line a rule, by category; with the numbers of its controls if the profile is a set that has any."""
    numbered = CONTROLS.get(profile or "", "")
    width = max((len(rule.name) for rule in rules), default=0)
    lines: list[str] = []
    category = None
    for rule in sorted(rules, key=lambda rule: (rule.category, rule.name)):
        if rule.category != category:
            category = rule.category
            lines += ["", category]
        fix = " (fix)" if _fix(rule) is not None else ""
        numbers = rule.equivalents.get(numbered, ())
        controls = f" [{', '.join(numbers)}]" if numbers else ""
        lines.append(
            f"  {rule.name:{width}}  {rule.severity:7}  {rule.level:11}  {rule.title}{fix}{controls}"
        )
        if _is_missing(rule):
            lines.append(f"  {'':{width}}  {HOW_TO_GET}")
    lines += ["", f"{len(rules)} rules. `tollgate explain RULE` says more about one."]
    return "\n".join(lines).lstrip("\n")


def _is_missing(rule: Rule) -> bool:
    """Whether the rule needs an extra that is not installed."""
    return rule.extra == "shellcheck" and find_program() is None


def _fix(rule: Rule) -> str | None:
    """Whether the rule offers fixes; one that is safe only sometimes counts as unsafe."""
    if rule.fix is None:
        return {"": None, "safe": "safe"}.get(rule.fix_by_check, "unsafe")
    return "safe" if rule.fix.get("safe") is True else "unsafe"


def as_json(rules: Sequence[Rule]) -> str:
    """A list of objects with every field of the rules, examples without their markers left out."""
    return json.dumps([_as_object(rule) for rule in rules], indent=2, ensure_ascii=False)


def _as_object(rule: Rule) -> dict[str, object]:
    return {
        "name": rule.name,
        "title": rule.title,
        "severity": rule.severity,
        "level": rule.level,
        "category": rule.category,
        "sets": list(rule.sets),
        "select": rule.select,
        "also": [
            {"select": one.select, "severity": one.severity, "level": one.level}
            for one in rule.variants()[1:]
        ],
        "why": rule.why,
        "fix": _fix(rule),
        "equivalents": {peer: list(ids) for peer, ids in rule.equivalents.items()},
        "options": rule.options,
        "references": list(rule.references),
        "url": rule.url,
    }


def explanation(name: str, rules: Sequence[Rule], retired: Mapping[str, Mapping[str, str]]) -> str | None:
    """The text about a rule, or about every rule that speaks for another tool's id; None if unknown."""
    wanted = name.lower()
    found = [rule for rule in rules if wanted == rule.name or wanted in rule.formerly]
    if not found:
        found = [
            rule
            for rule in rules
            if any(_is_meant(wanted, check.lower()) for ids in rule.equivalents.values() for check in ids)
        ]
    if found:
        return "\n".join("\n".join(_about(rule)) + "\n" for rule in found)
    for peer, ids in retired.items():
        for check, reason in ids.items():
            if check.lower() == wanted:
                return f"{check} ({peer}) has no rule in Tollgate: {reason}\n"
    return None


def _is_meant(wanted: str, check: str) -> bool:
    """Whether an id is the one asked for; `SC*` stands for all that begin so."""
    return wanted == check or (check.endswith("*") and wanted.startswith(check[:-1]))


def _about(rule: Rule) -> Iterator[str]:
    yield f"{rule.name}: {rule.title}"
    yield f"  {rule.severity} · level {rule.level} · {rule.category}"
    yield from (f"  {one.select}: {one.severity} · level {one.level}" for one in rule.variants()[1:])
    if _is_missing(rule):
        yield f"  {HOW_TO_GET}"
    if rule.sets:
        yield f"  sets: {', '.join(rule.sets)}"
    yield ""
    yield indent(rule.why.strip(), "  ")
    for example in rule.examples[:1]:
        for word, text in (("Bad", example.bad), ("Good", example.good)):
            if text is not None:
                yield f"\n  {word}:\n"
                yield indent(strip_markers(text).text.rstrip("\n"), "    ")
    for key, option in rule.options.items():
        yield f"\n  Option {key} (default {json.dumps(option['default'])}): {option['description']}"
    if rule.equivalents:
        yield ""
        for peer, ids in sorted(rule.equivalents.items()):
            yield f"  {peer}: {', '.join(ids)}"
    yield ""
    yield from (f"  {link}" for link in dict.fromkeys((rule.url, *rule.references)) if link)


def not_found(name: str, rules: Sequence[Rule]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [rule.name for rule in rules], n=1)
    hint = f"; did you mean `{near[0]}`?" if near else "; `tollgate rules` lists them"
    return f"there is no rule `{name}`, and no rule speaks for an id of that name{hint}"
