"""Edits of YAML text, one shape at a time."""

from __future__ import annotations

import pytest

from tollgate.engine.fix_proof import yaml_flaw
from tollgate.engine.yaml_edit import Planned, Refusal, edits_for, plan_edits
from tollgate.engine.yaml_edit_changes import ChangeError, Claims, apply_changes, same_plain
from tollgate.engine.yaml_edit_join import apply_edits
from tollgate.engine.yaml_edit_render import scalar_text
from tollgate.model.documents import YamlText
from tollgate.model.finding import Change
from tollgate.model.node import Trail, to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml


def read(text: str) -> YamlText:
    return parse_yaml(decode("a.yaml", text.encode()))


def set_at(path: str, value: object) -> Change:
    return Change("set", 0, trail(path), value)


def remove(path: str) -> Change:
    return Change("remove", 0, trail(path))


def trail(path: str) -> Trail:
    return tuple(int(key) if key.isdigit() else key for key in path.split("."))


def edited(text: str, *changes: Change) -> str:
    """The text after the changes; the tree is as declared."""
    yaml = read(text)
    planned = plan_edits(yaml, changes)
    assert isinstance(planned, Planned), planned
    new = apply_edits(text, planned.edits)
    assert yaml_flaw(yaml, read(new), changes) is None
    return new


def refused(text: str, *changes: Change) -> str:
    planned = edits_for(read(text), changes)
    assert isinstance(planned, Refusal), planned
    return planned.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("s:\n  a: 1 # x\n", "s:\n  a: 1 # x\n  k: false\n"),
        ("s:\n  a: 1", "s:\n  a: 1\n  k: false"),
        ("s:\r\n    a: 1\r\nz: 1\r\n", "s:\r\n    a: 1\r\n    k: false\r\nz: 1\r\n"),
        ("s:\n  a: 1\n  # b: 2\n# z\nz: 1\n", "s:\n  a: 1\n  # b: 2\n  k: false\n# z\nz: 1\n"),
        ("s:\n  a: |\n    t\n\nz: 1\n", "s:\n  a: |\n    t\n  k: false\n\nz: 1\n"),
        ("s:\n  a: |+\n    t\n\nz: 1\n", "s:\n  a: |+\n    t\n\n  k: false\nz: 1\n"),
        (
            "s:\n  a:\n    - b: {c: 1,\n        d: 2}\n",
            "s:\n  a:\n    - b: {c: 1,\n        d: 2}\n  k: false\n",
        ),
        ("s:\n", "s:\n  k: false\n"),
        ("s: # n\nz: 1\n", "s: # n\n  k: false\nz: 1\n"),
        ("s: {} # n\n", "s: # n\n  k: false\n"),
        ("s: ~\n", "s:\n  k: false\n"),
        ("s: null # n\n", "s: # n\n  k: false\n"),
        ("s: &x\nz: 1\n", "s: &x\n  k: false\nz: 1\n"),
        ("s: &x {a: 1}\n", "s: &x {a: 1, k: false}\n"),
        ("s: !!map {a: 1}\n", "s: !!map {a: 1, k: false}\n"),
        ("s: {a: 1,}\n", "s: {a: 1, k: false,}\n"),
        ("s: { a: [1] }\n", "s: { a: [1], k: false }\n"),
        ("s: {\n  a: 1, # a\n  b: 2 # b\n}\n", "s: {\n  a: 1, # a\n  b: 2, # b\n  k: false\n}\n"),
        ("s: {\n  a: 1, # a\n}\n", "s: {\n  a: 1, # a\n  k: false,\n}\n"),
        ("s: {a: 1,\n  b: 2}\n", "s: {a: 1,\n  b: 2, k: false}\n"),
        ("s: { # c\n}\n", "s: {k: false # c\n}\n"),
        ('{"s": {"a": 1}}', '{"s": {"a": 1, "k": false}}'),
        ('{\n  "s": {\n    "a": 1\n  }\n}\n', '{\n  "s": {\n    "a": 1,\n    "k": false\n  }\n}\n'),
        ("s:\n  k: true # n\n", "s:\n  k: false # n\n"),
        ('s:\n  k: !!bool "yes"\n', "s:\n  k: false\n"),
        ("s:\n  k: &x true\n", "s:\n  k: &x false\n"),
        ("s:\n  k: true\n  k: yes\n", "s:\n  k: true\n  k: false\n"),
        ("s:\n  k: |  # h\n    t\n    u\n  z: 1\n", "s:\n  k: false  # h\n  z: 1\n"),
        ("s:\n  k:\n    a: 1\n    # c\n  z: 1\n", "s:\n  k: false\n    # c\n  z: 1\n"),
        ("s:\n  k: a\n    b\n  z: 1\n", "s:\n  k: false\n  z: 1\n"),
        ("s: {k: }\n", "s: {k: false }\n"),
        ("s:\n  k: [a] # c\n", "s:\n  k: false # c\n"),
    ],
)
def test_set(old: str, new: str) -> None:
    assert edited(old, set_at("s.k", False)) == new
    assert edited(new, set_at("s.k", False)) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a:\n  k: 1 # c\n  z: 2\n", "a:\n  z: 2\n"),
        ("a:\n  # above\n  k: 1\n  z: 2\n", "a:\n  # above\n  z: 2\n"),
        ("a:\n  y: 1\n  k:\n    l: 2", "a:\n  y: 1"),
        ("a:\n  y: |\n    t\n  k: 1", "a:\n  y: |\n    t\n"),
        ("a:\n  k: 1 # c\nz: 2\n", "a: {}\nz: 2\n"),
        ("a: # n\n  k: 1\n", "a: {} # n\n"),
        ("a: &x\n  k: 1\n", "a: &x {}\n"),
        ("a: {k: 1, z: 2}\n", "a: {z: 2}\n"),
        ("a: {y: 0, k: 1}\n", "a: {y: 0}\n"),
        ("a: { k: 1 }\n", "a: {}\n"),
        ("a: {\n  y: 0, # y\n  k: 1 # k\n}\n", "a: {\n  y: 0 # y\n}\n"),
        ("a: {\n  k: 1, # k\n  y: 0 # y\n}\n", "a: {\n  y: 0 # y\n}\n"),
        ("a:\n  k: 1\n  k: 2\n  z: 3\n", "a:\n  z: 3\n"),
    ],
)
def test_remove_key(old: str, new: str) -> None:
    assert edited(old, remove("a.k")) == new


