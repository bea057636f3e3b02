"""Configuration of the API server in documents of their own: admission, audit, encryption."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Manifest, items_at, text_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, descend
from tollgate.model.rule import Context

STRONG_PROVIDERS = frozenset({"aescbc", "kms", "secretbox"})
"""aesgcm is not safe without a rotation of keys that nothing in the file shows."""


def _texts(node: Node | None) -> list[str]:
    items = node.items if isinstance(node, Sequence) else []
    return [item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]


def _plugin(manifest: Manifest, name: str) -> tuple[int, Mapping] | None:
    for index, item in items_at(manifest.node, "plugins"):
        if text_at(item, "name") == name:
            return index, item
    return None


def event_rate_limit(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """The admission configuration says nothing about EventRateLimit."""
    if _plugin(manifest, "EventRateLimit") is None:
        yield problem_at(manifest, "plugins", key_only=True)._replace(missing=True)


def image_policy_open(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Images are admitted when the webhook that judges them does not answer."""
    found = _plugin(manifest, "ImagePolicyWebhook")
    if found is None:
        return
    below: Trail = ("plugins", found[0], "configuration", "imagePolicy", "defaultAllow")
    value = descend(manifest.node, below)
    if isinstance(value, Scalar) and value.value is True:
        change = Change("set", manifest.document, (*manifest.trail, *below), False)
        yield problem_at(manifest, *below, fix=FixPlan(False, (change,), title="set `defaultAllow: false`"))


