"""The list of images as a table, as JSON, or one reference on a line for a scanner."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from tollgate.model.inventory import Image, ImagePlace, Inventory
from tollgate.reporters.counts import plural
from tollgate.reporters.printable import json_path, place, printable, uri

FORMAT_VERSION = 1
"""Grows when a field of the JSON changes its meaning or goes; new fields may come at any time."""

_WIDEST = 72
"""Columns; a longer name has a line of its own."""

_WORDS = {True: "yes", False: "no", None: "-"}

_Json = dict[str, object]


def _table(inventory: Inventory) -> Iterator[str]:
    images = inventory.images
    if images:
        width = max(5, *(len(name) for name in map(_name, images) if len(name) <= _WIDEST), 0)
        yield f"{'IMAGE':{width}}  PINNED  ALLOWED  PLACE\n"
        for image in images:
            yield from _rows(image, width)
        yield "\n"
    places = sum(len(image.places) for image in images)
    yield f"{plural(len(images), 'image')} in {plural(places, 'place')}"
    unpinned = sum(image.pinned is False for image in images)
    refused = sum(image.allowed is False for image in images)
    unknown = sum(image.pinned is None for image in images)
    counted = ((unpinned, "not pinned"), (refused, "not allowed"), (unknown, "not known"))
    told = ", ".join(f"{number:,} {word}" for number, word in counted if number)
    yield f"; {told}\n" if told else "\n"


def _name(image: Image) -> str:
    return printable(image.name if image.reference is None else image.reference.familiar) or '""'


def _rows(image: Image, width: int) -> Iterator[str]:
    name = _name(image)
    if len(name) > width:
        yield f"{name}\n"
        name = ""
    verdict = f"{_WORDS[image.pinned]:6}  {_WORDS[image.allowed]:7}"
    for number, one in enumerate(image.places):
        start = one.region.start
        where = place(one.path, start.line, start.column)
        why = f"  ({', '.join(one.refused_by)})" if one.refused_by else ""
        lead = f"{name:{width}}  {verdict}" if number == 0 else " " * (width + 17)
        yield f"{lead}  {where}{why}\n"


def _listed(inventory: Inventory) -> Iterator[str]:
    yield from (f"{image.name}\n" for image in inventory.images if image.reference is not None)


def _json(inventory: Inventory) -> Iterator[str]:
    yield f'{{"format": {FORMAT_VERSION}, "files": {inventory.files},\n"images": ['
    separator = "\n"
    for image in inventory.images:
        yield f"{separator}{_dump(_image(image))}"
        separator = ",\n"
    unread = [
        {"path": json_path(one.path), "line": one.line or None, "message": printable(one.message)}
        for one in inventory.unread
    ]
    errors = [printable(error) for error in inventory.errors]
    yield f'],\n"unread": {_dump(unread)},\n"errors": {_dump(errors)}\n}}\n'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _image(image: Image) -> _Json:
    known = image.reference
    return {
        "image": printable(image.name) if known is None else known.normalised,
        "known": known is not None,
        "registry": None if known is None else known.host,
        "repository": None if known is None else known.repository,
        "tag": None if known is None else known.tag,
        "digest": None if known is None else known.digest,
        "pinned": image.pinned,
        "allowed": image.allowed,
        "places": [_place(one) for one in image.places],
    }


def _place(one: ImagePlace) -> _Json:
    (first, start), (last, end) = one.region
    return {
        "path": json_path(one.path),
        "uri": uri(one.path),
        "region": {"start": {"line": first, "column": start}, "end": {"line": last, "column": end}},
        "written": printable(one.written),
        "use": one.use,
        "object_kind": None if one.object_kind is None else printable(one.object_kind),
        "object_name": None if one.object_name is None else printable(one.object_name),
        "allowed": one.allowed,
        "refused_by": list(one.refused_by),
    }


IMAGE_FORMATS: dict[str, Callable[[Inventory], Iterator[str]]] = {
    "table": _table,
    "json": _json,
    "list": _listed,
}
"""Name of each format to what writes it."""
