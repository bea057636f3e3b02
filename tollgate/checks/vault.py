"""Secrets from Vault: where policy requires it, and the annotations of the Vault Agent injector.

Source of the annotations: developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.checks.text_fields import not_text
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Manifest, Part, Pod, items_at, text_at
from tollgate.model.node import Mapping, Scalar, Trail, child, descend
from tollgate.model.policy import scope_matcher
from tollgate.model.rule import Context
from tollgate.model.target import Target

PREFIX = "vault.hashicorp.com/"

BOOLEANS = frozenset(
    """agent-inject agent-init-first agent-pre-populate agent-pre-populate-only agent-run-as-same-user
    agent-set-security-context agent-share-process-namespace agent-cache-enable agent-enable-quit
    agent-inject-token agent-revoke-on-shutdown agent-disable-idle-connections preserve-secret-case
    tls-skip-verify agent-auto-auth-exit-on-err agent-inject-default-template-exit""".split()
)
NAMES = BOOLEANS | frozenset(
    """role service log-level log-format namespace proxy-address auth-path auth-type auth-min-backoff
    auth-max-backoff agent-auth-min-backoff agent-auth-max-backoff ca-cert ca-key client-cert client-key
    client-max-retries client-timeout tls-secret tls-server-name secret-volume-path agent-image
    agent-inject-status agent-inject-containers agent-limits-cpu agent-limits-mem agent-limits-ephemeral
    agent-requests-cpu agent-requests-mem agent-requests-ephemeral agent-run-as-user agent-run-as-group
    agent-copy-volume-mounts agent-configmap agent-extra-secret agent-revoke-grace
    agent-cache-use-auto-auth-token agent-cache-listener-port agent-cache-exit-on-err
    agent-service-account-token-volume-name
    agent-disable-keep-alives agent-json-patch agent-init-json-patch agent-telemetry agent-share-process
    agent-inject-default-template agent-termination-grace-period template-static-secret-render-interval
    template-config-exit-on-retry-failure template-max-connections-per-host error-on-missing-key
    agent-template-left-delim agent-template-right-delim go-max-procs csi-enabled""".split()
)
PARSED_AS_BOOLEAN = frozenset("true false 1 0 t f T F TRUE FALSE True False".split())
"""Strings that Go's strconv.ParseBool takes."""

FAMILIES = (
    "agent-inject-secret-",
    "agent-inject-template-",
    "agent-inject-template-file-",
    "agent-inject-file-",
    "agent-inject-perms-",
    "agent-inject-command-",
    "agent-template-left-delim-",
    "agent-template-right-delim-",
    "secret-volume-path-",
    "preserve-secret-case-",
    "error-on-missing-key-",
    "auth-config-",
    "agent-telemetry-",
    "role-",
)
SECRETS = ("agent-inject-secret-", "agent-inject-template-", "agent-inject-file-")


def kubernetes_secret(target: Target, context: Context) -> Iterator[Problem]:
    """Each Kubernetes Secret that a pod takes through env, envFrom or a volume, where policy wants Vault."""
    assert isinstance(target, Pod)
    required = scope_matcher(context.policy.vault.required)
    if not required(target.source.path, target.manifest.namespace):
        return
    for owner, trail in _secret_places(target):
        name = descend(owner, trail)
        shown = name.value if isinstance(name, Scalar) else "(unnamed)"
        yield problem_at(target, *trail, fields={"secret": shown}, key=str(shown))


def _secret_places(pod: Pod) -> Iterator[tuple[Mapping, Trail]]:
    for container in pod.containers:
        start = container.trail[len(pod.trail) :]
        for index, item in items_at(container.node, "env"):
            if descend(item, ("valueFrom", "secretKeyRef")) is not None:
                yield pod.node, (*start, "env", index, "valueFrom", "secretKeyRef", "name")
        for index, item in items_at(container.node, "envFrom"):
            if child(item, "secretRef") is not None:
                yield pod.node, (*start, "envFrom", index, "secretRef", "name")
    for index, volume in items_at(pod.node, "volumes"):
        if child(volume, "secret") is not None:
            yield pod.node, ("volumes", index, "secret", "secretName")
        for number, source in items_at(volume.get("projected"), "sources"):
            if child(source, "secret") is not None:
                yield pod.node, ("volumes", index, "projected", "sources", number, "secret", "name")


