"""ADD and COPY: destinations, modes, checksums and sources that cannot work, or not as they look."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.workdirs import has_workdir_before
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.node import Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.target import Target

_DRIVE = re.compile(r"[A-Za-z]:")
_REMOTE = re.compile(r"(?:https?|git|ssh)://|git@[\w.-]+:", re.IGNORECASE)
_FETCHED = re.compile(r"(?:https?|git|ssh)://|git@[\w.-]+:|github\.com/", re.IGNORECASE)
_OCTAL = re.compile(r"[0-7]+\Z")
_WHO_WHAT = r"[ugoa]*(?:[-+=][rwxXstugo]*)+"
_SYMBOLIC = re.compile(rf"{_WHO_WHAT}(?:,{_WHO_WHAT})*\Z")
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}
_LARGEST_MODE = 0o7777


def _words(item: Instruction) -> list[Scalar]:
    """Sources and destination, expanded."""
    words = item.field("words")
    return [one for one in words.items if isinstance(one, Scalar)] if isinstance(words, Sequence) else []


def without_slash(target: Target, _context: Context) -> Iterator[Problem]:
    """Several sources and a destination that does not say that it is a folder."""
    assert isinstance(target, Instruction)
    words = _words(target)
    if len(words) < 3:
        return
    last = words[-1]
    written = str(target.words[-1].value).rstrip("'\"")
    if not isinstance(last.value, str) or last.value.endswith(("/", "\\")) or written.endswith(("/", "\\")):
        return
    if not target.is_json and written.startswith("<<"):  # refused as such
        return
    if last.value.rpartition("/")[2] in ("", ".", ".."):
        return
    text = target.source.text
    end = last.end
    while end > last.start and text[end - 1] in "'\"":
        end -= 1
    fix = FixPlan(True, edits=(Edit(end, end, "/"),), title="end the destination with `/`")
    yield Problem(last.start, last.end, fields={"destination": last}, fix=fix)


def relative(target: Target, _context: Context) -> Iterator[Problem]:
    """A relative destination while no stage of the chain has set a WORKDIR."""
    assert isinstance(target, Instruction)
    words = _words(target)
    if len(words) < 2 or target.stage is None:
        return
    last, written = words[-1], str(target.words[-1].value).lstrip("'\"")
    value = last.value
    if not isinstance(value, str) or value.startswith(("/", "\\")) or written.startswith(("/", "\\", "<<")):
        return
    if _DRIVE.match(written) or _DRIVE.match(value) or has_workdir_before(target):
        return
    scratch = target.stage.field("scratch")
    if not (isinstance(scratch, Scalar) and scratch.value is True):
        yield Problem(last.start, last.end, fields={"destination": last}, missing=True)


def remote(target: Target, _context: Context) -> Iterator[Problem]:
    """A COPY of an address."""
    assert isinstance(target, Instruction)
    for word in _words(target)[:-1]:
        if isinstance(word.value, str) and _REMOTE.match(word.value):
            fix = None
            if target.flag("from") is None and target.flag("parents") is None:
                fix = FixPlan(False, edits=(Edit(*target.keyword_span, "ADD"),), title="write `ADD`")
            yield Problem(
                word.start, word.end, fields={"source": word}, key=word.value.partition("?")[0], fix=fix
            )


def mode(target: Target, _context: Context) -> Iterator[Problem]:
    """A `--chmod` that is no mode."""
    assert isinstance(target, Instruction)
    flag = target.flag("chmod")
    if flag is None or flag.value is None:
        return
    value = target.dockerfile.scopes.flag_value(target, "chmod", flag.value)
    text = value.value
    if not isinstance(text, str) or not text:
        return
    octal = _OCTAL.match(text) is not None
    if (octal and int(text[-12:], 8) > _LARGEST_MODE) or not (octal or _SYMBOLIC.match(text)):
        yield Problem(flag.value.start, flag.value.end, fields={"mode": value})


def checksum(target: Target, _context: Context) -> Iterator[Problem]:
    """A `--checksum` of what has none, or one that is no digest."""
    assert isinstance(target, Instruction)
    flag = target.flag("checksum")
    words = _words(target)
    if flag is None or flag.value is None or not flag.value.value or len(words) < 2:
        return
    complaint = _checksum_complaint(target, flag.value, words[:-1])
    if complaint:
        yield Problem(flag.start, flag.end, message=complaint)


def _checksum_complaint(item: Instruction, digest: Scalar, sources: list[Scalar]) -> str:
    heredocs = {here.word.start for here in item.heredocs}
    paths = [one for one in sources if one.start not in heredocs]
    if len(paths) != 1:
        return "--checksum takes exactly one source"
    source = paths[0].value
    if not isinstance(source, str):
        return ""
    if not _FETCHED.match(source):
        return "--checksum is for addresses, and the source is a file of the build context"
    value = item.dockerfile.scopes.flag_value(item, "checksum", digest).value
    is_git = re.search(r"\.git(?:[?#]|\Z)|^(?:git|ssh)(?:://|@)", source) is not None
    if not isinstance(value, str) or is_git:
        return ""
    algorithm, _, digits = value.partition(":")
    if _HEX_DIGITS.get(algorithm) == len(digits) and re.match(r"[0-9a-f]+\Z", digits):
        return ""
    return "--checksum takes a digest such as sha256: and 64 digits of 0-9 and a-f"
