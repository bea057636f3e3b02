"""Kubernetes manifests as teams write them, made from a seed: the same seed gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

Writer: TypeAlias = Callable[[Random, str], str]

_NAMES = (
    "billing",
    "catalogue",
    "checkout",
    "identity",
    "inventory",
    "ledger",
    "mailer",
    "search",
    "shipping",
)
_IMAGES = (
    "nginx:1.27",
    "redis:7.4-alpine",
    "registry.example.com/shop/{name}:1.{minor}.0",
    "ghcr.io/example/{name}",
    "postgres:latest",
)
_WORKLOADS = ("Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet")


def write_manifests(random: Random, number: int) -> str:
    """The text of one file: one to three documents, workloads mostly; `number` makes names unique."""
    name = f"{random.choice(_NAMES)}-{number}"
    writers = random.choice(_FILES)
    return "---\n".join(writer(random, name) for writer in writers)


def write_large_file(random: Random, number: int, size: int) -> str:
    """The text of one file of many documents, at least `size` characters long."""
    parts: list[str] = []
    written = 0
    while written < size:
        parts.append(write_manifests(random, number * 10_000 + len(parts)))
        written += len(parts[-1]) + 4
    return "---\n".join(parts)


def _workload(random: Random, name: str) -> str:
    kind = random.choice(_WORKLOADS)
    replicas = "" if kind == "DaemonSet" else f"  replicas: {random.randint(1, 5)}\n"
    service = f"  serviceName: {name}\n" if kind == "StatefulSet" else ""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\n{_metadata(name)}spec:\n{replicas}{service}"
        f"  selector:\n    matchLabels:\n      app: {name}\n"
        f"  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n"
        + _indented(_pod_spec(random, name), 6)
    )


def _cron_job(random: Random, name: str) -> str:
    return (
        f"apiVersion: batch/v1\nkind: CronJob\n{_metadata(name)}spec:\n"
        f'  schedule: "{random.randint(0, 59)} * * * *"\n'
        "  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: OnFailure\n"
        + _indented(_pod_spec(random, name), 10)
    )


def _pod_spec(random: Random, name: str) -> str:
    parts = []
    if random.random() < 0.5:
        parts.append(f"serviceAccountName: {name}\n")
    if random.random() < 0.3:
        parts.append("securityContext:\n  runAsNonRoot: true\n  seccompProfile:\n    type: RuntimeDefault\n")
    if random.random() < 0.08:
        parts.append("hostNetwork: true\n")
    parts.append("containers:\n" + _container(random, name, "app"))
    if random.random() < 0.25:
        parts.append(_container(random, name, "sidecar"))
    if random.random() < 0.4:
        source = random.choice(
            ("emptyDir: {}", f"configMap:\n      name: {name}", "hostPath:\n      path: /var/log")
        )
        parts.append(f"volumes:\n  - name: data\n    {source}\n")
    return "".join(parts)


def _container(random: Random, name: str, role: str) -> str:
    image = random.choice(_IMAGES).format(name=name, minor=random.randint(0, 30))
    text = f"  - name: {role}\n    image: {image}\n"
    text += f"    ports:\n      - containerPort: {random.randint(3000, 9000)}\n"
    text += "    env:\n      - name: LOG_LEVEL\n        value: info\n"
    text += f'      - name: SERVICE_URL\n        value: "http://{name}.shop.svc:8080/" # inside the cluster\n'
    if random.random() < 0.3:
        text += "      - name: DB_HOST\n        valueFrom:\n          configMapKeyRef:\n"
        text += f"            name: {name}\n            key: host\n"
    if random.random() < 0.6:
        cpu, memory = random.choice((50, 100, 250)), random.choice((64, 128, 512))
        text += f"    resources:\n      requests: {{cpu: {cpu}m, memory: {memory}Mi}}\n"
        text += f"      limits:\n        memory: {memory * 2}Mi\n"
    if random.random() < 0.5:
        text += "    readinessProbe:\n      httpGet:\n        path: /healthz\n        port: 8080\n"
    return text + _container_security(random)


def _container_security(random: Random) -> str:
    if random.random() < 0.1:
        return "    securityContext:\n      privileged: true\n"
    if random.random() < 0.45:
        return (
            "    securityContext:\n      allowPrivilegeEscalation: false\n"
            "      readOnlyRootFilesystem: true\n      capabilities:\n        drop: [ALL]\n"
        )
    return ""


def _service(random: Random, name: str) -> str:
    kind = random.choice(("ClusterIP", "ClusterIP", "NodePort", "LoadBalancer"))
    return (
        f"apiVersion: v1\nkind: Service\n{_metadata(name)}spec:\n  type: {kind}\n"
        f"  selector:\n    app: {name}\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n"
    )


def _config_map(random: Random, name: str) -> str:
    settings = "".join(
        f"    option.{number} = {random.randint(0, 9999)}\n" for number in range(random.randint(2, 25))
    )
    return (
        f"apiVersion: v1\nkind: ConfigMap\n{_metadata(name)}data:\n"
        f"  host: db.{name}.svc\n  app.properties: |\n{settings}"
    )


def _ingress(random: Random, name: str) -> str:
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\n{_metadata(name)}spec:\n  rules:\n"
        f"    - host: {name}.example.com\n      http:\n        paths:\n          - path: /\n"
        f"            pathType: {random.choice(('Prefix', 'Exact'))}\n            backend:\n"
        f"              service:\n                name: {name}\n                port: {{number: 80}}\n"
    )


def _role(random: Random, name: str) -> str:
    verbs = random.choice(('["get", "list"]', '["*"]', '["get", "list", "watch", "update"]'))
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n{_metadata(name)}rules:\n"
        f'  - apiGroups: [""]\n    resources: ["configmaps", "secrets"]\n    verbs: {verbs}\n'
    )


def _metadata(name: str) -> str:
    return (
        f"metadata:\n  name: {name}\n  namespace: shop\n  labels:\n    app: {name}\n"
        "    app.kubernetes.io/part-of: shop\n"
    )


def _indented(text: str, width: int) -> str:
    return "".join(" " * width + line for line in text.splitlines(keepends=True))


_FILES: tuple[tuple[Writer, ...], ...] = (
    (_workload,),
    (_workload,),
    (_workload, _service),
    (_workload, _service, _config_map),
    (_workload, _service, _ingress),
    (_cron_job,),
    (_config_map,),
    (_role,),
)
