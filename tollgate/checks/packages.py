"""Package managers in RUN: questions, signatures, what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.package_managers import Use, is_clean, use_of
from tollgate.checks.run_texts import after_command, in_final_chain, instruction_of
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Command, Script, literal
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_LISTS = "/var/lib/apt/lists"


def _use(target: Target) -> Use | None:
    """The manager call that a RUN's command makes."""
    assert isinstance(target, Command)
    return None if instruction_of(target) is None else use_of(target)


def _problem(use: Use, *, fix: FixPlan | None = None, **fields: str) -> Problem:
    """From the manager's name to its subcommand."""
    start = use.command.grip().start
    end = use.verb.end if use.verb is not None else use.command.grip().end
    given = {"manager": use.manager.name, "subcommand": use.subcommand, **fields}
    return Problem(start, end, fields=given, key=f"{use.manager.name} {use.subcommand}", fix=fix)


def asks(target: Target, _context: Context) -> Iterator[Problem]:
    """It waits for an answer that nobody gives."""
    use = _use(target)
    if use is None or use.verb is None or not use.manager.yes:
        return
    manager = use.manager
    if use.subcommand not in (manager.asks or manager.install | manager.upgrade | manager.remove):
        return
    if use.flag(manager.yes) or _is_quiet_enough(use):
        return
    if any(command.name == "yes" for command in use.command.pipeline.commands):
        return
    verb = use.verb
    at = use.command.grip().end if manager.yes_first else verb.end
    fix = FixPlan(safe=True, edits=(Edit(at, at, f" {manager.yes_fix}"),), title=f"add `{manager.yes_fix}`")
    yield _problem(use, fix=fix, flag=manager.yes_fix)


def _is_quiet_enough(use: Use) -> bool:
    """`-qq` and `-q=2` imply `-y` for apt-get."""
    if use.manager.family != "apt":
        return False
    quiet = [item for item in use.flags if item.name in {"-q", "--quiet"}]
    return len(quiet) > 1 or any(item.value is not None and item.value.value == "2" for item in quiet)


def unsigned(target: Target, _context: Context) -> Iterator[Problem]:
    """Signatures are not checked."""
    use = _use(target)
    found = None
    if use is not None:
        found = use.flag(use.manager.unsigned)
    if use is not None and found is not None:
        word = found.word
        yield Problem(
            word.start, word.end, fields={"manager": use.manager.name, "flag": found.name}, key=found.name
        )


def recommends(target: Target, _context: Context) -> Iterator[Problem]:
    """apt-get install brings in recommended packages."""
    use = _use(target)
    if use is None or use.subcommand != "install" or use.manager.family != "apt":
        return
    if use.flag(use.manager.no_recommends):
        return
    instruction = instruction_of(use.command)
    if instruction is None or _configured(instruction):
        return
    assert use.verb is not None
    edit = Edit(use.verb.end, use.verb.end, " --no-install-recommends")
    fix = FixPlan(safe=False, edits=(edit,), title="add `--no-install-recommends`")
    yield _problem(use, fix=fix)


def _configured(instruction: Instruction) -> bool:
    """Whether the stage has switched recommended packages off in apt's configuration."""
    stage = instruction.stage
    runs = () if stage is None else stage.by_keyword("RUN")
    return any("APT::Install-Recommends" in item.text for item in runs if item.index <= instruction.index)


def upgrades(target: Target, _context: Context) -> Iterator[Problem]:
    """Everything installed is brought to the versions of the day."""
    use = _use(target)
    if use is not None and use.subcommand in use.manager.upgrade and not use.operands:
        yield _problem(use)


def updates_alone(target: Target, _context: Context) -> Iterator[Problem]:
    """The package index is refreshed in a layer that installs nothing."""
    use = _use(target)
    if use is None or use.verb is None or use.subcommand not in use.manager.update:
        return
    if use.subcommand in {"makecache", "check-update"} or _is_cached(use):
        return
    for command in _later(use.command):
        later = use_of(command)
        if later is not None and later.subcommand in later.manager.install | later.manager.upgrade:
            return
        if command.name and later is None and command.arguments and command.name.endswith(".sh"):
            return
    yield _problem(use)


def apt_for_people(target: Target, _context: Context) -> Iterator[Problem]:
    """`apt` where `apt-get` is meant for scripts."""
    use = _use(target)
    if use is None or use.manager.name != "apt" or use.verb is None:
        return
    grip = use.command.grip()
    fix = None
    can_be_apt_get = {"install", "update", "upgrade", "remove", "purge", "autoremove", "clean", "build-dep"}
    if use.subcommand in can_be_apt_get:
        edit = Edit(grip.end - len("apt"), grip.end, "apt-get")
        fix = FixPlan(safe=True, edits=(edit,), title="write `apt-get`")
    yield Problem(
        grip.end - len("apt"), grip.end, fields={"subcommand": use.subcommand}, key=use.subcommand, fix=fix
    )


