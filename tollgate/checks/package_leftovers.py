"""What package managers leave behind in a layer: lists and caches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.package_managers import Use, is_clean, use_of
from tollgate.checks.packages import is_cache_mounted, meets, problem_of, use_in_run
from tollgate.checks.run_texts import (
    after_command,
    commands_of,
    in_final_chain,
    insert_word,
    instruction_of,
    last_that,
    next_that,
    previous_that,
)
from tollgate.model.dockerfile import Dockerfile, Instruction
from tollgate.model.finding import FixPlan, Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Command, literal
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_LISTS = "/var/lib/apt/lists"
_OFF = frozenset({"", "0", "false", "no", "off", "n", "f"})
_CACHE_IS_USED = frozenset({"yarn", "go", "pipenv"})
"""Their clean-up may take away what later steps, or with Yarn's Plug'n'Play the program, work with."""
_FILLS_CACHE = frozenset({"mod download", "mod tidy", "fetch", "run"})
"""Subcommands that are there to fill the cache, or that install nothing."""
_USUAL = frozenset({"pip", "yarn"})
"""Language managers whose caches everybody expects to be gone; others are a stricter rule's."""


def apt_lists_left(target: Target, _context: Context) -> Iterator[Problem]:
    """The lists that `apt-get update` fetched stay in the layer."""
    use = use_in_run(target)
    if use is None or use.subcommand != "update" or use.manager.family != "apt":
        return
    if is_cache_mounted(use, (_LISTS,)) or not in_final_chain(use.command):
        return
    if next_that(use.command, _drops_lists) is not None:
        return
    last = last_that(use.command, _is_apt)
    fix = None if _are_lists_used(use.command) else after_command(last, f"rm -rf {_LISTS}/*")
    yield problem_of(use, fix=fix)


def _are_lists_used(command: Command) -> bool:
    """Whether a later step of the file installs from the lists, as it fetches none of its own."""
    own = instruction_of(command)
    return own is not None and own.index < _last_user_of_lists(own.dockerfile)


@lru_cache(maxsize=8)
def _last_user_of_lists(file: Dockerfile) -> int:
    """The index of the last RUN that installs with apt before it updates; -1 if each one updates first."""
    found = -1
    for item in file.select("RUN"):
        assert isinstance(item, Instruction)
        uses = [use for use in map(use_of, commands_of(item)) if use is not None]
        first = next((use for use in uses if use.manager.family == "apt" and _needs_lists(use)), None)
        if first is not None and first.subcommand != "update":
            found = max(found, item.index)
    return found


def _needs_lists(use: Use) -> bool:
    return use.installs or use.upgrades or use.subcommand in {"update", "download", "source", "build-dep"}


def _is_apt(command: Command) -> bool:
    use = use_of(command)
    return use is not None and use.manager.family == "apt"


def _drops_lists(command: Command) -> bool:
    use = use_of(command)
    is_clean_up = use is not None and use.subcommand in {"dist-clean", "distclean"}
    return is_clean_up or _removes(command, (_LISTS, "/var/lib/apt"))


def cache_left(target: Target, _context: Context) -> Iterator[Problem]:
    """What the system's managers, pip and yarn fetched stays in the layer."""
    use = use_in_run(target)
    if use is not None and (use.manager.system or use.manager.family in _USUAL):
        yield from _cache_left(use)


def other_cache_left(target: Target, _context: Context) -> Iterator[Problem]:
    """What the other language managers fetched stays in the layer."""
    use = use_in_run(target)
    if use is not None and not use.manager.system and use.manager.family not in _USUAL:
        yield from _cache_left(use)


def _cache_left(use: Use) -> Iterator[Problem]:
    manager = use.manager
    if not (use.installs or use.upgrades) or not manager.caches or manager.family == "apt":
        return
    if use.subcommand in _FILLS_CACHE:
        return
    if use.flag(manager.no_cache) or use.may_have_more_flags or is_cache_mounted(use):
        return
    if not in_final_chain(use.command) or _is_switched_off(use):
        return
    if next_that(use.command, _cleans, manager.family, manager.caches) is None:
        yield problem_of(use, fix=_cache_fix(use), cure=_cure(use))


def _cleans(command: Command, family: str, caches: tuple[str, ...]) -> bool:
    use = use_of(command)
    if use is not None:
        return use.manager.family == family and is_clean(use)
    return _removes(command, caches)


def _cure(use: Use) -> str:
    manager = use.manager
    if not manager.no_cache_fix and not manager.clean:
        return "RUN --mount=type=cache"
    return manager.no_cache_fix or f"{manager.name} {manager.clean[0]}"


def _cache_fix(use: Use) -> FixPlan | None:
    manager = use.manager
    if manager.no_cache_fix:
        edit = insert_word(use.command, use.behind, manager.no_cache_fix)
        return FixPlan(safe=True, edits=(edit,), title=f"add `{manager.no_cache_fix}`")
    plan = after_command(use.command, _cure(use)) if manager.clean else None
    is_needed_later = manager.family in _CACHE_IS_USED
    return plan._replace(safe=False) if plan is not None and is_needed_later else plan


def _is_switched_off(use: Use) -> bool:
    """Whether the environment switches the cache off: set before the command, exported in the RUN, or
    by ENV and ARG. The nearest one counts; a value that only the build knows is believed."""
    names = use.manager.no_cache_variable
    instruction = instruction_of(use.command)
    if not names or instruction is None:
        return False
    given: object = None
    for name in names:
        known = instruction.variable(name)
        given = given if known is None else known.value
    setter = previous_that(use.command, _sets, names)
    for command in (setter, use.command):
        for name, value in () if command is None else _assigned(command):
            given = value if name in names else given
    return given is not None and (not isinstance(given, str) or given.strip().lower() not in _OFF)


def _sets(command: Command, names: tuple[str, ...]) -> bool:
    """Whether a command sets one of the variables for those that follow."""
    return command.name in {"", "export"} and any(name in names for name, _value in _assigned(command))


def _assigned(command: Command) -> Iterator[tuple[str, object]]:
    """The variables that a command sets: `A=b` before it, and the operands of `export`."""
    for item in command.assignments:
        yield item.name, item.value.value
    if command.name == "export":
        for word in command.arguments:
            name, sign, value = str(word.value).partition("=")
            if sign:
                yield name, value


def _removes(command: Command, folders: tuple[str, ...]) -> bool:
    """`rm -r` of one of the folders, with or without what is in it."""
    if command.name not in {"rm", "find"}:
        return False
    flags, operands = arguments(command)
    if command.name == "rm" and not {item.name for item in flags} & {"-r", "-R", "--recursive"}:
        return False
    for word in operands:
        path = _whole_folder(literal(command, word, {"HOME": "~"}) or "")
        parent = path.rpartition("/{")[0]
        if any(meets(path, folder) or parent == folder for folder in folders if path):
            return True
        if "{" in path and any(path.startswith(folder.rpartition("/")[0] + "/{") for folder in folders):
            return True
    return False


def _whole_folder(path: str) -> str:
    """`folder` of `folder/*`, and of `folder/*_*`, which is how apt names every list."""
    folder, _, last = path.rpartition("/")
    return folder.rstrip("/") if "*" in last and not last.strip("*_") else path.rstrip("*").rstrip("/")