@pytest.mark.parametrize(
    ("old", "path", "new"),
    [
        ("c:\n- m: x # n\n  i: y\n", "c.0.m", "c:\n- i: y\n"),
        ("c:\n- m: x # n\n  # own\n  i: y\n", "c.0.m", "c:\n-\n  # own\n  i: y\n"),
        ("c:\n- m: x\n- z\n", "c.0.m", "c:\n- {}\n- z\n"),
        ("c:\n- m: x\n  i: y\n- z\n", "c.0", "c:\n- z\n"),
        ("c:\n  - a # c\n", "c.0", "c: []\n"),
        ("c:\n- - a\n  - b\n", "c.0.0", "c:\n- - b\n"),
        ("c: [a, b, c]\n", "c.1", "c: [a, c]\n"),
    ],
)
def test_remove_in_lists(old: str, path: str, new: str) -> None:
    assert edited(old, remove(path)) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("l:\n- a\n", 'l:\n- a\n- "yes"\n'),
        ("l:\n  - a # c\n  # d\n", 'l:\n  - a # c\n  # d\n  - "yes"\n'),
        ("l:\n  - 'a'", "l:\n  - 'a'\n  - 'yes'"),
        ("l: []\n", 'l:\n- "yes"\n'),
        ("l: [a]\n", 'l: [a, "yes"]\n'),
        ("x:\n  - 1\n", 'x:\n  - 1\nl:\n  - "yes"\n'),
        ("l:\n", 'l:\n- "yes"\n'),
        ("l:\n- - a\n", 'l:\n- - a\n- "yes"\n'),
    ],
)
def test_append(old: str, new: str) -> None:
    assert edited(old, Change("append", 0, ("l",), "yes")) == new


