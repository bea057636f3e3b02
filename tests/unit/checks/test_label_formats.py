"""The kinds of label values."""

from __future__ import annotations

import json

import pytest

from tollgate.checks.label_formats import FORMATS
from tollgate.resources import schema_text

CASES = {
    "url": (
        ["https://git.example/app", "git+ssh://git@git.example/app.git", "http://localhost:8080/a?b#c"],
        ["git.example/app", "https://", "http:///x", "mailto:a@b.example", "https://a b"],
    ),
    "semver": (["1.0.0", "0.1.2-rc.1+build.7", "1.0.0--"], ["1.0", "v1.0.0", "01.0.0", "1.0.0-01", "1.0.0+"]),
    "hash": (["0123abc", "0" * 40, "f" * 64], ["main", "0123ab", "0" * 41, "g" * 40]),
    "rfc3339": (
        ["2026-01-31T12:00:00Z", "2024-02-29t23:59:60.123+01:00", "2026-01-31 12:00:00z"],
        [
            "2026-01-31",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00",
        ],
    ),
    "spdx": (
        [
            "MIT",
            "apache-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "(MIT OR BSD-3-Clause) AND LGPL-2.1+",
            "LicenseRef-Corp",
            "DocumentRef-a:LicenseRef-b",
            "NONE",
        ],
        [
            "GPL",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "AND",
            "MIT WITH",
            "MIT/Apache-2.0",
            "MIT WITH AND",
        ],
    ),
    "email": (
        ["web@example.org", "a.b+c@mail.example.org"],
        ["web", "@example.org", "a@b", "a b@example.org", "a@.org"],
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_kinds(kind: str) -> None:
    _, holds = FORMATS[kind]
    right, wrong = CASES[kind]
    assert [text for text in right if not holds(text)] == []
    assert [text for text in wrong if holds(text)] == []
    assert not holds("a" * 100_000)
    assert not holds("(" * 100_000)
    assert not holds("")


def test_the_policy_has_the_same_kinds() -> None:
    kinds = json.loads(schema_text("config.schema.json"))["$defs"]["labels"]["additionalProperties"]["enum"]
    assert kinds == list(FORMATS)
