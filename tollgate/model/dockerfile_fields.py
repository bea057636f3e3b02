"""The fields of Dockerfile targets that rules name, as nodes placed where each was set."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tollgate.model.dockerfile_scope import SCRATCH
from tollgate.model.node import UNKNOWN, Entry, Mapping, Node, Scalar, Sequence
from tollgate.model.target import Field

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile, HereDocument, Instruction, Stage

REPEATABLE_FLAGS = frozenset({"mount", "device", "exclude"})
_DRIVE = re.compile(r"[A-Za-z]:")


def instruction_field(item: Instruction, name: str) -> Field:
    start, end = item.keyword_span
    match name:
        case "keyword":
            return Scalar(item.keyword, start, end)
        case "words":
            return _sequence(item.dockerfile.scopes.words(item), item)
        case "written":
            return _sequence(item.words, item)
        case "flags":
            return _flags(item)
        case "mounts":
            return _sequence(_mounts(item), item)
        case "pairs":
            return _pairs(item)
        case "text":
            body = item.body
            return Scalar(item.text, *(body[0].start, body[-1].end) if body else (end, end))
        case "is-json":
            return Scalar(item.is_json, start, end)
        case "onbuild":
            return Scalar(item.outer is not None, start, end)
        case "heredocs":
            return _sequence([_here_document(item, here) for here in item.heredocs], item)
        case "shell":
            shell = item.shell()
            return _sequence([Scalar(word, start, end) for word in shell], item) if shell else None
    return None


def _sequence(
    items: list[Node] | list[Scalar] | tuple[Scalar, ...] | list[Mapping], item: Instruction
) -> Sequence:
    body = item.body
    node = Sequence(*(body[0].start, body[-1].end) if body else item.keyword_span)
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
    body = item.body
    node = Mapping(*(body[0].start, body[-1].end) if body else item.keyword_span)
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
    grip = stage.grip()
    scopes = stage.dockerfile.scopes
    match name:
        case "name":
            return stage.name
        case "index":
            return Scalar(stage.index, *grip)
        case "final":
            return Scalar(stage.final, *grip)
        case "base":
            return scopes.words(stage.opening)[0] if stage.base is not None else None
        case "platform":
            written = stage.platform
            return None if written is None else scopes.flag_value(stage.opening, "platform", written)
        case "base-stage":
            return stage.parent
        case "root-base":
            return stage_field(root_of(stage), "base")
        case "scratch":
            base = stage_field(root_of(stage), "base")
            return Scalar(isinstance(base, Scalar) and base.value == SCRATCH, *grip)
    effective = _EFFECTIVE.get(name)
    return None if effective is None else effective(stage)


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
        for item in reversed(link.instructions):
            if item.keyword == keyword and (item.words or item.is_json):
                return item
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
        keywords = {item.keyword: item for item in link.instructions if item.words or item.is_json}
        if "CMD" in keywords:
            return _command(keywords["CMD"])
        if "ENTRYPOINT" in keywords:
            return None
    return None


def _healthcheck(stage: Stage) -> Scalar | None:
    item = _last(stage, "HEALTHCHECK")
    return None if item is None else Scalar(str(item.words[0].value).upper(), *item.span)


def _workdir(stage: Stage) -> Scalar | None:
    """Relative ones are put together; unknown while they hang on an image from outside the file."""
    found: Scalar | None = None
    path: str | None = None
    for link in chain_of(stage):
        for item in link.instructions:
            if item.keyword != "WORKDIR" or not item.words:
                continue
            word = item.dockerfile.scopes.words(item)[0]
            if not isinstance(word.value, str):
                path = None
            elif word.value.startswith("/") or _DRIVE.match(word.value):
                path = posixpath.normpath(word.value)
            elif path is not None:
                path = posixpath.normpath(posixpath.join(path, word.value))
            elif found is None and _is_scratch(stage):
                path = posixpath.normpath("/" + word.value)
            found = Scalar(UNKNOWN if path is None else path, word.start, word.end)
    return found


def _is_scratch(stage: Stage) -> bool:
    field = stage_field(stage, "scratch")
    return isinstance(field, Scalar) and field.value is True


def _items_of(stage: Stage, keyword: str) -> Iterator[Instruction]:
    for link in chain_of(stage):
        yield from (item for item in link.instructions if item.keyword == keyword)


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


_EFFECTIVE: dict[str, Callable[[Stage], Field]] = {
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
"""Fields as they are at a stage's end."""
