"""Tollgate: a pre-merge gate for container configuration.

report = tollgate.lint(["deploy/", "Dockerfile"])
for finding in report.findings: print(finding.location.path, finding.rule, finding.message)
"""

from __future__ import annotations

from tollgate._version import __version__
from tollgate.model.hints import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate.api import lint, retired, rules
    from tollgate.config import PolicyError
    from tollgate.model.finding import Finding
    from tollgate.model.report import Report
    from tollgate.model.rule import Rule

__all__ = ["Finding", "PolicyError", "Report", "Rule", "__version__", "lint", "retired", "rules"]

_HOMES = {
    "lint": "tollgate.api",
    "retired": "tollgate.api",
    "rules": "tollgate.api",
    "PolicyError": "tollgate.config",
    "Finding": "tollgate.model.finding",
    "Report": "tollgate.model.report",
    "Rule": "tollgate.model.rule",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when first used, so that the hook imports only what it needs."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tollgate' has no attribute {name!r}")
