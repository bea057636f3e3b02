"""Dockerfiles as teams write them, made from a seed: the same seed gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

Writer: TypeAlias = Callable[[Random, str], list[str]]

_SERVICES = (
    "billing",
    "catalogue",
    "checkout",
    "identity",
    "inventory",
    "ledger",
    "mailer",
    "search",
    "shipping",
)
_DEBIAN_PACKAGES = (
    "build-essential",
    "ca-certificates",
    "curl",
    "git",
    "jq",
    "libpq-dev",
    "openssl",
    "unzip",
    "wget",
)
_ALPINE_PACKAGES = ("bash", "curl", "git", "make", "openssl", "tini", "tzdata")


def write_dockerfile(random: Random) -> str:
    """The text of one Dockerfile: a common ecosystem with some of the usual habits, good and bad."""
    service = random.choice(_SERVICES)
    lines: list[str] = []
    if random.random() < 0.25:
        lines.append("# syntax=docker/dockerfile:1")
    lines += [
        f"# {service}: built by the platform team's pipeline",
        *random.choice(_ECOSYSTEMS)(random, service),
    ]
    return "\n".join([*lines, *_ending(random, service)]) + "\n"


def _python(random: Random, service: str) -> list[str]:
    tag = random.choice(("3.11-slim", "3.12-slim-bookworm", "3.13", "latest"))
    install = random.choice(
        ("pip install -r requirements.txt", "pip install --no-cache-dir -r requirements.txt")
    )
    return [
        f"FROM python:{tag}",
        "ENV PYTHONUNBUFFERED=1 \\",
        "    PYTHONDONTWRITEBYTECODE=1",
        *_debian_install(random),
        f"WORKDIR /srv/{service}",
        "COPY requirements.txt ./",
        f"RUN {install}",
        random.choice(("COPY . .", "ADD . .", f"COPY --chown=1000:1000 . /srv/{service}")),
        "EXPOSE 8000",
    ]


def _node(random: Random, service: str) -> list[str]:
    tag = random.choice(("20", "22-alpine", "lts-slim"))
    return [
        f"ARG NODE_TAG={tag}",
        "FROM node:${NODE_TAG} AS build",
        f"WORKDIR /srv/{service}",
        "COPY package.json package-lock.json ./",
        random.choice(
            ("RUN npm ci", "RUN npm install && npm cache clean --force", "RUN npm install -g pnpm")
        ),
        "COPY . .",
        "RUN npm run build",
        "",
        "FROM node:${NODE_TAG}",
        "ENV NODE_ENV=production",
        f"WORKDIR /srv/{service}",
        f"COPY --from=build /srv/{service}/dist ./dist",
        f"COPY --from=build /srv/{service}/node_modules ./node_modules",
        "EXPOSE 3000",
    ]


def _go(random: Random, service: str) -> list[str]:
    final = random.choice(("scratch", "gcr.io/distroless/static:nonroot", "alpine:3.20"))
    return [
        "FROM golang:1.23 AS build",
        "WORKDIR /src",
        "COPY go.mod go.sum ./",
        "RUN --mount=type=cache,target=/go/pkg/mod go mod download",
        "COPY . .",
        f"RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/{service} ./cmd/{service}",
        "",
        f"FROM {final}",
        f"COPY --from=build /out/{service} /usr/local/bin/{service}",
    ]


def _java(random: Random, service: str) -> list[str]:
    return [
        "FROM maven:3.9-eclipse-temurin-21 AS build",
        "COPY pom.xml /src/",
        "RUN cd /src && mvn -B dependency:go-offline",
        "COPY src /src/src",
        "RUN cd /src && mvn -B package -DskipTests",
        "",
        f"FROM eclipse-temurin:{random.choice(('21-jre', '17-jre-alpine'))}",
        f"COPY --from=build /src/target/{service}.jar /app/app.jar",
        f"ENV JAVA_OPTS=-Xmx{random.choice((256, 512, 1024))}m",
        "EXPOSE 8080 8081",
    ]


def _debian(random: Random, service: str) -> list[str]:
    return [
        f"FROM {random.choice(('debian:bookworm', 'ubuntu:24.04', 'ubuntu', 'debian:12-slim'))}",
        f"LABEL maintainer=team-{service}@example.com",
        "ARG DEBIAN_FRONTEND=noninteractive",
        *_debian_install(random),
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
        f"RUN curl -fsSL https://downloads.example.com/{service}/install.sh | bash",
        f"RUN useradd --system --create-home {service} \\",
        f"    && mkdir -p /var/lib/{service} \\",
        "    # the service writes its state here",
        f"    && chown -R {service}: /var/lib/{service}",
        f"ADD https://downloads.example.com/{service}.tar.gz /opt/",
    ]


def _alpine(random: Random, service: str) -> list[str]:
    packages = " ".join(sorted(random.sample(_ALPINE_PACKAGES, 3)))
    return [
        f"FROM alpine:{random.choice(('3.19', '3.20.3', 'latest'))}",
        random.choice((f"RUN apk add --no-cache {packages}", f"RUN apk update && apk add {packages}")),
        f"COPY {service} /usr/local/bin/",
        f"RUN chmod +x /usr/local/bin/{service} && addgroup -S app && adduser -S -G app app",
        "VOLUME /data",
    ]


def _debian_install(random: Random) -> list[str]:
    packages = sorted(random.sample(_DEBIAN_PACKAGES, random.randint(2, 5)))
    flags = random.choice(("-y", "-y --no-install-recommends"))
    cleaning = ["    && rm -rf /var/lib/apt/lists/*"] if random.random() < 0.6 else ["    && apt-get clean"]
    return [
        f"RUN apt-get update && apt-get install {flags} \\",
        *(f"    {name} \\" for name in packages),
        *cleaning,
    ]


def _ending(random: Random, service: str) -> list[str]:
    lines = [random.choice(("USER 1000:1000", "USER nobody", "USER root", ""))]
    if random.random() < 0.2:
        lines.append("HEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/healthz || exit 1")
    command = (
        f'ENTRYPOINT ["/usr/local/bin/{service}"]',
        f'CMD ["{service}", "--serve"]',
        f"CMD {service} --serve",
    )
    return [*(line for line in lines if line), random.choice(command)]


_ECOSYSTEMS: tuple[Writer, ...] = (_python, _node, _go, _java, _debian, _alpine)
