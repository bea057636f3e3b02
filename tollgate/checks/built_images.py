"""Workloads against the images that they run: those built in the project, and well-known official ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tollgate.model.hints import TYPE_CHECKING, Any
from tollgate.model.kubernetes import CONTAINER_LISTS
from tollgate.model.node import Trail
from tollgate.model.project import IndexedObject, RelatedObject, Relation
from tollgate.model.rule import Context

if TYPE_CHECKING:
    from tollgate.model.builds import BuiltImage

_PLAIN_BASES = frozenset(
    {
        "alpine", "almalinux", "amazonlinux", "buildpack-deps", "busybox", "centos", "debian",
        "eclipse-temurin", "fedora", "golang", "node", "openjdk", "perl", "php", "python", "rockylinux",
        "ruby", "rust", "ubuntu",
    }
)  # fmt: skip
"""Official images that run as root and expose nothing."""

_WRITERS: dict[str, tuple[tuple[str, ...], str]] = {
    # official image: what it writes to before it serves anything, and the settings that could change that
    "nginx": (("/var/cache/nginx", "/run"), "nginx.conf"),
    "httpd": (("/usr/local/apache2/logs",), "httpd.conf"),
    "mysql": (("/run/mysqld",), "my.cnf"),
    "mariadb": (("/run/mysqld",), "my.cnf"),
    "postgres": (("/run/postgresql",), "postgresql.conf"),
}
_SETTINGS = ("/etc/nginx", "/usr/local/apache2/conf", "/etc/mysql", "/etc/my.cnf", "/etc/postgresql")
_HARMLESS_SETTINGS = ("/etc/nginx/conf.d", "/etc/nginx/templates", "/etc/nginx/ssl", "/etc/nginx/certs")
_OFFICIAL = "docker.io/library/"
_HIGHEST_PORT = 65535
_MOST_DIGITS = 10


def _containers(workload: IndexedObject) -> Iterator[tuple[Trail, Trail, Mapping[str, Any]]]:
    """Pod trail, container trail and container."""
    for pod in workload.pods:
        if workload.at(*pod, "os", "name") == "windows":
            continue
        for key, _ in CONTAINER_LISTS:
            items = workload.at(*pod, key)
            for index, container in enumerate(items if isinstance(items, list) else ()):
                if isinstance(container, Mapping):
                    yield pod, (*pod, key, index), container


def _built(container: Mapping[str, Any], context: Context) -> BuiltImage | None:
    return context.project.built_image(container.get("image"), context.policy.images.built)


def refused_user(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """The pod demands another user than root, and the image's USER is root or a name."""
    if not context.project.builds:
        return
    for pod, trail, container in _containers(workload):
        settings = [workload.at(*at, "securityContext") for at in (trail, pod)]
        known = [one for one in settings if isinstance(one, Mapping)]
        must = next((one["runAsNonRoot"] for one in known if one.get("runAsNonRoot") is not None), None)
        if must is not True or any(one.get("runAsUser") is not None for one in known):
            continue
        built = _built(container, context)
        said = None if built is None else _user_of(built.stage)
        if built is not None and said is not None:
            fields = {"name": container.get("name") or "", "said": said, "path": built.dockerfile.path}
            related = RelatedObject(built.dockerfile, (), "the image's user", built.stage.get("user-at"))
            yield Relation((*trail, "image"), fields=fields, related=(related,))


def _user_of(stage: Mapping[str, Any]) -> str | None:
    """What is wrong with the user of an image, in words; None if nothing is for certain."""
    if not stage["sets-user"]:
        plain = stage["base"] == "scratch" or _official_name(stage["base"]) in _PLAIN_BASES
        return "runs as root, for it has no USER" if plain else None
    user = stage["user"]
    name = "" if user is None else user.strip("\"'").partition(":")[0]
    if not name:
        return None
    if name == "root" or _number(name) == 0:
        return f"runs as `{name}`"
    return None if _number(name) is not None else f"has the user `{name}`, a name that may mean root"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _official_name(image: object) -> str | None:
    """`nginx` of `nginx:1.27`; None for what is not one of Docker's official images."""
    from tollgate.model.builds import name_of  # only where the answer hangs on it

    name = name_of(image)
    return name.removeprefix(_OFFICIAL) if name is not None and name.startswith(_OFFICIAL) else None


