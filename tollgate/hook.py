"""The light way in, for pre-commit and for `tollgate lint`: argparse and no import that can wait."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from tollgate.model.hints import NoReturn
from tollgate.options import LINT_OPTIONS, LintOptions, from_parsed

_GARBAGE = 20_000
"""How many new objects to let be before looking for cycles among them: what starting makes stays."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\nTry `{self.prog} --help`.\n")


class _Help(argparse.HelpFormatter):
    """Asks for the terminal's width only when it writes help; argparse makes one for every option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)

    def format_help(self) -> str:
        from shutil import get_terminal_size

        self._width = get_terminal_size().columns - 2
        return super().format_help()


def make_parser(prog: str) -> argparse.ArgumentParser:
    """A parser of the options table; options cannot be abbreviated."""
    parser = _Parser(
        prog=prog,
        description="Lint Dockerfiles, Kubernetes manifests and Compose files.",
        formatter_class=_Help,
        allow_abbrev=False,
        add_help=True,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, or - for standard input")
    for option in LINT_OPTIONS:
        names = [option.short, option.flag] if option.short else [option.flag]
        if option.kind == "flag":
            parser.add_argument(*names, dest=option.dest, action="store_true", help=option.help)
        else:
            parser.add_argument(
                *names,
                dest=option.dest,
                action="append" if option.kind == "many" else "store",
                metavar=option.metavar,
                choices=option.choices or None,
                help=option.help,
            )
    return parser


def parse(arguments: Sequence[str], *, prog: str) -> LintOptions:
    """Options from arguments; leaves the process with status 2 if they make no sense.

    A file whose name looks like an option would act as one when a caller such as pre-commit passes it
    on, so it is refused; behind `--` it is a file.
    """
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for argument in before:
        if argument.startswith("-") and argument != "-" and os.path.lexists(argument):
            sys.stderr.write(
                f"{prog}: error: {argument!r} is a file here and looks like an option. "
                f"Rename it, or write ./{argument!r} or -- before it.\n"
            )
            raise SystemExit(2)
    return from_parsed(vars(make_parser(prog).parse_args(list(arguments))))


def run(arguments: Sequence[str], *, prog: str) -> int:
    """Lint as the arguments say; gives the exit status."""
    gc.set_threshold(_GARBAGE, 20, 100)
    options = parse(arguments, prog=prog)
    from tollgate.command import lint, system_console

    return lint(options, system_console())


def leave(status: int) -> NoReturn:
    """End the process at once. Everything is written by now, and to take an interpreter down piece by piece
    takes a tenth of the time that one file takes."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = 2
    os._exit(status)


def main() -> NoReturn:
    """The console script `tollgate-hook`."""
    leave(run(sys.argv[1:], prog="tollgate-hook"))
