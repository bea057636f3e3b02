"""The kinds of text that a label can be asked to be."""

from __future__ import annotations

from collections.abc import Callable

from tollgate.model import lazy_re as re

_URL = re.compile(
    r"(?:https?|ftp|git|ssh)(?:\+[a-z]+)?://(?:[^\s/?#@]*@)?[^\s/?#@]+(?:[/?#]\S*)?\Z", re.IGNORECASE
)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
_HASH = re.compile(r"(?:[0-9a-f]{7,40}|[0-9a-f]{64})\Z", re.IGNORECASE)
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-](\d{2}):(\d{2}))\Z", re.ASCII
)
_NUMBER = r"(?:0|[1-9][0-9]*)"
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(?:-(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)
_LONGEST = 2048
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_url(text: str) -> bool:
    return _URL.match(text) is not None


def is_email(text: str) -> bool:
    return _EMAIL.match(text) is not None


def is_hash(text: str) -> bool:
    """A Git commit, abbreviated or not (SHA-1 or SHA-256)."""
    return _HASH.match(text) is not None


def is_semver(text: str) -> bool:
    return _SEMVER.match(text) is not None


def is_rfc3339(text: str) -> bool:
    found = _TIME.match(text)
    if found is None:
        return False
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if not 1 <= month <= len(_DAYS) or not 1 <= day <= _DAYS[month - 1]:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if month == 2 and day == _DAYS[1] and not leap:
        return False
    offset = (int(found[7] or 0), int(found[8] or 0))
    return hour < 24 and minute < 60 and second <= 60 and offset[0] < 24 and offset[1] < 60


def is_spdx(text: str) -> bool:
    """An SPDX licence expression, with names from the list or `LicenseRef-…`."""
    from tollgate.checks.spdx import is_expression

    return is_expression(text)


def _bounded(holds: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: len(text) <= _LONGEST and holds(text)


FORMATS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "text": ("a text", lambda _: True),
    "url": ("a URL", _bounded(is_url)),
    "semver": ("a semantic version", _bounded(is_semver)),
    "hash": ("a Git commit", _bounded(is_hash)),
    "rfc3339": ("a time such as 2026-01-31T12:00:00Z", _bounded(is_rfc3339)),
    "spdx": ("an SPDX licence expression", _bounded(is_spdx)),
    "email": ("an e-mail address", _bounded(is_email)),
}
"""Kind to its description and test."""
