"""What package managers are told on command lines: one reader of the table, for all checks."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.package_manager_table import MANAGERS, Manager
from tollgate.model import lazy_re as re
from tollgate.model.node import Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import Flag, arguments

__all__ = ["MANAGERS", "Manager", "Use", "is_clean", "is_pinned", "packages", "unpinned", "use_of"]


class Use(NamedTuple):
    """One call of a manager. `verb` is the subcommand's last word, None where there is none written;
    `subcommand` all its words, or the one that a call without any means."""

    manager: Manager
    command: Command
    verb: Scalar | None
    subcommand: str
    flags: tuple[Flag, ...]
    operands: tuple[Scalar, ...]

    @property
    def installs(self) -> bool:
        return self.subcommand in self.manager.install

    @property
    def upgrades(self) -> bool:
        return self.subcommand in self.manager.upgrade

    @property
    def may_have_more_flags(self) -> bool:
        """A variable that by its name holds options stands among the words."""
        script = self.command.script
        return any(
            not isinstance(word.value, str) and _OPTIONS.search(script.slice(word.start, word.end))
            for word in self.command.arguments
        )

    @property
    def behind(self) -> int:
        """Where a flag of the subcommand can be inserted."""
        return self.verb.end if self.verb is not None else self.command.grip().end

    def flag(self, names: frozenset[str]) -> Flag | None:
        """The first flag or setting of those: `-y`, `-o NAME=value`, `--strict-ssl=false`, also as
        `config set NAME value`. Settings are written `name=value` in lower case."""
        for item in self.flags:
            if item.name in names:
                return item
            if item.value is None or not isinstance(item.value.value, str):
                continue
            value = _setting(item.value.value)
            if item.name in self.manager.settings:
                if value in names or value.rpartition(".")[2] in names:
                    return item
            elif f"{item.name.lstrip('-').lower()}={value}" in names or f"{item.name}={value}" in names:
                return item
        return None

    def configures(self, names: frozenset[str]) -> tuple[Scalar, Scalar] | None:
        """The first and last word of one of those settings in `config set NAME value`, `config NAME value`,
        `config set NAME=value`; a setting without `=` counts whatever its value."""
        if self.subcommand.partition(" ")[0] not in {"config", "c", "set", "global", "config-manager"}:
            return None
        words = self.operands
        for word, following in zip(words, (*words[1:], None), strict=False):
            name = _text(word).lower()
            setting = _setting(name)
            if "=" in name and (setting in names or setting.rpartition(".")[2] in names):
                return word, word
            if following is not None and (name in names or f"{name}={_setting(_text(following))}" in names):
                return word, following
        return None


def _setting(text: str) -> str:
    """A setting in one spelling: without quotes, blanks and case."""
    return "=".join(part.strip().strip("\"'") for part in text.lower().rstrip(";").split("="))


def _text(word: Scalar) -> str:
    return word.value if isinstance(word.value, str) else ""


_PYTHON = re.compile(r"python[\d.]*\Z")
_PIP_NAME = re.compile(r"pip-?[\d.]*\Z")
_MODULES = frozenset({"pip", "pipx", "pipenv", "poetry", "uv"})
_OTHER_NAMES = {"dnf-3": "dnf", "yum-3": "yum", "bundler": "bundle", "composer.phar": "composer"}
_OPTIONS = re.compile(r"\$\{?\w*(?:opt|flag|arg|yes|param)", re.IGNORECASE)
_STOPS = frozenset({"--version", "-v", "-V", "--help", "-h"})


def use_of(command: Command) -> Use | None:
    """How a command speaks to a package manager; None if it is another command."""
    if command.remembered is None:
        command.remembered = (_use_of(command),)
    use: Use | None = command.remembered[0]
    return use


def _use_of(command: Command) -> Use | None:
    name = command.name
    words = command.arguments
    if _PYTHON.match(name):
        at = next((index for index, word in enumerate(words[:4]) if word.value == "-m"), None)
        if at is None or len(words) <= at + 1 or words[at + 1].value not in _MODULES:
            return None
        return _read(MANAGERS[str(words[at + 1].value)], command, at + 2)
    if name == "php" and words and _text(words[0]).rpartition("/")[2] in {"composer", "composer.phar"}:
        return _read(MANAGERS["composer"], command, 1)
    manager = MANAGERS.get(_OTHER_NAMES.get(name, name))
    if manager is None and _PIP_NAME.match(name):
        manager = MANAGERS["pip"]
    return None if manager is None else _read(manager, command, 0)


def _read(manager: Manager, command: Command, skip: int) -> Use:
    words = command.arguments[skip:]
    if manager.dashes_end:
        words = words[: next((at for at, word in enumerate(words) if word.value == "--"), None)]
    call = Command(command.script, command.span, command.pipeline)
    call.arguments = words
    flags, operands = arguments(call, values=manager.values)
    if not manager.install:
        return Use(manager, command, None, "", flags, operands)
    if not operands:
        is_bare = bool(manager.bare) and not any(item.name in _STOPS for item in flags)
        return Use(manager, command, None, manager.bare if is_bare else "", flags, ())
    first, *rest = operands
    two = f"{_text(first)} {_text(rest[0])}" if rest else ""
    if two and two in manager.install | manager.upgrade | manager.remove | manager.other:
        return Use(manager, command, rest[0], two, flags, operands[2:])
    return Use(manager, command, first, _text(first), flags, operands[1:])


def is_clean(use: Use) -> bool:
    """Whether the call is the manager's own clean-up."""
    words = [*use.subcommand.split(), *[_text(word) for word in use.operands]]
    given = {item.name for item in use.flags} | {_text(item.word) for item in use.flags}
    for clean in use.manager.clean:
        parts = clean.split()
        named = [part for part in parts if not part.startswith("-")]
        flags = [part for part in parts if part.startswith("-")]
        if words[: len(named)] == named and all(_has(part, given) for part in flags):
            return True
    return False


