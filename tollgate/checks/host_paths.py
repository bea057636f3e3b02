"""Paths of the host that pods mount, compared as the kernel would resolve them by their text."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tollgate.checks.places import problem_at, related_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Container, Manifest, Part, Pod, items_at, text_at
from tollgate.model.node import Trail, descend
from tollgate.model.rule import Context

SENSITIVE = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/sbin", "/sys", "/usr",
    "/var/lib/containerd", "/var/lib/containers", "/var/lib/docker", "/var/lib/etcd", "/var/lib/kubelet",
    "/var/lib/rancher", "/run/containerd", "/run/crio", "/run/docker", "/run/systemd", "/var/log/pods",
    "c:/etc/kubernetes", "c:/programdata/containerd", "c:/programdata/docker", "c:/var/lib/kubelet",
    "c:/windows",
)  # fmt: skip
"""The node's programs, devices, credentials and state, with all that is below."""

SENSITIVE_ALONE = frozenset({"/", "/home", "/run", "/var", "/var/lib", "/var/log", "c:", "c:/"})
"""Folders that hold such things among others."""

HARMLESS = (
    "/etc/localtime", "/etc/machine-id", "/etc/os-release", "/etc/pki/ca-trust", "/etc/ssl/certs",
    "/etc/timezone", "/usr/lib/os-release", "/usr/local/share/ca-certificates", "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
)  # fmt: skip
"""What everybody may know about a node."""

SOCKETS = frozenset(
    {
        "buildkitd.sock", "containerd.sock", "cri-dockerd.sock", "crio.sock", "docker.sock",
        "dockershim.sock", "frakti.sock", "podman.sock",
    }
)  # fmt: skip

SOCKET_FOLDERS = frozenset(
    {"/run/buildkit", "/run/containerd", "/run/crio", "/run/docker", "/run/k3s/containerd", "/run/podman"}
)

PIPES = frozenset({"containerd-containerd", "cri-dockerd", "docker_engine", "dockershim"})


CLOUD_CREDENTIALS = (
    "/etc/kubernetes/azure.json", "/etc/kubernetes/cloud-config", "/etc/kubernetes/cloud.conf",
    "/var/lib/google", "/var/lib/cloud/instance",
)  # fmt: skip
CLOUD_FOLDERS = frozenset({".aws", ".azure", ".config/gcloud", ".gcloud", ".oci", ".aliyun"})
"""In whoever's home directory."""


def normalised(path: str) -> str:
    """`//etc/./x/..` as `/etc`, `/var/run` as the `/run` that it links to, Windows paths with `/` and in
    lower case, which is how Windows compares them."""
    if "\\" in path or path[1:2] == ":":
        path = path.replace("\\", "/").lower()
    clean = posixpath.normpath(path)
    if clean.startswith("//"):
        clean = clean[1:]
    return "/run" + clean.removeprefix("/var/run") if f"{clean}/".startswith("/var/run/") else clean


def is_below(path: str, folder: str) -> bool:
    """Whether a normalised path is the folder or something in it."""
    return path == folder or path.startswith(f"{folder}/")


def is_sensitive(path: str) -> bool:
    clean = normalised(path)
    if any(is_below(clean, one) for one in HARMLESS):
        return False
    return clean in SENSITIVE_ALONE or any(is_below(clean, folder) for folder in SENSITIVE)


def is_socket(path: str) -> bool:
    """A container runtime's socket or pipe, or a folder that is made for one."""
    clean = normalised(path)
    folder, _, name = clean.rpartition("/")
    if folder.lower().endswith("/pipe"):
        return name.lower() in PIPES
    return name in SOCKETS or clean in SOCKET_FOLDERS


def sensitive(volume: Part, _context: Context) -> Iterator[Problem]:
    """A hostPath that holds the node's own credentials, programs, devices or state."""
    path = _host_path(volume)
    if path is not None and is_sensitive(path):
        yield _at_path(volume, path)


def is_cloud_credentials(path: str) -> bool:
    """Where cloud providers' tools and node agents keep keys and tokens."""
    clean = normalised(path)
    inside = f"{clean}/"
    return any(is_below(clean, one) for one in CLOUD_CREDENTIALS) or any(
        f"/{folder}/" in inside for folder in CLOUD_FOLDERS
    )


