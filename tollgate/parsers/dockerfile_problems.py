"""Keywords, and what a reader calls the problems that it finds."""

from __future__ import annotations

from tollgate.model.dockerfile_parts import KEYWORD_NAMES
from tollgate.model.finding import InputProblem

KEYWORDS = {word.lower(): word for word in KEYWORD_NAMES}
KEYWORDS.update({word: word for word in KEYWORD_NAMES})
"""Lower and upper case to the keyword."""

UNKNOWN_INSTRUCTION = "unknown-instruction"
FLAG = "instruction-flag-invalid"
ARGUMENTS = "wrong-number-of-arguments"
PAIRS = "key-value-malformed"
JSON_FORM = "json-form-invalid"
HEALTHCHECK = "healthcheck-malformed"
HERE_MISPLACED = "here-document-misplaced"
VARIABLE_IN_FROM = "stage-reference-with-variable"
"""Rules in rules/dockerfile/build that say what a problem means; what has no rule is a parse-error."""


def problem(start: int, end: int, message: str, code: str = "parse-error") -> InputProblem:
    return InputProblem(code, start, max(end, start + 1), message)
