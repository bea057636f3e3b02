"""Compose files that compose-go was asked about; compose.json holds its answers, null where it refuses.

Answered by compose-spec/compose-go v2.9.1 (loader.LoadWithContext, no environment, paths as written, the
consistency of references not checked).
"""

from __future__ import annotations

from collections.abc import Iterator

_HEAD = "services:\n  web:\n    image: a\n"
_ANCHORS = (
    "x-a: &a {privileged: true, cap_add: [A]}\nx-b: &b {privileged: false, read_only: true}\n"
    "services:\n  web:\n    image: x\n"
)

_BOOLEANS = (
    *("true", "True", "TRUE", "tRuE", "yes", "Yes", "on", "y", "n", "no", "off", "false", "~"),
    *('"yes"', '"on"', '"True"', '"off"', '"y"', '"  true"', "!!str true", "!!bool 'true'"),
    *("${P:-true}", "${P-yes}", "${P:+true}", "!reset true", "!override true"),
)
_VOLUMES = (
    *("/a", "aa:/b", "a:/b", "./a:/b", "~/a:/b", "/a:/b", "/a:/b:ro", "/a:/b:ro,shared", "/a:/b:rshared"),
    *(
        "/a:/b:rw,rslave,z",
        "aa:bb:cc",
        "C:\\\\a:/b",
        "C:\\\\a:D:\\\\b",
        "c:/x:/y:ro",
        "${X:-/etc}:/b",
        "$${X}:/b",
    ),
    *("//run/x.sock:/x", ".:/x", "..:/x", "a b:/x", "vol:/b:nocopy", "/a : /b", "\\\\\\\\.\\\\pipe\\\\x:/x"),
)
_PORTS = (
    *(
        "80",
        '"80"',
        "8080:80",
        '"8080:80"',
        "22:22",
        '"127.0.0.1:80:80"',
        '"127.0.0.1::80"',
        '":80"',
        '"[::1]:80:80"',
    ),
    *('"0.0.0.0:80:80/udp"', '"80/tcp"', '"${P:-80}:80"', '"${IP:-127.0.0.1}:80:80"', '"8000-9000:80"'),
    *("{target: 80}", '{target: 80, published: "8080", host_ip: 127.0.0.1}', "60:60", "1:30"),
    *('"localhost:80:80"', '"::1:80:80"', "{target: 80, published: 8080, mode: host}"),
)
_MODES = ("host", "HOST", '"host"', "${N:-host}", "bridge", "none", "service:b", "container:x", '""')
_MERGED = (
    "    <<: *a\n    privileged: false\n",
    "    privileged: false\n    <<: *a\n",
    "    <<: [*a, *b]\n",
    "    <<: [*b, *a]\n",
    "    <<: *a\n    cap_add: [B]\n",
    "    <<: {privileged: true}\n",
)
_WHOLE = r"""
services:
  web: {extends: base, cap_drop: [A], privileged: false}
  base:
    image: x
    privileged: true
    cap_drop: [ALL]
    read_only: true
    security_opt: [no-new-privileges:true]
---
services:
  web: {extends: {service: base}, read_only: false}
  base: {extends: {service: low}, image: x}
  low: {image: y, read_only: true, restart: always, pid: host}
---
services:
  y: {image: y}
  on: {image: "on"}
---
services:
  web:
    image: a
    image: b
---
services:
  web:
    image: x:${A:-${B:-c}}
    network_mode: ${A:-${B-host}}
    pid: $${X}
    ipc: ${X:-a}${Y:-b}
---
services: {web: {image: "x:${A:-b$$c}", pid: "${A:-$$B}", restart: "$${A}-${B:-x}", user: "${A:-}"}}
---
services: {web: {image: "${A:-x:1}", pid: "${A:-a:-b}", restart: "${A-${B:+c}}", ipc: "${A:-'host'}"}}
---
services:
  web:
    image: a
    volumes:
      - {type: bind, source: /etc, target: /x, bind: {propagation: rshared}}
      - {type: tmpfs, target: /t}
      - {type: volume, target: /q}
---
services: {web: {image: a, ports: !reset ["80:80"], cap_add: !override [A]}}
---
services:
  web:
    image: a
    security_opt: ["no-new-privileges:true", seccomp=unconfined, "${X:-label:disable}"]
"""


def _cases() -> Iterator[str]:
    for key in ("privileged", "read_only"):
        yield from (f"{_HEAD}    {key}: {value}\n" for value in _BOOLEANS)
    yield from (f'{_HEAD}    volumes: ["{value}"]\n' for value in _VOLUMES)
    yield from (f"{_HEAD}    ports: [{value}]\n" for value in _PORTS)
    for key in ("network_mode", "ipc", "pid", "userns_mode"):
        yield from (f"{_HEAD}    {key}: {value}\n" for value in _MODES)
    yield from (_ANCHORS + text for text in _MERGED)
    yield from _WHOLE.lstrip().split("---\n")


CASES = tuple(_cases())
