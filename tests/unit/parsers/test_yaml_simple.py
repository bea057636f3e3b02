"""The reader of simple YAML against libyaml: either both build the very same tree, or the first gives up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from tollgate.model.documents import Limits
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Mapping, Node, Scalar, Sequence, to_plain
from tollgate.model.source import decode
from tollgate.parsers import parse
from tollgate.parsers.yaml import parse_yaml
from tollgate.parsers.yaml_libyaml import build
from tollgate.parsers.yaml_lines import NotSimpleError
from tollgate.parsers.yaml_simple import read_simple
from tollgate.parsers.yaml_split import after_blanks_and_comments, cut_documents

_ROOT = Path(__file__).parents[3]
_FILES = sorted(
    path
    for folder in ("examples", "rules", "tests", ".github")
    for path in (_ROOT / folder).rglob("*")
    if path.suffix in (".yaml", ".yml")
)


def _described(root: Node | None) -> list[object]:
    """Everything that nodes hold, in an order that depends on nothing else. Iterative."""
    told: list[object] = []
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            entries = [(key, e.key_start, e.key_end, e.alias) for key, e in node.entries.items()]
            told.append(("mapping", node.start, node.end, node.flow, node.shadowed, node.merges, entries))
            todo += (entry.value for entry in node.entries.values())
        elif isinstance(node, Sequence):
            told.append(("sequence", node.start, node.end, node.flow, node.aliases, len(node.items)))
            todo += node.items
        elif isinstance(node, Scalar):
            kind = type(node.value).__name__
            told.append((kind, repr(node.value), node.start, node.end, node.style, node.tag))
        else:
            told.append(node)
    return told


def _keys(root: Node | None) -> set[str]:
    keys: set[str] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            keys.update(node.entries)
            todo += (entry.value for entry in node.entries.values())
        elif isinstance(node, Sequence):
            todo += node.items
    return keys


def _agreed(text: str, limits: Limits) -> int:
    """How many documents the simple reader reads; fails where libyaml's path does not say the same of one."""
    read = 0
    for piece in cut_documents(text):
        try:
            root, keys = read_simple(text, piece.start, piece.end, limits)
        except NotSimpleError:
            continue
        for compose in (False, True):
            builder = build(text, piece, limits, compose=compose)  # raises where it refuses
            assert _described(root) == _described(builder.root)
            assert keys == _keys(builder.root)
            assert builder.problems == []
            if root is not None:
                assert after_blanks_and_comments(text, builder.end, piece.end) is None
        read += 1
    return read


def _is_simple(text: str, limits: Limits = Limits()) -> bool:  # noqa: B008
    try:
        read_simple(text, 0, len(text), limits)
    except NotSimpleError:
        return False
    return True


def _texts_within(root: Node | None) -> Iterator[str]:
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            todo += (entry.value for entry in node.entries.values())
        elif isinstance(node, Sequence):
            todo += node.items
        elif isinstance(node, Scalar) and isinstance(node.value, str) and "\n" in node.value:
            yield node.value


def test_every_file_here_and_every_example_inside_is_read_as_by_libyaml() -> None:
    documents = simple = 0
    for path in _FILES:
        source = decode(path.name, path.read_bytes())
        parsed = parse_yaml(source, every_document=True)
        inside = [text for document in parsed.documents for text in _texts_within(document.root)]
        for text in (source.parser_text(), *inside):
            documents += len(cut_documents(text))
            simple += _agreed(text, Limits())
    assert simple > documents / 2, "hardly anything was compared"


_SIMPLE = {
    "block": "a:\n  b: 1\n  c:\n    - d\n    - e: 2\n      f:\n",
    "sequence at its key's column": "a:\n- b\n- c: 1\nd:\n- e\nf: g\n",
    "nothing": "# only\n\n   # comments",
    "empty": "",
    "nulls": "a:\nb: ~\nc:\n  -\n  - null\n",
    "quoted": '"a b": \'it\'\'s\'\nb: "x: # y"\nc: \'\'\nd: "a \\"b\\" \\\\ \\n\\t"\n',
    "comments": "a: b # c\n#d\n  # e\nf: # g\n  h: i#j\n",
    "flow": 'a: []\nb: {}\nc: [ALL, \'x, y\', -1, echo hi]\nd: {cpu: 50m, "k": "v", l: [{m: {}}]} # n\n',
    "literal": "a: |\n    x\n\n      # y\n   \n\nb: |-\n  z\n# c\nd:\n- |\n  w\n",
    "argument": "- --port=80\n- -v\n- http://a:80/?b=[c]\n",
    "words": "a: nan\nb: True\nc: 0x1F\nd: 1_0\ne: 1e3\nf: 08\ng: 2024-01-01\n0.5: x\n8080: z\n",
    "other scripts": 'a: 日本 # é\nb: "😀"\n',
    "indented": "  a: b\n  c:\n     - d\n",
    "no newline at the end": "a:\n  b: c",
    "no value at the end": "a:\n  - b:",
    "trailing blanks": "a:   \n  b: c   \n  d:  e \n   \n",
}

