"""What `tollgate init` does: a first policy file that fits the repository."""

from __future__ import annotations

import os

from tollgate.config_starter import starter_policy
from tollgate.discovery import find_root
from tollgate.engine.write import NotWritten, write_atomically
from tollgate.model.policy import POLICY_FILE_NAMES


class StartError(Exception):
    """The policy file cannot be written; the text says why and what to do."""


def write_policy(*, force: bool) -> str:
    """Write the starter policy at the root; gives the text that says what to do next."""
    root = find_root((os.curdir,))
    existing = [name for name in POLICY_FILE_NAMES if os.path.lexists(os.path.join(root, name))]
    if existing and not force:
        raise StartError(f"{existing[0]} is there already; edit it, or replace it with --force")
    path = os.path.join(root, existing[0] if existing else POLICY_FILE_NAMES[0])
    try:
        write_atomically(path, starter_policy().encode("utf-8"))
    except (OSError, NotWritten) as error:
        raise StartError(f"{path} cannot be written: {error}") from None
    return (
        f"Wrote {os.path.relpath(path)}.\n\n"
        "Next:\n"
        "  1. Name your registries under `images.internal`.\n"
        "  2. Run `tollgate lint .` and look at what it says.\n"
        "  3. Run `tollgate lint --fix .` to write the fixes that are safe.\n"
        "  4. Add the hook to .pre-commit-config.yaml, and the action to your workflow (see the README).\n"
    )
