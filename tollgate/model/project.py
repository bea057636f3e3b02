"""The index of all that is linted: what relational rules may know of other files."""

from __future__ import annotations

from collections.abc import Callable


class Project:
    """`is_patch(path)`: whether some kustomization uses the file as a patch. Asked lazily."""

    __slots__ = ("is_patch",)

    def __init__(self, *, is_patch: Callable[[str], bool] = lambda _path: False) -> None:
        self.is_patch = is_patch
