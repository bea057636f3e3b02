"""The end of a suppression: `until: 2027-03-01` in its reason."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple

SOON_DAYS = 30
"""So many days before its end a suppression is listed, that somebody can look at it again."""

_UNTIL = re.compile(r"(?:^|(?<=[\s(,;]))until:[ \t]*([^\s,;)]*)[,;)]*")


class End(NamedTuple):
    """`reason` without the end; `problem` and `message` say what is wrong or near, `over` that it has passed.

    A day that is none ends the suppression at once: else a slip of the pen would make it last for ever.
    """

    reason: str
    until: str = ""
    over: bool = False
    problem: str = ""
    message: str = ""


def read_end(reason: str, rule: str, *, today: str) -> End:
    """What a reason says of the end. Without a `today` nothing has ended. The day itself still counts."""
    found = _UNTIL.search(reason)
    if found is None:
        return End(reason)
    rest = f"{reason[: found.start()].rstrip(' (,;')} {reason[found.end() :].lstrip()}".strip()
    until = found[1]
    left = _days_left(until, today or until)
    if left is None:
        said = (
            f"`until:` in the suppression of `{rule}` needs a day such as 2027-03-01: nothing is suppressed"
        )
        return End(rest, until, True, "suppression-unreadable", said)
    if left < 0:
        said = f"the suppression of `{rule}` ended on {until}, so what it silenced counts again"
        return End(rest, until, True, "suppression-expired", said)
    if today and left <= SOON_DAYS:
        when = "today" if left == 0 else f"on {until}"
        said = f"the suppression of `{rule}` ends {when}: mend what it silences, or decide again"
        return End(rest, until, False, "suppression-ends-soon", said)
    return End(rest, until)


def _days_left(until: str, today: str) -> int | None:
    from datetime import date

    if len(until) != len("2027-03-01"):  # Python 3.11 reads other spellings, too
        return None
    try:
        return (date.fromisoformat(until) - date.fromisoformat(today)).days
    except ValueError:
        return None
