"""File names as git writes them in a diff."""

from __future__ import annotations

from tollgate.reporters.printable import path_bytes

_ESCAPES = {
    0x07: "\\a",
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0B: "\\v",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}
_FIRST_PRINTABLE, _DELETE = 0x20, 0x7F


def git_name(prefix: str, path: str) -> str:
    """`prefix/path`, in double quotes with octal escapes where a byte of it is unusual.

    The same as git with its default `core.quotePath`; git apply and GNU patch read it back.
    """
    written = "".join(map(_escaped, path_bytes(path)))
    name = f"{prefix}/{path}"
    return name if written == path else f'"{prefix}/{written}"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return chr(byte) if _FIRST_PRINTABLE <= byte < _DELETE else f"\\{byte:03o}"
