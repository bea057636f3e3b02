"""Quote removal and variables in one shell word, as POSIX describes them (XCU 2.2 and 2.6)."""

from __future__ import annotations

from collections.abc import Mapping

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple

_PLAIN = re.compile(r"[^\\'\"$`]*\Z")
_EXPANSION = re.compile(r"\$(?:[A-Za-z_0-9@*#?$!({-]|\[)")
_VARIABLE = re.compile(
    r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^$`\\'\"{}]*))?\})"
)
_ANSI = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c(.)|(.))", re.DOTALL
)
_ANSI_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\033",
    "E": "\033",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_STRETCH = re.compile(r"[^\\'\"$`]+")
_QUOTED_STRETCH = re.compile(r"[^\\\"$`]+")
_OPENERS = re.compile(r"\\.|'[^']*'|[\"`(){}]", re.DOTALL)


class Run(NamedTuple):
    """A stretch of a word after quote removal: its text, and where it stands in the raw word.

    `expanded`: the shell puts something else in its place (`$A`, `$(…)`, backticks); `text` is raw then.
    """

    text: str
    start: int
    end: int
    expanded: bool = False


def unquote(raw: str) -> tuple[str | None, str]:
    """What a raw word means, and its style.

    The value is None where only the running shell knows it (`$A`, `$(…)`, backticks, `<(…)`).
    Patterns (`*`), `~` and braces stay as written.
    The style is `'` or `"` where one such string is the whole word, else "".
    """
    if raw.startswith(("<(", ">(")):
        return None, ""
    if _PLAIN.match(raw):
        return raw, ""
    quote = raw[0]
    if quote in "'\"" and raw[-1] == quote and len(raw) > 1:
        inner = raw[1:-1]
        if _PLAIN.match(inner):
            return inner, quote
        if quote == "'" and quote not in inner:
            return inner, quote
    parts = runs(raw)
    style = '"' if quote == '"' and _string_end(raw, 0) == len(raw) else ""
    if any(part.expanded for part in parts):
        return None, style
    return "".join([part.text for part in parts]), style


def resolve(raw: str, values: Mapping[str, str]) -> str | None:
    """The text of a raw word with `$NAME`, `${NAME}`, `${NAME:-text}`, `${NAME:+text}` filled in.

    None where anything else is expanded; a name that `values` lacks is unknown, not empty.
    """
    kept: list[str] = []
    for part in runs(raw):
        text: str | None = part.text
        if part.expanded:
            text = _variable(part.text, values)
            if text is None:
                return None
        kept.append(text or "")
    return "".join(kept)


def _variable(raw: str, values: Mapping[str, str]) -> str | None:
    found = _VARIABLE.fullmatch(raw)
    if found is None:
        return None
    value = values.get(found[1] or found[2])
    if found[3] is None or value is None:
        return value
    is_set = value != "" if found[3][0] == ":" else True
    if found[3][-1] == "-":
        return value if is_set else found[4]
    return found[4] if is_set else ""


def runs(raw: str) -> list[Run]:
    """The stretches of a raw word; what is not closed reaches to the word's end. Linear in its length."""
    found: list[Run] = []
    at = 0
    quoted = False
    while at < len(raw):
        char = raw[at]
        stretch = (_QUOTED_STRETCH if quoted else _STRETCH).match(raw, at)
        if stretch is not None:
            found.append(Run(stretch[0], at, stretch.end()))
            at = stretch.end()
        elif char == "\\":
            at = _escape(raw, at, found, quoted=quoted)
        elif char == '"':
            quoted = not quoted
            at += 1
        elif char == "'":
            end = raw.find("'", at + 1)
            end = len(raw) if end < 0 else end
            found.append(Run(raw[at + 1 : end], at + 1, end))
            at = end + 1
        elif char == "$" and not quoted and raw.startswith(("$'", '$"'), at):
            at = _dollar_quote(raw, at, found)
        else:
            at = _dollar(raw, at, found)
    return found


def _escape(raw: str, at: int, found: list[Run], *, quoted: bool) -> int:
    escaped = raw[at + 1 : at + 2]
    if escaped == "\n":
        return at + 2
    if escaped == "" or (quoted and escaped not in '$`"\\'):
        found.append(Run("\\", at, at + 1))
        return at + 1
    found.append(Run(escaped, at, at + 2))
    return at + 2


def _dollar_quote(raw: str, at: int, found: list[Run]) -> int:
    """`$'…'`, bash's string with escapes, becomes its text; `$"…"` is a string like any other."""
    if raw[at + 1] == '"':
        return at + 1
    end = at + 2
    while end < len(raw) and raw[end] != "'":
        end += 2 if raw[end] == "\\" else 1
    end = min(end, len(raw))
    at += 2
    for escape in _ANSI.finditer(raw, at, end):
        if escape.start() > at:
            found.append(Run(raw[at : escape.start()], at, escape.start()))
        found.append(Run(_ansi(escape), *escape.span()))
        at = escape.end()
    if at < end:
        found.append(Run(raw[at:end], at, end))
    return end + 1


def _ansi(found: re.Match[str]) -> str:
    octal, *hexadecimal, control, letter = found.groups()
    if letter is not None:
        return _ANSI_LETTERS.get(letter, letter if letter in "\\'\"?" else "\\" + letter)
    if control is not None:
        return chr(ord(control) & 0x1F)
    code = int(octal, 8) & 0xFF if octal else int(next(digits for digits in hexadecimal if digits), 16)
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def _dollar(raw: str, at: int, found: list[Run]) -> int:
    """An expansion from `$` or a backtick, or a `$` that is only itself."""
    if raw[at] == "$" and not _EXPANSION.match(raw, at):
        found.append(Run("$", at, at + 1))
        return at + 1
    end = expansion_end(raw, at)
    found.append(Run(raw[at:end], at, end, expanded=True))
    return end


def expansion_end(raw: str, at: int) -> int:
    """Where the expansion that starts at `at` (a `$` or a backtick) ends; the text's end if it is open."""
    if raw[at] == "`":
        end = at + 1
        while end < len(raw) and raw[end] != "`":
            end += 2 if raw[end] == "\\" else 1
        return min(end + 1, len(raw))
    opener = raw[at + 1 : at + 2]
    if opener in {"(", "{"}:
        return _balanced(raw, at + 1)
    if opener == "[":
        end = raw.find("]", at)
        return len(raw) if end < 0 else end + 1
    name = _VARIABLE.match(raw, at)
    return at + 2 if name is None else name.end()


def _balanced(raw: str, at: int) -> int:
    """The end of the bracket at `at`, brackets, quotes and backticks inside it counted."""
    closers: list[str] = []
    while True:
        found = _OPENERS.search(raw, at)
        if found is None:
            return len(raw)
        symbol = found[0]
        at = found.end()
        top = closers[-1] if closers else ""
        if symbol == top:
            closers.pop()
            if not closers:
                return at
        elif symbol in {'"', "`"}:
            closers.append(symbol)
        elif symbol in {"(", "{"} and (top not in {'"', "`"} or raw[found.start() - 1] == "$"):
            closers.append(")" if symbol == "(" else "}")
        elif symbol[0] == "'" and top == '"':
            at = found.start() + 1


def _string_end(raw: str, at: int) -> int:
    """The end of the double-quoted string at `at`."""
    at += 1
    while at < len(raw):
        char = raw[at]
        if char == '"':
            return at + 1
        if char == "\\":
            at += 2
        elif char == "`" or (char == "$" and raw[at + 1 : at + 2] in {"(", "{"}):
            at = expansion_end(raw, at)
        else:
            at += 1
    return len(raw)
