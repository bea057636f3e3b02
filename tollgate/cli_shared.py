"""What the modules of the command line share: options from the table, and how errors are said."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NoReturn

import typer

from tollgate.options import Option

PATHS_HELP = "Files, folders, or - for standard input. Default: this folder."


def _parameter(option: Option) -> inspect.Parameter:
    names = [option.flag, option.short] if option.short else [option.flag]
    settings: dict[str, Any] = {"help": option.help, "rich_help_panel": option.group}
    annotation: Any = bool
    default: Any = False
    if option.kind != "flag":
        settings["metavar"] = "|".join(option.choices) if option.choices else option.metavar
        annotation, default = (list[str], ()) if option.kind == "many" else (str | None, None)
    return inspect.Parameter(
        option.dest,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[annotation, typer.Option(*names, **settings)],
    )


def with_options(
    run: Callable[..., None],
    options: Sequence[Option],
    first: inspect.Parameter | None = None,
    *,
    paths: str = PATHS_HELP,
) -> Callable[..., None]:
    """`run`, which takes keyword arguments, with a signature made of paths (or of `first`) and a table of
    options."""
    argument = first or inspect.Parameter(
        "paths",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[list[str] | None, typer.Argument(help=paths, metavar="[PATH]...")],
    )
    signature = inspect.Signature([argument, *map(_parameter, options)])
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return run


def say(text: str) -> None:
    """Print lines, with what acts on a terminal as escapes."""
    from tollgate.model.masked import visible

    typer.echo("\n".join(map(visible, text.splitlines())))


def fail(message: str) -> NoReturn:
    """Say what is wrong and leave with status 2."""
    from tollgate.model.masked import visible

    lines = [visible(line) for line in message.splitlines()]
    typer.echo("\n".join(["tollgate: error: " + "\n".join(lines[:1]), *lines[1:]]), err=True)
    raise typer.Exit(2)
