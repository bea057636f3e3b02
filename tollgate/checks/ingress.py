"""Ingresses by themselves: hosts, paths, TLS, and the annotations that end up in nginx's configuration."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import place_key, problem_at
from tollgate.model import lazy_re as re
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.kubernetes import Manifest, Part, is_null, items_at, text_at
from tollgate.model.node import Mapping, Scalar, Sequence, Trail, child, descend
from tollgate.model.rule import Context

NGINX = "nginx.ingress.kubernetes.io/"

_URLS = ("auth-url", "mirror-target")
_HOSTS = ("mirror-host",)
_PATTERNS = ("auth-tls-match-cn",)

_BREAKS_OUT = re.compile(r'[\x00-\x1f;#{}"\\`]')
_SPACE_OR_BAR = re.compile(r"[ |<>^]")


def annotation_injection(annotation: Part, _context: Context) -> Iterator[Problem]:
    """Annotations whose value nginx would read as more than one argument of its directive."""
    key = str(annotation.trail[-1])
    name = key.removeprefix(NGINX)
    value = annotation.node.value if isinstance(annotation.node, Scalar) else None
    if name == key or not isinstance(value, str):
        return
    reason = _injection(name, value)
    if reason is not None:
        yield problem_at(annotation, fields={"reason": reason})._replace(
            start=annotation.node.start, end=annotation.node.end
        )


_FORBIDDEN = re.compile(
    r"_by_lua|\blua_package|\bload_module|/run/secrets/|serviceaccount/token"
    r"|/etc/(?:passwd|shadow|group|nginx|ingress-controller)\b"
)
"""What the controller's own list of forbidden words is there to keep out (CVE-2021-25746)."""


def _injection(name: str, value: str) -> str | None:
    """Why the value of an annotation reaches beyond its directive. Sources: the CVEs' descriptions."""
    if "snippet" not in name and _FORBIDDEN.search(value):
        return "runs code in the controller or names its files"
    if name in _PATTERNS:
        return _pattern_problem(value)
    if name not in (*_URLS, *_HOSTS):
        return None
    # nginx's own variables may stand in braces: `${host}`.
    plain = re.sub(r"\$\{[a-z0-9_]+\}", "", value.strip())
    if _BREAKS_OUT.search(plain):
        return "holds characters that end its nginx directive"
    if _SPACE_OR_BAR.search(plain):
        return "is no URL" if name in _URLS else "is no host name"
    # The controller takes nothing without a scheme for it; a mirror may be a location of its own.
    return "is no URL" if name == "auth-url" and not plain.startswith(("http://", "https://", "$")) else None


def _pattern_problem(value: str) -> str | None:
    text = value.strip()
    if _BREAKS_OUT.search(re.sub(r"\\[.\-dws]|\{[0-9,]+\}", "", text)):
        return "holds characters that end its nginx directive"
    if not text.startswith("CN="):
        return "does not begin with `CN=`"
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth < 1:
            return "has an alternative outside parentheses, which matches without `CN=`"
    return None


_CONTROLLER_FILES = re.compile(
    r"(?:^|[\s;{])/(?:etc|root|proc)(?:/|$)|/var/run/secrets|/run/secrets/kubernetes|kubernetes(?:\.io)?/serviceaccount"
)
_CONFIGURATION = re.compile(r"[;\x00-\x1f]|\{(?![0-9]+(?:,[0-9]*)?\})|(?<![0-9,])\}")


