"""The comments of a Dockerfile with the lines that a suppression in each covers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from tollgate.model.dockerfile import Dockerfile, HereDocument, Instruction
from tollgate.model.source import Source, Span
from tollgate.model.target import Comment


def find_comments(dockerfile: Dockerfile) -> Sequence[Comment]:
    """All comments in order of place.

    One alone before an instruction covers its lines, here-documents left out; one inside a
    continuation covers the instruction's next line; one inside a here-document that line's next,
    if it is of the same here-document. Where nothing follows, it covers its own line only.
    """
    source = dockerfile.source
    found = _between_instructions(dockerfile)
    for item in dockerfile.instructions:
        found += _before_pieces(source, item)
        for here in (item.onbuild or item).heredocs:
            found += _inside_here_document(source, here)
    return sorted(found)


def _comment(source: Source, span: Span, first: int, last: int) -> Comment:
    text = source.text[span.start : span.end].lstrip("#").strip()
    return Comment(span.start, span.end, text, first, last)


def _line(source: Source, offset: int) -> int:
    return source.position(offset).line


def _between_instructions(dockerfile: Dockerfile) -> list[Comment]:
    source = dockerfile.source
    starts = [item.keyword_span.start for item in dockerfile.instructions]
    found: list[Comment] = []
    target: tuple[int, int] | None = None
    below = len(source.text)
    for span in reversed(dockerfile.file_comments):
        at = bisect_left(starts, span.end)
        following = min(below, starts[at]) if at < len(starts) else below
        if not _adjacent(source, span, following):
            target = None
        elif following != below:
            item = dockerfile.instructions[at]
            target = _line(source, following), _line(source, max(item.head_end - 1, following))
        own = _line(source, span.start)
        found.append(_comment(source, span, *(target or (own, own))))
        below = span.start
    return found


def _adjacent(source: Source, comment: Span, start: int) -> bool:
    """Whether nothing but one line break and blanks stand between the comment and `start`."""
    between = source.text[comment.end : start]
    return not between.strip() and between.count("\n") == 1


def _before_pieces(source: Source, item: Instruction) -> list[Comment]:
    """The comments inside an instruction. From the last one up, so that of thousands in a row each looks
    no further than the next."""
    found = []
    below = item.head_end
    covered: int | None = None
    for span in reversed(item.comments):
        covered = _next_piece(source, span.end, below) or covered
        own = _line(source, span.start)
        found.append(_comment(source, span, covered or own, covered or own))
        below = span.start
    return found


def _next_piece(source: Source, offset: int, end: int) -> int | None:
    """The first line behind a comment that has text before `end`."""
    at = _next_line(source, offset)
    while at < end:
        following = _next_line(source, at)
        text = source.text[at:following]
        start = at + len(text) - len(text.lstrip())
        if text.strip() and start < end:
            return _line(source, start)
        at = following
    return None


def _next_line(source: Source, offset: int) -> int:
    found = source.text.find("\n", offset)
    return len(source.text) if found < 0 else found + 1


def _inside_here_document(source: Source, here: HereDocument) -> list[Comment]:
    found = []
    at = here.start
    while at < here.end:
        following = _next_line(source, at)
        line = source.text[at:following]
        bare = line.strip()
        if bare.startswith("#") and not bare.startswith("#!"):
            start = at + line.index("#")
            number = _line(source, start)
            covered = number + 1 if following < here.end else number
            found.append(_comment(source, Span(start, start + len(bare)), covered, covered))
        at = following
    return found