def cloud_credentials(volume: Part, _context: Context) -> Iterator[Problem]:
    """A hostPath with credentials of a cloud provider."""
    path = _host_path(volume)
    if path is not None and is_cloud_credentials(path):
        yield _at_path(volume, path)


def runtime_socket(volume: Part, _context: Context) -> Iterator[Problem]:
    """A hostPath that is a container runtime's socket."""
    path = _host_path(volume)
    if path is not None and is_socket(path):
        yield _at_path(volume, path)


def proc(volume: Part, _context: Context) -> Iterator[Problem]:
    """A hostPath that is the node's /proc or lies in it."""
    path = _host_path(volume)
    if path is not None and is_below(normalised(path), "/proc"):
        yield _at_path(volume, path)


def any_path(volume: Part, _context: Context) -> Iterator[Problem]:
    """Any hostPath: at its path, or at the key where there is none."""
    host_path = descend(volume.node, ("hostPath",))
    if host_path is not None and getattr(host_path, "value", True) is not None:
        yield _at_path(volume, _host_path(volume) or "")


def _host_path(volume: Part) -> str | None:
    return text_at(descend(volume.node, ("hostPath",)), "path")


def _at_path(volume: Part, path: str) -> Problem:
    return problem_at(volume, "hostPath", "path", fields={"path": path}, fix=without_volume(volume))


def without_volume(volume: Part) -> FixPlan | None:
    """Take the volume and all its mounts away; None for a volume without a name."""
    pod = volume.parent
    assert isinstance(pod, Pod)
    name = text_at(volume.node, "name")
    if name is None:
        return None
    trails: list[Trail] = [volume.trail]
    for container in pod.containers:
        for index, mount in items_at(container.node, "volumeMounts"):
            if text_at(mount, "name") == name:
                trails.append((*container.trail, "volumeMounts", index))
    changes = tuple(Change("remove", volume.document, trail) for trail in trails)
    return FixPlan(safe=False, changes=changes, title=f"remove the volume `{name}` and its mounts")


def writable_mount(mount: Part, _context: Context) -> Iterator[Problem]:
    """A mount of a hostPath volume that is not read-only."""
    yield from _writable(mount, only_sensitive=False)


def writable_sensitive_mount(mount: Part, _context: Context) -> Iterator[Problem]:
    """A mount of a sensitive hostPath that is not read-only."""
    yield from _writable(mount, only_sensitive=True)


def _writable(mount: Part, *, only_sensitive: bool) -> Iterator[Problem]:
    container = mount.parent
    assert isinstance(container, Container)
    read_only = descend(mount.node, ("readOnly",))
    if getattr(read_only, "value", None) is True:
        return
    found = _mounted_host_path(container.pod, text_at(mount.node, "name"))
    if found is None or (only_sensitive and not is_sensitive(found[1])):
        return
    index, path = found
    related = related_at(container.pod, "volumes", index, "hostPath", "path", message="the host's path")
    yield problem_at(mount, "readOnly", fields={"path": path}, related=(related,))


def _mounted_host_path(pod: Pod, name: str | None) -> tuple[int, str] | None:
    """Index and path of the hostPath volume of that name."""
    for index, volume in items_at(pod.node, "volumes"):
        if name is not None and text_at(volume, "name") == name:
            path = text_at(volume.get("hostPath"), "path")
            return None if path is None else (index, path)
    return None


def not_allowed(manifest: Manifest, context: Context) -> Iterator[Problem]:
    """A hostPath of a pod or PersistentVolume that lies in none of the option's folders; silent without
    any."""
    allowed = [normalised(str(folder)).rstrip("/") for folder in context.options["allowed"]]
    if not allowed:
        return
    trails: list[Trail] = [("spec", "hostPath", "path")] if manifest.kind == "PersistentVolume" else []
    for pod in manifest.pods:
        start = pod.trail[len(manifest.trail) :]
        trails += [
            (*start, "volumes", index, "hostPath", "path") for index, _ in items_at(pod.node, "volumes")
        ]
    for trail in trails:
        path = text_at(descend(manifest.node, trail[:-1]), "path")
        if path is not None and not any(is_below(normalised(path), folder) for folder in allowed):
            yield problem_at(manifest, *trail, fields={"path": path}, key=".".join(map(str, trail)))
