"""Properties of the YAML reader over generated trees, texts and bytes."""

from __future__ import annotations

import io
import json

from hypothesis import given, strategies as st
from ruamel.yaml import YAML

from tests.oracle.kubectl_cases import VALUES
from tollgate.model.node import Mapping, Node, Sequence, to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF, exclude_categories=["Cc", "Cs", "Zl", "Zp"])
)
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False, width=32)
_TREES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_FRAGMENTS = st.sampled_from([
    *VALUES, "a", "b: ", "- ", "? ", ": ", "[", "]", "{", "}", ", ", "&x ", "*x", "<<: ", "!!str ", "'",
    '"', "|\n", "#", "\n", "\n  ", "\n---\n", "\n...\n", "--- ", "\t", "\r", "\r\n", "\u2028", "\x85",
    "\ufeff", "\0", "%YAML 1.1\n", "apiVersion: v1\nkind: Pod\n", '{"a": ', '\\u00e9"', "\udc80", "{{ ",
])  # fmt: skip


def _ruamel(tree: object, *, flow: bool | None, width: int) -> str:
    """The tree as ruamel.yaml writes it, with every string quoted: its own plain style follows YAML 1.2."""
    emitter = YAML(typ="safe", pure=True)
    emitter.default_flow_style = flow
    emitter.width = width
    emitter.representer.add_representer(
        str, lambda representer, text: representer.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    )
    written = io.StringIO()
    emitter.dump({"tree": tree}, written)
    return written.getvalue()


def _read_one(text: str) -> Node | None:
    (document,) = parse_yaml(decode("file.yaml", text.encode())).documents
    assert document.state == "ok"
    return document.root


@given(_TREES, st.sampled_from([True, False, None]), st.sampled_from([20, 4096]))
def test_what_ruamel_writes_is_read_back(tree: object, flow: bool | None, width: int) -> None:
    assert to_plain(_read_one(_ruamel(tree, flow=flow, width=width))) == {"tree": tree}


@given(_TREES, st.sampled_from([None, 2]), st.booleans())
def test_json_is_read_as_json(tree: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps({"tree": tree}, indent=indent, ensure_ascii=ascii_only)
    assert to_plain(_read_one(text)) == {"tree": tree}


@given(_TREES)
def test_json_inside_yaml_is_read_as_kubectl_reads_it(tree: object) -> None:
    text = f"tree: {json.dumps(tree, ensure_ascii=False)}\n"
    assert to_plain(_read_one(text)) == {"tree": tree}


@given(_TREES, st.sampled_from([True, False]))
def test_spans_nest_and_slice_back_to_their_scalars(tree: object, flow: bool) -> None:
    text = _ruamel(tree, flow=flow, width=4096)
    todo: list[tuple[Node | None, int, int]] = [(_read_one(text), 0, len(text))]
    while todo:
        node, start, end = todo.pop()
        assert node is not None
        assert start <= node.start <= node.end <= end
        if isinstance(node, Mapping):
            for key, entry in node.entries.items():
                assert to_plain(_read_one(text[entry.key_start : entry.key_end])) == key
                assert entry.key_end <= entry.value.start
                todo.append((entry.value, node.start, node.end))
        elif isinstance(node, Sequence):
            todo.extend((item, node.start, node.end) for item in node.items)
        elif not node.style:
            assert to_plain(_read_one(text[node.start : node.end])) == node.value


@given(st.lists(_FRAGMENTS, max_size=14).map("".join) | st.text())
def test_any_text_gives_an_answer(text: str) -> None:
    source = decode("file.yaml", text.encode("utf-8", "surrogatepass"))
    parsed = parse_yaml(source)
    size = len(source.text)
    for problem in parsed.problems:
        assert 0 <= problem.start <= problem.end <= size
    for document in parsed.documents:
        assert 0 <= document.start <= document.end <= size
        assert (document.root is not None) == (document.state == "ok")
    starts = [document.start for document in parsed.documents]
    assert starts == sorted(starts)
    for comment in parsed.comments():
        assert source.text[comment.start] == "#"


@given(st.binary())
def test_any_bytes_give_an_answer(data: bytes) -> None:
    source = decode("file.yaml", data)
    assert source.encode(source.text) == data
    parse_yaml(source).comments()


@given(st.lists(_FRAGMENTS, max_size=8).map("".join))
def test_a_document_does_not_hide_the_next(text: str) -> None:
    """Whatever stands before a separator, except JSON (one stream) and what ends in no new line."""
    if text.lstrip()[:1] == "{":
        text = "# no JSON\n" + text
    parsed = parse_yaml(decode("file.yaml", (text + "\n---\nlast: 1\n").encode("utf-8", "surrogatepass")))
    assert to_plain(parsed.documents[-1].root) == {"last": 1}
