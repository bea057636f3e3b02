"""Who the final image runs as."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.dockerfile import Stage
from tollgate.model.finding import Problem
from tollgate.model.image import compile_pattern, matches, parse_image
from tollgate.model.node import UNKNOWN, Scalar
from tollgate.model.rule import Context
from tollgate.model.target import Target


def runs_as_root(target: Target, context: Context) -> Iterator[Problem]:
    """The effective user at the stage's end is root, or nothing sets one on a base that has none.

    A base outside the file with no USER is a warning: what it sets cannot be seen from here.
    """
    assert isinstance(target, Stage)
    user = target.field("user")
    if isinstance(user, Scalar):
        if user.value is not UNKNOWN and _is_root(str(user.value)):
            how = f": `USER {user.value}` is the last word on it"
            yield Problem(user.start, user.end, fields={"how": how})
        return
    base = target.field("root-base")
    if isinstance(base, Scalar) and (base.value is UNKNOWN or _is_nonroot(str(base.value), context)):
        return
    span = target.grip()
    how = ", most likely: nothing sets a user, so it runs as its base does"
    yield Problem(span.start, span.end, fields={"how": how}, severity="warning", missing=True)


def _is_root(user: str) -> bool:
    name = user.strip().strip("\"'").split(":", 1)[0]
    return name.lower() == "root" or (name.isdecimal() and int(name) == 0)


def _is_nonroot(base: str, context: Context) -> bool:
    reference = parse_image(base)
    if reference is None:
        return False
    tag = reference.tag or ""
    if "nonroot" in tag or reference.host == "cgr.dev":
        return True
    return any(matches(compile_pattern(pattern), reference) for pattern in context.policy.images.nonroot)
