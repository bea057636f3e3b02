"""Which release an image's name and tag say it is of, and when that one ends."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from tollgate.checks.end_of_life import (
    _ELSEWHERE,
    _OFFICIAL,
    NAMES,
    End,
    _later,
    _maintained,
    _table,
    ends_of,
)
from tollgate.checks.stopped_images import _SUCCESSORS
from tollgate.model.image import parse_image
from tollgate.model.official_images import is_deprecated, is_listed


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("python:3.8.10-slim-buster", ["python 3.8", "debian buster"]),
        ("python:3-slim-buster", ["debian buster"]),
        ("python:3.13.0rc1-slim", ["python 3.13"]),
        ("node:18-alpine3.17", ["node 18", "alpine 3.17"]),
        ("node:hydrogen", ["node hydrogen"]),
        ("node:lts", []),
        ("golang:1.20.5-bullseye", ["go 1.20", "debian bullseye"]),
        ("debian:10.3-slim", ["debian 10"]),
        ("ubuntu:focal-20210101", ["ubuntu focal"]),
        ("alpine:3.16.2", ["alpine 3.16"]),
        ("alpine:3", []),
        ("alpine", []),
        ("centos:centos7.9.2009", ["centos 7"]),
        ("quay.io/centos/centos:stream8", ["centos stream8"]),
        ("amazonlinux:2018.03", ["amazonlinux 2018"]),
        ("amazonlinux:2", ["amazonlinux 2"]),
        ("mcr.microsoft.com/dotnet/core/sdk:3.1.100-buster", ["dotnet 3.1", "debian buster"]),
        ("mcr.microsoft.com/windows/servercore:20H2-amd64", ["windows 20h2"]),
        ("registry.access.redhat.com/ubi7", ["ubi 7"]),
        ("registry.access.redhat.com/ubi7/ubi-minimal:7.9", ["ubi 7"]),
        ("registry.access.redhat.com/ubi7-minimal", ["ubi 7"]),
        ("gcr.io/distroless/python3-debian10", ["debian 10"]),
        ("gcr.io/distroless/static:nonroot", []),
        ("openjdk:16-jdk", ["java 16"]),
        ("eclipse-temurin:17.0.1_12-jdk-focal", ["ubuntu focal"]),
        ("arm64v8/debian:stretch", ["debian stretch"]),
        ("public.ecr.aws/docker/library/python:3.7", ["python 3.7"]),
        ("example/python:2.7", []),
        ("registry.example/library/python:2.7", []),
        (f"redis:6.0.9@sha256:{'0' * 64}", ["redis 6.0"]),
        (f"redis@sha256:{'0' * 64}", []),
        ("docker.elastic.co/elasticsearch/elasticsearch:6.8.23", ["elastic 6"]),
        ("rabbitmq:3.8.9-management-alpine", ["rabbitmq 3.8"]),
        ("traefik:v2.10.1", ["traefik 2.10"]),
        ("traefik:v2.11", []),
        ("buildpack-deps:buster-scm", ["debian buster"]),
        ("python:" + "9." * 60 + "9", []),
    ],
)
def test_the_releases_that_a_reference_names(image: str, expected: list[str]) -> None:
    reference = parse_image(image)
    assert reference is not None
    assert [f"{end.product} {end.release}" for end in ends_of(reference)] == expected


def test_the_table_is_of_known_products_and_days() -> None:
    table = _table()
    assert set(table) == set(NAMES)
    for releases in table.values():
        for day in releases.values():
            dt.date.fromisoformat(day)
    products = {*_OFFICIAL.values(), *_ELSEWHERE.values()} - {"buildpack-deps"}
    assert products <= set(table)
    assert all(is_listed(name) for name in _OFFICIAL)
    assert all(is_deprecated(name) for name in _SUCCESSORS)


def test_the_table_is_not_read_before_an_image_is_of_a_known_publisher() -> None:
    code = (
        "import sys\n"
        "from tollgate.checks.end_of_life import ends_of\n"
        "from tollgate.model.image import parse_image\n"
        "ends_of(parse_image('example/app:1.2'))\n"
        "print('tollgate.checks.end_of_life_table' in sys.modules)\n"
        "ends_of(parse_image('python:3.8'))\n"
        "print('tollgate.checks.end_of_life_table' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("end", "limit", "advice"),
    [
        (End("2024-10-07", "python", "3.8"), "2026-01-01", "; 3.14 gets them until 2030-10-31"),
        (End("2024-06-30", "debian", "buster"), "2026-01-01", "; trixie gets them until 2030-06-30"),
        (End("2024-06-30", "debian", "10"), "2026-01-01", "; 13 gets them until 2030-06-30"),
        (End("2021-09-14", "java", "16"), "2026-01-01", ""),
        (End("2024-10-07", "python", "3.8"), "2031-01-01", ""),
    ],
)
def test_the_release_that_is_maintained_longest(end: End, limit: str, advice: str) -> None:
    assert _maintained(end, limit) == advice


@given(day=st.dates(), days=st.integers(0, 3653))
def test_later_days_are_those_of_the_calendar(day: dt.date, days: int) -> None:
    try:
        later = (day + dt.timedelta(days=days)).isoformat()
    except OverflowError:
        later = day.isoformat()
    assert _later(day.isoformat(), days) == later


def test_no_day_is_before_today_or_out_of_reach() -> None:
    assert _later("2026-01-31", -5) == "2026-01-31"
    assert _later("2026-01-31", 10**12) == _later("2026-01-31", 3653)
