"""`tollgate` and `python -m tollgate`. Linting takes the light way in; all else is Typer's."""

from __future__ import annotations

import os
import sys

from tollgate.model.hints import NoReturn

HELP = frozenset({"--help", "-h"})


def main() -> NoReturn:
    """The console script `tollgate`."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["lint"] and not HELP & set(arguments):
        from tollgate.hook import leave, run

        leave(run(arguments[1:], prog="tollgate lint"))
    from tollgate.cli import app

    app(prog_name="tollgate")
    sys.exit(0)


def _leave_folder_out() -> None:
    """`python -m` puts the current folder first on the module path, and that may be what is linted."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        return  # what is gone holds nothing to import
    if sys.path[:1] == [folder]:
        del sys.path[0]


if __name__ == "__main__":
    _leave_folder_out()
    main()
