"""The command line of `tollgate lint` and of the hook, read without argparse.

To import argparse and to tell it the options takes a tenth of the time that the hook has for one file. What a
command line usually holds is read here; `usage` hands the rest, help and mistakes included, to argparse.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from tollgate.model.hints import Any
from tollgate.options import LINT_OPTIONS, LintOptions, Option, from_parsed


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
    parsed = parse_plainly(arguments)
    if parsed is None:
        from tollgate.usage import parse_slowly

        parsed = parse_slowly(arguments, prog=prog)
    return from_parsed(parsed)


def parse_plainly(arguments: Sequence[str]) -> Mapping[str, Any] | None:
    """Paths and options by name, in any order; None for help, a mistake, or an unusual way to write."""
    options = {name: one for one in LINT_OPTIONS for name in (one.flag, one.short) if name}
    parsed: dict[str, Any] = {"paths": []}
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            parsed["paths"] += rest
        elif not argument.startswith("-") or argument == "-":
            parsed["paths"].append(argument)
        else:
            name, equals, value = argument.partition("=")
            option = options.get(name)
            if option is None or not _take(option, value if equals else None, rest, parsed):
                return None
    return parsed


def _take(option: Option, written: str | None, rest: Iterator[str], parsed: dict[str, Any]) -> bool:
    """Note an option, its value written behind `=` or else as the next argument; false if that is wrong."""
    if option.kind == "flag":
        parsed[option.dest] = True
        return written is None
    value = next(rest, "--") if written is None else written
    looks_like_option = written is None and value.startswith("-") and value != "-"
    if looks_like_option or (option.choices and value not in option.choices):
        return False
    if option.kind == "many":
        parsed.setdefault(option.dest, []).append(value)
    else:
        parsed[option.dest] = value
    return True
