"""The settings of hadolint, kube-linter, Checkov, Trivy, Polaris and kube-score."""

from __future__ import annotations

from collections.abc import Mapping

from tollgate.migrate_model import (
    Document,
    Draft,
    Reading,
    Wish,
)
from tollgate.model import lazy_re as re

_OFF = "says how hadolint reports, which `--format` does here"
_HADOLINT_KEYS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "ignored", "override", "failure-threshold", "no-fail", "trustedRegistries", "label-schema",
            "strict-labels", "disable-ignore-pragma",
        ),
        "",
    ),
    "format": _OFF,
    "no-color": _OFF,
    "no-colour": _OFF,
    "verbose": _OFF,
}  # fmt: skip
_HADOLINT_SEVERITIES: Mapping[str, Wish] = {
    "error": "error", "warning": "warning", "info": "note", "style": "note", "ignore": "off", "none": "off",
}  # fmt: skip
_HADOLINT_THRESHOLDS = {**_HADOLINT_SEVERITIES, "ignore": "never", "none": "never"}
_LABEL_KINDS = {
    "text": "text", "raw-text": "text", "rawtext": "text", "": "text", "url": "url", "semver": "semver",
    "hash": "hash", "rfc3339": "rfc3339", "spdx": "spdx", "email": "email",
}  # fmt: skip
# Without a list of registries, a label schema or an explicit severity these say nothing in hadolint.
_HADOLINT_SILENT = frozenset({"DL1001", "DL3026", "DL3049", "DL3050", "DL3057"})

_KUBE_LINTER_DEFAULTS = frozenset(
    """
    dangling-service deprecated-service-account-field docker-sock drop-net-raw-capability duplicate-env-var
    env-var-secret host-ipc host-network host-pid invalid-target-ports latest-tag liveness-port
    mismatching-selector no-anti-affinity no-extensions-v1beta no-read-only-root-fs
    non-existent-service-account pdb-max-unavailable pdb-min-available pdb-unhealthy-pod-eviction-policy
    privilege-escalation-container privileged-container readiness-port run-as-non-root
    sensitive-host-mounts ssh-port startup-port unsafe-sysctls unset-cpu-requirements
    unset-memory-requirements
    """.split()
)
_CHECKOV_REPORTING = """
    compact quiet output output-file-path no-guide branch download-external-modules evaluate-variables
    repo-id summary-position skip-download skip-results-upload secrets-scan-file-type
    block-list-secret-scan support deep-analysis no-fail-on-crash
    """
_CHECKOV_READ = """
    check skip-check skip-path soft-fail soft-fail-on hard-fail-on directory file framework skip-framework
    """
_OWN_RULES = "write them as rules (docs/writing-rules.md)"
_CHECKOV_KEYS: Mapping[str, str] = {
    **dict.fromkeys(_CHECKOV_READ.split(), ""),
    **dict.fromkeys(_CHECKOV_REPORTING.split(), "says how Checkov runs or reports"),
    "external-checks-dir": f"names checks in Python or YAML of your own: {_OWN_RULES}",
    "external-checks-git": f"names checks of your own from a repository: {_OWN_RULES}",
    "baseline": "is a baseline of Checkov's: `tollgate baseline write` makes one",
}
_PEER_SEVERITIES: Mapping[str, Wish] = {"ignore": "off", "warning": "warning", "danger": "error"}


def read_hadolint(document: Document) -> Reading:
    draft = Draft(document)
    for check, line in document.texts("ignored"):
        draft.ask(check, "off", line)
    for severity, _, line in document.entries("override"):
        wish = _HADOLINT_SEVERITIES.get(severity)
        if wish is None:
            draft.lose(line, f"`override.{severity}` is no severity of hadolint's")
            continue
        for check, at in document.texts("override", severity):
            draft.ask(check, wish, at)
    threshold = document.get("failure-threshold")
    if document.get("no-fail") is True:
        draft.set(("fail-on",), "never", ("no-fail",), "no-fail: true")
    elif isinstance(threshold, str) and threshold.lower() in _HADOLINT_THRESHOLDS:
        value = _HADOLINT_THRESHOLDS[threshold.lower()]
        draft.set(("fail-on",), value, ("failure-threshold",), f"failure-threshold: {threshold}")
    registries = list(document.texts("trustedRegistries"))
    if registries:
        draft.set(("images", "official"), False, ("trustedRegistries",), "only trustedRegistries are trusted")
        for index, (registry, line) in enumerate(registries):
            _registry(draft, registry, line, index)
    _labels(draft)
    pragma = document.get("disable-ignore-pragma") is True
    draft.set(
        ("peer-suppressions",),
        "off" if pragma else "honour",
        ("disable-ignore-pragma",) if pragma else (),
        "disable-ignore-pragma: true"
        if pragma
        else "comments such as `# hadolint ignore=` keep their meaning",
    )
    draft.unknown(_HADOLINT_KEYS)
    return draft.reading("hadolint", except_on=_HADOLINT_SILENT)


def _registry(draft: Draft, registry: str, line: int, index: int) -> None:
    from tollgate.model.image_pattern import compile_pattern

    pattern = registry if "/" in registry else f"{registry}/**"
    try:
        compile_pattern(pattern)
    except ValueError as error:
        draft.lose(line, f"the registry {registry!r} has no counterpart: {error}")
        return
    draft.set(("images", "internal", index), pattern, ("trustedRegistries", index), "")


