"""What a FROM line says besides the image: its platform and the arguments it is put together from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice

from tollgate.checks.near import MAX_NAMES, nearest
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile, Flag, Instruction
from tollgate.model.dockerfile_expand import UNSET, Lookup, Variable, expand
from tollgate.model.dockerfile_image import Image
from tollgate.model.dockerfile_scope import PLATFORM_ARGUMENTS
from tollgate.model.finding import Edit, FixPlan, Problem, Severity
from tollgate.model.image import parse_image
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.target import Target

_DEFAULT_PLATFORM = frozenset({"$TARGETPLATFORM", "${TARGETPLATFORM}"})
_ARCHITECTURES = {
    "amd64": ("amd64", "x86_64", "x86-64", "x64"),
    "arm64": ("arm64", "aarch64"),
    "arm": ("arm",),
    "386": ("386", "i386", "x86"),
}
_ONE_ARCHITECTURE = {
    "amd64": "amd64",
    "arm32v5": "arm",
    "arm32v6": "arm",
    "arm32v7": "arm",
    "arm64v8": "arm64",
    "i386": "386",
    "mips64le": "mips64le",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""Namespaces of Docker Hub that hold the official images of one architecture each."""
_PLATFORM_NAMES = tuple(sorted(PLATFORM_ARGUMENTS))
_MOST_VARIABLES = 50
"""Of one word; nobody means more."""
_EMPTY = Variable("set", "")


def _platform(target: Target) -> tuple[Instruction, Flag, str] | None:
    """A FROM with its `--platform` and that flag's value as written."""
    if not isinstance(target, Instruction):
        return None
    flag = target.flag("platform")
    if flag is None or flag.value is None or not isinstance(flag.value.value, str):
        return None
    return target, flag, flag.value.value


def _without(item: Instruction, flag: Flag, *, safe: bool) -> FixPlan:
    text = item.source.text
    end = flag.end
    while end < len(text) and text[end] in " \t":
        end += 1
    return FixPlan(safe=safe, edits=(Edit(flag.start, end, ""),), title="delete `--platform`")


def platform_constant(target: Target, _context: Context) -> Iterator[Problem]:
    """One platform for everybody, in a stage whose name does not say so."""
    found = _platform(target)
    if found is None or "$" in found[2]:
        return
    item, flag, platform = found
    named = "" if item.stage is None or item.stage.name is None else str(item.stage.name.value).lower()
    system, _, rest = platform.lower().partition("/")
    architecture = rest.partition("/")[0]
    parts = [system, *_ARCHITECTURES.get(architecture, (architecture,))]
    if any(part and part in named for part in parts):
        return
    if item.words and _only_platform(item.dockerfile.scopes.words(item)[0].value):
        return  # it has no other, and `platform_not_offered` speaks where that is not this one
    assert flag.value is not None
    fix = _without(item, flag, safe=False)
    yield Problem(flag.value.start, flag.value.end, fields={"platform": platform}, fix=fix)


def platform_default(target: Target, _context: Context) -> Iterator[Problem]:
    """The platform that a build has anyway, unless an ARG of the file gives the name another default."""
    found = _platform(target)
    if found is None or found[2] not in _DEFAULT_PLATFORM:
        return
    item, flag, platform = found
    if not item.dockerfile.scopes.global_lookup("TARGETPLATFORM").end:
        fix = _without(item, flag, safe=True)
        yield Problem(flag.start, flag.end, fields={"platform": platform}, fix=fix)


def _only_platform(reference: object) -> str:
    """The one platform that an image is known to be for; "" for others."""
    image = parse_image(reference) if isinstance(reference, str) else None
    if image is None:
        return ""
    namespace, slash, _ = image.repository.partition("/")
    if image.host == "docker.io" and slash and namespace in _ONE_ARCHITECTURE:
        return f"linux/{_ONE_ARCHITECTURE[namespace]}"
    is_windows = image.host == "mcr.microsoft.com" and namespace == "windows"
    return "windows/amd64" if is_windows else ""


def _differs(asked: str, offered: str) -> bool:
    """Whether a platform as written is another; Windows images are not all for one architecture."""
    system, _, rest = asked.lower().partition("/")
    architecture = rest.partition("/")[0]
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(architecture, architecture)
    own_system, _, own = offered.partition("/")
    return system != own_system or (own_system != "windows" and architecture not in {own, ""})


