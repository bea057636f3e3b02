"""What is said where Tollgate itself fails: what failed where, and nothing of the linted text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tollgate.model.finding import InputProblem
from tollgate.model.hints import TypeVar

T = TypeVar("T")

OnFailure = Callable[[str, Exception], None]
"""Told the name of a rule that failed, and how."""

CRASHED = "not-linted-crashed"


def where_of(error: Exception) -> str:
    """The kind of an error and the line of ours that raised it. Its own text may quote what was linted."""
    import os
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def file_failure(error: Exception) -> str:
    return f"Tollgate failed on this file ({where_of(error)}), so nothing of it was judged; please report it"


def rule_failure(rule: str, error: Exception) -> InputProblem:
    """What is said in a file of a rule that failed there; the others have judged it all the same."""
    told = f"the rule `{rule}` failed ({where_of(error)}), so it judged nothing here; please report it"
    return InputProblem(CRASHED, 0, 0, told)


def guarded(rule: str, find: Callable[[], Iterable[T]], failed: OnFailure | None) -> Iterator[T]:
    """What a rule finds; if it fails, what it found until then. Without `failed` its error is raised."""
    try:
        yield from find()
    except Exception as error:
        if failed is None:
            raise
        failed(rule, error)
