"""Days as policies, suppressions and baselines write them: 2027-03-01."""

from __future__ import annotations

from datetime import date

SOON_DAYS = 30
"""So many days before its end an exception is listed, that somebody can look at it again."""


def is_day(text: str) -> bool:
    """Whether the calendar has that day."""
    return days_between(text, text) is not None


def days_between(first: str, last: str) -> int | None:
    """Days from one day to another; None if one of them is none."""
    if not len(first) == len(last) == len("2027-03-01"):  # Python 3.11 reads other spellings, too
        return None
    try:
        return (date.fromisoformat(last) - date.fromisoformat(first)).days
    except ValueError:
        return None
