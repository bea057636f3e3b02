"""The names without which a rule finds nothing: none too many, and no rule is lost by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tollgate import catalog
from tollgate.engine.run import find_hits
from tollgate.engine.select import RuleSet, rule_sets
from tollgate.marks import marks_of
from tollgate.model.documents import Limits
from tollgate.model.manifests import COMPUTED_FIELDS, NOUN_KEYS, ManifestFile
from tollgate.model.node import child
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.rule import Rule
from tollgate.model.source import decode
from tollgate.parsers import parse

POLICY = Policy(profile=("all",))


def _examples() -> Iterator[tuple[str, str]]:
    """Every manifest of the rules' examples, with the rule it is from."""
    for rule in catalog.rules(texts=True):
        if not rule.category.startswith("dockerfile"):
            for example in rule.examples:
                for text in (example.bad, example.good, *example.beside.values()):
                    if text is not None and "kind:" in text:
                        yield rule.name, text.replace("⟦", "").replace("⟧", "")


EXAMPLES = sorted(set(_examples()))


def _file(text: str) -> ManifestFile:
    file = parse(decode("a.yaml", text.encode()), "yaml", limits=Limits())
    assert isinstance(file, ManifestFile)
    return file


class _WithoutMarks(RuleSet):
    """Asks every rule, whatever a file holds."""

    def plan(self, kinds: frozenset[str], keys: frozenset[str] | None, *, not_about: str = "") -> Any:
        return super().plan(kinds, None, not_about=not_about)


def _sets() -> tuple[RuleSet, RuleSet]:
    rules = rule_sets(catalog.heads(), policy=POLICY, project=Project())("a.yaml")
    every = _WithoutMarks(rules._chosen, policy=POLICY, project=Project())
    return rules, every


RULES, EVERY_RULE = _sets()


def _found(file: ManifestFile, rules: RuleSet) -> list[tuple[str, int, int, str]]:
    hits = find_hits(file, rules, {"input": (), "secret": ()})
    return [(hit.ready.rule.name, hit.problem.start, hit.problem.end, hit.problem.key) for hit in hits]


def test_no_example_loses_a_finding_by_its_marks() -> None:
    assert len(EXAMPLES) > 1_000
    assert sum(bool(head.marks) for head in catalog.heads()) > 100
    for rule, text in EXAMPLES:
        assert _found(_file(text), RULES) == _found(_file(text), EVERY_RULE), rule


def test_a_mark_too_many_would_be_seen() -> None:
    """The test above can fail: with a mark that no file has, a rule's findings are gone."""
    heads = [
        head._replace(marks=(frozenset({"nobodyWritesThis"}),))
        if head.name == "privileged-container"
        else head
        for head in catalog.heads()
    ]
    wrong = rule_sets(heads, policy=POLICY, project=Project())("a.yaml")
    (text,) = [
        text for rule, text in EXAMPLES if rule == "privileged-container" and "privileged: true" in text
    ][:1]
    assert _found(_file(text), wrong) != _found(_file(text), EVERY_RULE)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([text for _, text in EXAMPLES]), min_size=1, max_size=4), st.data())
def test_files_of_several_objects_with_keys_gone_lose_nothing(texts: list[str], data: st.DataObject) -> None:
    lines = "\n---\n".join(texts).splitlines(keepends=True)
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=4))
    text = "".join(line for number, line in enumerate(lines) if number not in gone)
    assert _found(_file(text), RULES) == _found(_file(text), EVERY_RULE)


