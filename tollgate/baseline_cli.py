"""`tollgate baseline` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from tollgate.options import LintOptions

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""Live with the findings that are there, and let no others in.

    [bold]write[/bold] accepts what is found now; from then on `tollgate lint` counts only what is new.
    [bold]prune[/bold] takes away what was mended, [bold]show[/bold] lists what is accepted.""",
)

Paths = Annotated[
    list[str] | None, typer.Argument(help="Files or folders. Default: this folder.", metavar="[PATH]...")
]
ConfigOption = Annotated[
    str | None,
    typer.Option("--config", help="The policy file, instead of .tollgate.yaml at the root.", metavar="FILE"),
]
BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline", help="The baseline (default: .tollgate-baseline.yaml at the root).", metavar="FILE"
    ),
]
ProfileOption = Annotated[
    list[str] | None, typer.Option("--profile", help="Which rules: a level or a set.", metavar="NAME")
]
TodayOption = Annotated[
    str | None, typer.Option("--today", help="The day to judge by.", metavar="YYYY-MM-DD")
]
RuleOption = Annotated[
    list[str] | None, typer.Option("--rule", help="Only this rule; may be repeated.", metavar="RULE")
]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the cache.")]


def _names(given: list[str] | None) -> tuple[str, ...]:
    return tuple(part.strip() for one in given or () for part in one.split(",") if part.strip())


def _run(answer: Callable[[], Any]) -> None:
    from tollgate.console import printed, system_console

    raise typer.Exit(printed(answer, system_console()))


@app.command("write")
def write(  # noqa: PLR0913, PLR0917 (one for each option)
    paths: Paths = None,
    until: Annotated[
        str, typer.Option("--until", help="The last day that new entries hold.", metavar="YYYY-MM-DD")
    ] = "",
    approved_by: Annotated[
        str, typer.Option("--approved-by", help="Who agreed to the new entries.", metavar="NAME")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, for the new entries.", metavar="TEXT")] = "",
    rule: RuleOption = None,
    ratchet: Annotated[
        bool | None,
        typer.Option("--ratchet/--no-ratchet", help="Refuse to accept more findings of a rule than before."),
    ] = None,
    baseline: BaselineOption = None,
    config: ConfigOption = None,
    profile: ProfileOption = None,
    today: TodayOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Accept what is found now. Entries that stay keep their end, approver and reason; those of findings
    that are gone go.

    Exit status: 0, 1 if something cannot be accepted, 2 could not do its work.
    """
    from tollgate import baseline_command as commands

    options = LintOptions(
        tuple(paths or ()), config, profile=_names(profile), today=today, baseline=baseline, no_cache=no_cache
    )
    wish = commands.Wish(until, approved_by, reason, _names(rule), ratchet)
    _run(lambda: commands.write(options, wish))


@app.command("prune")
def prune(
    paths: Paths = None,
    baseline: BaselineOption = None,
    config: ConfigOption = None,
    profile: ProfileOption = None,
    today: TodayOption = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Take away entries whose findings are gone, and let the others follow files that were renamed.

    Exit status: 0, or 2 if it could not do its work.
    """
    from tollgate import baseline_command as commands

    options = LintOptions(
        tuple(paths or ()), config, profile=_names(profile), today=today, baseline=baseline, no_cache=no_cache
    )
    _run(lambda: commands.prune(options))


@app.command("show")
def show(
    rule: RuleOption = None,
    format: Annotated[str, typer.Option("--format", help="table or json.", metavar="table|json")] = "table",  # noqa: A002
    baseline: BaselineOption = None,
    config: ConfigOption = None,
    today: TodayOption = None,
) -> None:
    """List what is accepted: how many of each rule, where, since when, until when, by whom and why."""
    from tollgate import baseline_command as commands

    options = LintOptions(config=config, today=today, baseline=baseline)
    _run(lambda: commands.show(options, format, _names(rule)))
