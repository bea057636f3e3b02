"""What stands in for `typing` can be written wherever the original is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tollgate.model import hints


def test_hints_can_be_written_as_those_of_typing() -> None:
    plain: Any = hints  # at run time these are plain values
    kind = plain.Literal["yaml", "dockerfile"]
    for written in (
        Callable[[plain.Any], plain.TypeVar("Made")],
        Mapping[str, plain.Union[kind, Sequence[plain.Any]]],
        plain.Any | None,
        None | plain.Any,
        int | plain.Union[int, "Later"],
        Callable[..., plain.NoReturn] | None,
    ):
        assert written is not None


def test_cast_gives_the_value_as_it_is() -> None:
    value = object()
    assert hints.cast("int", value) is value


def test_a_protocol_is_a_plain_class() -> None:
    class Named(hints.Protocol):
        name: str

    assert Named.__mro__[1:] == (hints.Protocol, object)
