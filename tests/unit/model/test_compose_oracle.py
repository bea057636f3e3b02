"""Services against compose-go's recorded answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.oracle.compose_cases import CASES
from tests.tools import ROOT
from tollgate.model.compose import Service, text_of, truth_of
from tollgate.model.compose_parts import ports_of, volumes_of
from tollgate.model.kubernetes import Part
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import Scalar
from tollgate.model.source import decode
from tollgate.parsers import parse

ANSWERS: list[dict[str, dict[str, Any]] | None] = json.loads(
    (ROOT / "tests" / "oracle" / "compose.json").read_text(encoding="utf-8")
)
BOOLEANS = ("privileged", "read_only")
TEXTS = ("network_mode", "ipc", "pid", "userns_mode", "restart", "user", "image")
LISTS = ("cap_add", "cap_drop", "security_opt")


def services(text: str) -> list[Service]:
    file = parse(decode("compose.yaml", text.encode()), "yaml")
    assert isinstance(file, ManifestFile)
    return file.services


def values(part: Part, *names: str) -> list[object]:
    nodes = [part.field(name) for name in names]
    return [node.value if isinstance(node, Scalar) and node.value != "" else None for node in nodes]


def port(part: Part) -> list[object]:
    address, published, target, protocol = values(part, "host-ip", "published", "target", "protocol")
    shown = address.strip("[]") if isinstance(address, str) else None
    number = None if published is None else str(published)
    return [shown, number, int(str(target), 0), str(protocol or "tcp")]


def as_compose_go_says(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = {key: True for key in BOOLEANS if truth_of(service.inherited(key)) is True}
    found |= {key: text for key in TEXTS if (text := text_of(service.inherited(key)))}
    found |= {key: texts for key in LISTS if (texts := [text_of(item) for item in service.listed(key)])}
    own = "extends" not in service.node.entries
    volumes = [values(one, "type", "source", "target", "propagation") for one in volumes_of(service) if own]
    return {**found, "volumes": volumes, "ports": [port(one) for one in ports_of(service) if own]}


def without_order(service: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(value) if key in LISTS else value for key, value in service.items()}


def test_every_case_has_an_answer() -> None:
    assert len(CASES) == len(ANSWERS)
    assert sum(answer is not None for answer in ANSWERS) > 100


@pytest.mark.parametrize(
    ("text", "answer"), [pair for pair in zip(CASES, ANSWERS, strict=True) if pair[1] is not None]
)
def test_services_are_what_compose_reads(text: str, answer: dict[str, dict[str, Any]]) -> None:
    found = {service.name: without_order(as_compose_go_says(service)) for service in services(text)}
    assert found == {name: without_order(said) for name, said in answer.items()}


@pytest.mark.parametrize(
    "text", [text for text, answer in zip(CASES, ANSWERS, strict=True) if answer is None]
)
def test_what_compose_refuses_does_no_harm(text: str) -> None:
    for service in services(text):
        as_compose_go_says(service)
