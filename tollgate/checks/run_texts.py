"""What checks on commands in Dockerfiles share: where a command stands, and a command put behind it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache

from tollgate.model.dockerfile import Dockerfile, Instruction
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Edit, FixPlan
from tollgate.model.node import Scalar
from tollgate.model.shell import Command, Pipeline


def instruction_of(command: Command, keyword: str = "RUN") -> Instruction | None:
    """The RUN that a command stands in; None elsewhere."""
    owner = command.script.instruction
    return owner if isinstance(owner, Instruction) and owner.keyword == keyword else None


def in_final_chain(command: Command) -> bool:
    """Whether the layer is part of the image: the final stage and those it is built on.

    An ONBUILD runs in a later build and counts.
    """
    owner = command.script.instruction
    if not isinstance(owner, Instruction) or owner.stage is None or owner.outer is not None:
        return True
    return owner.stage in chain_of(owner.dockerfile.stages[-1])


_LATER = 200
"""How many commands after one are looked at: no step that people write is longer."""


@lru_cache(maxsize=8)
def _commands(instruction: Instruction) -> tuple[tuple[Command, ...], tuple[int, ...]]:
    """The commands of all scripts of an instruction in order of place, and where each starts."""
    scripts = instruction.dockerfile.scripts(instruction)
    found = sorted((item for script in scripts for item in script.commands), key=lambda item: item.span.start)
    return tuple(found), tuple(item.span.start for item in found)


def commands_of(instruction: Instruction) -> tuple[Command, ...]:
    """All commands of an instruction in order of place, those of nested shells included."""
    return _commands(instruction)[0]


def earlier_commands(command: Command) -> tuple[Command, ...]:
    """The commands before this one in the same instruction, nearest last."""
    owner = command.script.instruction
    if not isinstance(owner, Instruction):
        return ()
    commands, starts = _commands(owner)
    at = bisect_left(starts, command.span.start)
    return commands[max(at - _LATER, 0) : at]


def later_commands(command: Command) -> tuple[Command, ...]:
    """The commands after this one in the same instruction."""
    owner = command.script.instruction
    if not isinstance(owner, Instruction):
        return ()
    commands, starts = _commands(owner)
    at = bisect_right(starts, command.span.start)
    return commands[at : at + _LATER]


@lru_cache(maxsize=64)
def _those(
    within: Instruction | Pipeline, does: Callable[..., bool], given: tuple[object, ...]
) -> tuple[tuple[Command, ...], tuple[int, ...]]:
    """The commands of an instruction or pipeline that do something, and where each starts."""
    commands = within.commands if isinstance(within, Pipeline) else commands_of(within)
    found = tuple([command for command in commands if does(command, *given)])
    return found, tuple([command.span.start for command in found])


def next_that(command: Command, does: Callable[..., bool], *given: object) -> Command | None:
    """The first later command of the instruction that does something: `does(command, *given)`.

    Looked up once for all commands of the instruction, so thousands of them cost no more than each alone.
    """
    owner = command.script.instruction
    return _first_behind(command, owner, does, given) if isinstance(owner, Instruction) else None


def last_that(command: Command, does: Callable[..., bool], *given: object) -> Command:
    """The last later command of the instruction that does something, else this one."""
    owner = command.script.instruction
    found = _those(owner, does, given)[0] if isinstance(owner, Instruction) else ()
    return found[-1] if found and found[-1].span.start > command.span.start else command


def previous_that(command: Command, does: Callable[..., bool], *given: object) -> Command | None:
    """The nearest command before this one in the instruction that does something."""
    owner = command.script.instruction
    if not isinstance(owner, Instruction):
        return None
    found, starts = _those(owner, does, given)
    at = bisect_left(starts, command.span.start)
    return found[at - 1] if at else None


def next_in_pipe(command: Command, does: Callable[..., bool], *given: object) -> Command | None:
    """The first command behind this one in its pipeline that does something."""
    if len(command.pipeline.ranges) < 2:
        return None
    return _first_behind(command, command.pipeline, does, given)


def any_in_pipe(command: Command, does: Callable[..., bool]) -> bool:
    """Whether some command of its pipeline does something."""
    return len(command.pipeline.ranges) > 1 and bool(_those(command.pipeline, does, ())[0])


def _first_behind(
    command: Command,
    within: Instruction | Pipeline,
    does: Callable[..., bool],
    given: tuple[object, ...],
) -> Command | None:
    found, starts = _those(within, does, given)
    at = bisect_right(starts, command.span.start)
    return found[at] if at < len(found) else None


@lru_cache(maxsize=16)
def _first_mentions(file: Dockerfile, text: str) -> dict[int, int]:
    """For each stage the index of its first RUN or COPY that says `text`."""
    found: dict[int, int] = {}
    for item in file.instructions:
        if item.stage is not None and item.stage.index not in found and item.keyword in {"RUN", "COPY"}:
            said = file.source.text[item.span.start : item.span.end].lower()
            if text in said:
                found[item.stage.index] = item.index
    return found


def mentions(instruction: Instruction, text: str) -> bool:
    """Whether this or an earlier RUN or COPY that the layer is built on says `text` (in lower case)."""
    stage = instruction.stage
    if stage is None:
        return False
    first = _first_mentions(instruction.dockerfile, text)
    return any(
        link.index in first and (link is not stage or first[link.index] <= instruction.index)
        for link in chain_of(stage)
    )


def insert_word(command: Command, at: int, word: str) -> Edit:
    """Put a word behind the one that ends at `at`; a string more where the command is a JSON list."""
    return Edit(at, at, f', "{word}"' if command.script.interpreter == "exec" else f" {word}")


def delete_word(command: Command, word: Scalar) -> Edit | None:
    """Take a word out, with the blanks, the comma or the line's end before it.

    None for the first word, and where a comment line stands between.
    """
    before = max((item.end for item in command.words if item.end <= word.start), default=None)
    if before is None or "#" in command.source.text[before : word.start]:
        return None
    return Edit(before, word.end, "")


def after_command(command: Command, text: str) -> FixPlan | None:
    """Put another command behind one: on a line of its own where the file does so.

    None where what follows could change its meaning: conditions, functions, pipes, nested shells.
    """
    owner = command.script.instruction
    if not isinstance(owner, Instruction) or command.script.parent is not None or owner.is_json:
        return None
    if command.operator not in {"", "&&"} or command.in_condition or command.in_function:
        return None
    if command.substitution or len(command.pipeline.ranges) > 1 or owner.heredocs or command.background:
        return None
    source = owner.source.text
    line = source.rfind("\n", 0, command.span.start) + 1
    before = source[line : command.span.start]
    end = command.span.end
    joined = f" && {text}"
    if line > owner.span.start and before.strip() in {"", "&&"}:
        indent = before[: len(before) - len(before.lstrip())]
        escape = owner.dockerfile.escape
        joined = f" {escape}\n{indent}&& {text}" if before.strip() else f" && {escape}\n{indent}{text}"
    return FixPlan(safe=True, edits=(Edit(end, end, joined),), title=f"add `{text}`")
