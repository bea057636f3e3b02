"""Here-documents: which words open one, and where its body ends.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/parser/parser.go.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import HereDocument, Instruction
from tollgate.model.dockerfile_expand import QuotingError, raw_words, unquoted_words
from tollgate.model.source import Span
from tollgate.parsers.dockerfile_lines import LogicalLine, body_lines, find_body_end, last_lines
from tollgate.parsers.dockerfile_problems import KEYWORDS, problem
from tollgate.parsers.dockerfile_reading import Reading

_HERE_WORD = r"[0-9]*<<(-?)[\t\n\f\r ]*([^<]*)\Z"
_NEXT_INSTRUCTION = rf"^(?:{'|'.join(sorted(KEYWORDS.values()))})[ \t]"
_HERE_DOCUMENTS = frozenset({"RUN", "COPY", "ADD"})


def attach_here_documents(file: Reading, line: LogicalLine, item: Instruction) -> None:
    carrier = item.onbuild or item
    if carrier.keyword not in _HERE_DOCUMENTS or carrier.is_json:
        return
    carrier.heredocs = _here_documents(file, line)
    if carrier.heredocs:
        end = _last_character(file)
        item.span = Span(item.span.start, end)
        carrier.span = Span(carrier.span.start, end)


def _here_documents(file: Reading, line: LogicalLine) -> tuple[HereDocument, ...]:
    try:
        words = raw_words(line.text)
    except QuotingError:
        return ()
    found: list[HereDocument] = []
    for word in words:
        place = line.span(word.start, word.end)
        try:
            opening = _opening(word.text)
        except QuotingError as error:
            file.problems.append(problem(*place, f"the here-document's name is not readable: {error}"))
            continue
        if opening is not None:
            found.append(_here_document(file, *opening, place))
    return tuple(found)


def _opening(word: str) -> tuple[str, bool, bool] | None:
    """Name, whether variables expand, whether tabs are stripped, if the word opens a here-document."""
    match = re.match(_HERE_WORD, word)
    if match is None or not match[2]:
        return None
    names = unquoted_words(match[2], raw_quotes=False)
    if len(names) != 1:
        return None
    with_quotes = unquoted_words(match[2], raw_quotes=True)
    if len(with_quotes) != 1:
        raise QuotingError("its quotes are ambiguous")
    expand = _quotes_in(names[0]) == _quotes_in(with_quotes[0])
    return names[0], expand, match[1] == "-"


def _quotes_in(word: str) -> int:
    return word.count("'") + word.count('"')


def _here_document(file: Reading, name: str, expand: bool, strip_tabs: bool, word: Span) -> HereDocument:
    start = file.at
    end, following = _end_of_body(file, name, strip_tabs=strip_tabs)
    if end < 0:
        message = "no line ends this here-document"
        file.problems.append(problem(*word, message, "here-document-unterminated"))
        resume = re.compile(_NEXT_INSTRUCTION, re.MULTILINE).search(file.text, start)
        end = following = resume.start() if resume else len(file.text)
    pieces = body_lines(file.text, start, end, strip_tabs=strip_tabs)
    file.at = following
    return HereDocument(name, start, end, tuple(pieces), expand, strip_tabs, word)


def _end_of_body(file: Reading, name: str, *, strip_tabs: bool) -> tuple[int, int]:
    """As `find_body_end`; after one search in vain the rest of the file is not searched again."""
    if file.last_lines is not None and file.last_lines.get((name, strip_tabs), -1) < file.at:
        return -1, len(file.text)
    end, following = find_body_end(file.text, file.at, name, strip_tabs=strip_tabs)
    if end < 0:
        file.last_lines = last_lines(file.text)
    return end, following


def _last_character(file: Reading) -> int:
    """The end of the line before the one that is read next, without its line break."""
    end = file.at
    while end and file.text[end - 1] in "\r\n":
        end -= 1
    return end
