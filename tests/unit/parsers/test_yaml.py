"""Documents, spans, problems and notes of YAML files. What values mean is test_yaml_oracle's matter."""

from __future__ import annotations

import pytest

from tollgate.model.documents import YamlText
from tollgate.model.node import Mapping, Scalar, Sequence, Trail, descend, place_of, to_plain
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

HEAD = "apiVersion: v1\nkind: Pod\n"


def read(text: str) -> YamlText:
    return parse_yaml(decode("file.yaml", text.encode("utf-8", "surrogateescape")))


def states(text: str) -> list[str]:
    return [document.state for document in read(text).documents]


def codes(text: str) -> list[str]:
    return [problem.code for problem in read(text).problems]


def written(text: str, trail: Trail = (), *, document: int = 0) -> str:
    """The source text of the value at a trail."""
    parsed = read(text)
    node = descend(parsed.documents[document].root, trail)
    assert node is not None
    return parsed.source.text[node.start : node.end]


def underlined(text: str) -> list[tuple[str, str]]:
    """Each problem's code with the text it stands on."""
    parsed = read(text)
    return [(problem.code, parsed.source.text[problem.start : problem.end]) for problem in parsed.problems]


# Documents


def test_documents_hold_the_offsets_of_their_text() -> None:
    text = f"---\n{HEAD}--- # next\na: 1\n---\n"
    parsed = read(text)
    assert [text[document.start : document.end] for document in parsed.documents] == [HEAD, "a: 1\n"]
    assert [document.index for document in parsed.documents] == [0, 1]


@pytest.mark.parametrize("text", ["", "---\n", "---", "---\n---\n"])
def test_nothing_between_separators_is_no_document(text: str) -> None:
    assert states(text) == []


def test_a_document_of_comments_is_empty() -> None:
    assert states("# only\n---\n\n# this\n") == ["empty", "empty"]


def test_a_broken_document_hides_no_other() -> None:
    text = f"{HEAD}---\n{HEAD}a: [\n---\n{HEAD}b: 1\n"
    assert states(text) == ["ok", "broken", "ok"]
    assert codes(text) == ["parse-error"]


def test_offsets_of_later_documents_are_offsets_into_the_file() -> None:
    text = f"{HEAD}---\na:\n  b: [x, 'y']\n"
    assert written(text, ("a", "b", 1), document=1) == "'y'"


def test_json_values_are_documents_of_exact_extent() -> None:
    text = ' {"a": [1, {"b": "x"}]}\n{"c": null}\n'
    parsed = read(text)
    assert [text[document.start : document.end] for document in parsed.documents] == [
        text[1:23],
        '{"c": null}',
    ]
    assert written(text, ("a", 1, "b")) == '"x"'
    assert [to_plain(document.root) for document in parsed.documents] == [{"a": [1, {"b": "x"}]}, {"c": None}]


def test_json_followed_by_yaml_documents_is_read() -> None:
    assert states('{"a": 1}\n---\nb: 1\n---\nc: 1\n') == ["ok", "ok", "ok"]


def test_flow_yaml_that_kubectl_takes_for_json_is_linted_and_said() -> None:
    text = "{apiVersion: v1, kind: Pod, spec: {hostPID: true}}\n"
    assert states(text) == ["ok"]
    assert underlined(text) == [("parse-error", "a")]


def test_a_template_that_begins_with_a_brace_is_a_template() -> None:
    text = "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n"
    parsed = read(text)
    assert [document.state for document in parsed.documents] == ["template"]
    assert [(note.kind, note.line) for note in parsed.notes] == [("template", 1)]
    assert not parsed.problems


# Spans


