"""Puts commands together into pipelines and lists, in the order in which the text has them.

Precedence is POSIX's: redirects bind to their command, then `|`, `!`, `&&` and `||`, `;` and `&`.
"""

from __future__ import annotations

from itertools import accumulate

from tollgate.model.shell import Command, Pipeline, Script
from tollgate.model.source import Span


class Options:
    """The shell options in force; subshells and substitutions change a copy."""

    __slots__ = ("errexit", "pipefail")

    def __init__(self, *, pipefail: bool = False, errexit: bool = False) -> None:
        self.pipefail = pipefail
        self.errexit = errexit

    def copy(self) -> Options:
        return Options(pipefail=self.pipefail, errexit=self.errexit)


class CommandList:
    """A list while it is read.

    pipeline  the open one; `first`: index of the first command of its open part
    complete  a part has ended and no operator followed yet
    last      the simple command that is the last part, None if that is compound
    joint     the operator read last, "" if there is none; given to `before` when something follows it
    chain     index of the first command since the last `;`, `&` or line's end
    """

    __slots__ = (
        "before",
        "chain",
        "complete",
        "depth",
        "first",
        "in_condition",
        "in_function",
        "inherited_condition",
        "joint",
        "last",
        "negate",
        "options",
        "pipeline",
        "start",
        "stop",
    )

    def __init__(
        self, options: Options, *, depth: int, in_function: bool, in_condition: bool, chain: int
    ) -> None:
        self.options = options
        self.depth = depth
        self.in_function = in_function
        self.in_condition = in_condition
        self.inherited_condition = in_condition
        self.pipeline: Pipeline | None = None
        self.first = 0
        self.start = self.stop = 0
        self.complete = False
        self.negate = False
        self.last: Command | None = None
        self.before: Command | None = None
        self.joint = ""
        self.chain = chain


class Assembly:
    """The commands and pipelines of one script while it is read; offsets are the shell text's."""

    __slots__ = ("_conditions", "_jobs", "commands", "lists", "pipelines", "script")

    def __init__(self, script: Script, options: Options) -> None:
        self.script = script
        self.commands: list[Command] = []
        self.pipelines: list[Pipeline] = []
        self.lists = [CommandList(options, depth=0, in_function=False, in_condition=False, chain=0)]
        self._conditions: list[tuple[int, int]] = []
        self._jobs: list[tuple[int, int]] = []

    def open_list(
        self, *, subshell: bool = False, substitution: bool = False, function: bool = False
    ) -> None:
        """Starts a list inside the part that is open."""
        outer = self.lists[-1]
        negated = outer.pipeline is not None and outer.pipeline.negated
        self.lists.append(
            CommandList(
                outer.options.copy() if subshell or substitution or function else outer.options,
                depth=outer.depth + substitution,
                in_function=outer.in_function or function,
                in_condition=not function and (outer.in_condition or negated),
                chain=len(self.commands),
            )
        )

    def close_list(self) -> None:
        current = self.lists.pop()
        self._end_pipeline(current)

    def begin_part(self, start: int) -> None:
        """A command or compound command starts: the next part of the open pipeline, or a new one."""
        current = self.lists[-1]
        if current.complete:
            self.operator("\n")
        if current.joint and current.before is not None:
            current.before.operator = current.joint
        current.joint, current.before = "", None
        if current.pipeline is None:
            options = current.options
            current.pipeline = Pipeline(
                self.script, pipefail=options.pipefail, errexit=options.errexit, negated=current.negate
            )
            current.start = start
        current.negate = False
        current.first = len(self.commands)
        current.complete = False

    def add_command(self, span: Span) -> Command:
        """The part that has begun is a simple command."""
        current = self.lists[-1]
        assert current.pipeline is not None  # begin_part has made it
        command = Command(self.script, span, current.pipeline)
        command.in_function = current.in_function
        command.in_condition = command.in_condition or current.in_condition
        command.substitution = current.depth
        self.commands.append(command)
        return command

    def end_part(self, end: int, command: Command | None) -> None:
        current = self.lists[-1]
        if current.pipeline is not None:
            current.pipeline.ranges.append((current.first, len(self.commands), current.depth))
        current.complete = True
        current.last = command
        current.stop = end

    def operator(self, operator: str) -> None:
        """`|`, `&&`, `;` … or a line's end. One that joins nothing is left out."""
        current = self.lists[-1]
        if not current.complete:
            return
        current.joint = ";" if operator == "\n" else operator
        current.before = current.last
        current.complete = False
        if operator in {"|", "|&"}:
            return
        self._end_pipeline(current)
        if operator == "||":
            self._conditions.append((current.chain, len(self.commands)))
        elif operator != "&&":
            if operator == "&":
                self._jobs.append((current.chain, len(self.commands)))
            current.chain = len(self.commands)

    def negate(self) -> None:
        """A `!` stands before what follows."""
        self.lists[-1].negate = True

    def section(self, *, condition: bool | None = None) -> None:
        """A keyword such as `then` ends one list and starts another."""
        current = self.lists[-1]
        self._end_pipeline(current)
        current.joint = ""
        current.before = current.last = None
        current.complete = current.negate = False
        current.chain = len(self.commands)
        if condition is not None:
            current.in_condition = condition or current.inherited_condition

    def finish(self) -> None:
        """Closes what is open and gives the script its commands and pipelines."""
        while self.lists:
            self.close_list()
        for index in _covered(self._conditions, len(self.commands)):
            self.commands[index].in_condition = True
        for index in _covered(self._jobs, len(self.commands)):
            self.commands[index].background = True
        self.script.commands = tuple(self.commands)
        self.script.pipelines = tuple(sorted(self.pipelines, key=lambda pipeline: pipeline.span))

    def _end_pipeline(self, current: CommandList) -> None:
        pipeline = current.pipeline
        current.pipeline = None
        if pipeline is None:
            return
        pipeline.span = self.script.map.span(current.start, current.stop)
        if len(pipeline.ranges) > 1:
            self.pipelines.append(pipeline)


def _covered(ranges: list[tuple[int, int]], count: int) -> list[int]:
    """The indices inside any of the ranges; linear however they nest."""
    if not ranges:
        return []
    steps = [0] * (count + 1)
    for first, end in ranges:
        steps[first] += 1
        steps[end] -= 1
    return [index for index, depth in enumerate(accumulate(steps[:-1])) if depth > 0]
