"""The policy that `tollgate init` writes: every key with what it does, most of them commented out."""

from __future__ import annotations

from collections.abc import Sequence

from tollgate.model.policy import DEFAULT_KUBERNETES_VERSION

SCHEMA = "https://tollgate.dev/schemas/config.schema.json"

_TEMPLATE = """\
# yaml-language-server: $schema={schema}
#
# What Tollgate asks of the Dockerfiles, Kubernetes manifests and Compose files in this repository.
# Everything here may be left out; what is commented out shows another choice.
# `tollgate rules` lists the rules, `tollgate explain RULE` says what one is about.

# Which rules are on: baseline, recommended, strict or all (each holds those before it),
# or the name of a set such as pss-restricted, or a list of these.
profile: {profile}

# The Kubernetes version that the manifests are for.
kubernetes-version: "{version}"

# The least severity that makes a run fail: error, warning, note, never.
fail-on: warning

# Files to pass over, written as in .gitignore. What git ignores is passed over anyway.
# exclude:
#   - vendor/
#   - "**/testdata/"

# Where images may come from. Docker official images are allowed unless `official` is false.
{images}
# Where secrets must come from Vault rather than from Kubernetes Secrets: true for everywhere.
# vault:
#   required:
#     namespaces: [payments]

# Where pods must have a service mesh's sidecar: istio, linkerd or nebula.
# mesh:
#   required: true
#   kind: istio

# Which groups of workloads may run in which cluster.
# segmentation:
#   label: corp.example/group
#   clusters:
#     - name: payments-prod
#       overlays: [overlays/payments-prod]
#       groups: [payments]

# Labels that images must or may have, with the kind of their values: text, url, semver, hash,
# rfc3339, spdx, email.
# labels:
#   required: {{org.opencontainers.image.source: url}}

# What the final stage of every Dockerfile must run, or copy from.
# hardening:
#   run: [/usr/local/sbin/harden.sh]

# Single rules: off, another severity (which also turns a rule on), options.
# rules:
#   some-rule: off
#   another-rule: error
#   a-third-rule:
#     severity: warning
#     options: {{max: 3}}

# Rules, sets and levels that no comment, override or option silences.
# locked: [another-rule]

# What is different in some places. Later entries win.
# overrides:
#   - paths: [legacy/]
#     profile: baseline
#   - paths: ["*.gen.yaml"]
#     rules: {{some-rule: off}}

# What every comment that silences a rule must say, besides a reason.
# suppressions: {{require-until: true, max-days: 180, require-approver: true}}

# With `tollgate baseline`: the number of accepted findings of a rule may only go down.
# ratchet: true

# What other linters' ignore comments do: report (silence all but errors), honour, off.
# peer-suppressions: report
"""

_IMAGES = """\
{mark}images:
{mark}  internal:
{internal}
#   development: [dev.corp.example/**]
#   production: {{paths: [deploy/prod/], namespaces: ["prod-*"]}}
"""


def starter_policy(
    *,
    profile: str = "recommended",
    kubernetes_version: str = DEFAULT_KUBERNETES_VERSION,
    internal: Sequence[str] = (),
) -> str:
    """A commented policy file. `internal`: patterns of registries that are the user's own."""
    mark = "" if internal else "# "
    patterns = internal or ("registry.corp.example/**",)
    images = _IMAGES.format(
        mark=mark, internal="\n".join(f"{mark}    - {_quoted(pattern)}" for pattern in patterns)
    )
    return _TEMPLATE.format(schema=SCHEMA, profile=profile, version=kubernetes_version, images=images)


def _quoted(pattern: str) -> str:
    """A YAML scalar: `*` at the beginning would be an alias, and any other sign may mean something too."""
    return "'" + pattern.replace("'", "''") + "'"
