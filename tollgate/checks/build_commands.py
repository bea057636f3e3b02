"""Commands that do nothing in a build, or something that a build should not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tollgate.checks.package_managers import use_of
from tollgate.checks.run_texts import (
    commands_of,
    in_final_chain,
    insert_word,
    instruction_of,
    later_commands,
    next_that,
)
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_USELESS = frozenset(
    "ps top htop free kill killall mount umount shutdown reboot halt poweroff service systemctl ssh"
    " telnet ping"
    " ifconfig vim vi nano emacs less more uptime dmesg journalctl swapon swapoff iptables modprobe"
    " telinit".split()
)
_DAEMON_VERBS = frozenset({"start", "restart", "reload"})
_SHELLS = frozenset({"/bin/sh", "/usr/bin/sh"})
_CHOICES: dict[str, frozenset[str]] = {
    "update-alternatives": frozenset({"sh", *_SHELLS}),
    "dpkg-reconfigure": frozenset({"dash"}),
}
_HIGH_UID = 99999
_ROOT = re.compile(r"/[/.]*\*?\Z")
_USERADD_VALUES = frozenset(
    "-b --base-dir -c --comment -d --home-dir --home -e --expiredate -f --inactive -g --gid -G --groups"
    " -k --skel"
    " -K --key -p --password -s --shell -u --uid -R --root -P --prefix -Z --selinux-user -l --login --gecos"
    " --ingroup --firstuid --lastuid".split()
)
_SSH_SERVERS = frozenset(
    {"openssh-server", "openssh", "ssh", "dropbear", "task-ssh-server", "openssh-sftp-server"}
)
_HOST_KEYS = re.compile(r"\bStrictHostKeyChecking[= \t]{1,4}[\"']?(?:no|off)\b", re.IGNORECASE)


def _at(command: Command, **fields: object) -> Problem:
    span = command.grip()
    return Problem(span.start, span.end, fields={"command": command.name, **fields}, key=command.name)


# Without effect


def changes_folder(target: Target, _context: Context) -> Iterator[Problem]:
    """A RUN goes to another folder: the first `cd` of it."""
    assert isinstance(target, Instruction)
    for command in commands_of(target):
        if command.name == "cd" and command.arguments and not command.in_function:
            yield _at(command, folder=command.arguments[0])._replace(fix=_as_workdir(target, command))
            return


def _as_workdir(instruction: Instruction, command: Command) -> FixPlan | None:
    """`RUN cd X && …` as `WORKDIR X` and `RUN …`."""
    folder = command.arguments[0].value
    following = next(iter(later_commands(command)), None)
    starts = [one.span.start for one in commands_of(instruction)]
    if instruction.outer is not None or instruction.flags or instruction.heredocs or instruction.is_json:
        return None
    if (
        not isinstance(folder, str)
        or not re.match(r"/[\w./-]*\Z", folder)
        or command.span.start != min(starts)
    ):
        return None
    if command.operator != "&&" or following is None or command.script.parent is not None:
        return None
    if sum(one.name == "cd" for one in commands_of(instruction)) > 1:
        return None
    start = command.span.start
    if instruction.source.text[instruction.keyword_span.end : start].strip():
        return None
    if "#" in instruction.source.text[command.span.end : following.span.start]:
        return None
    at = instruction.span.start
    edits = (Edit(at, at, f"WORKDIR {folder}\n"), Edit(start, following.span.start, ""))
    return FixPlan(safe=False, edits=edits, title=f"write `WORKDIR {folder}`")


def _is_last(command: Command) -> bool:
    """Nothing of the RUN comes after it."""
    return not command.substitution and not command.in_function and not later_commands(command)


def changes_folder_in_vain(target: Target, _context: Context) -> Iterator[Problem]:
    """The last command of a RUN goes to another folder, and the next step starts where it was."""
    assert isinstance(target, Instruction)
    commands = commands_of(target)
    last = commands[-1] if commands else None
    is_way_back = any(one.name in {"cd", "pushd"} for one in commands[:-1])
    if last is not None and last.name == "cd" and last.arguments and _is_last(last) and not is_way_back:
        yield _at(last, folder=last.arguments[0])


def starts_in_vain(target: Target, _context: Context) -> Iterator[Problem]:
    """A daemon is started as the last thing of a step, and ends with it."""
    assert isinstance(target, Command)
    if instruction_of(target) is None or not _is_last(target):
        return
    words = [str(word.value) for word in target.arguments]
    if target.name in {"service", "rc-service"} and words[1:2] and words[1] in _DAEMON_VERBS:
        yield _at(target, daemon=words[0])
    elif target.name == "systemctl" and words[1:2] and words[0] in _DAEMON_VERBS:
        yield _at(target, daemon=words[1])
    elif target.name_word is not None and str(target.name_word.value).startswith("/etc/init.d/"):
        if words[:1] and words[0] in _DAEMON_VERBS:
            yield _at(target, daemon=target.name)
    elif target.background and target.name:
        yield _at(target, daemon=target.name)


def useless(target: Target, _context: Context) -> Iterator[Problem]:
    """A command for people, for a running system, or for another machine."""
    assert isinstance(target, Command)
    instruction = instruction_of(target)
    if instruction is None or target.name not in _USELESS:
        return
    mounts = [str(item.value.value) for item in instruction.flags if item.name == "mount" and item.value]
    if target.name == "ssh" and any("type=ssh" in text for text in mounts):
        return
    if target.name in {"mount", "umount"} and instruction.flag("security") is not None:
        return
    yield _at(target)


# What a build should not do


def replaces_shell(target: Target, _context: Context) -> Iterator[Problem]:
    """/bin/sh becomes another shell, or a login shell is changed, rather than by SHELL."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    words = arguments(target, values=frozenset({"-S", "-t", "--suffix"})).operands
    last = words[-1].value if words else None
    if target.name in {"ln", "mv", "cp"} and len(words) > 1 and last in _SHELLS:
        yield _at(target, what=f"{last} is replaced")
    elif target.name == "chsh":
        yield _at(target, what="a login shell is changed")
    elif any(word.value in _CHOICES.get(target.name, ()) for word in target.arguments):
        yield _at(target, what="/bin/sh is replaced")


