"""Comments of Dockerfiles that say something to a tool."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile, Instruction
from tollgate.model.finding import Problem
from tollgate.model.rule import Context
from tollgate.model.source import Span
from tollgate.model.target import Target

_SUPPRESSIONS = re.compile(
    r"(?P<tollgate>tollgate:\s*ignore\[)"
    r"|(?P<hadolint>hadolint\s+(?:global\s+)?ignore\s*=)"
    r"|(?P<buildkit>check\s*=(?:[^#\n]*;)?\s*skip\s*=)"
    r"|(?P<checkov>checkov:\s*skip\s*=)"
    r"|(?P<trivy>(?:trivy|tfsec):ignore:)"
    r"|(?P<kics>kics-scan\s+(?:ignore|disable))"
    r"|(?P<semgrep>nosemgrep)"
)
_DESCRIPTIONS = "InvalidDefinitionDescription"


def suppressions(target: Target, _context: Context) -> Iterator[Problem]:
    """Every comment that silences a linter."""
    assert isinstance(target, Dockerfile)
    for comment in target.comments():
        found = _SUPPRESSIONS.match(comment.text)
        if found is not None:
            tool = str(found.lastgroup)
            words = " ".join(comment.text.split())
            yield Problem(comment.start, comment.end, fields={"tool": tool, "text": words}, key=tool)
    for directive in target.directives:
        if directive.name == "check" and "skip" in str(directive.value.value):
            fields = {"tool": "buildkit", "text": f"check={directive.value.value}"}
            yield Problem(directive.start, directive.end, fields=fields, key="buildkit")


def undescribed(target: Target, context: Context) -> Iterator[Problem]:
    """The comments right above an ARG or a named stage do not begin with its name."""
    assert isinstance(target, Dockerfile)
    if not context.options.get("always") and not _asked_for(target):
        return
    first = target.directives[-1].end if target.directives else 0
    ends = {span.end: span for span in target.file_comments if span.start >= first}
    for item in target.instructions:
        names = _names(item)
        above = _comments_above(target, item, ends) if names else []
        if above and not any(_first_word(target, one) in names for one in above):
            fields = {"name": names[0], "keyword": item.keyword}
            yield Problem(above[0].start, above[-1].end, fields=fields, key=f"{item.keyword} {names[0]}")


def _asked_for(file: Dockerfile) -> bool:
    """`# check=experimental=all`, or that names this check."""
    for directive in file.directives:
        for part in str(directive.value.value).split(";") if directive.name == "check" else ():
            name, _, value = part.partition("=")
            wanted = [text.strip() for text in value.split(",")]
            if name.strip().lower() == "experimental" and ("all" in wanted or _DESCRIPTIONS in wanted):
                return True
    return False


def _names(item: Instruction) -> list[str]:
    if item.keyword == "ARG":
        return [str(pair.key.value) for pair in item.pairs]
    stage = item.stage
    named = item.keyword == "FROM" and stage is not None and stage.name is not None
    return [str(stage.name.value)] if named and stage is not None and stage.name is not None else []


def _comments_above(file: Dockerfile, item: Instruction, ends: dict[int, Span]) -> list[Span]:
    """The comment lines that end on the line before the instruction, without a blank line between."""
    text = file.source.text
    found: list[Span] = []
    at = text.rfind("\n", 0, item.span.start)
    while at >= 0:
        line = text.rfind("\n", 0, at) + 1
        span = ends.get(at) or (ends.get(at - 1) if text[at - 1 : at] == "\r" else None)
        if span is None or text[line : span.start].strip():
            break
        found.append(span)
        at = line - 1
    return found[::-1]


def _first_word(file: Dockerfile, comment: Span) -> str:
    return file.source.text[comment.start : comment.end].lstrip("#").strip().partition(" ")[0]
