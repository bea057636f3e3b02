"""Services: which files have them, what they inherit, and how their short forms are cut."""

from __future__ import annotations

import pytest

from tollgate.model.compose import Service
from tollgate.model.compose_text import interpolated
from tollgate.model.file_kind import is_compose_name
from tollgate.model.kubernetes import Part
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import UNKNOWN, Scalar
from tollgate.model.source import decode
from tollgate.parsers import parse


def read(text: str, name: str = "compose.yaml") -> ManifestFile:
    file = parse(decode(name, text.encode()), "yaml")
    assert isinstance(file, ManifestFile)
    return file


def service(text: str, name: str = "web") -> Service:
    return next(one for one in read(f"services:\n{text}").services if one.name == name)


@pytest.mark.parametrize(
    "path",
    [
        "compose.yaml",
        "a/docker-compose.yml",
        "compose.prod.yaml",
        "docker-compose-dev.yml",
        "dev.compose.yml",
    ],
)
def test_compose_names(path: str) -> None:
    assert is_compose_name(path)


@pytest.mark.parametrize(
    "path", ["composer.yaml", "compose", "decompose.yaml", "compose.json", "compose/a.yaml"]
)
def test_other_names(path: str) -> None:
    assert not is_compose_name(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("services: {web: {image: nginx}}", ["web"]),
        ("services: {web: {build: .}, db: {}}", ["web", "db"]),
        ("services: {web: {image: nginx}, list: []}", []),
        ("services: [{image: nginx}]", []),
        ("services: {web: {class: Web}}", []),
        ("services: {}", []),
        ("version: '3'\nservices: {web: {ports: ['80:80']}}", ["web"]),
        ("parameters: {}\nservices: {web: {ports: ['80:80']}}", []),
        ("services: {_defaults: {autowire: true}, 'App\\\\': {resource: ../src}}", []),
        ("apiVersion: v1\nkind: X\nservices: {web: {image: nginx}}", []),
    ],
)
def test_a_file_by_another_name_is_known_by_what_it_holds(text: str, found: list[str]) -> None:
    assert [one.name for one in read(text, "stack.yaml").services] == found


def test_extends_is_followed_in_the_file() -> None:
    text = "  web: {extends: app, deploy: {replicas: 2}}\n  app: {extends: {service: base}}\n"
    one = service(f"{text}  base: {{image: a, deploy: {{resources: {{limits: {{memory: 1G}}}}}}}}\n")
    found = one.inherited("deploy", "resources", "limits", "memory")
    assert isinstance(found, Scalar)
    assert found.value == "1G"
    assert one.complete


@pytest.mark.parametrize(
    "text",
    [
        "  web: {ports: ['80']}\n",
        "  web: {image: a, extends: {file: other.yaml, service: web}}\n",
        "  web: {image: a, extends: nowhere}\n",
        "  web: {image: a, extends: web}\n",
        "  web: {image: a, extends: app}\n  app: {extends: web}\n",
    ],
)
def test_a_service_that_another_file_completes(text: str) -> None:
    assert not service(text).complete


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("plain", "plain"),
        ("$$HOME", "$HOME"),
        ("${A:-x}-${B-y}", "x-y"),
        ("${A:-${B:-deep}}", "deep"),
        ("${A:+x}", ""),
        ("$A", None),
        ("${A}", None),
        ("${A:?must be set}", None),
        ("${A:-$B}", None),
        ("$" * 5000, None),
    ],
)
def test_variables_are_what_they_are_without_an_environment(text: str, known: str | None) -> None:
    assert interpolated(text) == known


def parts(text: str, noun: str) -> list[dict[str, object]]:
    file = read(f"services:\n  web:\n    image: a\n    {text}\n")
    found: list[dict[str, object]] = []
    for one in file.select(noun):
        assert isinstance(one, Part)
        assert one.extra is not None
        found.append({name: node.value for name, node in one.extra.items() if isinstance(node, Scalar)})
    return found


@pytest.mark.parametrize(
    ("volume", "fields"),
    [
        ("/data", {"type": "volume", "target": "/data"}),
        ("data:/data", {"type": "volume", "source": "data", "target": "/data"}),
        ("./a:/b:ro", {"type": "bind", "source": "./a", "target": "/b", "read-only": True}),
        ("/a:/b:ro,z", {"type": "bind", "source": "/a", "target": "/b", "read-only": True}),
        ("d1:/b:rslave", {"type": "volume", "source": "d1", "target": "/b", "propagation": "rslave"}),
        ("C:\\x:/b", {"type": "bind", "source": "C:\\x", "target": "/b"}),
        ("${X}:/b", {"source": UNKNOWN}),
        ("aa:bb:cc:dd", {}),
    ],
)  # fmt: skip
def test_short_volumes(volume: str, fields: dict[str, object]) -> None:
    assert parts(f"volumes: ['{volume}']", "service-volume") == [fields]


@pytest.mark.parametrize(
    ("port", "fields"),
    [
        ("80", {"target": "80"}),
        ("8080:80", {"published": "8080", "target": "80"}),
        ("127.0.0.1::80", {"host-ip": "127.0.0.1", "published": "", "target": "80"}),
        ("1.2.3.4:5:6/udp", {"host-ip": "1.2.3.4", "published": "5", "target": "6", "protocol": "udp"}),
        ("[::1]:8080-8090:80-90", {"host-ip": "[::1]", "published": "8080-8090", "target": "80-90"}),
        ("${IP}:8080:80", {"host-ip": UNKNOWN, "published": UNKNOWN, "target": UNKNOWN}),
    ],
)  # fmt: skip
def test_short_ports(port: str, fields: dict[str, object]) -> None:
    assert parts(f"ports: ['{port}']", "service-port") == [fields]


@pytest.mark.parametrize("value", ["[1]", "{}", "true", "~", "''"])
def test_odd_parts_are_nothing(value: str) -> None:
    text = f"ports: [{value}]\n    volumes: [{value}]\n    cap_add: [{value}]\n    security_opt: [{value}]"
    assert not any(parts(text, "service-port"))


def test_images_that_are_built_are_not_pulled() -> None:
    text = "services: {a: {image: x}, b: {build: ., image: y}, c: {build: ., image: z, pull_policy: always}}"
    assert [one.object_name for one in read(text).select("image")] == ["a", "c"]