def unsafe_paths(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Paths that name the controller's files, or hold what nginx reads as configuration."""
    for trail, rule in _rules(ingress):
        for index, item in items_at(rule.get("http"), "paths"):
            path = text_at(item, "path")
            reason = None if path is None else _path_problem(path)
            if reason is not None:
                at = (*trail, "http", "paths", index, "path")
                fields = {"path": item.get("path"), "reason": reason}
                yield problem_at(ingress, *at, fields=fields, key=place_key(ingress, *at))


def _path_problem(path: str) -> str | None:
    if _CONFIGURATION.search(path):
        return "nginx reads as configuration"
    return "names files of the ingress controller" if _CONTROLLER_FILES.search(path) else None


def _rules(ingress: Manifest) -> Iterator[tuple[Trail, Mapping]]:
    for index, rule in items_at(ingress.node.get("spec"), "rules"):
        yield ("spec", "rules", index), rule


_PATH_TYPES = ("Exact", "Prefix", "ImplementationSpecific")


def path_type_missing(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Paths of `networking.k8s.io/v1` without one of the types that the API server insists on."""
    if ingress.api_version != "networking.k8s.io/v1":
        return
    for trail, rule in _rules(ingress):
        for index, item in items_at(rule.get("http"), "paths"):
            node = item.get("pathType")
            value = node.value if isinstance(node, Scalar) else None
            if value in _PATH_TYPES or (isinstance(value, str) and ("$" in value or "{{" in value)):
                continue
            at = (*trail, "http", "paths", index)
            reason = "no `pathType`" if value is None else f"the `pathType` `{value}`"
            fields = {"reason": reason}
            if value is None:
                yield _at_item(ingress, at, key=place_key(ingress, *at))._replace(fields=fields, missing=True)
            else:
                yield problem_at(ingress, *at, "pathType", fields=fields, key=place_key(ingress, *at))


_HOST = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_LONGEST_HOST = 253


def invalid_host(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Hosts of rules that the API server refuses: no DNS name, or an address."""
    for trail, rule in _rules(ingress):
        host = text_at(rule, "host")
        if not host or "$" in host or "{{" in host:
            continue
        if len(host) > _LONGEST_HOST or _HOST.fullmatch(host) is None or _ADDRESS.fullmatch(host):
            yield problem_at(ingress, *trail, "host", fields={"host": host}, key=host)


_CERTIFICATE_ANNOTATIONS = (
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "networking.gke.io/certmap",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
    "route.openshift.io/termination",
)
"""Annotations by which a controller takes its certificate from elsewhere than a Secret."""

_SWITCHES = ("traefik.ingress.kubernetes.io/router.tls", "ingress.kubernetes.io/force-ssl-redirect")


def without_tls(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Ingresses that have no certificate of any kind."""
    tls = descend(ingress.node, ("spec", "tls"))
    if isinstance(tls, Sequence) and tls.items:
        return
    annotations = child(ingress.metadata, "annotations")
    if any(text_at(annotations, key) for key in _CERTIFICATE_ANNOTATIONS):
        return
    if any(text_at(annotations, key) == "true" for key in _SWITCHES):
        return
    if "HTTPS" in (text_at(annotations, "alb.ingress.kubernetes.io/listen-ports") or ""):
        return
    yield problem_at(ingress, "spec", "tls")._replace(missing=True)


def host_without_certificate(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Hosts of rules that the `tls` section does not list, where it lists any."""
    entries = list(items_at(ingress.node.get("spec"), "tls"))
    listed: set[str] = set()
    for _, entry in entries:
        hosts = entry.get("hosts")
        if not isinstance(hosts, Sequence) or not hosts.items:
            return  # an entry without hosts is for all
        listed |= {str(host.value).lower() for host in hosts.items if isinstance(host, Scalar)}
    if not entries or any("$" in host or "{{" in host for host in listed):
        return
    for trail, rule in _rules(ingress):
        host = text_at(rule, "host")
        if host and "$" not in host and "{{" not in host and not _covered(host.lower(), listed):
            fix = None
            if len(entries) == 1:
                listed_at = (*ingress.trail, "spec", "tls", entries[0][0], "hosts")
                change = Change("append", ingress.document, listed_at, host)
                fix = FixPlan(False, (change,), title="list it under `tls`")
            yield problem_at(ingress, *trail, "host", fields={"host": host}, key=host, fix=fix)


def _covered(host: str, listed: set[str]) -> bool:
    return host in listed or f"*.{host.partition('.')[2]}" in listed


def without_host(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Rules that are for every host."""
    for trail, rule in _rules(ingress):
        host = rule.get("host")
        if is_null(host) or text_at(rule, "host") == "":
            at = trail if is_null(host) else (*trail, "host")
            yield _at_item(ingress, at, key=place_key(ingress, *trail))


def _at_item(ingress: Manifest, trail: Trail, *, key: str) -> Problem:
    """A problem at a value, or at an item's dash."""
    if isinstance(trail[-1], int):
        item = descend(ingress.node, trail)
        assert item is not None
        grip = Part("rule", ingress, item, (*ingress.trail, *trail)).grip()
        return Problem(grip.start, grip.end, key=key)
    return problem_at(ingress, *trail, key=key)


def wildcard_host(ingress: Manifest, _context: Context) -> Iterator[Problem]:
    """Rules for all names of a domain."""
    for trail, rule in _rules(ingress):
        host = text_at(rule, "host")
        if host and "*" in host:
            yield problem_at(ingress, *trail, "host", fields={"host": host}, key=host)


def class_not_allowed(ingress: Manifest, context: Context) -> Iterator[Problem]:
    """Ingress classes, field or annotation, outside the policy's list."""
    allowed = context.options["allowed"]
    if not allowed:
        return
    for trail in (("spec", "ingressClassName"), ("metadata", "annotations", "kubernetes.io/ingress.class")):
        node = descend(ingress.node, trail)
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value not in allowed:
            yield problem_at(ingress, *trail, fields={"class": node.value}, key=trail[-1])
