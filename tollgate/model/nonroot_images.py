"""Images that are known to set a user other than root. Recorded November 2026 from their Dockerfiles.

What starts as root and drops it later is not one of them: nothing can be said of its first process.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tollgate.model.image_pattern import ImagePattern, compile_pattern, matches
from tollgate.model.image_reference import ImageReference

RECORDED = "2026-11"

_TAG = re.compile(r"(?:^|[-_.])(?:nonroot|rootless|unprivileged)(?:$|[-_.])")
"""Distroless `:nonroot`, `:debug-nonroot`, Docker's `-rootless`, nginx-unprivileged."""

_DOTNET_TAG = re.compile(r"(?:^|-)(?:chiseled|distroless)(?:$|-)")
"""The images of .NET without a shell run as `app`, uid 1654."""

_PATTERNS = """
    cgr.dev/chainguard/** docker.io/apache/airflow docker.io/cimg/* docker.io/curlimages/curl
    docker.io/grafana/grafana docker.io/jenkins/jenkins docker.io/library/elasticsearch
    docker.io/library/jetty docker.io/library/kibana docker.io/library/logstash
    docker.io/library/memcached docker.io/library/open-liberty docker.io/library/solr
    docker.io/library/varnish docker.io/library/websphere-liberty docker.io/prom/* docker.io/selenium/*
    quay.io/keycloak/keycloak quay.io/prometheus/*
"""
_EXCEPT = frozenset(
    {"cgr.dev/chainguard/wolfi-base", "cgr.dev/chainguard/chainguard-base", "quay.io/prometheus/busybox"}
)
"""Bases that are covered by a pattern above and run as root."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[ImagePattern, ...]:
    return tuple(compile_pattern(text) for text in _PATTERNS.split())


def is_nonroot(reference: ImageReference) -> bool:
    """The image runs as somebody else than root unless told otherwise."""
    name, tag = reference.name, reference.tag or ""
    if name in _EXCEPT:
        return False
    if _TAG.search(f"{name.rpartition('/')[2]}.{tag}"):
        return True
    if name.startswith("mcr.microsoft.com/dotnet/") and _DOTNET_TAG.search(tag):
        return True
    return any(matches(pattern, reference) for pattern in _patterns())
