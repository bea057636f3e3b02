"""The arguments of an instruction: flags, words, JSON form, key=value pairs, each with its place.

All functions take a logical line and indices into its text. Words keep quotes and `$`: expanding
them is the model's work. Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/parser.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Flag, Pair
from tollgate.model.node import Scalar
from tollgate.parsers.dockerfile_lines import SPACE, LogicalLine

_NEXT_BLANK = re.compile(r"[\t\v\f\r ]+")
_ATOMS = {
    # Text without quotes, escaped characters and single quotes, a thousand at once at most: `re` keeps each
    # on a stack of its own.
    escape: re.compile(
        rf"(?:[^{SPACE}'\"{re.escape(escape)}]+|{re.escape(escape)}.|'[^']*'){{1,1000}}", re.DOTALL
    )
    for escape in ("\\", "`")
}
_QUOTE_STOP = {escape: re.compile(rf'["{re.escape(escape)}]') for escape in ("\\", "`")}
ASCII_BLANKS = "\t\n\v\f\r "
"""BuildKit looks at flags, and at HEALTHCHECK's first word, byte by byte …"""
_FLAG_ENDS = ASCII_BLANKS + "\x85\xa0"
"""… and takes the second byte of these two for a blank."""
_SIMPLE_FLAG = re.compile(rf"[^{_FLAG_ENDS}'\"\\`]+")
_JSON_BLANKS = " \t\r\n"
_JSON_EMPTY = re.compile(r"\[[ \t\r\n]*\][ \t\r\n]*")
_JSON_STRING = re.compile(r'[ \t\r\n]*("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")[ \t\r\n]*')


def split_plain(line: LogicalLine, start: int, end: int) -> list[Scalar]:
    """Words between blanks; quotes mean nothing (FROM, EXPOSE, and ADD, COPY, VOLUME without JSON)."""
    words = []
    text = line.text
    while start < end:
        blank = _NEXT_BLANK.search(text, start, end)
        stop, following = blank.span() if blank else (end, end)
        words.append(line.scalar(text[start:stop], start, stop))
        start = following
    return words


def split_quoted(line: LogicalLine, start: int, end: int, escape: str) -> list[tuple[str, int, int]]:
    """Words of ENV, LABEL and ARG: blanks inside quotes or after the escape character do not split.

    Gives each with its indices. An escape character at the very end is dropped.
    """
    text = line.text
    words: list[tuple[str, int, int]] = []
    atoms = _ATOMS[escape]
    at = start
    while at < end:
        if text[at] in SPACE:
            at += 1
            continue
        begin = at
        kept: list[str] = []
        while at < end and text[at] not in SPACE:
            found = atoms.match(text, at, end)
            if found is not None:
                stop = kept_to = found.end()
            elif text[at] == '"':
                stop, kept_to = _end_of_double_quote(text, at, end, escape)
            else:  # an escape character at the very end, or a single quote that is not closed
                stop = end
                kept_to = at if text[at] == escape else end
            kept.append(text[at:kept_to])
            at = stop
        word = "".join(kept)
        if word:
            words.append((word, begin, at))
    return words


def _end_of_double_quote(text: str, at: int, end: int, escape: str) -> tuple[int, int]:
    """The index after the quote that closes the one at `at`, and up to where the text counts; both
    `end` if none does, unless an escape character stands there, which is dropped."""
    stops = _QUOTE_STOP[escape]
    at += 1
    while (found := stops.search(text, at, end)) is not None:
        at = found.end()
        if found[0] == '"':
            return at, at
        if at == end:
            return end, end - 1
        at += 1
    return end, end


def read_flags(line: LogicalLine, start: int, end: int, escape: str) -> tuple[list[Flag], int]:
    """The `--name[=value]` words at the front, and the index where the arguments begin.

    A lone `--` ends the flags and is dropped.
    """
    text = line.text
    flags: list[Flag] = []
    while True:
        while start < end and text[start] in ASCII_BLANKS:
            start += 1
        if not text.startswith("--", start, end):
            return flags, start
        value, stop, equals = _flag_word(text, start, end, escape)
        if value == "--":
            return flags, stop
        flags.append(_flag(line, value, start, stop, equals))
        start = stop


