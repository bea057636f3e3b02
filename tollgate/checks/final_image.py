"""Accounts, owners and volumes of the image that a Dockerfile makes."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.run_texts import instruction_of
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem, RelatedSpan
from tollgate.model.node import Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_ROOT = frozenset({"root", "0"})
_WINDOWS_USERS = frozenset({"containeradministrator", "containeruser"})
"""Users of Windows have no numbers."""
_KERNEL_FOLDERS = ("/dev", "/proc", "/sys")
_PROGRAM_FOLDERS = frozenset(
    {
        "/",
        "/bin",
        "/boot",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/sbin",
        "/usr",
        "/usr/bin",
        "/usr/lib",
        "/usr/sbin",
    }
)
_ADD_VALUES = {
    "useradd": "-b --base-dir -c --comment -d --home-dir -e --expiredate -f --inactive -g --gid -G --groups "
    "-k --skel -K --key -p --password -R --root -P --prefix -s --shell -u --uid -Z --selinux-user",
    "groupadd": "-g --gid -K --key -p --password -R --root -P --prefix -U --users",
    "adduser": "-h -g -s -G -u -k --home --shell --uid --gid --ingroup --gecos --firstuid --lastuid --conf",
    "addgroup": "-g --gid --conf",
}
_ID_FLAGS = {
    "useradd": ("user", ("-u", "--uid")),
    "adduser": ("user", ("-u", "--uid")),
    "groupadd": ("group", ("-g", "--gid")),
    "addgroup": ("group", ("-g", "--gid")),
}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def user_by_name(target: Target, _context: Context) -> Iterator[Problem]:
    """The image's user or group is a name: nobody but the image knows its number."""
    user = target.field("user")
    if not isinstance(user, Scalar) or not isinstance(user.value, str):
        return
    name, _, group = user.value.strip("\"'").partition(":")
    if not name or name in _ROOT or name.lower() in _WINDOWS_USERS:
        return
    if not _is_number(name) or (group and not _is_number(group)):
        yield Problem(user.start, user.end, fields={"user": user.value})


def owned_by_user(target: Target, _context: Context) -> Iterator[Problem]:
    """What is copied belongs to somebody other than root."""
    flag = target.flag("chown") if isinstance(target, Instruction) else None
    if flag is None or flag.value is None or not isinstance(target, Instruction):
        return
    owner = target.dockerfile.scopes.flag_value(target, "chown", flag.value).value
    name = owner.partition(":")[0] if isinstance(owner, str) else ""
    if isinstance(owner, str) and (name in _ROOT or not owner):
        return
    yield Problem(flag.value.start, flag.value.end, fields={"owner": flag.value.value})


def volume_over_system(target: Target, _context: Context) -> Iterator[Problem]:
    """VOLUME names a folder of the kernel or of the image's programs."""
    words = target.field("words")
    for word in words.items if isinstance(words, Sequence) else ():
        if not isinstance(word, Scalar) or not isinstance(word.value, str):
            continue
        path = "/" + "/".join(part for part in word.value.split("/") if part not in {"", "."})
        if not word.value.startswith("/"):
            continue
        if path in _PROGRAM_FOLDERS or any(
            path == one or path.startswith(one + "/") for one in _KERNEL_FOLDERS
        ):
            yield Problem(word.start, word.end, fields={"path": word.value}, key=word.value)


def shared_id(target: Target, _context: Context) -> Iterator[Problem]:
    """Two accounts of the image are made with one number."""
    assert isinstance(target, Stage)
    made: dict[tuple[str, str], Scalar] = {}
    for stage in chain_of(target):
        for item in stage.by_keyword("RUN"):
            for script in item.dockerfile.scripts(item):
                for command in script.commands:
                    found = _made_with(command)
                    if found is None:
                        continue
                    kind, word = found
                    first = made.setdefault((kind, str(word.value)), word)
                    if first is not word:
                        yield _shared(kind, word, first)


def _made_with(command: Command) -> tuple[str, Scalar] | None:
    """What kind of account a command makes, and the word of its number."""
    if command.name not in _ID_FLAGS or instruction_of(command) is None or command.in_condition:
        return None
    kind, names = _ID_FLAGS[command.name]
    given = arguments(command, values=frozenset(_ADD_VALUES[command.name].split()))
    for flag in given.flags:
        if flag.name in names and flag.value is not None and _is_number(str(flag.value.value)):
            return kind, flag.value
    return None


def _shared(kind: str, word: Scalar, first: Scalar) -> Problem:
    related = (RelatedSpan("the first account with it", first.start, first.end),)
    fields = {"kind": kind, "number": word.value}
    return Problem(word.start, word.end, fields=fields, key=f"{kind} {word.value}", related=related)
