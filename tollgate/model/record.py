"""`NamedTuple` as `typing` has it, for a fast start.

The one of `typing` compiles every annotation, and `collections.namedtuple` a constructor for each class:
a fifth of the time that the hook takes for one file, in which most of the classes are never used. Here a
class gets its constructor when its first instance is made. Type checkers see the original.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NamedTuple

__all__ = ["NamedTuple"]

if not TYPE_CHECKING:
    from collections import namedtuple

    _tuple_new = tuple.__new__
    _MOST_FIELDS = 40
    # Descriptors that read a tuple's item by its index, in C; they serve every class.
    _WIDE = namedtuple("_WIDE", [f"item{index}" for index in range(_MOST_FIELDS)])  # noqa: PYI024
    _GETTERS = tuple(vars(_WIDE)[name] for name in _WIDE._fields)
    # By number of fields: the code of a constructor, in which only the fields' names are to be filled in.
    _constructors: dict[int, Any] = {}

    def _constructor(cls: type) -> Callable[..., Any]:
        fields = cls._fields
        template = _constructors.get(len(fields))
        if template is None:
            names = "".join(f"item{index}, " for index in range(len(fields)))
            source = f"lambda _cls, {names}: _tuple_new(_cls, ({names}))"
            template = _constructors[len(fields)] = eval(source, {"_tuple_new": _tuple_new})  # noqa: S307 (ours)
        made = type(template)(
            template.__code__.replace(co_varnames=("_cls", *fields)),
            template.__globals__,
            "__new__",
            tuple(cls._field_defaults.values()),
        )
        made.__qualname__ = f"{cls.__qualname__}.__new__"
        return made

    class _Record(tuple):
        """What all records share."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()
        _field_defaults: dict[str, Any] = {}  # noqa: RUF012 (each class has its own)

        def __new__(cls, *values: Any, **named: Any) -> Any:
            cls.__new__ = _constructor(cls)
            return cls.__new__(cls, *values, **named)

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Any:
            made = _tuple_new(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"expected {len(cls._fields)} values, got {len(made)}")
            return made

        def _replace(self, /, **named: Any) -> Any:
            made = _tuple_new(self.__class__, map(named.pop, self._fields, self))
            if named:
                raise ValueError(f"there are no fields {', '.join(named)}")
            return made

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            shown = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{self.__class__.__name__}({', '.join(shown)})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

    class _Meta(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = body["_fields"] = body["__match_args__"] = tuple(body["__annotations__"])
            assert len(fields) <= _MOST_FIELDS, f"{name} has too many fields"
            body["_field_defaults"] = {field: body[field] for field in fields if field in body}
            body["__slots__"] = ()
            body.update(zip(fields, _GETTERS, strict=False))
            return type(name, (_Record,), body)

    class NamedTuple(metaclass=_Meta):
        """Fields in the order of the class's annotations, defaults from its values."""