def on_workload(target: Target, _context: Context) -> Iterator[Problem]:
    """Annotations of the injector on a workload that is no pod; the fix moves them to its template."""
    assert isinstance(target, Manifest)
    if target.kind == "Pod" or len(target.pods) != 1:
        return
    pod = target.pods[0]
    for key in _annotations(target):
        source = (*target.trail, "metadata", "annotations", key)
        destination = (*pod.metadata_trail, "annotations", key)
        plan = None
        if descend(target.root, destination) is None:
            change = Change("move", target.document, source, destination)
            plan = FixPlan(True, (change,), title="move it to the pod template")
        fields = {"key": key, "kind": target.kind}
        yield problem_at(
            target, "metadata", "annotations", key, key_only=True, fields=fields, key=key, fix=plan
        )


def _annotations(manifest: Manifest) -> list[str]:
    found = descend(manifest.node, ("metadata", "annotations"))
    return [key for key in found.entries if key.startswith(PREFIX)] if isinstance(found, Mapping) else []


def unknown(target: Target, _context: Context) -> Iterator[Problem]:
    """An annotation in the injector's domain that it does not know."""
    assert isinstance(target, Part)
    key = str(target.trail[-1])
    name = key.removeprefix(PREFIX)
    if not key.startswith(PREFIX) or name in NAMES or name.startswith(FAMILIES):
        return
    from difflib import get_close_matches

    near = get_close_matches(name, [*NAMES, *FAMILIES], n=1)
    hint = f"; did you mean `{PREFIX}{near[0]}{'…' if near[0].endswith('-') else ''}`?" if near else ""
    span = target.grip()
    yield Problem(span.start, span.end, fields={"key": key, "hint": hint}, key=key)


def wrong_value(target: Target, _context: Context) -> Iterator[Problem]:
    """A boolean annotation whose value is no string that Go's ParseBool takes."""
    assert isinstance(target, Part)
    key = str(target.trail[-1])
    value = target.node
    if (
        not key.startswith(PREFIX)
        or key.removeprefix(PREFIX) not in BOOLEANS
        or not isinstance(value, Scalar)
    ):
        return
    if value.value not in PARSED_AS_BOOLEAN:
        _, fix = not_text(target, value, target.trail)
        yield Problem(value.start, value.end, fields={"key": key}, key=key, fix=fix)


def incomplete(target: Target, _context: Context) -> Iterator[Problem]:
    """Injection without a role, or secrets without injection."""
    assert isinstance(target, Pod)
    annotations = child(target.metadata, "annotations")
    if not isinstance(annotations, Mapping):
        return
    names = {key.removeprefix(PREFIX): key for key in annotations.entries if key.startswith(PREFIX)}
    below = (*target.metadata_trail, "annotations")[len(target.manifest.trail) :]
    wanted = [key for name, key in names.items() if name.startswith(SECRETS)]
    inject = text_at(annotations, f"{PREFIX}agent-inject")
    if inject == "true" and not {"role", "agent-configmap", "auth-type"} & names.keys():
        lack = f"switch injection on but name no `{PREFIX}role`"
        at = f"{PREFIX}agent-inject"
        yield problem_at(target.manifest, *below, at, key_only=True, fields={"lack": lack})
    elif "agent-inject" not in names and wanted:
        lack = f"name secrets but lack `{PREFIX}agent-inject`"
        yield problem_at(target.manifest, *below, wanted[0], key_only=True, fields={"lack": lack})
