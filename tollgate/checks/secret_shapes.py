"""Tokens that show by their own shape, in any text.

A text is rejected fast: runs of token characters are cut out of it, and each shape's fixed beginning is
looked for in them by substring search; only a shape whose beginning occurs is compiled and matched.
Every pattern is anchored at such a place and repeats one class of characters at a time, so that the
whole takes linear time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache

from tollgate.checks.secret_table import ANYWHERE, IN_RUNS, Shape
from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple


class Hit(NamedTuple):
    """A token in a text: `text[start:end]`. `kind` is for messages.

    `reported` is False for what only looks like one (`…EXAMPLE`, `xxxx`): it is hidden all the same.
    """

    start: int
    end: int
    kind: str
    reported: bool = True


_RUN_LENGTH = 20
_LONGEST_BEGINNING = 14
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LETTER, _GAP = b"a", b" "

_PEM = "PRIVATE KEY"
_DUMMY = ("EXAMPLE", "example", "xxxxx", "XXXXX", "****", "....", "your", "YOUR", "00000000")
_DISTINCT = 6


def secrets_in_text(text: str) -> list[Hit]:
    """Every token in `text`, in order, none overlapping. At least 100 MB/s where there is none."""
    hits = [*_by_shape(text), *_pem_blocks(text), *_credentials_in_urls(text)]
    return _without_overlaps(hits) if len(hits) > 1 else hits


def _by_shape(text: str) -> Iterator[Hit]:
    runs = _runs(text)
    if runs.joined:
        words, needles = _beginnings()
        present = words.keys() & set(runs.joined.translate(_word_table()).split())
        for index in sorted({index for word in present for index in words[word]}.union(needles)):
            yield from _matches_of(IN_RUNS[index], text, runs.places(IN_RUNS[index].beginning))
    for shape in ANYWHERE:
        yield from _matches_of(shape, text, _places(text, shape.beginning))


@lru_cache(maxsize=1)
def _beginnings() -> tuple[dict[bytes, list[int]], list[int]]:
    """Indices of `IN_RUNS` by the first word of a beginning that has separators, and of the rest."""
    words: dict[bytes, list[int]] = {}
    needles = []
    for index, shape in enumerate(IN_RUNS):
        parts = shape.beginning.encode().translate(_word_table()).split(b" ")
        if len(parts) > 1 and parts[0] and not shape.joined:
            words.setdefault(parts[0], []).append(index)
        else:
            needles.append(index)
    return words, needles


def _matches_of(shape: Shape, text: str, places: Iterator[int]) -> Iterator[Hit]:
    free = 0
    for at in places:
        if at < free or (at > 0 and not shape.joined and text[at - 1].isalnum()):
            continue
        pattern = _compiled(shape.beginning, shape.rest)
        found = pattern.match(text, at)
        if found is not None and (not shape.pair or _is_pair(found.group(1))):
            start, end = found.span(pattern.groups)
            start = max(start - shape.before, free)
            yield Hit(start, end, shape.kind, not _is_dummy(text[start:end]))
            free = found.end()


def _places(text: str, needle: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


@cache
def _compiled(beginning: str, rest: str) -> re.Pattern[str]:
    return re.compile(re.escape(beginning) + rest)


@lru_cache(maxsize=1)
def _run_table() -> bytes:
    wanted = (_ALPHANUMERIC + "_-").encode()
    return bytes(_LETTER[0] if code in wanted else _GAP[0] for code in range(256))


@lru_cache(maxsize=1)
def _word_table() -> bytes:
    wanted = _ALPHANUMERIC.encode()
    return bytes(code if code in wanted else _GAP[0] for code in range(256))


class _Runs(NamedTuple):
    """Runs of token characters with what stands right before them, as ASCII with blanks between; for
    each its offset in `joined` and in the text."""

    joined: bytes
    offsets: list[int]
    starts: list[int]

    def places(self, needle: str) -> Iterator[int]:
        """Offsets into the text."""
        literal = needle.encode()
        at = self.joined.find(literal)
        while at >= 0:
            index = bisect_right(self.offsets, at) - 1
            yield self.starts[index] + at - self.offsets[index]
            at = self.joined.find(literal, at + 1)


def _runs(text: str) -> _Runs:
    plain = text.encode("ascii", "replace")
    marks = plain.translate(_run_table())
    needle = _LETTER * _RUN_LENGTH
    pieces, offsets, starts = [], [], []
    offset = 0
    start = marks.find(needle)
    while start >= 0:
        end = marks.find(_GAP, start + _RUN_LENGTH)
        end = len(text) if end < 0 else end
        begin = max(start - _LONGEST_BEGINNING, 0)
        pieces.append(plain[begin:end])
        starts.append(begin)
        offsets.append(offset)
        offset += end - begin + 1
        start = marks.find(needle, end)
    return _Runs(b" ".join(pieces), offsets, starts)


def _is_dummy(token: str) -> bool:
    return any(dummy in token for dummy in _DUMMY) or len(set(token[-24:])) < _DISTINCT


def _is_pair(encoded: str) -> bool:
    from binascii import Error, a2b_base64

    try:
        decoded = a2b_base64(encoded[: len(encoded) // 4 * 4])
    except Error:
        return False
    return b":" in decoded and all(code > 31 for code in decoded)


def _pem_blocks(text: str) -> Iterator[Hit]:
    """Private keys from the line after `-----BEGIN … PRIVATE KEY` to the one before `-----END`."""
    at = text.find(_PEM)
    while at >= 0:
        following = at + len(_PEM)
        head = text[max(0, at - 60) : at].rpartition("BEGIN")
        if head[1] and head[0].endswith("--"):
            start, end = _pem_body(text, following)
            if end > start:
                yield Hit(start, end, "private key")
                following = end
        at = text.find(_PEM, following)


def _pem_body(text: str, position: int) -> tuple[int, int]:
    found = _pem_pattern().match(text, position)
    return found.span(1) if found is not None else (position, position)


@lru_cache(maxsize=1)
def _pem_pattern() -> re.Pattern[str]:
    # No line of a key's body begins with two dashes; `\\n` is a line break inside JSON.
    return re.compile(r"(?: BLOCK)?-{0,5}(?:\s|\\+[nr])*((?:[^-]|-(?!-))*)")


_SAMPLE_PASSWORDS = frozenset({"pass", "password", "passwd", "pwd", "secret", "pw"})
_SAMPLE_USERS = frozenset({"user", "username", "usr", "login", "name"})


def _credentials_in_urls(text: str) -> Iterator[Hit]:
    """The password of `scheme://user:password@host`, or a random-looking user without password."""
    at = text.find("://")
    while at >= 0:
        found = _authority().match(text, at + 3)
        following = at + 3 if found is None else found.end()
        userinfo, sign, host = ("", "", "") if found is None else found.group().rpartition("@")
        if sign and at > 0 and text[at - 1].isalnum() and not host.startswith("sha256:"):
            yield from _in_userinfo(userinfo, at + 3)
        at = text.find("://", following)


@lru_cache(maxsize=1)
def _authority() -> re.Pattern[str]:
    return re.compile(r"""[^\s/?#"'`<>\\]{1,512}""")


def _in_userinfo(userinfo: str, start: int) -> Iterator[Hit]:
    from tollgate.checks.secret_values import is_harmless, is_placeholder, looks_random

    user, colon, password = userinfo.partition(":")
    end = start + len(userinfo)
    if not colon:
        if looks_random(user):
            yield Hit(start, end, "token in a URL")
    elif len(password) > 0 and not (is_harmless(password) and len(password) > 1):
        sample = password.lower() in _SAMPLE_PASSWORDS and user.lower() in _SAMPLE_USERS
        reported = not sample and not is_placeholder(password)
        yield Hit(end - len(password), end, "password in a URL", reported)


def _without_overlaps(hits: list[Hit]) -> list[Hit]:
    """In order; of two that overlap the reported one, else the longer one, stays."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if kept and hit.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = last._replace(end=max(last.end, hit.end), reported=last.reported or hit.reported)
        else:
            kept.append(hit)
    return kept