def sets_password(target: Target, _context: Context) -> Iterator[Problem]:
    """A password is set, emptied or taken away."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    if target.name == "chpasswd":
        yield _at(target, what="sets a password that stays in the image")
    elif target.name == "passwd":
        yield from _passwd(target)
    else:
        for item in arguments(target, values=_USERADD_VALUES).flags:
            value = item.value.value if item.value is not None else None
            if (
                item.name in {"-p", "--password"}
                and item.value is not None
                and value not in {"!", "*", "!!", "x"}
            ):
                what = "empties a password" if value == "" else "sets a password that stays in the image"
                yield Problem(
                    item.word.start,
                    item.value.end,
                    fields={"command": target.name, "what": what},
                    key=target.name,
                )


def _passwd(command: Command) -> Iterator[Problem]:
    names = {item.name for item in arguments(command).flags}
    if names & {"-d", "--delete"}:
        yield _at(command, what="deletes a password, so that none is asked for")
    elif not names & {"-l", "--lock", "-S", "--status", "-e", "--expire", "-h", "--help", "-n", "-x"}:
        yield _at(command, what="sets a password that stays in the image")


def sparse_log(target: Target, _context: Context) -> Iterator[Problem]:
    """useradd with a very high number writes a log of many gigabytes with a hole in it."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    flags = arguments(target, values=_USERADD_VALUES - {"-l", "--login"}).flags
    if any(item.name in {"-l", "--no-log-init"} for item in flags):
        return
    for item in flags:
        number = item.value
        if number is None or item.name not in {"-u", "--uid"} or not isinstance(number.value, str):
            continue
        if number.value.isdigit() and int(number.value[:12]) > _HIGH_UID:
            edit = insert_word(target, target.grip().end, "-l")
            fix = FixPlan(safe=True, edits=(edit,), title="add `-l`")
            yield Problem(number.start, number.end, fields={"uid": number.value}, fix=fix)


def removes_root(target: Target, _context: Context) -> Iterator[Problem]:
    """`rm -rf /`."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    flags, operands = arguments(target)
    if not {item.name for item in flags} & {"-r", "-R", "--recursive"}:
        return
    for word in operands:
        if isinstance(word.value, str) and _ROOT.match(word.value):
            yield Problem(word.start, word.end, fields={"folder": word.value}, key=word.value)


def installs_ssh_server(target: Target, _context: Context) -> Iterator[Problem]:
    """The final image gets an SSH server."""
    yield from _installed(target, lambda name: name in _SSH_SERVERS and name != "ssh")


def installs_unneeded(target: Target, context: Context) -> Iterator[Problem]:
    """The final image gets tools for people, or for attackers."""
    names = frozenset(str(item) for item in context.options["packages"])
    yield from _installed(target, lambda name: name in names)


def _installed(target: Target, wanted: Callable[[str], bool]) -> Iterator[Problem]:
    assert isinstance(target, Command)
    if instruction_of(target) is None or not in_final_chain(target):
        return
    use = use_of(target)
    if use is None or not use.manager.system or not use.installs or _is_removed(target):
        return
    for word in use.operands:
        name = re.split(r"[=:/<>~]", word.value, maxsplit=1)[0] if isinstance(word.value, str) else ""
        if wanted(name):
            yield Problem(word.start, word.end, fields={"package": name}, key=name)


def _is_removed(command: Command) -> bool:
    """Whether the same step takes packages away again, as steps that build something do."""
    return next_that(command, _removes_packages) is not None


def _removes_packages(command: Command) -> bool:
    use = use_of(command)
    return use is not None and use.subcommand in use.manager.remove and bool(use.operands)


def trusts_any_host(target: Target, _context: Context) -> Iterator[Problem]:
    """ssh takes whatever key a server shows."""
    assert isinstance(target, Instruction)
    text = target.source.text
    for found in _HOST_KEYS.finditer(text, target.span.start, target.span.end):
        if not any(start < found.end() and found.start() < end for start, end in target.comments):
            fields = {"setting": found[0]}
            yield Problem(found.start(), found.end(), fields=fields, key="StrictHostKeyChecking")