@pytest.mark.parametrize(
    ("text", "trail", "expected"),
    [
        ("a: b c  # no\n", ("a",), "b c"),
        ("a: 'b''c'\n", ("a",), "'b''c'"),
        ('a: "b\\\n  c"\nd: 1\n', ("a",), '"b\\\n  c"'),
        ("a: b\n  c\n\n  d\n\n# no\ne: 1\n", ("a",), "b\n  c\n\n  d"),
        ("a: {b: 1,\n c: 2} # no\n", ("a",), "{b: 1,\n c: 2}"),
        ("a: [b,\n c] # no\n", ("a",), "[b,\n c]"),
        ("a:\n  b: 1\n\n# no\nc: 1\n", ("a",), "b: 1"),
        ("a:\n  b: 1\n  c:\n    - x\n\n# no\nd: 1\n", ("a",), "b: 1\n  c:\n    - x"),
        ("a:\n- b\n- c\n\nd: 1\n", ("a",), "- b\n- c"),
        ("a:\n  - b: 1\n    c: 2\n\n  - d\n", ("a",), "- b: 1\n    c: 2\n\n  - d"),
        ("a:\n  - b: 1\n    c: 2\n\n  - d\n", ("a", 0), "b: 1\n    c: 2"),
        ("a:\n  b:\n\nc: 1\n", ("a",), "b:"),
        ("a:\n  -\n  -\n\nc: 1\n", ("a",), "-\n  -"),
        ("a:\n  ? b\n  ? c\n\nd: 1\n", ("a",), "? b\n  ? c"),
        ("a: {b}\n", ("a", "b"), ""),
        ("a:\nb: 1\n", ("a",), ""),
        ("a: 😀é # no\nb: c\n", ("b",), "c"),
        ("a: b\r\nc: d\r\n", ("c",), "d"),
        ("a: |\n  x\n\n    y  \n\n\nb: 1\n", ("a",), "|\n  x\n\n    y  "),
        ("a: >-  # why\n  x\nb: 1\n", ("a",), ">-  # why\n  x"),
        ("a: |+\n  x\n\n", ("a",), "|+\n  x"),
        ("a: |  # why\nb: 1\n", ("a",), "|"),
        ("a: |\n  x", ("a",), "|\n  x"),
        ("a: |\r\n  x\r\n\r\nb: 1\r\n", ("a",), "|\r\n  x"),
    ],
)
def test_a_span_is_the_text_of_the_value(text: str, trail: Trail, expected: str) -> None:
    assert written(text, trail) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("&a true", "true"),
        ("!!bool 'true'", "'true'"),
        ("&a !!bool true", "true"),
        ("!!str  &a  true", "true"),
        ("&a  # why\n  true", "true"),
        ("!<tag:yaml.org,2002:str> x", "x"),
        ("&a |\n  x", "|\n  x"),
        ("&a {b: 1}", "{b: 1}"),
        ("!t [b]", "[b]"),
        ("&a\n  b: 1\n  c: 2", "b: 1\n  c: 2"),
        ("&a\n- b", "- b"),
        ("&a\n  - b", "- b"),
        ("&a", ""),
        ("!!str", ""),
    ],
)
def test_a_span_begins_after_anchor_and_tag(value: str, expected: str) -> None:
    assert written(f"k: {value}\n", ("k",)) == expected


def test_keys_have_spans_without_anchor_and_tag() -> None:
    parsed = read("&a 'k': 1\n!!str l: 2\n? m\n: 3\n")
    root = parsed.documents[0].root
    assert isinstance(root, Mapping)
    spans = [parsed.source.text[entry.key_start : entry.key_end] for entry in root.entries.values()]
    assert spans == ["'k'", "l", "m"]


def test_styles_and_tags_are_kept_as_written() -> None:
    root = read("- a\n- 'a'\n- \"a\"\n- |\n  a\n- >\n  a\n- !t a\n").documents[0].root
    assert isinstance(root, Sequence)
    assert [(item.style, item.tag) for item in root.items if isinstance(item, Scalar)] == [
        ("", None), ("'", None), ('"', None), ("|", None), (">", None), ("", "!t"),
    ]  # fmt: skip


