"""What a caller may ask of a reporter."""

from __future__ import annotations

from tollgate.model.record import NamedTuple


class RenderOptions(NamedTuple):
    """Choices of presentation; none of them changes which findings there are.

    colour            ANSI colours; the caller knows about terminals and `NO_COLOR`
    width             columns of the terminal, for long lines
    hyperlinks        the terminal understands OSC 8 links
    quiet             text: one line for a finding and no summary
    statistics        text: a table of findings by rule
    show_files        text: a list of the files that were linted
    sarif_suppressed  sarif: suppressed findings, too
    github_actions    the output goes to the log of a GitHub Actions step
    """

    colour: bool = False
    width: int = 100
    hyperlinks: bool = False
    quiet: bool = False
    statistics: bool = False
    show_files: bool = False
    sarif_suppressed: bool = False
    github_actions: bool = False
