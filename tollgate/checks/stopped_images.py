"""Images whose publisher builds them no more, whatever the tag."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.images import read
from tollgate.model.finding import Problem
from tollgate.model.image import ImageReference, parse_image
from tollgate.model.rule import Context
from tollgate.model.target import Target

_SUCCESSORS = {
    "adoptopenjdk": "eclipse-temurin",
    "centos": "quay.io/centos/centos",
    "consul": "hashicorp/consul",
    "django": "python",
    "iojs": "node",
    "java": "eclipse-temurin",
    "jenkins": "jenkins/jenkins",
    "openjdk": "eclipse-temurin",
    "opensuse": "opensuse/leap",
    "piwik": "matomo",
    "rails": "ruby",
    "vault": "hashicorp/vault",
}

_MOVED = {
    "jboss/keycloak": "quay.io/keycloak/keycloak",
    "microsoft/aspnetcore": "mcr.microsoft.com/dotnet/aspnet",
    "microsoft/aspnetcore-build": "mcr.microsoft.com/dotnet/sdk",
    "microsoft/dotnet": "mcr.microsoft.com/dotnet/sdk",
    "microsoft/nanoserver": "mcr.microsoft.com/windows/nanoserver",
    "microsoft/windowsservercore": "mcr.microsoft.com/windows/servercore",
}
_STOPPED = {
    "bitnamilegacy": ("what Bitnami keeps there gets no more fixes", ""),
    "circleci": ("CircleCI's first images get no more builds", "cimg/…"),
}
"""Namespaces of Docker Hub."""


def deprecated(target: Target, _context: Context) -> Iterator[Problem]:
    """Images that their publisher builds no more, whatever the tag."""
    image = read(target)
    reference = None if image is None or not image.text else parse_image(image.text)
    if image is None or reference is None or reference.host != "docker.io":
        return
    found = _stopped(reference)
    if found is not None:
        what, successor = found
        advice = f"; take `{successor}`" if successor else ""
        fields = {"image": image.shown, "what": what, "advice": advice}
        yield Problem(image.start, image.end, fields=fields, related=image.related)


def _stopped(reference: ImageReference) -> tuple[str, str] | None:
    """What has stopped, and what to take instead, as far as one knows."""
    name = reference.repository
    if reference.is_deprecated_official:
        short = name.removeprefix("library/")
        return f"the official image `{short}` gets no more builds", _SUCCESSORS.get(short, "")
    if name in _MOVED:
        return "its publisher has moved", _MOVED[name]
    namespace = name.partition("/")[0]
    if namespace == "bitnami" and (reference.tag or "latest") != "latest":
        return "Bitnami has withdrawn tags other than `latest`", ""
    return _STOPPED.get(namespace)
