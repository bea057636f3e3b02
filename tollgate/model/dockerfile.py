"""What a Dockerfile is made of, with the place of every piece, and what rules may ask of it.

Built by `parsers.dockerfile.parse_dockerfile`. Spans are half-open character offsets into
`Source.text`. Values that depend on variables are computed once per file, when first asked for, by
`model.dockerfile_scope`; the written text always stays beside them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from tollgate.model.dockerfile_parts import Directive, Flag, HereDocument, Pair
from tollgate.model.dockerfile_stage import Instruction, Stage
from tollgate.model.finding import InputProblem, Note
from tollgate.model.hints import TYPE_CHECKING, TypeAlias
from tollgate.model.node import Node, Trail
from tollgate.model.source import Source, Span
from tollgate.model.target import Comment, Field, Target

__all__ = ["Directive", "Dockerfile", "Flag", "HereDocument", "Instruction", "Pair", "Stage"]

if TYPE_CHECKING:
    from tollgate.model.dockerfile_scope import Scopes
    from tollgate.model.shell import Script

    LoadScripts: TypeAlias = Callable[[Instruction], Sequence[Script]]


class Dockerfile:
    """A parsed Dockerfile; the `Artifact` of its file and itself a target.

    arguments      the ARG instructions before the first FROM
    instructions   all of them in order, also those in error; ONBUILD's inner ones not apart
    file_comments  the comment lines between instructions
    load_scripts   gives the shell scripts of an instruction; asked once each, when first needed
    """

    __slots__ = (
        "_find_comments",
        "_load_scripts",
        "_scopes",
        "_scripts",
        "_selected",
        "arguments",
        "directives",
        "escape",
        "file_comments",
        "instructions",
        "notes",
        "problems",
        "source",
        "stages",
    )

    def __init__(
        self,
        source: Source,
        *,
        directives: tuple[Directive, ...],
        escape: str,
        instructions: Sequence[Instruction],
        stages: Sequence[Stage],
        arguments: Sequence[Instruction],
        problems: Sequence[InputProblem],
        notes: Sequence[Note] = (),
        load_scripts: LoadScripts,
        find_comments: Callable[[Dockerfile], Sequence[Comment]],
        file_comments: Sequence[Span] = (),
    ) -> None:
        self.source = source
        self.directives = directives
        self.escape = escape
        self.instructions = instructions
        self.stages = stages
        self.arguments = arguments
        self.problems = problems
        self.notes = notes
        self._load_scripts = load_scripts
        self._find_comments = find_comments
        self.file_comments = file_comments
        self._selected: dict[str, Sequence[Target]] | None = None
        self._scopes: Scopes | None = None
        self._scripts: dict[Instruction, Sequence[Script]] = {}

    def __repr__(self) -> str:
        return f"Dockerfile({self.source.path!r}, {len(self.instructions)} instructions)"

    # The artifact

    def comments(self) -> Sequence[Comment]:
        return self._find_comments(self)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(
            [item.keyword for item in self.select("instruction") if isinstance(item, Instruction)]
        )

    @property
    def keys(self) -> None:
        """It is no tree of keys."""

    def select(self, noun: str) -> Sequence[Target]:
        """dockerfile, stage, final-stage, instruction, any keyword, image, script, command, pipeline.

        The instructions inside ONBUILD are found under their own keyword and as `instruction`, too.
        """
        if self._selected is None:
            self._selected = self._by_keyword()
        found = self._selected.get(noun)
        if found is None:
            found = self._selected[noun] = self._find(noun)
        return found

    @property
    def scopes(self) -> Scopes:
        """Variables and effective values, computed on first use."""
        if self._scopes is None:
            from tollgate.model.dockerfile_scope import evaluate

            self._scopes = evaluate(self)
        return self._scopes

    def scripts(self, instruction: Instruction) -> Sequence[Script]:
        """The shell scripts of one instruction; see `select("script")` for all of them."""
        found = self._scripts.get(instruction)
        if found is None:
            found = self._scripts[instruction] = self._load_scripts(instruction)
        return found

    def instruction_at(self, offset: int) -> Instruction | None:
        """The instruction whose text holds the offset."""
        index = bisect_right(self.instructions, offset, key=lambda one: one.span.start)
        found = self.instructions[index - 1] if index else None
        return found if found is not None and offset < found.span.end else None

    def _by_keyword(self) -> dict[str, Sequence[Target]]:
        nouns: dict[str, list[Target]] = {"instruction": []}
        for written in self.instructions:
            current: Instruction | None = written
            while current is not None:
                nouns["instruction"].append(current)
                nouns.setdefault(current.keyword, []).append(current)
                current = current.onbuild
        return {
            **nouns,
            "dockerfile": [self],
            "stage": list(self.stages),
            "final-stage": list(self.stages[-1:]),
        }

    def _find(self, noun: str) -> Sequence[Target]:
        if noun == "image":
            from tollgate.model.dockerfile_image import find_images

            return find_images(self)
        if noun == "script":
            instructions = self.select("instruction")
            return [script for item in instructions for script in self.scripts(item)]  # type: ignore[arg-type]
        if noun in {"command", "pipeline"}:
            scripts: Sequence[Script] = self.select("script")  # type: ignore[assignment]
            return [
                part
                for script in scripts
                for part in (script.commands if noun == "command" else script.pipelines)
            ]
        return ()

    # What a rule may select

    node: Node | None = None
    document = 0
    trail: Trail = ()
    object_name: str | None = None
    object_kind: str | None = None

    def field(self, name: str) -> Field:
        """directives (a mapping), escape, stages (how many), final-stage."""
        from tollgate.model.dockerfile_fields import dockerfile_field

        return dockerfile_field(self, name)

    def owner(self, noun: str) -> Target | None:
        return self if noun == "dockerfile" else None

    def grip(self) -> Span:
        """The first keyword, else the file's start."""
        return self.instructions[0].keyword_span if self.instructions else Span(0, 0)

    def identity(self) -> tuple[str, ...]:
        return ()
