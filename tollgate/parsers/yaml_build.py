"""Nodes from YAML events, as kubectl reads them: merges applied, keys as strings, the last key wins.

One builder reads one document. It is driven by the events of ruamel.yaml's C parser, or of its pure
parser where the C parser refuses, and holds the bounds on depth and expansion while it reads.
"""

from __future__ import annotations

from collections.abc import Callable

from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from tollgate.model.documents import Limits
from tollgate.model.finding import InputProblem
from tollgate.model.hints import Any, NoReturn
from tollgate.model.node import Alias, Entry, Mapping, Node, Scalar, Sequence, Value
from tollgate.model.record import NamedTuple
from tollgate.parsers.yaml_merge import Entries
from tollgate.parsers.yaml_problems import Problems, RefusedError, shown, too_deep
from tollgate.parsers.yaml_scalars import (
    KUBECTL_ONLY_WORDS,
    MAY_BE_SPECIAL,
    STANDARD_TAG,
    WORDS,
    UnreadableScalarError,
    key_of_plain,
    key_of_tagged,
    key_of_value,
    resolve,
    resolve_tagged,
)
from tollgate.parsers.yaml_spans import block_scalar_end, value_start

_BLOCK_STYLES = frozenset("|>")
_RESET = "!reset"
_COMPOSE_TAGS = frozenset({_RESET, "!override"})
"""How Compose is told to leave out a value, and to let it replace another file's; it means nothing else."""

_ORIGINAL_VERSION = (1, 1)


class Anchor(NamedTuple):
    """What `&name` stands for. `node` is None while it is being read; `size` counts expanded nodes,
    `height` levels of collections."""

    node: Node | None
    size: int
    height: int


class _Frame:
    """A collection being read, with the key whose value comes next."""

    __slots__ = ("anchor", "height", "key", "key_end", "key_start", "merging", "node", "reset", "size_before")

    def __init__(
        self, node: Mapping | Sequence, anchor: str | None, size_before: int, *, reset: bool = False
    ) -> None:
        self.node = node
        self.reset = reset
        self.anchor = anchor
        self.size_before = size_before
        self.height = 1
        self.key: str | None = None
        self.key_start = 0
        self.key_end = 0
        self.merging = False


