"""What checks yield and what reports hold."""

from __future__ import annotations

from collections.abc import Mapping

from tollgate.model.hints import Literal, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region

Severity: TypeAlias = Literal["error", "warning", "note"]
"""SARIF's own levels."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first."""


class Edit(NamedTuple):
    """Replace `Source.text[start:end]` by `text`."""

    start: int
    end: int
    text: str


class Change(NamedTuple):
    """One change to a YAML tree. `path` is absolute in the document with that index.

    verb      meaning of `path` and `value`
    set       the value at `path` becomes `value` (plain data); missing parents are made
    remove    the key or item at `path` goes
    append    `value` becomes the last item of the list at `path` (made if missing)
    move      the value at `path` goes to the absolute path `value`
    rename    the last key of `path` becomes the string `value`, its value stays
    """

    verb: Literal["set", "remove", "append", "move", "rename"]
    document: int
    path: Trail
    value: object = None


class FixPlan(NamedTuple):
    """How a problem may be fixed: changes to a YAML tree, or edits of the text (Dockerfiles)."""

    safe: bool
    changes: tuple[Change, ...] = ()
    edits: tuple[Edit, ...] = ()
    title: str = ""


class Fix(NamedTuple):
    """A fix as edits of the file that the finding is in.

    `safe`: it keeps what a correct workload or build does. `changes` are the tree changes that the
    edits mean, kept to prove the result.
    """

    title: str
    safe: bool
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...] = ()


class RelatedSpan(NamedTuple):
    """A second place that explains a problem. `path` None: in the same file, `start`/`end` are
    offsets; else `region` says where in that file."""

    message: str
    start: int = 0
    end: int = 0
    path: str | None = None
    region: Region | None = None


class Problem(NamedTuple):
    """What is wrong at one place; offsets into the source's text, half-open.

    `fields` fill the rule's message beside the selected node's own; `message` replaces it.
    `key` tells apart several problems that one rule finds on one node; it goes into the
    fingerprint, so it holds no line, no path and no secret.
    `severity` may lower the rule's.
    """

    start: int
    end: int
    fields: Mapping[str, object] = {}
    message: str | None = None
    related: tuple[RelatedSpan, ...] = ()
    severity: Severity | None = None
    key: str = ""
    fix: FixPlan | None = None
    missing: bool = False
    """It is about something that is not there; nobody can say that of a partial manifest."""


class InputProblem(NamedTuple):
    """What a reader has to say about a file; `code` is the name of the rule in rules/input/, or
    in rules/dockerfile/build for what BuildKit refuses."""

    code: str
    start: int
    end: int
    message: str
    related: tuple[RelatedSpan, ...] = ()
    severity: Severity | None = None
    """May lower the rule's."""


class Location(NamedTuple):
    """`path` is relative to the root, with `/`."""

    path: str
    region: Region


class Related(NamedTuple):
    location: Location
    message: str


class Suppression(NamedTuple):
    """Why a finding is not counted. `kind`: comment, annotation, peer (another tool's comment), baseline."""

    kind: Literal["comment", "annotation", "peer", "baseline"]
    reason: str
    by: str
    """The rule name or peer's id as written; the baseline's file."""
    line: int = 0
    until: str = ""
    """The last day that it holds, if one is given."""
    approved_by: str = ""
    """Who agreed, if it says so."""
    region: Region | None = None
    """Of the name in the comment, or of the annotation's key."""
    others: tuple[Region, ...] = ()
    """Further places that would silence it, were this one not there."""


InChange: TypeAlias = Literal["changed-line", "new-file", "related", "new", "outside"]
"""It stands on a changed line; in a new file; it relates to a changed line; it was not there before; or the
change has nothing to do with it."""


class Finding(NamedTuple):
    """One defect. `object_name` is the manifest's `metadata.name`, or the stage's name or index."""

    rule: str
    severity: Severity
    message: str
    location: Location
    fingerprint: str
    object_name: str | None = None
    object_kind: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    suppressed: Suppression | None = None
    equivalents: Mapping[str, tuple[str, ...]] | None = None
    """Set where the finding also speaks for broader rules that it silenced (`instead-of`)."""
    sets: tuple[str, ...] = ()
    locked: bool = False
    """Its rule, or a broader one that it speaks for, is locked: nothing may silence it."""
    change: InChange | None = None
    """What it has to do with the change that is looked at; None if none is."""


class Note(NamedTuple):
    """What was not linted, or is worth saying, without being a finding. `line` 0: the whole file."""

    path: str
    line: int
    message: str
    kind: Literal[
        "template",
        "too-large",
        "unreadable",
        "outside-link",
        "skipped",
        "walked",
        "fix-dropped",
        "patch",
        "trust",
    ]
