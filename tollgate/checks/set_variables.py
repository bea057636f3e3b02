"""Which variables an instruction sets: by ENV and ARG, and in, around and by the commands of a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.download_commands import written
from tollgate.checks.run_texts import commands_of
from tollgate.model.dockerfile import Instruction
from tollgate.model.record import NamedTuple
from tollgate.model.shell import Command


class SetVariable(NamedTuple):
    """`value` is a text only where the file says what it is."""

    name: str
    value: object
    start: int
    end: int


def variables_set(item: Instruction) -> Iterator[SetVariable]:
    """All that an ENV, an ARG or a RUN sets, in order of place for each command; an ARG without a default
    sets nothing."""
    if item.keyword == "RUN":
        for command in commands_of(item):
            yield from _by_command(command)
        return
    for pair in item.dockerfile.scopes.pairs(item):
        if pair.value is not None:
            yield SetVariable(str(pair.key.value), pair.value.value, pair.key.start, pair.value.end)


def _by_command(command: Command) -> Iterator[SetVariable]:
    """`A=b command`, `env A=b command`, `export A=b`."""
    for one in command.assignments:
        yield SetVariable(one.name, one.value.value, one.start, one.end)
    words = [word for wrapper in command.wrappers for word in wrapper.words]
    if command.name in {"export", "declare"}:
        words += command.arguments
    for word in words:
        name, sign, value = written(command, word).partition("=")
        if sign and name.isidentifier():
            yield SetVariable(name, value, word.start, word.end)
