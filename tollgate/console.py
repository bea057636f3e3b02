"""Where the commands print: streams, progress, and how errors are said."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from tollgate.discovery import PathError
from tollgate.model.hints import BinaryIO, TextIO, cast
from tollgate.model.record import NamedTuple
from tollgate.options import LintOptions

CLEAN, FINDINGS, FAILED = 0, 1, 2


class UsageError(Exception):
    """What the user asked for makes no sense; the text says what to do instead."""


class Console(NamedTuple):
    """Where to write, and what is known of it."""

    out: BinaryIO
    err: BinaryIO
    stdin: BinaryIO
    environment: Mapping[str, str]
    out_is_terminal: bool
    err_is_terminal: bool
    width: int


def system_console() -> Console:
    """The process's own streams; Python has None for those that its caller closed."""
    out_is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return Console(
        _stream(sys.stdout, "wb"),
        _stream(sys.stderr, "wb"),
        _stream(sys.stdin, "rb"),
        os.environ,
        out_is_terminal,
        sys.stderr is not None and sys.stderr.isatty(),
        os.get_terminal_size().columns if out_is_terminal else 100,
    )


def _stream(stream: TextIO | None, mode: str) -> BinaryIO:
    return cast("BinaryIO", open(os.devnull, mode)) if stream is None else stream.buffer


class Answer(NamedTuple):
    """What a command prints, and its exit status. `for_program`: it is data, and goes out as it is."""

    text: str
    status: int
    for_program: bool = False


def printed(command: Callable[[], Answer], console: Console) -> int:
    """Print what a command answers, or why it cannot, and give the exit status."""

    def run() -> int:
        answer = command()
        text = answer.text
        if in_actions(console) and not answer.for_program:
            from tollgate.reporters import without_commands

            text = "".join(without_commands([text]))
        console.out.write(text.encode("utf-8", "backslashreplace"))
        console.out.flush()
        return answer.status

    return explaining(run, console)


def explaining(run: Callable[[], int], console: Console) -> int:
    """The exit status that `run` gives; if it cannot, why that is goes to standard error."""
    try:
        return run()
    except BrokenPipeError:
        _silence(console)
        return FAILED
    except OSError as error:
        say(console, f"error: {(error.strerror or str(error)).lower()}: the report is not complete")
        _silence(console)
        return FAILED
    except Exception as error:  # noqa: BLE001 (Python's own status for it, 1, would mean findings)
        say(console, user_message(error) or f"error: {internal_failure(error)}")
        return FAILED


def user_message(error: Exception) -> str | None:
    """What to tell the user of an error that is theirs to cure; None for any other."""
    from tollgate.baseline_file import BaselineError
    from tollgate.catalog import CatalogError
    from tollgate.config import PolicyError
    from tollgate.git import GitError
    from tollgate.model.globs import PatternError
    from tollgate.vocabulary import RuleError

    known = (
        UsageError,
        PathError,
        BaselineError,
        PolicyError,
        PatternError,
        RuleError,
        CatalogError,
        GitError,
    )
    return f"error: {error}" if isinstance(error, known) else None


def internal_failure(error: Exception) -> str:
    """What is said of a defect of ours."""
    from tollgate.engine.failures import where_of

    return f"Tollgate failed ({where_of(error)}), so nothing was judged; please report it"


def say(console: Console, message: str) -> None:
    from tollgate.model.masked import visible

    for line in message.splitlines():
        console.err.write(f"tollgate: {visible(line)}\n".encode("utf-8", "backslashreplace"))
    console.err.flush()


def _silence(console: Console) -> None:
    """Nobody takes our output any more: keep the interpreter from complaining about it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), console.out.fileno())


def in_actions(console: Console) -> bool:
    return console.environment.get("GITHUB_ACTIONS") == "true"


class Progress:
    """A bar on standard error, shown once the work has taken a second."""

    __slots__ = ("_err", "_shown", "_started", "_width")

    def __init__(self, console: Console) -> None:
        from time import monotonic

        self._err = console.err
        self._width = min(40, console.width - 20)
        self._started = monotonic()
        self._shown = False

    def __call__(self, count: int, total: int) -> None:
        from time import monotonic

        if not total or (not self._shown and monotonic() - self._started < 1):
            return
        self._shown = True
        filled = self._width * count // total
        bar = "━" * filled + " " * (self._width - filled)
        self._err.write(f"\r{bar} {count}/{total}".encode())
        self._err.flush()

    def clear(self) -> None:
        if self._shown:
            self._err.write(b"\r\x1b[K")
            self._err.flush()


def progress_bar(options: LintOptions, console: Console) -> Progress | None:
    wanted = console.err_is_terminal and not options.no_progress and not options.quiet
    return Progress(console) if wanted else None
