"""Where the result of a fix stands in the new text."""

from __future__ import annotations

from collections.abc import Sequence as Seq

from tollgate.engine.yaml_edit_join import moved_offset
from tollgate.model.documents import YamlText
from tollgate.model.finding import Change, Edit, Fix
from tollgate.model.node import Node, Sequence, Trail, descend, key_place, place_of
from tollgate.model.source import Span


def result_span(
    fix: Fix, changes: Seq[Change], edits: Seq[Edit], old: YamlText | None, new: YamlText | None
) -> Span:
    """The key and value that the fix leaves in the new text; zero wide where it removes something.

    `changes` and `edits` are all that were made together with it.
    """
    if new is not None and old is not None and fix.changes:
        return _changed_span(fix.changes[0], changes, edits, old, new)
    start = moved_offset(fix.edits[0].start, edits)
    grown = sum(len(edit.text) - (edit.end - edit.start) for edit in fix.edits)
    return Span(start, max(start, start + fix.edits[-1].end - fix.edits[0].start + grown))


def _changed_span(
    change: Change, changes: Seq[Change], edits: Seq[Edit], old: YamlText, new: YamlText
) -> Span:
    root = new.documents[change.document].root
    trail = _trail_after(change, changes)
    if root is not None and trail is not None:
        span = _span_at(root, trail, last_item=change.verb == "append")
        if span is not None:
            return span
    before = old.documents[change.document].root
    place = key_place(before, change.path) if before is not None and change.path else None
    start = moved_offset(edits[0].start if place is None else place.start, edits)
    return Span(start, start)


def _trail_after(change: Change, changes: Seq[Change]) -> Trail | None:
    """The trail of what a change leaves, in the tree after all changes; None if it only removes."""
    if change.verb == "remove":
        return None
    trail = change.path
    if change.verb == "rename":
        trail = (*trail[:-1], str(change.value))
    elif change.verb == "move" and isinstance(change.value, tuple):
        trail = change.value
    gone = {
        other.path
        for other in changes
        if other.verb in {"remove", "move"} and other.document == change.document and other.path
    }
    return tuple(
        key - sum((*trail[:depth], before) in gone for before in range(key)) if isinstance(key, int) else key
        for depth, key in enumerate(trail)
    )


def _span_at(root: Node, trail: Trail, *, last_item: bool) -> Span | None:
    if last_item:
        items = descend(root, trail)
        if not isinstance(items, Sequence) or not items.items:
            return None
        trail = (*trail, len(items.items) - 1)
    value = place_of(root, trail)
    key = key_place(root, trail) if trail else value
    if value is None or key is None:
        return None
    return Span(min(key.start, value.start), max(key.end, value.end))
