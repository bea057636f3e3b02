"""Downloads that are run without a look at them."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.finding import Problem
from tollgate.model.rule import Context
from tollgate.model.shell import POSIX_SHELLS, Command
from tollgate.model.target import Target

LOADERS = frozenset({"curl", "wget", "fetch", "aria2c", "axel", "http", "https", "lynx"})
INTERPRETERS = POSIX_SHELLS | {"python", "python2", "python3", "perl", "ruby", "node", "php", "source", ".", "eval"}


def runs_remote_script(target: Target, _context: Context) -> Iterator[Problem]:
    """An interpreter that reads a download from a pipe, a process substitution or `$(…)`."""
    assert isinstance(target, Command)
    if target.name not in INTERPRETERS:
        return
    loader = _piped_loader(target) or _substituted_loader(target)
    if loader is not None:
        span = target.grip()
        yield Problem(span.start, span.end, fields={"loader": loader.name})


def _piped_loader(command: Command) -> Command | None:
    """The loader before the interpreter in its pipeline, if the interpreter reads its input."""
    if not _reads_input(command):
        return None
    loader = None
    for other in command.pipeline.commands:
        if other is command:
            return loader
        if other.name in LOADERS:
            loader = other
    return None


def _reads_input(command: Command) -> bool:
    if command.name in ("source", ".", "eval"):
        return any(word.value in ("/dev/stdin", "-") for word in command.arguments)
    texts = [word.value if isinstance(word.value, str) else "?" for word in command.arguments]
    plain = [text for text in texts if not text.startswith("-")]
    if command.name not in POSIX_SHELLS:
        return not plain and not any(text in ("-c", "-e", "-m") for text in texts)
    return "-s" in texts or "-" in texts or plain[:1] == ["/dev/stdin"] or (not plain and "-c" not in texts)


def _substituted_loader(command: Command) -> Command | None:
    """A loader inside one of the interpreter's own words."""
    for word in command.arguments:
        for other in command.script.commands:
            inside = word.start <= other.span.start and other.span.end <= word.end
            if inside and other is not command and other.name in LOADERS:
                return other
    return None
