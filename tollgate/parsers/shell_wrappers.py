"""Commands that run another command, and which interpreter an argument list starts."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple


class Form(NamedTuple):
    """How a wrapper's own arguments read.

    values        letters and long names of the options that take the next word
    operands      how many words stand between the options and the command
    assignments   `NAME=value` words may stand before the command
    stops         options with which it runs nothing
    subcommand    the word after the name with which it is a wrapper at all
    """

    values: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False
    stops: frozenset[str] = frozenset()
    subcommand: str = ""


def _form(
    values: str = "", operands: int = 0, *, assignments: bool = False, stops: str = "", subcommand: str = ""
) -> Form:
    return Form(frozenset(values.split()), operands, assignments, frozenset(stops.split()), subcommand)


_CONDA_RUN = _form("-n --name -p --prefix --cwd", subcommand="run")

WRAPPERS: dict[str, Form] = {
    "sudo": _form(
        "-u --user -g --group -h --host -p --prompt -C --close-from -D --chdir -R --chroot -T -r --role -t"
        " --type -U",
        assignments=True,
        stops="-l --list -v --validate -V --version -e --edit -K",
    ),
    "doas": _form("-u -C -a", assignments=True, stops="-L"),
    "env": _form("-u --unset -C --chdir -S --split-string", assignments=True, stops="-S --split-string"),
    "nice": _form("-n --adjustment"),
    "ionice": _form("-c --class -n --classdata -p --pid", stops="-p --pid"),
    "nohup": _form(),
    "timeout": _form("-s --signal -k --kill-after", 1),
    "time": _form("-f --format -o --output"),
    "xargs": _form(
        "-I -n --max-args -P --max-procs -L --max-lines -d --delimiter -a --arg-file -E -s --max-chars"
        " --process-slot-var"
    ),
    "exec": _form("-a"),
    "command": _form(stops="-v -V"),
    "builtin": _form(),
    "coproc": _form(),
    "stdbuf": _form("-i --input -o --output -e --error"),
    "unbuffer": _form(),
    "setsid": _form(),
    "chroot": _form("--groups --userspec", 1),
    "gosu": _form("", 1),
    "su-exec": _form("", 1),
    "setpriv": _form(
        "--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig"
    ),
    "runuser": _form("-u --user -g --group -G --supp-group", stops="-c --command -l --login -"),
    "chrt": _form("-T -P -D", 1, stops="-p --pid"),
    "taskset": _form("", 1, stops="-p --pid"),
    "flock": _form("-w --timeout --wait -E --conflict-exit-code", 1, stops="-c --command"),
    "fakeroot": _form("-l --lib -s -i -b"),
    "eatmydata": _form(),
    "faketime": _form("", 1),
    "proxychains": _form("-f"),
    "proxychains4": _form("-f"),
    "strace": _form("-e -o -p -s -u -E -P -a -O", stops="-p"),
    "tini": _form("-p -e"),
    "dumb-init": _form("-r --rewrite"),
    "catatonit": _form(),
    "busybox": _form(stops="--list --install --help"),
    "toybox": _form(),
    "linux32": _form(),
    "linux64": _form(),
    "setarch": _form("", 1),
    "catchsegv": _form(),
    "unshare": _form("-R --root -w --wd -S --setuid -G --setgid --map-user --map-group --propagation"),
    "xvfb-run": _form(
        "-n --server-num -s --server-args -e --error-file -f --auth-file -p --xauth-protocol -w --wait"
    ),
    "dbus-run-session": _form("--config-file --dbus-daemon"),
    "s6-setuidgid": _form("", 1),
    "conda": _CONDA_RUN,
    "mamba": _CONDA_RUN,
    "micromamba": _CONDA_RUN,
}

_SHELL_NAMES = frozenset({"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "rbash"})

_MAY_INTERPRET = re.compile(
    r"(?:.*[/\\])?(?:sh|r?bash|ash|dash|m?ksh|zsh|pwsh|powershell|cmd|python|pypy|perl|ruby|node|php|lua)",
    re.IGNORECASE | re.DOTALL,
)

_FAMILIES = (
    ("pwsh", "powershell"),
    ("powershell", "powershell"),
    ("python", "python"),
    ("pypy", "python"),
    ("ksh", "ksh"),
    ("perl", "perl"),
    ("ruby", "ruby"),
    ("nodejs", "node"),
    ("node", "node"),
    ("php", "php"),
    ("lua", "lua"),
)


def basename(word: str) -> str:
    """The file name of a command word, `/usr/bin/apt-get` or `C:\\\\Windows\\\\cmd.exe`."""
    if "\\" in word and "/" not in word:
        return word.rsplit("\\", 1)[1]
    return word.rsplit("/", 1)[-1]


def interpreter_name(word: str) -> str:
    """The kind of interpreter: bash of `/bin/bash`, powershell of `pwsh.exe`, python of `python3.12`."""
    name = basename(word)
    lowered = name.lower().removesuffix(".exe")
    if lowered in _SHELL_NAMES:
        return "bash" if lowered == "rbash" else lowered
    for prefix, family in _FAMILIES:
        if lowered.startswith(prefix):
            return family
    return lowered


def is_interpreter(word: str) -> bool:
    """Whether what follows the command word is, or may be, a program in that interpreter's language."""
    if _MAY_INTERPRET.match(word) is None:
        return False
    name = interpreter_name(word)
    return name in _SHELL_NAMES or name == "cmd" or any(name == family for _, family in _FAMILIES)


