"""What package managers are told on command lines: one table, and one reader of it for all checks."""

from __future__ import annotations

import re

from tollgate.model.node import Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import Flag, arguments

_NOTHING: frozenset[str] = frozenset()


class Manager(NamedTuple):
    """How one manager is spoken to.

    values     flags that take a value
    install, update, upgrade, remove   its subcommands; several words where they belong together
    yes        flags that keep it from asking; empty where it never asks. `yes_fix` is the one to insert,
               behind the subcommand, or before it with `yes_first`
    unsigned   flags that switch off the check of signatures
    no_cache   flags of the installation that leave nothing behind; `no_cache_fix` is the one to insert
    no_cache_variable   an environment variable that does the same
    clean      words of the command that cleans up, such as `clean all`
    caches     folders that hold what is left behind
    """

    name: str
    install: frozenset[str] = _NOTHING
    update: frozenset[str] = _NOTHING
    upgrade: frozenset[str] = _NOTHING
    remove: frozenset[str] = _NOTHING
    values: frozenset[str] = _NOTHING
    yes: frozenset[str] = _NOTHING
    yes_fix: str = ""
    yes_first: bool = False
    unsigned: frozenset[str] = _NOTHING
    no_cache: frozenset[str] = _NOTHING
    no_cache_fix: str = ""
    no_cache_variable: str = ""
    clean: tuple[tuple[str, ...], ...] = ()
    caches: tuple[str, ...] = ()


class Use(NamedTuple):
    """One call of a manager. `verb` is the subcommand's word, None where there is none."""

    manager: Manager
    command: Command
    verb: Scalar | None
    flags: tuple[Flag, ...]
    operands: tuple[Scalar, ...]

    @property
    def subcommand(self) -> str:
        return str(self.verb.value) if self.verb is not None else ""

    def flag(self, names: frozenset[str]) -> Flag | None:
        return next((item for item in self.flags if item.name in names), None)

    def option(self, name: str) -> Flag | None:
        """An apt option, `-o NAME=value`, by the start of its text without case."""
        for item in self.flags:
            value = item.value.value if item.value is not None else None
            if item.name in {"-o", "--option"} and str(value).lower().startswith(name.lower()):
                return item
        return None


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_APT = Manager(
    "apt-get",
    install=_set("install build-dep"),
    update=_set("update"),
    upgrade=_set("upgrade dist-upgrade full-upgrade"),
    remove=_set("remove purge autoremove"),
    values=_set("-o --option -c --config-file -t --target-release --default-release -a --host-architecture"),
    yes=_set("-y --yes --assume-yes --force-yes"),
    yes_fix="-y",
    unsigned=_set("--allow-unauthenticated --force-yes --allow-insecure-repositories"),
    caches=("/var/lib/apt/lists", "/var/lib/apt", "/var/cache/apt"),
)
_DNF = Manager(
    "dnf",
    install=_set("install localinstall groupinstall reinstall builddep group"),
    update=_set("makecache check-update"),
    upgrade=_set("upgrade update distro-sync dist-upgrade dup upgrade-minimal update-minimal"),
    remove=_set("remove erase autoremove"),
    values=_set("--setopt -c --config --repo --repoid --enablerepo --disablerepo --installroot -x --exclude "
                "--releasever -d -e --debuglevel --errorlevel --enableplugin --disableplugin --forcearch"),
    yes=_set("-y --assumeyes"),
    yes_fix="-y",
    unsigned=_set("--nogpgcheck --no-gpgchecks"),
    clean=(("clean", "all"), ("clean", "packages")),
    caches=("/var/cache/dnf", "/var/cache/libdnf5"),
)  # fmt: skip
_PIP = Manager(
    "pip",
    install=_set("install"),
    values=_set("-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links "
                "--trusted-host -t --target --platform --python-version --cache-dir --proxy --cert --timeout "
                "--retries --prefix --root --src --log -e --editable --no-binary --only-binary"),
    no_cache=_set("--no-cache-dir --no-cache"),
    no_cache_fix="--no-cache-dir",
    no_cache_variable="PIP_NO_CACHE_DIR",
    clean=(("cache", "purge"),),
    caches=("/root/.cache/pip", "~/.cache/pip", "/root/.cache", "~/.cache"),
)  # fmt: skip

