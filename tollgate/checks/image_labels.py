"""Labels of images: their keys, the values that policy and the OCI's list of names ask for, MAINTAINER."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from tollgate.checks.near import nearest
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_expand import expand
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.node import Entry, Mapping as Map, Scalar
from tollgate.model.policy import LabelPolicy
from tollgate.model.rule import Context
from tollgate.model.target import Target

AUTHORS = "org.opencontainers.image.authors"
_KNOWN_FORMATS = {
    "org.opencontainers.image.created": "rfc3339",
    "org.opencontainers.image.documentation": "url",
    "org.opencontainers.image.source": "url",
    "org.opencontainers.image.url": "url",
}
"""What the OCI image specification says of its own labels (annotations.md, v1.1.1)."""
_RESERVED = ("com.docker.", "io.docker.", "org.dockerproject.")
_GIVEN_AWAY = ("com.docker.desktop.", "com.docker.extension.", "com.docker.image.")
"""Docker asks others to set these (extensions of Docker Desktop, official base images)."""


def invalid_keys(target: Target, _context: Context) -> Iterator[Problem]:
    """Keys that do not follow Docker's recommendation."""
    assert isinstance(target, Instruction)
    for pair in target.pairs:
        key = _known_key(target, pair.key)
        reason = _why_bad(key) if key else ""
        if reason:
            fields = {"key": key, "reason": reason}
            yield Problem(pair.key.start, pair.key.end, fields=fields, key=str(key))


def _known_key(item: Instruction, written: Scalar) -> str | None:
    """The key; a `$name` that nothing in the file declares stays in it. None if only the build knows it."""
    text = str(written.value)
    file = item.dockerfile
    found = expand(text, file.scopes.lookup_at(item), file.escape)
    if isinstance(found.value, str):
        return found.value
    declared = [name for name, variable in found.used.items() if variable.end or variable.state == "set"]
    return None if declared else text.strip("\"'")


def _why_bad(key: str) -> str:
    if key.startswith(_RESERVED) and not key.startswith(_GIVEN_AWAY):
        return "has a prefix that Docker keeps for itself"
    illegal = re.search(r"[^a-z0-9.-]", key)
    if illegal is not None:
        return f"holds `{illegal[0]}`" if illegal[0].isprintable() else "holds a sign that cannot be shown"
    if not key[:1].isalpha() or not key[-1:].isalnum():
        return "does not begin with a letter and end with a letter or digit"
    return "has two separators in a row" if re.search(r"[.-][.-]", key) else ""


def maintainer(target: Target, _context: Context) -> Iterator[Problem]:
    """MAINTAINER, with the LABEL that says the same."""
    assert isinstance(target, Instruction)
    grip = target.keyword_span
    text = target.text.strip()
    fix = None
    if text and not target.comments and target.stage is not None and not _names_authors(target.stage):
        escape = target.dockerfile.escape
        value = "".join([escape + sign if sign in f'"${escape}' else sign for sign in text])
        edits = (
            Edit(grip.start, grip.end, "LABEL"),
            Edit(target.body[0].start, target.body[-1].end, f'{AUTHORS}="{value}"'),
        )
        fix = FixPlan(safe=True, edits=edits, title=f"set the label `{AUTHORS}`")
    yield Problem(grip.start, grip.end, fix=fix)


@lru_cache(maxsize=1)  # a hostile stage may have very many of both
def _names_authors(stage: Stage) -> bool:
    labels = _labels(stage)
    return labels is not None and AUTHORS in labels.entries


def _labels(stage: Stage) -> Map | None:
    found = stage.field("labels")
    return found if isinstance(found, Map) else None


def missing(target: Target, context: Context) -> Iterator[Problem]:
    """Labels that policy requires and neither the final stage nor what it is built on sets."""
    assert isinstance(target, Stage)
    wanted = context.policy.labels.required
    found = _labels(target) if wanted else None
    for name, kind in wanted.items():
        if found is None or name not in found.entries:
            grip = target.grip()
            fields = {"label": name, "kind": kind}
            yield Problem(grip.start, grip.end, fields=fields, key=name, missing=True)


def not_in_schema(target: Target, context: Context) -> Iterator[Problem]:
    """Labels that policy does not know, where it says that there are no others."""
    assert isinstance(target, Instruction)
    policy = context.policy.labels
    if not policy.closed:
        return
    known = [*policy.required, *policy.optional]
    for key, entry in _pairs(target):
        if key not in known:
            near = nearest(key, known)
            advice = f"; did you mean `{near}`?" if near else ""
            start, end = entry.key_start, entry.key_end
            fix = None
            if near and target.source.text[start:end] == key:
                fix = FixPlan(safe=False, edits=(Edit(start, end, near),), title=f"write `{near}`")
            yield Problem(start, end, fields={"label": key, "advice": advice}, key=key, fix=fix)


def _pairs(item: Instruction) -> Iterator[tuple[str, Entry]]:
    pairs = item.field("pairs")
    if isinstance(pairs, Map):
        yield from pairs.entries.items()


def _kinds(policy: LabelPolicy) -> Mapping[str, str]:
    return {**policy.optional, **policy.required}


def empty(target: Target, context: Context) -> Iterator[Problem]:
    """Labels of policy's schema that say nothing."""
    assert isinstance(target, Instruction)
    kinds = _kinds(context.policy.labels)
    for key, entry in _pairs(target) if kinds else ():
        value = entry.value
        if key in kinds and isinstance(value, Scalar) and value.value in {"", None}:
            yield Problem(entry.key_start, entry.key_end, fields={"label": key}, key=key)


def wrong_format(target: Target, context: Context) -> Iterator[Problem]:
    """Labels whose value is not of the kind that policy, or the image specification, gives their key."""
    assert isinstance(target, Instruction)
    kinds = {**_KNOWN_FORMATS, **_kinds(context.policy.labels)}
    for key, entry in _pairs(target):
        value = entry.value
        kind = kinds.get(key, "text")
        if kind == "text" or not isinstance(value, Scalar) or not isinstance(value.value, str):
            continue
        from tollgate.checks.label_formats import FORMATS  # many patterns that most files need none of

        described, holds = FORMATS[kind]
        if value.value and not holds(value.value):
            fields = {"label": key, "wanted": described, "written": value.value}
            yield Problem(value.start, value.end, fields=fields, key=key)
