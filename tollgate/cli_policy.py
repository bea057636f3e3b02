"""The commands about policy and rules of one's own: `tollgate policy …`, `tollgate rules …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tollgate.cli_shared import fail, say, with_options
from tollgate.options import LINT_OPTIONS, LintOptions, Option, from_parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.model.rule import Rule

_ABOUT_FINDINGS = ("baseline", "no-baseline", "ratchet")
_POLICY_OPTIONS = tuple(
    option for option in LINT_OPTIONS if option.group == "Policy" and option.name not in _ABOUT_FINDINGS
)

policy_app = typer.Typer(no_args_is_help=True, help="Show and check the policy that holds here.")
rules_app = typer.Typer(invoke_without_command=True)

_SHOW_OPTIONS = (
    *_POLICY_OPTIONS,
    Option("resolved", "flag", "Also what nobody says: the defaults."),
    Option("format", "value", "How to print it.", choices=("yaml", "json")),
)


def _show(format: str | None = None, resolved: bool = False, **values: Any) -> None:  # noqa: A002
    from tollgate import policy_view
    from tollgate.config import PolicyError
    from tollgate.discovery import PathError
    from tollgate.git import GitError
    from tollgate.model.globs import PatternError

    if format not in (None, "yaml", "json"):
        fail(f"--format {format}: give yaml or json")
    options = from_parsed(values)
    try:
        if options.paths:
            for path in options.paths:
                say(policy_view.path_text(policy_view.for_path(options, path)))
        else:
            found = policy_view.view(options, defaults=resolved)
            say(policy_view.shown(found, format or "yaml"))
    except (PolicyError, PathError, PatternError, GitError) as error:
        fail(str(error))


policy_app.command(
    "show",
    help="""Print the policy, each value with the file and line that says it.

    With a path: what holds for that file, its environments, and the rules that policy speaks of.""",
)(with_options(_show, _SHOW_OPTIONS, paths="Say what holds for these files instead."))


@policy_app.command("check")
def check(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="Default: .tollgate.yaml at the root.")
    ] = None,
) -> None:
    """Say whether a policy is right, with all that it extends and the rules that it brings along.

    Exit status: 0 if it is, 2 if it is not; each mistake is told with its file, line and column.
    """
    from tollgate import policy_view
    from tollgate.config import PolicyError

    try:
        say(policy_view.check(LintOptions(config=file)))
    except PolicyError as error:
        fail(str(error))


def all_rules() -> Sequence[Rule]:
    """Every rule, those of the policy that holds here among them, if it can be read."""
    from tollgate import api
    from tollgate.config import PolicyError
    from tollgate.discovery import find_root

    try:
        return api.rules(api.policy_for(LintOptions(), find_root((".",))))
    except PolicyError as error:
        typer.echo(f"tollgate: without the policy's own rules, for it is wrong: {error}", err=True)
        return api.rules()


ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="Only rules of this level or set.", metavar="NAME")
]
FormatOption = Annotated[str, typer.Option("--format", help="table or json.", metavar="table|json")]


@rules_app.callback()
def rules(
    context: typer.Context,
    profile: ProfileOption = None,
    format: FormatOption = "table",  # noqa: A002
) -> None:
    """List the rules: name, severity, level, what is wrong. `tollgate rules test` tests rules of your own."""
    if context.invoked_subcommand is not None:
        return
    from tollgate import listing

    if format not in ("table", "json"):
        fail(f"--format {format}: give table or json")
    try:
        chosen = listing.in_profile(all_rules(), profile)
    except ValueError as error:
        fail(str(error))
    typer.echo(listing.as_json(chosen) if format == "json" else listing.as_table(chosen, profile=profile))


@rules_app.command("test")
def test(
    where: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Folders of rules, rule files, or python:PACKAGE."),
    ],
) -> None:
    """Test rules of your own: their examples have to hold, to the character.

    What is marked in `bad` is found there and nowhere else, nothing is found
    in `good`, and a fix makes `good` of `bad`.

    Exit status: 0 if all hold, 1 if one does not, 2 if a rule cannot be read.
    """
    from tollgate import rule_testing
    from tollgate.discovery import find_root
    from tollgate.packages import PackageError

    try:
        tested = rule_testing.test_rules(where, root=find_root((".",)))
    except (PackageError, OSError) as error:
        fail(str(error))
    say(rule_testing.as_text(tested))
    if tested.unreadable:
        raise typer.Exit(2)
    if tested.problems:
        raise typer.Exit(1)


def migrate(
    path: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="A folder, or files of settings. Default: this folder."),
    ] = None,
    kube_score: Annotated[
        str | None,
        typer.Option("--kube-score", metavar="OPTIONS", help="The options that kube-score is run with."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write .tollgate.yaml at the root, if there is none yet.")
    ] = False,
) -> None:
    """Write the policy that does what the settings of other linters do.

    Reads .hadolint.yaml, .kube-linter.yaml, .checkov.yaml, .trivyignore,
    .trivyignore.yaml, trivy.yaml, polaris.yaml, and kube-score's options.

    What has no counterpart is listed at the end, with its place and why.
    """
    from tollgate import migrating
    from tollgate.migrate_model import MigrateError

    try:
        say(migrating.run(path or ["."], kube_score=kube_score, write=write))
    except MigrateError as error:
        fail(str(error))
