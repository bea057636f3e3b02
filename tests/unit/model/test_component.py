"""Components and their flags, wherever they are written."""

from __future__ import annotations

import pytest

from tollgate.model.component import Component
from tollgate.model.finding import Change
from tollgate.model.manifests import ManifestFile
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, Sequence
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  containers:
    - name: main
      image: {image}
{lines}
"""


def components(text: str) -> list[Component]:
    file = ManifestFile(parse_yaml(decode("x.yaml", text.encode())))
    return [one for one in file.select("component") if isinstance(one, Component)]


def in_pod(lines: str, image: str = "example.com/x:1") -> list[Component]:
    indented = "\n".join(f"      {line}" for line in lines.splitlines())
    return components(POD.replace("{image}", image).replace("{lines}", indented))


def plain(node: Node | None) -> object:
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {name: plain(entry.value) for name, entry in node.entries.items()}
    return node.value if isinstance(node, Scalar) else None


def flags(component: Component) -> dict[str, object]:
    return {name: plain(flag.node) for name, flag in component.read.flags.items()}


def written(component: Component, name: str) -> str:
    node = component.read.flags[name].node
    return component.source.text[node.start : node.end]


@pytest.mark.parametrize(
    ("lines", "name", "expected"),
    [
        ("command: [kube-apiserver, --profiling=false]", "kube-apiserver", {"profiling": False}),
        (
            "command: [/usr/local/bin/kube-apiserver]\nargs: [--secure-port, '0']",
            "kube-apiserver",
            {"secure-port": "0"},
        ),
        ("command: [etcd, -auto-tls]", "etcd", {"auto-tls": True}),
        ("command: [kubelet, --v=1, --v=2]", "kubelet", {"v": "2"}),
        ("command: [kubelet, --anonymous_auth=F]", "kubelet", {"anonymous-auth": False}),
        ("command: [hyperkube, apiserver, --v=1]", "kube-apiserver", {"v": "1"}),
        ("command: [/go-runner, --log-file=/x, /bin/kube-proxy, --v=1]", "kube-proxy", {"v": "1"}),
        ("command: [tini, --, kubelet, --v=1]", "kubelet", {"v": "1"}),
        ("command: [env, A=b, kubelet, --v=1]", "kubelet", {"v": "1"}),
        ("command: [kubelet, --v=1, --, --v=2]", "kubelet", {"v": "1"}),
        ("command: [kubelet, '--node-ip=$(IP)']", "kubelet", {"node-ip": UNKNOWN}),
        ("command: [kubelet, '--x=$$(IP)']", "kubelet", {"x": "$(IP)"}),
        ("command: [kubelet, --x=<file>]", "kubelet", {"x": UNKNOWN}),
        (
            "command: [kube-apiserver, --authorization-mode=Node, '--authorization-mode=RBAC, ABAC']",
            "kube-apiserver",
            {"authorization-mode": ["Node", "RBAC", "ABAC"]},
        ),
        (
            "command: [kubelet, '--feature-gates=A=true,B=false', --feature-gates=B=true]",
            "kubelet",
            {"feature-gates": {"A": True, "B": True}},
        ),
        ('command: [sh, -c, "exec kubelet --v=1 --x=$Y 2>&1 | tee a"]', "kubelet", {"v": "1", "x": UNKNOWN}),
        (
            "command: [/bin/bash, -ec]\nargs: ['A=1 etcd \"--name=a b\" --x=''q''']",
            "etcd",
            {"name": "a b", "x": "q"},
        ),
        ("command: [bash, -euo, pipefail, -c, 'if kubelet --v=1; then :; fi']", "kubelet", {"v": "1"}),
        (
            (
                "env: [{name: A, value: x}, {name: B, valueFrom: {}}]\n"
                "command: [kubelet, --a=$(A), --b=$(B), --c=$(C)]"
            ),
            "kubelet",
            {"a": "x", "b": UNKNOWN, "c": UNKNOWN},
        ),
        (
            (
                "env: [{name: A, value: x}, {name: B, value: y z}]\n"
                "command: [sh, -c, 'C=1 kubelet --a=${A} --b=$B --c=\"$C\"']"
            ),
            "kubelet",
            {"a": "x", "b": UNKNOWN, "c": UNKNOWN},
        ),
        (
            "env: [{name: A, value: x}]\ncommand: [sh, -c, 'A=2; kubelet --a=$A']",
            "kubelet",
            {"a": UNKNOWN},
        ),
        ("command: [sh, -c, 'mkfifo /p; (tee < /p &); nice kubelet --v=1 >/p']", "kubelet", {"v": "1"}),
    ],
)
def test_command_lines(lines: str, name: str, expected: dict[str, object]) -> None:
    (component,) = in_pod(lines)
    assert component.name == name
    assert flags(component) == expected


@pytest.mark.parametrize(
    "lines",
    [
        "command: [kubectl, get, --raw, /healthz]",
        "command: [echo, kube-apiserver, --v=1]",
        "command: [sh, -c, 'echo kube-apiserver --v=1']",
        "command: [sh, -c, 'cat <<E | sh\nkubelet --v=1\nE']",
        "command: [sh, kubelet, --v=1]",
        "command: []",
        "args: [--v=1]",
        "command: [3]",
    ],
)
def test_other_containers_are_none(lines: str) -> None:
    assert in_pod(lines) == []


def test_the_image_tells_where_there_is_no_command() -> None:
    (component,) = in_pod("args: [--name=a]", "quay.io/coreos/etcd-arm64:v3.5@sha256:0")
    assert component.name == "etcd"
    assert in_pod("args: [run]", "quay.io/coreos/etcd:v3.5") == []


def test_the_image_names_the_version() -> None:
    (component,) = in_pod("command: [kubelet]", "registry.example.com:5000/kubelet:v1.19.3-beta.1")
    assert component.version == (1, 19)
    (component,) = in_pod("command: [etcd]", "registry.k8s.io/etcd:3.5.1")
    assert component.version is None


def test_places_are_the_values() -> None:
    (component,) = in_pod(
        "command:\n  - kube-apiserver\n  - \"--profiling=true\"\n  - --authorization-mode\n  - 'Node,ABAC'"
    )
    assert written(component, "profiling") == "true"
    assert written(component, "authorization-mode") == "'Node,ABAC'"
    modes = component.read.flags["authorization-mode"].node
    assert isinstance(modes, Sequence)
    assert [component.source.text[item.start : item.end] for item in modes.items] == ["Node", "ABAC"]


def test_places_in_a_block_scalar() -> None:
    (component,) = in_pod(
        "command: [sh, -c]\nargs:\n  - |\n    exec kubelet \\\n      --v=1 \\\n      --anonymous-auth=true"
    )
    assert written(component, "anonymous-auth") == "true"
    assert written(component, "v") == "1"


def test_places_through_an_alias() -> None:
    (component,) = in_pod("env: [{name: A, value: &flag --v=1}]\ncommand: [kubelet, *flag]")
    assert written(component, "v") == "*flag"


def test_what_the_run_time_adds_is_not_known() -> None:
    (component,) = in_pod("command: [kube-apiserver, $(EXTRA)]")
    assert plain(component.value("profiling")) is UNKNOWN
    (component,) = in_pod("command: [sh, -c, 'kubelet $ARGS']")
    assert plain(component.value("anonymous-auth")) is UNKNOWN
    (component,) = in_pod("command: [kubelet, '{{ extra }}']")
    assert plain(component.value("anonymous-auth")) is UNKNOWN
    (component,) = in_pod("command: [kubelet, --config=/x.yaml]")
    assert plain(component.value("anonymous-auth")) is UNKNOWN


def test_defaults_stand_at_the_name() -> None:
    (component,) = in_pod("command: [kube-apiserver]")
    node = component.value("anonymous-auth")
    assert node is not None
    assert plain(node) is True
    assert component.source.text[node.start : node.end] == "main"
    assert component.value("audit-log-path") is None


def test_boolean_with_a_stray_word() -> None:
    (component,) = in_pod("command: [kube-apiserver, --profiling, 'false', --v=1]")
    assert flags(component) == {"profiling": UNKNOWN, "v": "1"}
    assert [stray.flag for stray in component.strays] == ["profiling"]


def test_etcd_reads_its_environment() -> None:
    (component,) = in_pod(
        "command: [etcd, --cert-file=/a]\nenv:\n  - {name: ETCD_CERT_FILE, value: /b}\n"
        "  - {name: ETCD_CLIENT_CERT_AUTH, value: 'true'}\n  - {name: ETCD_NAME, valueFrom: {}}"
    )
    assert flags(component) == {"cert-file": "/a", "client-cert-auth": True, "name": UNKNOWN}


KUBELET = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}}
"""


