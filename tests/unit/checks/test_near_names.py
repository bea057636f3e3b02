"""Names that were probably meant."""

from __future__ import annotations

import pytest

from tollgate.checks.near_names import near_name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("VERISON", "VERSION"),
        ("VERSIO", "VERSION"),
        ("VERSIONS", "VERSION"),
        ("VARSION", "VERSION"),
        ("version", "VERSION"),
        ("ERSION", "VERSION"),
        ("VERSION", ""),
        ("VRESOIN", ""),
        ("V", ""),
        ("TAG", ""),
    ],
)
def test_one_difference(written: str, name: str) -> None:
    assert near_name(written, ["OTHER", "VERSION"]) == name
