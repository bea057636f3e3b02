"""How the work tree differs from the index, and which names of commits there are.

To see whether a file changed, git may have to read it, and would run the clean filter that the repository
configures for it. Every configured filter is therefore made to do nothing.
"""

from __future__ import annotations

import os

from tollgate.git import GitError, run, stays_inside
from tollgate.model.record import NamedTuple

_LINK, _SUBMODULE = "120000", "160000"


class Unstaged(NamedTuple):
    """A tracked file that may differ from the index.

    status   D: it is gone from the disk; A: only meant to be added (`git add -N`); else M
    blob     the id of what the index holds; "" if that is nothing
    mode_changed   the mode is another on the disk
    """

    status: str
    path: str
    mode: str
    blob: str
    mode_changed: bool = False


def unstaged_files(top: str) -> list[Unstaged]:
    """What differs from the index by the look of it (size and time), by path; submodules are left out.
    Raises GitError."""
    command = ["diff-files", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=all", "--"]
    output = run(top, [*_without_filters(top), *command])
    entries = iter(os.fsdecode(entry) for entry in output.split(b"\0") if entry)
    found: dict[str, Unstaged] = {}
    for head in entries:
        mode, now, blob, _, status = head.removeprefix(":").split(" ")
        path = next(entries)
        if _SUBMODULE in (mode, now) or not stays_inside(path):
            continue
        kind = status[0] if status[0] in "AD" else "M"
        if status[0] != "U" or path not in found:  # an unresolved conflict comes with a second line
            held = "" if kind == "A" or not blob.strip("0") else blob
            found[path] = Unstaged(kind, path, mode, held, mode != now)
    return list(found.values())


def _without_filters(top: str) -> list[str]:
    try:
        output = run(top, ["config", "-z", "--name-only", "--get-regexp", r"^filter\."])
    except GitError as error:
        if str(error) != "git ended with status 1":  # there is none
            raise
        return []
    options: list[str] = []
    for name in sorted({os.fsdecode(key).rpartition(".")[0] for key in output.split(b"\0") if key}):
        if "=" in name or "\n" in name:
            raise GitError(
                f"the configuration names a filter {name!r}, which cannot be kept from running; rename it"
            )
        for key, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")):
            options += ["-c", f"{name}.{key}={value}"]
    return options


def untracked_files(top: str) -> list[str]:
    """What is neither tracked nor ignored, by path; repositories within this one are left out.
    Raises GitError."""
    output = run(top, ["ls-files", "-z", "--others", "--exclude-standard", "--"])
    paths = (os.fsdecode(entry) for entry in output.split(b"\0") if entry)
    return sorted(path for path in paths if stays_inside(path) and not path.endswith("/"))


def ref_names(top: str) -> list[str]:
    """The short names of branches, remote branches and tags. Raises GitError."""
    output = run(
        top, ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"]
    )
    return os.fsdecode(output).splitlines()


def symbolic_name(top: str, ref: str) -> str | None:
    """The short name of what a name such as `@{upstream}` stands for; None if that is nothing."""
    try:
        output = run(top, ["rev-parse", "--abbrev-ref", "--verify", "--quiet", "--end-of-options", ref])
    except GitError:
        return None
    name = os.fsdecode(output).strip()
    return name if name not in ("", ref, "HEAD") and not name.startswith("-") else None
