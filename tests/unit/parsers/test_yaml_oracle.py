"""The reader against kubectl: its recorded answers everywhere, the program itself where it is present."""

from __future__ import annotations

import pytest

from tests.oracle.kubectl import ask, recorded
from tests.oracle.kubectl_cases import HEAD, MERGES, all_cases
from tests.tools import needs
from tollgate.model.documents import YamlText
from tollgate.model.node import to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

CASES = all_cases()
RECORDED = recorded()

LINTED_THOUGH_REFUSED = {
    "separator with text": "the text belongs to the next document, which is still linted",
    "separator with a dash": "no reader cuts here; kubectl refuses",
    "separator with flow": "the text belongs to the next document, which is still linted",
    "YAML directive 1.1": "the lines before the separator are a document that is broken",
    "YAML directive 1.2": "the lines before the separator are a document that is broken",
    "TAG directive": "the lines before the separator are a document that is broken",
    "separator in quotes": "the text after the separator is a document of its own",
    'value "a\\/b"': "libyaml 0.1 knows this escape, which is JSON's",
    "JSON and comment": "the JSON before it is linted",
    "JSON and garbage": "the JSON before it is linted",
    "JSON trailing comma": "YAML reads it",
    "JSON leading zero": "YAML reads it",
    "JSON tab in string": "YAML reads it",
    "JSON bad escape": "YAML reads it",
    "JSON with YAML words": "YAML reads it",
    "flow YAML first": "YAML reads it",
}
"""Cases whose documents are read although kubectl refuses the file, and why."""

NOT_SAID = {
    'value "a\\/b"',
    "template value",
    "YAML directive 1.1",
    "YAML directive 1.2",
    "TAG directive",
    "separator with flow",
}
"""The refused lines name no manifest, so that they are a note or nothing; a template is a note."""


def _read(data: bytes) -> YamlText:
    return parse_yaml(decode("file.yaml", data))


def _documents(text: YamlText) -> list[object]:
    plain = [to_plain(document.root) for document in text.documents if document.state == "ok"]
    return [value for value in plain if value is not None]


def _refused(text: YamlText) -> bool:
    return any(document.state in {"broken", "template"} for document in text.documents)


def _comparable(value: object) -> object:
    """The value with numbers as JSON compares them, and booleans apart from numbers."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", float(value))
    return value


def test_every_case_has_a_recorded_answer() -> None:
    assert RECORDED.keys() == CASES.keys()


@pytest.mark.parametrize("name", [name for name, answer in RECORDED.items() if answer is not None])
def test_reads_what_kubectl_reads(name: str) -> None:
    text = _read(CASES[name])
    assert _comparable(_documents(text)) == _comparable(RECORDED[name])
    assert not _refused(text)
    assert not [problem for problem in text.problems if problem.code == "parse-error"]


@pytest.mark.parametrize("name", [name for name, answer in RECORDED.items() if answer is None])
def test_refuses_what_kubectl_refuses(name: str) -> None:
    text = _read(CASES[name])
    if name not in LINTED_THOUGH_REFUSED:
        assert _documents(text) == []
        assert _refused(text)
    if name not in NOT_SAID:
        codes = {problem.code for problem in text.problems}
        assert codes & {"parse-error", "not-linted-encoding"}


KUBECTL_WAVERS = "merge yes: 1\n  'true': 2"
"""Keys that only collide once they are strings: kubectl takes them from a Go map, in any order (about one
run in twenty gives the first), so asking again proves nothing."""


@needs("kubectl")
def test_kubectl_still_answers_as_recorded() -> None:
    """One file with every merge that kubectl accepts, and a few files that it refuses."""
    accepted = [name for name in CASES if name.startswith("merge ") and RECORDED[name] is not None]
    accepted.remove(KUBECTL_WAVERS)
    assert len(accepted) > len(MERGES) / 2
    answer = ask(b"---\n".join(CASES[name] for name in accepted))
    assert answer == [document for name in accepted for document in RECORDED[name] or ()]
    for name in ("value .inf", "key ~", "merge <<: foo", "flow YAML first"):
        assert RECORDED[name] is None
        assert ask(CASES[name]) is None


@needs("kubectl")
def test_kubectl_reads_values_as_recorded() -> None:
    names = [name for name in CASES if name.startswith(("value ", "key ")) and RECORDED[name] is not None]
    assert ask(b"---\n".join(CASES[name] for name in names)) == [
        document for name in names for document in RECORDED[name] or ()
    ]


def test_the_head_of_the_cases_is_a_manifest() -> None:
    assert _documents(_read(HEAD.encode())) == [
        {"apiVersion": "t/v1", "kind": "T", "metadata": {"name": "a"}}
    ]
