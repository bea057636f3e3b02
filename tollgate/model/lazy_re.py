"""Python's `re`, but `compile` compiles a pattern when it is first used.

A run over one file uses a third of the patterns that its modules hold, and to compile them all takes longer
than to lint the file. Modules say `from tollgate.model import lazy_re as re`; type checkers see the original.
"""

from __future__ import annotations

from re import (
    ASCII,
    DOTALL,
    IGNORECASE,
    MULTILINE,
    VERBOSE,
    Match,
    Pattern,
    compile,
    error,
    escape,
    findall,
    finditer,
    fullmatch,
    match,
    search,
    split,
    sub,
)

__all__ = [
    "ASCII",
    "DOTALL",
    "IGNORECASE",
    "MULTILINE",
    "VERBOSE",
    "Match",
    "Pattern",
    "compile",
    "error",
    "escape",
    "findall",
    "finditer",
    "fullmatch",
    "match",
    "search",
    "split",
    "sub",
]

TYPE_CHECKING = False
if not TYPE_CHECKING:
    _compile_now = compile

    class _Lazy:
        """A pattern. What is asked of it is kept, so that from then on it is as fast as a compiled one."""

        __slots__ = (
            "_compiled",
            "_flags",
            "_written",
            "findall",
            "finditer",
            "fullmatch",
            "match",
            "pattern",
            "search",
            "split",
            "sub",
            "subn",
        )

        def __init__(self, pattern, flags=0):
            self._written = pattern
            self._flags = flags
            self._compiled = None

        def __getattr__(self, name):
            compiled = self._compiled
            if compiled is None:
                compiled = self._compiled = _compile_now(self._written, self._flags)
            value = getattr(compiled, name)
            if name in _Lazy.__slots__:
                setattr(self, name, value)
            return value

    compile = _Lazy
