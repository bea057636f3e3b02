"""The options of `tollgate lint`, once, for the hook's argparse and the command line's Typer."""

from __future__ import annotations

from collections.abc import Mapping

from tollgate.model.hints import Any, Literal
from tollgate.model.record import NamedTuple
from tollgate.reporters import FORMATS


class Option(NamedTuple):
    """One option. `kind`: flag (no value), value (one), many (repeatable, commas separate too)."""

    name: str
    kind: Literal["flag", "value", "many"]
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    short: str = ""
    group: str = "Output"

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def dest(self) -> str:
        return self.name.replace("-", "_")


_POLICY, _FILES, _FIXES = "Policy", "Files", "Fixes"

LINT_OPTIONS: tuple[Option, ...] = (
    Option(
        "config", "value", "The policy file, instead of .tollgate.yaml at the root.", "FILE", group=_POLICY
    ),
    Option(
        "trusted-ref",
        "value",
        "Read policy, rules, baseline and allowed suppressions from this commit, not from the change.",
        "REF",
        group=_POLICY,
    ),
    Option("no-config", "flag", "Read no policy file: built-in defaults only.", group=_POLICY),
    Option(
        "profile",
        "many",
        "Which rules: a level (baseline, recommended, strict, all) or a set such as pss-restricted.",
        "NAME",
        group=_POLICY,
    ),
    Option("select", "many", "Only these rules, whatever the profile.", "RULE", group=_POLICY),
    Option("ignore", "many", "Not these rules.", "RULE", group=_POLICY),
    Option(
        "fail-on",
        "value",
        "The least severity that makes the exit status 1 (default: warning).",
        "SEVERITY",
        ("error", "warning", "note", "never"),
        group=_POLICY,
    ),
    Option(
        "peer-suppressions",
        "value",
        "Other linters' ignore comments: report (silence warnings, show errors), honour, off.",
        "HOW",
        ("report", "honour", "off"),
        group=_POLICY,
    ),
    Option(
        "baseline",
        "value",
        "The file of accepted findings (default: .tollgate-baseline.yaml at the root).",
        "FILE",
        group=_POLICY,
    ),
    Option("no-baseline", "flag", "Count the findings that the baseline accepts, too.", group=_POLICY),
    Option(
        "ratchet",
        "flag",
        "Fail if there are more findings of a rule than the baseline accepts, or fewer.",
        group=_POLICY,
    ),
    Option("kubernetes-version", "value", "The target version, such as 1.31.", "X.Y", group=_POLICY),
    Option("today", "value", "The day to judge by, for reproducible runs.", "YYYY-MM-DD", group=_POLICY),
    Option("include", "many", "In folders, look only at files that match.", "GLOB", group=_FILES),
    Option(
        "exclude",
        "many",
        "In folders, pass over files that match; replaces the policy's.",
        "GLOB",
        group=_FILES,
    ),
    Option("extend-exclude", "many", "The same, in addition to the policy's.", "GLOB", group=_FILES),
    Option(
        "since",
        "value",
        "Report only what changed since the merge base with REF, as a pull request would.",
        "REF",
        group=_FILES,
    ),
    Option("all", "flag", "With --since: show the other findings, too; they do not count.", group=_FILES),
    Option("staged", "flag", "Lint what is in git's index, not what is on the disk.", group=_FILES),
    Option("stdin-filename", "value", "What to call the input when the path is -.", "NAME", group=_FILES),
    Option(
        "strict-input",
        "flag",
        "Fail if anything could not be linted (templates, oversized files).",
        group=_FILES,
    ),
    Option("show-files", "flag", "List the files that would be linted, and stop.", group=_FILES),
    Option("fix", "flag", "Write the fixes that are safe.", group=_FIXES),
    Option(
        "unsafe-fixes",
        "flag",
        "Take in fixes that may change behaviour (with --fix or --diff).",
        group=_FIXES,
    ),
    Option("diff", "flag", "Show what --fix would do as a diff, and write nothing.", group=_FIXES),
    Option(
        "format",
        "many",
        f"How to report: {', '.join(FORMATS)}; FORMAT=FILE writes that one to a file.",
        "FORMAT[=FILE]",
    ),
    Option("output", "value", "Write the report to a file instead of the terminal.", "FILE"),
    Option("quiet", "flag", "One line for each finding, no summary.", short="-q"),
    Option("statistics", "flag", "Count findings by rule."),
    Option("sarif-suppressed", "flag", "Keep suppressed findings in SARIF."),
    Option(
        "compare",
        "value",
        "Run another linter, too, where it is installed, and print both verdicts side by side.",
        "TOOL",
        ("hadolint", "kube-linter", "checkov", "trivy"),
    ),
    Option("color", "value", "When to colour.", "WHEN", ("auto", "always", "never")),
    Option("no-progress", "flag", "No progress bar."),
    Option("no-cache", "flag", "Neither read nor write the cache."),
    Option("jobs", "value", "Processes for large sets (default: one for each core).", "N"),
)

_SHARED = ("config", "no-config", "profile", "include", "exclude", "extend-exclude", "stdin-filename")

IMAGES_OPTIONS: tuple[Option, ...] = (
    *(option for option in LINT_OPTIONS if option.name in _SHARED),
    Option(
        "format",
        "value",
        "A table, JSON, or a list: every image that is known, one a line, for a scanner.",
        choices=("table", "json", "list"),
    ),
)
"""The options of `tollgate images`."""


_OF_A_CHANGE = (
    *(
        "config",
        "no-config",
        "trusted-ref",
        "profile",
        "select",
        "ignore",
        "fail-on",
        "kubernetes-version",
        "today",
    ),
    *("staged", "output", "color", "no-cache", "jobs"),
)

DIFF_OPTIONS: tuple[Option, ...] = (
    *(option for option in LINT_OPTIONS if option.name in _OF_A_CHANGE),
    Option("format", "value", "For a terminal, or for a review comment.", choices=("text", "markdown")),
)
"""The options of `tollgate diff`."""


class LintOptions(NamedTuple):
    """What the command line says. None or empty: not said, so policy or default decides."""

    paths: tuple[str, ...] = ()
    config: str | None = None
    no_config: bool = False
    trusted_ref: str | None = None
    profile: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    peer_suppressions: str | None = None
    baseline: str | None = None
    no_baseline: bool = False
    ratchet: bool = False
    kubernetes_version: str | None = None
    today: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    since: str | None = None
    all: bool = False
    staged: bool = False
    stdin_filename: str | None = None
    strict_input: bool = False
    show_files: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    format: tuple[str, ...] = ()
    output: str | None = None
    quiet: bool = False
    statistics: bool = False
    sarif_suppressed: bool = False
    compare: str | None = None
    color: str | None = None
    no_progress: bool = False
    no_cache: bool = False
    jobs: str | None = None


def from_parsed(parsed: Mapping[str, Any]) -> LintOptions:
    """Options from a parser's results: repeated ones flattened, commas split, absent ones left out."""
    values: dict[str, Any] = {"paths": tuple(parsed.get("paths") or ())}
    for option in LINT_OPTIONS:
        value = parsed.get(option.dest)
        if option.kind == "many":
            given = [part.strip() for item in value or () for part in item.split(",")]
            values[option.dest] = tuple(part for part in given if part)
        elif value is not None:
            values[option.dest] = value
    return LintOptions(**values)