def test_configuration_document() -> None:
    (component,) = components(KUBELET)
    assert (component.name, component.form) == ("kubelet", "configuration")
    assert plain(component.value("anonymous-auth")) is True
    assert plain(component.value("read-only-port")) == 0
    assert component.changes_for("set", ("flags", "anonymous-auth"), False) == (
        Change("set", 0, ("authentication", "anonymous", "enabled"), False),
    )
    assert component.changes_for("set", ("flags", "node-ip"), "x") is None


KUBEADM_MAP = """\
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.31.2
apiServer: {extraArgs: {authorization-mode: "Node,ABAC"}}
etcd: {external: {endpoints: []}}
"""

KUBEADM_LIST = """\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
    - {name: authorization-mode, value: Node}
    - {name: authorization-mode, value: RBAC}
"""


def test_kubeadm() -> None:
    found = {one.name: one for one in components(KUBEADM_MAP)}
    assert set(found) == {"kube-apiserver", "kube-controller-manager", "kube-scheduler"}
    server = found["kube-apiserver"]
    assert (server.form, server.version) == ("kubeadm", (1, 31))
    assert plain(server.value("authorization-mode")) == ["Node", "ABAC"]
    assert plain(server.value("profiling")) is True
    assert plain(found["kube-scheduler"].value("bind-address")) == "127.0.0.1"
    listed = components(KUBEADM_LIST)[0]
    assert plain(listed.value("authorization-mode")) == ["Node", "RBAC"]
    assert listed.changes_for("set", ("flags", "profiling"), False) == (
        Change("append", 0, ("apiServer", "extraArgs"), {"name": "profiling", "value": "false"}),
    )
    assert listed.changes_for("remove", ("flags", "authorization-mode"), None) == (
        Change("remove", 0, ("apiServer", "extraArgs", 0)),
        Change("remove", 0, ("apiServer", "extraArgs", 1)),
    )


