"""GitHub's own fingerprint of a line, `primaryLocationLineHash`.

It must equal what github/codeql-action computes (src/fingerprints.ts), so that alerts keep their
identity whoever uploads the report: a polynomial hash of the 100 UTF-16 units from the line's first
character on, blanks and tabs left out, and every kind of line break as LF.
"""

from __future__ import annotations

from array import array
from itertools import accumulate

from tollgate.model import lazy_re as re
from tollgate.model.masked import MaskedText

_BLOCK = 100
_BASE = 37
_WRAP = (1 << 64) - 1
_TOP = pow(_BASE, _BLOCK, _WRAP + 1)
_LINE_FEED = 10
_END_OF_FILE = 0xFFFF

_LINE_BREAK = re.compile(r"\r\n?")
_BLANKS = re.compile(r"[ \t]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def line_hashes(text: MaskedText) -> list[str]:
    """`hash:ordinal` of each line, in order; secrets count as their mask."""
    units = _units(("\ufeff" if text.bom else "") + text.masked())
    prefixes = list(accumulate(units, lambda hashed, unit: (hashed * _BASE + unit) & _WRAP, initial=0))
    starts = [0]
    starts += [index + 1 for index, unit in enumerate(units) if unit == _LINE_FEED]
    seen: dict[int, int] = {}
    hashes = []
    for start in starts:
        value = (prefixes[start + _BLOCK] - prefixes[start] * _TOP) & _WRAP
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _units(text: str) -> array[int]:
    """The UTF-16 units that count, and what stands for the end of the file."""
    packed = _BLANKS.sub("", _LINE_BREAK.sub("\n", text))
    units = array("H", _SURROGATE.sub("\ufffd", packed).encode("utf-16-le"))
    units.append(_END_OF_FILE)
    units.extend([0] * _BLOCK)
    return units
