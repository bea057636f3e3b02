"""Writing XML: an element with its attributes, nothing of which can end early."""

from __future__ import annotations

from collections.abc import Mapping

from tollgate.reporters.printable import xml

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def start(name: str, attributes: Mapping[str, object]) -> str:
    """`<name a="…">`"""
    return f"<{_head(name, attributes)}>"


def element(name: str, attributes: Mapping[str, object], lines: tuple[str, ...] = ()) -> str:
    """A whole element; `lines` are its text, each made harmless on its own."""
    if not lines:
        return f"<{_head(name, attributes)}/>"
    body = "\n".join(map(xml, lines))
    return f"<{_head(name, attributes)}>{body}</{name}>"


def _head(name: str, attributes: Mapping[str, object]) -> str:
    return " ".join((name, *(f'{key}="{xml(str(value))}"' for key, value in attributes.items())))
