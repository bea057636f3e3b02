"""EXPOSE: ports that are none, mappings that belong to the run, spelling, SSH."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.node import Scalar, Sequence
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.target import Target

_HIGHEST = 65535
_TOO_HIGH = f"is beyond {_HIGHEST}, the last port that there is"
_SSH = 22
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?\Z")


class Port(NamedTuple):
    """One word of EXPOSE: `[address:][host:]container[/protocol]`.

    `mapping` is what stands before the container's part, with its colon. `first`, `last` are None where
    the container's part is no number or range. `at` is where `container` begins in the word.
    """

    word: Scalar
    text: str
    mapping: str
    container: str
    protocol: str
    first: int | None
    last: int | None


def _written_numbers(target: Target) -> Iterator[tuple[Scalar, str]]:
    """The numbers that stand beside variables which only the build knows, each with its word."""
    words = target.field("words") if isinstance(target, Instruction) else None
    for word in words.items if isinstance(words, Sequence) else ():
        if isinstance(word, Scalar) and not isinstance(word.value, str):
            text = target.source.text[word.start : word.end]
            for number in re.findall(r"(?:(?<=[-:])|^)\d{1,9}(?=[-:/]|$)", text):
                yield word, number


def ports(target: Target) -> Iterator[Port]:
    """The ports of an EXPOSE whose text is known."""
    words = target.field("words") if isinstance(target, Instruction) else None
    for word in words.items if isinstance(words, Sequence) else ():
        if isinstance(word, Scalar) and isinstance(word.value, str):
            yield read_port(word, word.value)


def read_port(word: Scalar, text: str) -> Port:
    rest, _, protocol = text.partition("/")
    mapping, colon, container = rest.rpartition(":")
    found = _RANGE.match(container)
    first = last = None
    if found is not None:
        first = int(found[1])
        last = first if found[2] is None else int(found[2])
    return Port(word, text, mapping + colon, container, protocol, first, last)


def _is_written(target: Target, port: Port) -> bool:
    """Whether the word stands in the file as it reads: no variable, no quotes."""
    return target.source.text[port.word.start : port.word.end] == port.text


def _problem(port: Port, *, fix: FixPlan | None = None, **fields: object) -> Problem:
    word = port.word
    return Problem(word.start, word.end, fields={"port": port.text, **fields}, key=port.text, fix=fix)


def invalid(target: Target, _context: Context) -> Iterator[Problem]:
    """What the builder refuses."""
    for port in ports(target):
        reason = ""
        if port.first is None or port.last is None:
            reason = "is no number and no range of numbers"
        elif max(port.first, port.last) > _HIGHEST:
            reason = _TOO_HIGH
        elif port.last < port.first:
            reason = "ends before it begins"
        elif port.protocol.lower() not in _PROTOCOLS | {""}:
            reason = "has a protocol other than tcp, udp and sctp"
        if reason:
            yield _problem(port, reason=reason)
    for word, number in _written_numbers(target):
        if int(number) > _HIGHEST:
            fields = {"port": number, "reason": _TOO_HIGH}
            yield Problem(word.start, word.end, fields=fields, key=number)


def mapped(target: Target, _context: Context) -> Iterator[Problem]:
    """An address or a port of the host: only `docker run` and Compose can map."""
    for port in ports(target):
        if not port.mapping or port.first is None:
            continue
        start = port.word.start
        fix = None
        if _is_written(target, port):
            edit = Edit(start, start + len(port.mapping), "")
            fix = FixPlan(safe=True, edits=(edit,), title=f"expose `{port.text[len(port.mapping) :]}`")
        yield _problem(port, fix=fix, mapping=port.mapping.rstrip(":"))


def protocol_case(target: Target, _context: Context) -> Iterator[Problem]:
    """`/TCP`."""
    for port in ports(target):
        lower = port.protocol.lower()
        if port.protocol == lower or lower not in _PROTOCOLS:
            continue
        problem = _problem(port, protocol=lower)
        if _is_written(target, port):
            at = port.word.end - len(lower)
            edit = Edit(at, port.word.end, lower)
            fix = FixPlan(safe=True, edits=(edit,), title=f"write `{lower}`")
            problem = problem._replace(
                start=at, fix=fix, fields={**problem.fields, "protocol": port.protocol}
            )
        yield problem


def ssh(target: Target, _context: Context) -> Iterator[Problem]:
    """Port 22 over TCP, alone or in a range."""
    for port in ports(target):
        if port.first is None or port.last is None or port.protocol.lower() not in {"", "tcp"}:
            continue
        if port.first <= _SSH <= port.last <= _HIGHEST:
            yield _problem(port)