def test_colons_in_flow_scalars_change_no_place_and_no_style() -> None:
    text = "a: {image: nginx:1.25, b: &x true, c: *x}\nd: 'e'\n"
    assert written(text, ("a", "image")) == "nginx:1.25"
    assert written(text, ("a", "b")) == "true"
    assert written(text, ("d",)) == "'e'"
    root = read(text).documents[0].root
    assert isinstance(root, Mapping)
    value = root.get("d")
    assert isinstance(value, Scalar)
    assert value.style == "'"


def test_colons_in_flow_scalars_are_read_in_files_of_any_length() -> None:
    """Kubernetes reads them, whatever libyaml 0.1 says; nothing is read twice for each of them."""
    line = "- {image: nginx:1.25, args: [--listen=:8080, http://x:80/y], note: \ue000}\n"
    text = f"apiVersion: v1\nkind: Pod\nlist:\n{line * 4_000}"
    yaml = read(text)
    assert yaml.problems == []
    root = yaml.documents[0].root
    assert isinstance(root, Mapping)
    items = root.get("list")
    assert isinstance(items, Sequence)
    expected = {"image": "nginx:1.25", "args": ["--listen=:8080", "http://x:80/y"], "note": "\ue000"}
    assert to_plain(items.items[-1]) == expected


def test_an_error_after_colons_in_flow_scalars_is_the_one_that_is_told() -> None:
    [problem] = read("apiVersion: v1\nkind: Pod\na: {image: nginx:1.25}\nb: [1\n").problems
    assert problem.start == len("apiVersion: v1\nkind: Pod\na: {image: nginx:1.25}\nb: [")


def test_very_many_odd_colons_are_refused_after_a_few_looks() -> None:
    text = "apiVersion: v1\nkind: Pod\nlist: [" + "a\n :b, " * 10_000 + "]\n"
    assert [problem.code for problem in read(text).problems] == ["parse-error"]


# Aliases and merges


def test_an_alias_is_the_place_of_what_is_read_through_it() -> None:
    text = "a: &x {p: true}\nb: *x\nc: [1, *x]\n"
    root = read(text).documents[0].root
    assert root is not None
    for trail in (("b", "p"), ("c", 1, "p")):
        place = place_of(root, trail)
        assert place is not None
        assert place.anchor is not None
        assert text[place.start : place.end] == "*x"
        assert text[place.anchor.anchor_start : place.anchor.anchor_end] == "{p: true}"


def test_a_merged_value_knows_its_own_place_in_the_anchor() -> None:
    text = "a: &x {p: true, q: 1}\nb:\n  <<: *x\n  q: 2\n"
    root = read(text).documents[0].root
    assert root is not None
    place = place_of(root, ("b", "p"))
    assert place is not None
    assert place.anchor is not None
    assert place.anchor.merged
    assert text[place.start : place.end] == "*x"
    assert text[place.anchor.anchor_start : place.anchor.anchor_end] == "true"
    own = place_of(root, ("b", "q"))
    assert own is not None
    assert own.anchor is None
    assert text[own.start : own.end] == "2"


def test_a_mapping_merged_where_it_is_written_has_no_name() -> None:
    text = "b:\n  <<: {p: true}\n"
    root = read(text).documents[0].root
    assert root is not None
    place = place_of(root, ("b", "p"))
    assert place is not None
    assert place.anchor is not None
    assert place.anchor.name == ""
    assert text[place.start : place.end] == "true"


def test_hidden_entries_are_kept_in_document_order() -> None:
    root = read("a: &x {p: 1}\nb:\n  p: 2\n  p: 3\n  <<: *x\n  q: 4\n").documents[0].root
    mapping = descend(root, ("b",))
    assert isinstance(mapping, Mapping)
    assert [(key, to_plain(entry.value)) for key, entry in mapping.shadowed or ()] == [("p", 2), ("p", 3)]
    assert [to_plain(entry.value) for entry in mapping.merges or ()] == [{"p": 1}]
    assert to_plain(mapping) == {"p": 1, "q": 4}


# Problems