MANAGERS: dict[str, Manager] = {
    "apt-get": _APT,
    "apt": _APT._replace(name="apt"),
    "dnf": _DNF,
    "yum": _DNF._replace(name="yum", caches=("/var/cache/yum", "/var/cache/dnf")),
    "microdnf": _DNF._replace(name="microdnf", yes=_NOTHING, yes_fix="", caches=("/var/cache/yum",)),
    "tdnf": _DNF._replace(name="tdnf", caches=("/var/cache/tdnf",)),
    "zypper": Manager(
        "zypper",
        install=_set("install in source-install si"),
        update=_set("refresh ref"),
        upgrade=_set("update up dist-upgrade dup patch"),
        remove=_set("remove rm"),
        values=_set("-R --root -c --config -D --reposd-dir --releasever -r --repo --from -t --type"),
        yes=_set("-n --non-interactive -y --no-confirm"),
        yes_fix="-n",
        yes_first=True,
        unsigned=_set("--no-gpg-checks --allow-unsigned-rpm"),
        clean=(("clean",), ("cc",)),
        caches=("/var/cache/zypp",),
    ),
    "apk": Manager(
        "apk",
        install=_set("add"),
        update=_set("update"),
        upgrade=_set("upgrade"),
        remove=_set("del"),
        values=_set(
            "-t --virtual -X --repository --repositories-file -p --root --cache-dir --arch --keys-dir"
        ),
        unsigned=_set("--allow-untrusted"),
        no_cache=_set("--no-cache"),
        no_cache_fix="--no-cache",
        clean=(("cache", "clean"),),
        caches=("/var/cache/apk", "/etc/apk/cache"),
    ),
    "rpm": Manager("rpm", unsigned=_set("--nosignature --nodigest --noverify")),
    "pip": _PIP,
    "pip3": _PIP._replace(name="pip3"),
    "yarn": Manager(
        "yarn",
        install=_set("install add"),
        values=_set("--cwd --cache-folder --registry --network-timeout --modules-folder --mutex"),
        clean=(("cache", "clean"), ("cache", "clear")),
        caches=("/usr/local/share/.cache/yarn", "/usr/local/share/.cache", "~/.cache/yarn", "/root/.cache"),
    ),
}  # fmt: skip

_PYTHON = re.compile(r"python[\d.]*\Z")
_PIP_NAME = re.compile(r"pip[\d.]*\Z")


def use_of(command: Command) -> Use | None:
    """How a command speaks to a package manager; None if it is another command."""
    name = command.name
    words = command.arguments
    if _PYTHON.match(name) and [word.value for word in words[:2]] == ["-m", "pip"]:
        return _read(MANAGERS["pip"], command, 2)
    manager = MANAGERS.get(name) or (MANAGERS["pip"] if _PIP_NAME.match(name) else None)
    return None if manager is None else _read(manager, command, 0)


def _read(manager: Manager, command: Command, skip: int) -> Use:
    call = command
    if skip:
        call = Command(command.script, command.span, command.pipeline)
        call.arguments = command.arguments[skip:]
    flags, operands = arguments(call, values=manager.values)
    verb = operands[0] if operands and manager.install | manager.upgrade else None
    return Use(manager, command, verb, flags, operands[1:] if verb is not None else operands)


def is_clean(use: Use) -> bool:
    """Whether the call is the manager's own clean-up."""
    words = (use.subcommand, *[str(word.value) for word in use.operands])
    return any(words[: len(clean)] == clean for clean in use.manager.clean)
