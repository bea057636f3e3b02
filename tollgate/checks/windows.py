"""Windows containers."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, is_null
from tollgate.model.node import Node, Scalar, descend
from tollgate.model.rule import Context

OPTIONS = ("securityContext", "windowsOptions")


def windows_option(container: Container, name: str) -> Node | None:
    """The option that counts: the container's, else the pod's, each field on its own."""
    own = descend(container.node, (*OPTIONS, name))
    return descend(container.pod.node, (*OPTIONS, name)) if is_null(own) else own


def not_container_user(container: Container, _context: Context) -> Iterator[Problem]:
    """Another user than ContainerUser, or whichever the image has; HostProcess containers aside."""
    host_process = windows_option(container, "hostProcess")
    if isinstance(host_process, Scalar) and host_process.value is True:
        return
    user = windows_option(container, "runAsUserName")
    name = user.value if isinstance(user, Scalar) else None
    if name is None:
        yield problem_at(container, *OPTIONS, "runAsUserName", fields={"user": "the image's user"})
    elif str(name).lower() != "containeruser":
        own = is_null(descend(container.node, (*OPTIONS, "runAsUserName")))
        fields = {"user": f"`{name}`"}
        yield problem_at(container.pod if own else container, *OPTIONS, "runAsUserName", fields=fields)