def test_kubeadm_with_an_etcd_of_ones_own() -> None:
    (server, *_) = components(KUBEADM_MAP.replace("endpoints: []", "endpoints: [], caFile: /ca.crt"))
    assert plain(server.value("etcd-cafile")) is not None
    assert server.value("etcd-certfile") is None


def test_kubeadm_may_join_lists() -> None:
    merged = KUBEADM_LIST.replace("value: RBAC}", "value: Webhook, mergeMethod: append}")
    assert plain(components(merged)[0].value("authorization-mode")) == ["Node", "Webhook", "Node", "RBAC"]


def test_kubeadm_inside_cluster_api() -> None:
    found = components(
        "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\n"
        "spec:\n  kubeadmConfigSpec:\n"
        "    clusterConfiguration: {apiServer: {extraArgs: {profiling: 'false'}}}\n"
        "    joinConfiguration: {nodeRegistration: {kubeletExtraArgs: {v: '2'}}}\n"
    )
    assert [one.name for one in found] == [
        "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet",
    ]  # fmt: skip
    assert flags(found[0]) == {"profiling": False}
    assert flags(found[-1]) == {"v": "2"}
    assert plain(found[-1].value("anonymous-auth")) is UNKNOWN


def test_changes_of_a_command_line() -> None:
    (component,) = in_pod("command: [kube-apiserver, --profiling=true, --secure-port, '0']")
    items = ("spec", "containers", 0, "command")
    assert component.changes_for("set", ("flags", "profiling"), False) == (
        Change("set", 0, (*items, 1), "--profiling=false"),
    )
    assert component.changes_for("set", ("flags", "secure-port"), "6443") == (
        Change("set", 0, (*items, 3), "6443"),
    )
    assert component.changes_for("set", ("flags", "anonymous-auth"), False) == (
        Change("append", 0, items, "--anonymous-auth=false"),
    )
    assert component.changes_for("remove", ("flags", "secure-port"), None) == (
        Change("remove", 0, (*items, 2)),
        Change("remove", 0, (*items, 3)),
    )
    assert component.changes_for("append", ("admission-plugins",), "NodeRestriction") == (
        Change("append", 0, items, "--enable-admission-plugins=NodeRestriction"),
    )


@pytest.mark.parametrize(
    "lines",
    [
        "command: [sh, -c, kubelet --v=1]",
        "command: [kubelet, --v=1, --]",
        "command: [kubelet, --node-ip]",
    ],
)
def test_no_flag_is_added_where_that_is_not_certain(lines: str) -> None:
    (component,) = in_pod(lines)
    assert component.changes_for("set", ("flags", "anonymous-auth"), False) is None


@pytest.mark.parametrize(
    "script", ["kubelet '", 'kubelet "', "kubelet $(", "kubelet `", "kubelet \\", "kubelet <", "kubelet >&"]
)
def test_broken_scripts_are_read_to_their_end(script: str) -> None:
    quoted = script.replace("'", "''")
    (component,) = in_pod(f"command: [sh, -c, '{quoted}']")
    assert component.name == "kubelet"


def test_a_large_script_is_read_in_linear_time() -> None:
    script = "kubelet " + "$(x) `y` '' " * 60_000
    quoted = script.replace("'", "''")
    (component,) = in_pod(f"command: [sh, -c, '{quoted}']")
    assert component.read.hidden
