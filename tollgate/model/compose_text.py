"""Variables in the text of Compose files, filled in as Compose does where no environment is known."""

from __future__ import annotations

from tollgate.model import lazy_re as re

_LONGEST = 4096
_MOST_ROUNDS = 16

_BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([^${}]*))?\}")
_DOLLAR = "\ue000"
"""Stands for `$$`, which is a plain `$`, until everything else is filled in."""


def interpolated(text: str) -> str | None:
    """`text` with `${NAME:-default}` as its default and `$$` as `$`; None if some variable has none."""
    if "$" not in text:
        return text
    if len(text) > _LONGEST:
        return None
    text = text.replace("$$", _DOLLAR)
    for _ in range(_MOST_ROUNDS):
        filled = _BRACED.sub(_default, text)
        if filled == text:
            break
        text = filled
    return None if "$" in text else text.replace(_DOLLAR, "$")


def _default(found: re.Match[str]) -> str:
    """The default of a variable that is not set; without one it stays, and the text is not known."""
    sign, value = found[2], found[3]
    if sign in ("-", ":-"):
        return str(value)
    return "" if sign in ("+", ":+") else f"$ {found[1]}"
