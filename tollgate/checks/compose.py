"""Services of Compose files: what they lack, and what they switch off."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.compose import Service, text_of, truth_of
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import is_null
from tollgate.model.node import Node, Scalar, Sequence, child
from tollgate.model.rule import Context
from tollgate.words import quantity

_LIMITS = {
    # what: the places that limit it, the first of them is where it belongs
    "memory": (("mem_limit",), ("deploy", "resources", "limits", "memory")),
    "cpu": (("cpus",), ("deploy", "resources", "limits", "cpus"), ("cpu_quota",)),
    "pids": (("pids_limit",), ("deploy", "resources", "limits", "pids")),
}


_LONGEST_NUMBER = 9


def memory_limit(service: Service, _context: Context) -> Iterator[Problem]:
    """Nothing limits the service's memory."""
    return _unlimited(service, "memory")


def cpu_limit(service: Service, _context: Context) -> Iterator[Problem]:
    """Nothing limits the service's share of the CPUs."""
    return _unlimited(service, "cpu")


def pids_limit(service: Service, _context: Context) -> Iterator[Problem]:
    """Nothing limits how many processes the service starts; 0 and less are no limit."""
    return _unlimited(service, "pids")


def _unlimited(service: Service, what: str) -> Iterator[Problem]:
    written = [trail for trail in _LIMITS[what] if not is_null(service.inherited(*trail))]
    if not written:
        yield _lacks(service, *_LIMITS[what][0])
    elif all(_is_no_limit(service.inherited(*trail)) for trail in written):
        yield problem_at(service, *written[0], fields={"state": "has no limit"})


def _is_no_limit(node: Node | None) -> bool:
    amount = quantity(text_of(node))
    return amount is not None and amount <= 0


def _lacks(service: Service, *trail: str) -> Problem:
    """A problem at the service itself for something that it does not have."""
    return problem_at(service, *trail, fields={"state": "sets none"})._replace(missing=True)


def writable_root(service: Service, _context: Context) -> Iterator[Problem]:
    """`read_only` is not true, nor is it in what the service extends."""
    value = service.inherited("read_only")
    if truth_of(value) is not True and not _is_unknown(value):
        yield _at_own(service, "read_only")


def _is_unknown(node: Node | None) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str) and text_of(node) is None


def _at_own(service: Service, key: str) -> Problem:
    problem = problem_at(service, key)
    return problem._replace(missing=is_null(service.node.get(key)))


def healthcheck(service: Service, _context: Context) -> Iterator[Problem]:
    """No healthcheck, or one that is switched off."""
    check = service.inherited("healthcheck")
    test = child(check, "test")
    words = (
        [item.value for item in test.items if isinstance(item, Scalar)] if isinstance(test, Sequence) else []
    )
    if is_null(check):
        yield _lacks(service, "healthcheck")._replace(fields={"state": "has no healthcheck"})
    elif truth_of(child(check, "disable")) is True:
        yield problem_at(service, "healthcheck", "disable", fields={"state": "switches its healthcheck off"})
    elif words[:1] == ["NONE"]:
        yield problem_at(service, "healthcheck", "test", fields={"state": "switches its healthcheck off"})


def networks(service: Service, _context: Context) -> Iterator[Problem]:
    """Neither `networks` nor `network_mode`: the service is on the project's default network."""
    if is_null(service.inherited("networks")) and is_null(service.inherited("network_mode")):
        yield _lacks(service, "networks")


def capabilities_not_dropped(service: Service, _context: Context) -> Iterator[Problem]:
    """`cap_drop` lacks `ALL`."""
    dropped = [(text_of(item) or "").upper().removeprefix("CAP_") for item in service.listed("cap_drop")]
    if "ALL" not in dropped:
        yield problem_at(service, "cap_drop", key_only=True)


def no_capability_dropped(service: Service, _context: Context) -> Iterator[Problem]:
    """`cap_drop` is empty or missing."""
    if next(service.listed("cap_drop"), None) is None:
        yield problem_at(service, "cap_drop", key_only=True)


def new_privileges(service: Service, _context: Context) -> Iterator[Problem]:
    """`security_opt` lacks `no-new-privileges`, or sets it to false; the last one counts."""
    options = [item for item in service.listed("security_opt") if _option(item)[0] == "no-new-privileges"]
    if not options:
        yield problem_at(service, "security_opt", key_only=True, fields={"state": "does not set"})
    elif _option(options[-1])[1] not in ("", "true"):
        at = _index_of(service, options[-1])
        if at is not None:
            yield problem_at(service, "security_opt", at, fields={"state": "switches off"})


def _option(item: Scalar) -> tuple[str, str]:
    """Name and value of a security option; Docker takes `:` as it takes `=`."""
    text = text_of(item) or ""
    name, sign, value = text.partition("=")
    if not sign:
        name, _, value = text.partition(":")
    return name, value


def _index_of(service: Service, item: Scalar) -> int | None:
    items = service.node.get("security_opt")
    found = items.items if isinstance(items, Sequence) else []
    return next((index for index, one in enumerate(found) if one is item), None)


def security_options(service: Service, _context: Context) -> Iterator[Problem]:
    """No `security_opt` at all."""
    if is_null(service.inherited("security_opt")):
        yield _lacks(service, "security_opt")


def unconfined_seccomp(service: Service, _context: Context) -> Iterator[Problem]:
    return _options_set(service, "seccomp", ("unconfined",))


def unconfined_apparmor(service: Service, _context: Context) -> Iterator[Problem]:
    return _options_set(service, "apparmor", ("unconfined",))


def without_selinux(service: Service, _context: Context) -> Iterator[Problem]:
    return _options_set(service, "label", ("disable",))


def unmasked_paths(service: Service, _context: Context) -> Iterator[Problem]:
    return _options_set(service, "systempaths", ("unconfined",))


def _options_set(service: Service, name: str, values: tuple[str, ...]) -> Iterator[Problem]:
    items = service.node.get("security_opt")
    for index, item in enumerate(items.items if isinstance(items, Sequence) else ()):
        if isinstance(item, Scalar):
            found, value = _option(item)
            if found == name and value in values:
                option = f"{found}:{value}"
                change = Change("remove", service.document, (*service.trail, "security_opt", index))
                fix = FixPlan(False, (change,), title=f"remove `{option}`")
                at = ("security_opt", index)
                yield problem_at(service, *at, fields={"option": option}, key=option, fix=fix)


def restarts(service: Service, context: Context) -> Iterator[Problem]:
    """`on-failure` without a limit, or with a higher one than the option `most`."""
    most = int(context.options["most"])
    restart = text_of(service.node.get("restart")) or ""
    policy, _, limit = restart.partition(":")
    if policy == "on-failure" and _is_over(limit, most):
        yield problem_at(service, "restart", fields={"most": most})
    below = child(service.node.get("deploy"), "restart_policy")
    if text_of(child(below, "condition")) == "on-failure":
        attempts = child(below, "max_attempts")
        if is_null(attempts):
            yield problem_at(
                service, "deploy", "restart_policy", "condition", fields={"most": most}, key="deploy"
            )
        elif _is_over(text_of(attempts) or "", most):
            at = ("deploy", "restart_policy", "max_attempts")
            yield problem_at(service, *at, fields={"most": most}, key="deploy")


def _is_over(limit: str, most: int) -> bool:
    """Whether a number of restarts, none being no limit, is over `most`."""
    if limit and not (limit.isascii() and limit.isdigit()):
        return False
    return not 0 < int((limit or "0")[:_LONGEST_NUMBER]) <= most
