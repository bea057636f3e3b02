"""Where packages come from: several indexes for one name, and lock files that are not asked."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.package_managers import Use, use_of
from tollgate.checks.packages import problem_of, use_in_run
from tollgate.checks.run_texts import commands_of, insert_word, instruction_of
from tollgate.checks.set_variables import variables_set
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.target import Target

_STRATEGY = "UV_INDEX_STRATEGY"
_PUBLIC = re.compile(
    r"https://(?:pypi\.org|download\.pytorch\.org|pypi\.nvidia\.com|pypi\.ngc\.nvidia\.com|www\.piwheels\.org"
    r"|data\.pyg\.org)(?:/|\Z)",
    re.IGNORECASE,
)
"""Indexes with nothing but public packages whose names their makers hold on the others, too."""


def extra_index(target: Target, _context: Context) -> Iterator[Problem]:
    """A name may come from whichever index has the higher version."""
    assert isinstance(target, Instruction)
    for one in variables_set(target):
        if one.value and _adds_index(one.name, one.value):
            yield Problem(one.start, one.end, fields={"said": one.name}, key=one.name)
    for command in commands_of(target) if target.keyword == "RUN" else ():
        yield from _of_command(command)


def _adds_index(name: str, value: object) -> bool:
    if name == _STRATEGY:
        return isinstance(value, str) and value.startswith("unsafe-")
    return name == "PIP_EXTRA_INDEX_URL" and not _is_public(value)


def _is_public(value: object) -> bool:
    return isinstance(value, str) and all(_PUBLIC.match(part) for part in value.split())


def _of_command(command: Command) -> Iterator[Problem]:
    use = use_of(command)
    if use is None or not use.manager.extra_index:
        return
    for item in use.flags:
        added = use._replace(flags=(item,)).flag(use.manager.extra_index) is not None
        if added and not (item.value is not None and _is_public(item.value.value)):
            yield Problem(item.word.start, item.word.end, fields={"said": item.name}, key=item.name)
    words = use.configures(use.manager.extra_index)
    if words is not None:
        name = words[0]
        yield Problem(name.start, words[1].end, fields={"said": str(name.value)}, key=str(name.value))


def lock_not_used(target: Target, _context: Context) -> Iterator[Problem]:
    """An installation of what a project declares, which may take newer versions than its lock file."""
    use = use_in_run(target)
    if use is None or not use.manager.lock_files:
        return
    manager = use.manager
    lock = manager.lock_files[0]
    if use.subcommand in manager.relock:
        if not use.operands:
            yield problem_of(use, lock=lock, cure="an installation from it")
        return
    if use.subcommand not in manager.install - manager.locked or not manager.lock_flags | manager.locked:
        return
    if use.operands or use.flag(manager.lock_flags) or use.may_have_more_flags or _takes_no_project(use):
        return
    instruction = instruction_of(use.command)
    if instruction is not None and any(instruction.variable(name) for name in manager.lock_variable):
        return
    yield problem_of(use, fix=_lock_fix(use), lock=lock, cure=_cure(use))


def _takes_no_project(use: Use) -> bool:
    """Global installations, and those of a file."""
    names = {item.name for item in use.flags}
    if names & {
        "-g",
        "--global",
        "-r",
        "--requirement",
        "--requirements",
        "--no-lockfile",
        "--no-package-lock",
    }:
        return True
    return use.subcommand not in {"install", "i", "in", "ins", "sync"}


def _cure(use: Use) -> str:
    manager = use.manager
    if not manager.lock_fix:
        return "BUNDLE_FROZEN" if manager.name == "bundle" else f"{manager.name} --frozen"
    return f"{manager.name} {manager.lock_fix}" if manager.lock_fix in manager.locked else manager.lock_fix


def _lock_fix(use: Use) -> FixPlan | None:
    manager = use.manager
    if not manager.lock_fix:
        return None
    edit = insert_word(use.command, use.behind, manager.lock_fix)
    if manager.lock_fix in manager.locked:
        if use.verb is None or use.command.source.text[use.verb.start : use.verb.end] != use.verb.value:
            return None
        edit = Edit(use.verb.start, use.verb.end, manager.lock_fix)
    return FixPlan(safe=False, edits=(edit,), title=f"write `{manager.lock_fix}`")
