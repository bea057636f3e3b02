"""Patterns of a policy over image references, compared part by part.

`[host/]repository[:tag]`: the host is exact (port included) or `*.corp.example` for every name below
that domain; in the repository `*` stands for any characters within one segment and `**` for any number
of whole segments; the tag may hold `*`. A pattern without host is one of Docker Hub, as a reference
without host is, so `python`, `docker.io/python` and `index.docker.io/library/python` are one.
"""

from __future__ import annotations

from tollgate.model.image_reference import DOCKER_HUB, ImageReference, parse_image
from tollgate.model.official_images import is_listed
from tollgate.model.record import NamedTuple


class ImagePattern(NamedTuple):
    """A pattern read by `compile_pattern`. `host` is comparable, `blocks` are the runs of segments
    between `**`; `tag` and `digest` are None where the pattern does not care."""

    text: str
    host: str
    blocks: tuple[tuple[str, ...], ...]
    tag: str | None
    digest: str | None


def compile_pattern(text: str) -> ImagePattern:
    """Raises ValueError with a sentence for the writer of the policy."""
    body, _, digest = text.partition("@")
    slash = body.rfind("/")
    colon = body.find(":", slash + 1)
    name, tag = (body, None) if colon < 0 else (body[:colon], body[colon + 1 :])
    _refuse_loose_host(text, name)
    host, repository = _split(name)
    subdomains = host.startswith("*.")
    if "*" in (host[2:] if subdomains else host):
        raise ValueError(f"`{text}`: in the host, `*` may only stand for its beginning: `*.corp.example`")
    segments = repository.split("/")
    if any("**" in segment and segment != "**" for segment in segments):
        raise ValueError(f"`{text}`: `**` stands for whole segments, so it needs a `/` on both sides")
    _refuse_other_grammar(text, host[2:] if subdomains else host, segments, tag, digest)
    return ImagePattern(text, _comparable(host), _blocks(segments), tag, digest or None)


def matches(pattern: ImagePattern | str, reference: ImageReference) -> bool:
    """Whether `pattern` covers `reference`. A pattern with a tag covers untagged references as
    `latest`, and never one that has only a digest. Time grows linearly with the reference.

    Raises ValueError as `compile_pattern` does, if `pattern` is a string.
    """
    if isinstance(pattern, str):
        pattern = compile_pattern(pattern)
    return (
        _matches_host(pattern.host, _comparable(reference.host))
        and _matches_blocks(pattern.blocks, reference.repository.split("/"))
        and (pattern.digest is None or pattern.digest == reference.digest)
        and _matches_tag(pattern.tag, reference)
    )


def _refuse_loose_host(text: str, name: str) -> None:
    first, slash, _ = name.partition("/")
    looks_like_host = ("." in first and not is_listed(first)) or first == "localhost"
    if not slash and (looks_like_host or first == "**"):
        everything = f"{first}/**" if looks_like_host else "docker.io/**"
        raise ValueError(
            f"`{text}` names no repository: write `{everything}` for everything there"
            + (f", `docker.io/library/{first}` for an image of that name" if looks_like_host else "")
        )
    if slash and first.strip("*") == "":
        raise ValueError(f"`{text}` may stand for any host: write the host, as in `docker.io/{name}`")


def _split(name: str) -> tuple[str, str]:
    """Host and repository of a pattern, by the rules for references."""
    first, slash, rest = name.partition("/")
    if not slash:
        return DOCKER_HUB, f"library/{name}"
    if first == "registry-1.docker.io" and "/" in rest:
        return DOCKER_HUB, rest
    if first in (DOCKER_HUB, "index.docker.io"):
        return DOCKER_HUB, rest if "/" in rest or rest == "**" else f"library/{rest}"
    if first == "localhost" or "." in first or ":" in first or first != first.lower():
        return first, rest
    return DOCKER_HUB, name


def _refuse_other_grammar(text: str, host: str, segments: list[str], tag: str | None, digest: str) -> None:
    """What is left once each `*` is a letter must be a reference; else the pattern matches nothing."""
    path = "/".join("x" if segment == "**" else segment.replace("*", "x") for segment in segments)
    example = f"{host}/{path}"
    if parse_image(example) is None:
        raise ValueError(f"`{text}` can match no image: only lower-case names, `*` and `**` are understood")
    if tag is not None and parse_image(f"x:{tag.replace('*', 'x')}") is None:
        raise ValueError(f"`{text}`: `{tag}` can match no tag: only letters, digits, `_`, `.`, `-` and `*`")
    if "@" in text and parse_image(f"x@{digest}") is None:
        raise ValueError(f"`{text}`: after `@` stands a whole digest, `sha256:` and 64 digits, without `*`")


def _blocks(segments: list[str]) -> tuple[tuple[str, ...], ...]:
    blocks: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            blocks.append([])
        else:
            blocks[-1].append(segment)
    if len(blocks) > 1 and not blocks[-1]:
        blocks[-1] = ["*"]  # a trailing `**` is everything below, not the place itself
    return tuple(tuple(block) for block in blocks)


def _comparable(host: str) -> str:
    """One spelling for hosts that reach the same server: case, `:443` and leading zeros dropped."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or not port.isdigit():
        return host.lower()
    port = port.lstrip("0")
    return name if port == "443" else f"{name}:{port}"


def _matches_host(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) >= len(pattern)
    return host == pattern


def _matches_tag(pattern: str | None, reference: ImageReference) -> bool:
    if pattern is None:
        return True
    tag = reference.effective_tag
    return tag is not None and _matches_glob(pattern, tag)


def _matches_glob(pattern: str, text: str) -> bool:
    """`*` is any characters. Each literal part is taken at its leftmost place, which is enough."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for part in rest:
        position = text.find(part, position, end)
        if position < 0:
            return False
        position += len(part)
    return True


def _matches_blocks(blocks: tuple[tuple[str, ...], ...], segments: list[str]) -> bool:
    first, *rest = blocks
    if not rest:
        return len(first) == len(segments) and _block_at(first, segments, 0)
    last = rest.pop()
    end = len(segments) - len(last)
    if end < len(first) or not (_block_at(first, segments, 0) and _block_at(last, segments, end)):
        return False
    position = len(first)
    for block in rest:
        while position + len(block) <= end and not _block_at(block, segments, position):
            position += 1
        position += len(block)
        if position > end:
            return False
    return True


def _block_at(block: tuple[str, ...], segments: list[str], position: int) -> bool:
    return all(
        _matches_glob(pattern, segment)
        for pattern, segment in zip(block, segments[position : position + len(block)], strict=False)
    )
