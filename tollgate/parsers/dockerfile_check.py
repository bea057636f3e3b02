"""What BuildKit refuses, as problems with a place. Messages never hold text of the file: any word may
be a secret.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/instructions.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tollgate.model.dockerfile import Flag, Instruction
from tollgate.model.dockerfile_expand import Variable, expand
from tollgate.model.finding import InputProblem
from tollgate.model.node import Scalar
from tollgate.parsers.dockerfile_lines import LogicalLine

KEYWORDS = {
    word.lower(): word
    for word in (
        "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL "
        "STOPSIGNAL USER VOLUME WORKDIR"
    ).split()
}
KEYWORDS.update({word: word for word in KEYWORDS.values()})
"""Lower and upper case to the keyword."""

_TEXT, _BOOLEAN, _MANY = "text", "boolean", "many"
_FLAGS = {
    "ADD": {
        "chown": _TEXT,
        "chmod": _TEXT,
        "link": _BOOLEAN,
        "keep-git-dir": _BOOLEAN,
        "checksum": _TEXT,
        "unpack": _BOOLEAN,
        "exclude": _MANY,
    },
    "COPY": {
        "chown": _TEXT,
        "from": _TEXT,
        "chmod": _TEXT,
        "link": _BOOLEAN,
        "parents": _BOOLEAN,
        "exclude": _MANY,
    },
    "FROM": {"platform": _TEXT},
    "RUN": {"mount": _MANY, "network": _TEXT, "security": _TEXT, "device": _MANY},
    "HEALTHCHECK": {
        "interval": _TEXT,
        "timeout": _TEXT,
        "start-period": _TEXT,
        "start-interval": _TEXT,
        "retries": _TEXT,
    },
}
_JSON_TAKERS = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "ADD", "COPY", "VOLUME"})
_FLAGS_UNCHECKED = frozenset({"ARG", "STOPSIGNAL"})
"""BuildKit drops any flag of these without a word."""

_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*\Z")
_HASH = re.compile(r"[ \t]#")
_JSON_THEN_HASH = r"\[[^\n]*\][ \t]+#"
_HERE_DOCUMENT = r"[0-9]*<<-?[^<]+\Z"
_QUOTES = frozenset("'\"")
_UNKNOWN_LOOKUP = Variable("set")
_WORDS_EXPAND = frozenset({"ADD", "COPY", "EXPOSE", "FROM", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})


def problem(start: int, end: int, message: str, code: str = "parse-error") -> InputProblem:
    return InputProblem(code, start, max(end, start + 1), message)


def check_instruction(
    item: Instruction, line: LogicalLine, start: int, end: int, escape: str, problems: list[InputProblem]
) -> None:
    """Problems of one instruction whose arguments are `line.text[start:end]`."""
    keyword = item.keyword
    if keyword not in KEYWORDS:
        problems.append(problem(*item.keyword_span, _unknown_instruction(keyword)))
        return
    if item.flags and keyword not in _FLAGS_UNCHECKED:
        _check_flags(item, problems)
    hash_at = comment_start(item, line, start, end)
    if hash_at >= 0:
        message = f"`#` starts no comment here: {keyword} takes what follows as its own text"
        problems.append(problem(*line.span(hash_at, end), message, "comment-not-a-comment"))
        return
    complaint = _CHECKS[keyword](item)
    if complaint is not None:
        problems.append(complaint)
    text = line.text
    if '"' in text or "'" in text or "${" in text:
        _check_quoting(item, escape, problems)


def _unknown_instruction(keyword: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(keyword[:40], sorted({*KEYWORDS.values()}), 1)
    return f"unknown instruction; did you mean {near[0]}?" if near else "unknown instruction"


def comment_start(item: Instruction, line: LogicalLine, start: int, end: int) -> int:
    """The index of a `#` that looks like the start of a comment but is none; -1 if there is none."""
    text = line.text
    if "#" not in text or _HASH.search(text, start, end) is None:
        return -1
    keyword = item.keyword
    if text.startswith("[", start) and not item.is_json and keyword in _JSON_TAKERS:
        found = re.compile(_JSON_THEN_HASH).match(text, start, end)
        return -1 if found is None else found.end() - 1
    if keyword in ("USER", "WORKDIR", "STOPSIGNAL"):
        found = _HASH.search(text, start, end)
        return -1 if found is None else found.end() - 1
    if keyword in ("ENV", "LABEL", "ARG"):
        return _hash_word_among_pairs(item, line, start, end)
    if keyword in ("FROM", "EXPOSE", "VOLUME", "COPY", "ADD") and not item.is_json:
        own = 2 if keyword in ("COPY", "ADD") else 1
        for found in _HASH.finditer(text, start, end):
            if len(text[start : found.start()].split()) >= own:
                return found.end() - 1
    return -1


def _hash_word_among_pairs(item: Instruction, line: LogicalLine, start: int, end: int) -> int:
    """A word that begins with `#` outside quotes; in `ENV key value # note` the value has it."""
    for found in _HASH.finditer(line.text, start, end):
        before = line.text[start : found.start()]
        if _QUOTES.isdisjoint(before) or all(before.count(quote) % 2 == 0 for quote in _QUOTES):
            return found.end() - 1 if before.strip() else -1
    return -1


def _check_flags(item: Instruction, problems: list[InputProblem]) -> None:
    known = _FLAGS.get(item.keyword, {})
    if item.keyword == "HEALTHCHECK" and item.words and str(item.words[0].value).upper() == "NONE":
        return
    seen: set[str] = set()
    for flag in item.flags:
        complaint = _flag_complaint(flag, known.get(flag.name), repeated=flag.name in seen)
        seen.add(flag.name)
        if complaint:
            problems.append(problem(flag.start, flag.end, f"{item.keyword}: {complaint}"))
        elif flag.name in ("from", "mount") and flag.value is not None and _has_variable(flag):
            message = f"{item.keyword}: variables are not replaced in an image or stage reference of a flag"
            problems.append(problem(flag.start, flag.end, message))


def _has_variable(flag: Flag) -> bool:
    value = str(flag.value.value) if flag.value is not None else ""
    if flag.name == "mount":
        fields = [field for field in value.split(",") if field.lower().startswith("from=")]
        return any("$" in field[:-1] for field in fields)
    return "$" in value[:-1]


def _flag_complaint(flag: Flag, kind: str | None, *, repeated: bool) -> str:
    if kind is None:
        return "unknown flag"
    if repeated and kind != _MANY:
        return "this flag stands here a second time"
    if kind != _BOOLEAN:
        return "this flag needs a value" if flag.value is None else ""
    if flag.value is None or str(flag.value.value).lower() in ("true", "false"):
        return ""
    return "this flag takes true or false"


def _needs_any(item: Instruction) -> InputProblem | None:
    if item.words or item.pairs or item.is_json or item.onbuild:
        return None
    return problem(*item.keyword_span, f"{item.keyword} needs an argument")


def _needs_pairs(item: Instruction) -> InputProblem | None:
    if not item.pairs:
        return None if item.body else _needs_any(item)
    blank = next((pair for pair in item.pairs if pair.key.value == ""), None)
    if blank is None:
        return None
    end = blank.value.end if blank.value is not None else blank.key.end
    return problem(blank.key.start, end, f"{item.keyword} needs a name before `=`")


def _needs_destination(item: Instruction) -> InputProblem | None:
    if len(item.words) >= 2:
        last = item.words[-1]
        if not item.is_json and re.match(_HERE_DOCUMENT, str(last.value)):
            return problem(last.start, last.end, "a here-document cannot be the destination")
        return None
    return problem(*item.keyword_span, f"{item.keyword} needs a source and a destination")


def _check_from(item: Instruction) -> InputProblem | None:
    words = item.words
    if not words:
        return _needs_any(item)
    if len(words) == 1:
        return None
    if len(words) != 3 or str(words[1].value).lower() != "as":
        return problem(words[1].start, words[-1].end, "FROM takes an image, and AS with a name after it")
    if not _STAGE_NAME.match(str(words[2].value).lower()):
        message = "a stage's name starts with a letter and holds letters, digits, `-`, `_` and `.`"
        return problem(words[2].start, words[2].end, message)
    return None


def _check_shell(item: Instruction) -> InputProblem | None:
    if item.is_json and item.words:
        return None
    if item.is_json or not item.body:
        return problem(*item.keyword_span, "SHELL needs an argument")
    return problem(item.words[0].start, item.words[0].end, "SHELL takes its arguments in JSON form")


def _check_healthcheck(item: Instruction) -> InputProblem | None:
    if not item.words:
        return _needs_any(item)
    kind = item.words[0]
    name = str(kind.value).upper()
    if name == "NONE":
        extra = item.words[1:]
        return (
            problem(extra[0].start, extra[-1].end, "HEALTHCHECK NONE takes nothing after it")
            if extra
            else None
        )
    if name != "CMD":
        return problem(kind.start, kind.end, "HEALTHCHECK takes CMD or NONE")
    return None if len(item.words) > 1 else problem(kind.start, kind.end, "HEALTHCHECK CMD needs a command")


def _check_onbuild(item: Instruction) -> InputProblem | None:
    inner = item.onbuild
    if inner is None:
        return None if item.body else _needs_any(item)
    if inner.keyword in ("ONBUILD", "MAINTAINER", "FROM"):
        return problem(*inner.keyword_span, f"{inner.keyword} is not allowed behind ONBUILD")
    return None


def _check_volume(item: Instruction) -> InputProblem | None:
    blank = next((word for word in item.words if not str(word.value).strip()), None)
    if blank is not None:
        return problem(blank.start, blank.end, "a volume's path is empty")
    if item.is_json and not item.words:
        return problem(*item.keyword_span, "VOLUME needs an argument")
    return _needs_any(item)


def _anything(_: Instruction) -> None:
    """BuildKit takes RUN, CMD and ENTRYPOINT without arguments."""


_CHECKS: dict[str, Callable[[Instruction], InputProblem | None]] = {
    "ADD": _needs_destination,
    "COPY": _needs_destination,
    "FROM": _check_from,
    "ENV": _needs_pairs,
    "LABEL": _needs_pairs,
    "ARG": _needs_pairs,
    "SHELL": _check_shell,
    "HEALTHCHECK": _check_healthcheck,
    "ONBUILD": _check_onbuild,
    "VOLUME": _check_volume,
    "CMD": _anything,
    "ENTRYPOINT": _anything,
    "EXPOSE": _needs_any,
    "MAINTAINER": _needs_any,
    "RUN": _anything,
    "STOPSIGNAL": _needs_any,
    "USER": _needs_any,
    "WORKDIR": _needs_any,
}


def _check_quoting(item: Instruction, escape: str, problems: list[InputProblem]) -> None:
    """Quotes that are not closed and substitutions that cannot be read, where BuildKit expands."""
    words: list[Scalar] = []
    if item.pairs:
        for key, value in item.pairs:
            words.append(key)
            if value is not None:
                words.append(value)
    elif item.keyword in _WORDS_EXPAND:
        words.extend(item.words)
    for word in words:
        text = str(word.value)
        if "'" not in text and '"' not in text and "${" not in text:
            continue
        error = expand(text, _any_value, escape).error
        if error:
            problems.append(problem(word.start, word.end, f"{item.keyword}: {error}"))


def _any_value(_: str) -> Variable:
    return _UNKNOWN_LOOKUP