def test_items_mean_the_tree_before_all_changes() -> None:
    text = "l:\n- a\n- b\n- c\n"
    assert edited(text, remove("l.0"), remove("l.2"), Change("append", 0, ("l",), "d")) == "l:\n- b\n- d\n"


def test_missing_parents_are_one_insertion_in_the_files_own_indentation() -> None:
    text = "a:\n    b: 1\nl:\n    - x\n"
    changes = (set_at("a.s.drop", ["ALL"]), set_at("a.s.type", "1"))
    planned = plan_edits(read(text), changes)
    assert isinstance(planned, Planned)
    assert len(planned.edits) == 1
    assert edited(text, *changes) == (
        'a:\n    b: 1\n    s:\n        drop:\n            - ALL\n        type: "1"\nl:\n    - x\n'
    )


def test_rename_keeps_the_quotes_and_refuses_a_known_name() -> None:
    assert edited("a: 1\n'b': 2 # c\n", Change("rename", 0, ("b",), "x/y")) == "a: 1\n'x/y': 2 # c\n"
    assert edited("b: 2\n", Change("rename", 0, ("b",), "yes")) == '"yes": 2\n'
    assert "already" in refused("a: 1\nb: 2\n", Change("rename", 0, ("b",), "a"))


def test_move_takes_quotes_and_comments_along() -> None:
    text = "a:\n  x: 1\n  # why\n  k: |  # h\n    t\n\n    u\nb:\n    y: 2\n"
    new = "a:\n  x: 1\nb:\n    y: 2\n    # why\n    k: |  # h\n      t\n\n      u\n"
    assert edited(text, Change("move", 0, ("a", "k"), ("b", "k"))) == new
    assert edited("a: {k: 'v'}\nb:\n", Change("move", 0, ("a", "k"), ("b", "k"))) == "a: {}\nb:\n  k: v\n"


def test_only_the_named_document_changes() -> None:
    text = "# one\na: 1\n---\na: 1\n--- # three\na: 1\n"
    assert edited(text, Change("set", 1, ("b",), 2)) == "# one\na: 1\n---\na: 1\nb: 2\n--- # three\na: 1\n"


ANCHORED = "x: &a\n  p: true\nu:\n  <<: *a\n  q: 1\nz: *a\n"


def test_anchor_is_edited_if_every_use_agrees() -> None:
    everyone = [set_at(f"{name}.p", False) for name in "xuz"]
    planned = plan_edits(read(ANCHORED), everyone[1:2], same_finding=everyone)
    assert isinstance(planned, Planned)
    assert apply_edits(ANCHORED, planned.edits) == ANCHORED.replace("true", "false")
    assert set(planned.changes) == set(everyone)


def test_merged_key_gets_its_own_behind_the_merge() -> None:
    assert edited(ANCHORED, set_at("u.p", False)) == ANCHORED.replace("q: 1\n", "q: 1\n  p: false\n")
    assert edited(ANCHORED, set_at("u.new", 1)) == ANCHORED.replace("q: 1\n", "q: 1\n  new: 1\n")


def test_alias_token_is_replaced_whole_but_not_looked_into() -> None:
    assert edited(ANCHORED, set_at("z", 1)) == ANCHORED.replace("z: *a", "z: 1")
    assert "shared" in refused(ANCHORED, set_at("z.p", False))
    assert "shared" in refused(ANCHORED, set_at("x.p", False))
    assert "shared" in refused(ANCHORED, set_at("x.new", 1))


def test_an_anchor_in_use_is_not_removed() -> None:
    assert "anchor" in refused(ANCHORED, remove("x"))
    assert edited("a: &x 1\nb: *x\nc: 2\n", remove("b"), remove("a")) == "c: 2\n"


