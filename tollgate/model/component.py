"""Kubernetes' own components as targets: kube-apiserver, etcd, kubelet … with their flags.

A component is found in a container that runs it, in its configuration document, or in a kubeadm
configuration. What its flags are is the same question everywhere; where they stand is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence as Seq

from tollgate.model.component_config import (
    FORMS,
    KUBEADM_GROUP,
    Form,
    Part as KubeadmPart,
    config_flags,
    kubeadm_flags,
    kubeadm_parts,
)
from tollgate.model.component_fields import FlagsOf
from tollgate.model.component_flags import (
    DEFAULTS,
    Flag,
    Flags,
    Plain,
    Stray,
    default_node,
    flag_value,
    read_flags,
)
from tollgate.model.component_names import image_version, may_run_component, version_of
from tollgate.model.component_words import Call, call_in
from tollgate.model.finding import Change
from tollgate.model.hints import TypeAlias, Union
from tollgate.model.kubernetes import Container, Manifest, items_at, text_at, trail_identity
from tollgate.model.node import UNKNOWN, Node, Scalar, Sequence, Trail, descend, key_place
from tollgate.model.source import Source, Span
from tollgate.model.target import Field, Target

Written: TypeAlias = Union[Call, Form, KubeadmPart]  # noqa: UP007
"""Where a component's flags are: a command line, a configuration document, kubeadm's extraArgs."""

_CONFIG_FLAG = {
    "etcd": "config-file",
    "kubelet": "config",
    "kube-scheduler": "config",
    "kube-proxy": "config",
}
"""With these flags what is not written may stand in a file that is not here."""


class Component:
    """One component. `written`: in what form its flags are. `siblings`: all components of the file.

    Fields: `name`, `form` (command-line, configuration, kubeadm), `flags` (as written), `effective`
    (with the defaults that hold where nothing is written), `admission-plugins` (the ones turned on).
    """

    __slots__ = (
        "_flags",
        "document",
        "manifest",
        "name",
        "parent",
        "siblings",
        "source",
        "trail",
        "version",
        "written",
    )
    noun = "component"

    def __init__(
        self,
        parent: Container | Manifest,
        name: str,
        written: Written,
        *,
        siblings: Seq[Component],
        version: tuple[int, int] | None,
    ) -> None:
        self.parent = parent
        self.name = name
        self.written = written
        self.siblings = siblings
        self.version = version
        """The version of Kubernetes that it is for, where its own text says so."""
        self.manifest = parent if isinstance(parent, Manifest) else parent.manifest
        self.source: Source = parent.source
        self.document = parent.document
        self.trail: Trail = written.trail if isinstance(written, KubeadmPart) else parent.trail
        self._flags: Flags | None = None

    @property
    def node(self) -> Node | None:
        return descend(self.manifest.root, self.trail)

    @property
    def object_name(self) -> str | None:
        return self.manifest.name

    @property
    def object_kind(self) -> str | None:
        return self.manifest.kind

    @property
    def form(self) -> str:
        if isinstance(self.written, Call):
            return "command-line"
        return "configuration" if isinstance(self.written, Form) else "kubeadm"

    @property
    def read(self) -> Flags:
        if self._flags is None:
            self._flags = self._read()
        return self._flags

    def _read(self) -> Flags:
        written = self.written
        if isinstance(written, Form):
            return Flags(config_flags(self.manifest, written), hidden=self.manifest.partial)
        if isinstance(written, KubeadmPart):
            hidden = self.manifest.partial or self.name == "kubelet"
            return Flags(kubeadm_flags(self.manifest, written), hidden)
        assert isinstance(self.parent, Container)
        found = read_flags(written.words, etcd=self.name == "etcd")
        flags, hidden = found.flags, found.hidden or self.manifest.partial
        if self.name == "etcd":
            hidden = _from_environment(self.parent, flags) or hidden
        return Flags(flags, hidden or _CONFIG_FLAG.get(self.name) in flags, found.strays)

    @property
    def strays(self) -> tuple[Stray, ...]:
        return self.read.strays

    def flag(self, name: str) -> Node | None:
        """The flag as written; None if it is not."""
        found = self.read.flags.get(name)
        return None if found is None else found.node

    def value(self, name: str) -> Node | None:
        """The value that counts: what is written, else the default; UNKNOWN where it may stand elsewhere."""
        found = self.flag(name)
        if found is not None:
            return found
        default = self._default(name)
        hidden = self.may_be_elsewhere(name)
        if default is None and not hidden:
            return None
        grip = self.grip()
        if default is None or hidden:
            return Scalar(UNKNOWN, grip.start, grip.end)
        return default_node(default, grip.start, grip.end)

    def _default(self, name: str) -> Plain | None:
        if isinstance(self.written, Form):
            return self.written.defaults.get(name)
        if isinstance(self.written, KubeadmPart) and name in self.written.defaults:
            return self.written.defaults[name]
        return DEFAULTS[self.name].get(name)

    def may_be_elsewhere(self, name: str) -> bool:
        """Whether a flag that is not written may be written where nobody looked: in another file, in what
        the run time fills in, or in a document that is not this one."""
        return self.read.hidden or (isinstance(self.written, Form) and name not in self.written.fields)

    def flag_trail(self, name: str) -> Trail | None:
        """Where a flag stands (or would stand) in a configuration document; None on command lines."""
        if not isinstance(self.written, Form) or name not in self.written.fields:
            return None
        found = self.read.flags.get(name)
        return (*self.manifest.trail, *self.written.fields[name]) if found is None else found.trail

    def field(self, name: str) -> Field:
        if name == "name":
            return Scalar(self.name, *self.grip())
        if name == "form":
            return Scalar(self.form, *self.grip())
        if name == "flags":
            return FlagsOf(self, effective=False)
        if name == "effective":
            return FlagsOf(self, effective=True)
        return self._enabled_plugins() if name == "admission-plugins" else None

    def _enabled_plugins(self) -> Node | None:
        """The admission plugins that are turned on; unknown where flags may be hidden."""
        given = [self.value(name) for name in ("enable-admission-plugins", "admission-control")]
        lists = [node for node in given if isinstance(node, Sequence)]
        if any(isinstance(node, Scalar) for node in given) and not lists:
            return given[0]
        grip = self.grip()
        start, end = (lists[0].start, lists[0].end) if lists else (grip.start, grip.end)
        plugins = Sequence(start, end)
        plugins.items = [item for node in lists for item in node.items]
        return plugins

    def owner(self, noun: str) -> Target | None:
        return self if noun == self.noun else self.parent.owner(noun)

    def grip(self) -> Span:
        """What stands for it: the container's name, `extraArgs` or what holds it, the document's kind."""
        if isinstance(self.written, KubeadmPart):
            for length in range(len(self.trail), len(self.manifest.trail), -1):
                if descend(self.manifest.root, self.trail[:length]) is not None:
                    place = key_place(self.manifest.root, self.trail[:length])
                    if place is not None:
                        return Span(place.start, place.end)
        return self.parent.grip()

    def identity(self) -> tuple[str, ...]:
        return (*self.parent.identity(), *trail_identity(self.manifest.root, self.trail), self.name)

    def changes_for(self, verb: str, keys: tuple[str, ...], value: object) -> tuple[Change, ...] | None:
        """What `set` or `remove` of a flag means for the text; None where it cannot be said."""
        from tollgate.model.component_changes import enable_plugin, remove_flag, set_flag

        if verb == "append" and keys == ("admission-plugins",):
            return enable_plugin(self, str(value))
        if len(keys) != 2 or keys[0] not in ("flags", "effective"):
            return None
        if verb == "set":
            return set_flag(self, keys[1], value)
        return remove_flag(self, keys[1]) if verb == "remove" else None


def _from_environment(container: Container, flags: dict[str, Flag]) -> bool:
    """etcd reads `ETCD_<FLAG>` where the flag is not given. True if there may be more than is seen."""
    hidden = any(True for _ in items_at(container.node, "envFrom"))
    for _, item in items_at(container.node, "env"):
        variable, value = text_at(item, "name"), item.get("value")
        if variable is None or not variable.startswith("ETCD_"):
            continue
        name = variable.removeprefix("ETCD_").lower().replace("_", "-")
        if name not in flags:
            text = value.value if isinstance(value, Scalar) else UNKNOWN
            place = value if isinstance(value, Scalar) else item
            known = flag_value(name, text) if isinstance(text, str) and "$(" not in text else UNKNOWN
            flags[name] = Flag(Scalar(known, place.start, place.end))
    return hidden


def components(containers: Iterable[Container], manifests: Iterable[Manifest]) -> Iterator[Component]:
    """Every component of a file."""
    manifests = list(manifests)
    found: list[Component] = []
    for container in filter(may_run_component, containers):
        call = call_in(container)
        if call is not None:
            version = None if call.name == "etcd" else image_version(container)
            found.append(Component(container, call.name, call, siblings=found, version=version))
    with_kubeadm = any(manifest.group == KUBEADM_GROUP for manifest in manifests)
    for manifest in manifests:
        form = FORMS.get((manifest.group, manifest.kind))
        if form is not None:
            if with_kubeadm:
                form = form._replace(defaults={**form.defaults, **_KUBEADM_FILLS.get(form.component, {})})
            found.append(Component(manifest, form.component, form, siblings=found, version=None))
        for part in kubeadm_parts(manifest):
            version = version_of(part.version)
            found.append(Component(manifest, part.component, part, siblings=found, version=version))
    yield from found


_KUBEADM_FILLS: dict[str, dict[str, Plain]] = {
    "kubelet": {"client-ca-file": "/etc/kubernetes/pki/ca.crt", "rotate-certificates": True}
}
"""What kubeadm fills into a KubeletConfiguration that is given with its own."""
