"""The baseline: findings that were there before, and that somebody agreed to live with for now."""

from __future__ import annotations

from tollgate.model.record import NamedTuple

BASELINE_VERSION = 1


class Entry(NamedTuple):
    """Findings of one rule with one fingerprint in one file, `number` of them.

    rule          may be a name that the rule had before
    path          relative to the root, as `told_path` gives it
    object        kind and name of what they are about; only for readers
    added, until  ISO days: when it was accepted; the last day that it holds. Empty: not said
    line          where it stands in the baseline's file; 0 for one that was not read from it
    """

    path: str
    rule: str
    fingerprint: str
    object: str = ""
    number: int = 1
    added: str = ""
    until: str = ""
    approved_by: str = ""
    reason: str = ""
    line: int = 0


class Baseline(NamedTuple):
    """`path`: its file as reports name it, relative to the root. Entries are unique by path, rule and
    fingerprint. `data`: the file's bytes."""

    path: str
    entries: tuple[Entry, ...] = ()
    data: bytes = b""


def entry_order(entry: Entry) -> tuple[str, str, str]:
    """The order of the file: what one file has stands together, so that branches which touch different
    files add lines in different places."""
    return entry.path, entry.rule, entry.fingerprint


def told_path(path: str) -> str:
    """A path as the baseline's file can hold it: bytes that are no UTF-8 are U+FFFD there."""
    if path.isprintable():  # false for lone surrogates as well
        return path
    return "".join(char if _tellable(char) else "\ufffd" for char in path)


def _tellable(char: str) -> bool:
    return char.isprintable() or (char <= "\uffff" and not "\ud800" <= char <= "\udfff")
