"""The options table for argparse: its help, and what is wrong with a command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from tollgate.model.hints import Any, NoReturn
from tollgate.options import LINT_OPTIONS


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


def parse_slowly(arguments: Sequence[str], *, prog: str) -> Mapping[str, Any]:
    """What argparse reads; leaves the process with the help, or with status 2 and what is wrong.

    argparse takes no paths on both sides of an option, so those that it leaves over are added here.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    parser = make_parser(prog)
    found, left = parser.parse_known_args(list(arguments[:end]))
    unknown = [one for one in left if one.startswith("-") and one != "-"]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return {**vars(found), "paths": [*found.paths, *left, *arguments[end + 1 :]]}
