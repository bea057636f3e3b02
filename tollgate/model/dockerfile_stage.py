"""Instructions and the stages they form, with the place of every piece, and what rules may ask of them."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model.dockerfile_parts import Flag, HereDocument, Pair
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import Node, Scalar, Trail
from tollgate.model.source import MASK, Source, Span
from tollgate.model.target import Field, Target

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile


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
    keyword: str
    keyword_span: Span
    span: Span
    words: tuple[Scalar, ...]
    is_json: bool
    heredocs: tuple[HereDocument, ...]

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
    index: int
    final: bool

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
            found: dict[str, list[Instruction]] = {}
            self._by_keyword = found
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


def _without_secrets(instruction: Instruction) -> str:
    source = instruction.source
    if not source.masks:
        return instruction.text
    kept: list[str] = []
    for start, end in instruction.body:
        at = start
        for mask in source.masks_in(start, end):
            kept += (source.text[at : max(at, mask.start)], MASK)
            at = mask.end
        kept.append(source.text[at:end] if at < end else "")
    return "".join(kept)
