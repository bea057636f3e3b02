"""`tollgate images`: which images a project names, where, and whether policy allows them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate import api, catalog
from tollgate.discovery import Discovery
from tollgate.engine.failures import file_failure
from tollgate.engine.inventory import image_finder
from tollgate.model.inventory import ImagePlace, Inventory, Unread, by_image
from tollgate.model.source import decode
from tollgate.options import LintOptions
from tollgate.reporters import without_commands
from tollgate.reporters.images import IMAGE_FORMATS
from tollgate.request import found_files, read_found


def take_inventory(options: LintOptions, *, stdin: bytes = b"") -> Inventory:
    """The images under the paths of `options`. Raises as `api.open_session`."""
    request = api.request_for(options, stdin=stdin)
    found = found_files(request)
    if found.errors and not found.files:
        raise found.errors[0]
    find = image_finder(catalog.heads(), policy=request.policy)
    places: list[ImagePlace] = []
    unread = list(_passed_over(found))
    errors = [str(error) for error in found.errors]
    read = 0
    for file in found.files:
        content = read_found(request, file.absolute)
        if content.state != "ok":
            unread.append(Unread(file.path, 0, f"the file was not read: {content.detail}"))
            continue
        try:
            images = find(decode(file.path, content.data), file.kind)
        except Exception as error:  # noqa: BLE001 (one bad file must not cost the others)
            errors.append(f"{file.path}: {file_failure(error)}")
            continue
        places += images.places
        unread += images.unread
        read += 1
    return Inventory(by_image(places), tuple(sorted(unread)), tuple(errors), read)


def _passed_over(found: Discovery) -> Iterator[Unread]:
    for note in found.notes:
        yield Unread(note.path, note.line, note.message)


def write(inventory: Inventory, format_name: str, *, github_actions: bool = False) -> str:
    """The inventory in one of IMAGE_FORMATS. Only a table could be taken for workflow commands: names that
    nobody knows stand at the beginning of its lines."""
    pieces = IMAGE_FORMATS[format_name](inventory)
    return "".join(without_commands(pieces) if github_actions and format_name == "table" else pieces)
