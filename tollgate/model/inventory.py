"""Which images a project names: plain data between the engine, the command and its formats."""

from __future__ import annotations

from tollgate.model.image_reference import ImageReference
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region


class ImagePlace(NamedTuple):
    """One place that names an image. No text in it holds a secret.

    written      as it stands there
    reference    what a runtime reads; None if that cannot be known, or if every runtime refuses it
    use          container, volume, service, build, from, copy-from, mount-from, syntax
    allowed      what policy says of where it is from; None if no rule with a list of what is trusted
                 is on for the file, or if nobody knows what it is
    refused_by   the rules that say no
    """

    path: str
    region: Region
    written: str
    reference: ImageReference | None
    use: str
    object_kind: str | None = None
    object_name: str | None = None
    allowed: bool | None = None
    refused_by: tuple[str, ...] = ()


class Unread(NamedTuple):
    """A place that may name images which nobody could read. `line` 0: the whole file."""

    path: str
    line: int
    message: str


class Image(NamedTuple):
    """An image with every place that names it. `reference` None: the places only agree in what is written."""

    name: str
    reference: ImageReference | None
    places: tuple[ImagePlace, ...]

    @property
    def pinned(self) -> bool | None:
        """Whether its content cannot change; None if nobody knows what it is."""
        return None if self.reference is None else self.reference.digest is not None

    @property
    def allowed(self) -> bool | None:
        """Whether policy allows it in every place; None if it says nothing in some and no in none."""
        verdicts = {place.allowed for place in self.places}
        if False in verdicts:
            return False
        return None if None in verdicts else True


class Inventory(NamedTuple):
    """`images` by name; `files` counts those that were read."""

    images: tuple[Image, ...] = ()
    unread: tuple[Unread, ...] = ()
    errors: tuple[str, ...] = ()
    files: int = 0


def by_image(places: list[ImagePlace]) -> tuple[Image, ...]:
    """Places that name the same image together, images by name, places as given."""
    groups: dict[tuple[bool, str], list[ImagePlace]] = {}
    for place in places:
        known = place.reference
        key = (known is None, place.written if known is None else known.normalised)
        groups.setdefault(key, []).append(place)
    return tuple(Image(name, group[0].reference, tuple(group)) for (_, name), group in sorted(groups.items()))