_NOT_SIMPLE = {
    "anchor": "a: &b c\n", "alias": "a: *b\n", "tag": "a: !!str 1\n", "merge": "<<: {a: b}\n",
    "quoted merge": '"<<": b\n', "equal keys": "a: 1\na: 2\n", "equal keys in flow": "a: {b: 1, b: 2}\n",
    "equal keys, apart": "a:\n  b: 1\nc: 2\na: 3\n", "tab": "a:\tb\n", "CR": "a: b\r\n",
    "NEL": "a: b\x85\n", "line separator": "a: b # \u2028c: d\n", "mark": "\ufeffa: b\n",
    "bell": "a: \x07\n", "nul": "a: \0\n", "no-break space": "a: \u00a0b\n", "bidi": "a: \u202eb\n",
    "undecodable": "a: \udc80\n", "plain over lines": "a: b\n  c\n", "quoted over lines": 'a: "b\n  c"\n',
    "folded": "a: >\n  b\n", "kept": "a: |+\n  b\n", "indicated": "a: |2\n  b\n",
    "empty block": "a: |\nb: c\n", "blank first line": "a: |\n\n  b\n",
    "block at its key's column": "a: |\nb\n", "block cut off": "a: |\n  b",
    "block then deeper": "a: |\n    b\n  c: d\n", "complex key": "? a\n: b\n", "directive": "%YAML 1.1\n",
    "end": "a: b\n...\n", "scalar": "a\n", "two keys": "a: b: c\n", "item in item": "- - a\n",
    "kubectl's word": "a: yes\n", "kubectl's word as a key": "on: a\n",
    "number that kubectl rewrites": "0x10: a\n", "null key": "~: a\n", "infinity": "a: .inf\n",
    "not a number": "a: [.nan]\n", "unknown escape": 'a: "\\x41"\n', "flow key": "[a]: b\n",
    "flow alone": "{a: b}\n", "open flow": "a: [b\n", "wrong bracket": "a: [b}\n",
    "comma at the end": "a: [b, ]\n", "no value in flow": "a: {b}\n", "pair in a list": "a: [b: c]\n",
    "colon in flow": "a: [b:c]\n", "text after flow": "a: [b] c\n", "text after quote": 'a: "b" c\n',
    "comment without blank": 'a: "b"#c\n', "dedent to no column": "a:\n    b: c\n  d: e\n",
    "left of the root": "  a: b\nc: d\n", "deeper after a value": "a: b\n  c: d\n",
    "key in a list": "- a\nb: c\n", "item in a mapping": "a: b\n- c\n", "blank before colon": "a : b\n",
    "reserved": "a: @b\n", "percent": "a: %b\n", "question mark": "a: ?b\n",
    "no blank after colon": "a:b\n", "template": "a: {{ b }}\n", "open quote": "a: 'b\n",
}  # fmt: skip


@pytest.mark.parametrize("text", _SIMPLE.values(), ids=_SIMPLE)
def test_simple_text_is_read_without_libyaml(text: str) -> None:
    assert _is_simple(text)
    assert _agreed(text, Limits()) == len(cut_documents(text))


@pytest.mark.parametrize("text", _NOT_SIMPLE.values(), ids=_NOT_SIMPLE)
def test_all_else_is_left_to_libyaml(text: str) -> None:
    assert not _is_simple(text)


def test_what_it_reads_is_what_is_written() -> None:
    (document,) = parse_yaml(decode("a.yaml", _SIMPLE["block"].encode())).documents
    assert to_plain(document.root) == {"a": {"b": 1, "c": ["d", {"e": 2, "f": None}]}}


def test_documents_are_told_apart_one_by_one() -> None:
    text = "a: 1\n--- # one\nb: &x 2\nc: *x\n---\n\n---\nd:\n  - 3\n"
    parsed = parse_yaml(decode("a.yaml", text.encode()))
    assert [to_plain(document.root) for document in parsed.documents] == [
        {"a": 1},
        {"b": 2, "c": 2},
        None,
        {"d": [3]},
    ]
    assert [document.state for document in parsed.documents] == ["ok", "ok", "empty", "ok"]


def test_the_keys_of_a_file_are_known_whoever_reads_its_documents() -> None:
    file = parse(
        decode("a.yaml", b"a: {b: 1}\n---\nc: &x\n  d: *y\n---\ne: &x\n  f: *x\n---\ng: &x {h: 1}\n"), "yaml"
    )
    assert isinstance(file, ManifestFile)
    assert file.keys == {"a", "b", "g", "h"}


@pytest.mark.parametrize("nesting", [1, 2, 3, 4])
def test_the_bound_on_nesting_holds(nesting: int) -> None:
    for text in ("a:\n  b:\n    - c: d\n", "a: [[b]]\n", "- a: {b: [c]}\n", "a:\n- b:\n  - c\n"):
        _agreed(text, Limits(nesting=nesting))
    assert not _is_simple("a:\n b:\n  c:\n   d:\n    e: [f]\n", Limits(nesting=nesting))


