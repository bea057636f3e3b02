"""Patterns for paths: the one place that says what `*.yaml`, `deploy/` and `**` mean.

A pattern reads as in .gitignore, against paths relative to the root with `/` between segments:

- `*` any characters of one segment, `?` one character, `[a-z]` and `[!a-z]` one of a set; none of them
  matches `/`. Case counts. A leading dot is nothing special. `\\` takes the next character literally.
- `**` as a whole segment stands for any number of folders, also none; last in a pattern, for all that is
  inside. Inside a segment it is a plain `*`.
- A pattern without `/`, or with one only at its end, matches at any depth; any other is anchored at the root,
  and a leading `/` (or `./`) anchors a single name.
- A pattern that matches a folder matches all below it; with `/` at its end it matches folders only.

Unlike .gitignore there is no negation (`!`), for order never matters in our lists, and what git would
silently never match is an error: an open `[`, an empty segment, `..`. So are braces (`*.{yaml,yml}`).

Patterns become regular expressions that match in time proportional to pattern times path: what stands
between two stars is taken where it first fits and never tried again elsewhere, which is enough for
globs. (An atomic group says that, but from Python 3.11 only; a captured lookahead says the same.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from tollgate.model import lazy_re as re
from tollgate.model.hints import TypeAlias

MAX_PATTERN_LENGTH = 1000
"""Longer ones are refused: with the longest path a system takes, this bounds the time of a match."""

PathMatcher: TypeAlias = Callable[[str], bool]
"""Takes a path relative to the root; a folder is asked for with `/` at its end."""

_BRACES = re.compile(r"(?<!\\)\{[^{}/]*,[^{}/]*\}")
_ANY_IN_SEGMENT = "[^/]*"
_STAR = "*"


class PatternError(ValueError):
    """A pattern that cannot be used. `pattern` as written, `reason` a clause that says why."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"pattern {pattern!r} {reason}")
        self.pattern = pattern
        self.reason = reason


def path_matcher(patterns: Sequence[str]) -> PathMatcher:
    """A function that says whether any of `patterns` matches. Raises PatternError."""
    return _compiled(tuple(patterns))


def pattern_problem(pattern: str) -> str | None:
    """Why `pattern` cannot be used, as a clause; None if it can."""
    try:
        _compiled((pattern,))
    except PatternError as error:
        return error.reason
    return None


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> PathMatcher:
    if not patterns:
        return _never
    groups = (f"g{number}" for number in range(MAX_PATTERN_LENGTH * len(patterns)))
    found = re.compile("|".join(_translate(pattern, groups) for pattern in patterns), re.DOTALL).match
    return lambda path: found(path) is not None


def _never(path: str) -> bool:
    return False


def _translate(pattern: str, groups: Iterator[str]) -> str:
    """The regular expression of one pattern; `groups` gives names that are not used yet."""
    segments, folder_only = _split(pattern)
    inside = segments[-1] == "**"
    while segments and segments[-1] == "**":
        segments.pop()
    chunks = _chunks(segments)
    regex = ""
    for number, (floats, names) in enumerate(chunks, start=1):
        text = "/".join(_segment(pattern, name, groups) for name in names)
        last = number == len(chunks)
        if not floats:
            regex += text if last else f"{text}/"
        elif last:
            # Where the last chunk ends decides whether the whole matches, so every place is tried.
            regex += f"(?:[^/]+/)*?{text}"
        else:
            regex += _atomic(f"(?:[^/]+/)*?{text}/", groups)
    return regex + _ending(bool(chunks), inside, folder_only)


def _ending(named: bool, inside: bool, folder_only: bool) -> str:
    """What may follow the last name: everything below what it names, or that only."""
    if inside:
        below = r"[^/]+/.*\Z" if folder_only else r".*\Z"
        return f"/{below}" if named else below
    return r"/.*\Z" if folder_only else r"(?:/.*)?\Z"


