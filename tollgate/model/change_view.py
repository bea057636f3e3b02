"""A change as it is shown: each file's lines before and after, and what is found in them."""

from __future__ import annotations

from tollgate.model.finding import Finding
from tollgate.model.line_diff import Block
from tollgate.model.masked import MaskedText
from tollgate.model.record import NamedTuple
from tollgate.model.report import Report


class FileView(NamedTuple):
    """One file of a change, or one that did not change and has findings all the same.

    path     as it is now, or as it was if the file is deleted
    old_path as it was; "" if it is new
    old, new the texts; None where there is none, or none that can be shown
    blocks   what became of which lines
    """

    path: str
    old_path: str
    old: MaskedText | None
    new: MaskedText | None
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = ()
    deleted: bool = False


class ChangeView(NamedTuple):
    """A whole change. `report` is limited to it; `base_from` says why that base was taken.

    unread   how many changed files there are that nobody lints, and that are not shown for that reason
    """

    report: Report
    files: tuple[FileView, ...]
    base_from: str
    unread: int = 0
