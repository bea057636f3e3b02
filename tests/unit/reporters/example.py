"""The hand-built report behind the golden files: something of everything a reporter can meet."""

from __future__ import annotations

from typing import Any

from tests.unit.reporters.build import At, Files, finding, fixed, report
from tollgate.model.finding import Note, Suppression
from tollgate.model.report import LintedFile, Report, RuleInfo, Summary

SECRET = "ghp_Q7vXn2LpR8sKd4TzWm1Yc6HbJ3fA9eU5gN0o"

DOCKERFILE = f"""\
# syntax=docker/dockerfile:1
FROM python AS build
ENV GITHUB_TOKEN={SECRET} \\
    LANG=C.UTF-8
RUN apt-get update && \\
    apt-get install -y curl && \\
    curl -fsSL https://example.com/install.sh | sh
FROM registry.example.com/team/運用-base:latest
COPY --from=build /app /app
ADD ./src /app
USER root
CMD ["/app/run"]
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - name: web
          image: "registry.example.com/team/web:1.2"  # 🚀 release
          args: [ --listen=0.0.0.0:8080, --a-very-long-option=that-goes-on-and-on, -v, --debug-everything ]
          securityContext:
            privileged: true
            privileged: false
            privileged: true
        - name: sidecar
          image: python
"""

RULES = (
    RuleInfo(
        "privileged-container",
        "Container runs privileged",
        "error",
        level="baseline",
        why="A privileged container holds every capability and every host device.\n"
        "Whoever controls its process controls the node.\n\nMore about it.",
        sets=("pss-baseline", "nsa-cisa"),
        equivalents={"kube-linter": ("privileged-container",), "checkov": ("CKV_K8S_16",)},
        references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
        url="https://tollgate.dev/rules/privileged-container",
        security_severity="8.8",
        category="kubernetes/pod-security",
    ),
    RuleInfo(
        "secret-in-env",
        "Secret in an environment variable",
        "error",
        level="baseline",
        why="Whoever can pull the image can read it.",
        url="https://tollgate.dev/rules/secret-in-env",
        security_severity="9.1",
        category="dockerfile/secrets",
    ),
    RuleInfo(
        "untagged-image",
        "Image without a tag",
        "warning",
        why="What it names changes under your feet.",
        url="https://tollgate.dev/rules/untagged-image",
        category="cross/images",
    ),
)


def example() -> Report:
    files = Files()
    files.add("Dockerfile", DOCKERFILE, secrets=(SECRET,))
    files.add("deploy/web.yaml", DEPLOYMENT)
    files.add("deploy/no-final-newline.yaml", "kind: Pod\nspec:\n  hostPID: true")
    web, docker = "deploy/web.yaml", "Dockerfile"
    in_web: dict[str, Any] = {"object_kind": "Deployment", "object_name": "web"}
    add = finding(
        files,
        "copy-not-add",
        At(docker, "ADD"),
        "`ADD` copies local files; `COPY` says so",
        severity="note",
        fix=files.fix(docker, "ADD", "COPY", title="use `COPY`"),
        object_name="1",
    )
    privileged = finding(
        files,
        "privileged-container",
        At(web, "true", 2),
        "container `web` runs privileged",
        fix=files.fix(
            web, "true", "false", nth=2, title="set `securityContext.privileged` to `false`", safe=False
        ),
        related=(files.related(web, "name: web", "this container", nth=1),),
        **in_web,
    )
    host_pid = finding(
        files,
        "host-pid",
        At("deploy/no-final-newline.yaml", "true"),
        "pod shares the host's process namespace",
        fix=files.fix("deploy/no-final-newline.yaml", "true", "false", title="set `hostPID` to `false`"),
        object_kind="Pod",
    )
    findings = (
        add,
        privileged,
        host_pid,
        finding(
            files,
            "secret-in-env",
            At(docker, SECRET),
            f"`GITHUB_TOKEN` holds a secret: {SECRET}",
            object_name="build",
        ),
        finding(
            files,
            "untagged-image",
            At(docker, "python"),
            "`python` has neither tag nor digest",
            severity="warning",
            related=(files.related(web, "image: python", "used here, too"),),
            object_name="build",
        ),
        finding(
            files,
            "latest-image",
            At(docker, "運用-base:latest"),
            "`運用-base:latest` can change without notice",
            severity="warning",
        ),
        finding(
            files,
            "pipe-to-shell",
            At(
                docker, DOCKERFILE[DOCKERFILE.index("apt-get update") : DOCKERFILE.index("FROM registry") - 1]
            ),
            "what was fetched is run unseen",
        ),
        finding(
            files,
            "duplicate-key",
            At(web, "privileged", 2),
            "the last of three `privileged` counts",
            severity="warning",
            related=(
                files.related(web, "privileged: true", "hidden by the later one"),
                files.related(web, "privileged: false", "hidden by the later one"),
            ),
            **in_web,
        ),
        finding(
            files,
            "debug-flag",
            At(web, "--debug-everything"),
            "`--debug-everything` tells too much",
            severity="note",
            **in_web,
        ),
        finding(
            files,
            "host-network",
            At(web, "hostNetwork"),
            "pod shares the host's network",
            suppressed=Suppression("comment", "the load balancer needs it", "host-network", 8),
            **in_web,
        ),
    )
    return report(
        files,
        *findings,
        rules=RULES,
        notes=(
            Note(
                "chart/templates/web.yaml", 3, "a template; lint what `helm template` makes of it", "template"
            ),
            Note("vendor/huge.yaml", 0, "larger than 5 MiB", "too-large"),
        ),
        summary=Summary(files=41, dockerfiles=1, manifests=57, other=4, not_linted=2, seconds=0.0812),
        linted=(LintedFile(docker, "dockerfile"), LintedFile(web, "manifest", 1)),
        policy_path=".tollgate.yaml",
        fixed=(
            fixed(files, docker, DOCKERFILE.replace("ADD", "COPY"), add),
            fixed(
                files,
                "deploy/no-final-newline.yaml",
                "kind: Pod\nspec:\n  hostPID: false",
                host_pid,
            ),
        ),
    )
