"""The baseline's file: reading it, and the text that is written.

Every entry is one line, so that merges and reviews go by entries. Lines as we write them are read by a
regular expression, which takes a fiftieth of what YAML takes; a file with any other line is read as the YAML
that it is, by `baseline_check`, and the result is kept by content.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence

from tollgate.files import Home, folder_home, path_inside
from tollgate.model import lazy_re as re
from tollgate.model.baseline import BASELINE_VERSION, Baseline, Entry, entry_order
from tollgate.model.days import is_day
from tollgate.model.policy import BASELINE_FILE_NAME, PolicyProblem
from tollgate.model.record import NamedTuple

_MOST_BYTES = 64 * 1024 * 1024
_MOST_YAML = 5 * 1024 * 1024
# Part of the names under which files are kept that were read as YAML: to be raised when reading changes.
_CACHE_FORMAT = 1

HEADER = f"""\
# Findings that were here before: they do not count until the day after `until`, if there is one.
# `tollgate baseline write` adds and removes entries, `tollgate baseline prune` only removes what is mended.
# Format: https://tollgate.dev/schemas/baseline.schema.json
version: {BASELINE_VERSION}
"""

_TEXT = r'"((?:[^"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*)"'
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_LINE = re.compile(
    rf"^  - \{{path: {_TEXT}, rule: ([a-z][a-z0-9-]{{2,50}})(?:, object: {_TEXT})?"
    rf', fingerprint: "([0-9a-f]{{24}})"(?:, count: ([1-9][0-9]{{0,5}}))?(?:, added: {_DAY})?'
    rf"(?:, until: {_DAY})?(?:, approved-by: {_TEXT})?(?:, reason: {_TEXT})?\}}$",
    re.MULTILINE,
)


class BaselineError(Exception):
    """A baseline that cannot be used; `problems` are all that is wrong, by place."""

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Place(NamedTuple):
    """Where a baseline is: in which tree, its path there, what messages call it, its path on disk. `wanted`:
    policy or the command line names it, so that it has to be there."""

    home: Home
    path: str
    shown: str
    absolute: str
    wanted: bool = False


def find_place(root: str, *, option: str | None, policy: str | None, home: Home | None = None) -> Place:
    """Where the baseline of what is linted below `root` is.

    option   the file that the command line names, anywhere
    policy   the file that policy names, relative to the root
    home     where policy was read, if not in the work tree

    Raises BaselineError for a file outside the root in policy.
    """
    tree = home or folder_home(root)
    named = path_inside(root, option) if option is not None and tree.name else None
    if named is not None:
        return Place(tree, named, tree.name + named, os.path.join(root, named), wanted=True)
    if option is not None:
        real = os.path.realpath(option)  # the user's own choice may be a link
        folder, name = os.path.split(real)
        inside = os.path.relpath(real, root)
        shown = option if inside.startswith("..") else inside.replace(os.sep, "/")
        return Place(folder_home(folder), name, shown, real, wanted=True)
    if policy is None:
        path = BASELINE_FILE_NAME
        return Place(tree, path, tree.name + path, os.path.join(root, path))
    path = os.path.normpath(policy).replace(os.sep, "/")
    if os.path.isabs(policy) or path in ("..", ".") or path.startswith("../"):
        message = "the policy's `baseline` must name a file below the root, by its path from there"
        raise BaselineError([PolicyProblem(policy, 0, 0, message)])
    return Place(tree, path, tree.name + path, os.path.join(root, path), wanted=True)


def load_baseline(place: Place, *, cache_for: str | None = None, may_lack: bool = False) -> Baseline | None:
    """The baseline there; None if there is none and nobody named it, or it `may_lack`.

    cache_for   the root, if a file that had to be read as YAML may be kept in the cache

    Raises BaselineError with everything that is wrong.
    """
    content = place.home.read(place.path, _MOST_BYTES)
    if content.state == "missing" and (may_lack or not place.wanted):
        return None
    if content.state == "missing":
        message = "there is no such baseline; `tollgate baseline write` makes it"
        raise BaselineError([PolicyProblem(place.shown, 0, 0, message)])
    if content.state != "ok":
        message = f"the baseline cannot be used: {content.detail}"
        raise BaselineError([PolicyProblem(place.shown, 0, 0, message)])
    return read_baseline(content.data, place.shown, cache_for=cache_for)


def read_baseline(data: bytes, shown: str, *, cache_for: str | None = None) -> Baseline:
    """The baseline that `data` holds; `shown` is what messages call its file. As `load_baseline`."""
    entries = _read_lines(data)
    if entries is None:
        entries = _read_as_yaml(data, shown, cache_for)
    return Baseline(shown, entries, data)


def _read_lines(data: bytes) -> tuple[Entry, ...] | None:
    """The entries of a file with no line but those that we write; None if there is another, or anything
    to complain of."""
    try:
        lines = data.decode("utf-8").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        return None
    heads = [number for number, line in enumerate(lines) if line and line[0] not in "# "]
    if len(heads) != 2 or lines[heads[0]] != f"version: {BASELINE_VERSION}":
        return None
    start = heads[1]
    if lines[start] not in ("findings:", "findings: []") or any(line[:1] == " " for line in lines[:start]):
        return None
    numbers = [number for number, line in enumerate(lines[start + 1 :], start + 2) if line and line[0] != "#"]
    found = _LINE.findall("\n".join(lines[start + 1 :]))
    if len(found) != len(numbers) or (lines[start] == "findings: []" and found):
        return None
    entries = tuple(map(_entry, found, numbers))
    return entries if _is_sound(entries) else None


def _entry(fields: Sequence[str], line: int) -> Entry:
    path, rule, about, fingerprint, count, added, until, approver, reason = fields
    return Entry(
        _plain(path),
        rule,
        fingerprint,
        _plain(about),
        int(count or 1),
        added,
        until,
        _plain(approver),
        _plain(reason),
        line,
    )


def _plain(written: str) -> str:
    """What stands between the quotes of a string, which is JSON's notation as well as YAML's."""
    if "\\" not in written:
        return written
    return str(json.loads(f'"{written}"'))


def _is_sound(entries: Sequence[Entry]) -> bool:
    """Whether `baseline_check` would have nothing to say of entries in the right form."""
    from tollgate.model.source import has_surrogate

    keys = {(entry.path, entry.rule, entry.fingerprint) for entry in entries}
    days = {day for entry in entries for day in (entry.added, entry.until) if day}
    words = {
        word for entry in entries for word in (entry.path, entry.approved_by, entry.reason, entry.object)
    }
    return (
        len(keys) == len(entries)
        and all(entry.path for entry in entries)
        and all(map(is_day, days))
        and not any(map(has_surrogate, words))
    )


def _read_as_yaml(data: bytes, shown: str, root: str | None) -> tuple[Entry, ...]:
    name = None if root is None else _cache_name(data)
    kept = None if name is None else _read_kept(name, root)
    if kept is not None:
        return kept
    if len(data) > _MOST_YAML:
        message = "it is longer than 5 MiB and holds lines that `tollgate baseline write` would not write"
        raise BaselineError([PolicyProblem(shown, 1, 1, f"the baseline cannot be used: {message}")])
    from tollgate.baseline_check import check_baseline
    from tollgate.model.source import decode

    entries, problems = check_baseline(decode(shown, data))
    if problems:
        raise BaselineError(problems)
    if name is not None:
        from tollgate.resources import write_cached

        write_cached(name, json.dumps(entries), root=root)
    return entries


def _cache_name(data: bytes) -> str:
    from tollgate._version import __version__
    from tollgate.model.digest import blake2b

    state = blake2b(f"{__version__}\0{_CACHE_FORMAT}\0".encode(), digest_size=16)
    state.update(data)
    return f"baseline-{state.hexdigest()}.json"


def _read_kept(name: str, root: str | None) -> tuple[Entry, ...] | None:
    from tollgate.resources import read_cached

    text = read_cached(name, root=root)
    if text is None:
        return None
    try:
        return tuple(Entry(*fields) for fields in json.loads(text))
    except (ValueError, TypeError):
        return None  # damaged, so read again


def baseline_text(entries: Iterable[Entry]) -> str:
    """The file for these entries, sorted."""
    lines = [_line(entry) for entry in sorted(entries, key=entry_order)]
    return f"{HEADER}findings:\n{''.join(lines)}" if lines else f"{HEADER}findings: []\n"


def _line(entry: Entry) -> str:
    parts = [f"path: {_quoted(entry.path)}", f"rule: {entry.rule}"]
    if entry.object:
        parts.append(f"object: {_quoted(entry.object)}")
    parts.append(f'fingerprint: "{entry.fingerprint}"')
    if entry.number > 1:
        parts.append(f"count: {entry.number}")
    parts += [f"{key}: {day}" for key, day in (("added", entry.added), ("until", entry.until)) if day]
    words = (("approved-by", entry.approved_by), ("reason", entry.reason))
    parts += [f"{key}: {_quoted(said)}" for key, said in words if said]
    return f"  - {{{', '.join(parts)}}}\n"


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    if written.isprintable():
        return written
    return "".join(char if char.isprintable() else _escaped(char) for char in written)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else "\\ufffd"
