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


def test_arguments_go_to_the_fields_they_name() -> None:
    assert Point(y=5, x=4) == (4, 5)
    assert Point._make([7, 8]) == (7, 8)
    assert Point(1)._asdict() == {"x": 1, "y": 2}
    assert Point._field_defaults == {"y": 2}
    match Point(1, 9):
        case Point(x, y):
            assert (x, y) == (1, 9)


@pytest.mark.parametrize("wrong", [{"z": 1}, {"x": 1, "z": 1}])
def test_unknown_fields_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"Point.__new__\(\)"):
        Point(**wrong)
    with pytest.raises(ValueError, match="no fields z"):
        Point(1)._replace(z=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="expected 2 values"):
        Point._make([1])


def test_instances_hold_nothing_but_their_fields() -> None:
    assert not hasattr(Point(1), "__dict__")


def test_classes_of_as_many_fields_keep_their_own_names_and_defaults() -> None:
    class Span(NamedTuple):
        start: int = 10
        end: int = 20

    class Size(NamedTuple):
        width: int
        height: int = 3

    assert (Span(), Span(end=5), Size(1)) == ((10, 20), (10, 5), (1, 3))
    assert (Size(1).width, Span().end) == (1, 20)
