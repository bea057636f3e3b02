"""Root, sudo, mode bits, pipes and downloads in Dockerfiles."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.images import covered
from tollgate.checks.run_texts import instruction_of
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.image import parse_image
from tollgate.model.node import Scalar
from tollgate.model.nonroot_images import is_nonroot
from tollgate.model.rule import Context
from tollgate.model.shell import POSIX_SHELLS, Command, Pipeline
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_ROOT = frozenset({"root", "0"})
_NEVER_FAIL = frozenset({"yes", "true", ":", "echo", "printf"})
_LOOK_AT_FILES = frozenset(
    "cat find ls dpkg dpkg-query dpkg-architecture uname awk sed sort uniq cut tr grep egrep head tail tee wc"
    " env id date getent md5sum sha1sum sha256sum sha512sum locale apt-mark apt-cache ldd readelf readlink"
    " realpath dirname basename stat file which command jq".split()
)
"""Commands that read what is there: a failure of one is a smaller matter than that of a download."""
_SH_WITH_PIPEFAIL = re.compile(
    "alpine|busybox|wolfi|chainguard|fedora|centos|rocky|alma|rhel|ubi[0-9]|amazonlinux|oraclelinux|suse|azurelinux"
)
"""Bases whose `sh` is busybox's or bash."""
_SETID_MODE = re.compile(r"0*[24567][0-7]{3}\Z")
_SETID_WORDS = re.compile(r"[ugoa]*[+=][rwxXst]*s")
_OPEN_MODE = re.compile(r"0*[0-7]?[0-7][0-7][2367]\Z")
_OPEN_WORDS = re.compile(r"(?:[ug]*[oa][ugoa]*)[+=][rxXst]*w")


def runs_as_root(target: Target, _context: Context) -> Iterator[Problem]:
    """The last USER that counts is root."""
    user = target.field("user")
    if isinstance(user, Scalar) and isinstance(user.value, str):
        name = user.value.strip("\"'").partition(":")[0]
        if name in _ROOT or (name and not name.strip("0")):
            yield Problem(user.start, user.end, fields={"user": user.value})


def user_missing(target: Target, context: Context) -> Iterator[Problem]:
    """No stage of the chain sets a user, and the base is not known to."""
    assert isinstance(target, Stage)
    base = target.field("root-base")
    if target.field("user") is not None or not isinstance(base, Scalar) or not isinstance(base.value, str):
        return
    if base.value == "scratch" and target.field("cmd") is None and target.field("entrypoint") is None:
        return
    reference = parse_image(base.value)
    if reference is not None and (covered(context.policy.images.nonroot, reference) or is_nonroot(reference)):
        return
    at = target.base or base
    yield Problem(at.start, at.end, fields={"base": base.value}, missing=True)


def sudo(target: Target, _context: Context) -> Iterator[Problem]:
    """A RUN goes through sudo."""
    assert isinstance(target, Command)
    instruction = instruction_of(target)
    if instruction is None:
        return
    words = [item.words for item in target.wrappers if item.name == "sudo"]
    if target.name == "sudo" and target.name_word is not None:
        words.append((target.name_word,))
    command = f"`{target.name}`" if target.name not in {"", "sudo"} else "a build step"
    after = dict(zip([word.start for word in target.words], target.words[1:], strict=False))
    for first, *rest in words:
        fix = None
        user = None if instruction.stage is None else instruction.stage.field("user")
        if not rest and user is None and target.name != "sudo":
            following = after[first.start]
            fix = FixPlan(safe=False, edits=(Edit(first.start, following.start, ""),), title="delete `sudo`")
        yield Problem(first.start, first.end, fields={"command": command}, fix=fix)


def _modes(target: Target) -> Iterator[Scalar]:
    """The mode of a chmod, `install -m` or `mkdir -m` in a RUN."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    if target.name == "chmod":
        found = arguments(target).operands
        if any(str(word.value).startswith("--reference") for word in target.arguments):
            return
        dashed = [word for word in target.arguments if re.match(r"-[rwxXst]+\Z", str(word.value))]
        if found and not dashed:
            yield found[0]
    else:
        for item in arguments(target, values=frozenset({"-m", "--mode", "-o", "-g", "-t"})).flags:
            if item.name in {"-m", "--mode"} and item.value is not None:
                yield item.value


def setid(target: Target, _context: Context) -> Iterator[Problem]:
    """A command sets a setuid or setgid bit."""
    for word in _modes(target):
        if isinstance(word.value, str) and (_SETID_MODE.match(word.value) or _SETID_WORDS.search(word.value)):
            yield Problem(word.start, word.end, fields={"mode": word.value}, key=word.value)


def world_writable(target: Target, _context: Context) -> Iterator[Problem]:
    """A command lets everybody write; a sticky bit makes that a shared folder."""
    for word in _modes(target):
        mode = word.value
        if not isinstance(mode, str) or re.match(r"0*[1357][0-7]{3}\Z", mode) or "t" in mode:
            continue
        if _OPEN_MODE.match(mode) or _OPEN_WORDS.search(mode):
            yield Problem(word.start, word.end, fields={"mode": mode}, key=mode)


def _in_doubt(pipeline: Pipeline, item: Instruction) -> Iterator[Problem]:
    """SHELL asks a shell for pipefail that in many images does not know it."""
    shell = item.shell()
    if pipeline.script.parent is not None or "pipefail" not in shell[1:] or item.stage is None:
        return
    base = item.stage.field("root-base")
    known = isinstance(base, Scalar) and _SH_WITH_PIPEFAIL.search(str(base.value)) is not None
    name = shell[0].rpartition("/")[2]
    if name in {"sh", "dash"} and not known:
        span = pipeline.commands[0].grip()
        message = "`{shell}` has no pipefail in many images, Debian's among them: name bash in SHELL"
        yield Problem(span.start, span.end, message=message, fields={"shell": name}, severity="note")


def no_pipefail(target: Target, _context: Context) -> Iterator[Problem]:
    """A pipeline hides the failure of all but its last command."""
    assert isinstance(target, Pipeline)
    commands = target.commands
    item = instruction_of(commands[0]) if commands else None
    if item is None:
        return
    if target.pipefail:
        yield from _in_doubt(target, item)
        return
    if target.negated or target.shell not in POSIX_SHELLS or commands[-1].in_condition:
        return
    hidden = [command for part in target.parts[:-1] for command in part]
    first = next((command for command in hidden if command.name not in _NEVER_FAIL), None)
    if first is None:
        return
    span = first.grip()
    is_small = all(command.name in _NEVER_FAIL | _LOOK_AT_FILES for command in hidden)
    fields = {"first": first.name or "the first command"}
    yield Problem(span.start, span.end, fields=fields, severity="note" if is_small else None)
