"""What the kustomizations of a repository say about its files: patches, labels, generated objects, and
which folder's build takes in which file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tollgate.model.record import NamedTuple


class Generated(NamedTuple):
    """A ConfigMap or Secret that a kustomization makes. `keys` None: they are not known."""

    kind: str
    name: str
    keys: tuple[str, ...] | None = None


class Kustomization(NamedTuple):
    """One kustomization file; all paths are relative to the root.

    files       resources that are files
    folders     folders whose build it takes in
    patches     files that change objects and are no whole ones
    labels      labels that it puts on pods
    more_labels labels that it puts on objects only
    generated   objects that it makes
    open        it also takes in what the repository does not show: a remote base, a chart, a plugin
    namespace   where it moves all objects to
    prefix, suffix   what it adds to their names
    replicas    it says how many pods some workload has, by `replicas` or in a patch that it holds itself
    """

    folder: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    more_labels: Mapping[str, str] = {}
    generated: tuple[Generated, ...] = ()
    open: bool = False
    namespace: str | None = None
    prefix: str = ""
    suffix: str = ""
    replicas: bool = False


class Kustomize:
    """All kustomizations of a repository, asked by file."""

    __slots__ = ("_builds", "_by_file", "_by_folder", "_patches", "label_keys")

    def __init__(self, kustomizations: Iterable[Kustomization] = ()) -> None:
        self._patches: set[str] = set()
        self._by_file: dict[str, list[Kustomization]] = {}
        self._by_folder: dict[str, list[Kustomization]] = {}
        self._builds: dict[str, tuple[Kustomization, ...]] = {}
        self.label_keys: set[str] = set()
        """Keys of all labels that some kustomization puts on pods."""
        for one in kustomizations:
            self._patches.update(one.patches)
            self.label_keys.update(one.labels)
            for path in one.files:
                self._by_file.setdefault(path, []).append(one)
            for folder in one.folders:
                self._by_folder.setdefault(folder, []).append(one)

    def is_patch(self, path: str) -> bool:
        """Whether some kustomization uses the file as a patch."""
        return path in self._patches

    def builds_of(self, path: str) -> tuple[Kustomization, ...]:
        """The kustomizations whose build takes the file in, directly or through other folders."""
        if path not in self._builds:
            found: dict[str, Kustomization] = {}
            todo = list(self._by_file.get(path, ()))
            while todo:
                one = todo.pop()
                if one.folder not in found:
                    found[one.folder] = one
                    todo += self._by_folder.get(one.folder, ())
            self._builds[path] = tuple(found[folder] for folder in sorted(found))
        return self._builds[path]

    def between(self, path: str, overlay: Kustomization) -> tuple[Kustomization, ...]:
        """The overlay, then all kustomizations below it through which it takes the file in."""
        inner = {one.folder: one for one in self.builds_of(path) if one.folder != overlay.folder}
        found = [overlay]
        for one in found:
            found += [inner.pop(folder) for folder in one.folders if folder in inner]
        return tuple(found)

    def sets_replicas(self, path: str) -> bool:
        """Whether a build that takes the file in says how many pods some workload has."""
        return any(one.replicas for one in self.builds_of(path))

    def is_open(self, path: str) -> bool:
        """Whether the file is built together with what the repository does not show."""
        return any(one.open for one in self.builds_of(path))

    def moves(self, path: str) -> bool:
        """Whether some build puts the file's objects into another namespace than they say."""
        return any(one.namespace is not None for one in self.builds_of(path))

    def plain_names(self, path: str, name: str) -> list[str]:
        """A name as the file says it, and without what builds of the file add to names: where kustomize does
        not know a field for a reference, people write the name that comes out."""
        names = [name]
        for one in self.builds_of(path):
            for known in names[:]:
                bare = known.removeprefix(one.prefix).removesuffix(one.suffix)
                if bare and bare not in names:
                    names.append(bare)
        return names
