"""A cluster as kubeadm sets it up is quiet by default; stricter levels say what hardening asks of it."""

from __future__ import annotations

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode

OURS = ("kubernetes/control-plane", "kubernetes/cluster-services")

KUBEADM = """\
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.35.1
      command:
        - kube-apiserver
        - --advertise-address=192.168.1.10
        - --allow-privileged=true
        - --authorization-mode=Node,RBAC
        - --client-ca-file=/etc/kubernetes/pki/ca.crt
        - --enable-admission-plugins=NodeRestriction
        - --enable-bootstrap-token-auth=true
        - --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
        - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
        - --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key
        - --etcd-servers=https://127.0.0.1:2379
        - --kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt
        - --kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key
        - --secure-port=6443
        - --service-account-issuer=https://kubernetes.default.svc.cluster.local
        - --service-account-key-file=/etc/kubernetes/pki/sa.pub
        - --service-account-signing-key-file=/etc/kubernetes/pki/sa.key
        - --service-cluster-ip-range=10.96.0.0/12
        - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt
        - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
---
apiVersion: v1
kind: Pod
metadata: {name: kube-controller-manager, namespace: kube-system}
spec:
  containers:
    - name: kube-controller-manager
      image: registry.k8s.io/kube-controller-manager:v1.35.1
      command:
        - kube-controller-manager
        - --authentication-kubeconfig=/etc/kubernetes/controller-manager.conf
        - --bind-address=127.0.0.1
        - --client-ca-file=/etc/kubernetes/pki/ca.crt
        - --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt
        - --leader-elect=true
        - --root-ca-file=/etc/kubernetes/pki/ca.crt
        - --service-account-private-key-file=/etc/kubernetes/pki/sa.key
        - --use-service-account-credentials=true
---
apiVersion: v1
kind: Pod
metadata: {name: kube-scheduler, namespace: kube-system}
spec:
  containers:
    - name: kube-scheduler
      image: registry.k8s.io/kube-scheduler:v1.35.1
      command: [kube-scheduler, --bind-address=127.0.0.1, --leader-elect=true]
---
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:3.6.5-0
      command:
        - etcd
        - --advertise-client-urls=https://192.168.1.10:2379
        - --cert-file=/etc/kubernetes/pki/etcd/server.crt
        - --client-cert-auth=true
        - --data-dir=/var/lib/etcd
        - --key-file=/etc/kubernetes/pki/etcd/server.key
        - --peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt
        - --peer-client-cert-auth=true
        - --peer-key-file=/etc/kubernetes/pki/etcd/peer.key
        - --peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
        - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}
authorization: {mode: Webhook}
rotateCertificates: true
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.35.1
networking: {podSubnet: 10.244.0.0/16}
"""


def found(profile: str, text: str) -> set[str]:
    rules = [rule for rule in catalog.rules() if rule.category in OURS]
    policy = Policy(profile=(profile,), today="2026-11-23")
    linter = Linter(rules, policy=policy, project=Project(), edits=False)
    return {finding.rule for finding in linter.lint(decode("cluster.yaml", text.encode()), "yaml").findings}


@pytest.mark.parametrize("profile", ["baseline", "recommended"])
def test_kubeadm_is_quiet(profile: str) -> None:
    assert found(profile, KUBEADM) == set()


def test_hardening_asks_for_more() -> None:
    asked = found("strict", KUBEADM)
    assert asked >= {
        "profiling-enabled",
        "audit-log-missing",
        "secrets-encryption-off",
        "external-ips-allowed",
    }
    assert asked <= found("all", KUBEADM)
    assert asked & found("cis-kubernetes", KUBEADM) == asked


WRONG = {
    "--authorization-mode=Node,RBAC": ("--authorization-mode=AlwaysAllow", "authorization-always-allow"),
    "--enable-admission-plugins=NodeRestriction": ("--v=1", "node-restriction-off"),
    "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt": ("--v=1", "etcd-authority-missing"),
    "--secure-port=6443": ("--secure-port=0", "api-server-secure-port-off"),
    "--client-cert-auth=true": ("--client-cert-auth=false", "etcd-clients-not-verified"),
    "/etc/kubernetes/pki/etcd/ca.crt\n---": (
        "/etc/kubernetes/pki/ca.crt\n---",
        "etcd-shares-cluster-authority",
    ),
    "--use-service-account-credentials=true": ("--v=1", "controllers-share-credentials"),
    "anonymous: {enabled: false}": ("anonymous: {enabled: true}", "kubelet-anonymous-access"),
    "authorization: {mode: Webhook}": ("authorization: {mode: AlwaysAllow}", "kubelet-allows-everything"),
    "rotateCertificates: true": ("readOnlyPort: 10255", "kubelet-read-only-port"),
    "kubernetesVersion: v1.35.1": ("kubernetesVersion: v1.29.1", "kubernetes-version-unsupported"),
}


@pytest.mark.parametrize("before", WRONG)
def test_one_wrong_thing_is_one_finding(before: str) -> None:
    after, rule = WRONG[before]
    assert before in KUBEADM
    assert found("recommended", KUBEADM.replace(before, after, 1)) == {rule}
