"""Our NamedTuple is what typing's is, to those who use it."""

from __future__ import annotations

import copy
import pickle

import pytest

from tollgate.model.record import NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2
    """How far down."""

    @property
    def total(self) -> int:
        return self.x + self.y

    def moved(self, by: int) -> Point:
        return self._replace(x=self.x + by)

    @classmethod
    def origin(cls) -> Point:
        return cls(0, 0)


def test_fields_defaults_and_methods() -> None:
    point = Point(1)
    assert (point.x, point.y, point.total, tuple(point)) == (1, 2, 3, (1, 2))
    assert point.moved(4) == Point(5, 2)
    assert Point.origin() == (0, 0)
    assert Point._fields == ("x", "y")
    assert repr(point) == "Point(x=1, y=2)"
    assert (Point.__doc__, Point.__module__, Point.__qualname__) == ("A place.", __name__, "Point")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc]


def test_survives_pickling_and_copying() -> None:
    point = Point(3)
    assert pickle.loads(pickle.dumps(point)) == point  # noqa: S301 (its own bytes)
    assert type(copy.copy(point)) is Point
