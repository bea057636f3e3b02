"""What containers drop of their capabilities, as container runtimes read the list.

containerd and CRI-O compare names without case; only CRI-O takes the prefix `CAP_`, so a name with it
cannot be relied on.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Container
from tollgate.model.node import Scalar, Sequence, Trail, descend
from tollgate.model.rule import Context

DROP = ("securityContext", "capabilities", "drop")

DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
        "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
"""What a container has unless it says otherwise: the default set of containerd and Docker."""


def dropped(container: Container) -> frozenset[str]:
    """The names under `capabilities.drop`, in capitals."""
    return _names(container, DROP)


def adds_all(container: Container) -> bool:
    """Whether every capability is added, which undoes what is dropped."""
    return "ALL" in _names(container, ("securityContext", "capabilities", "add"))


def _names(container: Container, below: Trail) -> frozenset[str]:
    listed = descend(container.node, below)
    items = listed.items if isinstance(listed, Sequence) else ()
    return frozenset(
        item.value.upper() for item in items if isinstance(item, Scalar) and isinstance(item.value, str)
    )


def net_raw_kept(container: Container, _context: Context) -> Iterator[Problem]:
    """Something is dropped, but neither NET_RAW nor ALL."""
    names = dropped(container)
    if names and not names & {"ALL", "NET_RAW"}:
        yield problem_at(container, *DROP)


def dropped_one_by_one(container: Container, _context: Context) -> Iterator[Problem]:
    """Every default capability is dropped by its name, and ALL is not among them."""
    names = dropped(container)
    if names >= DEFAULT_CAPABILITIES and "ALL" not in names:
        yield problem_at(container, *DROP)


def all_in_small_letters(container: Container, _context: Context) -> Iterator[Problem]:
    """`all` in another case than Pod Security Admission takes; to runtimes it means the same."""
    listed = descend(container.node, DROP)
    words = [
        (index, item.value)
        for index, item in enumerate(listed.items if isinstance(listed, Sequence) else ())
        if isinstance(item, Scalar) and isinstance(item.value, str) and item.value.upper() == "ALL"
    ]
    if words and all(word != "ALL" for _, word in words):
        index, word = words[0]
        change = Change("set", container.document, (*container.trail, *DROP, index), "ALL")
        fix = FixPlan(True, (change,), title=f"write `ALL` for `{word}`")
        yield problem_at(container, *DROP, index, fields={"word": word}, fix=fix)
