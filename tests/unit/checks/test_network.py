"""Small readers that the network and certificate rules rest on."""

from __future__ import annotations

import pytest

from tollgate.checks.backends import cluster_host
from tollgate.checks.cert_manager import go_duration
from tollgate.checks.selectors import label_selector
from tollgate.checks.traffic import described


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2160h", 7_776_000),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("90s", 90),
        ("100ms", 0.1),
        ("", None),
        ("90", None),
        ("90d", None),
        ("h", None),
        ("1h ", None),
        ("1" * 60 + "h", None),
    ],
)
def test_durations_as_go_reads_them(text: str, seconds: float | None) -> None:
    assert go_duration(text) == seconds


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("web", ("web", "shop")),
        ("web.bank.svc", ("web", "bank")),
        ("web.bank.svc.cluster.local", ("web", "bank")),
        ("web.example.org", None),
        ("web.bank", None),
        ("*", None),
        ("{{ host }}", None),
        ("", None),
        (3, None),
    ],
)
def test_hosts_of_a_mesh(host: object, meant: tuple[str, str] | None) -> None:
    assert cluster_host(host, "shop") == meant


def test_selectors_are_shown_as_kubectl_writes_them() -> None:
    expressions = [
        {"key": "tier", "operator": "NotIn", "values": ["a", "b"]},
        {"key": "x", "operator": "Exists"},
        {"key": "y", "operator": "DoesNotExist"},
    ]
    selector = label_selector({"matchLabels": {"app": "web"}, "matchExpressions": expressions})
    assert described(selector) == "app=web,tier notin (a, b),x,!y"
