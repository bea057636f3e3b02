"""Image references, read as container runtimes read them.

The grammar is that of github.com/distribution/reference (what Docker, containerd and the kubelet
use): `[host[:port]/]repository[:tag][@digest]`, with Docker Hub as the host of names without one.
"""

from __future__ import annotations

from functools import lru_cache

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple

DOCKER_HUB = "docker.io"
_HUB_ALIASES = frozenset({"docker.io", "index.docker.io"})
_HUB_REGISTRY = "registry-1.docker.io"
_OFFICIAL = "library/"
_REPOSITORY_LENGTH = 255
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}

_TRANSPORTS = (
    "containers-storage:",
    "docker-archive:",
    "docker-daemon:",
    "docker-image://",
    "docker://",
    "dir:",
    "https://",
    "http://",
    "oci-archive:",
    "oci-layout:",
    "oci-layout://",
    "oci:",
    "oci://",
    "ostree:",
    "sif:",
)


class ImageReference(NamedTuple):
    """A reference with its parts normalised.

    `host` has its port and is spelt as written, except that every name of Docker Hub is `docker.io`;
    `repository` is the path below it, `library/` filled in. `tag` and `digest` (`sha256:…`) are None
    where not written.
    """

    host: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        """Host and repository, without tag and digest."""
        return f"{self.host}/{self.repository}"

    @property
    def normalised(self) -> str:
        """The whole reference; nothing that was not written but host and `library/` is added."""
        return self.name + self._suffix()

    @property
    def familiar(self) -> str:
        """The short form that `docker images` prints: `python:3.12`."""
        if self.host != DOCKER_HUB:
            return self.normalised
        short = self.repository.removeprefix(_OFFICIAL)
        return (self.repository if "/" in short else short) + self._suffix()

    @property
    def effective_tag(self) -> str | None:
        """The tag that is pulled: `latest` where none is written, None where only a digest is."""
        return self.tag or (None if self.digest else "latest")

    @property
    def is_official(self) -> bool:
        """In the namespace of Docker official images, `docker.io/library/*`."""
        return self.host == DOCKER_HUB and self.repository.startswith(_OFFICIAL)

    @property
    def is_listed_official(self) -> bool:
        """Its name is in the recorded list of Docker official images, deprecated ones included."""
        from tollgate.model.official_images import is_listed

        return self.is_official and is_listed(self.repository.removeprefix(_OFFICIAL))

    @property
    def is_deprecated_official(self) -> bool:
        """A Docker official image that gets no more updates."""
        from tollgate.model.official_images import is_deprecated

        return self.is_official and is_deprecated(self.repository.removeprefix(_OFFICIAL))

    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_image(text: str) -> ImageReference | None:
    """The reference that `text` is, None if a runtime would refuse it; `why_no_image` says why.

    `text` is taken as it is: blanks around it are refused, as runtimes do.
    """
    return _parsed(text) if len(text) <= _LONGEST_KEPT else _parse(text)


_LONGEST_KEPT = 300


@lru_cache(maxsize=1024)  # ten rules ask for each image, and most images occur in many files
def _parsed(text: str) -> ImageReference | None:
    return _parse(text)


def _parse(text: str) -> ImageReference | None:
    if _grammar().identifier.fullmatch(text):
        return None
    host, rest = _split_host(text)
    found = _grammar().rest.fullmatch(rest)
    if found is None or not _is_host(host):
        return None
    repository, tag, digest = found.groups()
    if len(repository) + _outside_grammar(host) > _REPOSITORY_LENGTH or not _is_digest(digest):
        return None
    return ImageReference(host, repository, tag, digest)


def why_no_image(text: str) -> str | None:
    """One readable clause on why `parse_image` refuses `text`; None if it does not."""
    if parse_image(text) is not None:
        return None
    return _why_not_at_all(text) or _why_not_its_parts(text)


def _why_not_at_all(text: str) -> str | None:
    if not text:
        return "is empty"
    if text != text.strip() or any(character.isspace() for character in text):
        return "holds blanks"
    transport = next((prefix for prefix in _TRANSPORTS if text.lower().startswith(prefix)), None)
    if transport is not None:
        return f"starts with `{transport}`, a transport that only some tools understand"
    if "$" in text or "{{" in text:
        return "holds a variable that is not filled in"
    if not text.isascii():
        return "holds characters outside ASCII"
    if _grammar().identifier.fullmatch(text):
        return "is 64 hexadecimal digits, which runtimes take for an image's id"
    return None


def _why_not_its_parts(text: str) -> str:
    host, rest = _split_host(text)
    rest, at, digest = rest.partition("@")
    repository, colon, tag = rest.partition(":")
    if not _is_host(host):
        return "has no valid host before its first `/`"
    if repository != repository.lower():
        return "has upper-case letters in its repository"
    if at and (_grammar().rest.fullmatch(f"x@{digest}") is None or not _is_digest(digest)):
        return "has a digest that is not `sha256:` with 64 lower-case hexadecimal digits"
    if colon and _grammar().rest.fullmatch(f"x:{tag}") is None:
        return "has a tag that is not 1 to 128 of letters, digits, `_`, `.` and `-`"
    if len(repository) > _REPOSITORY_LENGTH:
        return f"has a repository longer than {_REPOSITORY_LENGTH} characters"
    return "has a repository that is not lower-case words joined by `/`, `.`, `_`, `__` or `-`"


class _Grammar(NamedTuple):
    host: re.Pattern[str]
    rest: re.Pattern[str]
    segment: re.Pattern[str]
    identifier: re.Pattern[str]


@lru_cache(maxsize=1)
def _grammar() -> _Grammar:
    label = r"[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*"
    segment = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
    tag = r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}"
    digest = r"[a-z0-9]+:[0-9a-f]+"
    return _Grammar(
        host=re.compile(rf"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"),
        rest=re.compile(rf"({segment}(?:/{segment})*)(?::({tag}))?(?:@({digest}))?"),
        segment=re.compile(segment),
        identifier=re.compile(r"[0-9a-f]{64}"),
    )


def _split_host(text: str) -> tuple[str, str]:
    """Host and what follows it, both normalised; the host is not yet known to be valid."""
    first, slash, rest = text.partition("/")
    if not slash:
        return DOCKER_HUB, _OFFICIAL + text
    if first == _HUB_REGISTRY and "/" in rest:
        return DOCKER_HUB, rest
    if first in _HUB_ALIASES:
        return DOCKER_HUB, rest if "/" in rest else _OFFICIAL + rest
    if first == "localhost" or "." in first or ":" in first or first != first.lower():
        return first, rest
    return DOCKER_HUB, text


def _is_host(host: str) -> bool:
    return _grammar().host.fullmatch(host) is not None or _outside_grammar(host) > 0


def _outside_grammar(host: str) -> int:
    """Length of a host such as `my_host.corp` with its slash, 0 for a proper one.

    The grammar has no `_` in hosts and takes such a one for the first part of the repository, which
    then has no host at all; containerd goes on to pull from it.
    """
    if "_" not in host or _grammar().segment.fullmatch(host) is None:
        return 0
    return len(host) + 1


def _is_digest(digest: str | None) -> bool:
    if digest is None:
        return True
    algorithm, _, hexadecimal = digest.partition(":")
    return _DIGEST_LENGTHS.get(algorithm) == len(hexadecimal)
