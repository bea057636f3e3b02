"""Parser directives that stand where nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile
from tollgate.model.finding import Problem
from tollgate.model.rule import Context
from tollgate.model.target import Target

_DIRECTIVE = re.compile(r"#[ \t]*(syntax|escape)[ \t]*=[ \t]*(\S+)[ \t]*\Z", re.IGNORECASE)
_FRONTEND = re.compile(r"(?:[a-z0-9][a-z0-9._:-]*/)+[a-z0-9._-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?\Z")


def without_effect(target: Target, _context: Context) -> Iterator[Problem]:
    """`# syntax=` and `# escape=` below a blank line, another comment or an instruction."""
    assert isinstance(target, Dockerfile)
    text = target.source.text
    read = {directive.start for directive in target.directives}
    for start, end in target.file_comments:
        found = None if start in read else _DIRECTIVE.match(text[start : min(end, start + 300)])
        if found is None:
            continue
        name, value = found[1].lower(), found[2]
        if name in {directive.name for directive in target.directives}:
            continue  # doubled: the reader's own problem where it stands among the others
        if value in ("\\", "`") if name == "escape" else _FRONTEND.match(value):
            yield Problem(start, end, fields={"directive": name}, key=name)
