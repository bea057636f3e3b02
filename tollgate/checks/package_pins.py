"""Packages that are installed in whatever version is newest on the day of the build."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.package_managers import Use, unpinned, use_of
from tollgate.checks.run_texts import instruction_of
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Stage
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem, RelatedSpan
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.shell import Command, Script, literal
from tollgate.model.target import Target

_NAMES_SHOWN = 5
_NEVER = 1 << 62
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_LOCK_ONLY = frozenset({"pipenv", "poetry"})
"""What these add to a project is locked by the same call; that nobody keeps the lock is another defect."""


def system(target: Target, context: Context) -> Iterator[Problem]:
    """A distribution's packages."""
    yield from _unpinned(target, context, of_system=True)


def language(target: Target, context: Context) -> Iterator[Problem]:
    """Packages of a language's index."""
    yield from _unpinned(target, context, of_system=False)


def _unpinned(target: Target, context: Context, *, of_system: bool) -> Iterator[Problem]:
    assert isinstance(target, Command)
    use = None if instruction_of(target) is None else use_of(target)
    if use is None or use.manager.system is not of_system or use.manager.name in _LOCK_ONLY:
        return
    use = use._replace(operands=tuple(_with_values(use)))
    allowed = {str(name).lower() for name in context.options.get("allow") or ()}
    loose = [word for word in unpinned(use) if str(word.value).lower() not in allowed]
    if not loose or _is_in_module(use, loose):
        return
    first, *others = loose
    related = tuple(RelatedSpan("and this one", word.start, word.end) for word in others)
    names = ", ".join(f"`{word.value}`" for word in loose[:_NAMES_SHOWN])
    more = len(loose) - _NAMES_SHOWN
    fields = {"manager": use.manager.name, "packages": f"{names} and {more} more" if more > 0 else names}
    yield Problem(first.start, first.end, fields=fields, key=_key(use), related=related)


def _is_in_module(use: Use, loose: list[Scalar]) -> bool:
    """Whether `go install` and `go run` take the versions from a go.mod that was copied before."""
    instruction = instruction_of(use.command)
    if (
        use.manager.name != "go"
        or use.subcommand == "get"
        or instruction is None
        or instruction.stage is None
    ):
        return False
    if any("@" in str(word.value) for word in loose):
        return False
    own, *below = reversed(chain_of(instruction.stage))
    return _module_copied_at(own) <= instruction.index or any(
        _module_copied_at(one) < _NEVER for one in below
    )


@lru_cache(maxsize=8)
def _module_copied_at(stage: Stage) -> int:
    """Index of the stage's first instruction that brings a go.mod."""
    text = stage.source.text
    bringing = (item for item in stage.instructions if item.keyword in {"ADD", "COPY", "RUN"})
    return next(
        (item.index for item in bringing if "go.mod" in text[item.span.start : item.head_end]), _NEVER
    )


@lru_cache(maxsize=8)
def _assigned(script: Script) -> frozenset[str]:
    """The variables that the script sets itself."""
    return frozenset(item.name for command in script.commands for item in command.assignments)


def _with_values(use: Use) -> Iterator[Scalar]:
    """The operands, with the variables filled in whose value the file gives; several words where the shell
    splits the value."""
    command = use.command
    instruction = instruction_of(command)
    for word in use.operands:
        if isinstance(word.value, str) or instruction is None:
            yield word
            continue
        text = command.script.slice(word.start, word.end)
        names = {name for name in _VARIABLE.findall(text) if name not in _assigned(command.script)}
        known = {name: instruction.variable(name) for name in names}
        values = {
            name: found.value for name, found in known.items() if found and isinstance(found.value, str)
        }
        value = literal(command, word, values)
        parts = [] if value is None else [value] if text[:1] in "\"'" else value.split()
        yield from [Scalar(part, word.start, word.end) for part in parts]


def _key(use: Use) -> str:
    return f"{use.manager.name} {use.subcommand}"
