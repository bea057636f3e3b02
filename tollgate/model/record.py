"""`NamedTuple` as `typing` has it, for a fast start.

The one of `typing` compiles every annotation, which none of ours are asked for: a tenth of the time that the
hook takes for one file. Type checkers see the original.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    _KEPT = frozenset({"__annotations__", "__module__", "__qualname__", "__dict__", "__slots__"})

    class _Meta(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = tuple(body["__annotations__"])
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # noqa: PYI024
            made.__annotations__ = body["__annotations__"]
            made.__qualname__ = body["__qualname__"]
            for key, value in body.items():
                if key not in _KEPT and key not in fields:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Meta):
        """Fields in the order of the class's annotations, defaults from its values."""
