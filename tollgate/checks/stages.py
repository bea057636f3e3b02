"""Stages of a Dockerfile: their names, and what instructions refer to."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.near import MAX_NAMES, nearest
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile, Instruction, Stage
from tollgate.model.dockerfile_image import Image
from tollgate.model.finding import Edit, FixPlan, Problem, RelatedSpan
from tollgate.model.node import Mapping, Scalar, Sequence
from tollgate.model.official_images import is_listed
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.target import Target

_RESERVED = frozenset({"scratch", "context"})
_NAME = re.compile(r"[a-z][a-z0-9\-_.]*\Z")
_MAX_STAGES = 100
_MOUNTS_OF_FILES = frozenset({"bind", "cache"})


class Reference(NamedTuple):
    """A stage that an instruction names. `stage` None: there is none of that number."""

    item: Instruction
    word: Scalar
    stage: Stage | None
    by_number: bool


def references(item: Instruction) -> list[Reference]:
    """The stages that COPY and the mounts of RUN name, as BuildKit finds them: the last of equal names.

    Empty inside ONBUILD, which is resolved in another file.
    """
    if item.outer is not None or item.stage is None or not item.flags:
        return []
    stages = item.dockerfile.stages
    found = []
    for word in _from_words(item):
        name = str(word.value)
        if item.keyword == "COPY" and _is_number(name):
            index = int(name[:9])
            stage = stages[index] if 0 <= index < len(stages) else None
            found.append(Reference(item, word, stage, by_number=True))
            continue
        named = item.dockerfile.scopes.stage_named(name)
        if named is not None:
            found.append(Reference(item, word, named, by_number=False))
    return found


def _from_words(item: Instruction) -> Iterator[Scalar]:
    if item.keyword == "COPY":
        flag = item.flag("from")
        if flag is not None and flag.value is not None:
            yield flag.value
    elif item.keyword == "RUN":
        mounts = item.field("mounts")
        for mount in mounts.items if isinstance(mounts, Sequence) else ():
            word = mount.get("from") if isinstance(mount, Mapping) else None
            kind = mount.get("type") if isinstance(mount, Mapping) else None
            of_files = isinstance(kind, Scalar) and str(kind.value).lower() in _MOUNTS_OF_FILES
            if of_files and isinstance(word, Scalar):
                yield word


def _is_number(name: str) -> bool:
    return name.isascii() and name.lstrip("+-").isdigit() and len(name) - len(name.lstrip("+-")) <= 1


def _name_of(stage: Stage) -> str:
    return f"`{stage.object_name}`" if stage.name is not None else str(stage.index)


def itself(target: Target, _context: Context) -> Iterator[Problem]:
    """A stage that takes files from itself."""
    assert isinstance(target, Instruction)
    for one in references(target):
        if one.stage is not None and one.stage is target.stage:
            fields = {"itself": _name_of(one.stage)}
            yield Problem(one.word.start, one.word.end, fields=fields, key=str(one.word.value).lower())


def later(target: Target, _context: Context) -> Iterator[Problem]:
    """References to stages that come later in the file, or to a number that no stage has."""
    assert isinstance(target, Dockerfile)
    circles = _Circles(target)
    for one in circles.forward:
        if one.stage is None:
            last = len(target.stages) - 1
            message = f"there is no stage {one.word.value}: the last one is number {last}"
        elif circles.holds(one):
            continue
        else:
            message = f"stage {_name_of(one.stage)} comes later in the file"
        yield _problem(one, message)


def circular(target: Target, _context: Context) -> Iterator[Problem]:
    """References to later stages that build upon the one that they stand in."""
    assert isinstance(target, Dockerfile)
    circles = _Circles(target)
    for one in circles.forward:
        if one.stage is not None and one.item.stage is not None and circles.holds(one):
            mine = _name_of(one.item.stage)
            message = f"stage {mine} takes files from stage {_name_of(one.stage)}, which itself needs {mine}"
            yield _problem(one, message)


def _problem(one: Reference, message: str) -> Problem:
    related: tuple[RelatedSpan, ...] = ()
    if one.stage is not None:
        at = one.stage.name or one.stage.opening.keyword_span
        related = (RelatedSpan("this stage", at.start, at.end),)
    owner = "" if one.item.stage is None else one.item.stage.object_name
    key = f"{owner}\0{str(one.word.value).lower()}"
    return Problem(one.word.start, one.word.end, message=message, related=related, key=key)


class _Circles:
    """The references of a file that point forward, and which stages need one another in a circle."""

    def __init__(self, file: Dockerfile) -> None:
        needs: dict[int, set[int]] = {}
        self.forward: list[Reference] = []
        for item in file.instructions:
            for one in references(item):
                mine = -1 if item.stage is None else item.stage.index
                if one.stage is None or one.stage.index > mine:
                    self.forward.append(one)
                if one.stage is not None:
                    needs.setdefault(mine, set()).add(one.stage.index)
        self._circle: dict[int, int] = {}
        if self.forward:
            for stage in file.stages:
                if stage.parent is not None:
                    needs.setdefault(stage.index, set()).add(stage.parent.index)
            self._circle = _strongly_connected(len(file.stages), needs)

    def holds(self, one: Reference) -> bool:
        mine = one.item.stage
        return (
            mine is not None
            and one.stage is not None
            and self._circle.get(mine.index) == self._circle.get(one.stage.index)
        )


def _strongly_connected(count: int, needs: dict[int, set[int]]) -> dict[int, int]:
    """Node to the number of its strongly connected part (Kosaraju's algorithm, without recursion)."""
    order: list[int] = []
    _walk(range(count), needs, order)
    back: dict[int, set[int]] = {}
    for node, others in needs.items():
        for other in others:
            back.setdefault(other, set()).add(node)
    part: dict[int, int] = {}
    for root in reversed(order):
        todo = [root]
        while todo:
            node = todo.pop()
            if node not in part:
                part[node] = root
                todo += back.get(node, ())
    return part


def _walk(nodes: range, needs: dict[int, set[int]], order: list[int]) -> None:
    """Depth first; a node is put into `order` when all that it needs is."""
    seen: set[int] = set()
    for root in nodes:
        todo = [(root, False)]
        while todo:
            node, done = todo.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                todo.append((node, True))
                todo += [(other, False) for other in needs.get(node, ())]


def by_number(target: Target, _context: Context) -> Iterator[Problem]:
    """An earlier stage named by its number, with the edits that name it."""
    assert isinstance(target, Instruction)
    own = -1 if target.stage is None else target.stage.index
    for one in references(target):
        if one.by_number and one.stage is not None and one.stage.index < own:
            fix = _named_instead(one.stage, one.word)
            yield Problem(one.word.start, one.word.end, fix=fix, key=str(one.word.value))


def _named_instead(stage: Stage, word: Scalar) -> FixPlan | None:
    scopes = stage.dockerfile.scopes
    if stage.name is not None:
        name = str(stage.name.value)
        if scopes.stage_named(name) is not stage:
            return None
        return FixPlan(True, edits=(Edit(word.start, word.end, name),), title=f"write `--from={name}`")
    name = f"stage{stage.index}"
    if stage.base is None or len(stage.opening.words) != 1 or scopes.stage_named(name) is not None:
        return None
    keyword = "as" if stage.source.text[slice(*stage.opening.keyword_span)].islower() else "AS"
    edits = (
        Edit(stage.base.end, stage.base.end, f" {keyword} {name}"),
        Edit(word.start, word.end, name),
    )
    return FixPlan(False, edits=edits, title=f"name the stage `{name}`")


def unknown(target: Target, _context: Context) -> Iterator[Problem]:
    """A name that is no stage, and would hardly be an image: one word that no official image has."""
    assert isinstance(target, Image)
    if target.instruction is None or target.instruction.outer is not None:
        return
    word = target.written
    name = str(word.value)
    if any(char in name for char in "/:@.$") or not name:
        return
    if is_listed(name):
        return
    stages = target.dockerfile.stages
    names = [str(one.name.value) for one in stages[: MAX_NAMES + 1] if one.name is not None]
    near = nearest(name, names, parts=True)
    hint = f"; did you mean `{near}`?" if near else ""
    fix = None
    if near:
        fix = FixPlan(False, edits=(Edit(word.start, word.end, near),), title=f"write `{near}`")
    yield Problem(word.start, word.end, fields={"word": word, "hint": hint}, fix=fix)


def doubled(target: Target, _context: Context) -> Iterator[Problem]:
    """A stage with the name of an earlier one, whatever case it is in."""
    assert isinstance(target, Dockerfile)
    first: dict[str, Scalar] = {}
    for stage in target.stages:
        if stage.name is None:
            continue
        name = str(stage.name.value).lower()
        before = first.setdefault(name, stage.name)
        if before is not stage.name:
            related = (RelatedSpan("the name is first given here", before.start, before.end),)
            word = stage.name
            yield Problem(word.start, word.end, fields={"stage": word}, related=related, key=name)


def reserved(target: Target, _context: Context) -> Iterator[Problem]:
    """A stage called as something that BuildKit has another meaning for."""
    assert isinstance(target, Stage)
    if target.name is not None and str(target.name.value).lower() in _RESERVED:
        yield Problem(target.name.start, target.name.end)


def upper_case(target: Target, _context: Context) -> Iterator[Problem]:
    """A stage name with an upper-case letter, with the edits that write it in lower case everywhere."""
    assert isinstance(target, Stage)
    word = target.name
    name = "" if word is None else str(word.value)
    if word is None or name == name.lower() or not _NAME.match(name.lower()):
        return
    places = [word, *_uses(target, name)]
    edits = tuple(Edit(one.start, one.end, name.lower()) for one in places)
    fix = FixPlan(False, edits=edits, title=f"write `{name.lower()}`")
    yield Problem(word.start, word.end, fix=fix)


def _uses(stage: Stage, name: str) -> Iterator[Scalar]:
    """Where the name stands as it is written, in what refers to the stage; not looked for in a file with
    more stages than any real one has."""
    stages = stage.dockerfile.stages
    for other in stages if len(stages) <= _MAX_STAGES else ():
        if other.base is not None and other.parent is stage and other.base.value == name:
            yield other.base
        for item in other.instructions:
            for one in references(item):
                if (
                    one.stage is stage
                    and one.word.value == name
                    and one.word.end - one.word.start == len(name)
                ):
                    yield one.word


def base_in_capitals(target: Target, _context: Context) -> Iterator[Problem]:
    """A FROM that names a stage in capital letters. COPY finds it so; FROM takes it for an image."""
    assert isinstance(target, Stage)
    base = target.field("base")
    if target.parent is None or target.base is None or not isinstance(base, Scalar):
        return
    if isinstance(base.value, str) and base.value != base.value.lower():
        written = str(target.base.value)
        fix = None
        if "$" not in written:
            edits = (Edit(target.base.start, target.base.end, written.lower()),)
            fix = FixPlan(True, edits=edits, title=f"write `{written.lower()}`")
        yield Problem(target.base.start, target.base.end, fields={"written": target.base}, fix=fix)
