"""Kustomizations as data: which builds take a file in, and what they add to it."""

from __future__ import annotations

from pathlib import Path

import pytest

import tollgate
from tollgate.engine.kustomize import kustomize_index, read_kustomization
from tollgate.model.kustomize import Generated, Kustomization, Kustomize

OVERLAY = b"""\
resources:
  - ../../base
  - extra.yaml
  - ./.hidden/more.yml
  - https://example.org/remote?ref=v1
components: [../parts]
patches:
  - path: patch.yaml
  - patch: |-
      kind: Deployment
commonLabels: {team: shop}
labels:
  - pairs: {env: prod}
    includeSelectors: true
  - pairs: {corp.example/group: shop}
configMapGenerator:
  - name: settings
    literals: [port=80, host=web]
    files: [nginx.conf=conf/prod.conf, conf/mime.types]
  - name: from-file
    envs: [.env]
secretGenerator:
  - name: tokens
"""


def test_what_a_kustomization_says() -> None:
    assert read_kustomization("overlays/prod/kustomization.yaml", OVERLAY) == Kustomization(
        "overlays/prod",
        files=("overlays/prod/extra.yaml", "overlays/prod/.hidden/more.yml"),
        folders=("base", "overlays/parts"),
        patches=("overlays/prod/patch.yaml",),
        labels={"team": "shop", "env": "prod"},
        more_labels={"corp.example/group": "shop"},
        generated=(
            Generated("ConfigMap", "settings", ("port", "host", "nginx.conf", "mime.types")),
            Generated("ConfigMap", "from-file"),
            Generated("Secret", "tokens", ()),
        ),
        open=True,
    )


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"- a", b"resources: 3", b"resources: [[a], {path: 1}]", b"[{"]
)
def test_any_bytes_give_a_kustomization(data: bytes) -> None:
    one = read_kustomization("a/kustomization.yaml", data)
    assert (one.folder, one.files, one.folders, one.open) == ("a", (), (), False)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"replicas: [{name: web, count: 3}]", True),
        (b"patches: [{patch: 'spec: {replicas: 3}'}]", True),
        (b"patchesStrategicMerge: ['spec: {replicas: 3}']", True),
        (b"patches: [{path: replicas.yaml}, {patch: 'spec: {paused: true}'}]", False),
        (b"patches: {replicas: 1}", False),
    ],
)
def test_who_sets_the_number_of_pods(data: bytes, expected: bool) -> None:
    assert read_kustomization("kustomization.yaml", data).replicas is expected


def test_what_lies_outside_makes_a_build_open() -> None:
    one = read_kustomization("kustomization.yaml", b"resources: [../x.yaml, ., /etc/x.yaml]")
    assert (one.files, one.folders, one.open) == ((), ("",), True)


def test_builds_reach_through_folders_that_take_in_each_other() -> None:
    base = Kustomization("base", files=("base/web.yaml",), folders=("overlay",))
    overlay = Kustomization("overlay", folders=("base",), open=True)
    other = Kustomization("other", files=("other/web.yaml",))
    kustomize = Kustomize([base, overlay, other])
    assert [one.folder for one in kustomize.builds_of("base/web.yaml")] == ["base", "overlay"]
    assert kustomize.is_open("base/web.yaml")
    assert not kustomize.is_open("other/web.yaml")
    assert kustomize.between("base/web.yaml", overlay) == (overlay, base)


def test_kustomizations_are_read_when_first_asked_for() -> None:
    asked = []

    def read(path: str) -> bytes | None:
        asked.append(path)
        return b"resources: [web.yaml]" if path.startswith("a/") else None

    get = kustomize_index(lambda: ["a/kustomization.yaml", "b/kustomization.yaml"], read)
    assert not asked
    assert [one.folder for one in get().builds_of("a/web.yaml")] == ["a"]
    assert get() is get()
    assert asked == ["a/kustomization.yaml", "b/kustomization.yaml"]


WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web, env: prod}, ports: [{port: 80}]}
"""


def found(root: Path, files: dict[str, str], rule: str) -> list[str]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    report = tollgate.lint([root], profile="all")
    return [f"{one.location.path}: {one.message}" for one in report.findings if one.rule == rule]


def test_labels_that_a_build_adds_may_be_selected(tmp_path: Path) -> None:
    rule = "service-selects-nothing"
    assert found(tmp_path, {"base/web.yaml": WEB}, rule)
    adding = "resources: [../base]\nlabels: [{pairs: {env: prod}, includeTemplates: true}]\n"
    files = {"base/kustomization.yaml": "resources: [web.yaml]\n", "prod/kustomization.yaml": adding}
    assert found(tmp_path, files, rule) == []


def test_a_chart_may_hold_what_is_selected(tmp_path: Path) -> None:
    files = {
        "web.yaml": WEB,
        "kustomization.yaml": "resources: [web.yaml]\nhelmCharts: [{name: cache}]\n",
    }
    assert found(tmp_path, files, "service-selects-nothing") == []


ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{name: prod-web, port: 80}]}]}
"""


def test_a_name_that_a_build_makes_may_be_written(tmp_path: Path) -> None:
    files = {
        "base/web.yaml": WEB,
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "prod/route.yaml": ROUTE,
        "prod/kustomization.yaml": "resources: [../base, route.yaml]\n",
    }
    assert found(tmp_path, files, "ingress-backend-missing")
    named = {"prod/kustomization.yaml": "resources: [../base, route.yaml]\nnamePrefix: prod-\n"}
    assert found(tmp_path, named, "ingress-backend-missing") == []


ELSEWHERE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: base, labels: {app: web}}
spec: {containers: [{name: web, image: "nginx:1.27"}]}
"""


def test_a_build_may_move_all_into_one_namespace(tmp_path: Path) -> None:
    assert found(tmp_path, {"web.yaml": ELSEWHERE}, "service-selects-nothing")
    files = {"kustomization.yaml": "namespace: shop\nresources: [web.yaml]\n"}
    assert found(tmp_path, files, "service-selects-nothing") == []


POLICY = """\
segmentation:
  label: group
  clusters:
    - {name: shop-prod, overlays: [overlays/shop], groups: [shop]}
    - {name: bank-prod, overlays: [overlays/bank], groups: [bank]}
"""


def test_a_base_counts_for_every_overlay_with_the_labels_that_it_adds(tmp_path: Path) -> None:
    files = {
        ".tollgate.yaml": POLICY,
        "base/web.yaml": WEB,
        "base/kustomization.yaml": "resources: [web.yaml]\ncommonLabels: {group: nobody}\n",
        "overlays/shop/kustomization.yaml": "resources: [../../base]\nlabels: [{pairs: {group: shop}}]\n",
        "overlays/bank/kustomization.yaml": "resources: [../../base]\n",
    }
    (message,) = found(tmp_path, files, "workload-in-wrong-cluster")
    assert message.startswith("base/web.yaml: Deployment `web` of group `nobody` (`group`)")
    assert message.endswith("may not run in cluster `bank-prod`, by way of `overlays/bank`")


KIND = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
USING = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.27
      env:
        - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: port}}}
        - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: prot}}}
        - {name: C, valueFrom: {configMapKeyRef: {name: others, key: any}}}
"""


def test_what_a_kustomization_generates_is_there_with_its_keys(tmp_path: Path) -> None:
    generators = "configMapGenerator: [{name: settings, literals: [port=80]}, {name: others, envs: [.env]}]\n"
    files = {"web.yaml": USING, "kustomization.yaml": f"{KIND}resources: [web.yaml]\n{generators}"}
    assert found(tmp_path, files, "env-key-missing") == ["web.yaml: ConfigMap `settings` has no key `prot`"]
    assert found(tmp_path, {}, "env-source-missing") == []