def port_not_exposed(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A container port that the image, which says what it listens on, does not name."""
    if not context.project.builds:
        return
    for _, trail, container in _containers(workload):
        built = _built(container, context)
        exposed = _exposed(built)
        ports = container.get("ports")
        for index, port in enumerate(ports if exposed and isinstance(ports, list) else ()):
            number = port.get("containerPort") if isinstance(port, Mapping) else None
            protocol = str(port.get("protocol") or "TCP").lower() if isinstance(port, Mapping) else ""
            if not isinstance(number, int) or isinstance(number, bool) or (number, protocol) in exposed:
                continue
            assert built is not None
            fields = {
                "name": container.get("name") or "",
                "port": number,
                "exposed": ", ".join(f"{one}/{kind}" for one, kind in sorted(exposed)),
                "path": built.dockerfile.path,
            }
            at = (*trail, "ports", index, "containerPort")
            related = RelatedObject(
                built.dockerfile, (), "what the image exposes", built.stage.get("ports-at")
            )
            yield Relation(at, fields=fields, related=(related,), key=f"{trail}{index}")


def _exposed(built: BuiltImage | None) -> set[tuple[int, str]]:
    """Empty where the base could add ports, or where one is not known."""
    if built is None:
        return set()
    stage = built.stage
    if stage["base"] != "scratch" and _official_name(stage["base"]) not in _PLAIN_BASES:
        return set()
    found: set[tuple[int, str]] = set()
    for text in stage["ports"]:
        ports, _, protocol = str(text or "?").partition("/")
        first, _, last = ports.partition("-")
        low, high = _number(first), _number(last or first)
        if low is None or high is None or high > _HIGHEST_PORT:
            return set()
        found.update((number, protocol.lower() or "tcp") for number in range(low, high + 1))
    return found


def must_write(workload: IndexedObject, context: Context) -> Iterator[Relation]:
    """A read-only root file system without room for what the image writes to as it starts."""
    for _, trail, container in _containers(workload):
        security = container.get("securityContext")
        if not isinstance(security, Mapping) or security.get("readOnlyRootFilesystem") is not True:
            continue
        if "command" in container or "args" in container:
            continue
        name, volumes = _writer(container, context)
        missing = [] if name is None else _without_room(_WRITERS[name][0], _mounts(container), volumes)
        if missing:
            fields = {
                "name": container.get("name") or "",
                "image": name,
                "paths": " and ".join(f"`{path}`" for path in missing),
            }
            at = (*trail, "securityContext", "readOnlyRootFilesystem")
            yield Relation(at, fields=fields)


def _without_room(needed: Sequence[str], mounts: Sequence[str], volumes: Sequence[str]) -> list[str]:
    """The paths that nothing is mounted over; none at all where the settings are somebody's own."""
    from tollgate.checks.host_paths import is_below, normalised

    room = [normalised(path) for path in (*mounts, *volumes)]
    for mount in map(normalised, mounts):
        harmless = any(is_below(mount, path) for path in _HARMLESS_SETTINGS)
        if not harmless and any(is_below(mount, path) for path in _SETTINGS):
            return []
    return [path for path in needed if not any(is_below(path, one) for one in room)]


def _writer(container: Mapping[str, Any], context: Context) -> tuple[str | None, list[str]]:
    """The well-known image that a container runs, itself or built upon, and the volumes it declares."""
    built = _built(container, context)
    if built is None:
        name = _official_name(container.get("image"))
        return (name if name in _WRITERS else None), []
    stage = built.stage
    name = _official_name(stage["base"])
    if name not in _WRITERS or stage["command"] or _WRITERS[name][1] in stage["mentions"]:
        return None, []
    return name, [path for path in stage["volumes"] if path is not None]


def _mounts(container: Mapping[str, Any]) -> list[str]:
    mounts = container.get("volumeMounts")
    paths = [
        one.get("mountPath")
        for one in (mounts if isinstance(mounts, list) else ())
        if isinstance(one, Mapping)
    ]
    return [path for path in paths if isinstance(path, str)]
