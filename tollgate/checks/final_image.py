"""Accounts, owners and volumes of the image that a Dockerfile makes."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.run_texts import instruction_of
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Edit, FixPlan, Problem, RelatedSpan
from tollgate.model.node import Scalar, Sequence
from tollgate.model.record import NamedTuple
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
    """The image's user is a name: nobody but the image knows its number."""
    user = target.field("user")
    if not isinstance(user, Scalar) or not isinstance(user.value, str):
        return
    name, _, group = user.value.strip("\"'").partition(":")
    if not name or name in _ROOT or name.lower() in _WINDOWS_USERS:
        return
    if not _is_number(name):
        yield Problem(
            user.start, user.end, fields={"user": user.value}, fix=_numbers(target, user, name, group)
        )


def _numbers(target: Target, user: Scalar, name: str, group: str) -> FixPlan | None:
    """The numbers in place of the names, where the file itself gives the accounts theirs."""
    assert isinstance(target, Stage)
    written = target.source.text[user.start : user.end]
    if written != (f"{name}:{group}" if group else name):
        return None
    known: dict[tuple[str, str], str] = {}
    for command in _commands(target):
        if command.name in {"usermod", "groupmod"}:
            return None
        made = _account(command)
        if made is not None and made.number is not None:
            known[made.kind, made.name] = str(made.number.value)
    numbers = [name if _is_number(name) else known.get(("user", name), "")]
    if group:
        numbers.append(group if _is_number(group) else known.get(("group", group), group))
    if not all(numbers):
        return None
    text = ":".join(numbers)
    return FixPlan(safe=True, edits=(Edit(user.start, user.end, text),), title=f"write `{text}`")


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
    first_with: dict[tuple[str, str], Scalar] = {}
    for command in _commands(target):
        made = _account(command)
        if made is None or made.number is None:
            continue
        first = first_with.setdefault((made.kind, str(made.number.value)), made.number)
        if first is not made.number:
            yield _shared(made.kind, made.number, first)


def _commands(stage: Stage) -> Iterator[Command]:
    """What the RUNs of a stage, and of those it is built on, execute."""
    for link in chain_of(stage):
        for item in link.by_keyword("RUN"):
            for script in item.dockerfile.scripts(item):
                yield from script.commands


class Account(NamedTuple):
    """A user or group that a command makes. `number` None: the tool chooses."""

    kind: str
    name: str
    number: Scalar | None


def _account(command: Command) -> Account | None:
    if command.name not in _ID_FLAGS or instruction_of(command) is None or command.in_condition:
        return None
    kind, names = _ID_FLAGS[command.name]
    given = arguments(command, values=frozenset(_ADD_VALUES[command.name].split()))
    name = str(given.operands[0].value) if given.operands else ""
    number = next((flag.value for flag in given.flags if flag.name in names and flag.value is not None), None)
    if number is not None and not _is_number(str(number.value)):
        number = None
    return Account(kind, name, number)


def _shared(kind: str, word: Scalar, first: Scalar) -> Problem:
    related = (RelatedSpan("the first account with it", first.start, first.end),)
    fields = {"kind": kind, "number": word.value}
    return Problem(word.start, word.end, fields=fields, key=f"{kind} {word.value}", related=related)
