"""Changes of a YAML tree as edits of its text.

What an edit does to comments: one that trails a line stays with that line; when a key or item is
removed, its lines go with what trails them and stands between them, while comment lines above it
stay; when a key is moved, the comment lines right above it at its own column travel along. A new
key stands at the end of its mapping, a new item at the end of its list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence as Seq

from tollgate.engine.yaml_edit_block import Part, mapping_edits, replacement, sequence_edits
from tollgate.engine.yaml_edit_changes import ChangeError, Claims, apply_changes, shallow, united
from tollgate.engine.yaml_edit_flow import flow_edits, flow_replacement
from tollgate.engine.yaml_edit_join import joined
from tollgate.engine.yaml_edit_look import look_of
from tollgate.engine.yaml_edit_move import comments_above, text_of_entry
from tollgate.engine.yaml_edit_plan import Planner, Wish, touched
from tollgate.engine.yaml_edit_render import Text, inline, key_text, plain_of
from tollgate.engine.yaml_edit_shared import Uses, count_uses
from tollgate.engine.yaml_edit_text import (
    Page,
    Refused,
    Slot,
    content_start,
    items_of,
    page_of,
    written_entries,
    written_of,
)
from tollgate.model.documents import Document, YamlText
from tollgate.model.finding import Change, Edit
from tollgate.model.node import Mapping, Node, Sequence, Trail, child
from tollgate.model.record import NamedTuple


class Refusal(NamedTuple):
    """Why changes cannot be made by edits."""

    reason: str


class Planned(NamedTuple):
    """Edits with all the changes that they make, those to other users of an anchor included."""

    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]


class _Shared(Refused):
    """An anchor is used where no such change is wished."""


def edits_for(
    yaml: YamlText, changes: Seq[Change], *, same_finding: Iterable[Change] = ()
) -> tuple[Edit, ...] | Refusal:
    """The edits of `plan_edits`."""
    planned = plan_edits(yaml, changes, same_finding=same_finding)
    return planned if isinstance(planned, Refusal) else planned.edits


def plan_edits(
    yaml: YamlText, changes: Seq[Change], *, same_finding: Iterable[Change] = ()
) -> Planned | Refusal:
    """Edits of `yaml.source.text`, sorted and apart, after which it reads as `changes` say.

    `same_finding`: the changes that fix the same rule's other findings in this file. A value that is
    read through an alias or merge is edited at its anchor if every use of it is among them;
    otherwise a merged key gets a key of its own, and anything else is refused.
    """
    try:
        return _plan(yaml, tuple(changes), tuple(same_finding))
    except (Refused, ChangeError) as refused:
        return Refusal(str(refused))


def _plan(yaml: YamlText, changes: tuple[Change, ...], siblings: tuple[Change, ...]) -> Planned:
    try:
        return Planned(_edits(yaml, changes, own_keys=False), changes)
    except _Shared:
        everywhere = united([changes, _same_places(yaml, changes, siblings)])
        if len(everywhere) > len(changes):
            try:
                return Planned(_edits(yaml, everywhere, own_keys=False), everywhere)
            except _Shared:
                pass  # some use of the anchor has no such finding
        return Planned(_edits(yaml, changes, own_keys=True), changes)


def _same_places(yaml: YamlText, changes: Seq[Change], siblings: Seq[Change]) -> tuple[Change, ...]:
    """Those of `siblings` that say the same about the same written places."""
    wished = [(change.verb, change.value, _written_place(yaml, change)) for change in changes]
    return tuple(
        sibling
        for sibling in siblings
        if (sibling.verb, sibling.value, _written_place(yaml, sibling)) in wished
    )


def _written_place(yaml: YamlText, change: Change) -> tuple[int, Trail]:
    """The deepest node on the way, by id, and the keys that do not exist."""
    node = yaml.documents[change.document].root
    for depth, key in enumerate(change.path):
        below = child(node, key)
        if below is None:
            return id(node), change.path[depth:]
        node = below
    return id(node), ()


def _edits(yaml: YamlText, changes: Seq[Change], *, own_keys: bool) -> tuple[Edit, ...]:
    claims = Claims()
    if not all(claims.take([change]) for change in changes):
        raise Refused("the changes contradict each other")
    found: list[tuple[int, Edit]] = []
    for index in sorted({change.document for change in changes}):
        document = yaml.documents[index]
        mine = [change for change in changes if change.document == index]
        found += _document_edits(yaml, document, mine, own_keys=own_keys)
    edits = joined(yaml.source.text, found)
    _check_secrets(yaml, edits)
    return edits


def _check_secrets(yaml: YamlText, edits: Seq[Edit]) -> None:
    source = yaml.source
    for edit in edits:
        if source.masks and source.scrub(edit.text) != edit.text:
            raise Refused("the new text would repeat a secret")


def _document_edits(
    yaml: YamlText, document: Document, changes: Seq[Change], *, own_keys: bool
) -> list[tuple[int, Edit]]:
    root = document.root
    if root is None or document.state != "ok":
        raise Refused("the document cannot be read")
    page = page_of(yaml.source.text, document)
    new = apply_changes(shallow(root), changes)
    uses = count_uses(page.text, page.start, page.end, root)
    planner = _settled(page, uses, root, new, changes, own_keys=own_keys)
    edits = _written_out(page, planner)
    _check_anchors(page, uses, [edit for _, edit in edits])
    return edits


def _settled(
    page: Page, uses: Uses, root: Node, new: object, changes: Seq[Change], *, own_keys: bool
) -> Planner:
    """The wishes, once every use of each place agrees."""
    touch = touched(changes)
    own: set[Trail] = set()

    def text_of(trail: Trail, key: str) -> Text | None:
        return text_of_entry(page.text, root, trail, key)

    while True:
        planner = Planner(page, uses, own, text_of)
        planner.walk(root, new, touch)
        at_odds = [wish for wish in planner.wishes.values() if not planner.is_agreed(wish)]
        if not at_odds:
            return planner
        more = {trail for wish in at_odds for trail in _merge_points(root, wish)} - own
        if not own_keys or not more:
            raise _Shared("the value is shared with other places through an anchor")
        own |= more


def _merge_points(root: Node, wish: Wish) -> set[Trail]:
    """For each trail of a wish, the first key on it that a merge brought in."""
    points: set[Trail] = set()
    for trail in wish.trails:
        node: Node | None = root
        for depth, key in enumerate(trail, 1):
            entry = node.entries.get(key) if isinstance(node, Mapping) and isinstance(key, str) else None
            if entry is not None and entry.alias is not None and entry.alias.merged:
                points.add(trail[:depth])
                break
            node = child(node, key)
    return points


class _Work:
    """All wishes for one mapping."""

    __slots__ = ("added", "depth", "dropped", "node", "slot")

    def __init__(self, node: Mapping, depth: int) -> None:
        self.node = node
        self.depth = depth
        self.slot: Slot | None = None
        self.added: list[tuple[str, object]] = []
        self.dropped: list[Wish] = []


def _written_out(page: Page, planner: Planner) -> list[tuple[int, Edit]]:
    """Every wish as edits, each with its depth in the tree."""
    works: dict[int, _Work] = {}
    edits: list[tuple[int, Edit]] = []
    for wish in planner.wishes.values():
        depth = len(wish.trails[0])
        if wish.verb in {"add", "drop"} and isinstance(wish.node, Mapping):
            work = works.setdefault(id(wish.node), _Work(wish.node, depth - 1))
            work.slot = work.slot or wish.slot
            if wish.verb == "add":
                work.added.append((str(wish.trails[0][-1]), wish.payload))
            else:
                work.dropped.append(wish)
        else:
            edits += [(depth, edit) for edit in _wish_edits(page, wish)]
    for work in works.values():
        edits += [(work.depth, edit) for edit in _work_edits(page, work)]
    return edits


def _work_edits(page: Page, work: _Work) -> list[Edit]:
    node, slot = work.node, work.slot
    if slot is None:
        raise Refused("the value is shared with other places through an anchor")
    look = look_of(page, node)
    if not node.flow:
        starts = {wish.entry.key_start: _start_of(page, node, wish) for wish in work.dropped if wish.entry}
        return mapping_edits(page, node, slot, starts, work.added, look)
    if not node.entries and not slot.flow and slot.kind != "root" and not page.json and _is_bare(page, node):
        return replacement(page, node, slot, dict(work.added), look)
    entries = written_entries(node)
    dropped = {wish.entry.key_start for wish in work.dropped if wish.entry is not None}
    gone = {index for index, entry in enumerate(entries) if entry.key_start in dropped}
    written = [written_of(page.text, entry) for entry in entries]
    return flow_edits(page, node, Part(written, gone, work.added), look)


def _start_of(page: Page, node: Mapping, wish: Wish) -> int:
    """Where a key that goes starts; the comments above it go along if it is moved."""
    assert wish.entry is not None
    if wish.payload == "moved":
        return comments_above(page.text, node, wish.entry)
    return wish.entry.key_start


def _is_bare(page: Page, node: Mapping | Sequence) -> bool:
    """Whether nothing but blanks stands between the brackets."""
    return not page.text[content_start(page.text, node) + 1 : node.end - 1].strip()


def _wish_edits(page: Page, wish: Wish) -> list[Edit]:
    slot, entry = wish.slot, wish.entry
    if wish.verb == "rename" and entry is not None:
        old = page.text[entry.key_start : entry.key_end]
        look = look_of(page, wish.node)._replace(key=old[0] if old[0] in {"'", '"'} else "")
        return [Edit(entry.key_start, entry.key_end, key_text(str(wish.payload), look, block=True))]
    if wish.verb == "reference" and entry is not None and entry.alias is not None:
        return [Edit(entry.alias.start, entry.alias.end, inline(wish.payload, look_of(page, wish.node)))]
    if slot is None:
        raise Refused("the value is shared with other places through an anchor")
    if wish.verb == "items" and isinstance(wish.node, Sequence):
        return _items_edits(page, wish.node, slot, wish.payload)
    look = look_of(page, wish.node)
    value = plain_of(wish.payload)
    if slot.flow:
        return flow_replacement(page, wish.node, slot.header, value, look)
    return replacement(page, wish.node, slot, value, look)


def _items_edits(page: Page, node: Sequence, slot: Slot, payload: object) -> list[Edit]:
    assert isinstance(payload, tuple)
    gone, added = payload
    look = look_of(page, node)
    if not node.flow:
        return sequence_edits(page, node, slot, gone, added, look)
    if not node.items and not slot.flow and slot.kind != "root" and not page.json and _is_bare(page, node):
        return replacement(page, node, slot, added, look)
    return flow_edits(
        page, node, Part(items_of(page.text, node), gone, [("", value) for value in added]), look
    )


def _check_anchors(page: Page, uses: Uses, edits: Seq[Edit]) -> None:
    """Raises Refused if an anchor goes that is used by an alias that stays."""
    for alias in uses.aliases:
        anchor = page.text.rfind("&" + alias.name, page.start, alias.anchor_start + 1)
        if alias.name and anchor >= 0 and _inside(anchor, edits) and not _inside(alias.start, edits):
            raise Refused("what would go holds an anchor that is used elsewhere")


def _inside(offset: int, edits: Seq[Edit]) -> bool:
    return any(edit.start <= offset < edit.end for edit in edits)
