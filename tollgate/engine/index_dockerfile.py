"""Index entries of Dockerfiles: what relational rules may know of the images they make."""

from __future__ import annotations

from tollgate.model.dockerfile import Dockerfile, Stage
from tollgate.model.hints import Any
from tollgate.model.node import Node, Scalar, Sequence
from tollgate.model.project import DOCKERFILE, IndexedObject

MOST_STAGES = 100
WORDS = ("nginx.conf", "httpd.conf", "my.cnf", "postgresql.conf")
"""Names of settings; whether a Dockerfile has them says whether an image still is what its base is."""


def index_dockerfile(file: Dockerfile) -> tuple[IndexedObject, ...]:
    """What its stages are at their end. A hostile number of stages is nobody's image."""
    if not 0 < len(file.stages) <= MOST_STAGES:
        return ()
    mentioned = [word for word in WORDS if word in file.source.text]
    stages = [{**_stage(stage), "mentions": mentioned} for stage in file.stages]
    data = {"stages": stages}
    return (IndexedObject(file.source.path, 0, (), "", DOCKERFILE, None, None, data),)


def _stage(stage: Stage) -> dict[str, Any]:
    user, base, exposed = stage.field("user"), stage.field("root-base"), stage.field("exposed")
    found: dict[str, Any] = {
        "name": stage.object_name.lower(),
        "base": _known(base),
        "user": _known(user),
        "sets-user": user is not None,
        "ports": _texts(exposed),
        "volumes": _texts(stage.field("volumes")),
        "command": stage.field("cmd") is not None or stage.field("entrypoint") is not None,
    }
    if isinstance(user, Scalar):
        found["user-at"] = _at(stage, user)
    if isinstance(exposed, Sequence) and exposed.items:
        found["ports-at"] = _at(stage, exposed.items[-1])
    return found


def _at(stage: Stage, node: Node) -> tuple[int, int, int, int]:
    start, end = stage.source.region(node.start, node.end)
    return (*start, *end)


def _known(field: object) -> str | None:
    return field.value if isinstance(field, Scalar) and isinstance(field.value, str) else None


def _texts(field: object) -> list[str | None]:
    """The texts of a list; None stands for one that cannot be known."""
    return [_known(item) for item in field.items] if isinstance(field, Sequence) else []
