"""What checks on commands in Dockerfiles share: where a command stands, and a command put behind it."""

from __future__ import annotations

from tollgate.model.dockerfile import Instruction
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Edit, FixPlan
from tollgate.model.shell import Command


def instruction_of(command: Command, keyword: str = "RUN") -> Instruction | None:
    """The RUN that a command stands in; None elsewhere."""
    owner = command.script.instruction
    return owner if isinstance(owner, Instruction) and owner.keyword == keyword else None


def in_final_chain(command: Command) -> bool:
    """Whether the layer is part of the image: the final stage and those it is built on.

    An ONBUILD runs in a later build and counts.
    """
    owner = command.script.instruction
    if not isinstance(owner, Instruction) or owner.stage is None:
        return True
    return owner.stage in chain_of(owner.dockerfile.stages[-1])


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
        joined = f" {owner.dockerfile.escape}\n{indent}&& {text}"
    return FixPlan(safe=True, edits=(Edit(end, end, joined),), title=f"add `{text}`")
