"""Bases that are known not to run as root."""

from __future__ import annotations

import pytest

from tollgate.model.image import parse_image
from tollgate.model.nonroot_images import is_nonroot


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("gcr.io/distroless/static:nonroot", True),
        ("gcr.io/distroless/static-debian13:debug-nonroot-arm64", True),
        ("gcr.io/distroless/static", False),
        ("nginxinc/nginx-unprivileged:1.29", True),
        ("docker:28-dind-rootless", True),
        ("mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled", True),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-azurelinux3.0-distroless-amd64", True),
        ("mcr.microsoft.com/dotnet/aspnet:10.0", False),
        ("example/dotnet:chiseled", False),
        ("cgr.dev/chainguard/static", True),
        ("cgr.dev/chainguard/wolfi-base", False),
        ("solr:9", True),
        ("example/solr:9", False),
        ("bitnami/redis", False),
        ("elasticsearch:7.17.0", False),
        ("selenium/standalone-chrome:4", True),
        ("quay.io/prometheus/busybox", False),
        ("example/notnonrooted:1", False),
    ],
)
def test_known_bases(image: str, expected: bool) -> None:
    reference = parse_image(image)
    assert reference is not None
    assert is_nonroot(reference) is expected
