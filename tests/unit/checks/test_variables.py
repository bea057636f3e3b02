"""Names that are nearly alike."""

from __future__ import annotations

import pytest

from tollgate.checks.variables import _differ_by_one


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
    assert _differ_by_one(one, other) is near
    assert _differ_by_one(other, one) is near
