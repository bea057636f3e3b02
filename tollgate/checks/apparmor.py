"""AppArmor profiles, by field and by the annotation that came before it."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, text_at
from tollgate.model.node import child
from tollgate.model.rule import Context
from tollgate.model.target import Target

ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"


def unconfined(target: Target, _context: Context) -> Iterator[Problem]:
    """A profile that is neither the runtime's nor the node's own (Pod Security Standards, baseline)."""
    assert isinstance(target, Container)
    profile, trail = target.effective("appArmorProfile")
    kind = text_at(profile, "type")
    if kind is not None and kind not in ("RuntimeDefault", "Localhost"):
        owner = target if trail[: len(target.trail)] == target.trail else target.pod
        yield problem_at(owner, *trail[len(owner.trail) :], "type", fields={"profile": kind})
    key = f"{ANNOTATION}{target.name}"
    value = text_at(child(target.pod.metadata, "annotations"), key)
    if value is not None and value != "runtime/default" and not value.startswith("localhost/"):
        trail = (*target.pod.metadata_trail, "annotations", key)
        below = trail[len(target.manifest.trail) :]
        yield problem_at(target.manifest, *below, fields={"profile": value, "name": target.name or ""})
