"""Certificates of cert-manager."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Manifest, text_at
from tollgate.model.node import Sequence, descend
from tollgate.model.rule import Context

_PIECE = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def go_duration(text: str) -> float | None:
    """Seconds of a duration as Go's time.ParseDuration reads it; None if it is none."""
    total, at = 0.0, 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return None
        total += float(piece[1]) * _SECONDS[piece[2]]
        at = piece.end()
    return total if text else None


def lives_long(certificate: Manifest, context: Context) -> Iterator[Problem]:
    """Certificates that ask for more than policy's longest duration."""
    written = text_at(certificate.node.get("spec"), "duration") or ""
    duration, longest = go_duration(written), go_duration(str(context.options["longest"]))
    if duration is not None and longest is not None and duration > longest:
        fields = {"duration": written, "longest": context.options["longest"]}
        yield problem_at(certificate, "spec", "duration", fields=fields)


def many_names(certificate: Manifest, context: Context) -> Iterator[Problem]:
    """Certificates for more names than policy allows."""
    names = descend(certificate.node, ("spec", "dnsNames"))
    most = context.options["most"]
    if isinstance(names, Sequence) and len(names.items) > most:
        fields = {"count": len(names.items), "most": most}
        yield problem_at(certificate, "spec", "dnsNames", fields=fields)


def issuer_not_allowed(certificate: Manifest, context: Context) -> Iterator[Problem]:
    """Certificates from issuers outside the policy's list."""
    reference = descend(certificate.node, ("spec", "issuerRef"))
    name = text_at(reference, "name")
    kind = text_at(reference, "kind") or "Issuer"
    allowed = context.options["allowed"]
    if allowed and name is not None and name not in allowed and f"{kind}/{name}" not in allowed:
        yield problem_at(certificate, "spec", "issuerRef", "name", fields={"kind": kind, "issuer": name})
