"""Comments of a YAML file: found in the gaps between tokens, never inside a scalar."""

from __future__ import annotations

from collections.abc import Sequence as Seq

from tollgate.model import lazy_re as re
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
    return _with_lines(source, _in_gaps(text, closed))


def _in_gaps(text: str, closed: Seq[Span]) -> list[Span]:
    """Comments outside the sorted spans."""
    found: list[Span] = []
    at = 0
    for span in (*closed, Span(len(text), len(text))):
        while at < span.start:
            comment = _COMMENT.search(text, at, span.start)
            if comment is None:
                break
            found.append(Span(comment.start(), comment.end()))
            at = comment.end()
        at = max(at, span.end)
    return found


def _with_lines(source: Source, spans: Seq[Span]) -> list[Comment]:
    """Comments with the line each covers: its own, or that of the next content if it stands alone.

    From the last to the first, so that a long run of comments is looked through only once.
    """
    text = source.text
    comments: list[Comment] = []
    next_start, next_content = len(text), len(text)
    for start, end in reversed(spans):
        between = after_blanks_and_comments(text, end, next_start)
        content = next_content if between is None else between
        line = source.position(start).line
        line_start = source.line_starts[line - 1]
        covered = line
        if content < len(text) and not text[line_start:start].strip():
            covered = source.position(content).line
        comments.append(Comment(start, end, text[start:end].lstrip("#").strip(), covered, covered))
        next_start, next_content = start, content
    comments.reverse()
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
