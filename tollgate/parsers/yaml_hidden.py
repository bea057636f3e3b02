"""Characters that make a manifest look different from what is read."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.finding import InputProblem

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?P<break>[\x85\u2028\u2029])|(?P<return>\r(?!\n))"
)
_JOINERS = "\u200c\u200d"
_FIRST_OF_FLAG = "\U0001f3f4"
_MOST = 100


def hidden_text(text: str, start: int, end: int) -> Iterator[InputProblem]:
    """Problems for bidi controls, zero-width characters and line breaks that editors do not show.

    At most one for each line, and 100 altogether. Joiners inside words of other scripts and emoji,
    and a byte order mark at the start, are no problem.
    """
    line_end = -1
    told = 0
    for found in _INVISIBLE.finditer(text, start, end):
        at = found.start()
        if at < line_end or _is_harmless(text, at, start, end) or told == _MOST:
            continue
        told += 1
        line_end = _line_end(text, at, end)
        yield InputProblem(
            "hidden-text", at, at + 1, _message(text[at], is_break=found.lastgroup is not None)
        )


def _is_harmless(text: str, at: int, start: int, end: int) -> bool:
    character = text[at]
    before = text[at - 1] if at > start else "\n"
    after = text[at + 1] if at + 1 < end else "\n"
    if character == "\r":
        line_start = max(text.rfind("\n", start, at) + 1, start)
        return not text[line_start:at].strip() or not text[at : _line_end(text, at, end)].strip()
    if character == "\ufeff":
        return at == start
    if character in _JOINERS:
        return not before.isascii() and not after.isascii()
    return "\U000e0020" <= character <= "\U000e007f" and _in_flag(text, at, start)


def _in_flag(text: str, at: int, start: int) -> bool:
    longest_flag = 8
    before = text[max(start, at - longest_flag) : at].rstrip("".join(map(chr, range(0xE0020, 0xE0080))))
    return before.endswith(_FIRST_OF_FLAG)


def _line_end(text: str, at: int, end: int) -> int:
    found = text.find("\n", at, end)
    return end if found < 0 else found


def _message(character: str, *, is_break: bool) -> str:
    import unicodedata  # rare

    name = "CARRIAGE RETURN" if character == "\r" else unicodedata.name(character, "control character")
    if is_break:
        return f"U+{ord(character):04X} {name} ends the line for YAML: what follows looks like part of it"
    return f"U+{ord(character):04X} {name} makes the text look different from what is read"
