"""What a suppression's reason says beside the reason: `until: 2027-03-01, approved-by: Ana Lima`."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.days import SOON_DAYS, days_between
from tollgate.model.policy import SuppressionPolicy
from tollgate.model.record import NamedTuple

_UNTIL = re.compile(r"(?:^|(?<=[\s(,;]))until:[ \t]*([^\s,;)]*)[,;)]*")
_APPROVED_BY = re.compile(r"(?:^|(?<=[\s(,;]))approved-by:([^,;)]*)[,;)]*")


class End(NamedTuple):
    """`problem` (the rule that tells it) and `message` say what is wrong or near, `over` that it has passed.

    A day that is none ends the suppression at once: else a slip of the pen would make it last for ever.
    """

    over: bool = False
    problem: str = ""
    message: str = ""


class Said(NamedTuple):
    """A reason without the rest, the last day as written (None: no end) and who agreed."""

    reason: str
    until: str | None = None
    approved_by: str = ""


def read_reason(reason: str) -> Said:
    """The parts of a suppression's reason."""
    rest, until = _taken(_UNTIL, reason)
    rest, approver = _taken(_APPROVED_BY, rest)
    return Said(rest, until, approver or "")


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, str | None]:
    """The text without the first match, and what the match holds."""
    found = pattern.search(text)
    if found is None:
        return text, None
    rest = f"{text[: found.start()].rstrip(' (,;')} {text[found.end() :].lstrip()}".strip()
    return rest, found[1].strip()


def judge_end(until: str, what: str, *, today: str) -> End:
    """What the last day means on `today`; the day itself still counts. Without a `today` nothing has ended.
    `what`: such as "the suppression of `host-pid`"."""
    left = days_between(today or until, until)
    if left is None:
        said = f"`until:` in {what} needs a day such as 2027-03-01: nothing is suppressed"
        return End(True, "suppression-unreadable", said)
    if left < 0:
        said = f"{what} ended on {until}, so what it silenced counts again"
        return End(True, "suppression-expired", said)
    if today and left <= SOON_DAYS:
        when = "today" if left == 0 else f"on {until}"
        said = f"{what} ends {when}: mend what it silences, or decide again"
        return End(False, "suppression-ends-soon", said)
    return End()


def unmet_demand(said: Said, demands: SuppressionPolicy, *, today: str) -> str:
    """What policy demands of a suppression and this one does not say, as a clause; empty if nothing."""
    if demands.require_approver and not said.approved_by:
        return "policy demands `approved-by:` and a name"
    if demands.require_until and said.until is None:
        return "policy demands an end, such as `until: 2027-03-01`"
    if demands.max_days and today and said.until is not None:
        left = days_between(today, said.until)
        if left is not None and left > demands.max_days:
            return f"policy allows {demands.max_days} days from now, and {said.until} is {left} days away"
    return ""
