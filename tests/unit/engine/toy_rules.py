"""A few rules in Python, enough to drive the fix engine: each gives findings with fixes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from tollgate.engine.yaml_edit import Refusal, plan_edits
from tollgate.model.documents import YamlText
from tollgate.model.finding import Change, Edit, Finding, Fix, Location, Suppression
from tollgate.model.node import Mapping, Sequence as Items, Trail, child, descend
from tollgate.model.source import Source
from tollgate.parsers.yaml import parse_yaml

Relint = Callable[[Source], Sequence[Finding]]
Plan = tuple[str, Trail, tuple[Change, ...], bool]
"""Rule, the place of the finding, the changes that fix it, safe."""


def finding(
    source: Source, rule: str, at: int, fix: Fix | None, *, key: str = "", suppressed: bool = False
) -> Finding:
    location = Location(source.path, source.region(at, at))
    why = Suppression("comment", "reason", rule) if suppressed else None
    return Finding(rule, "error", f"{rule} here", location, f"{rule}/{key}", fix=fix, suppressed=why)


def yaml_rules(plans_of: Callable[[YamlText], Iterable[Plan]]) -> Relint:
    """Findings for plans, with fixes as the engine makes them."""

    def relint(source: Source) -> list[Finding]:
        yaml = parse_yaml(source)
        plans = list(plans_of(yaml))
        found = []
        for rule, trail, changes, safe in plans:
            same = [change for other, _, its, _ in plans if other == rule for change in its]
            planned = plan_edits(yaml, changes, same_finding=same) if changes else None
            fix = None
            if planned is not None and not isinstance(planned, Refusal):
                fix = Fix(f"fix {rule}", safe, planned.edits, planned.changes)
            node = descend(yaml.documents[changes[0].document if changes else 0].root, trail)
            found.append(finding(source, rule, 0 if node is None else node.start, fix, key=repr(trail)))
        return found

    return relint


def containers(yaml: YamlText) -> list[tuple[int, Trail]]:
    """The `containers` items at the top or in `spec` of each document."""
    found: list[tuple[int, Trail]] = []
    for document in yaml.documents:
        for above in ((), ("spec",)):
            items = child(descend(document.root, above), "containers")
            if isinstance(items, Items):
                found += [(document.index, (*above, "containers", at)) for at in range(len(items.items))]
    return found


def wanted_keys(*keys: tuple[Trail, object], safe: bool = True) -> Relint:
    """Each container must have each value at its path; the fix sets it."""

    def plans(yaml: YamlText) -> Iterable[Plan]:
        for document, trail in containers(yaml):
            root = yaml.documents[document].root
            for path, value in keys:
                node = descend(root, (*trail, *path))
                if node is None or (not isinstance(node, Mapping | Items) and node.value != value):
                    change = Change("set", document, (*trail, *path), value)
                    yield "want-" + "-".join(map(str, path)), trail, (change,), safe

    return yaml_rules(plans)


def text_rule(rule: str, pattern: str, replacement: str) -> Relint:
    """Every match of the pattern is a finding; the fix replaces it."""

    def relint(source: Source) -> list[Finding]:
        return [
            finding(
                source,
                rule,
                match.start(),
                Fix(f"fix {rule}", True, (Edit(match.start(), match.end(), match.expand(replacement)),)),
                key=str(index),
            )
            for index, match in enumerate(re.finditer(pattern, source.text))
        ]

    return relint


def together(*rules: Relint) -> Relint:
    return lambda source: [one for rule in rules for one in rule(source)]