def platform_not_offered(target: Target, _context: Context) -> Iterator[Problem]:
    """The image is known to be of another architecture or operating system than the one asked for."""
    assert isinstance(target, Image)
    asked = target.platform
    offered = _only_platform(target.reference.value)
    if not offered or asked is None or not isinstance(asked.value, str):
        return
    if _differs(asked.value, offered):
        fields = {"image": target.written.value, "platform": asked.value, "offered": offered}
        yield Problem(asked.start, asked.end, fields=fields)


def _used(text: str, lookup: Lookup, escape: str) -> dict[str, Variable]:
    return expand(text, lookup, escape).used


def undeclared(target: Target, _context: Context) -> Iterator[Problem]:
    """A variable of a FROM line that no ARG before the first FROM declares."""
    if not isinstance(target, Instruction) or not target.words:
        return
    file = target.dockerfile
    flag = target.flag("platform")
    parts = [target.words[0], *([flag.value] if flag is not None and flag.value is not None else [])]
    for part in parts:
        if "$" not in str(part.value):
            continue
        used = _used(str(part.value), file.scopes.global_lookup, file.escape)
        for name, variable in islice(used.items(), _MOST_VARIABLES):
            if variable == UNSET and name:
                start, end = _place(target, part, name)
                advice, near = _advice(file, name)
                works = part is target.words[0] and _is_image_all_the_same(target)
                severity: Severity | None = "warning" if works else None
                fields = {"name": name, "advice": advice}
                fix = _renamed(target, start, end, name, near)
                yield Problem(start, end, fields=fields, key=name, severity=severity, fix=fix)


def _is_image_all_the_same(item: Instruction) -> bool:
    """Whether the reference is one without the variables that are empty in it."""
    value = item.dockerfile.scopes.words(item)[0].value
    return isinstance(value, str) and parse_image(value) is not None


def _place(item: Instruction, word: Scalar, name: str) -> tuple[int, int]:
    """`$NAME` or `${NAME…}` in the word, else the word."""
    text = item.source.text[word.start : word.end]
    found = re.search(rf"\$(?:{re.escape(name)}\b|\{{{re.escape(name)}\b[^{{}}]*\}})", text)
    return (word.start, word.end) if found is None else (word.start + found.start(), word.start + found.end())


def _renamed(item: Instruction, start: int, end: int, name: str, near: str) -> FixPlan | None:
    """`$NAME` with the name that was probably meant."""
    text = item.source.text[start:end]
    at = start + (2 if text.startswith("${") else 1)
    if not near or not text.startswith("$") or item.source.text[at : at + len(name)] != name:
        return None
    return FixPlan(safe=False, edits=(Edit(at, at + len(name), near),), title=f"write `{near}`")


def _advice(file: Dockerfile, name: str) -> tuple[str, str]:
    """What to do, and the name that was probably meant."""
    if name in _declared_in_stages(file):
        return "; what a stage declares is not seen by FROM: declare it before the first FROM", ""
    own = (str(pair.key.value) for item in file.arguments for pair in item.pairs)
    near = nearest(name, islice(chain(_PLATFORM_NAMES, own), MAX_NAMES))
    return (f"; did you mean `{near}`?", near) if near else ("", "")


@lru_cache(maxsize=1)  # asked for every such variable of one file after another
def _declared_in_stages(file: Dockerfile) -> frozenset[str]:
    return frozenset(str(pair.key.value) for item in file.instructions if item.stage for pair in item.pairs)


@lru_cache(maxsize=1)
def _stage_names(file: Dockerfile) -> frozenset[str]:
    return frozenset(str(stage.name.value).lower() for stage in file.stages if stage.name is not None)


def invalid_without_arguments(target: Target, _context: Context) -> Iterator[Problem]:
    """The reference is none as long as nobody passes `--build-arg`."""
    if not isinstance(target, Instruction) or target.stage is None or target.stage.parent is not None:
        return
    if target.outer is not None or not target.words:
        return
    file, word = target.dockerfile, target.words[0]
    if "$" not in str(word.value):
        return
    lookup = file.scopes.global_lookup
    used = _used(str(word.value), lookup, file.escape)
    states = [variable.state for variable in used.values()]
    if "default-unset" not in states or "unset" in states:
        return

    def with_defaults(name: str) -> Variable:
        variable = lookup(name)
        return _EMPTY if variable.state == "default-unset" else variable

    value = expand(str(word.value), with_defaults, file.escape).value
    if not isinstance(value, str) or parse_image(value) is not None or value == "scratch":
        return
    if value.lower() not in _stage_names(file):
        missing = ", ".join(f"`{name}`" for name, found in used.items() if found.state == "default-unset")
        what = f"is `{value}`, no image" if value else "is blank"
        yield Problem(word.start, word.end, fields={"arguments": missing, "what": what})
