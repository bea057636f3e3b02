"""Images that are known to set a user other than root. Recorded November 2026 from their Dockerfiles.

What starts as root and drops it later is not one of them: nothing can be said of its first process.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.image_reference import ImageReference

RECORDED = "2026-11"

_TAG = r"(?:^|[-_.])(?:nonroot|rootless|unprivileged)(?:$|[-_.])"
"""Distroless `:nonroot`, `:debug-nonroot`, Docker's `-rootless`, nginx-unprivileged."""

_DOTNET_TAG = r"(?:^|-)(?:chiseled|distroless)(?:$|-)"
"""The images of .NET without a shell run as `app`, uid 1654."""

_NAMES = frozenset(
    """
    cgr.dev/chainguard/glibc-dynamic cgr.dev/chainguard/jdk cgr.dev/chainguard/jre
    cgr.dev/chainguard/nginx cgr.dev/chainguard/node cgr.dev/chainguard/python cgr.dev/chainguard/ruby
    cgr.dev/chainguard/static docker.io/apache/airflow docker.io/curlimages/curl
    docker.io/grafana/grafana docker.io/jenkins/jenkins docker.io/library/jetty docker.io/library/kibana
    docker.io/library/logstash docker.io/library/memcached docker.io/library/open-liberty
    docker.io/library/solr docker.io/library/websphere-liberty docker.io/prom/alertmanager
    docker.io/prom/node-exporter docker.io/prom/prometheus quay.io/keycloak/keycloak
    quay.io/prometheus/alertmanager quay.io/prometheus/node-exporter quay.io/prometheus/prometheus
    """.split()
)
_NAMESPACES = frozenset({"docker.io/selenium"})


def is_nonroot(reference: ImageReference) -> bool:
    """The image runs as somebody else than root unless told otherwise."""
    name, tag = reference.name, reference.tag or ""
    namespace, _, last = name.rpartition("/")
    if name in _NAMES or namespace in _NAMESPACES:
        return True
    if re.search(_TAG, f"{last}.{tag}"):
        return True
    return name.startswith("mcr.microsoft.com/dotnet/") and re.search(_DOTNET_TAG, tag) is not None
