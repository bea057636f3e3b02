"""Downloads in a build: run unseen, kept unchecked, over plain HTTP, with noise."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.download_commands import DOWNLOADERS, Download, download_of, verifies, written
from tollgate.checks.package_managers import use_of
from tollgate.checks.run_texts import (
    commands_of,
    earlier_commands,
    insert_word,
    instruction_of,
    later_commands,
    mentions,
    next_in_pipe,
    next_that,
)
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Stage
from tollgate.model.finding import Edit, FixPlan, Problem, RelatedSpan
from tollgate.model.image_reference import parse_image
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.shell import Command, Script
from tollgate.model.shell_arguments import arguments
from tollgate.model.target import Target

_INTERPRETERS = re.compile(r"(?:sh|bash|ash|dash|ksh|zsh|python[\d.]*|perl|ruby|node|php)\Z")
_RUNNERS = frozenset({"eval", "source", "."})
_UNPACKERS = frozenset(
    {"tar", "bsdtar", "gunzip", "zcat", "unxz", "xzcat", "bzcat", "cpio", "unzip", "install"}
)
_INSTALLERS = frozenset({"dpkg", "rpm", "gdebi", "msiexec", "installer"})
_PROOF = re.compile(
    r"\.(?:sha\d*(?:sum)?s?|md5(?:sum)?|asc|sig|gpg|minisig|pem|crt)\b|checksums?|SHASUMS", re.IGNORECASE
)
_PLAIN_HTTP = re.compile(r"http://(?:[^@/\s]{0,200}@)?([^/:\s?#]{1,255})", re.IGNORECASE)
_LOCAL = re.compile(
    r"(?:localhost|127\.[\d.]*|10\.[\d.]*|192\.168\.[\d.]*|\[?::1\]?|0\.0\.0\.0|[\w-]*|.*\.(?:local|internal|lan|svc))\Z"
    r"|.*\$",
    re.IGNORECASE,
)
_POWERSHELL = re.compile(
    r"\b(?:iex|Invoke-Expression)\b[^\n;]{0,200}?\b(DownloadString|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b"
    r"|\b(iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b[^\n;]{0,300}\|\s?(?:iex|Invoke-Expression)\b",
    re.IGNORECASE,
)


def _download(target: Target) -> Download | None:
    """What a RUN's command fetches."""
    assert isinstance(target, Command)
    if target.name not in DOWNLOADERS or instruction_of(target) is None:
        return None
    return download_of(target)


def _problem(found: Download, **fields: object) -> Problem:
    span = found.command.grip()
    given = {"downloader": found.command.name, **fields}
    return Problem(span.start, span.end, fields=given, key=found.command.name)


# Run as it comes


def piped_to_shell(target: Target, _context: Context) -> Iterator[Problem]:
    """What a downloader prints is run: through a pipe, a substitution or a variable."""
    assert isinstance(target, Command)
    if target.name not in DOWNLOADERS:
        return
    runner = _runner_in_pipe(target) or _runner_around(target)
    if runner is not None:
        span = target.grip()
        yield Problem(span.start, span.end, fields={"downloader": target.name, "runner": runner.name})


def _reads_program(command: Command) -> bool:
    """An interpreter that takes its program from standard input."""
    if command.name == "xargs" or not _INTERPRETERS.match(command.name):
        return False
    flags, operands = arguments(command, values=frozenset({"-o", "-O"}))
    names = {item.name for item in flags}
    if names & {"-c", "-m", "-e", "-n", "-p", "-r"}:
        return False
    return not operands or "-s" in names or operands[0].value in {"-", "/dev/stdin"}


def _runner_in_pipe(target: Command) -> Command | None:
    return next_in_pipe(target, _reads_program)


def _runner_around(target: Command) -> Command | None:
    """`sh -c "$(curl …)"`, `bash <(curl …)`, `eval "$(curl …)"`, `. <(curl …)`, `bash <<< "$(curl …)"`."""
    if not target.substitution:
        return None
    for other in reversed(earlier_commands(target)):
        if other.script is not target.script or other.substitution != target.substitution - 1:
            continue
        places = [*other.arguments, *[item.target for item in other.redirects]]
        if any(word.start <= target.span.start and target.span.end <= word.end for word in places):
            return other if _runs_text(other) else None
        for item in other.assignments:
            if item.start <= target.span.start and target.span.end <= item.end:
                return _runner_of_variable(other, item.name)
    return None