def test_a_duplicate_key_is_told_at_the_key_that_counts() -> None:
    parsed = read(f"{HEAD}spec:\n  a: 1\n  b: 2\n  'a': 3\n")
    (problem,) = parsed.problems
    assert problem.code == "duplicate-key"
    assert parsed.source.position(problem.start) == (6, 3)
    assert [parsed.source.position(related.start) for related in problem.related] == [(4, 3)]
    assert "`a`" in problem.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes: 1\n'true': 2\n", [("read-differently", "yes"), ("duplicate-key", "'true'")]),
        ("a: &x {p: 1}\nb: {<<: *x, <<: *x}\n", [("duplicate-key", "<<")]),
        ("a: &x {p: 1}\nb: {<<: *x, p: 2}\n", []),
        ("a: &x {p: 1}\nb: {p: 1, <<: *x}\n", []),
        ("a: &x {p: 1}\nb: {p: 2, <<: *x}\n", [("read-differently", "2")]),
        ("a: &x {p: 1}\nb: {p: 2, <<: *x, p: 3}\n", [("read-differently", "2"), ("duplicate-key", "p")]),
        ("a: &x {p: 1}\nb: {p: 2, <<: {p: 1}}\n", [("read-differently", "2")]),
        ("a: &x {p: 1}\nc: &y 2\nb: {p: *y, <<: *x}\n", [("read-differently", "*y")]),
        ("a: yes\n", [("read-differently", "yes")]),
        ("a: [n, 'y', true]\n", [("read-differently", "n")]),
        ("y: 1\n", [("read-differently", "y")]),
        ("'y': 1\nx: 2\n", []),
        ("0x10: 1\n", [("read-differently", "0x10")]),
        ("80: 1\n", []),
    ],
)
def test_what_kubectl_and_kustomize_read_differently(text: str, expected: list[tuple[str, str]]) -> None:
    assert underlined(HEAD + text) == expected


def test_a_message_names_the_last_key_on_the_way() -> None:
    (problem,) = read(f"{HEAD}spec:\n  flags:\n    - - off\n").problems
    assert problem.message.startswith("`flags`: ")


def test_problems_are_told_of_manifests_only() -> None:
    text = "on: push\njobs: yes\njobs: 2\n"
    assert codes(text) == []
    every = parse_yaml(decode("file.yaml", text.encode()), every_document=True)
    assert [problem.code for problem in every.problems] == [
        "read-differently",
        "read-differently",
        "duplicate-key",
    ]


def test_text_after_the_end_of_a_document_is_told() -> None:
    assert underlined(f"{HEAD}...\n# fine\n  spec: {{}} \nx: 1\n") == [
        ("text-after-document-end", "spec: {}")
    ]
    assert codes(f"{HEAD}...\n# fine\n\n---\n{HEAD}") == []


def test_a_manifest_after_the_end_of_another_document_is_told() -> None:
    assert codes(f"a: 1\n...\n{HEAD}") == ["text-after-document-end"]
    assert codes("a: 1\n...\nb: 2\n") == []


def test_a_second_json_object_that_kubectl_drops_is_told() -> None:
    text = f'{HEAD}---\n{{"apiVersion": "v1", "kind": "A"}}\n{{"kind": "B"}}\n'
    assert underlined(text) == [("text-after-document-end", '{"kind": "B"}')]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}a: [b\n", "b"),
        (f'{HEAD}a: "b\nc: d\n', '"'),
        (f"{HEAD}a: b: c\n", ":"),
        (f"{HEAD}\ta: b\n", "\t"),
        (f"{HEAD}a: *b\n", "*b"),
        (f"{HEAD}a: .inf\n", ".inf"),
        (f"{HEAD}a: !!int b\n", "b"),
        (f"{HEAD}? [a]\n: b\n", "["),
        (f"{HEAD}a: é\x07b\n", "\x07"),
        (f"{HEAD}--- text\n{HEAD}", "---"),
        (f"%YAML 1.2\r---\r{HEAD}", "%"),
    ],
)
def test_a_parse_error_stands_where_it_is(text: str, expected: str) -> None:
    assert underlined(text) == [("parse-error", expected)]


