"""What BuildKit refuses, as problems with a place. Messages never hold text of the file: any word may
be a secret.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/instructions.
"""

from __future__ import annotations

from collections.abc import Callable

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.dockerfile_expand import Variable, expand
from tollgate.model.dockerfile_parts import nearest_keyword
from tollgate.model.finding import InputProblem
from tollgate.model.node import Scalar
from tollgate.parsers.dockerfile_check_flags import check_flags, healthcheck_flag
from tollgate.parsers.dockerfile_lines import LogicalLine
from tollgate.parsers.dockerfile_problems import (
    ARGUMENTS,
    HEALTHCHECK,
    HERE_MISPLACED,
    JSON_FORM,
    KEYWORDS,
    PAIRS,
    UNKNOWN_INSTRUCTION,
    problem,
)

_JSON_TAKERS = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "ADD", "COPY", "VOLUME"})
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*\Z")
_HASH = re.compile(r"[ \t]#")
_JSON_THEN_HASH = r"\[[^\n]*\][ \t]+#"
_HERE_DOCUMENT = r"[0-9]*<<-?[^<]+\Z"
_QUOTES = frozenset("'\"")
_UNKNOWN_LOOKUP = Variable("set")
_WORDS_EXPAND = frozenset({"ADD", "COPY", "EXPOSE", "FROM", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})


def check_instruction(
    item: Instruction, line: LogicalLine, start: int, end: int, escape: str, problems: list[InputProblem]
) -> None:
    """Problems of one instruction whose arguments are `line.text[start:end]`."""
    keyword = item.keyword
    if keyword not in KEYWORDS:
        problems.append(problem(*item.keyword_span, _unknown_instruction(keyword), UNKNOWN_INSTRUCTION))
        return
    if item.flags:
        check_flags(item, problems)
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
    near = nearest_keyword(keyword)
    return f"unknown instruction; did you mean {near}?" if near else "unknown instruction"


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


def _needs_any(item: Instruction) -> InputProblem | None:
    if item.words or item.pairs or item.is_json or item.onbuild:
        return None
    return problem(*item.keyword_span, f"{item.keyword} needs an argument", ARGUMENTS)


def _needs_pairs(item: Instruction) -> InputProblem | None:
    if not item.pairs:
        return None if item.body else _needs_any(item)
    blank = next((pair for pair in item.pairs if pair.key.value == ""), None)
    if blank is None:
        return None
    end = blank.value.end if blank.value is not None else blank.key.end
    return problem(blank.key.start, end, f"{item.keyword} needs a name before `=`", PAIRS)


def _needs_destination(item: Instruction) -> InputProblem | None:
    if len(item.words) >= 2:
        last = item.words[-1]
        if not item.is_json and re.match(_HERE_DOCUMENT, str(last.value)):
            return problem(last.start, last.end, "a here-document cannot be the destination", HERE_MISPLACED)
        listed = next((word for word in item.words if item.is_json and _opens(str(word.value))), None)
        if listed is not None:
            message = "a list in JSON form holds no here-document: this is the name of a file"
            return problem(listed.start, listed.end, message, HERE_MISPLACED)
        return None
    return problem(*item.keyword_span, f"{item.keyword} needs a source and a destination", ARGUMENTS)


def _opens(word: str) -> bool:
    return re.match(r"<<-?['\"]?[A-Za-z_]", word) is not None


def _no_here_document(item: Instruction) -> InputProblem | None:
    """BuildKit takes CMD and ENTRYPOINT without arguments; a here-document it takes for shell text."""
    if item.is_json or not item.words or not _opens(str(item.words[0].value)):
        return None
    word = item.words[0]
    message = f"{item.keyword} takes no here-document; ADD, COPY and RUN do"
    return problem(word.start, word.start + len(str(word.value).split()[0]), message, HERE_MISPLACED)


def _check_from(item: Instruction) -> InputProblem | None:
    words = item.words
    if not words:
        return _needs_any(item)
    if len(words) == 1:
        return None
    if len(words) != 3 or str(words[1].value).lower() != "as":
        message = "FROM takes an image, and AS with a name after it"
        return problem(words[1].start, words[-1].end, message, ARGUMENTS)
    if not _STAGE_NAME.match(str(words[2].value).lower()):
        message = "a stage's name starts with a letter and holds letters, digits, `-`, `_` and `.`"
        return problem(words[2].start, words[2].end, message, "stage-name-invalid")
    return None


def _check_shell(item: Instruction) -> InputProblem | None:
    if item.is_json and item.words:
        return None
    if item.is_json or not item.body:
        return problem(*item.keyword_span, "SHELL needs an argument", ARGUMENTS)
    message = "SHELL takes its arguments in JSON form"
    return problem(item.words[0].start, item.words[0].end, message, JSON_FORM)


def _check_healthcheck(item: Instruction) -> InputProblem | None:
    if not item.words:
        return _needs_any(item)
    kind = item.words[0]
    name = str(kind.value).upper()
    if name == "NONE":
        extra = item.words[1:]
        return (
            problem(extra[0].start, extra[-1].end, "HEALTHCHECK NONE takes nothing after it", HEALTHCHECK)
            if extra
            else None
        )
    if name != "CMD":
        return problem(kind.start, kind.end, "HEALTHCHECK takes CMD or NONE", HEALTHCHECK)
    if len(item.words) < 2:
        return problem(kind.start, kind.end, "HEALTHCHECK CMD needs a command", HEALTHCHECK)
    return next(filter(None, map(healthcheck_flag, item.flags)), None)


def _check_onbuild(item: Instruction) -> InputProblem | None:
    inner = item.onbuild
    if inner is None:
        return None if item.body else _needs_any(item)
    if inner.keyword in ("ONBUILD", "MAINTAINER", "FROM"):
        message = f"{inner.keyword} is not allowed behind ONBUILD"
        return problem(*inner.keyword_span, message, "onbuild-trigger-forbidden")
    return None


def _check_volume(item: Instruction) -> InputProblem | None:
    quotes = "" if item.is_json else "'\""
    blank = next((word for word in item.words if not str(word.value).strip().strip(quotes)), None)
    if blank is not None:
        return problem(blank.start, blank.end, "a volume's path is empty", "volume-path-empty")
    if item.is_json and not item.words:
        return problem(*item.keyword_span, "VOLUME needs an argument", ARGUMENTS)
    return _needs_any(item)


def _anything(_: Instruction) -> None:
    """BuildKit takes RUN without arguments."""


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
    "CMD": _no_here_document,
    "ENTRYPOINT": _no_here_document,
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