def _chunks(segments: Sequence[str]) -> list[tuple[bool, list[str]]]:
    """The segments between two `**`, and whether a `**` stands before them."""
    chunks: list[tuple[bool, list[str]]] = []
    floats = False
    for segment in segments:
        if segment == "**":
            floats = True
        elif floats or not chunks:
            chunks.append((floats, [segment]))
            floats = False
        else:
            chunks[-1][1].append(segment)
    return chunks


def _atomic(regex: str, groups: Iterator[str]) -> str:
    name = next(groups)
    return f"(?=(?P<{name}>{regex}))(?P={name})"


def _split(pattern: str) -> tuple[list[str], bool]:
    """The segments, with `**` in front where the pattern floats, and whether it is for folders only."""
    reason = _shape_problem(pattern)
    if reason is not None:
        raise PatternError(pattern, reason)
    body = pattern[1:] if pattern.startswith("./") else pattern
    folder_only = body.endswith("/")
    body = body[:-1] if folder_only else body
    anchored = "/" in body
    segments = body.removeprefix("/").split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        raise PatternError(pattern, "has an empty, `.` or `..` segment")
    return (segments if anchored else ["**", *segments]), folder_only


def _shape_problem(pattern: str) -> str | None:
    if not pattern.strip("/."):
        return "names nothing"
    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"is longer than {MAX_PATTERN_LENGTH} characters"
    if "\0" in pattern:
        return "holds a NUL character, which no path can"
    if pattern.startswith("!"):
        return "begins with `!`: there is no negation; write `\\!` for a name that begins so"
    if _BRACES.search(pattern):
        return "has braces, which are not expanded: write one pattern for each"
    return None


def _segment(pattern: str, segment: str, groups: Iterator[str]) -> str:
    parts: list[list[str]] = [[]]
    for token in _tokens(pattern, segment):
        if token != _STAR:
            parts[-1].append(token)
        elif parts[-1] or len(parts) == 1:
            parts.append([])
    texts = ["".join(part) for part in parts]
    if len(texts) == 1:
        return texts[0]
    first, *middle, last = texts
    if not first and not middle and not last:
        return "[^/]+"
    inner = "".join(_atomic(f"[^/]*?{text}", groups) for text in middle)
    return first + inner + _ANY_IN_SEGMENT + last


def _tokens(pattern: str, segment: str) -> Iterator[str]:
    """Each character's regular expression; `_STAR` for a star."""
    at = 0
    while at < len(segment):
        character = segment[at]
        at += 1
        if character == "*":
            yield _STAR
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            text, at = _character_set(pattern, segment, at)
            yield text
        elif character == "\\":
            if at == len(segment):
                raise PatternError(pattern, "has a `\\` with nothing to take literally")
            yield re.escape(segment[at])
            at += 1
        else:
            yield re.escape(character)


def _character_set(pattern: str, segment: str, at: int) -> tuple[str, int]:
    """The regular expression of the set whose `[` stands before `at`, and the offset behind its `]`."""
    negated = segment[at : at + 1] in ("!", "^")
    at += negated
    members: list[str] = []
    while segment[at : at + 1] != "]" or not members:
        character, at = _member(pattern, segment, at)
        if segment[at : at + 1] == "-" and segment[at + 1 : at + 2] not in ("", "]"):
            upper, at = _member(pattern, segment, at + 1)
            if upper < character:
                raise PatternError(pattern, f"has the empty range `{character}-{upper}`")
            members.append(f"{re.escape(character)}-{re.escape(upper)}")
        else:
            members.append(re.escape(character))
    inside = "".join(members)
    # The lookahead keeps a range such as `[+-9]`, which spans `/`, within the segment.
    return (f"[^/{inside}]" if negated else f"(?!/)[{inside}]"), at + 1


def _member(pattern: str, segment: str, at: int) -> tuple[str, int]:
    if segment.startswith(("[:", "[.", "[="), at):
        raise PatternError(pattern, "has a named character class, which is not known here")
    if segment[at : at + 1] == "\\":
        at += 1
    if at >= len(segment):
        raise PatternError(pattern, "has a `[` without its `]`")
    return segment[at], at + 1
