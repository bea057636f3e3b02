"""The flags of instructions: which there are, and which values they take.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/instructions.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Flag, Instruction
from tollgate.model.finding import InputProblem
from tollgate.model.hints import TypeAlias, Union
from tollgate.parsers.dockerfile_problems import FLAG, HEALTHCHECK, VARIABLE_IN_FROM, problem

_TEXT, _BOOLEAN, _MANY = "text", "boolean", "many"
FlagKind: TypeAlias = Union[str, tuple[str, ...]]  # noqa: UP007 (needed at run time on 3.10)
"""One of the three, or the values that the flag takes."""
_FLAGS: dict[str, dict[str, FlagKind]] = {
    "ADD": {
        "chown": _TEXT,
        "chmod": _TEXT,
        "link": _BOOLEAN,
        "keep-git-dir": _BOOLEAN,
        "checksum": _TEXT,
        "unpack": _BOOLEAN,
        "exclude": _MANY,
    },
    "COPY": {
        "chown": _TEXT,
        "from": _TEXT,
        "chmod": _TEXT,
        "link": _BOOLEAN,
        "parents": _BOOLEAN,
        "exclude": _MANY,
    },
    "FROM": {"platform": _TEXT},
    "RUN": {
        "mount": _MANY,
        "network": ("default", "none", "host"),
        "security": ("sandbox", "insecure"),
        "device": _MANY,
    },
    "HEALTHCHECK": {
        "interval": _TEXT,
        "timeout": _TEXT,
        "start-period": _TEXT,
        "start-interval": _TEXT,
        "retries": _TEXT,
    },
}
_FLAGS_UNCHECKED = frozenset({"ARG", "STOPSIGNAL"})
"""BuildKit drops any flag of these without a word."""


def check_flags(item: Instruction, problems: list[InputProblem]) -> None:
    """Unknown, doubled and ill-valued flags, and variables where none are replaced."""
    if item.keyword in _FLAGS_UNCHECKED:
        return
    known = _FLAGS.get(item.keyword, {})
    if item.keyword == "HEALTHCHECK" and item.words and str(item.words[0].value).upper() == "NONE":
        return
    seen: set[str] = set()
    for flag in item.flags:
        complaint = _flag_complaint(flag, known.get(flag.name), repeated=flag.name in seen)
        if flag.name not in known:
            complaint += _nearest_flag(item.keyword, flag.name)
        seen.add(flag.name)
        if complaint:
            problems.append(problem(flag.start, flag.end, f"{item.keyword}: {complaint}", FLAG))
        elif flag.name in ("from", "mount") and flag.value is not None and _has_variable(flag):
            message = f"{item.keyword}: variables are not replaced in an image or stage reference of a flag"
            problems.append(problem(flag.start, flag.end, message, VARIABLE_IN_FROM))


def _has_variable(flag: Flag) -> bool:
    value = str(flag.value.value) if flag.value is not None else ""
    if flag.name == "mount":
        fields = [field for field in value.split(",") if field.lower().startswith("from=")]
        return any("$" in field[:-1] for field in fields)
    return "$" in value[:-1]


def _listed(values: tuple[str, ...]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}"


def _nearest_flag(keyword: str, name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name[:40], _FLAGS.get(keyword, ()), 1)
    return f"; did you mean --{near[0]}?" if near else ""


def _flag_complaint(flag: Flag, kind: FlagKind | None, *, repeated: bool) -> str:
    if kind is None:
        return "unknown flag"
    if repeated and kind != _MANY:
        return "this flag stands here a second time"
    if kind != _BOOLEAN and flag.value is None:
        return "this flag needs a value"
    if isinstance(kind, tuple):
        given = None if flag.value is None else flag.value.value
        return "" if given in kind else f"--{flag.name} takes {_listed(kind)}"
    if kind != _BOOLEAN:
        return ""
    if flag.value is None or str(flag.value.value).lower() in ("true", "false"):
        return ""
    return "this flag takes true or false"


def healthcheck_flag(flag: Flag) -> InputProblem | None:
    """A duration or number of retries that BuildKit cannot read; it expands no variables here."""
    if flag.value is None or not flag.value.value:
        return None
    value = str(flag.value.value)
    if flag.name == "retries":
        if re.match(r"\+?[0-9]{1,9}\Z", value) is None:
            message = "--retries takes a whole number, zero or more"
            return problem(flag.value.start, flag.value.end, message, HEALTHCHECK)
    elif flag.name in _FLAGS["HEALTHCHECK"] and not _is_duration(value):
        message = f"--{flag.name} takes a duration of a millisecond or more, such as 30s or 1m30s"
        return problem(flag.value.start, flag.value.end, message, HEALTHCHECK)
    return None


_DURATION_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
_MILLISECONDS = {"ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}


def _is_duration(text: str) -> bool:
    """Whether Go reads it as a duration that is zero, or at least a millisecond."""
    text = text.removeprefix("+")
    if text == "0":
        return True
    if re.match(f"(?:{_DURATION_PART})+\\Z", text) is None:
        return False
    total = sum(float(n[:20]) * _MILLISECONDS.get(unit, 1e-3) for n, unit in re.findall(_DURATION_PART, text))
    return total == 0 or total >= 1
