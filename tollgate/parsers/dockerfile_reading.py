"""What is being read of a Dockerfile, and what has been found so far."""

from __future__ import annotations

from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import InputProblem
from tollgate.model.source import Span


class Reading:
    """`at`: the offset of the line that is read next. `comments`: those between instructions."""

    __slots__ = ("at", "comments", "escape", "instructions", "last_lines", "problems", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.escape = "\\"
        self.comments: list[Span] = []
        self.instructions: list[Instruction] = []
        self.problems: list[InputProblem] = []
        self.last_lines: dict[tuple[str, bool], int] | None = None
