"""Package managers in RUN: questions, signatures, recommended packages, updates and upgrades."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.package_managers import Use, use_of
from tollgate.checks.run_texts import (
    any_in_pipe,
    delete_word,
    insert_word,
    instruction_of,
    mentions,
    next_that,
)
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.target import Target

_UNTRUSTED = re.compile(
    r"\b(trusted=yes)\b[^\]\n]{0,200}\][ \t]+(?:https?|ftp)://|(?<![\w-])(gpgcheck[ \t]?=[ \t]?0)\b",
    re.IGNORECASE,
)
_IS_FOR_DISTRIBUTION = frozenset(
    {"dist-upgrade", "full-upgrade", "dup", "distro-sync", "distrosync", "dsync"}
)


def use_in_run(target: Target) -> Use | None:
    """The manager call that a RUN's command makes."""
    assert isinstance(target, Command)
    return None if instruction_of(target) is None else use_of(target)


def problem_of(use: Use, *, fix: FixPlan | None = None, **fields: str) -> Problem:
    """From the manager's name to its subcommand."""
    start = use.command.grip().start
    end = use.verb.end if use.verb is not None else use.command.grip().end
    given = {"manager": use.manager.name, "subcommand": use.subcommand, **fields}
    return Problem(start, end, fields=given, key=f"{use.manager.name} {use.subcommand}", fix=fix)


def _is_configured(use: Use, names: frozenset[str]) -> bool:
    """Whether a configuration file that the build writes has one of the settings."""
    instruction = instruction_of(use.command)
    return instruction is not None and any(mentions(instruction, text) for text in _in_files(names))


def _in_files(names: frozenset[str]) -> Iterator[str]:
    """Settings as configuration files have them: `APT::Get::Assume-Yes "true"`, `assumeyes=true`."""
    for name in sorted(names):
        key, sign, value = name.partition("=")
        if not sign or key.startswith("-"):
            continue
        forms = (f'{key} "{value}', f"{key} {value}") if "::" in key else (name, f"{key} = {value}")
        yield from forms


def asks(target: Target, _context: Context) -> Iterator[Problem]:
    """It waits for an answer that nobody gives."""
    use = use_in_run(target)
    if use is None or use.verb is None or not use.manager.yes or use.may_have_more_flags:
        return
    manager = use.manager
    if use.subcommand not in (manager.asks or manager.install | manager.upgrade | manager.remove):
        return
    if use.flag(manager.yes) or _is_quiet_enough(use) or _answers(use):
        return
    at = use.command.grip().end if manager.yes_first else use.verb.end
    edit = insert_word(use.command, at, manager.yes_fix)
    fix = FixPlan(safe=True, edits=(edit,), title=f"add `{manager.yes_fix}`")
    yield problem_of(use, fix=fix, flag=manager.yes_fix)


def _answers(use: Use) -> bool:
    """Somebody answers: `yes |`, a here-string, a configuration file, a variable."""
    if any_in_pipe(use.command, _prints):
        return True
    if any(redirect.operator.startswith("<") for redirect in use.command.redirects):
        return True
    name = use.manager.yes_variable
    instruction = instruction_of(use.command)
    if name and instruction is not None and instruction.variable(name) is not None:
        return True
    return _is_configured(use, use.manager.yes) or bool(
        name and instruction and mentions(instruction, "always_yes")
    )


def _prints(command: Command) -> bool:
    return command.name in {"yes", "echo", "printf"}


def _is_quiet_enough(use: Use) -> bool:
    """`-qq` and `-q=2` imply `-y` for apt-get, and a simulation asks nothing."""
    if use.manager.family != "apt":
        return False
    if any(item.name in {"-s", "--simulate", "--dry-run", "--print-uris"} for item in use.flags):
        return True
    quiet = [item for item in use.flags if item.name in {"-q", "--quiet"}]
    return len(quiet) > 1 or any(item.value is not None and item.value.value == "2" for item in quiet)


def unsigned(target: Target, _context: Context) -> Iterator[Problem]:
    """Signatures are not checked."""
    use = use_in_run(target)
    found = None if use is None else use.flag(use.manager.unsigned)
    if use is None or found is None:
        return
    edit = None if found.value is not None else delete_word(use.command, found.word)
    is_alone = found.word.value == found.name
    fix = None
    if edit is not None and is_alone:
        fix = FixPlan(safe=False, edits=(edit,), title=f"delete `{found.name}`")
    yield Problem(
        found.word.start,
        found.value.end if found.value is not None else found.word.end,
        fields={"manager": use.manager.name, "flag": _shown(found.name, found.value)},
        key=found.name,
        fix=fix,
    )


def _shown(name: str, value: Scalar | None) -> str:
    """A flag, or a setting as it is written."""
    return name if value is None else f"{name} {value.value}"


