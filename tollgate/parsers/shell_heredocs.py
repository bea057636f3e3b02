"""Here-documents in shell text, found before the grammar is read.

The grammar then sees `<_____` in place of operator and delimiter, and blank lines in place of the body.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple
from tollgate.model.shell_words import unquote

_PLAIN = re.compile(r"\\.|'[^']*'?|\"|`|\$\(\(|\$[({]|\(\(|[()}\n#]|<<<|<<-?", re.DOTALL)
_QUOTED = re.compile(r"\\.|\"|`|\$\(\(|\$[({]|\}", re.DOTALL)
_DELIMITER = re.compile(r"[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^ \t\n'\"\\|&;<>()])+)")
_NOT_LINE_BREAK = re.compile(r"[^\n]")
_COMMENT_END = {"": re.compile(r"\n"), "`": re.compile(r"[\n`]")}
_CLOSED_BY = {")": {")", "arithmetic"}, "}": {"}", '"}'}, '"': {'"'}, "`": {"`"}}
_CLOSERS = {"$(": ")", "(": ")", '"': '"', "`": "`", "${": "}"}


class HiddenDocument(NamedTuple):
    """A here-document: offsets in the shell text of operator, delimiter word and body."""

    start: int
    operator: str
    word_start: int
    word_end: int
    delimiter: str
    expand: bool
    body_start: int
    body_end: int
    end: int
    """After the line that ends it."""


class _Pending(NamedTuple):
    start: int
    operator: str
    word_start: int
    word_end: int
    delimiter: str


def hide_heredocs(text: str) -> tuple[str, dict[int, HiddenDocument]]:
    """`text`, of the same length, without here-documents, and these by the offset of their operator."""
    if "<<" not in text:
        return text, {}
    documents = _find(text)
    kept: list[str] = []
    at = 0
    for document in sorted(documents, key=lambda item: item.start):
        kept.append(text[at : document.start])
        kept.append("<" + "_" * (document.word_end - document.start - 1))
        at = document.word_end
    hidden = "".join([*kept, text[at:]])
    kept, at = [], 0
    for document in documents:
        kept.append(hidden[at : document.body_start])
        kept.append(_NOT_LINE_BREAK.sub(" ", hidden[document.body_start : document.end]))
        at = document.end
    return "".join([*kept, hidden[at:]]), {document.start: document for document in documents}


def _find(text: str) -> list[HiddenDocument]:
    """All here-documents in the order of their bodies."""
    found: list[HiddenDocument] = []
    pending: list[_Pending] = []
    closers: list[str] = []
    at = 0
    while True:
        token = (_QUOTED if closers and closers[-1][0] == '"' else _PLAIN).search(text, at)
        if token is None:
            return found
        symbol, at = token[0], token.end()
        if symbol == "\n":
            for document in pending:
                found.append(_body(text, at, document))
                at = min(found[-1].end + 1, len(text))
            at -= bool(pending) and text[at - 1] == "\n"
            pending.clear()
        elif symbol == "#":
            at = _after_comment(text, token.start(), in_backticks="`" in closers)
        elif symbol in {"<<", "<<-"}:
            opened = None if "arithmetic" in closers[-1:] else _opened(text, token.start(), symbol, at)
            if opened is not None:
                pending.append(opened)
                at = opened.word_end
        else:
            _nest(closers, symbol)


def _nest(closers: list[str], symbol: str) -> None:
    """Follows quotes and brackets; a closer that begins with `"` stands in a double-quoted string."""
    top = closers[-1] if closers else ""
    if symbol in {"$((", "(("}:
        closers += [")", "arithmetic"]
    elif symbol in _CLOSED_BY and top in _CLOSED_BY[symbol]:
        closers.pop()
    elif symbol == "${" and top[:1] == '"':
        closers.append('"}')
    elif symbol in _CLOSERS:
        closers.append(_CLOSERS[symbol] if symbol != "(" or top != "arithmetic" else "arithmetic")


def _after_comment(text: str, at: int, *, in_backticks: bool) -> int:
    """The end of the comment at a `#`; just after the `#` if it is part of a word."""
    if at and text[at - 1] not in " \t\n;&|()`":
        return at + 1
    found = _COMMENT_END["`" if in_backticks else ""].search(text, at)
    return len(text) if found is None else found.start()


def _opened(text: str, start: int, operator: str, at: int) -> _Pending | None:
    word = _DELIMITER.match(text, at)
    if word is None:
        return None
    return _Pending(start, operator, word.start(1), word.end(), unquote(word[1])[0] or word[1])


def _body(text: str, at: int, document: _Pending) -> HiddenDocument:
    """The body from `at` up to the line that is the delimiter, or to the end of the text."""
    raw = text[document.word_start : document.word_end]
    line_start = at
    end = len(text)
    body_end = end
    while line_start < len(text):
        stop = text.find("\n", line_start)
        stop = len(text) if stop < 0 else stop
        line = text[line_start:stop]
        if (line.lstrip("\t") if document.operator == "<<-" else line) == document.delimiter:
            body_end, end = line_start, stop
            break
        line_start = stop + 1
    expand = not any(mark in raw for mark in "'\"\\")
    return HiddenDocument(*document, expand, min(at, body_end), body_end, end)