def test_a_parse_error_quotes_no_value() -> None:
    secret = "hunter2secret"
    for value in (f"'{secret}", f"[{secret}", f"!!int {secret}", f"{secret}: {secret}: x", f"*{secret}x {{"):
        for problem in read(f"{HEAD}a: {value}\n").problems:
            assert secret not in problem.message or value.startswith("*")


def test_broken_yaml_that_names_no_manifest_is_only_noted() -> None:
    parsed = read("kind: x\na: [\n")
    assert not parsed.problems
    assert [(note.kind, note.line) for note in parsed.notes] == [("skipped", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "'apiVersion': v1\n\"kind\" : Pod\na: [\n",
        '{"apiVersion":"v1","kind":"Pod","a":[}',
        '{\n  "apiVersion": "v1",\n  "kind": "Pod",\n  "a": [}\n',
        "  apiVersion: v1\n  kind: Pod\n  a: [\n",
        "\ufeffapiVersion: v1\nkind: Pod\na: [\n",
    ],
)
def test_broken_yaml_that_names_a_manifest_is_told_however_quoted(text: str) -> None:
    assert codes(text) == ["parse-error"]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (f"{HEAD}a: {{{{ .x }}}}\n", "template"),
        (f"{HEAD}{{{{- if .x }}}}\na: 1\n{{{{- end }}}}\n", "template"),
        (f"{HEAD}a: '{{{{ .x }}}}'\n", "ok"),
        (f"{HEAD}a: b  # {{{{ .x }}}}\n", "ok"),
        (f"{HEAD}a: [  # {{{{ .x }}}}\n", "broken"),
        (f"{HEAD}a: '{{{{ .x }}}}'\nb: [\n", "broken"),
        (f"{HEAD}a: b {{{{ .x }}}}\n", "ok"),
    ],
)
def test_a_template_is_what_no_reader_reads_and_holds_braces(text: str, state: str) -> None:
    assert states(text) == [state]


def test_utf16_without_mark_is_no_encoding_that_kubectl_reads() -> None:
    parsed = parse_yaml(decode("file.yaml", f"{HEAD}a: 1\n".encode("utf-16-le")))
    assert [problem.code for problem in parsed.problems] == ["not-linted-encoding"]


def test_problems_stand_in_the_order_of_the_text() -> None:
    parsed = read(f"{HEAD}a: yes\nb: no\na: 1\n--- x\n{HEAD}c: [\n---\n{HEAD}z: on\n")
    starts = [problem.start for problem in parsed.problems]
    assert len(starts) == 5
    assert starts == sorted(starts)


# Hidden text


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200b", "\u200e", "\u00ad", "\u2028", "\u0085", "\U000e0041"]
)
def test_invisible_characters_are_told(hidden: str) -> None:
    assert underlined(f"{HEAD}a: 'b{hidden}c'\n") == [("hidden-text", hidden)]
    assert underlined(f"{HEAD}a: b # x{hidden}c: d\n") == [("hidden-text", hidden)]


def test_live_yaml_behind_a_carriage_return_is_told() -> None:
    text = f"{HEAD}a: 1 # note\rprivileged: true\n"
    assert underlined(text) == [("hidden-text", "\r")]
    root = read(text).documents[0].root
    assert to_plain(descend(root, ("privileged",))) is True


@pytest.mark.parametrize(
    "text",
    [
        "a: b\r\nc: d\r\n",
        "a: 👩\u200d💻 and नमस्\u200cते\n",
        "a: \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\n",
        "a: é ü ß 漢字\n",
    ],
)
def test_text_of_other_scripts_is_no_trick(text: str) -> None:
    assert codes(HEAD + text) == []
    assert codes("\ufeff" + HEAD + text) == []


def test_hidden_text_is_told_once_a_line() -> None:
    assert codes(f"{HEAD}a: \u200bb\u200bc\u200b\nd: \u200b\n") == ["hidden-text", "hidden-text"]
