"""Cutting a file into documents as kubectl does, before any parsing."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple

BREAKS = "\n\r\x85\u2028\u2029"
"""What ends a line, and so a comment, to the YAML parsers."""

_SEPARATOR = re.compile(r"^---([^\n]*)\n?", re.MULTILINE)
_FIRST_CONTENT = re.compile(rf"\A\ufeff?(?:[ \t]*(?:#[^{BREAKS}]*)?[{BREAKS}])*([ \t]*)([^\s]?)")
_DIRECTIVE = re.compile(rf"(?:\A\ufeff?|(?<=[{BREAKS}]))%")
_TEMPLATE = re.compile(
    r"""(?P<quoted>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|(?P<comment>(?:^|(?<=\s))\#[^\n]*)|\{\{""", re.MULTILINE
)
_ESCAPED_LETTER = re.compile(r"\\(?:x|u00|U000000)[4-7][0-9a-fA-F]|!!binary|yaml\.org,2002:binary")
_COMMENT_OR_BLANK = re.compile(rf"(?:[\s\ufeff]|#[^{BREAKS}]*)*")


class Piece(NamedTuple):
    """The text of one document between separators: offsets into the whole text.

    `separator_error` is the offset of a `---` line with other text on it, which kubectl refuses.
    """

    start: int
    end: int
    separator_error: int | None = None


def cut_documents(text: str, start: int = 0) -> list[Piece]:
    """Pieces between lines that begin with `---` (LF ends lines here); empty ones are left out.

    `--- text` is an error to kubectl; other readers take it as the document's first line, and so do we.
    `---text` (no blank) is no separator to any reader but an error to kubectl.
    """
    if "\n---" not in text and not text.startswith("---", start):
        return [Piece(start, len(text))] if start < len(text) else []
    pieces: list[Piece] = []
    begin = start
    error: int | None = None
    for found in _SEPARATOR.finditer(text, start):
        rest = found.group(1)
        stripped = rest.strip()
        if not stripped or stripped[0] == "#":
            after, next_error = found.end(), None
        elif rest[0] in " \t":
            after, next_error = found.start() + 3, found.start()
        else:
            error = found.start() if error is None else error
            continue
        if found.start() > begin:
            pieces.append(Piece(begin, found.start(), error))
        begin, error = after, next_error
    if len(text) > begin:
        pieces.append(Piece(begin, len(text), error))
    return pieces


def names_a_manifest(text: str) -> bool:
    """Whether text that no parser reads names `apiVersion:` and `kind:` where top-level keys stand."""
    content = _FIRST_CONTENT.match(text)
    indent = re.escape(content.group(1)) if content else ""
    return all(_key_pattern(key, indent).search(text) is not None for key in ("apiVersion", "kind"))


def _key_pattern(key: str, indent: str) -> re.Pattern[str]:
    line_start = rf"(?:\A|(?<=[{BREAKS}]))\ufeff?"
    lead = rf"(?:{line_start}(?:{indent}|[ \t]*(?=[\"'])|)|[{{,][ \t\r\n]*)"
    return re.compile(rf"{lead}(?:{key}|\"{key}\"|'{key}')[ \t]*:")


def may_be_a_manifest(text: str) -> bool:
    """Whether text that is not read at all could be a manifest, however it is written."""
    return ("apiVersion" in text and "kind" in text) or _ESCAPED_LETTER.search(text) is not None


def directive_count(text: str) -> int:
    """How many `%` lines there are if the first content of a document is one, else 0."""
    content = _FIRST_CONTENT.match(text)
    if content is None or content.group(1) or content.group(2) != "%":
        return 0
    return sum(1 for _ in _DIRECTIVE.finditer(text))


def first_template_mark(text: str) -> int | None:
    """Offset of the first `{{` outside comments and one-line quotes."""
    for found in _TEMPLATE.finditer(text):
        if found.lastgroup is None:
            return found.start()
    return None


def after_blanks_and_comments(text: str, start: int, end: int) -> int | None:
    """Offset of the first content in `text[start:end]`; None if there is none."""
    found = _COMMENT_OR_BLANK.match(text, start, end)
    at = start if found is None else found.end()
    return at if at < end else None
