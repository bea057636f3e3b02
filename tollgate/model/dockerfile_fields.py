"""The fields of Dockerfile targets that rules name, as nodes placed where each was set."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile_scope import SCRATCH
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import UNKNOWN, Entry, Mapping, Node, Scalar, Sequence
from tollgate.model.target import Field

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile, HereDocument, Instruction, Stage

REPEATABLE_FLAGS = frozenset({"mount", "device", "exclude"})
_DRIVE = re.compile(r"[A-Za-z]:")


def instruction_field(item: Instruction, name: str) -> Field:
    field = _OF_INSTRUCTION.get(name)
    return None if field is None else field(item)


def _text(item: Instruction) -> Scalar:
    return Scalar(item.text, *_place_of(item))


def _place_of(item: Instruction) -> tuple[int, int]:
    """Its arguments; its keyword if it has none."""
    return (item.body[0].start, item.body[-1].end) if item.body else item.keyword_span


def _shell_in_force(item: Instruction) -> Sequence | None:
    shell = item.shell()
    return _sequence([Scalar(word, *item.keyword_span) for word in shell], item) if shell else None


def _sequence(
    items: list[Node] | list[Scalar] | tuple[Scalar, ...] | list[Mapping], item: Instruction
) -> Sequence:
    node = Sequence(*_place_of(item))
    node.items = list(items)
    return node


def _flags(item: Instruction) -> Mapping:
    """Flag names to values; a flag that may stand several times has a sequence; one without a value
    is true."""
    flags = item.flags
    node = Mapping(flags[0].start, flags[-1].end) if flags else Mapping(*item.keyword_span)
    for flag in flags:
        name_end = flag.start + 2 + len(flag.name)
        value: Node = Scalar(True, flag.start, flag.end)
        if flag.value is not None:
            value = item.dockerfile.scopes.flag_value(item, flag.name, flag.value)
        if flag.name in REPEATABLE_FLAGS:
            before = node.get(flag.name)
            values = before if isinstance(before, Sequence) else Sequence(value.start, value.end)
            values.items.append(value)
            values.end = value.end
            if before is not None:
                continue
            value = values
        node.entries[flag.name] = Entry(flag.start, name_end, value)
    return node


def _mounts(item: Instruction) -> list[Mapping]:
    """The `--mount` flags of RUN as mappings: type (bind if none is written), from, source, target, …

    Keys are lower-case; `src`, `dst`, `destination`, `ro`, `rw` are given under their long names.
    """
    return [
        _mount(item.dockerfile.scopes.flag_value(item, "mount", flag.value))
        for flag in item.flags
        if flag.name == "mount" and flag.value is not None
    ]


_MOUNT_NAMES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}


def _mount(value: Scalar) -> Mapping:
    start, end = value.start, value.end
    node = Mapping(start, end)
    node.entries["type"] = Entry(start, end, Scalar("bind", start, end))
    if not isinstance(value.value, str):
        node.entries["type"].value = Scalar(UNKNOWN, start, end)
        return node
    exact = len(value.value) == end - start
    at = start
    for field in value.value.split(","):
        key, sign, text = field.partition("=")
        name = _MOUNT_NAMES.get(key.lower(), key.lower())
        middle = at + len(key)
        key_place = (at, middle) if exact else (start, end)
        place = (middle + len(sign), at + len(field)) if exact else (start, end)
        node.entries[name] = Entry(*key_place, Scalar(text if sign else True, *place))
        at += len(field) + 1
    return node


def _pairs(item: Instruction) -> Mapping:
    pairs = item.dockerfile.scopes.pairs(item)
    node = Mapping(*_place_of(item))
    for pair in pairs:
        key = pair.key
        value = pair.value or Scalar(None, key.end, key.end)
        if isinstance(key.value, str):
            node.entries[key.value] = Entry(key.start, key.end, value)
    return node


def _here_document(item: Instruction, here: HereDocument) -> Mapping:
    text = item.source.text
    node = Mapping(here.start, here.end)
    word = here.word
    body = "".join([text[start:end] for start, end in here.pieces])
    for name, value in (
        ("name", Scalar(here.name, word.start, word.end)),
        ("text", Scalar(body, here.start, here.end)),
        ("expand", Scalar(here.expand, word.start, word.end)),
    ):
        node.entries[name] = Entry(word.start, word.end, value)
    return node


def dockerfile_field(file: Dockerfile, name: str) -> Field:
    match name:
        case "directives":
            node = Mapping(0, 0)
            for directive in file.directives:
                node.end = directive.end
                node.entries[directive.name] = Entry(directive.start, directive.value.start, directive.value)
            return node
        case "escape":
            return Scalar(file.escape, 0, 0)
        case "stages":
            return Scalar(len(file.stages), *file.grip())
        case "final-stage":
            return file.stages[-1] if file.stages else None
    return None


def stage_field(stage: Stage, name: str) -> Field:
    field = _OF_STAGE.get(name)
    return None if field is None else field(stage)


def _base(stage: Stage) -> Scalar | None:
    return None if stage.base is None else stage.dockerfile.scopes.words(stage.opening)[0]


def _platform(stage: Stage) -> Scalar | None:
    written = stage.platform
    return None if written is None else stage.dockerfile.scopes.flag_value(stage.opening, "platform", written)


def _is_scratch(stage: Stage) -> bool:
    base = _base(root_of(stage))
    return base is not None and base.value == SCRATCH


def root_of(stage: Stage) -> Stage:
    """The first stage of the chain that this one is built on; itself if its base is an image."""
    while stage.parent is not None and stage.inherits:
        stage = stage.parent
    return stage


def chain_of(stage: Stage) -> list[Stage]:
    """The stages it is built on, first to last, itself included."""
    chain = [stage]
    while stage.parent is not None and stage.inherits:
        stage = stage.parent
        chain.append(stage)
    return chain[::-1]


def _last(stage: Stage, keyword: str) -> Instruction | None:
    for link in reversed(chain_of(stage)):
        found = link.by_keyword(keyword)
        if found:
            return found[-1]
    return None


def _only_word(keyword: str, stage: Stage) -> Scalar | None:
    item = _last(stage, keyword)
    return None if item is None else item.dockerfile.scopes.words(item)[0]


def _shell(stage: Stage) -> Node | None:
    item = _last(stage, "SHELL")
    return _sequence(item.words, item) if item is not None and item.is_json else None


def _command(item: Instruction | None) -> Node | None:
    """A sequence for the JSON form, the whole text for the shell form."""
    if item is None:
        return None
    return _sequence(item.words, item) if item.is_json else item.words[0]


def _cmd(stage: Stage) -> Node | None:
    """ENTRYPOINT drops a CMD that was set in an earlier stage."""
    for link in reversed(chain_of(stage)):
        own = link.by_keyword("CMD")
        if own:
            return _command(own[-1])
        if link.by_keyword("ENTRYPOINT"):
            return None
    return None


def _healthcheck(stage: Stage) -> Scalar | None:
    item = _last(stage, "HEALTHCHECK")
    return None if item is None else Scalar(str(item.words[0].value).upper(), *item.span)


def _workdir(stage: Stage) -> Scalar | None:
    """Relative ones are put together; unknown while they hang on an image from outside the file."""
    found: Scalar | None = None
    path: str | None = None
    for item in _items_of(stage, "WORKDIR"):
        word = item.dockerfile.scopes.words(item)[0]
        if not isinstance(word.value, str):
            path = None
        elif word.value.startswith("/") or _DRIVE.match(word.value):
            path = posixpath.normpath(word.value)
        elif path is not None or (found is None and _is_scratch(stage)):
            path = posixpath.normpath(posixpath.join(path or "/", word.value))
        found = Scalar(UNKNOWN if path is None else path, word.start, word.end)
    return found


def _items_of(stage: Stage, keyword: str) -> Iterator[Instruction]:
    for link in chain_of(stage):
        yield from link.by_keyword(keyword)


def _mapping_of(stage: Stage, keyword: str) -> Mapping:
    node = Mapping(*stage.opening.span)
    for item in _items_of(stage, keyword):
        node.entries.update(_pairs(item).entries)
        node.end = max(node.end, item.span.end)
    return node


def _list_of(stage: Stage, keyword: str) -> Sequence:
    node = Sequence(*stage.opening.span)
    for item in _items_of(stage, keyword):
        node.items.extend(item.dockerfile.scopes.words(item))
        node.end = max(node.end, item.span.end)
    return node


_OF_INSTRUCTION: dict[str, Callable[[Instruction], Field]] = {
    "keyword": lambda item: Scalar(item.keyword, *item.keyword_span),
    "words": lambda item: _sequence(item.dockerfile.scopes.words(item), item),
    "written": lambda item: _sequence(item.words, item),
    "flags": _flags,
    "mounts": lambda item: _sequence(_mounts(item), item),
    "pairs": _pairs,
    "text": _text,
    "is-json": lambda item: Scalar(item.is_json, *item.keyword_span),
    "onbuild": lambda item: Scalar(item.outer is not None, *item.keyword_span),
    "heredocs": lambda item: _sequence([_here_document(item, here) for here in item.heredocs], item),
    "shell": _shell_in_force,
}

_OF_STAGE: dict[str, Callable[[Stage], Field]] = {
    "name": lambda stage: stage.name,
    "index": lambda stage: Scalar(stage.index, *stage.grip()),
    "final": lambda stage: Scalar(stage.final, *stage.grip()),
    "base": _base,
    "platform": _platform,
    "base-stage": lambda stage: stage.parent,
    "root-base": lambda stage: _base(root_of(stage)),
    "scratch": lambda stage: Scalar(_is_scratch(stage), *stage.grip()),
    "user": lambda stage: _only_word("USER", stage),
    "workdir": _workdir,
    "shell": _shell,
    "entrypoint": lambda stage: _command(_last(stage, "ENTRYPOINT")),
    "cmd": _cmd,
    "healthcheck": _healthcheck,
    "stop-signal": lambda stage: _only_word("STOPSIGNAL", stage),
    "labels": lambda stage: _mapping_of(stage, "LABEL"),
    "env": lambda stage: _mapping_of(stage, "ENV"),
    "exposed": lambda stage: _list_of(stage, "EXPOSE"),
    "volumes": lambda stage: _list_of(stage, "VOLUME"),
}
"""From `user` on: as it is at the stage's end."""