def _labels(draft: Draft) -> None:
    for label, kind, line in draft.document.entries("label-schema"):
        known = _LABEL_KINDS.get(str(kind or "").lower())
        if known is None:
            draft.lose(
                line, f"the label {label!r} has a kind that is not known here: {kind!r}; it is text now"
            )
        draft.set(("labels", "required", label), known or "text", ("label-schema", label), "")
    if draft.document.get("strict-labels") is True:
        draft.set(("labels", "closed"), True, ("strict-labels",), "strict-labels: true")


def read_kube_linter(document: Document) -> Reading:
    draft = Draft(document)
    checks = document.get("checks") or {}
    excluded = set()
    for check, line in document.texts("checks", "exclude"):
        draft.ask(check, "off", line)
        excluded.add(check)
    for check, line in document.texts("checks", "include"):
        if check not in excluded:
            draft.ask(check, "on", line)
    on: frozenset[str] | None = _KUBE_LINTER_DEFAULTS
    if isinstance(checks, dict) and checks.get("addAllBuiltIn") is True:
        on = None
    elif isinstance(checks, dict) and checks.get("doNotAutoAddDefaults") is True:
        on = frozenset()
        draft.set(
            ("profile",),
            "baseline",
            ("checks", "doNotAutoAddDefaults"),
            "doNotAutoAddDefaults, so as little as can be",
        )
    draft.exclude(list(document.texts("checks", "ignorePaths")))
    custom = document.get("customChecks")
    for index, check in enumerate(custom if isinstance(custom, list) else ()):
        name, template = (
            (check.get(key) for key in ("name", "template")) if isinstance(check, dict) else ("", "")
        )
        message = f"the check {name!r} of your own (template {template!r}) has to be written as a rule"
        draft.lose(document.line(("customChecks", index)), f"{message}: docs/writing-rules.md")
    honours(draft, "annotations such as `ignore-check.kube-linter.io/…` keep their meaning")
    draft.unknown({"checks": "", "customChecks": ""})
    return draft.reading("kube-linter", on=on)


def honours(draft: Draft, said: str) -> None:
    """Comments that silence this linter go on doing so."""
    draft.set(("peer-suppressions",), "honour", (), said)


def read_checkov(document: Document) -> Reading:
    draft = Draft(document)
    for check, line in document.texts("skip-check"):
        _checkov_check(draft, check, "off", line)
    chosen = list(document.texts("check"))
    for check, line in chosen:
        _checkov_check(draft, check, "on", line)
    for check, line in document.texts("soft-fail-on"):
        _checkov_check(draft, check, "note", line)
    for check, line in document.texts("hard-fail-on"):
        _checkov_check(draft, check, "error", line)
    if document.get("soft-fail") is True:
        draft.set(("fail-on",), "never", ("soft-fail",), "soft-fail: true")
    patterns = []
    for written, line in document.texts("skip-path"):
        if re.search(r"[\\^$+()|{}]|\.\*|\.\+", written):
            draft.lose(
                line, f"the path {written!r} is a regular expression; write it as a pattern under `exclude`"
            )
        else:
            patterns.append((written, line))
    draft.exclude(patterns)
    frameworks = [name for name, _ in document.texts("framework")]
    if frameworks and not {"all", "kubernetes", "dockerfile"} & set(frameworks):
        draft.lose(
            document.line(("framework",)),
            "Checkov is only run over what Tollgate does not read; keep it for that",
        )
    if chosen:
        draft.set(
            ("profile",), "baseline", ("check",), "only the checks under `check`, so as little as can be"
        )
    honours(draft, "comments such as `# checkov:skip=` keep their meaning")
    draft.unknown(_CHECKOV_KEYS)
    return draft.reading("checkov", on=frozenset() if chosen else None)


def _checkov_check(draft: Draft, check: str, wish: Wish, line: int) -> None:
    if check.upper() in ("LOW", "MEDIUM", "HIGH", "CRITICAL"):
        draft.lose(line, f"{check} is a severity of Prisma's, which other people's checks do not have here")
    elif "*" in check:
        draft.lose(
            line, f"{check!r} stands for many checks; name the rules that are meant (`tollgate rules`)"
        )
    else:
        draft.ask(check, wish, line)


def read_polaris(document: Document) -> Reading:
    draft = Draft(document)
    on = set()
    for check, severity, line in document.entries("checks"):
        wish = _PEER_SEVERITIES.get(str(severity))
        if wish is None:
            draft.lose(line, f"`{check}: {severity}` is no severity of Polaris'")
        else:
            draft.ask(check, wish, line)
            on.add(check)
    exemptions = document.get("exemptions")
    for index, one in enumerate(exemptions if isinstance(exemptions, list) else ()):
        names = one.get("controllerNames") if isinstance(one, dict) else None
        rules = one.get("rules") if isinstance(one, dict) else None
        message = f"the exemption of {names} from {rules} is to be written on them"
        draft.lose(document.line(("exemptions", index)), f"{message}: `tollgate.dev/ignore.<rule>: reason`")
    for name, _, line in document.entries("customChecks"):
        draft.lose(line, f"the check {name!r} of your own has to be written as a rule: docs/writing-rules.md")
    honours(draft, "annotations such as `polaris.fairwinds.com/…-exempt` keep their meaning")
    draft.unknown(
        dict.fromkeys(("checks", "exemptions", "customChecks"), "")
        | {"mutations": "is what `--fix` does here"}
    )
    return draft.reading("polaris", on=frozenset(on))
