"""The command line, by Typer: help, completion, and every command but the hot path of `lint`."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from tollgate._version import __version__
from tollgate.baseline_cli import app as baseline_app
from tollgate.cli_policy import all_rules, migrate, policy_app, rules_app
from tollgate.cli_shared import fail, with_options
from tollgate.options import DIFF_OPTIONS, IMAGES_OPTIONS, LINT_OPTIONS, from_parsed

app = typer.Typer(
    name="tollgate",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Catch insecure container configuration before it is merged.

    Start with [bold]tollgate lint .[/bold] in a repository with Dockerfiles or Kubernetes manifests.
    [bold]tollgate explain RULE[/bold] says why a rule exists and how to get it right;
    [bold]tollgate init[/bold] writes a policy file to start from.""",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tollgate {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass


def _lint(**values: Any) -> None:
    from tollgate import command
    from tollgate.console import system_console

    raise typer.Exit(command.lint(from_parsed(values), system_console()))


app.command(
    "lint",
    help="""Lint Dockerfiles, Kubernetes manifests and Compose files.

    Exit status: 0 clean, 1 findings at or over --fail-on, 2 could not do its work.""",
)(with_options(_lint, LINT_OPTIONS))


def _images(format: str | None = None, **values: Any) -> None:  # noqa: A002
    from tollgate import command
    from tollgate.console import system_console

    raise typer.Exit(command.images(from_parsed(values), format or "table", system_console()))


app.command(
    "images",
    help="""List every image that Dockerfiles, Kubernetes manifests and Compose files name.

    For each: where, whether it is pinned by a digest, and whether policy allows where it is from.
    Exit status: 0, or 2 if a path does not exist.""",
)(with_options(_images, IMAGES_OPTIONS))


app.add_typer(rules_app, name="rules")
app.add_typer(policy_app, name="policy")
app.command("migrate")(migrate)
app.add_typer(baseline_app, name="baseline")


def _diff(base: str | None = None, format: str | None = None, **values: Any) -> None:  # noqa: A002
    from tollgate import command
    from tollgate.console import system_console

    options = from_parsed(values)
    raise typer.Exit(command.diff(options, base, format or "text", system_console()))


_BASE = inspect.Parameter(
    "base",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None,
        typer.Argument(
            help="A branch or commit. Default: the upstream, else the remote's default branch, else main.",
            metavar="[BASE]",
        ),
    ],
)

app.command(
    "diff",
    help="""Show what changed since the merge base with BASE, with each finding under the line it is about.

    Files that Tollgate does not read are left out, and secrets are masked.
    Exit status: 0 clean, 1 findings at or over --fail-on, 2 could not do its work.""",
)(with_options(_diff, DIFF_OPTIONS, _BASE))


@app.command("explain")
def explain(
    name: Annotated[
        str, typer.Argument(metavar="RULE|PEER-ID", help="A rule, or another tool's id (DL3008).")
    ],
) -> None:
    """Say what a rule means, why, and how to get it right."""
    from tollgate import api, listing

    rules = all_rules()
    text = listing.explanation(name, rules, api.retired())
    if text is None:
        fail(listing.not_found(name, rules))
    typer.echo(text, nl=False)


@app.command("init")
def init(
    force: Annotated[bool, typer.Option("--force", help="Replace an existing policy file.")] = False,
) -> None:
    """Write a commented policy file, .tollgate.yaml, and say what to do next."""
    from tollgate import starting

    try:
        typer.echo(starting.write_policy(force=force), nl=False)
    except starting.StartError as error:
        fail(str(error))
