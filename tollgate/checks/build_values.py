"""Values that BuildKit has a fixed list of: signals and platforms."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.near import nearest
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Problem
from tollgate.model.node import Scalar, Sequence
from tollgate.model.rule import Context
from tollgate.model.target import Target

_SIGNALS = frozenset(
    (
        "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMAX RTMIN SEGV "
        "STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
    ).split()
)
_REALTIME = re.compile(r"RTMIN\+(?:[1-9]|1[0-5])\Z|RTMAX-(?:[1-9]|1[0-4])\Z")
_SYSTEMS = (
    "aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris "
    "windows zos"
).split()
_ARCHITECTURES = (
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le "
    "ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm i386 x86_64 x86-64 aarch64 armhf armel"
).split()
_PART = re.compile(r"[A-Za-z0-9_.-]+\Z")
_SYSTEM_PART = re.compile(r"[A-Za-z0-9_.-]+(?:\([A-Za-z0-9_.%-]*\))?\Z")


def signal(target: Target, _context: Context) -> Iterator[Problem]:
    """A STOPSIGNAL that no Linux knows."""
    assert isinstance(target, Instruction)
    words = target.field("words")
    word = words.items[0] if isinstance(words, Sequence) and words.items else None
    if not isinstance(word, Scalar) or not isinstance(word.value, str) or not word.value:
        return
    text = word.value
    if text.lstrip("+-").isdigit():
        known = int(text[:9]) != 0
    else:
        name = text.upper().removeprefix("SIG")
        known = name in _SIGNALS or _REALTIME.match(name) is not None
    if not known:
        yield Problem(word.start, word.end, fields={"signal": word})


def platform(target: Target, _context: Context) -> Iterator[Problem]:
    """A `--platform` that is none: alone it has to be a known system or architecture."""
    assert isinstance(target, Instruction)
    flag = target.flag("platform")
    if flag is None or flag.value is None:
        return
    value = target.dockerfile.scopes.flag_value(target, "platform", flag.value)
    if not isinstance(value.value, str) or not value.value:
        return
    parts = value.value.split("/")
    if len(parts) == 1:
        name = parts[0].partition("(")[0].lower()
        known = (*_SYSTEMS, *_ARCHITECTURES)
        near = None if name in known else nearest(name, known)
        wrong = name not in known
    else:
        near = None
        wrong = len(parts) > 3 or not _SYSTEM_PART.match(parts[0]) or not all(map(_PART.match, parts[1:]))
    if wrong:
        hint = f"; did you mean `{near}`?" if near else ""
        yield Problem(flag.value.start, flag.value.end, fields={"platform": value, "hint": hint})
