"""`RUN --mount`: what BuildKit refuses.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/instructions/commands_runmount.go.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence as Seq

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Flag, Instruction
from tollgate.model.dockerfile_expand import expand
from tollgate.model.finding import Problem
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.source import Span
from tollgate.model.target import Target

_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_SHARING = ("shared", "private", "locked")
_BOOLEAN = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
_NAMES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_KEYS = (
    "type from source src target dst destination readonly ro readwrite rw required size id sharing "
    "mode uid gid env"
).split()
_SWITCHES = frozenset({"readonly", "readwrite", "required"})
_WITH_OWNER = frozenset({"secret", "ssh", "cache"})
_SIZE = re.compile(r"[0-9]+(?:\.[0-9]+)* ?(?:[kKmMgGtTpP][iI]?)?[bB]?\Z")
_UINT32 = 1 << 32


class Field(NamedTuple):
    """`key` with its short names written out. `value` None: there is no `=`, or nobody knows it."""

    key: str
    written: str
    value: str | None
    has_sign: bool
    place: Span


def malformed(target: Target, _context: Context) -> Iterator[Problem]:
    """The first thing wrong with each mount of a RUN."""
    assert isinstance(target, Instruction)
    for number, flag in enumerate(target.flags):
        if flag.name == "mount" and flag.value is not None and '"' not in str(flag.value.value):
            found = _complaint(_fields(target, flag))
            if found is not None:
                place, message = found
                span = place or Span(flag.start, flag.end)
                yield Problem(*span, message=message, key=str(number))


def _fields(item: Instruction, flag: Flag) -> list[Field]:
    assert flag.value is not None
    lookup = item.dockerfile.scopes.lookup_at(item)
    text, start, end = str(flag.value.value), flag.value.start, flag.value.end
    exact = len(text) == end - start
    found = []
    at = start
    for written in text.split(","):
        key, sign, value = written.partition("=")
        known: str | None = value
        if "$" in value or "\\" in value or "'" in value:
            expanded = expand(value, lookup, item.dockerfile.escape).value
            known = expanded if isinstance(expanded, str) else None
        place = Span(at, at + len(written)) if exact else Span(start, end)
        name = _NAMES.get(key.lower(), key.lower())
        found.append(Field(name, key.lower(), known if sign else None, bool(sign), place))
        at += len(written) + 1
    return found


def _complaint(fields: Seq[Field]) -> tuple[Span | None, str] | None:
    """The place (None: the whole flag) and what is wrong, in BuildKit's order."""
    kind: str | None = "bind"
    last: dict[str, Field] = {}
    for field in fields:
        complaint = _field_complaint(field, kind)
        if complaint:
            return field.place, complaint
        if field.key == "type":
            kind = None if field.value is None else field.value.lower()
        last[field.key] = field
    return None if kind is None else _together(kind, last)


def _field_complaint(field: Field, kind: str | None) -> str:
    if field.written not in _KEYS:
        return _unknown_key(field)
    if field.key in ("required", "size"):
        wanted = ("secret", "ssh") if field.key == "required" else ("tmpfs",)
        if kind is not None and kind not in wanted:
            return f"`{field.key}` is for mounts of type {' or '.join(wanted)}, which has to come before it"
    if not field.has_sign:
        return "" if field.key in _SWITCHES else f"`{field.written}` needs a value"
    if field.value is None:
        return ""
    is_right = _VALUES.get(field.key)
    return "" if is_right is None or is_right[0](field.value) else is_right[1]


def _unknown_key(field: Field) -> str:
    from difflib import get_close_matches

    near = get_close_matches(field.written[:40], _KEYS, 1)
    return "a mount has no such key" + (f"; did you mean `{near[0]}`?" if near else "")


def _is_number(base: int) -> Callable[[str], bool]:
    digits = re.compile(rf"[0-{base - 1}]{{1,11}}\Z")
    return lambda text: digits.match(text) is not None and int(text, base) < _UINT32


_BOOLEAN_VALUE = (_BOOLEAN.__contains__, "this takes true or false")
_VALUES: dict[str, tuple[Callable[[str], bool], str]] = {
    "type": (lambda text: text.lower() in _TYPES, "a mount is of type bind, cache, tmpfs, secret or ssh"),
    "sharing": (lambda text: text.lower() in _SHARING, "`sharing` is shared, private or locked"),
    "readonly": _BOOLEAN_VALUE,
    "readwrite": _BOOLEAN_VALUE,
    "required": _BOOLEAN_VALUE,
    "size": (lambda text: _SIZE.match(text) is not None, "`size` takes a number of bytes, such as 64m"),
    "mode": (_is_number(8), "`mode` takes an octal number"),
    "uid": (_is_number(10), "`uid` takes a number"),
    "gid": (_is_number(10), "`gid` takes a number"),
}


def _together(kind: str, last: dict[str, Field]) -> tuple[Span | None, str] | None:
    for key in ("mode", "uid", "gid"):
        if key in last and kind not in _WITH_OWNER:
            return last[key].place, f"`{key}` is not for mounts of type {kind}"
    if "sharing" in last and kind != "cache":
        return last["sharing"].place, f"`sharing` is not for mounts of type {kind}"
    if kind == "secret":
        return _secret(last)
    source, target = last.get("source"), last.get("target")
    if kind == "ssh":
        refused = source is not None and source.value != ""
        return (source.place, "a mount of type ssh takes no source") if source and refused else None
    if target is not None and target.value and posixpath.normpath(target.value).strip("/") == "":
        return target.place, "nothing can be mounted at /"
    return None


def _secret(last: dict[str, Field]) -> tuple[Span | None, str] | None:
    def given(key: str) -> Field | None:
        field = last.get(key)
        return None if field is None or field.value == "" else field

    origin = given("from")
    if origin is not None:
        return origin.place, "a secret comes from nowhere else: it takes no `from`"
    source, name = given("source"), given("id")
    if source is None and name is None and given("target") is None:
        return None, "a mount of type secret needs an id or a target"
    if source is not None and name is not None:
        return source.place, "`source` and `id` both name the secret"
    return None
