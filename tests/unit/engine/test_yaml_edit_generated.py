"""Edits of generated texts: the tree is as declared, everything else is untouched."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import HealthCheck, assume, event, given, settings, strategies as st

from tests.unit.engine.yaml_texts import changes_of, json_texts, trails, yaml_texts
from tollgate.engine.fix_proof import yaml_flaw
from tollgate.engine.yaml_edit import Planned, Refusal, plan_edits
from tollgate.engine.yaml_edit_changes import ChangeError, apply_changes
from tollgate.engine.yaml_edit_join import apply_edits
from tollgate.model.documents import YamlText
from tollgate.model.finding import Change, Edit
from tollgate.model.node import Mapping, Scalar, descend, to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

_COMMENT = re.compile(r"# c[0-9]+")
FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def read(text: str) -> YamlText:
    return parse_yaml(decode("a.yaml", text.encode()))


def fitting(yaml: YamlText, changes: list[Change]) -> bool:
    """Whether the tree has room for the changes."""
    try:
        for document in yaml.documents:
            mine = [change for change in changes if change.document == document.index]
            if mine:
                apply_changes(to_plain(document.root), mine)
    except ChangeError:
        return False
    return True


def keeps_comments(yaml: YamlText, change: Change) -> bool:
    """Whether a change has no reason to lose a comment: hidden duplicates go with theirs."""
    root = yaml.documents[change.document].root
    assert root is not None
    hidden = any(isinstance(node, Mapping) and node.shadowed for _, node in trails(root))
    if change.verb == "remove" or hidden:
        return False
    if change.verb == "set":
        old = descend(yaml.documents[change.document].root, change.path)
        return old is None or (isinstance(old, Scalar) and old.style not in {"|", ">"})
    return change.verb in {"append", "rename"}


def check(yaml: YamlText, changes: list[Change], edits: tuple[Edit, ...]) -> str:
    text = yaml.source.text
    new = apply_edits(text, edits)
    again = read(new)
    flaw = yaml_flaw(yaml, again, changes)
    assert flaw is None, (text, changes, new, flaw)
    if all(keeps_comments(yaml, change) for change in changes):
        lost = Counter(_COMMENT.findall(text)) - Counter(_COMMENT.findall(new))
        assert not lost, (text, changes, new)
    ends_bare = not text.endswith("\n") and "\n\n" not in text.replace("\r", "").replace(" ", "")
    if ends_bare and all(change.verb in {"set", "append", "rename"} for change in changes):
        assert not new.endswith("\n"), (text, changes, new)
    if "\r\n" in text and "\n" not in text.replace("\r\n", ""):
        assert "\n" not in new.replace("\r\n", ""), (text, changes, new)
    return new


def one_round(data: st.DataObject, text: str, most: int) -> None:
    yaml = read(text)
    able = [document for document in yaml.documents if document.state == "ok"]
    assume(able)
    document = data.draw(st.sampled_from(able))
    assert document.root is not None
    changes = data.draw(st.lists(changes_of(document.root, document.index), min_size=1, max_size=most))
    assume(fitting(yaml, changes))
    planned = plan_edits(yaml, changes)
    if isinstance(planned, Refusal):
        event("refused: " + planned.reason)
        return
    assert isinstance(planned, Planned)
    new = check(yaml, changes, planned.edits)
    sets = [change for change in changes if change.verb == "set"]
    if len(sets) == len(changes) == 1:
        second = plan_edits(read(new), changes)
        assert isinstance(second, Planned)
        assert second.edits == (), (text, changes, new)


@FEW
@given(st.data(), yaml_texts())
def test_block_style(data: st.DataObject, text: str) -> None:
    one_round(data, text, 1)


@FEW
@given(st.data(), yaml_texts())
def test_several_changes(data: st.DataObject, text: str) -> None:
    one_round(data, text, 4)


@FEW
@given(st.data(), yaml_texts(anchors=True))
def test_anchors(data: st.DataObject, text: str) -> None:
    one_round(data, text, 2)


@FEW
@given(st.data(), json_texts())
def test_json(data: st.DataObject, text: str) -> None:
    one_round(data, text, 3)
