"""What shell text is made of, with the place of every word, and what rules may ask of it.

Built by `parsers.shell`. Spans are half-open character offsets into `Source.text`. A word's value is its
text after quote removal; UNKNOWN where only the running shell knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tollgate.model.hints import Any
from tollgate.model.node import UNKNOWN, Node, Scalar, Sequence, Trail
from tollgate.model.record import NamedTuple
from tollgate.model.shell_text import TextMap
from tollgate.model.shell_words import resolve
from tollgate.model.source import MASK, Source, Span
from tollgate.model.target import Field, Target

POSIX_SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh"})


class Redirect(NamedTuple):
    """`2> file`, or a here-document: `operator` `<<` or `<<-`, `target` its delimiter, `body` its lines."""

    operator: str
    descriptor: str
    """The number before the operator, else ""."""
    target: Scalar
    start: int
    end: int
    body: Span | None = None
    expand: bool = False
    """The shell expands variables and substitutions in the body."""


class Assignment(NamedTuple):
    """`NAME=value` before a command, or alone. `value` is UNKNOWN for an array."""

    name: str
    value: Scalar
    start: int
    end: int


class Wrapper(NamedTuple):
    """A command that runs the next one. `words` are its own: name, options, operands."""

    name: str
    words: tuple[Scalar, ...]


class Script:
    """One shell text, or the argument list of an exec form.

    interpreter   "sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", else what runs it: "powershell", "cmd",
                  "python" …, "exec" for an exec form (one command, no shell); "" if unknown
    text          what the interpreter gets
    errexit       a failing command ends it: `set -e` stands before anything else, or `sh -e`
    commands      all of them in order of place, those of functions and substitutions included; what
                  `sh -c` and the like run is a Script of its own, with that command as `parent`.
                  Empty for an interpreter that is no POSIX shell
    pipelines     those of two commands or more
    errors        what the parser could not make sense of
    instruction   the target the script belongs to
    """

    __slots__ = (
        "commands",
        "errexit",
        "errors",
        "instruction",
        "interpreter",
        "map",
        "parent",
        "pipelines",
        "source",
        "span",
        "text",
    )

    def __init__(self, source: Source, text: str, text_map: TextMap, *, interpreter: str, span: Span) -> None:
        self.source = source
        self.text = text
        self.map = text_map
        self.interpreter = interpreter
        self.span = span
        self.errexit = False
        self.instruction: Target | None = None
        self.parent: Command | None = None
        self.commands: tuple[Command, ...] = ()
        self.pipelines: tuple[Pipeline, ...] = ()
        self.errors: tuple[Span, ...] = ()

    def __repr__(self) -> str:
        return f"Script({self.interpreter!r}, {self.span.start}, {self.span.end})"

    @property
    def is_posix(self) -> bool:
        return self.interpreter in POSIX_SHELLS

    def select(self, noun: str) -> tuple[Command, ...] | tuple[Pipeline, ...]:
        return self.commands if noun == "command" else self.pipelines

    def slice(self, start: int, end: int) -> str:
        """The shell text of a span of the source: continuations, comment lines and escapes undone."""
        return self.text[self.map.to_text(start) : self.map.to_text_end(end)] if end > start else ""

    # What a rule may select
    node: Node | None = None
    document = 0
    trail: Trail = ()

    @property
    def object_name(self) -> str | None:
        return None if self.instruction is None else self.instruction.object_name

    @property
    def object_kind(self) -> str | None:
        return None if self.instruction is None else self.instruction.object_kind

    def field(self, name: str) -> Field:
        """interpreter, text, errexit, is-posix, nested."""
        found: Mapping[str, object] = {
            "interpreter": self.interpreter or UNKNOWN,
            "text": self.text,
            "errexit": self.errexit,
            "is-posix": self.is_posix,
            "nested": self.parent is not None,
        }
        return Scalar(found[name], *self.span) if name in found else None  # type: ignore[arg-type]

    def owner(self, noun: str) -> Target | None:
        if noun == "script":
            return self
        if self.instruction is None:
            return None
        return self.instruction if noun == "instruction" else self.instruction.owner(noun)

    def grip(self) -> Span:
        if self.commands:
            return self.commands[0].grip()
        return self.span if self.instruction is None else self.instruction.grip()

    def identity(self) -> tuple[str, ...]:
        shown = MASK if self.source.is_masked(*self.span) else " ".join(self.text.split())
        return (*_surroundings(self), "script", shown)


class Pipeline:
    """Commands joined by `|`.

    parts     for each part the commands in it: one, or those inside a group, subshell or loop
    pipefail  in force here: a failure before the last part is the pipeline's failure
    errexit   in force here: a failure ends the script
    negated   `!` stands before it
    """

    __slots__ = ("_commands", "_names", "errexit", "negated", "pipefail", "ranges", "script", "span")

    def __init__(self, script: Script, *, pipefail: bool, errexit: bool, negated: bool) -> None:
        self.script = script
        self.pipefail = pipefail
        self.errexit = errexit
        self.negated = negated
        self.span = Span(0, 0)
        self.ranges: list[tuple[int, int, int]] = []
        """For each part: first and end index in `script.commands`, and the substitution depth."""
        self._commands: tuple[Command, ...] | None = None
        self._names: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"Pipeline({[command.name for command in self.commands]!r})"

    @property
    def parts(self) -> tuple[tuple[Command, ...], ...]:
        commands = self.script.commands
        return tuple(
            tuple([command for command in commands[first:end] if command.substitution == depth])
            for first, end, depth in self.ranges
        )

    @property
    def commands(self) -> tuple[Command, ...]:
        if self._commands is None:  # each of very many commands may ask for all of them
            self._commands = tuple([command for part in self.parts for command in part])
        return self._commands

    @property
    def names(self) -> frozenset[str]:
        """Those of its commands."""
        if self._names is None:
            self._names = frozenset([command.name for command in self.commands])
        return self._names

    @property
    def shell(self) -> str:
        return self.script.interpreter

    @property
    def source(self) -> Source:
        return self.script.source

    node: Node | None = None
    document = 0
    trail: Trail = ()

    @property
    def object_name(self) -> str | None:
        return self.script.object_name

    @property
    def object_kind(self) -> str | None:
        return self.script.object_kind

    def field(self, name: str) -> Field:
        """commands (their names), length (number of parts), pipefail, errexit, negated, shell, text."""
        if name == "commands":
            names = [_name_scalar(command) for command in self.commands]
            return _sequence([item for item in names if item is not None], self.span)
        found: dict[str, Callable[[], object]] = {
            "length": lambda: len(self.ranges),
            "pipefail": lambda: self.pipefail,
            "errexit": lambda: self.errexit,
            "negated": lambda: self.negated,
            "shell": lambda: self.shell,
            "text": lambda: self.script.slice(*self.span),
        }
        return Scalar(found[name](), *self.span) if name in found else None  # type: ignore[arg-type]

    def owner(self, noun: str) -> Target | None:
        return self if noun == "pipeline" else self.script.owner(noun)

    def grip(self) -> Span:
        commands = self.commands
        return commands[0].grip() if commands else self.span

    def identity(self) -> tuple[str, ...]:
        words = [part for command in self.commands for part in (*normalised(command), "|")]
        return (*_surroundings(self.script), "pipeline", *words)


class Command:
    """A simple command; also `export`, `[`, and assignments that stand alone (no words, no name).

    name          basename of what runs behind the wrappers: `apt-get` of `sudo /usr/bin/apt-get`; "" if
                  there is none or it is unknown
    name_word     the word of that name
    words         all words, wrappers and their options included; `arguments` those after the name
    operator      what joins it to the next of its list: `&&`, `||`, `;` (also for a line's end), `&`, `|`,
                  `|&`; "" at the end of a list
    pipeline      the innermost it is part of, be it alone in it
    in_condition  its failure does not count: in the condition of if, while, until; left of `||`; after `!`
    substitution  how many `$(…)`, backticks and `<(…)` it stands in
    """

    __slots__ = (
        "arguments",
        "assignments",
        "background",
        "in_condition",
        "in_function",
        "name",
        "name_word",
        "negated",
        "operator",
        "pipeline",
        "redirects",
        "remembered",
        "script",
        "span",
        "substitution",
        "words",
        "wrappers",
    )

    def __init__(self, script: Script, span: Span, pipeline: Pipeline) -> None:
        self.script = script
        self.span = span
        self.pipeline = pipeline
        self.name = ""
        self.name_word: Scalar | None = None
        self.words: tuple[Scalar, ...] = ()
        self.arguments: tuple[Scalar, ...] = ()
        self.wrappers: tuple[Wrapper, ...] = ()
        self.assignments: tuple[Assignment, ...] = ()
        self.redirects: tuple[Redirect, ...] = ()
        self.operator = ""
        self.negated = pipeline.negated
        self.background = False
        self.in_function = False
        self.in_condition = pipeline.negated
        self.substitution = 0
        self.remembered: tuple[Any] | None = None
        """What `checks.package_managers` made of it, which dozens of rules ask."""

    def __repr__(self) -> str:
        return f"Command({[word.value for word in self.words]!r})"

    @property
    def source(self) -> Source:
        return self.script.source

    @property
    def text(self) -> str:
        """Its shell text as one line, without here-document bodies."""
        return self.script.slice(*self.span)

    node: Node | None = None
    document = 0
    trail: Trail = ()

    @property
    def object_name(self) -> str | None:
        return self.script.object_name

    @property
    def object_kind(self) -> str | None:
        return self.script.object_kind

    def field(self, name: str) -> Field:
        """name, arguments, words, wrappers (their names), text, operator, background, negated,
        in-function, in-condition, substitution, interpreter, assignments (their names),
        redirects (their targets)."""
        if name == "name":
            return _name_scalar(self)
        if name in _LISTS:
            return _sequence(_LISTS[name](self), self.grip())
        if name in _FACTS:
            return Scalar(_FACTS[name](self), *self.span)  # type: ignore[arg-type]
        return None

    def owner(self, noun: str) -> Target | None:
        if noun == "command":
            return self
        return self.pipeline if noun == "pipeline" else self.script.owner(noun)

    def grip(self) -> Span:
        """The name's word; of assignments alone the first one."""
        if self.name_word is not None:
            return Span(self.name_word.start, self.name_word.end)
        if self.assignments:
            return Span(self.assignments[0].start, self.assignments[0].end)
        return self.span

    def identity(self) -> tuple[str, ...]:
        """Stage, keyword and words; secrets are masked."""
        return (*_surroundings(self.script), "command", *normalised(self))


_LISTS: Mapping[str, Callable[[Command], list[Scalar]]] = {
    "arguments": lambda command: list(command.arguments),
    "words": lambda command: list(command.words),
    "wrappers": lambda command: [
        Scalar(name, words[0].start, words[0].end) for name, words in command.wrappers
    ],
    "assignments": lambda command: [Scalar(item.name, item.start, item.end) for item in command.assignments],
    "redirects": lambda command: [item.target for item in command.redirects],
}

_FACTS: Mapping[str, Callable[[Command], object]] = {
    "text": lambda command: command.text,
    "operator": lambda command: command.operator,
    "background": lambda command: command.background,
    "negated": lambda command: command.negated,
    "in-function": lambda command: command.in_function,
    "in-condition": lambda command: command.in_condition,
    "substitution": lambda command: command.substitution,
    "interpreter": lambda command: command.script.interpreter,
}


def literal(command: Command, word: Scalar, values: Mapping[str, str]) -> str | None:
    """The text of a word with variables filled in from `values` (known ENV and ARG of the stage).

    None where anything else is expanded in it, or a name is not in `values`.
    """
    if isinstance(word.value, str):
        return word.value
    return resolve(command.script.slice(word.start, word.end), values)


def normalised(command: Command) -> tuple[str, ...]:
    """Assignments, words and redirects without quotes where they are literal; masked ones as the mask."""
    parts = [f"{item.name}={_shown(command, item.value)}" for item in command.assignments]
    parts += [_shown(command, word) for word in command.words]
    parts += [f"{item.descriptor}{item.operator}{_shown(command, item.target)}" for item in command.redirects]
    return tuple(parts)


def command_list(script: Script) -> tuple[tuple[object, ...], ...]:
    """The commands without positions: equal before and after a fix that keeps every command.

    Each is what it says, how it is joined to the next, and where it stands: depth, function, condition,
    the length of its pipeline, here-document bodies.
    """
    return tuple(
        (
            normalised(command),
            command.operator,
            command.background,
            command.negated,
            command.substitution,
            command.in_function,
            command.in_condition,
            len(command.pipeline.ranges),
            tuple([script.slice(*item.body) for item in command.redirects if item.body is not None]),
        )
        for command in script.commands
    )


def _shown(command: Command, word: Scalar) -> str:
    if command.source.is_masked(word.start, word.end):
        return MASK
    return word.value if isinstance(word.value, str) else command.script.slice(word.start, word.end)


def _name_scalar(command: Command) -> Scalar | None:
    word = command.name_word
    return None if word is None else Scalar(command.name or UNKNOWN, word.start, word.end)


def _sequence(items: list[Scalar], empty: Span) -> Sequence:
    """A list node over `items`; where there are none it lies at the end of `empty`."""
    if not items:
        return Sequence(empty.end, empty.end, flow=True)
    found = Sequence(items[0].start, items[-1].end, flow=True)
    found.items.extend(items)
    return found


def _surroundings(script: Script) -> tuple[str, ...]:
    """What names the place of a script whatever its text: the object and the instruction's keyword."""
    keyword = getattr(script.instruction, "keyword", "")
    return (script.object_name or "", str(keyword))
