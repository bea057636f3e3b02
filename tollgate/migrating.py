"""`tollgate migrate`: from files to a policy file."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tollgate import api
from tollgate.config_check import check_policy
from tollgate.config_names import KnownNames
from tollgate.discovery import find_root
from tollgate.engine.write import NotWritten, write_atomically
from tollgate.migrate import migrated
from tollgate.migrate_files import found_files, read_all
from tollgate.migrate_ignores import read_kube_score
from tollgate.migrate_model import MigrateError, Reading
from tollgate.model.policy import POLICY_FILE_NAMES
from tollgate.model.source import decode


def run(paths: Sequence[str], *, kube_score: str | None, write: bool) -> str:
    """The text to print: the policy, or, where it is written, where it is and what has no counterpart.

    Raises MigrateError.
    """
    readings = [one for path in paths for one in _readings(path)]
    if kube_score is not None:
        readings.append(read_kube_score(kube_score))
    found = migrated(readings)
    _, problems = check_policy(
        decode("policy", found.text.encode("utf-8")), KnownNames(api.known_rules(), api.known_sets())
    )
    if problems:
        raise MigrateError(f"the policy that was made is wrong, which is Tollgate's fault: {problems[0]}")
    if not write:
        return found.text
    target = _write(found.text)
    lost = "".join(f"  {one}\n" for one in found.lost)
    return f"Wrote {target}.\n" + (f"Without counterpart, or not quite the same:\n{lost}" if lost else "")


def _readings(path: str) -> list[Reading]:
    if os.path.isdir(path):
        return read_all(path, found_files(path))
    if not os.path.lexists(path):
        raise MigrateError(f"{path}: there is no such file or folder")
    folder, name = os.path.split(path)
    return read_all(folder or ".", [name])


def _write(text: str) -> str:
    root = find_root((os.curdir,))
    for name in POLICY_FILE_NAMES:
        if os.path.lexists(os.path.join(root, name)):
            raise MigrateError(f"{name} is there already; print the new one without --write and merge them")
    path = os.path.join(root, POLICY_FILE_NAMES[0])
    try:
        write_atomically(path, text.encode("utf-8"))
    except (OSError, NotWritten) as error:
        raise MigrateError(f"{path} cannot be written: {error}") from None
    return os.path.relpath(path)
