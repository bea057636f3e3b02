"""Names that are nearly alike."""

from __future__ import annotations

import pytest

from tollgate.checks.near import MAX_NAMES, differ_by_one, nearest


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("PAHT", "PATH", True),
        ("APP_HOM", "APP_HOME", True),
        ("VERSOIN", "VERSION", True),
        ("AVBCD", "ABCD", True),
        ("ABCD", "ABXD", True),
        ("ABCD", "ABXY", False),
        ("FOOBAR", "FOO", False),
        ("FOO1", "FOO2", False),
        ("VERSION2", "VERSION", False),
        ("PY3_VERSION", "PY_VERSION", False),
        ("GOPATH", "PATH", False),
    ],
)
def test_near_names(one: str, other: str, near: bool) -> None:
    assert differ_by_one(one, other) is near
    assert differ_by_one(other, one) is near


def test_the_nearest_name() -> None:
    assert nearest("app_home", {"APP_HOME", "APP_HOM"}) == "APP_HOME"
    assert nearest("ABC", {"ABD"}) is None
    assert nearest("builder", ["build"]) is None
    assert nearest("builder", ["build"], parts=True) == "build"
    assert nearest("set", ["base", "license-set"], parts=True) == "license-set"
    assert nearest("PAHT", {"PATH", *map(str, range(MAX_NAMES))}) is None
