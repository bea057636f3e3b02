"""The side of a change that is trusted: a commit that policy, rules and the baseline are read from, in place
of the work tree, which the change may have written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tollgate.baseline_file import Place, load_baseline
from tollgate.changes import explained, work_tree_top
from tollgate.files import FileContent, Home, folder_home
from tollgate.git import GitError
from tollgate.git_objects import RefError, commit_home, merge_base, resolve_commit
from tollgate.model.baseline import Baseline, Entry
from tollgate.model.record import NamedTuple
from tollgate.model.source import Region

OPTION = "--trusted-ref"
_SHOWN_OF_COMMIT = 12


class Trusted(NamedTuple):
    """A commit that is trusted.

    ref      what the user called it
    commit   its id
    fork     the id of the commit where the change left its history
    home     its files, by which the run goes
    before   the files at `fork`, by which it is told what the change changed
    asked    the files and folders that policy was read from, as far as it was; grows
    """

    ref: str
    commit: str
    fork: str
    home: Home
    before: Home
    asked: dict[str, bool]

    @property
    def called(self) -> str:
        """The commit in messages."""
        short = self.commit[:_SHOWN_OF_COMMIT]
        return short if self.commit.startswith(self.ref) else f"{self.ref} ({short})"


class Weakened(NamedTuple):
    """What a change takes away from the gate, at one place. `sure`: it does; else a reviewer has to judge.
    `region` None: the whole file."""

    path: str
    message: str
    sure: bool = True
    region: Region | None = None


def trusted_side(root: str, ref: str) -> Trusted:
    """The commit that `ref` names in the work tree `root`. Raises GitError with what to do."""
    top = work_tree_top(root, OPTION)
    try:
        commit = resolve_commit(top, ref)
        fork = merge_base(top, commit)
    except RefError as error:
        raise RefError(f"{OPTION}: {error}") from None
    except GitError as error:
        raise explained(top, error) from None
    asked: dict[str, bool] = {}
    home = commit_home(top, commit, name=f"{ref}:")
    return Trusted(ref, commit, fork, _recorded(home, asked), commit_home(top, fork, name=f"{ref}:"), asked)


def _recorded(home: Home, asked: dict[str, bool]) -> Home:
    """The same files; `asked` is told which of them were read (True: a folder was listed)."""

    def read(path: str, limit: int) -> FileContent:
        content = home.read(path, limit)
        if content.state == "ok":
            asked.setdefault(path, False)
        return content

    def below(path: str) -> Sequence[str]:
        asked[path] = True
        return home.below(path)

    return Home(home.name, read, below)


class Agreed(NamedTuple):
    """A baseline of which a part counts.

    counts   the entries that count, as the change has them; None: there is no baseline
    head     the baseline as the change has it
    added    indices of entries in `head` that the change adds or widens
    """

    counts: Baseline | None
    head: Baseline | None = None
    added: tuple[int, ...] = ()


def agreed_baseline(place: Place, trusted: Trusted, root: str, *, cache_for: str | None) -> Agreed:
    """What counts of the baseline at `place`: what the trusted commit and the work tree both have.

    One that is not in the repository is nothing that a change could touch. Raises BaselineError for either
    that cannot be used.
    """
    base = load_baseline(place, cache_for=cache_for)
    if place.home is not trusted.home:
        return Agreed(base)
    head = load_baseline(
        place._replace(home=folder_home(root), shown=place.path, wanted=False), cache_for=cache_for
    )
    if head is None:
        return Agreed(None)
    before = load_baseline(place._replace(home=trusted.before), cache_for=cache_for, may_lack=True)
    return split_baseline(head, base, before)


def split_baseline(head: Baseline, trusted: Baseline | None, before: Baseline | None) -> Agreed:
    """The entries of `head` that are in `trusted` as well, and those that are not even in `before`.

    What the change takes out of the baseline is out. An entry that goes with its file to another path is the
    same one.
    """
    known, old = _accepted(trusted), _accepted(before)
    left, was = _numbers(trusted, head), _numbers(before, head)
    counts: list[Entry] = []
    added: list[int] = []
    for index, entry in enumerate(head.entries):
        agreed = known.get(_key(entry)) or _moved(entry, left)
        before_it = old.get(_key(entry)) or _moved(entry, was)
        if all(one is None or _is_wider(entry, one) for one in (agreed, before_it)):
            added.append(index)
        if agreed is not None:
            ends = [day for day in (entry.until, agreed.until) if day]
            number = min(entry.number, agreed.number)
            counts.append(entry._replace(number=number, until=min(ends, default="")))
    return Agreed(head._replace(entries=tuple(counts)), head, tuple(added))


_Key = tuple[str, str, str]


def _key(entry: Entry) -> _Key:
    return entry.path, entry.rule, entry.fingerprint


def _accepted(baseline: Baseline | None) -> Mapping[_Key, Entry]:
    return {} if baseline is None else {_key(entry): entry for entry in baseline.entries}


def _numbers(baseline: Baseline | None, head: Baseline) -> dict[tuple[str, str], list[Entry]]:
    """Rule and fingerprint → the entries that `head` does not have any more."""
    gone: dict[tuple[str, str], list[Entry]] = {}
    kept = {_key(entry) for entry in head.entries}
    for entry in () if baseline is None else baseline.entries:
        if _key(entry) not in kept:
            gone.setdefault((entry.rule, entry.fingerprint), []).append(entry)
    return gone


def _moved(entry: Entry, gone: dict[tuple[str, str], list[Entry]]) -> Entry | None:
    found = gone.get((entry.rule, entry.fingerprint))
    return found.pop(0) if found else None


def _is_wider(entry: Entry, agreed: Entry) -> bool:
    later = bool(agreed.until) and (not entry.until or entry.until > agreed.until)
    return later or entry.number > agreed.number