@pytest.mark.parametrize(
    ("rule", "marks"),
    [
        ({"select": "pod", "forbid": {"hostNetwork": {"is": True}}}, [["hostNetwork"]]),
        ({"select": "pod", "forbid": {"hostNetwork": {"absent": True}}}, []),
        ({"select": "pod", "forbid": {"hostNetwork": {"present": True}}}, [["hostNetwork"]]),
        ({"select": "pod", "forbid": {"a": {"is": 1, "optional": True}}}, []),
        ({"select": "pod", "forbid": {"a": {"not": {"present": True}}}}, [["a"]]),
        ({"select": "pod", "require": {"a": {"is": 1}}}, []),
        ({"select": "pod", "where": {"a.b": {"is": 1}}, "require": {"c": {"is": 1}}}, [["a"], ["b"]]),
        ({"select": "pod", "forbid": {"not": {"a": {"is": 1}}}}, []),
        ({"select": "pod", "forbid": {"any_of": [{"a": {"is": 1}}, {"b": {"is": 1}}]}}, [["a", "b"]]),
        ({"select": "pod", "forbid": {"any_of": [{"a": {"is": 1}}, {"b": {"absent": True}}]}}, []),
        ({"select": "pod", "forbid": {"a": {"is": 1}}, "unknown": "finding"}, []),
        ({"select": "container", "where": {"role": {"is": "init"}}, "check": "x.y"}, []),
        ({"select": "container", "where": {"effective.runAsUser": {"is": 0}}, "check": "x.y"}, []),
        ({"select": "container", "where": {"pod.hostPID": {"is": True}}, "check": "x.y"}, [["hostPID"]]),
        (
            {"select": "manifest", "where": {"kind": {"in": ["A", "B"]}}, "check": "x.y"},
            [["A", "B"], ["kind"]],
        ),
        ({"select": "manifest", "where": {"kind": {"in": ["$kinds"]}}, "check": "x.y"}, [["kind"]]),
        ({"select": "pod", "check": "x.y", "needs": ["a", "b"]}, [["a", "b"]]),
        ({"select": "manifest", "check": "x.y", "needs": ["Service"], "relational": True}, []),
        ({"select": "image", "forbid": {"reference": {"is": "x"}}}, []),
        ({"select": "instruction", "forbid": {"keyword": {"is": "ADD"}}}, []),
        ({"select": "pod", "forbid": {'a["{name}"]': {"is": 1}}}, []),
    ],
)
def test_marks_are_what_a_rule_cannot_do_without(rule: Mapping[str, Any], marks: list[list[str]]) -> None:
    assert marks_of(rule) == marks


def test_fields_of_the_nouns_with_marks_are_their_own_keys() -> None:
    """What `marks_of` relies on: a field that is not made up is a key of the file."""
    seen = set()
    for _, text in EXAMPLES:
        file = _file(text)
        for noun, made_up in COMPUTED_FIELDS.items():
            for target in file.select(noun):
                for key in file.keys - made_up:
                    field = target.field(key)
                    own = child(target.node, key)
                    if noun == "pod" and key == "metadata":
                        continue  # beside its spec
                    assert field is own, (noun, key)
                    seen.add(noun)
                for key in ("nobodyWritesThis", "type", "effective"):
                    if key not in file.keys and key not in made_up:
                        assert target.field(key) is None, (noun, key)
    assert seen == set(COMPUTED_FIELDS)


def test_a_noun_is_nowhere_without_its_keys() -> None:
    for _, text in EXAMPLES:
        file = _file(text)
        for noun, keys in NOUN_KEYS.items():
            if file.keys.isdisjoint(keys):
                assert not list(file.select(noun)), noun


def test_keys_are_those_of_all_mappings() -> None:
    file = _file('a: &x {"\\x62": [{c: 1}]}\n<<: *x\nd: *x\n---\n{e: {f: [[{g: null}]]}}\n')
    assert file.keys == {"a", "b", "c", "d", "e", "f", "g"}


def test_rules_that_nobody_knows_the_marks_of_are_always_asked() -> None:
    rule = next(one for one in catalog.rules() if one.name == "host-network")
    assert isinstance(rule, Rule)
    assert rule.marks == ()
    (head,) = (one for one in catalog.heads() if (one.name, one.select) == ("host-network", "pod"))
    assert head.marks == (frozenset({"hostNetwork"}),)


def test_a_file_without_the_marks_asks_no_rule_that_has_them() -> None:
    asked: Sequence[str] = [
        ready.rule.name
        for group in RULES.plan(frozenset({"Pod"}), frozenset({"kind", "spec", "containers", "name"}))
        for ready in group.ready
    ]
    assert "host-network" not in asked
    assert "memory-limit-missing" in asked
