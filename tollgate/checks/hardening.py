"""What policy demands of every final stage: scripts that it runs, stages and images that it copies from."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.images import covered
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem
from tollgate.model.image import parse_image
from tollgate.model.node import Mapping, Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.target import Target

_INTERPRETERS = frozenset(
    {"sh", "bash", "ash", "dash", "ksh", "zsh", ".", "source", "python", "python3", "perl"}
)


def script_not_run(target: Target, context: Context) -> Iterator[Problem]:
    """No RUN of the final stage, or of those it is built on, runs a script that policy names."""
    assert isinstance(target, Stage)
    wanted = context.policy.hardening.run
    run = list(_run(target)) if wanted else []
    for script in wanted:
        if not any(_is(script, name) for name in run):
            yield _problem(target, script)


def _problem(stage: Stage, what: str) -> Problem:
    grip = stage.grip()
    return Problem(grip.start, grip.end, fields={"what": what}, key=what, missing=True)


def _run(stage: Stage) -> Iterator[str]:
    """The programs and scripts that are run, as they are named."""
    for link in chain_of(stage):
        for item in link.by_keyword("RUN"):
            for script in item.dockerfile.scripts(item):
                for command in script.commands:
                    yield from _names(command)


def _names(command: Command) -> Iterator[str]:
    if command.in_condition or command.in_function:
        return
    if command.name_word is not None and isinstance(command.name_word.value, str):
        yield command.name_word.value
    if command.name in _INTERPRETERS:
        operands = [word.value for word in command.arguments if not str(word.value).startswith("-")]
        if operands and isinstance(operands[0], str):
            yield operands[0]


def _is(wanted: str, name: str) -> bool:
    """A bare name stands for any folder."""
    return name == wanted if "/" in wanted else name.rpartition("/")[2] == wanted


def not_copied_from(target: Target, context: Context) -> Iterator[Problem]:
    """The final stage copies nothing from a stage or image that policy names."""
    assert isinstance(target, Stage)
    wanted = context.policy.hardening.copy_from
    sources = list(_sources(target)) if wanted else []
    for name in wanted:
        if not any(_comes_from(name, source) for source in sources):
            yield _problem(target, name)


def _sources(stage: Stage) -> Iterator[str]:
    """What `COPY --from` and mounts of the chain name; a number is a stage's name where it has one."""
    stages = stage.dockerfile.stages
    for link in chain_of(stage):
        for item in link.instructions:
            for name in _from(item):
                index = (
                    int(name) if name.isascii() and name.isdigit() and len(name) < len("1000000") else None
                )
                if index is not None and index < len(stages):
                    yield stages[index].object_name
                else:
                    yield name


def _from(item: Instruction) -> Iterator[str]:
    flag = item.flag("from") if item.keyword == "COPY" else None
    if flag is not None and flag.value is not None:
        yield str(flag.value.value)
    mounts = item.field("mounts") if item.keyword == "RUN" and item.flags else None
    for mount in mounts.items if isinstance(mounts, Sequence) else ():
        source = mount.get("from") if isinstance(mount, Mapping) else None
        if isinstance(source, Scalar) and isinstance(source.value, str):
            yield source.value


def _comes_from(wanted: str, source: str) -> bool:
    if wanted.lower() == source.lower():
        return True
    reference = parse_image(source)
    return reference is not None and any(sign in wanted for sign in "/*:") and covered((wanted,), reference)