def command_index(words: Sequence[str | None]) -> tuple[int, list[tuple[str, int, int]]]:
    """Which word is the real command, and the wrappers before it as name, first and end index.

    `words` are values after quote removal, None where unknown. The index is `len(words)` for no words; a
    wrapper that runs nothing is the command itself. Bounded by the number of words.
    """
    wrappers: list[tuple[str, int, int]] = []
    at = 0
    while at < len(words):
        name = words[at]
        form = None if name is None else WRAPPERS.get(basename(name))
        end = len(words) if form is None else _wrapped(words, at, form)
        if name is None or end >= len(words):
            break
        wrappers.append((basename(name), at, end))
        at = end
    return at, wrappers


def _wrapped(words: Sequence[str | None], at: int, form: Form) -> int:
    """The index of the command that the wrapper at `at` runs; `len(words)` if it runs none."""
    nothing = len(words)
    at += 1
    if form.subcommand:
        if words[at : at + 1] != [form.subcommand]:
            return nothing
        at += 1
    operands = form.operands
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            return min(at + operands, nothing)
        if word in form.stops:
            return nothing
        if word is not None and len(word) > 1 and word[0] == "-":
            at += 2 if _takes_next(word, form.values) else 1
        elif form.assignments and _is_assignment(word):
            at += 1
        elif operands:
            operands -= 1
            at += 1
        else:
            return at
    return nothing


def _takes_next(word: str, values: frozenset[str]) -> bool:
    """Whether the option's value is the next word: `-u`, `-nu`, `--user`; not `-uroot`, `--user=root`."""
    if word in values:
        return True
    if word.startswith("--"):
        return False
    letters = [index for index in range(1, len(word)) if "-" + word[index] in values]
    return bool(letters) and letters[0] == len(word) - 1


def _is_assignment(word: str | None) -> bool:
    return word is not None and word.partition("=")[1] == "=" and word.partition("=")[0].isidentifier()


class ShellCall(NamedTuple):
    """What the arguments of a POSIX shell, or of `set`, say; None where they say nothing.

    text       index of the word that is the program (`-c`), None if it comes from elsewhere
    from_file  an operand names a file to read it from
    """

    errexit: bool | None = None
    pipefail: bool | None = None
    text: int | None = None
    from_file: bool = False


def shell_options(words: Sequence[str | None], at: int) -> ShellCall:
    """Reads the arguments from index `at` as `sh` does: `-eo pipefail -c text`. None is an unknown word."""
    switches: dict[str, bool] = {}
    letters: set[str] = set()
    while at < len(words):
        word = words[at]
        if word is None or word[:1] not in {"-", "+"} or len(word) == 1:
            break
        at += 1
        if word == "--":
            break
        if word.startswith("--"):
            at += word in {"--rcfile", "--init-file"}
            continue
        for letter in word[1:]:
            letters.add(letter)
            if letter == "e":
                switches["errexit"] = word[0] == "-"
            elif letter in "oO" and at < len(words):
                switches[words[at] or ""] = word[0] == "-"
                at += 1
    has_operand = at < len(words)
    return ShellCall(
        switches.get("errexit"),
        switches.get("pipefail"),
        at if "c" in letters and has_operand else None,
        has_operand and not letters & {"c", "s"},
    )