def pod_security_defaults(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """The default level for namespaces without labels is privileged, or not written, which is the same."""
    found = _plugin(manifest, "PodSecurity")
    if found is None or not isinstance(found[1].get("configuration"), Mapping):
        return
    below: Trail = ("plugins", found[0], "configuration", "defaults", "enforce")
    value = descend(manifest.node, below)
    level = value.value if isinstance(value, Scalar) else None
    if level not in ("baseline", "restricted"):
        change = Change("set", manifest.document, (*manifest.trail, *below), "baseline")
        plan = FixPlan(False, (change,), title="set `enforce: baseline`")
        yield problem_at(manifest, *below, fields={"level": level or "privileged"}, fix=plan)


def _providers(entry: Mapping) -> list[tuple[int, str]]:
    return [(index, name) for index, item in items_at(entry, "providers") for name in list(item.entries)[:1]]


def _encrypts_secrets(entry: Mapping) -> bool:
    return any(name in ("secrets", "*.", "*.*") for name in _texts(entry.get("resources")))


def plain_text_first(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """The first provider is the one that writes, and it is `identity`."""
    for index, entry in items_at(manifest.node, "resources"):
        providers = _providers(entry)
        if providers and providers[0][1] == "identity":
            below: Trail = ("resources", index, "providers", 0, "identity")
            what = ", ".join(_texts(entry.get("resources"))) or "resources"
            yield problem_at(manifest, *below, key_only=True, fields={"what": what}, key=str(index))


def outdated_provider(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """The provider that writes is one that Kubernetes advises against: aescbc, or the first kms."""
    for index, entry in items_at(manifest.node, "resources"):
        name = next((name for _, name in _providers(entry)), "")
        below: Trail = ("resources", index, "providers", 0, name)
        version = text_at(descend(entry, below[2:]), "apiVersion")
        if name == "aescbc" or (name == "kms" and version in (None, "v1")):
            shown = "aescbc" if name == "aescbc" else "kms v1"
            yield problem_at(manifest, *below, key_only=True, fields={"provider": shown}, key=str(index))


def no_strong_provider(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """None of the providers of an entry encrypts with an algorithm that holds."""
    for index, entry in items_at(manifest.node, "resources"):
        if not any(name in STRONG_PROVIDERS for _, name in _providers(entry)):
            yield problem_at(manifest, "resources", index, "providers", key_only=True, key=str(index))


def secrets_not_covered(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Secrets are in no entry that encrypts."""
    entries = [entry for _, entry in items_at(manifest.node, "resources")]
    if entries and not any(_encrypts_secrets(entry) for entry in entries):
        yield problem_at(manifest, "resources", key_only=True)._replace(missing=True)


LOGGED = ("Metadata", "Request", "RequestResponse")

WATCHED: tuple[tuple[str, str, str], ...] = (
    # group, resource, a verb that matters
    ("", "secrets", "get"),
    ("", "configmaps", "update"),
    ("authentication.k8s.io", "tokenreviews", "create"),
    ("", "pods", "create"),
    ("apps", "deployments", "update"),
    ("", "pods/exec", "create"),
    ("", "pods/portforward", "create"),
    ("", "pods/proxy", "get"),
    ("", "services/proxy", "get"),
)


def audit_gaps(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Requests that matter and leave no trace, whoever makes them."""
    missing = [
        resource for group, resource, verb in WATCHED if _level(policy, group, resource, verb) not in LOGGED
    ]
    if missing:
        yield problem_at(policy, "rules", key_only=True, fields={"missing": ", ".join(missing)})


def _level(policy: Manifest, group: str, resource: str, verb: str) -> str:
    """The level of the first rule that is for every such request."""
    for _, rule in items_at(policy.node, "rules"):
        if _is_for_all(rule) and _names(rule, group, resource, verb):
            return text_at(rule, "level") or ""
    return ""


def _is_for_all(rule: Mapping) -> bool:
    """Whether a rule is not only for some users, namespaces or paths."""
    keys = ("users", "userGroups", "namespaces", "nonResourceURLs")
    groups = _texts(rule.get("userGroups"))
    everybody = "system:authenticated" in groups
    return not any(
        _texts(rule.get(key)) for key in keys if not (key == "userGroups" and everybody and len(groups) >= 1)
    )


def _names(rule: Mapping, group: str, resource: str, verb: str) -> bool:
    verbs = _texts(rule.get("verbs"))
    if verbs and verb not in verbs and "*" not in verbs:
        return False
    groups = list(items_at(rule, "resources"))
    if not groups:
        return True
    return any(
        (text_at(entry, "group") or "") in (group, "*")
        and not _texts(entry.get("resourceNames"))
        and _has_resource(_texts(entry.get("resources")), resource)
        for _, entry in groups
    )


def _has_resource(written: list[str], resource: str) -> bool:
    """Kubernetes' own matching: `pods` is not `pods/exec`; `pods/*`, `*/exec` and `*` are patterns."""
    if not written or "*" in written:
        return True
    name, _, below = resource.partition("/")
    return resource in written or bool(below and (f"{name}/*" in written or f"*/{below}" in written))


SENSITIVE_BODIES = (
    # group, resource, a verb whose request or answer holds the content
    ("", "secrets", "create"),
    ("", "secrets", "get"),
    ("authentication.k8s.io", "tokenreviews", "create"),
)


def audit_bodies(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Rules that write the content of Secrets or tokens into the log."""
    told: set[int] = set()
    for group, resource, verb in SENSITIVE_BODIES:
        for index, rule in items_at(policy.node, "rules"):
            if not _names(rule, group, resource, verb) or _texts(rule.get("nonResourceURLs")):
                continue
            level = text_at(rule, "level")
            holds = level == "RequestResponse" or (level == "Request" and verb == "create")
            if holds and index not in told:
                told.add(index)
                fields = {"level": level, "resource": resource}
                yield problem_at(policy, "rules", index, "level", fields=fields, key=str(index))
            if holds or _is_for_all(rule):
                break


def endless_tokens(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Bootstrap tokens with a life of zero, which means for ever."""
    for index, token in items_at(manifest.node, "bootstrapTokens"):
        ttl = token.get("ttl")
        text = str(ttl.value) if isinstance(ttl, Scalar) and ttl.value is not None else ""
        if text and not text.strip("0hmns.") and "0" in text:
            yield problem_at(manifest, "bootstrapTokens", index, "ttl", key=str(index))


_METRICS_ADDRESS = re.compile(r"^[ \t]*metricsBindAddress:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_LOOPBACK = re.compile(r"127\.|localhost|\[?::1")


def proxy_metrics_in_text(config_map: Manifest, _context: Context) -> Iterator[Problem]:
    """A ConfigMap with the text of a KubeProxyConfiguration that opens the metrics to all."""
    data = config_map.node.get("data")
    for key, entry in data.entries.items() if isinstance(data, Mapping) else ():
        value = entry.value
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            continue
        text = value.value
        if "metricsBindAddress" not in text or "KubeProxyConfiguration" not in text:
            continue
        found = _METRICS_ADDRESS.search(text)
        if found is None or found[1] in ('""', "null") or _LOOPBACK.match(found[1]):
            continue
        written = config_map.source.text
        label = written.find("metricsBindAddress", value.start, value.end)
        start = written.find(found[1], label, value.end) if label >= 0 else -1
        span = (value.start, value.end) if start < 0 else (start, start + len(found[1]))
        yield Problem(*span, fields={"value": Scalar(found[1], *span)}, key=key)