def _runs_text(command: Command) -> bool:
    return command.name in _RUNNERS or _INTERPRETERS.match(command.name) is not None


def _runner_of_variable(command: Command, name: str) -> Command | None:
    """`X=$(curl …); eval "$X"`."""
    use = re.compile(rf"\$(?:{re.escape(name)}\b|\{{{re.escape(name)}\}})")
    return next((one for one in later_commands(command) if _runs_text(one) and use.search(one.text)), None)


def powershell_run(target: Target, _context: Context) -> Iterator[Problem]:
    """PowerShell's way of the same: `iex (iwr …)`."""
    assert isinstance(target, Script)
    if target.interpreter not in {"powershell", "cmd"}:
        return
    for found in _POWERSHELL.finditer(target.text):
        word = found.lastindex or 0
        start, end = target.map.span(*found.span(word))
        yield Problem(start, end, fields={"downloader": found[word]}, key=found[word])


# Run, installed or kept without a look at its checksum


def run_unchecked(target: Target, _context: Context) -> Iterator[Problem]:
    """A file is fetched and then run or installed in the same step, and nothing compares it."""
    found = _download(target)
    if found is None or not found.file or found.file == "/dev/null":
        return
    proof = next_that(found.command, verifies)
    for command in later_commands(found.command):
        if command is proof:
            return
        if _runs_file(command, found.file):
            yield _problem(found, file=found.file, runner=command.name or "the shell")
            return


def _runs_file(command: Command, file: str) -> bool:
    name = file.rpartition("/")[2]
    word = command.name_word
    if not name:
        return False
    if word is not None and written(command, word) in {file, f"./{name}"}:
        return True
    is_runner = _runs_text(command) or command.name in _INSTALLERS
    use = None if is_runner else use_of(command)
    if not is_runner and (use is None or not use.installs):
        return False
    operands = arguments(command, values=frozenset({"-o", "-O"})).operands
    if _INTERPRETERS.match(command.name):
        operands = operands[:1]
    return any(written(command, one).removeprefix("./") in {file, name} for one in operands)


def kept_unchecked(target: Target, _context: Context) -> Iterator[Problem]:
    """What is fetched is kept or unpacked in the step, and nothing compares it with a checksum."""
    found = _download(target)
    if found is None or not found.addresses or instruction_of(found.command) is None:
        return
    if any(_PROOF.search(written(found.command, word)) for word in found.addresses):
        return
    command = found.command
    if next_that(command, verifies) is not None:
        return
    is_kept = found.file is not None and not found.file.startswith("/dev/")
    if is_kept or next_in_pipe(command, _unpacks) is not None:
        yield _problem(found, kept=f"kept as `{found.file}`" if is_kept else "unpacked")


def _unpacks(command: Command) -> bool:
    return command.name in _UNPACKERS


