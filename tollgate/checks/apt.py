"""apt and apt-get in builds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Problem
from tollgate.model.node import Mapping, Scalar, Sequence as Items
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.target import Target

APT = frozenset({"apt-get", "apt"})
LISTS = "/var/lib/apt/lists"
_WITH_VALUE = frozenset({"-o", "--option", "-c", "--config-file", "-t", "--target-release", "--default-release"})
_ASKING = frozenset({"install", "remove", "purge", "upgrade", "dist-upgrade", "full-upgrade", "autoremove", "build-dep"})


def action(command: Command) -> Scalar | None:
    """The subcommand word of an apt command."""
    skip = False
    for word in command.arguments:
        text = word.value
        if skip:
            skip = False
        elif isinstance(text, str) and text.startswith("-"):
            skip = text in _WITH_VALUE
        else:
            return word
    return None


def asks(target: Target, _context: Context) -> Iterator[Problem]:
    """An apt command that waits for an answer."""
    assert isinstance(target, Command)
    if target.name not in APT:
        return
    word = action(target)
    if word is None or word.value not in _ASKING:
        return
    texts = [str(one.value) for one in target.arguments]
    feeds = target.pipeline.commands[0]
    if _says_yes(texts) or (feeds is not target and feeds.name == "yes"):
        return
    yield Problem(word.start, word.end, fields={"action": word})


def _says_yes(texts: Sequence[str]) -> bool:
    quiet = 0
    for text in texts:
        if text in ("--yes", "--assume-yes", "--trivial-only", "--simulate", "--dry-run", "--just-print"):
            return True
        if text.lower().replace(" ", "") in ("apt::get::assume-yes=true", "-oapt::get::assume-yes=true"):
            return True
        if text.startswith("-q=2"):
            return True
        if text.startswith("-") and not text.startswith("--"):
            if "y" in text or "s" in text.partition("=")[0]:
                return True
            quiet += text.count("q")
        quiet += text == "--quiet"
    return quiet > 1


def lists_left(target: Target, _context: Context) -> Iterator[Problem]:
    """The last `update` of a RUN in a stage that is shipped, with no clean-up after it."""
    assert isinstance(target, Instruction)
    if target.stage is None or not _is_shipped(target) or _has_cache(target):
        return
    commands = [one for script in target.dockerfile.scripts(target) for one in script.commands]
    updates = [index for index, one in enumerate(commands) if one.name in APT and _is_update(one)]
    if updates and not any(_cleans(one) for one in commands[updates[-1] :]):
        span = commands[updates[-1]].grip()
        yield Problem(span.start, span.end, fields={"name": commands[updates[-1]].name})


def _is_update(command: Command) -> bool:
    word = action(command)
    return word is not None and word.value == "update"


def _is_shipped(instruction: Instruction) -> bool:
    """Whether the layer ends up in the final image: its stage is the final one or below it."""
    stage = instruction.dockerfile.stages[-1]
    while stage is not instruction.stage and stage.parent is not None:
        stage = stage.parent
    return stage is instruction.stage


def _has_cache(instruction: Instruction) -> bool:
    mounts = instruction.field("mounts")
    for mount in mounts.items if isinstance(mounts, Items) else ():
        target = mount.get("target") if isinstance(mount, Mapping) else None
        path = str(target.value).rstrip("/") if isinstance(target, Scalar) else ""
        if f"{LISTS}/".startswith(f"{path}/") and path not in ("", "/"):
            return True
    return False


def _cleans(command: Command) -> bool:
    if command.name not in ("rm", "find"):
        return False
    return any(str(word.value).startswith((LISTS, "/var/lib/apt/*")) for word in command.arguments)