def repository_unsigned(target: Target, _context: Context) -> Iterator[Problem]:
    """A package source is written whose packages need no signature."""
    assert isinstance(target, Instruction)
    text = target.source.text
    for found in _UNTRUSTED.finditer(text, target.span.start, target.span.end):
        start, end = found.span(found.lastindex or 0)
        if not any(start < last and first < end for first, last in target.comments):
            yield Problem(start, end, fields={"setting": text[start:end]}, key=text[start:end])


def recommends(target: Target, _context: Context) -> Iterator[Problem]:
    """The installation brings in packages that others merely recommend."""
    use = use_in_run(target)
    if use is None or use.verb is None or not use.manager.no_recommends_fix or use.may_have_more_flags:
        return
    manager = use.manager
    if use.subcommand not in {"install", "in"} or use.flag(manager.no_recommends):
        return
    if _is_configured(use, manager.no_recommends):
        return
    edit = insert_word(use.command, use.verb.end, manager.no_recommends_fix)
    fix = FixPlan(safe=False, edits=(edit,), title=f"add `{manager.no_recommends_fix}`")
    yield problem_of(use, fix=fix, flag=manager.no_recommends_fix)


def upgrades(target: Target, _context: Context) -> Iterator[Problem]:
    """Everything installed is brought to the versions of the day."""
    use = use_in_run(target)
    if use is not None and use.upgrades and not use.operands:
        yield problem_of(use)


def upgrades_distribution(target: Target, _context: Context) -> Iterator[Problem]:
    """The distribution itself is upgraded: packages are replaced and removed."""
    use = use_in_run(target)
    if use is not None and use.upgrades and use.subcommand in _IS_FOR_DISTRIBUTION and not use.operands:
        yield problem_of(use)


def upgrades_alone(target: Target, _context: Context) -> Iterator[Problem]:
    """Everything is upgraded in a step that the build cache keeps, and that installs nothing."""
    use = use_in_run(target)
    if use is None or not use.upgrades or use.operands or use.subcommand not in {"update", "up"}:
        return
    if use.manager.system and not _installs_later(use):
        yield problem_of(use)


def updates_alone(target: Target, _context: Context) -> Iterator[Problem]:
    """The package index is refreshed in a layer that installs nothing."""
    use = use_in_run(target)
    if use is None or use.verb is None or use.subcommand not in use.manager.update:
        return
    if use.subcommand in {"makecache", "mc", "check-update", "check-upgrade"} or use.command.in_function:
        return
    if not is_cache_mounted(use) and not _installs_later(use):
        yield problem_of(use)


def _installs_later(use: Use) -> bool:
    """Whether a later command of the RUN installs, or may: a script, or a program told to install."""
    return next_that(use.command, _may_install) is not None


def _may_install(command: Command) -> bool:
    use = use_of(command)
    if use is not None and use.manager.system:
        return use.installs or use.upgrades or use.subcommand in {"download", "source"}
    if command.name_word is not None and (not command.name or command.name.endswith(".sh")):
        return True
    return any("install" in str(word.value) for word in command.words)


def apt_for_people(target: Target, _context: Context) -> Iterator[Problem]:
    """`apt` where `apt-get` is meant for scripts."""
    use = use_in_run(target)
    if use is None or use.manager.name != "apt" or use.verb is None:
        return
    word = use.command.name_word
    assert word is not None
    end = word.end - (1 if use.command.source.text[word.end - 1] in "\"'" else 0)
    start = end - len("apt")
    fix = None
    can_be_apt_get = {"install", "update", "upgrade", "remove", "purge", "autoremove", "clean", "build-dep"}
    if use.subcommand in can_be_apt_get and use.command.source.text[start:end] == "apt":
        fix = FixPlan(safe=True, edits=(Edit(start, end, "apt-get"),), title="write `apt-get`")
    yield Problem(start, end, fields={"subcommand": use.subcommand}, key=use.subcommand, fix=fix)


def is_cache_mounted(use: Use, folders: tuple[str, ...] = ()) -> bool:
    """Whether a cache or tmpfs mount lies over one of the manager's folders, or of those given."""
    instruction = instruction_of(use.command)
    if instruction is None:
        return False
    for flag in instruction.flags:
        text = str(flag.value.value) if flag.name == "mount" and flag.value is not None else ""
        fields = dict(part.partition("=")[::2] for part in text.split(","))
        path = (fields.get("target") or fields.get("dst") or fields.get("destination") or "").rstrip("/")
        if fields.get("type") in {"cache", "tmpfs"} and any(
            meets(path, folder) for folder in folders or use.manager.caches
        ):
            return True
    return False


def meets(path: str, folder: str) -> bool:
    """Whether a path is a folder or holds it; `~` and /root stand for any home."""
    tail = folder.removeprefix("~").removeprefix("/root")
    return path != "" and (folder == path or folder.startswith(path + "/") or path.endswith(tail))