def plain_http(target: Target, _context: Context) -> Iterator[Problem]:
    """An address without TLS, and nothing that would notice another content."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    for word in _fetched(target):
        text = written(target, word)
        found = _PLAIN_HTTP.match(text)
        if found is None or _LOCAL.match(found[1]):
            continue
        if next_that(target, verifies) is not None:
            return
        fix = None
        at = target.source.text.find("http://", word.start, word.end)
        if at >= 0:
            fix = FixPlan(safe=False, edits=(Edit(at + 4, at + 4, "s"),), title="write `https://`")
        yield Problem(
            word.start, word.end, fields={"command": target.name, "host": found[1]}, key=found[1], fix=fix
        )


def _fetched(command: Command) -> Iterator[Scalar]:
    """The words of a command that are addresses to fetch from."""
    found = download_of(command)
    if found is not None:
        yield from found.addresses
    elif command.name == "git" and any(
        word.value in {"clone", "fetch", "pull"} for word in command.arguments
    ):
        yield from command.arguments
    elif (use := use_of(command)) is not None:
        indexes = {
            "-i",
            "--index-url",
            "--extra-index-url",
            "--registry",
            "-s",
            "--source",
            "--default-index",
        }
        yield from (item.value for item in use.flags if item.name in indexes and item.value is not None)
        if use.manager.name == "rpm" or use.installs:
            yield from use.operands


# Noise and taste


def progress(target: Target, _context: Context) -> Iterator[Problem]:
    """wget draws its progress into the log."""
    found = _download(target)
    if found is None:
        return
    names = {item.name for item in found.flags}
    words = {str(item.word.value) for item in found.flags}
    if names & found.program.quiet or "-nv" in words or any(word.startswith("-nv") for word in words):
        return
    end = found.command.grip().end
    edit = insert_word(found.command, end, "--progress=dot:giga")
    fix = FixPlan(safe=_has_gnu_wget(found.command), edits=(edit,), title="add `--progress=dot:giga`")
    yield _problem(found)._replace(fix=fix)


_WITH_GNU_WGET = frozenset({"debian", "ubuntu", "buildpack-deps"})


def _has_gnu_wget(command: Command) -> bool:
    """Whether wget is GNU's: busybox's, which Alpine has, knows no `--progress`."""
    instruction = instruction_of(command)
    stage = None if instruction is None else instruction.stage
    base = None if stage is None else stage.field("root-base")
    image = parse_image(base.value) if isinstance(base, Scalar) and isinstance(base.value, str) else None
    is_known = image is not None and image.repository.rpartition("/")[2] in _WITH_GNU_WGET
    return is_known or (instruction is not None and mentions(instruction, "apt-get install"))


def two_downloaders(target: Target, _context: Context) -> Iterator[Problem]:
    """A stage uses both wget and curl: the later of the two is one too many."""
    assert isinstance(target, Stage)
    first: dict[str, Command] = {}
    for instruction in target.by_keyword("RUN"):
        for command in commands_of(instruction):
            if command.name in {"curl", "wget"}:
                first.setdefault(command.name, command)
    if len(first) == 2:
        one, other = first.values()
        span, at = other.grip(), one.grip()
        related = (RelatedSpan(f"`{one.name}` is used here", at.start, at.end),)
        fields = {"one": one.name, "other": other.name}
        yield Problem(span.start, span.end, fields=fields, related=related)


_KNOWN_BAD: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bopenssl[-=/_]v?(1\.0\.1[a-f]?)(?!\w|\.\d)"), "CVE-2014-0160, Heartbleed"),
    (re.compile(r"\bopenssl[-=/_]v?(3\.0\.[0-6])(?!\w|\.\d)"), "CVE-2022-3602"),
    (re.compile(r"\blog4j-core[-/](2\.(?:\d|1[0-4])(?:\.\d+)?)(?![\w.]*\d)"), "CVE-2021-44228, Log4Shell"),
    (re.compile(r"\b(?:xz|xz-utils|liblzma5)[-=/_](5\.6\.[01])(?![\w.]*\d)"), "CVE-2024-3094, a backdoor"),
    (
        re.compile(r"\bstruts2?[-=/_](2\.(?:3\.[0-9]|3\.[12]\d|3\.3[01]|5\.\d|5\.10))(?![\w.]*\d)"),
        "CVE-2017-5638",
    ),
)


def known_bad(target: Target, _context: Context) -> Iterator[Problem]:
    """A download or package whose very version is known for a hole."""
    assert isinstance(target, Command)
    if instruction_of(target) is None:
        return
    use = use_of(target)
    words = _fetched(target) if use is None or not use.installs else use.operands
    for word in words:
        text = written(target, word)
        for pattern, why in _KNOWN_BAD:
            found = pattern.search(text)
            if found is not None:
                name = found[0].rpartition(found[1])[0].rstrip("-=/_v")
                fields = {"name": name, "version": found[1], "hole": why}
                yield Problem(word.start, word.end, fields=fields, key=found[0])
