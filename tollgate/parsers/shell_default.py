"""The shell of instructions for which no SHELL is in force: the platform's own.

The builder knows the platform from the base image; here its name, `--platform` and what the file itself says
have to do. The escape character alone proves nothing: a line above a Linux build must not silence what
is said about its steps.
"""

from __future__ import annotations

from functools import lru_cache

from tollgate.model import lazy_re as re
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.image_reference import parse_image
from tollgate.model.node import Scalar

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile, Instruction, Stage

_LINUX_SHELL = ("/bin/sh", "-c")
_WINDOWS_SHELL = ("cmd", "/S", "/C")
_WINDOWS_BASE = re.compile(
    r"(?:^|/)windows/|nanoserver|windowsservercore|windows/servercore|-ltsc20\d\d", re.IGNORECASE
)
_FOR_BOTH = frozenset(
    "adoptopenjdk caddy docker eclipse-temurin golang hello-world hola-mundo ibm-semeru-runtimes mongo nats"
    " nats-streaming openjdk python sapmachine traefik".split()
)
"""Official images that there are for Windows under the same name, too."""
_OF_WINDOWS = re.compile(
    r"(?:^|[\s\"'=,(])[a-z]:(?:[\\/]|$)|\b(?:powershell|pwsh|choco|setx|msiexec|regsvr32|xcopy|robocopy)\b"
    r"|\bcmd[\"',]{0,2}\s{1,4}[\"']?/[a-z]\b|\.(?:exe|ps1|msi|bat|cmd)\b",
    re.IGNORECASE,
)


def default_shell(instruction: Instruction) -> tuple[str, ...]:
    """What runs a command of the instruction's stage where no SHELL was set."""
    stage = instruction.stage
    base = _text(stage, "root-base")
    if _WINDOWS_BASE.search(base):
        return _WINDOWS_SHELL
    if instruction.dockerfile.escape != "`" or _is_surely_linux(stage, base):
        return _LINUX_SHELL
    return _WINDOWS_SHELL if _speaks_windows(instruction.dockerfile) else _LINUX_SHELL


def _text(stage: Stage | None, name: str) -> str:
    found = None if stage is None else stage.field(name)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else ""


def _is_surely_linux(stage: Stage | None, base: str) -> bool:
    if _text(stage, "platform").startswith("linux"):
        return True
    image = parse_image(base)
    if image is None or not image.is_listed_official:
        return False
    return image.repository.rpartition("/")[2] not in _FOR_BOTH


@lru_cache(maxsize=4)
def _speaks_windows(dockerfile: Dockerfile) -> bool:
    """Whether some instruction has a path, a program or a command that only Windows has."""
    return any(_OF_WINDOWS.search(item.text) for item in dockerfile.instructions)
