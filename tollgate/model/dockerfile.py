"""What a Dockerfile is made of, with the place of every piece, and what rules may ask of it.

Built by `parsers.dockerfile.parse_dockerfile`. Spans are half-open character offsets into
`Source.text`. Values that depend on variables are computed once per file, when first asked for, by
`model.dockerfile_scope`; the written text always stays beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tollgate.model.finding import InputProblem, Note
from tollgate.model.node import Node, Scalar, Trail
from tollgate.model.source import MASK, Source, Span
from tollgate.model.target import Comment, Field, Target

if TYPE_CHECKING:
    from tollgate.model.dockerfile_scope import Scopes


class Directive(NamedTuple):
    """A parser directive, `# name=value`, before anything else. `name` is lower-case."""

    name: str
    value: Scalar
    start: int
    end: int


class Flag(NamedTuple):
    """`--name=value` between keyword and arguments. `value` has its quotes removed, as BuildKit does.

    `value` is None where there is no `=`. `start`, `end` span the whole flag.
    """

    name: str
    value: Scalar | None
    start: int
    end: int


class Pair(NamedTuple):
    """`key=value` of ENV, ARG or LABEL, as written: quotes and `$` still in it.

    `value` is None for `ARG key`.
    """

    key: Scalar
    value: Scalar | None


class HereDocument(NamedTuple):
    """A here-document of RUN, COPY or ADD (also behind ONBUILD).

    start, end   the body: whole lines, from the first up to the line that ends it
    pieces       the body as its reader gets it: one span a line, without the tabs that `<<-` strips
    expand       variables in it are expanded: no part of the name was quoted
    word         the `<<NAME` word in the instruction's arguments
    """

    name: str
    start: int
    end: int
    pieces: tuple[Span, ...]
    expand: bool
    strip_tabs: bool
    word: Span


class Instruction:
    """One instruction, or the inner one of an ONBUILD.

    keyword       upper-case, whether it exists or not
    span          from the keyword to the last character of content, here-documents included
    words         the arguments as BuildKit splits them, unexpanded: one word for RUN, CMD, ENTRYPOINT
                  in shell form and for USER, WORKDIR, STOPSIGNAL, MAINTAINER; the strings of a JSON
                  form; the type then the command for HEALTHCHECK
    body          the text after keyword and flags, blanks around it left out; the pieces put
                  together are what the shell sees: no continuations, no comment lines
    comments      the comment lines inside its continuations
    onbuild       ONBUILD's inner instruction; that one's `outer` is the ONBUILD
    stage         None before the first FROM
    index         its place in `Dockerfile.instructions`; inner ones have their outer's
    head_end      where the logical line ends, before any here-document
    """

    __slots__ = (
        "body",
        "comments",
        "dockerfile",
        "flags",
        "head_end",
        "heredocs",
        "index",
        "is_json",
        "keyword",
        "keyword_span",
        "onbuild",
        "outer",
        "pairs",
        "span",
        "stage",
        "words",
    )

    dockerfile: Dockerfile

    def __init__(
        self,
        keyword: str,
        keyword_span: Span,
        span: Span,
        *,
        head_end: int,
        index: int,
        body: tuple[Span, ...] = (),
        flags: tuple[Flag, ...] = (),
        words: tuple[Scalar, ...] = (),
        is_json: bool = False,
        pairs: tuple[Pair, ...] = (),
        heredocs: tuple[HereDocument, ...] = (),
        comments: tuple[Span, ...] = (),
    ) -> None:
        self.keyword = keyword
        self.keyword_span = keyword_span
        self.span = span
        self.head_end = head_end
        self.index = index
        self.body = body
        self.flags = flags
        self.words = words
        self.is_json = is_json
        self.pairs = pairs
        self.heredocs = heredocs
        self.comments = comments
        self.onbuild: Instruction | None = None
        self.outer: Instruction | None = None
        self.stage: Stage | None = None

    def __repr__(self) -> str:
        return f"Instruction({self.keyword!r}, {self.span.start}, {self.span.end})"

    @property
    def source(self) -> Source:
        return self.dockerfile.source

    @property
    def text(self) -> str:
        """The arguments as one logical line."""
        text = self.source.text
        return "".join([text[start:end] for start, end in self.body])

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    def shell(self) -> tuple[str, ...]:
        """The words of the SHELL in force here; () where nothing in the file has set one."""
        return self.dockerfile.scopes.shell_at(self)

    def variable(self, name: str) -> Scalar | None:
        """What `$name` is here: placed at the ENV or ARG that sets it; None if nothing declares it."""
        return self.dockerfile.scopes.variable_at(self, name)

    # What a rule may select
    node: Node | None = None
    document = 0
    trail: Trail = ()

    @property
    def object_name(self) -> str | None:
        return None if self.stage is None else self.stage.object_name

    @property
    def object_kind(self) -> str | None:
        return None if self.stage is None else self.stage.object_kind

    def field(self, name: str) -> Field:
        """keyword, words, flags, pairs, mounts (values expanded as BuildKit does), written (the words
        unexpanded), text, is-json, onbuild, heredocs."""
        from tollgate.model.dockerfile_fields import instruction_field

        return instruction_field(self, name)

    def owner(self, noun: str) -> Target | None:
        if noun == "instruction":
            return self
        if noun == "stage":
            return self.stage
        return self.dockerfile if noun == "dockerfile" else None

    def grip(self) -> Span:
        return self.keyword_span

    def identity(self) -> tuple[str, ...]:
        """Stage, keyword and words in which runs of blanks are one and secrets are masked."""
        return (self.object_name or "", self.keyword, " ".join(_without_secrets(self).split()))


class Stage:
    """A build stage: a FROM and what follows.

    name       as written after AS; names compare without case
    base       the reference as written, None where FROM has none
    platform   the value of `--platform`, as written
    parent     the earlier stage that `base` names, or None
    depth      how many stages it builds on
    inherits   False where a hostile file piles up so many stages that nothing is taken over
    opening    the FROM instruction; also the first of `instructions`
    """

    __slots__ = (
        "_by_keyword",
        "base",
        "depth",
        "dockerfile",
        "final",
        "index",
        "inherits",
        "instructions",
        "name",
        "opening",
        "parent",
        "platform",
    )

    dockerfile: Dockerfile

    def __init__(self, index: int, opening: Instruction) -> None:
        self.index = index
        self.opening = opening
        self.name: Scalar | None = None
        self.base: Scalar | None = None
        self.platform: Scalar | None = None
        self.parent: Stage | None = None
        self.depth = 0
        self.inherits = True
        self.final = False
        self.instructions: list[Instruction] = [opening]
        self._by_keyword: dict[str, list[Instruction]] | None = None

    def __repr__(self) -> str:
        return f"Stage({self.index}, {self.object_name!r})"

    @property
    def source(self) -> Source:
        return self.dockerfile.source

    def by_keyword(self, keyword: str) -> Sequence[Instruction]:
        """Its own instructions with that keyword that have arguments, in order."""
        if self._by_keyword is None:
            self._by_keyword = found = {}
            for item in self.instructions:
                if item.body:
                    found.setdefault(item.keyword, []).append(item)
        return self._by_keyword.get(keyword, ())

    node: Node | None = None
    document = 0
    trail: Trail = ()
    object_kind: str | None = "stage"

    @property
    def object_name(self) -> str:
        """The name, else the index."""
        return str(self.index) if self.name is None else str(self.name.value)

    def field(self, name: str) -> Field:
        """name, index, final, base, platform, scratch, root-base, base-stage, and, as they are at the
        stage's end: user, workdir, shell, entrypoint, cmd, healthcheck, stop-signal, labels, env,
        exposed, volumes. None where neither the stage nor its parents set it."""
        from tollgate.model.dockerfile_fields import stage_field

        return stage_field(self, name)

    def owner(self, noun: str) -> Target | None:
        if noun == "stage":
            return self
        return self.dockerfile if noun == "dockerfile" else None

    def grip(self) -> Span:
        return self.opening.keyword_span

    def identity(self) -> tuple[str, ...]:
        return (self.object_name,)


if TYPE_CHECKING:
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

    def __repr__(self) -> str:
        return f"Dockerfile({self.source.path!r}, {len(self.instructions)} instructions)"

    # The artifact

    def comments(self) -> Sequence[Comment]:
        return self._find_comments(self)

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
        return self._load_scripts(instruction)

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


def _without_secrets(instruction: Instruction) -> str:
    source = instruction.source
    if not source.masks:
        return instruction.text
    kept: list[str] = []
    for start, end in instruction.body:
        at = start
        for mask in sorted(source.masks):
            if mask.end > at and mask.start < end:
                kept += (source.text[at : max(at, mask.start)], MASK)
                at = mask.end
        kept.append(source.text[at:end] if at < end else "")
    return "".join(kept)
