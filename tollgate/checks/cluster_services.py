"""Services of a cluster that have been ways in: Tiller (Helm 2) and the dashboard."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model import lazy_re as re
from tollgate.model.component_names import image_name
from tollgate.model.finding import Problem
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.kubernetes import Container, Manifest, Pod, items_at, text_at
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, descend
from tollgate.model.rule import Context

if TYPE_CHECKING:
    from tollgate.model.component_flags import Flags

_TILLER = r"(?:^|[^a-z0-9])tiller(?:$|[^a-z0-9])"
_TILLER_LABELS = frozenset({("name", "tiller"), ("app", "tiller"), ("app", "helm")})
_LOOPBACK = r"(?:localhost|127\.[0-9.]+|\[::1\]):[0-9]+"

_DASHBOARD = "kubernetes-dashboard"
_DASHBOARD_IMAGE = r"(?:^|/)(?:kubernetes-dashboard(?:-[a-z0-9]+)?(?:[:@/]|$)|kubernetesui/)"
_DASHBOARD_LABELS = frozenset(
    (key, _DASHBOARD) for key in ("k8s-app", "app", "app.kubernetes.io/name", "app.kubernetes.io/part-of")
)


def _is_tiller(text: str) -> bool:
    """Whether it is one of the words of a name. The first look is the one that nearly all names fail."""
    return "iller" in text and re.search(_TILLER, text, re.IGNORECASE) is not None


def _runs_tiller(container: Container) -> bool:
    return "iller" in (text_at(container.node, "image") or "") and _is_tiller(image_name(container))


def _flags_of(container: Container, *, single_dash: bool) -> Flags:
    from tollgate.model.component_flags import read_flags
    from tollgate.model.component_words import container_words

    return read_flags(container_words(container), etcd=single_dash)


def _telling_label(labels: Node | None, telling: frozenset[tuple[str, str]]) -> str | None:
    """The key of the first label that is one of these."""
    if isinstance(labels, Mapping):
        for key, entry in labels.entries.items():
            if isinstance(entry.value, Scalar) and (key, entry.value.value) in telling:
                return key
    return None


def tiller_deployed(pod: Pod, _context: Context) -> Iterator[Problem]:
    """By its image, else by its labels, else by a name."""
    for container in pod.containers:
        if _runs_tiller(container):
            yield problem_at(container, "image")
            return
    key = _telling_label(descend(pod.metadata, ("labels",)), _TILLER_LABELS)
    if key is not None:
        yield _at_metadata(pod, "labels", key)
        return
    key = _telling_label(descend(pod.manifest.metadata, ("labels",)), _TILLER_LABELS)
    if key is not None:
        yield problem_at(pod.manifest, "metadata", "labels", key)
    elif _is_tiller(text_at(pod.metadata, "name") or ""):
        yield _at_metadata(pod, "name")
    elif _is_tiller(pod.manifest.name or ""):
        yield problem_at(pod.manifest, "metadata", "name")


def _at_metadata(pod: Pod, *below: str) -> Problem:
    """A place in the pod's metadata, which stands beside its spec."""
    trail = (*pod.metadata_trail, *below)
    return problem_at(pod.manifest, *trail[len(pod.manifest.trail) :])


def tiller_listens(container: Container, _context: Context) -> Iterator[Problem]:
    """Tiller takes commands from every pod unless `--listen` names the loopback address."""
    if not _runs_tiller(container) and not _is_labelled_tiller(container):
        return
    found = _flags_of(container, single_dash=True)
    listen = found.flags.get("listen")
    if listen is None:
        if not found.hidden:
            yield problem_at(container)._replace(missing=True)
    elif not _is_loopback(listen.node):
        yield Problem(listen.node.start, listen.node.end, fields={"value": listen.node})


def _is_labelled_tiller(container: Container) -> bool:
    """Labels speak of the pod, so only of its one container without doubt."""
    pod = container.pod
    if sum(other.role == "regular" for other in pod.containers) != 1 or container.role != "regular":
        return False
    return _telling_label(descend(pod.metadata, ("labels",)), _TILLER_LABELS - {("app", "helm")}) is not None


def _is_loopback(node: Node) -> bool:
    """Also true of what only the run time knows."""
    value = node.value if isinstance(node, Scalar) else None
    return value is UNKNOWN or re.fullmatch(_LOOPBACK, str(value)) is not None


def tiller_service(service: Manifest, _context: Context) -> Iterator[Problem]:
    """By its selector, else by its labels, else by its name."""
    for below in (("spec", "selector"), ("metadata", "labels")):
        mapping = descend(service.node, below)
        for key in mapping.entries if isinstance(mapping, Mapping) else ():
            if _is_tiller(text_at(mapping, key) or ""):
                yield problem_at(service, *below, key)
                return
    if _is_tiller(service.name or ""):
        yield problem_at(service, "metadata", "name")


def _is_dashboard(container: Container) -> bool:
    image = text_at(container.node, "image")
    hint = image is not None and ("dashboard" in image or "kubernetesui" in image)
    return hint and re.search(_DASHBOARD_IMAGE, image or "") is not None


def dashboard_deployed(pod: Pod, _context: Context) -> Iterator[Problem]:
    """By its image, else by its labels."""
    for container in pod.containers:
        if _is_dashboard(container):
            yield problem_at(container, "image")
            return
    key = _telling_label(descend(pod.metadata, ("labels",)), _DASHBOARD_LABELS)
    if key is not None:
        yield _at_metadata(pod, "labels", key)
        return
    key = _telling_label(descend(pod.manifest.metadata, ("labels",)), _DASHBOARD_LABELS)
    if key is not None:
        yield problem_at(pod.manifest, "metadata", "labels", key)


_OPEN_FLAGS = ("enable-skip-login", "enable-insecure-login")


def dashboard_login(container: Container, _context: Context) -> Iterator[Problem]:
    """Flags with which the dashboard asks nobody who he is, or asks over plain HTTP."""
    if not _is_dashboard(container):
        return
    found = _flags_of(container, single_dash=False)
    for name in _OPEN_FLAGS:
        flag = found.flags.get(name)
        if flag is not None and isinstance(flag.node, Scalar) and flag.node.value in (True, "true"):
            yield Problem(flag.node.start, flag.node.end, fields={"flag": name}, key=name)


def dashboard_account_used(pod: Pod, _context: Context) -> Iterator[Problem]:
    """A pod that is not the dashboard, nor the scraper beside it, runs with its rights."""
    key = "serviceAccountName" if "serviceAccountName" in pod.node.entries else "serviceAccount"
    if text_at(pod.node, key) != _DASHBOARD:
        return
    names = [image_name(container) for container in pod.containers]
    if not any("dashboard" in name or "metrics-scraper" in name for name in names):
        yield problem_at(pod, key)


def dashboard_role_given(binding: Manifest, _context: Context) -> Iterator[Problem]:
    """Somebody else than the dashboard gets its role."""
    role = text_at(binding.node.get("roleRef"), "name") or ""
    if role != _DASHBOARD:
        return
    for index, subject in items_at(binding.node, "subjects"):
        name = text_at(subject, "name")
        if name is not None and name != _DASHBOARD:
            yield problem_at(binding, "subjects", index, "name", fields={"subject": name}, key=name)