def _flag_word(text: str, start: int, end: int, escape: str) -> tuple[str, int, int]:
    """A flag with quotes and escapes removed, where it ends, and where its `=` stands (-1: nowhere)."""
    simple = _SIMPLE_FLAG.match(text, start, end)
    if simple is not None and (simple.end() == end or text[simple.end()] in _FLAG_ENDS):
        return simple[0], simple.end(), text.find("=", start, simple.end())
    kept: list[str] = []
    quote = ""
    equals = -1
    at = start
    while at < end:
        char = text[at]
        if char == escape:
            at += 1
            if at == end:
                break
            char = text[at]
        elif quote:
            if char == quote:
                quote = ""
                at += 1
                continue
        elif char in _FLAG_ENDS:
            break
        elif char in "'\"":
            quote = char
            at += 1
            continue
        if char == "=" and equals < 0:
            equals = at
        kept.append(char)
        at += 1
    return "".join(kept), at, equals


def _flag(line: LogicalLine, word: str, start: int, stop: int, equals: int) -> Flag:
    name, sign, value = word[2:].partition("=")
    span = line.span(start, stop)
    if not sign:
        return Flag(name, None, *span)
    begin = equals + 1
    style = ""
    raw = line.text[begin:stop]
    if len(raw) >= 2 and raw[0] in "'\"" and raw[-1] == raw[0] and len(value) == len(raw) - 2:
        style, begin, stop = raw[0], begin + 1, stop - 1
    return Flag(name, line.scalar(value, begin, stop, style), *span)


def read_json(line: LogicalLine, start: int, end: int) -> tuple[list[Scalar] | None, bool]:
    """The strings of a JSON array, or None if the text is no such array.

    The second value is True when it is a JSON array that holds something else than strings, which
    BuildKit refuses; any other text is no JSON form. A scalar's place is the string with its quotes.
    """
    text = line.text
    if not text.startswith("[", start, end):
        return None, False
    if _JSON_EMPTY.fullmatch(text, start, end):
        return [], False
    words: list[Scalar] = []
    at = start + 1
    while found := _JSON_STRING.match(text, at, end):
        words.append(line.scalar(_json_string(found[1]), *found.span(1), '"'))
        at = found.end() + 1
        following = text[at - 1 : at]
        if following == "]" and not text[at:end].strip(_JSON_BLANKS):
            return words, False
        if following != ",":
            break
    return None, _is_json_array(text[start:end])


def _json_string(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted[1:-1]
    import json

    value: str = json.loads(quoted)
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_json_array(text: str) -> bool:
    import json

    def refuse(constant: str) -> object:
        raise ValueError(constant)

    try:
        json.loads(text, parse_int=len, parse_float=len, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def pairs_of(
    line: LogicalLine, start: int, end: int, escape: str
) -> tuple[list[Pair], tuple[int, int] | None]:
    """The pairs of ENV or LABEL, and the indices of a word without `=` where one is needed.

    `ENV key value` is the old form: the rest of the line is the value, and BuildKit removes its
    quotes when it expands it. It needs a value.
    """
    words = split_quoted(line, start, end, escape)
    if not words:
        return [], None
    if "=" not in words[0][0]:
        blank = _NEXT_BLANK.search(line.text, start, end)
        if blank is None:
            return [], (words[0][1], words[0][2])
        key = line.scalar(line.text[start : blank.start()], start, blank.start())
        return [Pair(key, line.scalar(line.text[blank.end() : end], blank.end(), end))], None
    pairs: list[Pair] = []
    for word, begin, stop in words:
        if "=" not in word:
            return pairs, (begin, stop)
        pairs.append(_pair(line, word, begin, stop))
    return pairs, None


def arguments_of(line: LogicalLine, start: int, end: int, escape: str) -> list[Pair]:
    """The pairs of ARG: `name` or `name=default`, several on a line."""
    return [_pair(line, *word) for word in split_quoted(line, start, end, escape)]


def _pair(line: LogicalLine, word: str, begin: int, stop: int) -> Pair:
    name, sign, value = word.partition("=")
    middle = begin + len(name)
    key = line.scalar(name, begin, middle)
    if not sign:
        return Pair(key, None)
    style = value[0] if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0] else ""
    return Pair(key, line.scalar(value, middle + 1, stop, style))