class Builder:
    """Builds one document from events. `root` and `problems` are its result; `end` the offset where
    the document ends in the text. Offsets of events are shifted by `base`."""

    def __init__(self, text: str, base: int, limits: Limits, *, compose: bool = False) -> None:
        self.root: Node | None = None
        self._told = Problems(compose=compose)
        self._compose = compose
        self.end = base
        self._text = text
        self._base = base
        self._limits = limits
        self._stack: list[_Frame] = []
        self._frame: _Frame | None = None
        self._anchors: dict[str, Anchor] = {}
        self._written = 0
        self._expanded = 0
        self._last_end = base
        self._entries = Entries(self._told, written_wins=compose)

    @property
    def problems(self) -> list[InputProblem]:
        return self._told.found

    def run(self, get_event: Callable[[], Event | None]) -> None:
        """Read events up to the end of the first document. Raises RefusedError and what the parser raises."""
        handlers: dict[type[Event], Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._open_mapping,
            MappingEndEvent: self._close,
            SequenceStartEvent: self._open_sequence,
            SequenceEndEvent: self._close,
            AliasEvent: self._alias,
            DocumentStartEvent: self._check_version,
            StreamStartEvent: lambda _event: None,
        }
        while (event := get_event()) is not None:
            handler = handlers.get(type(event))
            if handler is None:
                self.end = event.end_mark.index + self._base
                return
            handler(event)

    def _scalar(self, event: ScalarEvent) -> None:
        self._written += 1
        start = event.start_mark.index + self._base
        end = event.end_mark.index + self._base
        tag, anchor, style, text = event.tag, event.anchor, event.style or "", event.value
        if tag is not None or anchor is not None:
            start = value_start(self._text, start, end)
        elif start == end and self._text[start - 1] not in ":-":
            start = end = self._last_end
        if style in _BLOCK_STYLES:
            end = block_scalar_end(self._text, start, end)
        self._last_end = end
        frame = self._frame
        if frame is not None and frame.key is None and type(frame.node) is Mapping:
            frame.key_start, frame.key_end = start, end
            if anchor is None and tag is None and (style or text[:1] not in MAY_BE_SPECIAL) and text != "<<":
                frame.key = text if text or style else self._refuse_key(start, end)
            else:
                self._special_key(frame, text, style, tag, anchor)
            return
        if tag is not None and self._compose and tag in _COMPOSE_TAGS:
            value = None if tag == _RESET else text if style else self._plain(text, start, end)
            node = Scalar(value, start, end, style, tag)
        elif tag is not None:
            node = Scalar(self._tagged(text, tag, start, end), start, end, style, tag)
        elif style or (text and text[0] not in MAY_BE_SPECIAL):
            node = Scalar(text, start, end, style)
        else:
            node = Scalar(self._plain(text, start, end), start, end)
        if anchor is not None:
            self._anchors[anchor] = Anchor(node, 1, 0)
        self._attach(node, None)

    def _plain(self, text: str, start: int, end: int) -> Value:
        if text in KUBECTL_ONLY_WORDS:
            if self._compose:
                return text
            key = next((frame.key for frame in reversed(self._stack) if frame.key is not None), None)
            self._told.word(key, WORDS[text], start, end)
        try:
            return resolve(text)
        except UnreadableScalarError as error:
            raise RefusedError("parse-error", start, end, str(error)) from None

    def _tagged(self, text: str, tag: str, start: int, end: int) -> Value:
        try:
            return resolve_tagged(text, tag)
        except UnreadableScalarError as error:
            raise RefusedError("parse-error", start, end, str(error)) from None

    def _special_key(self, frame: _Frame, text: str, style: str, tag: str | None, anchor: str | None) -> None:
        """A key that is tagged, anchored, a merge, or looks like no string."""
        start, end = frame.key_start, frame.key_end
        if text == "<<" and (tag == STANDARD_TAG + "merge" or (tag is None and not style)):
            frame.key, frame.merging = text, True
            return
        try:
            if anchor is not None:
                value = resolve_tagged(text, tag) if tag else text if style else resolve(text)
                self._anchors[anchor] = Anchor(Scalar(value, start, end, style, tag), 1, 0)
            if self._compose and not tag and text:
                key: str | None = text
            else:
                key = key_of_tagged(text, tag) if tag else text if style else key_of_plain(text)
        except UnreadableScalarError as error:
            raise RefusedError("parse-error", start, end, str(error)) from None
        frame.key = self._refuse_key(start, end) if key is None else key
        if key != text and tag is None:
            self._told.key(text, frame.key, start, end)

    def _refuse_key(self, start: int, end: int) -> NoReturn:
        raise RefusedError(
            "parse-error", start, end, "a key is no string: kubectl refuses null, list and mapping keys"
        )

    def _open_mapping(self, event: MappingStartEvent) -> None:
        self._open(event, Mapping)

    def _open_sequence(self, event: SequenceStartEvent) -> None:
        self._open(event, Sequence)

    def _open(self, event: CollectionStartEvent, make: type[Mapping | Sequence]) -> None:
        self._written += 1
        start = event.start_mark.index + self._base
        anchor, flow = event.anchor, bool(event.flow_style)
        if anchor is not None or event.tag is not None:
            end = event.end_mark.index + self._base
            start = end - 1 if flow else value_start(self._text, start, end)
        frame = self._frame
        if frame is not None and frame.key is None and type(frame.node) is Mapping:
            self._refuse_key(start, start + 1)
        if len(self._stack) >= self._limits.nesting:
            raise too_deep(self._limits.nesting, start, start + 1)
        node = make(start, start, flow=flow)
        if anchor is not None:
            self._anchors[anchor] = Anchor(None, 0, 0)
        reset = self._compose and event.tag == _RESET
        self._frame = _Frame(node, anchor, self._written + self._expanded, reset=reset)
        self._stack.append(self._frame)

    def _close(self, event: Event) -> None:
        frame = self._stack.pop()
        node = frame.node
        if node.flow:
            self._last_end = event.end_mark.index + self._base
        node.end = max(self._last_end, node.start)
        if frame.anchor is not None:
            size = self._written + self._expanded - frame.size_before + 1
            self._anchors[frame.anchor] = Anchor(node, size, frame.height)
        self._frame = self._stack[-1] if self._stack else None
        if self._frame is not None and self._frame.height <= frame.height:
            self._frame.height = frame.height + 1
        self._attach(Scalar(None, node.start, node.end, tag=_RESET) if frame.reset else node, None)

    def _alias(self, event: AliasEvent) -> None:
        self._written += 1
        start = event.start_mark.index + self._base
        end = event.end_mark.index + self._base
        self._last_end = end
        name = event.anchor
        anchor = self._anchors.get(name)
        if anchor is None:
            raise RefusedError("parse-error", start, end, f"unknown anchor `{shown(name)}`")
        node, size, height = anchor
        if node is None:
            raise RefusedError("parse-error", start, end, f"the anchor `{shown(name)}` contains itself")
        frame = self._frame
        if frame is not None and frame.key is None and type(frame.node) is Mapping:
            key = key_of_value(node.value) if type(node) is Scalar else None
            frame.key = self._refuse_key(start, end) if key is None else key
            frame.key_start, frame.key_end = start, end
            return
        self._expanded += size - 1
        limits, total = self._limits, self._written + self._expanded
        if total > limits.expansion_floor and total > limits.expansion * self._written:
            message = f"aliases expand to more than {limits.expansion} times what is written"
            raise RefusedError("not-linted-too-many-aliases", start, end, message)
        if len(self._stack) + height > limits.nesting:
            raise too_deep(self._limits.nesting, start, end)
        if frame is not None and frame.height <= height:
            frame.height = height + 1
        self._attach(node, Alias(start, end, node.start, node.end, name, False))

    def _attach(self, node: Node, alias: Alias | None) -> None:
        frame = self._frame
        if frame is None:
            self.root = node
            return
        parent = frame.node
        if type(parent) is Sequence:
            if alias is not None:
                if parent.aliases is None:
                    parent.aliases = {}
                parent.aliases[len(parent.items)] = alias
            parent.items.append(node)
            return
        assert type(parent) is Mapping  # tells the type checker
        key = frame.key
        assert key is not None
        frame.key = None
        entry = Entry(frame.key_start, frame.key_end, node, alias)
        if frame.merging:
            frame.merging = False
            self._entries.merge(parent, entry)
        else:
            self._entries.add(parent, key, entry)

    def _check_version(self, event: DocumentStartEvent) -> None:
        if event.version is not None and tuple(event.version) != _ORIGINAL_VERSION:
            start = event.start_mark.index + self._base
            raise RefusedError("parse-error", start, start + 1, "kubectl refuses any YAML version but 1.1")
