"""Images of releases that get no more fixes, by the day that policy gives.

The table (`end_of_life_table`) is only read once an image of a known publisher is met.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.images import Written, read
from tollgate.model import lazy_re as re
from tollgate.model.finding import Problem
from tollgate.model.image import ImageReference, parse_image
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.target import Target

_OFFICIAL = {
    "elasticsearch": "elastic",
    "golang": "go",
    "kibana": "elastic",
    "logstash": "elastic",
    "eclipse-temurin": "java",
    "amazoncorretto": "java",
    "ibm-semeru-runtimes": "java",
    "openjdk": "java",
    "sapmachine": "java",
    "adoptopenjdk": "java",
} | {
    name: name
    for name in (
        "almalinux alpine amazonlinux buildpack-deps centos debian drupal elixir fedora haproxy httpd "
        "mariadb mongo mysql nginx node oraclelinux php postgres python rabbitmq redis rockylinux ruby "
        "tomcat traefik ubuntu"
    ).split()
}
"""Docker's official images to the product whose releases their tags name."""

_ELSEWHERE = {
    "docker.elastic.co/elasticsearch/elasticsearch": "elastic",
    "docker.elastic.co/kibana/kibana": "elastic",
    "docker.elastic.co/logstash/logstash": "elastic",
    "docker.io/nginxinc/nginx-unprivileged": "nginx",
    "docker.io/opensuse/leap": "opensuse",
    "docker.io/rockylinux/rockylinux": "rockylinux",
    "mcr.microsoft.com/windows/servercore": "windows",
    "public.ecr.aws/amazonlinux/amazonlinux": "amazonlinux",
    "quay.io/almalinuxorg/almalinux": "almalinux",
    "quay.io/centos/centos": "centos",
    "quay.io/fedora/fedora": "fedora",
    "quay.io/rockylinux/rockylinux": "rockylinux",
    "registry.fedoraproject.org/fedora": "fedora",
    "registry.opensuse.org/opensuse/leap": "opensuse",
} | {
    f"mcr.microsoft.com/dotnet/{prefix}{name}": "dotnet"
    for prefix in ("", "core/", "nightly/")
    for name in ("sdk", "aspnet", "runtime", "runtime-deps")
}
_MIRRORS = (
    "docker.io/library/",
    "mirror.gcr.io/library/",
    "public.ecr.aws/docker/library/",
    "registry.hub.docker.com/library/",
)
_ARCHITECTURES = frozenset(
    "amd64 arm32v5 arm32v6 arm32v7 arm64v8 i386 mips64le ppc64le riscv64 s390x".split()
)
"""Namespaces of Docker Hub with the official images of one architecture each."""

# Compiled by `re` when first used: most files have no image that gets there.
_UBI = r"registry\.(?:access\.)?redhat\.com/ubi(\d+)(?:[-/].*)?\Z|registry\.redhat\.io/ubi(\d+)(?:[-/].*)?\Z"
_VERSION = r"[vr]?(\d+(?:[._u+]\d+)*)(?:[a-z]+\d*)?\Z"
_ALPINE = r"alpine(\d+\.\d+)\Z"
_DEBIAN = r"debian(\d+)\Z"
_WORD = r"[a-z]+[a-z0-9]*\Z"
_LONGEST_TAG = 128
_LONGEST_WARNING = 3653

NAMES = {
    "almalinux": "AlmaLinux",
    "alpine": "Alpine",
    "amazonlinux": "Amazon Linux",
    "centos": "CentOS",
    "debian": "Debian",
    "dotnet": ".NET",
    "drupal": "Drupal",
    "elastic": "Elastic Stack",
    "elixir": "Elixir",
    "fedora": "Fedora",
    "go": "Go",
    "haproxy": "HAProxy",
    "httpd": "Apache httpd",
    "java": "Java",
    "mariadb": "MariaDB",
    "mongo": "MongoDB",
    "mysql": "MySQL",
    "nginx": "nginx",
    "node": "Node.js",
    "opensuse": "openSUSE Leap",
    "oraclelinux": "Oracle Linux",
    "php": "PHP",
    "postgres": "PostgreSQL",
    "python": "Python",
    "rabbitmq": "RabbitMQ",
    "redis": "Redis",
    "rockylinux": "Rocky Linux",
    "ruby": "Ruby",
    "tomcat": "Tomcat",
    "traefik": "Traefik",
    "ubi": "Red Hat UBI",
    "ubuntu": "Ubuntu",
    "windows": "Windows Server",
}