def _has(flags: str, given: set[str]) -> bool:
    """Whether a flag, or each of a bundle, is among those given."""
    return flags in given or (flags[1] != "-" and {f"-{letter}" for letter in flags[1:]} <= given)


def packages(use: Use) -> tuple[Scalar, ...]:
    """The operands of an installation that name packages of an index.

    Files, folders, groups, and what only the run time knows are left out.
    """
    manager = use.manager
    if use.subcommand not in (manager.by_name or frozenset({"install", "add"}) & manager.install):
        return ()
    operands = use.operands[:1] if use.subcommand in manager.first_only else use.operands
    no_name = re.compile(manager.no_name) if manager.no_name else None
    return tuple(
        word
        for word in operands
        if isinstance(word.value, str)
        and word.value
        and (no_name is None or not no_name.search(word.value) or _is_repository(manager, word.value))
    )


def _is_repository(manager: Manager, text: str) -> bool:
    """Whether an operand is a version-control address, which has a revision to name."""
    return "://" in text and re.match(r"(?:git|hg|svn|bzr)[+:]", text) is not None and manager.pin != ""


def is_pinned(use: Use, word: Scalar) -> bool:
    """Whether a package is named with a version, be it a range, or the call gives it elsewhere."""
    manager = use.manager
    if use.flag(manager.pin_flags) is not None or use.flag(manager.bound_by) is not None:
        return True
    text = _text(word)
    if not manager.pin or (manager.loose and re.search(manager.loose, text)):
        return False
    return re.search(manager.pin, text) is not None


def unpinned(use: Use) -> Iterator[Scalar]:
    """The packages of an installation that are named without a version; nothing for managers whose
    packages have none to name (`rpm -i file`)."""
    if use.manager.pin:
        yield from (word for word in packages(use) if not is_pinned(use, word))
