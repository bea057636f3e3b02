"""What annotations are made of, for a fast start.

To import `typing` takes as long as to lint a small file, and at run time nobody reads what an annotation
says. Modules on the way of a plain run import these names instead; type checkers see the originals.
"""

from __future__ import annotations

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "Literal",
    "NoReturn",
    "Protocol",
    "TextIO",
    "TypeAlias",
    "TypeVar",
    "Union",
    "cast",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        Any,
        BinaryIO,
        Literal,
        NoReturn,
        Protocol,
        TextIO,
        TypeAlias,
        TypeVar,
        Union,
        cast,
    )
else:

    class _Hint:
        """Stands for any of them: can be written with `[…]` and `|`, and says nothing."""

        __slots__ = ()

        def __call__(self, *_described):
            return self

        def __getitem__(self, _described):
            return self

        def __or__(self, _other):
            return self

        __ror__ = __or__

    Any = BinaryIO = Literal = NoReturn = TextIO = TypeAlias = TypeVar = Union = _Hint()

    class Protocol:
        """A class that only describes others."""

    def cast(_hint, value):
        """The value as it is."""
        return value