def test_very_deep_and_very_long_texts_do_no_harm() -> None:
    assert not _is_simple("".join(f"{' ' * depth}a:\n" for depth in range(1_000)))
    assert not _is_simple(f"a: {'[' * 100_000}\n")
    assert not _is_simple("a: '" + "''" * 50_000 + "\n")
    assert not _is_simple("a: b" + " c" * 50_000 + ": d\n")
    assert _is_simple(f"a: [{', '.join('b' * 50_000)}]\n")
    assert not _is_simple("a: b\n" * 300_000)


_ODD = st.sampled_from([
    "yes", "~", "1", "0x10", "-1", "1.50", ".inf", "<<", '"q"', "'s'", "'it''s'", '"e\\n"', '"\\x41"',
    "a  b", "a: b", "a:b", "a #b", "a# b", "#c", "-", "- ", "- a", "- a: b", "- - a", "?", "? a", ":", ": ",
    "[a]", "[]", "{}", "{a: b}", "{a: 1, b: [x]}", "[a, b]", "[a", "{a: b", "[a]]", "{a: [}]", "[a,]",
    "{a}", "[a: b]", "[yes]", '["a", \'b\' ]', "{ a: b }", "{a:b}", '{"a":b}', "{a: b, a: c}", "[-a, - b]",
    "|", "|-", "|+", ">", "| # c", "|2", "&a x", "*a", "!t x", "%x", "@x", "é", "日本", "\u00a0", "\x85",
    "\u2028", "\ufeff", "\t", "\0", "\r", "...", "---", "--- a", "---a", "'a", '"a', "x'", "''", '""',
    '" a "', '"a # b"', "a [b]", "a]", "[a] b", "{{ x }}", "k: v", "k:", '"k": v', '"":', "~:", "1:", "on:",
    "k :", "a: 'b' # c", "a: 'b'#c", "a:  # c", "a\\",
])  # fmt: skip
_WORD = st.sampled_from(["a", "b", "c", "name", "k.d/e", "1", '"q"', "'s'"])
_VALUE = st.one_of(
    st.sampled_from(["", "v", "x y", "12", "true", '"z"', "|", "[a, b]", "{a: b}", "# c"]), _ODD
)
_SHAPE = st.sampled_from([
    "{w}: {v}", "{w}: {v}", "{w}:", "{w}:", "- {v}", "- {w}: {v}", "- {w}:", "-", "-   {w}: {v}", "  {v}",
    "{v}", "# {v}", "", "{w}: {v} # {w}", "{w}:   ", "{w}: {v}  ", "{w}: |", "- |-",
])  # fmt: skip


@st.composite
def _nearly_simple(draw: st.DrawFn) -> str:
    """Lines at related columns, most of them simple."""
    lines: list[str] = []
    column = 0
    for step in draw(st.lists(st.sampled_from([0, 0, 0, 2, 2, 2, -2, -2, 1, -1, -4]), max_size=12)):
        column = max(0, column + step)
        shape = draw(_SHAPE)
        lines.append(" " * column + shape.format(w=draw(_WORD), v=draw(_VALUE)))
    return "\n".join(lines) + draw(
        st.sampled_from(["\n", "\n", "", "\n\n", "  ", "\n  ", "\n#", "\n---\na: b\n"])
    )


@st.composite
def _changed(draw: st.DrawFn) -> str:
    """A part of an example with a few changes in it."""
    lines = draw(st.sampled_from(_MANIFESTS)).split("\n")
    first = draw(st.integers(0, max(len(lines) - 2, 0)))
    lines = lines[first : first + draw(st.integers(2, 30))]
    for _ in range(draw(st.integers(0, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        line = lines[index]
        at = draw(st.integers(0, len(line)))
        lines[index] = draw(
            st.sampled_from(["", f"  {line}", line[1:], line[2:], f"{line} ", line[:at], f"{line}\n{line}"])
            | _ODD.map(lambda odd, line=line, at=at: line[:at] + odd + line[at:])  # type: ignore[misc]
            | _ODD.map(lambda odd, line=line: f"{line.partition(':')[0]}: {odd}")  # type: ignore[misc]
        )
    return "\n".join(lines)


_MANIFESTS = [path.read_text() for path in _FILES if path.is_relative_to(_ROOT / "examples")]


@settings(max_examples=400)
@given(_nearly_simple() | _changed(), st.sampled_from([200, 200, 3]))
@example("a:\n  - b\n- c\n", 200)
@example("a: |\n  b\n   \n    ", 200)
@example("a:\n-\n  - b\n-\nc:\n", 200)
def test_generated_text_is_read_as_by_libyaml(text: str, nesting: int) -> None:
    _agreed(text, Limits(nesting=nesting))


def test_simple_documents_do_not_import_ruamel() -> None:
    code = (
        "import sys\n"
        "from tollgate.model.source import decode\n"
        "from tollgate.parsers import parse\n"
        "parse(decode('a.yaml', b'apiVersion: v1\\nkind: Pod\\nspec: {hostPID: true}\\n'), 'yaml')\n"
        "print([name for name in sys.modules if 'ruamel' in name])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"
