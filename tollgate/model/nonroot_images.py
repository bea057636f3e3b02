"""Images that are known to set a user other than root. Recorded November 2026 from their Dockerfiles.

What starts as root and drops it later is not one of them: nothing can be said of its first process.
"""

from __future__ import annotations

import re

from tollgate.model.image_reference import ImageReference

RECORDED = "2026-11"

_TAG = r"(?:^|[-_.])(?:nonroot|rootless|unprivileged)(?:$|[-_.])"
"""Distroless `:nonroot`, `:debug-nonroot`, Docker's `-rootless`, nginx-unprivileged."""

_DOTNET_TAG = r"(?:^|-)(?:chiseled|distroless)(?:$|-)"
"""The images of .NET without a shell run as `app`, uid 1654."""

_NAMES = frozenset(
    """
    docker.io/apache/airflow docker.io/curlimages/curl docker.io/grafana/grafana docker.io/jenkins/jenkins
    docker.io/library/elasticsearch docker.io/library/jetty docker.io/library/kibana
    docker.io/library/logstash docker.io/library/memcached docker.io/library/open-liberty
    docker.io/library/solr docker.io/library/varnish docker.io/library/websphere-liberty
    quay.io/keycloak/keycloak
    """.split()
)
_NAMESPACES = frozenset(
    "cgr.dev/chainguard docker.io/cimg docker.io/prom docker.io/selenium quay.io/prometheus".split()
)
_EXCEPT = frozenset(
    "cgr.dev/chainguard/wolfi-base cgr.dev/chainguard/chainguard-base quay.io/prometheus/busybox".split()
)
"""Images of those namespaces that run as root."""


def is_nonroot(reference: ImageReference) -> bool:
    """The image runs as somebody else than root unless told otherwise."""
    name, tag = reference.name, reference.tag or ""
    namespace, _, last = name.rpartition("/")
    if name in _NAMES or (namespace in _NAMESPACES and name not in _EXCEPT):
        return True
    if re.search(_TAG, f"{last}.{tag}"):
        return True
    return name.startswith("mcr.microsoft.com/dotnet/") and re.search(_DOTNET_TAG, tag) is not None
