"""Colours for a terminal, or none."""

from __future__ import annotations

from tollgate.model.finding import Finding
from tollgate.model.hints import Literal, TypeAlias

Role: TypeAlias = Literal["error", "warning", "note", "gutter", "strong", "faint", "help", "added", "removed"]

_CODES: dict[Role, str] = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "gutter": "1;34",
    "strong": "1",
    "faint": "2",
    "help": "1;32",
    "added": "32",
    "removed": "31",
}


class Style:
    """Paints text by its role; without colour it gives the text back."""

    __slots__ = ("colour", "hyperlinks")

    def __init__(self, *, colour: bool, hyperlinks: bool = False) -> None:
        self.colour = colour
        self.hyperlinks = hyperlinks

    def paint(self, role: Role, text: str) -> str:
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.colour and text else text

    def link(self, url: str, text: str) -> str:
        """`text` as a link, where the terminal has them and the address is a plain one."""
        if not (self.hyperlinks and url.isascii() and url.isprintable() and url.startswith("https://")):
            return text
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"


def outside_mark(finding: Finding, style: Style) -> str:
    """What tells a finding that the change has nothing to do with from those that count."""
    return style.paint("faint", " (outside the change)") if finding.change == "outside" else ""
