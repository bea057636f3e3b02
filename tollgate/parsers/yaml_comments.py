"""Comments of a YAML file: found in the gaps between tokens, never inside a scalar."""

from __future__ import annotations

import re
from collections.abc import Sequence as Seq

from tollgate.model.documents import Document
from tollgate.model.node import Entry, Mapping, Node, Scalar, Sequence
from tollgate.model.source import Source, Span
from tollgate.model.target import Comment
from tollgate.parsers.yaml_spans import block_scalar_body
from tollgate.parsers.yaml_split import BREAKS, after_blanks_and_comments

_COMMENT = re.compile(rf"#[^{BREAKS}]*")


def find_comments(source: Source, documents: Seq[Document], opaque: Seq[Span]) -> Seq[Comment]:
    """Every comment of the documents that could be read; `opaque` spans are not looked into."""
    text = source.text
    if "#" not in text:
        return ()
    closed = list(opaque)
    for document in documents:
        if document.state in ("broken", "template"):
            closed.append(Span(document.start, document.end))
        elif document.root is not None:
            closed.extend(_scalar_spans(text, document.root))
    closed.sort()
    comments: list[Comment] = []
    at = 0
    for span in (*closed, Span(len(text), len(text))):
        while at < span.start:
            found = _COMMENT.search(text, at, span.start)
            if found is None:
                break
            comments.append(_comment(source, found.start(), found.end()))
            at = found.end()
        at = max(at, span.end)
    return comments


def _scalar_spans(text: str, root: Node) -> list[Span]:
    """Spans of everything in which `#` is no comment: keys and scalar values, where they are written."""
    spans: list[Span] = []
    seen: set[int] = set()
    todo: list[Node] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, Scalar):
            start = block_scalar_body(text, node.start, node.end) if node.style in ("|", ">") else node.start
            spans.append(Span(start, node.end))
        elif id(node) in seen:
            continue
        elif isinstance(node, Mapping):
            seen.add(id(node))
            for entry in _written_entries(node):
                spans.append(Span(entry.key_start, entry.key_end))
                if entry.alias is None:
                    todo.append(entry.value)
        elif isinstance(node, Sequence):
            seen.add(id(node))
            aliases = node.aliases or {}
            todo.extend(item for index, item in enumerate(node.items) if index not in aliases)
    return [span for span in spans if span.start < span.end]


def _written_entries(mapping: Mapping) -> list[Entry]:
    entries = [entry for entry in mapping.entries.values() if entry.alias is None or not entry.alias.merged]
    entries.extend(entry for _, entry in mapping.shadowed or ())
    entries.extend(mapping.merges or ())
    return entries


def _comment(source: Source, start: int, end: int) -> Comment:
    text = source.text
    position = source.position(start)
    line_start = source.line_starts[position.line - 1]
    line = position.line
    if not text[line_start:start].strip():
        following = after_blanks_and_comments(text, end, len(text))
        line = line if following is None else source.position(following).line
    return Comment(start, end, text[start:end].lstrip("#").strip(), line, line)
