"""SPDX licence expressions (specification 3.0, annex B)."""

from __future__ import annotations

from functools import lru_cache

from tollgate.model import lazy_re as re

_TOKEN = re.compile(r"\s*(\(|\)|[A-Za-z0-9.:-]+\+?)")
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+\Z")
_OPERATORS = frozenset({"AND", "OR", "WITH"})
_NAME = re.compile(r"[A-Za-z0-9.-]+\Z")


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    from tollgate.checks.spdx_names import NAMES

    return frozenset(name.lower() for name in NAMES.split())


def is_expression(text: str) -> bool:
    """Names of the list in any case, `+`, `AND`, `OR`, `WITH` and brackets; NONE and NOASSERTION too."""
    if text in {"NONE", "NOASSERTION"}:
        return True
    tokens = _tokens(text)
    if not tokens:
        return False
    depth = 0
    state = "licence"
    for token in tokens:
        word = token.upper()
        if state == "licence" and token == "(":
            depth += 1
        elif _is_operand(state, token):
            state = "operator"
        elif state == "operator" and token == ")" and depth:
            depth -= 1
        elif state == "operator" and word in {"AND", "OR"}:
            state = "licence"
        elif state == "operator" and word == "WITH":
            state = "exception"
        else:
            return False
    return state == "operator" and depth == 0


def _tokens(text: str) -> list[str]:
    """Empty where a sign belongs to no token."""
    found: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return []
        found.append(token[1])
        at = token.end()
    return found


def _is_operand(state: str, token: str) -> bool:
    if state == "licence":
        return _is_licence(token)
    return state == "exception" and _NAME.match(token) is not None and token.upper() not in _OPERATORS


def _is_licence(token: str) -> bool:
    return token.lower().removesuffix("+") in _names() or _REFERENCE.match(token) is not None
