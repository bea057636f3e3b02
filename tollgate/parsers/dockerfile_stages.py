"""Stages from the list of instructions, and how much each takes over from the one it is built on."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_scope import StageNames
from tollgate.model.finding import InputProblem
from tollgate.parsers.dockerfile_reading import Reading

MAX_STAGE_DEPTH = 200
"""No image has more layers than that."""
INHERITED_FACTOR = 20
INHERITED_FLOOR = 10_000
"""All stages together may take over this many times what the file holds, and this much at least."""


def find_stages(file: Reading) -> tuple[list[Stage], list[Instruction]]:
    """The stages with their instructions, and the ARG instructions before them."""
    stages: list[Stage] = []
    arguments: list[Instruction] = []
    names = StageNames(arguments, file.escape)
    current: Stage | None = None
    for item in file.instructions:
        if item.keyword == "FROM":
            current = _stage(len(stages), item, names)
            stages.append(current)
        elif current is not None:
            current.instructions.append(item)
        elif item.keyword == "ARG":
            arguments.append(item)
        item.stage = current
        if item.onbuild is not None:
            item.onbuild.stage = current
    if current is not None:
        current.final = True
    _bound_inheritance(stages, file.problems)
    return stages, arguments


def _bound_inheritance(stages: Sequence[Stage], problems: list[InputProblem]) -> None:
    """Stop taking over from parent stages where a file piles up more than any real one does."""
    weights = [sum(1 + len(item.pairs) + len(item.words) for item in stage.instructions) for stage in stages]
    left = INHERITED_FACTOR * sum(weights) + INHERITED_FLOOR
    for stage in stages:
        if stage.parent is None:
            continue
        inherited = weights[stage.parent.index]
        stage.depth = stage.parent.depth + 1
        left -= inherited
        if left < 0 or stage.depth > MAX_STAGE_DEPTH:
            stage.inherits = False
            stage.depth = 0
            continue
        weights[stage.index] += inherited
    cut_off = next((stage for stage in stages if not stage.inherits), None)
    if cut_off is not None:
        message = "too many stages built on one another; what this one takes over was not looked at"
        problems.append(InputProblem("not-linted-too-deep", *cut_off.opening.span, message))


def _stage(index: int, opening: Instruction, names: StageNames) -> Stage:
    stage = Stage(index, opening)
    words = opening.words
    platform = opening.flag("platform")
    stage.platform = platform.value if platform is not None else None
    if words:
        stage.base = words[0]
        stage.parent = names.find_base(words[0])
    if len(words) >= 3 and str(words[1].value).lower() == "as":
        stage.name = words[2]
        names.add(stage)
    return stage
