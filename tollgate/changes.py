"""What changed since the merge base with some commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from tollgate.git import GitError, top_level
from tollgate.git_objects import (
    RefError,
    TreeFile,
    blob_sizes,
    changed_files,
    merge_base,
    read_blobs,
    resolve_commit,
)
from tollgate.git_work_tree import ref_names, symbolic_name, unstaged_files, untracked_files
from tollgate.model.changes import ChangedFile, Changes
from tollgate.trees import Tree

_MOST_PAIRED = 200
"""Files that are gone, or new, among which renames are looked for."""
_ALIKE = 0.5
"""Two files that share this part of their text are one file under two names, as for git."""
_LONGEST_PAIRED = 5 * 1024 * 1024
_SUGGESTED = 3
_OWNER = "dubious ownership"

Interesting = Callable[[str], bool]
Read = Callable[[str], bytes | None]


def explained(root: str, error: GitError) -> GitError:
    """The error with what the user can do about it."""
    if _OWNER in str(error):
        return GitError(
            f"{root} belongs to another user, so git does not trust it; "
            f"run `git config --global --add safe.directory {root}` if you do"
        )
    return error


def work_tree_top(root: str, option: str) -> str:
    """`root`, if it is the top of a git work tree. Raises GitError, which names the option."""
    if top_level(root) != root:
        raise GitError(
            f"{option}: {root} is in no git work tree, so nothing is known of changes; "
            "run it inside one repository, on paths of that repository"
        )
    return root


def changes_since(
    top: str, ref: str, *, staged: bool, read: Read, interesting: Interesting = lambda _path: True
) -> Changes:
    """What changed from the merge base of `ref` and HEAD to the work tree, or with `staged` to the index.

    read          the content of a file of the work tree, to find out what was renamed, or only touched
    interesting   paths among which renames are looked for that git does not know of

    Untracked files that are not ignored are new ones. Raises RefError for a name of no commit, GitError.
    """
    base = _base(top, ref)
    files: dict[str, ChangedFile] = {}
    deleted: dict[str, ChangedFile] = {}
    for one in changed_files(top, base):
        was = ChangedFile(one.path, one.old_path, one.old_blob, one.old_mode)
        if one.path:
            files[one.path] = was
        else:
            deleted[one.old_path] = was
    if not staged:
        _add_unstaged(top, files, deleted, read)
        _pair_renamed(top, files, deleted, read, interesting)
    return Changes(ref, base, files, deleted)


def _base(top: str, ref: str) -> str:
    try:
        resolve_commit(top, "HEAD")
    except RefError as error:
        if "safe.directory" in str(error) or _OWNER in str(error):
            raise
        raise RefError("this repository has no commit yet, so there is nothing to compare with") from None
    try:
        resolve_commit(top, ref)
    except RefError as error:
        near = _nearest(ref, ref_names(top))
        raise RefError(f"{error}{'; did you mean ' + near + '?' if near else ''}") from None
    return merge_base(top, ref)


def _nearest(ref: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    same = [name for name in names if ref and name.endswith(f"/{ref}")]
    found = dict.fromkeys([*same, *get_close_matches(ref, names, _SUGGESTED)])
    return " or ".join(f"`{name}`" for name in list(found)[:_SUGGESTED])


def default_base(top: str) -> tuple[str, str]:
    """What a pull request would most likely be made against, and why that: the upstream of the branch, else
    the default branch of the remote, else `main` or `master`. Raises GitError."""
    upstream = symbolic_name(top, "@{upstream}")
    if upstream is not None:
        return upstream, "the branch's upstream"
    remote = symbolic_name(top, "refs/remotes/origin/HEAD")
    if remote is not None:
        return remote, "the remote's default branch"
    names = ref_names(top)
    for name in ("main", "master", "origin/main", "origin/master"):
        if name in names:
            return name, "the first that there is of main and master"
    raise RefError("there is no upstream, no default branch of a remote and no main or master; name the base")


def _add_unstaged(
    top: str, files: dict[str, ChangedFile], deleted: dict[str, ChangedFile], read: Read
) -> None:
    for status, path, mode, blob, mode_changed in unstaged_files(top):
        known = files.get(path)
        if status == "D":
            gone = files.pop(path, None) or ChangedFile("", path, blob, mode)
            if gone.old_path and gone.old_blob:
                deleted[gone.old_path] = gone._replace(path="")
        elif known is None and (mode_changed or not _is_blob(read(path), blob)):
            files[path] = ChangedFile(path, path if blob else "", blob, mode)
    for path in untracked_files(top):
        was = deleted.pop(path, None)  # only taken out of the index
        files[path] = ChangedFile(path) if was is None else was._replace(path=path)


def _is_blob(data: bytes | None, blob: str) -> bool:
    """Whether a content is the one of that id: git lists a file as changed that was only touched."""
    if data is None or not blob:
        return False
    import hashlib

    name = "sha1" if len(blob) == hashlib.sha1(usedforsecurity=False).digest_size * 2 else "sha256"
    return hashlib.new(name, b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest() == blob


def _pair_renamed(
    top: str,
    files: dict[str, ChangedFile],
    deleted: dict[str, ChangedFile],
    read: Read,
    interesting: Interesting,
) -> None:
    """Find what was renamed without git being told: each new file takes the gone one that is most like it."""
    gone = [path for path in sorted(deleted) if interesting(path)][:_MOST_PAIRED]
    fresh = [path for path in sorted(files) if not files[path].old_path and interesting(path)][:_MOST_PAIRED]
    if not gone or not fresh:
        return
    sizes = blob_sizes(top, (deleted[path].old_blob for path in gone))
    blobs = read_blobs(top, (blob for blob, size in sizes.items() if size <= _LONGEST_PAIRED))
    olds = {path: _line_lengths(blobs.get(deleted[path].old_blob)) for path in gone}
    news = {path: _line_lengths(read(path)) for path in fresh}
    alike = [(_likeness(olds[old], news[new]), old, new) for old in gone for new in fresh]
    for likeness, old, new in sorted(alike, key=lambda one: (-one[0], one[1:])):
        if likeness >= _ALIKE and old in deleted and not files[new].old_path:
            files[new] = deleted.pop(old)._replace(path=new)


def _line_lengths(data: bytes | None) -> Counter[bytes]:
    """How many bytes each line takes, all its copies together."""
    found: Counter[bytes] = Counter()
    for line in (data or b"").split(b"\n"):
        found[line.strip()] += len(line.strip())
    return found


def _likeness(old: Counter[bytes], new: Counter[bytes]) -> float:
    most = max(old.total(), new.total())
    return (old & new).total() / most if most else 0.0


def base_tree(top: str, changes: Changes, under: Tree | None) -> Tree:
    """The files as they were at the base: what did not change is as it is now, in the tree `under` (None: on
    the disk). Files that git ignores, or that are in neither, do not matter."""
    entries: dict[str, TreeFile | None] = dict.fromkeys(changes.files)
    before = (*changes.files.values(), *changes.deleted.values())
    for one in before:
        if one.old_path:
            entries[one.old_path] = TreeFile(one.old_path, one.old_mode, one.old_blob)
    return Tree(top, entries, whole=False) if under is None else under.changed(entries)