class End(NamedTuple):
    """When a release gets its last fixes."""

    day: str
    product: str
    release: str


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    from tollgate.checks.end_of_life_table import TABLE

    products: dict[str, dict[str, str]] = {}
    name = ""
    for line in TABLE.splitlines():
        words = line.split()
        if words and "=" not in words[0]:
            name = words.pop(0)
        for word in words:
            release, _, day = word.partition("=")
            products.setdefault(name, {})[release] = day
    return products


def product_of(reference: ImageReference) -> tuple[str, str]:
    """The product that the image is, and its release where the image's name has it; "" for others."""
    name = reference.name
    for mirror in _MIRRORS:
        if name.startswith(mirror):
            return _OFFICIAL.get(name.removeprefix(mirror), ""), ""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name], ""
    registry, _, path = name.partition("/")
    if registry == "docker.io":
        namespace, _, rest = path.partition("/")
        return (_OFFICIAL.get(rest, ""), "") if namespace in _ARCHITECTURES else ("", "")
    if registry == "gcr.io" and path.startswith("distroless/"):
        _, _, release = path.rpartition("-debian")
        return ("debian", release) if release.isdigit() else ("", "")
    found = re.match(_UBI, name) if registry.endswith(("redhat.com", "redhat.io")) else None
    return ("ubi", found[1] or found[2]) if found is not None else ("", "")


def ends_of(reference: ImageReference) -> list[End]:
    """The ends of what the image is a release of, and of the distribution that its tag names."""
    product, release = product_of(reference)
    tag = (reference.tag or "")[:_LONGEST_TAG].lower()
    if not product or not (tag or release):
        return []
    first, *others = tag.split("-")
    found = [_end(product, release)] if release else [_end(product, one) for one in _releases(product, first)]
    ends = [end for end in found if end is not None][:1]
    if product not in {"debian", "ubuntu", "alpine"}:
        ends += _distributions([first, *others])
    return ends


def _end(product: str, release: str) -> End | None:
    day = _table().get(product, {}).get(release)
    return None if day is None else End(day, product, release)


def _releases(product: str, first: str) -> list[str]:
    """What a tag may say of the release, the most exact first."""
    if product == "centos":
        first = first.removeprefix("centos")
    if product == "windows":
        return [first]
    found = re.match(_VERSION, first)
    if found is None:
        return [first] if re.match(_WORD, first) else []
    parts = re.split(r"[._u+]", found[1])
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _distributions(parts: list[str]) -> list[End]:
    """`…-slim-buster`, `…-alpine3.16`, `…-focal`, `…-debian10`."""
    found: list[End | None] = []
    for part in parts:
        alpine, debian = re.match(_ALPINE, part), re.match(_DEBIAN, part)
        if alpine is not None:
            found.append(_end("alpine", alpine[1]))
        elif debian is not None:
            found.append(_end("debian", debian[1]))
        elif re.match(_WORD, part):
            found += [_end("debian", part), _end("ubuntu", part)]
    return [end for end in found if end is not None]


@lru_cache(maxsize=4)
def _later(today: str, days: int) -> str:
    """The day that many days after `today`, without the import of a calendar; at most ten years later, and
    not after the last day that sorts as text."""
    year, month, day = map(int, today.split("-"))
    day += min(max(days, 0), _LONGEST_WARNING)
    while day > (length := _length_of(year, month)):
        day -= length
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return today if year > 9999 else f"{year:04}-{month:02}-{day:02}"


def _length_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def ended(target: Target, context: Context) -> Iterator[Problem]:
    """No more fixes, or none soon: then the finding is a note."""
    today = context.policy.today
    image = read(target)
    reference = None if image is None or not image.text or not today else parse_image(image.text)
    if image is None or reference is None:
        return
    ends = sorted(ends_of(reference))
    if not ends:
        return
    end = ends[0]
    days = context.options.get("warn-days")
    limit = _later(today, days if isinstance(days, int) else 0)
    if end.day < today:
        yield _problem(image, end, limit)
    elif end.day <= limit:
        message = "`{image}`: {product} {release} gets its last fixes on {day}{advice}"
        yield _problem(image, end, limit)._replace(message=message, severity="note")


def _maintained(end: End, limit: str) -> str:
    """The release of that product that gets fixes longest, if it does so for a while yet."""
    is_named = end.release.isalpha()
    found = [
        (day, release) for release, day in _table()[end.product].items() if release.isalpha() is is_named
    ]
    day, release = max(found)
    return f"; {release} gets them until {day}" if day > limit else ""


def _problem(image: Written, end: End, limit: str) -> Problem:
    fields = {
        "image": image.shown,
        "product": NAMES.get(end.product, end.product),
        "release": end.release,
        "day": end.day,
        "advice": _maintained(end, limit),
    }
    return Problem(image.start, image.end, fields=fields, related=image.related)
