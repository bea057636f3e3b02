"""Seccomp and AppArmor profiles: as fields, and as the annotations they were before.

Source: k8s.io/pod-security-admission/policy, which knows seccomp by annotations up to 1.18 and by fields
since 1.19, and AppArmor by both in every version.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.capabilities import adds_all, dropped
from tollgate.checks.places import problem_at
from tollgate.checks.pod_security import is_windows_exempt
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Container, Pod, is_null
from tollgate.model.kubernetes_security import SecurityContext
from tollgate.model.node import Mapping, Node, Scalar, descend
from tollgate.model.rule import Context

SECCOMP_OF_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_OF_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APPARMOR_OF_CONTAINER = "container.apparmor.security.beta.kubernetes.io/"
CONFINING = ("RuntimeDefault", "Localhost")
SECCOMP_FIELD_SINCE = (1, 19)


def pod_annotations(pod: Pod) -> Iterator[tuple[str, Scalar]]:
    """Keys and values of the pod's own annotations (the template's, for a workload)."""
    annotations = descend(pod.metadata, ("annotations",))
    if isinstance(annotations, Mapping):
        for key, entry in annotations.entries.items():
            if isinstance(entry.value, Scalar):
                yield key, entry.value


def seccomp_unconfined(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """A seccomp profile other than RuntimeDefault or Localhost, in so many words."""
    if context.kubernetes_version < SECCOMP_FIELD_SINCE:
        yield from _seccomp_annotation(security)
    elif _is_refused(descend(security.node, ("seccompProfile",))):
        yield _profile_problem(security, "seccompProfile")


def seccomp_missing(security: SecurityContext, context: Context) -> Iterator[Problem]:
    """No profile that confines: a refused one, or none from the container nor from its pod."""
    if context.kubernetes_version < SECCOMP_FIELD_SINCE:
        yield from _seccomp_annotation(security)
    elif not is_windows_exempt(security.pod, context):
        own = descend(security.node, ("seccompProfile",))
        if _is_refused(own):
            yield _profile_problem(security, "seccompProfile")
        elif is_null(own) and not security.of_pod and is_null(_of_pod(security, "seccompProfile")):
            yield problem_at(
                security.holder, "securityContext", "seccompProfile", fields={"state": "not set"}
            )


def _of_pod(security: SecurityContext, field: str) -> Node | None:
    return descend(security.pod.node, ("securityContext", field))


def _is_refused(profile: Node | None) -> bool:
    """A profile that is written and does not confine; one without type does not, either."""
    if is_null(profile):
        return False
    kind = descend(profile, ("type",))
    return not (isinstance(kind, Scalar) and kind.value in CONFINING)


def _profile_problem(security: SecurityContext, field: str) -> Problem:
    kind = descend(security.node, (field, "type"))
    state = "without a type" if kind is None or is_null(kind) else kind
    return problem_at(security.holder, "securityContext", field, "type", fields={"state": state})


def _seccomp_annotation(security: SecurityContext) -> Iterator[Problem]:
    key = SECCOMP_OF_POD
    if isinstance(security.holder, Container):
        key = f"{SECCOMP_OF_CONTAINER}{security.holder.name or ''}"
    for name, value in pod_annotations(security.pod):
        text = _text(value)
        confined = text in ("runtime/default", "docker/default") or text.startswith("localhost/")
        if name == key and not confined:
            yield _annotation_problem(security.pod, name, value)


def apparmor_unconfined(security: SecurityContext, _context: Context) -> Iterator[Problem]:
    """An AppArmor profile other than the runtime's or one of the node, by field or annotation."""
    if _is_refused(descend(security.node, ("appArmorProfile",))):
        yield _profile_problem(security, "appArmorProfile")
    if security.of_pod:
        for name, value in pod_annotations(security.pod):
            text = _text(value)
            confined = text in ("", "runtime/default") or text.startswith("localhost/")
            if name.startswith(APPARMOR_OF_CONTAINER) and not confined:
                yield _annotation_problem(security.pod, name, value)


def apparmor_missing(container: Container, _context: Context) -> Iterator[Problem]:
    """Neither field nor annotation sets an AppArmor profile for a container."""
    if is_null(container.effective("appArmorProfile")[0]) and not container.pod.is_windows:
        annotation = f"{APPARMOR_OF_CONTAINER}{container.name or ''}"
        if not any(name == annotation and _text(value) for name, value in pod_annotations(container.pod)):
            yield problem_at(container, "securityContext", "appArmorProfile")


def _text(value: Scalar) -> str:
    return "" if value.value is None else str(value.value)


def _annotation_problem(pod: Pod, key: str, value: Scalar) -> Problem:
    trail = (*pod.metadata_trail, "annotations", key)[len(pod.manifest.trail) :]
    return problem_at(pod.manifest, *trail, fields={"state": value if _text(value) else "empty"}, key=key)


def unconfined(container: Container, _context: Context) -> Iterator[Problem]:
    """None of AppArmor, SELinux, seccomp and dropped capabilities narrows a Linux container."""
    profiles = [container.effective(name)[0] for name in ("seccompProfile", "appArmorProfile")]
    if container.pod.is_windows or (dropped(container) and not adds_all(container)):
        return
    if any(not is_null(profile) and not _is_refused(profile) for profile in profiles):
        return
    selinux = container.effective("seLinuxOptions")[0]
    if isinstance(selinux, Mapping) and any(not is_null(entry.value) for entry in selinux.entries.values()):
        return
    if not any(_confines(key, value, container) for key, value in pod_annotations(container.pod)):
        yield problem_at(container)


def _confines(key: str, value: Scalar, container: Container) -> bool:
    text = _text(value)
    return key == f"{APPARMOR_OF_CONTAINER}{container.name or ''}" and (
        text == "runtime/default" or text.startswith("localhost/")
    )