def apt_lists_left(target: Target, _context: Context) -> Iterator[Problem]:
    """The lists that `apt-get update` fetched stay in the layer."""
    use = _use(target)
    if use is None or use.subcommand != "update" or use.manager.family != "apt":
        return
    if _is_cached(use) or not in_final_chain(use.command):
        return
    later = _later(use.command)
    if any(_removes(command, (_LISTS, "/var/lib/apt")) for command in later):
        return
    last = [use.command, *[command for command in later if _is_apt(command)]][-1]
    yield _problem(use, fix=after_command(last, f"rm -rf {_LISTS}/*"))


def _is_apt(command: Command) -> bool:
    use = use_of(command)
    return use is not None and use.manager.family == "apt"


def cache_left(target: Target, _context: Context) -> Iterator[Problem]:
    """What other managers fetched stays in the layer."""
    use = _use(target)
    if use is None or use.subcommand not in use.manager.install or not use.manager.caches:
        return
    manager = use.manager
    if manager.family == "apt" or use.flag(manager.no_cache) or _is_cached(use):
        return
    if not in_final_chain(use.command) or _variable_set(use):
        return
    for command in _later(use.command):
        later = use_of(command)
        if later is not None and later.manager.family == manager.family and is_clean(later):
            return
        if _removes(command, manager.caches):
            return
    yield _problem(use, fix=_cache_fix(use), cure=_cure(use))


def _cure(use: Use) -> str:
    manager = use.manager
    return manager.no_cache_fix or f"{manager.name} {manager.clean[0]}"


def _cache_fix(use: Use) -> FixPlan | None:
    manager = use.manager
    if not manager.no_cache_fix:
        return after_command(use.command, _cure(use))
    assert use.verb is not None
    edit = Edit(use.verb.end, use.verb.end, f" {manager.no_cache_fix}")
    return FixPlan(safe=True, edits=(edit,), title=f"add `{manager.no_cache_fix}`")


def _variable_set(use: Use) -> bool:
    """Whether the environment switches the cache off: pip takes anything but `0`, `false`, `no`, `off`
    and the empty text as true, and did take those as true before version 19.0.1."""
    names = use.manager.no_cache_variable
    instruction = instruction_of(use.command)
    if not names or instruction is None:
        return False
    if any(item.name in names for command in use.command.script.commands for item in command.assignments):
        return True
    return any(instruction.variable(name) is not None for name in names)


def _later(command: Command) -> list[Command]:
    """The commands after this one in the same RUN."""
    return [item for item in _all(command.script) if item.span.start > command.span.start]


def _all(script: Script) -> list[Command]:
    instruction = script.instruction
    if not isinstance(instruction, Instruction):
        return list(script.commands)
    return [item for one in instruction.dockerfile.scripts(instruction) for item in one.commands]


def _removes(command: Command, folders: tuple[str, ...]) -> bool:
    """`rm -r` of one of the folders, with or without what is in it."""
    if command.name not in {"rm", "find"}:
        return False
    flags, operands = arguments(command)
    if command.name == "rm" and not {item.name for item in flags} & {"-r", "-R", "--recursive"}:
        return False
    for word in operands:
        path = (literal(command, word, {"HOME": "~"}) or "").rstrip("*").rstrip("/")
        parent = path.rpartition("/{")[0]
        if any(folder in (path, parent) or folder.startswith(path + "/") for folder in folders if path):
            return True
        if "{" in path and any(path.startswith(folder.rpartition("/")[0] + "/{") for folder in folders):
            return True
    return False


def _is_cached(use: Use) -> bool:
    """Whether a cache or tmpfs mount lies over one of the manager's folders."""
    instruction = instruction_of(use.command)
    if instruction is None:
        return False
    for flag in instruction.flags:
        text = str(flag.value.value) if flag.name == "mount" and flag.value is not None else ""
        fields = dict(part.partition("=")[::2] for part in text.split(","))
        path = (fields.get("target") or fields.get("dst") or fields.get("destination") or "").rstrip("/")
        if fields.get("type") in {"cache", "tmpfs"} and any(
            _meets(path, folder) for folder in use.manager.caches
        ):
            return True
    return False


def _meets(path: str, folder: str) -> bool:
    tail = folder.removeprefix("~").removeprefix("/root")
    return path != "" and (folder == path or folder.startswith(path + "/") or path.endswith(tail))
