"""The same objects, written as JSON of many lines in a List: every rule finds as much as in the YAML.

Their first examples are enough: the forms differ in the reader, the secret pass and the index.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tollgate import catalog
from tollgate.model.documents import YamlText
from tollgate.model.markers import strip_markers
from tollgate.model.node import to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml
from tollgate.rule_examples import Case, all_cases, lint_example

CASES = [
    case
    for case in all_cases(catalog.rules(texts=True))
    if case.number == 1 and case.rule.category.startswith("kubernetes/") and case.example.file is None
]


def found(case: Case, text: str) -> Counter[str | None]:
    return Counter(one.object_name for one in lint_example(case, text) if one.rule == case.rule.name)


def as_list(yaml: YamlText) -> str:
    items = [to_plain(document.root) for document in yaml.documents if document.root is not None]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_json_is_as_good_as_yaml(case: Case) -> None:
    for text in (case.example.bad, case.example.good):
        if text:
            written = strip_markers(text).text
            yaml = parse_yaml(decode("manifest.yaml", written.encode("utf-8", "surrogateescape")))
            assert found(case, as_list(yaml)) == found(case, written)