def test_removal_that_uncovers_a_merged_value_is_refused() -> None:
    assert "come to light" in refused("x: &a {p: 1}\nu:\n  <<: *a\n  p: 2\n", remove("u.p"))


@pytest.mark.parametrize(
    ("text", "change", "reason"),
    [
        ("? a\n: b: 1\n", set_at("c", 1), "`?`"),
        ("a: 1\n", remove("b"), "there is no `b`"),
        ("a: 1\n", set_at("a.b", 1), "nothing can stand below `a`"),
        ("a: [1]\n", set_at("a.5", 1), "there is no `5`"),
        ("a: 1\n", remove("a"), "nothing would be left"),
        ("a: |\n  t", set_at("b", 1), "without a line break"),
        ("a: 1\n", set_at("b", float("nan")), "endless number"),
        ("a: 1\n", Change("append", 0, ("a",), 1), "no list"),
    ],
)
def test_refusals_say_why(text: str, change: Change, reason: str) -> None:
    assert reason in refused(text, change)


def test_contradicting_changes_are_refused() -> None:
    assert "contradict" in refused("a: 1\n", set_at("b", {}), set_at("b.c", 1))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "y",
        "No",
        "NULL",
        "~",
        "1",
        "0x1",
        "1e3",
        "1_0",
        "1:30",
        "2024-01-01",
        ".5",
        ".inf",
        "-",
        "--- x",
        "=",
        "<<",
        "# c",
        "a #b",
        "a: b",
        "a:",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "`x",
        "[x",
        "{x",
        "a, b",
        "a]",
        "'",
        '"',
        "\\",
        "a\nb",
        "\t",
        " a",
        "a ",
        "é",
        "😀",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x07",
        "\u202e",
        "500m",
        "1Gi",
        "v1.2",
        "http://a:1/",
    ],
)
@pytest.mark.parametrize("template", ["k: {}\n", "k: [{}]\n", "k: {{a: {}}}\n", "- {}\n", "{}: 1\n"])
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_strings_read_back_as_they_are(value: str, template: str, quote: str) -> None:
    block = template in {"k: {}\n", "- {}\n", "{}: 1\n"}
    text = template.format(scalar_text(value, quote=quote, block=block))
    plain = to_plain(read(text).documents[0].root)
    while isinstance(plain, dict | list):
        plain = next(iter(plain)) if isinstance(plain, list) or template == "{}: 1\n" else plain.popitem()[1]
    assert plain == value


def test_changes_of_plain_trees_leave_the_old_one() -> None:
    old = {"a": {"b": [1, 2], "e": 3}, "c": None}
    new = apply_changes(old, [set_at("c.d", 1), remove("a.b.0"), Change("move", 0, ("a", "e"), ("c", "e"))])
    assert old == {"a": {"b": [1, 2], "e": 3}, "c": None}
    assert new == {"a": {"b": [2]}, "c": {"d": 1, "e": 3}}
    with pytest.raises(ChangeError):
        apply_changes(old, [Change("set", 0, ("a", "b", "x"), 1)])


def test_same_plain_tells_types_apart_at_any_depth() -> None:
    assert not same_plain({"a": 1}, {"a": True})
    assert not same_plain([1], [1.0])
    assert same_plain({"a": 1, "b": [None]}, {"b": [None], "a": 1})
    deep: object = 1
    other: object = 1
    for _ in range(100_000):
        deep, other = [deep], [other]
    assert same_plain(deep, other)


def test_claims() -> None:
    claims = Claims()
    assert claims.take([set_at("a.b", 1)])
    assert claims.take([set_at("a.c", 1)])
    assert claims.take([set_at("a.b", 1)])
    assert not claims.take([set_at("a.b", 2)])
    assert not claims.take([set_at("a", {})])
    assert not claims.take([remove("a.b.c")])
    assert claims.take([Change("append", 0, ("l",), 1)])
    assert claims.take([Change("append", 0, ("l",), 2)])
    assert not claims.take([remove("l")])
    assert claims.take([Change("set", 1, ("a",), {})])
