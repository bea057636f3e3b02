"""The images that a Dockerfile pulls, each as a target of its own."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile_scope import SCRATCH
from tollgate.model.hints import TYPE_CHECKING, Literal, TypeAlias
from tollgate.model.node import Node, Scalar, Trail
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile, Flag, Instruction

Use: TypeAlias = Literal["from", "copy-from", "mount-from", "syntax"]

_MOUNT_FROM = r"(?:^|,)(from)=([^,]*)"


class Image:
    """A reference to an image: stages of the file and `scratch` are none.

    reference   expanded; its value is UNKNOWN where it cannot be known
    written     as it stands in the file
    use         from, copy-from, mount-from, syntax (the frontend that BuildKit pulls and runs)
    platform    the value of FROM's `--platform`
    """

    __slots__ = ("dockerfile", "instruction", "platform", "reference", "use", "written")

    def __init__(
        self,
        dockerfile: Dockerfile,
        *,
        reference: Scalar,
        written: Scalar,
        use: Use,
        instruction: Instruction | None = None,
        platform: Scalar | None = None,
    ) -> None:
        self.dockerfile = dockerfile
        self.reference = reference
        self.written = written
        self.use = use
        self.instruction = instruction
        self.platform = platform

    def __repr__(self) -> str:
        return f"Image({self.written.value!r}, {self.use!r})"

    @property
    def source(self) -> Source:
        return self.dockerfile.source

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
        """reference, written, use, platform, onbuild."""
        place = self.written
        match name:
            case "reference":
                return self.reference
            case "written":
                return place
            case "use":
                return Scalar(self.use, place.start, place.end)
            case "platform":
                return self.platform
            case "onbuild":
                behind = self.instruction is not None and self.instruction.outer is not None
                return Scalar(behind, place.start, place.end)
        return None

    def owner(self, noun: str) -> Target | None:
        if noun == "dockerfile":
            return self.dockerfile
        return None if self.instruction is None else self.instruction.owner(noun)

    def grip(self) -> Span:
        return Span(self.written.start, self.written.end)

    def identity(self) -> tuple[str, ...]:
        return (self.object_name or "", self.use, str(self.written.value))


def find_images(dockerfile: Dockerfile) -> list[Image]:
    """All images in order of place."""
    found = [*_syntax(dockerfile)]
    names = {str(stage.name.value).lower() for stage in dockerfile.stages if stage.name is not None}
    for item in dockerfile.select("instruction"):
        instruction: Instruction = item  # type: ignore[assignment]
        if instruction.keyword == "FROM" and instruction.outer is None:  # BuildKit refuses it as a trigger
            found += _from(dockerfile, instruction)
        elif instruction.keyword in ("COPY", "RUN") and instruction.flags:
            found += _from_flags(dockerfile, instruction, names)
    return found


def _syntax(dockerfile: Dockerfile) -> Iterator[Image]:
    for directive in dockerfile.directives:
        if directive.name == "syntax":
            value = str(directive.value.value).split(" ")[0]
            start = directive.value.start
            reference = Scalar(value, start, start + len(value))
            yield Image(dockerfile, reference=reference, written=reference, use="syntax")


def _from(dockerfile: Dockerfile, item: Instruction) -> Iterator[Image]:
    stage = item.stage
    if not item.words or (stage is not None and stage.opening is item and stage.parent is not None):
        return
    reference = dockerfile.scopes.words(item)[0]
    if reference.value == SCRATCH:
        return
    flag = item.flag("platform")
    platform = None
    if flag is not None and flag.value is not None:
        platform = dockerfile.scopes.flag_value(item, "platform", flag.value)
    yield Image(
        dockerfile,
        reference=reference,
        written=item.words[0],
        use="from",
        instruction=item,
        platform=platform,
    )


def _from_flags(dockerfile: Dockerfile, item: Instruction, names: set[str]) -> Iterator[Image]:
    for flag in item.flags:
        if flag.value is None:
            continue
        if item.keyword == "COPY" and flag.name == "from":
            reference: Scalar | None = flag.value
            is_stage = _is_index(str(flag.value.value))
            use: Use = "copy-from"
        elif item.keyword == "RUN" and flag.name == "mount":
            reference = _mount_from(dockerfile.source.text, flag)
            is_stage = False
            use = "mount-from"
        else:
            continue
        if reference is None or is_stage:
            continue
        name = str(reference.value)
        if "$" in name[:-1]:  # refused: nothing is filled in here
            continue
        if name and name != SCRATCH and name.lower() not in names:
            yield Image(dockerfile, reference=reference, written=reference, use=use, instruction=item)


def _is_index(name: str) -> bool:
    """As Go's strconv.Atoi: a sign and ASCII digits."""
    return name.lstrip("+-")[:20].isdigit() and name.isascii()


def _mount_from(text: str, flag: Flag) -> Scalar | None:
    """The last `from=` of a mount: its place is exact unless quotes or escapes stand in the flag."""
    assert flag.value is not None
    value = str(flag.value.value)
    found = list(re.finditer(_MOUNT_FROM, value, re.IGNORECASE))
    if not found:
        return None
    last = found[-1]
    start, end = flag.value.start, flag.value.end
    if text[start:end] == value:
        return Scalar(last[2], start + last.start(2), start + last.end(2))
    return Scalar(last[2].strip('"'), start, end)
