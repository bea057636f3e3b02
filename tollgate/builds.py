"""Which Dockerfiles a repository builds, whatever they are called: as its workflows, Makefiles and Compose
files say. Only what is written out is understood.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tollgate.model.node import Mapping, Node, Scalar, Sequence

_MOST_FOUND = 500
_TELLING = (b"docker", b"podman", b"buildah", b"nerdctl", b"executor")
_BUILDERS = frozenset({"docker", "podman", "buildah", "nerdctl", "img"})
_BUILDING = frozenset({"build", "bud", "b"})
_SCRIPTS = frozenset({"run", "script", "before_script", "after_script"})
_DOCKERFILE_KEYS = frozenset({"dockerfile", "dockerFile", "docker-file", "docker_file"})
_ACTIONS = (
    "docker/build-push-action@",
    "redhat-actions/buildah-build@",
    "aws-actions/",
    "depot/build-push-action@",
)
_ACTION_KEYS = ("file", "dockerfile", "containerfiles", "dockerfiles")


def built_files(path: str, data: bytes) -> Iterator[str]:
    """The paths, from the root, that the file `path` may build as Dockerfiles; not all need be there."""
    lowered = data.lower()
    if not any(word in lowered for word in _TELLING):
        return
    found = _of_makefile(path, data) if not path.lower().endswith((".yml", ".yaml")) else _of_yaml(path, data)
    seen: set[str] = set()
    for candidate in found:
        clean = posixpath.normpath(candidate)
        if clean not in seen and not clean.startswith(("../", "/")) and clean not in (".", ".."):
            seen.add(clean)
            yield clean
        if len(seen) >= _MOST_FOUND:
            return


def _of_makefile(path: str, data: bytes) -> Iterator[str]:
    folder = posixpath.dirname(path)
    text = data.decode("utf-8", "replace").replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("\t"):
            yield from _of_script(line.lstrip("\t @-+"), (folder, ""))


def _of_yaml(path: str, data: bytes) -> Iterator[str]:
    from tollgate.model.source import decode
    from tollgate.parsers.yaml import parse_yaml

    folder = posixpath.dirname(path)
    base = "" if path.startswith(".github/") else folder
    pending: list[Node] = [
        document.root
        for document in parse_yaml(decode(path, data), every_document=True).documents
        if document.root is not None
    ]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            yield from _of_mapping(node, base)
            pending += [entry.value for entry in node.entries.values()]
        elif isinstance(node, Sequence):
            pending += node.items


def _of_mapping(node: Mapping, base: str) -> Iterator[str]:
    context = _text(node.get("context")) or ""
    folders = (posixpath.join(base, context), base, context, "")
    for key in _DOCKERFILE_KEYS & node.entries.keys():
        for value in _texts(node.get(key)):
            yield from (posixpath.join(folder, value) for folder in folders)
    docker = node.get("docker") or node.get("kaniko")
    if isinstance(docker, Mapping):
        for value in _texts(docker.get("dockerfile")):
            yield from (posixpath.join(folder, value) for folder in folders)
    given = node.get("with")
    if isinstance(given, Mapping) and (_text(node.get("uses")) or "").startswith(_ACTIONS):
        for key in _ACTION_KEYS:
            yield from (line.strip() for text in _texts(given.get(key)) for line in text.splitlines())
    working = _text(node.get("working-directory")) or ""
    for key in _SCRIPTS & node.entries.keys():
        for script in _texts(node.get(key)):
            yield from _of_script(script, (working, base, ""))


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _texts(node: Node | None) -> list[str]:
    items = node.items if isinstance(node, Sequence) else [] if node is None else [node]
    return [text for item in items if (text := _text(item))]


def _of_script(text: str, folders: tuple[str, ...]) -> Iterator[str]:
    from tollgate.model.shell_text import TextMap
    from tollgate.model.source import Span, decode
    from tollgate.parsers.shell import parse_shell, with_nested

    if not any(word.decode() in text for word in _TELLING):
        return
    source = decode("script", text.encode("utf-8", "surrogatepass"))
    span = Span(0, len(source.text))
    script = parse_shell(source, source.text, TextMap([(span.end, *span)]), span=span)
    entered = ""
    for part in with_nested(script):
        for command in part.commands:
            words = [word.value if isinstance(word.value, str) else "" for word in command.arguments]
            if command.name == "cd" and words and words[0]:
                entered = posixpath.join(entered, words[0])
            for value in _dockerfiles_of(command.name, words):
                yield from (posixpath.join(folder, value) for folder in folders)
                if entered:
                    yield from (posixpath.join(folder, entered, value) for folder in folders)


def _dockerfiles_of(name: str, words: list[str]) -> Iterator[str]:
    options: tuple[str, ...]
    if name in _BUILDERS and _BUILDING & set(words):
        options = ("-f", "--file")
    elif name == "executor":
        options = ("--dockerfile", "-f")
    else:
        return
    for index, word in enumerate(words):
        if word in options and index + 1 < len(words):
            yield from _usable(words[index + 1])
        elif word.startswith(tuple(f"{option}=" for option in options)):
            yield from _usable(word.partition("=")[2])
        elif word.startswith("-f") and not word.startswith("--"):
            yield from _usable(word[2:])


def _usable(word: str) -> Iterator[str]:
    if word and word != "-":
        yield word
